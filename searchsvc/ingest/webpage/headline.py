"""Headline: which of the titles of a page is the one over its story, and what stands above that.

>>> claims = [Claim("World Rain closes bridge", "h1"), Claim("Rain closes bridge", "json-ld NewsArticle headline"),
...           Claim("Rain closes bridge | The Paper", "title")]
>>> choose(claims, sites=["The Paper"])
Headline(claim=Claim(text='Rain closes bridge', origin='h1'), kicker='World', shown='')
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.address import likeness
from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.structured import Thing
from searchsvc.ingest.webpage.tree import text_of
from searchsvc.model.fields import value_key

MAX_HEADLINE = 500
MAX_KICKER = 90
MIN_TITLE = 10


class Headline(NamedTuple):
    """The title of the story; `shown` is what the page has over it instead, where that is another."""

    claim: Claim | None
    kicker: str
    shown: str = ""


# How much a source counts; the sum of those that say the same decides.
_WEIGHTS = (
    ("h1", 3.0), ("json-ld", 3.0), ("microdata", 2.5), ("rdfa", 2.0), ("meta og:title", 2.0), ("meta twitter", 1.0),
    ("meta", 1.0), ("title", 1.5), ("h2", 2.0),
)  # fmt: skip


def told(articles: Sequence[Thing]) -> list[Claim]:
    """The headlines in the page's data."""
    found = [thing.claim(name) for thing in articles for name in ("headline", "name")]
    return [claim for claim in found if claim is not None and len(claim.text) <= MAX_HEADLINE]


def titles(root: HtmlElement, meta: Metadata) -> list[Claim]:
    """What may be the headline, of the page and its head."""
    found = [Claim(parts(each)[1], "h1") for each in list(root.iter("h1"))[:20]]
    found += meta.all(*_NAMES)
    head = root.find(".//title")
    if head is not None:
        found.append(Claim(text_of(head), "title"))
    pieces = {title_key(piece) for claim in found if claim.origin != "h1" for piece in _SEPARATOR.split(claim.text)}
    lower = (Claim(text_of(each), "h2") for each in list(root.iter("h2"))[:40])
    found += (claim for claim in lower if len(claim.text) >= MIN_TITLE and title_key(claim.text) in pieces)
    return [claim for claim in found if claim.text and len(claim.text) <= MAX_HEADLINE]


_NAMES = (
    "og:title", "twitter:title", "headline", "parsely-title", "sailthru.title", "dc.title", "dcterms.title",
    "ob_headline", "hdl", "title", "cxenseparse:title",
)  # fmt: skip


_ABOVE = re.compile(
    r"kicker|dach|topline|top-line|overline|over-line|roofline|spitzmarke|ortsmarke|volanta|eyebrow|pre-?title|supra|"
    r"tagline|prefix|antetitulo|rubri|overtitle|surtitre|super-?title|category",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"author|byline|date|meta|badge|label|premium|paywall|comment|share|hidden|screen-reader", re.IGNORECASE
)
_LINES = frozenset(("h2", "h3", "h4", "h5", "h6", "p", "time", "figure", "ul"))


def parts(heading: HtmlElement) -> tuple[str, str]:
    """What stands above the headline in a heading, and the headline: authors, dates and labels are left out."""
    above = [each for each in heading.iterdescendants() if _is_called(each, _ABOVE)]
    beside = [each for each in heading.iterdescendants() if each.tag in _LINES or _is_called(each, _BESIDE)]
    text = text_of(heading, without=[*above, *beside]).strip(" :|-–—")
    if len(text) < MIN_TITLE:  # then it was called so for another reason
        return "", text_of(heading)
    return (text_of(above[0]).strip(" :|-–—") if above else ""), text


def is_called_kicker(element: HtmlElement) -> bool:
    """Whether the element's class says that it is a kicker, in one of several languages."""
    return _is_called(element, _ABOVE)


def _is_called(element: HtmlElement, names: re.Pattern[str]) -> bool:
    return isinstance(element.tag, str) and names.search(element.get("class", "")) is not None


