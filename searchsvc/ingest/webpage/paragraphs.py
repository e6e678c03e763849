"""Paragraphs: which of those that were found on a page are of its story, and which stand around or in it.

Where a paragraph stood is looked up in the page: its element, what that is called, how much of it is links.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<h1>Rain</h1><p class="lead">It rained on Monday.</p><p>By Ann Lee</p><p>The river rose.</p>'
...              '<p><a href="/x">Snow in Port Elm closes the road</a></p>')
>>> found = ["Rain", "It rained on Monday.", "By Ann Lee", "The river rose.", "Snow in Port Elm closes the road"]
>>> story(found, tree, headline="Rain", summary="It rained on Monday.", people=["Ann Lee"])
StoryText(paragraphs=['The river rose.'], deck='It rained on Monday.')
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from searchsvc.ingest.page.dating import is_date_line
from searchsvc.ingest.page.furniture import Ending, how_it_ends, is_caption, is_furniture
from searchsvc.ingest.webpage.headline import title_key
from searchsvc.ingest.webpage.tree import text_of

SHORT_LINE = 80  # characters of the lines of what is no prose, in the mean
MOST_AFTER = 8  # lines that are taken off the end
KEY = 50  # letters that tell a paragraph from others


class StoryText(NamedTuple):
    """The paragraphs of a story, and its deck ("" when it has none)."""

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
) -> StoryText:
    """The story of what was `found` in the page: what it lacks put in, what is beside it left out."""
    places = _places(root)
    paragraphs = _completed([text for each in found if (text := " ".join(each.split()))], places)
    elements = [places.get(_key(text)) for text in paragraphs]
    shares = [_share_of_links(element) for element in elements]
    boxes = _boxes(paragraphs, elements)
    over = _over(paragraphs)
    kept = [i for i, text in enumerate(paragraphs[:over]) if not _is_beside(text, elements[i], shares[i], boxes)]
    deck, first = _beginning(kept, paragraphs, elements, headline, summary, people)
    kept = [i for i in kept if i >= first]
    last = _end(kept, paragraphs, elements)
    return StoryText([paragraphs[i] for i in kept if i <= last], deck)


def _completed(found: list[str], places: Mapping[str, HtmlElement]) -> list[str]:
    """With the paragraphs that stand in elements of the same kind as those that were found, and were not.

    Some pages have their story in several elements, with advertisements between.
    """
    keys = {_key(text): i for i, text in enumerate(found)}
    kinds = Counter(_kind(places[key]) for key in keys if key in places and places[key].tag == "p")
    usual = {kind for kind, count in kinds.items() if count >= MANY}
    if not usual:
        return found
    missing: dict[int, list[str]] = {}
    before = -1
    for key, element in places.items():
        if key in keys:
            before = keys[key]
        elif element.tag == "p" and before >= 0 and _kind(element) in usual and _share_of_links(element) < 0.3:
            text = text_of(element)
            if len(text) > LONG_LINE:
                missing.setdefault(before, []).append(text)
    length = sum(len(text) for texts in missing.values() for text in texts)
    if length < LACKING * sum(map(len, found)):
        return found
    return [each for i, text in enumerate(found) for each in (text, *missing.get(i, ()))]


MANY = 3  # paragraphs that make their kind of place the story's
LONG_LINE = 60  # characters
LACKING = 0.1  # of the length of what was found


def _kind(element: HtmlElement) -> tuple[str, ...]:
    """What a paragraph and the two elements around it are called."""
    return tuple(f"{each.tag} {each.get('class', '')}" for each in (element, *islice(element.iterancestors(), 2)))


def _over(paragraphs: Sequence[str]) -> int:
    """Where the story is over: at a heading of what comes after stories, in the second half."""
    for i, text in enumerate(paragraphs):
        if i > len(paragraphs) // 2 and (how_it_ends(text) in (Ending.END, Ending.READERS) or _AFTER.fullmatch(text)):
            return i
    return len(paragraphs)


_AFTER = re.compile(
    r"(?:ähnliche(?: (?:artikel|beiträge|themen))?|auch interessant|mehr (?:themen|artikel|nachrichten) .{0,40}|"
    r"das könnte (?:sie|dich) .{0,40}|weitere (?:artikel|themen|nachrichten|meldungen).{0,40}|verwandte .{0,40}|"
    r"lesen sie (?:auch|mehr|weiter).{0,60}|kommentar(?:e)? (?:abgeben|schreiben|verfassen)|zum thema|"
    r"(?:hat|wie hat) (?:ihnen|dir) dieser (?:artikel|beitrag).{0,60}|noticias relacionadas|lea también|"
    r"más (?:noticias|información)|te puede interesar|articles? (?:liés|associés)|sur le même (?:sujet|thème)|"
    r"à lire (?:aussi|également)|"
    r"potrebbe interessarti.{0,30}|leggi anche|mais lidas|leia (?:mais|também)|les ogs[aå].{0,40}|läs också.{0,40}|"
    r"lees ook.{0,40}|čtěte (?:také|dále).{0,40}|czytaj (?:też|także|więcej).{0,40}|читайте (?:также|ещё|еще).{0,40}|"
    r"関連(?:記事|ニュース|キーワード)|おすすめ(?:情報|記事)|相关(?:新闻|阅读|报道)|관련 ?기사)\W*",
    re.IGNORECASE,
)


def _key(text: str) -> str:
    return title_key(text[: 2 * KEY].removeprefix("- ").removeprefix("| "))[:KEY]


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
    if is_furniture(text) or is_caption(text) or _AFTER.fullmatch(text) or _is_twice(text):
        return True
    if element is None:
        return False
    if share > 0.85 and (element.tag == "li" or len(text) < 200):
        return True
    return any(above in boxes for above in (element, *element.iterancestors()))


def _is_twice(text: str) -> bool:
    """Whether the same words stand in it two times, as in a link with its picture's text."""
    half = len(text) // 2
    return 20 < half < 200 and text[:half].strip() == text[-half:].strip()


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
    around = (element, *islice(element.iterancestors(), 1))
    return any(_DECK.search(f"{each.get('class', '')} {each.get('itemprop', '')}") for each in around)


def _end(kept: Sequence[int], paragraphs: Sequence[str], elements: Sequence[HtmlElement | None]) -> int:
    """The last paragraph of the story: headings and lines without a full stop after it are of what comes next."""
    last = len(kept) - 1
    if sum(len(paragraphs[i]) for i in kept) < SHORT_LINE * len(kept):  # verse, or a list: its lines end as they like
        return kept[last] if kept else -1
    while last > max(0, len(kept) - MOST_AFTER):
        text, element = paragraphs[kept[last]], elements[kept[last]]
        is_heading = element is not None and element.tag.startswith("h")
        if not is_heading and (len(text) > 60 or _SENTENCE.search(text)):
            break
        last -= 1
    return kept[last] if kept else -1
