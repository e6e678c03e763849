"""Paragraphs: which of those that were found on a page are of its story, and which stand around or in it.

Where a paragraph stood is looked up in the page: its element, what that is called, how much of it is links.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<h1>Rain</h1><p class="lead">It rained on Monday.</p><p>By Ann Lee</p><p>The river rose, she said.</p>'
...              '<p><a href="/x">Read also: Snow in Port Elm closes the road</a></p>')
>>> found = ["Rain", "It rained on Monday.", "By Ann Lee", "The river rose, she said.", "Read also: Snow in Port Elm closes the road"]
>>> story(found, tree, headline="Rain", summary="It rained on Monday.", people=["Ann Lee"])
Story(paragraphs=['The river rose, she said.'], deck='It rained on Monday.')
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from searchsvc.ingest.page.dating import is_date_line
from searchsvc.ingest.page.furniture import how_it_ends, is_caption, is_furniture, Ending
from searchsvc.ingest.webpage.headline import title_key
from searchsvc.ingest.webpage.tree import text_of

SHORT_LINE = 80  # characters of the lines of what is no prose, in the mean
MOST_AFTER = 8  # lines that are taken off the end
KEY = 50  # letters that tell a paragraph from others


class Story(NamedTuple):
    paragraphs: list[str]
    deck: str  # what stands between the headline and the story


_DECK = re.compile(
    r"(?:^|[\s_-])(?:deck|dek|lead|lede|standfirst|sub-?(?:title|head|headline|line)s?|summary|excerpt|intro|teaser|vorspann|chapo|"
    r"entradilla|bajada|copete|ingress|underrubrik|sottotitolo|occhiello|sommario|description|abstract|anrei[sß]er|antetitulo|subtitulo)"
    r"(?:$|[\s_\d-])|[a-z](?:Deck|Lead|Subtitle|Summary|Intro|Standfirst|Teaser)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:related|newsletter|promo|recommend\w*|subscribe|subscription|paywall|sign-?up|author-?(?:bio|box|info|description)|"
    r"bio|read-?(?:more|next|also)|also-?read|see-?also|more-?(?:on|from)|caption|credit|copyright|byline|share|social|comments?|"
    r"infobox|factbox|sidebar|advert\w*|sponsor\w*|tags?|breadcrumbs?|most-?read|popular|trending|outbrain|taboola|disclaimer|"
    r"correction|embed\w*|donat\w+|membership|print-?only|footnotes?|read-?time|topic-?box|teaser-?(?:list|box)|linkbox|link-?list|"
    r"aside|figcaption|gallery|slideshow)(?:$|[\s_\d-])|(?:Newsletter|Promo|Related|Caption|Paywall|Byline)",
)
_AROUND = frozenset(("aside", "figure", "figcaption", "nav", "footer", "form", "button"))
_SENTENCE = re.compile(r"[.!?…。！？”\"»’':)\]]\W*$")


def story(
    found: Sequence[str], root: HtmlElement, *, headline: str, summary: str, people: Collection[str]
) -> Story:  # fmt: skip
    places = _places(root)
    paragraphs = [text for each in found if (text := " ".join(each.split()))]
    elements = [places.get(_key(text)) for text in paragraphs]
    shares = [_share_of_links(element) for element in elements]
    boxes = _boxes(paragraphs, elements)
    kept = [i for i, text in enumerate(paragraphs) if not _is_beside(text, elements[i], shares[i], boxes)]
    deck, first = _beginning(kept, paragraphs, elements, headline, summary, people)
    kept = [i for i in kept if i >= first]
    last = _end(kept, paragraphs, elements)
    return Story([paragraphs[i] for i in kept if i <= last], deck)


def _key(text: str) -> str:
    return title_key(text.removeprefix("- ").removeprefix("| "))[:KEY]


def _places(root: HtmlElement) -> dict[str, HtmlElement]:
    """Beginnings of texts to the innermost elements that have them."""
    places: dict[str, HtmlElement] = {}
    for element in root.iter(*_BLOCKS):
        text = text_of(element)
        if text and (key := _key(text)):
            old = places.get(key)
            if old is None or any(above is old for above in element.iterancestors()):
                places[key] = element
    return places


_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "figcaption", "blockquote", "dd", "time", "address")


def _share_of_links(element: HtmlElement | None) -> float:
    if element is None:
        return 0.0
    whole = len(text_of(element))
    return sum(len(text_of(link)) for link in element.iter("a")) / whole if whole else 0.0


def _boxes(paragraphs: Sequence[str], elements: Sequence[HtmlElement | None]) -> set[HtmlElement]:
    """Elements that are called, or are, something beside a story, and hold no large part of it."""
    held: Counter[HtmlElement] = Counter()
    for text, element in zip(paragraphs, elements, strict=True):
        if element is not None:
            for above in (element, *element.iterancestors()):
                held[above] += len(text)
    called: Counter[str] = Counter()  # many boxes of one name may be what the story is made of
    for element, length in held.items():
        called[_called(element)] += length
    most = LARGE_PART * sum(map(len, paragraphs))
    return {
        element
        for element in held
        if called[_called(element)] < most and (element.tag in _AROUND or _BESIDE.search(_called(element)))
    }


def _called(element: HtmlElement) -> str:
    return f"{element.tag} {element.get('class', '')} {element.get('id', '')}"


LARGE_PART = 0.3


def _is_beside(text: str, element: HtmlElement | None, share: float, boxes: Collection[HtmlElement]) -> bool:
    """Whether it stands in the story without being of it."""
    if is_furniture(text) or is_caption(text):
        return True
    if element is None:
        return False
    if share > 0.85 and (element.tag == "li" or len(text) < 200):
        return True
    return any(above in boxes for above in (element, *element.iterancestors()))


def _beginning(
    kept: Sequence[int], paragraphs: Sequence[str], elements: Sequence[HtmlElement | None], headline: str, summary: str,
    people: Collection[str],
) -> tuple[str, int]:  # fmt: skip
    """What stands between headline and story, and where that begins."""
    title, said = title_key(headline), title_key(summary)
    deck = ""
    names = [name.casefold() for name in people if len(name) > 3]
    first = 0
    for i in kept[:10]:
        text, element = paragraphs[i], elements[i]
        key = title_key(text)
        if key == title or (len(key) > 15 and (key in title or (title and title in key and len(key) < 2 * len(title)))):
            first, deck = i + 1, ""
        elif (
            not deck
            and element is not None
            and (element.tag in _HEADINGS or _is_deck(element))
            and (key == said or _is_deck(element))
        ):
            deck, first = text, i + 1
        elif is_date_line(text) or (
            len(text) < 90 and any(name in text.casefold() for name in names) and text[-1:] not in ".!?"
        ):
            first = i + 1
        elif len(text) > 120:
            break
    return deck, first


_HEADINGS = frozenset(("h2", "h3", "h4"))


def _is_deck(element: HtmlElement) -> bool:
    above = element.getparent()
    names = f"{element.get('class', '')} {above.get('class', '') if above is not None else ''} {element.get('itemprop', '')}"
    return _DECK.search(names) is not None


def _end(kept: Sequence[int], paragraphs: Sequence[str], elements: Sequence[HtmlElement | None]) -> int:
    """The last paragraph of the story: headings and lines without a full stop after it are of what comes next."""
    last = len(kept) - 1
    for j, i in enumerate(kept):
        if j > len(kept) // 2 and how_it_ends(paragraphs[i]) in (Ending.END, Ending.READERS):
            last = j - 1
            break
    if sum(len(paragraphs[i]) for i in kept) < SHORT_LINE * len(kept):  # verse, or a list: its lines end as they like
        return kept[last] if kept else -1
    while last > max(0, len(kept) - MOST_AFTER):
        text, element = paragraphs[kept[last]], elements[kept[last]]
        is_heading = element is not None and element.tag.startswith("h")
        if not is_heading and (len(text) > 60 or _SENTENCE.search(text)):
            break
        last -= 1
    return kept[last] if kept else -1