def choose(claims: Sequence[Claim], *, sites: Iterable[str], address: str = "", summary: str = "") -> Headline:
    """The title that most sources agree on, without the site's name, and the kicker that one of them begins with.

    The address of the page decides where its words are those of one title only. `summary` is of the story, for telling
    a title of it from one of the whole site.
    """
    site_keys = {_letters(site) for site in sites} - {""}
    named = [claim for claim in claims if _letters(claim.text) not in site_keys] or list(claims)
    named = _without_masthead(named, address)
    shown = {title_key(claim.text) for claim in named if claim.origin == "h1"}
    whole = shown | {title_key(claim.text) for claim in named if claim.origin.startswith(_WHOLE)}
    kicker = ""
    groups: dict[str, list[Claim]] = {}
    for claim in named:
        text = claim.text
        if claim.origin == "h1":
            before, text = _kicker(_without_end(claim.text, named), named)
            kicker = kicker or before
        elif not claim.origin.startswith("meta twitter") or "|" in text:
            text = _without_site(text, shown if claim.origin.startswith(_WHOLE) else whole, site_keys)
        groups.setdefault(title_key(text), []).append(claim._replace(text=text))
    groups.pop("", None)
    if not groups:
        return Headline(None, "")
    headings = sum(claim.origin == "h1" for claim in named)
    words = [set(_WORD.findall(title_key(claim.text))) for claim in named if claim.origin != "h1"]
    best = max(groups, key=lambda key: _score(key, groups[key], headings, words))
    agreed = max(groups[best], key=_weight)
    if apart := _written_apart(groups, best, address, summary):
        return Headline(max(groups[apart], key=_weight), kicker, shown=agreed.text)
    return Headline(agreed, kicker)


def _without_masthead(claims: list[Claim], address: str) -> list[Claim]:
    """Left out is the one heading that is the site's: the head's title has it, and a lower heading that is the story's.

    Which of the two is the story's the address tells. Without it both orders are usual.
    """
    headings = [claim for claim in claims if claim.origin == "h1"]
    pieces = {title_key(part) for claim in claims if claim.origin == "title" for part in _SEPARATOR.split(claim.text)}
    if len(headings) != 1 or (key := title_key(headings[0].text)) not in pieces:
        return claims
    if any(title_key(claim.text) == key for claim in claims if claim.origin not in ("h1", "h2", "title")):
        return claims
    shown = likeness(address, headings[0].text)
    if not any(likeness(address, claim.text) > max(shown, ALIKE) for claim in claims if claim.origin == "h2"):
        return claims
    return [claim for claim in claims if claim.origin != "h1"]


def _without_end(heading: str, claims: Sequence[Claim]) -> str:
    """A heading up to its last bar, when that much of it is a title given elsewhere."""
    beginning = heading.rpartition("|")[0].strip()
    key = title_key(beginning)
    return (
        beginning if key and any(title_key(claim.text) == key for claim in claims if claim.origin != "h1") else heading
    )


def _written_apart(groups: dict[str, list[Claim]], best: str, address: str, summary: str) -> str:
    """The title that somebody wrote beside one that was filled in everywhere else; "" when there is none.

    Where heading and head's title are the same, both are often the one that is written for search engines. Then one for
    sharing alone, or one in the data alone after which the address was made, is the headline. (One for sharing that is
    not alone is as often as not the shorter of two.)
    """
    kinds = {key: {_kind(claim) for claim in group} for key, group in groups.items()}
    mine = kinds[best]
    if not {"h1", "title"} <= mine:
        return ""
    for key, others in kinds.items():
        if len(key) < MIN_TITLE or key in best or best in key:
            continue
        if mine & _DATA and "meta og:title" in others and not others & _SHOWN:
            if _long_words(key) & _long_words(f"{best} {title_key(summary)}"):
                return key
        elif "meta og:title" in mine and not mine & _DATA and others <= _DATA and likeness(address, key) >= ALIKE:
            return key
    return ""


def _long_words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if len(word) >= LONG}


LONG = 5  # letters of a word that two titles hardly share by chance
ALIKE = 0.9  # likeness of an address that was made of a title: a number or a small word may be left out
_DATA = frozenset(("json-ld", "microdata", "rdfa"))
_SHOWN = _DATA | {"h1", "h2", "title", "meta twitter:title"}

# Sources that give the headline alone, without the site's name.
_WHOLE = ("h1", "h2", "json-ld", "microdata", "rdfa")
_SEPARATOR = re.compile(r"\s*(?:[|»«•·]|::)\s*|\s+[-–—:/]\s+")


def _without_site(text: str, whole: Collection[str], sites: Collection[str]) -> str:
    """A title up to where the rest is the site's name, or to where it is a title given elsewhere."""
    if title_key(text) in whole:
        return text
    cuts = list(_SEPARATOR.finditer(text))[:20]
    for cut in cuts:
        for part in (text[: cut.start()], text[cut.end() :]):
            if title_key(part) in whole:
                return part
    while cuts:
        cut = cuts.pop()
        if not _is_site(text[cut.end() :], sites):
            break
        text = text[: cut.start()]
    first = _SEPARATOR.search(text)
    if first is not None and _is_site(text[: first.start()], sites):
        text = text[first.end() :]
    bar = text.rpartition("|")[0].strip()  # what follows a bar is no part of a headline
    return bar if len(bar) >= MIN_TITLE else text


def _is_site(text: str, sites: Collection[str]) -> bool:
    """Whether a piece of a title is the site's name, or the longer or shorter form of it."""
    letters = _letters(text)
    return letters in sites or any(
        len(site) > 3 and (site in letters or (len(letters) > 3 and letters in site)) for site in sites
    )


def _kicker(heading: str, claims: Sequence[Claim]) -> tuple[str, str]:
    """What a heading begins with before a title that is given elsewhere, and that title.

    Where the title for sharing has all of it, all of it is the title; data and head are often made from the heading.
    """
    key = title_key(heading)
    if any(title_key(claim.text).startswith(key) for claim in claims if claim.origin == "meta og:title"):
        return "", heading
    for claim in claims:
        length = len(heading) - len(claim.text)
        if claim.origin == "h1" or not 1 < length <= MAX_KICKER or len(claim.text) <= MIN_TITLE:
            continue
        if title_key(heading[length:]) == title_key(claim.text) and not heading[length - 1].isalnum():
            return heading[:length].strip(" :|-–—"), claim.text
    return "", heading


def _score(key: str, group: Sequence[Claim], headings: int, others: Sequence[set[str]]) -> float:
    """Each kind of source once. The one heading of a page is what a reader sees, if it is of the same story at all.

    Of many headings, one that no other source names is hardly the headline.
    """
    score = sum({_kind(claim): _weight(claim) for claim in group}.values())
    if not any(claim.origin == "h1" for claim in group):
        return score
    if headings == 1:
        own = set(_WORD.findall(key))
        alike = any(len(own & other) >= SHARED * min(len(own), len(other)) for other in others if other and own)
        return score + SEEN if alike or not others else score
    return score / 2 if all(claim.origin == "h1" for claim in group) else score


_WORD = re.compile(r"\w+")
SHARED = 0.3  # of the words of a title that a heading of the same story has
SEEN = 2.5


def _kind(claim: Claim) -> str:
    return claim.origin if claim.origin.startswith("meta") else claim.origin.partition(" ")[0]


def _weight(claim: Claim) -> float:
    return next(weight for source, weight in _WEIGHTS if claim.origin.startswith(source))


def _letters(text: str) -> str:
    """Letters and digits only, for comparing names of sites: `The Paper` and `the-paper`."""
    return "".join(c for c in text.casefold() if c.isalnum())


def title_key(text: str) -> str:
    """Equal for titles that differ in case, white space, quotes and dashes only."""
    return value_key(_SIGNS.sub(lambda match: _PLAIN[match.group()], _UNSEEN.sub("", text)))


_UNSEEN = re.compile("[\u00ad\u200b\u2060]")
_PLAIN = {**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "..."}
_SIGNS = re.compile(f"[{''.join(_PLAIN)}]")
