"""Tags: the subjects that a page gives its story, in its data, in its head, or as links around the story.

Not all that is called a keyword is one: lists are weighed by what other lists say, and by the words of the story.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<meta name=keywords content="Rain, Port Elm, premium_content"><h1>Rain</h1><p>Rain in Port Elm.')
>>> choose(lists_of(tree, Metadata.of(tree), []), story="Rain in Port Elm", strangers=())
Tagging(tags=('Rain', 'Port Elm'), origin='meta keywords')
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.metadata import Metadata
from searchsvc.ingest.webpage.structured import Thing, texts
from searchsvc.ingest.webpage.taglinks import linked
from searchsvc.model.fields import value_key

MAX_TAG = 80  # characters
MAX_TAGS = 100


class Tagging(NamedTuple):
    """One list of tags, and where on the page it is."""

    tags: tuple[str, ...]
    origin: str


_META = (
    "news_keywords", "keywords", "article:tag", "og:article:tag", "parsely-tags", "sailthru.tags", "dc.subject",
    "dcterms.subject", "cxenseparse:tags", "cxenseparse:keywords", "tags", "tag", "og:tag", "article.tags",
    "citation_keywords",
)  # fmt: skip
_META_SHAPE = re.compile(r"[:._-](?:tags?|keywords?)\d?$")


def lists_of(root: HtmlElement, meta: Metadata, articles: Sequence[Thing]) -> list[Tagging]:
    """Every list of subjects on the page, the most trusted kinds first."""
    found = [Tagging(_split(texts(thing.values.get("keywords"))), thing.origin("keywords")) for thing in articles[:2]]
    names = [*_META, *(name for name in meta.values if name not in _META and _META_SHAPE.search(name))]
    found += (Tagging(_split(claim.text for claim in meta.all(name)), f"meta {name}") for name in names)
    for thing in articles[:2]:
        found += (Tagging(_split(texts(thing.values.get(name))), thing.origin(name)) for name in ("about", "mentions"))
    found += (Tagging(tuple(names[:MAX_TAGS]), origin) for names, origin in linked(root))
    return [tagging for tagging in found if tagging.tags]


def _split(values: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for value in values:
        separator = next((each for each in (";", "|", "،", "、", "，") if each in value and "," not in value), ",")
        for part in value.split(separator):
            tag = " ".join(part.split()).strip(" #\"'")
            if tag and len(tag) <= MAX_TAG:
                found.setdefault(value_key(tag), tag)
    return tuple(found.values())[:MAX_TAGS]


def choose(lists: Sequence[Tagging], *, story: str, strangers: Collection[str], url: str = "") -> Tagging:
    """The list that others and the story bear out best, without names of the site or its authors (`strangers`)."""
    text = f" {' '.join(_WORD.findall(value_key(story)))}"
    odd = {value_key(each) for each in strangers}
    cleaned = [Tagging(tuple(t for t in each.tags if _is_subject(t, odd)), each.origin) for each in lists]
    cleaned = [each for each in cleaned if each.tags]
    if not cleaned:
        return Tagging((), "")
    keys = [frozenset(map(value_key, each.tags)) for each in cleaned]
    worths = [_worth(i, keys, cleaned[i].origin, text) for i in range(len(cleaned))]
    worths = [
        worth / 5 if _is_of_address(each.tags, url) else worth for worth, each in zip(worths, cleaned, strict=True)
    ]
    best = max(range(len(cleaned)), key=lambda i: (worths[i], -i))
    return cleaned[best] if worths[best] > 0 else Tagging((), "")


_MACHINE = re.compile(
    r"[_=<>{}\[\]]|^\W*$|^\d+$|\w\.\w{2,3}/|\w:\w|^https?:|\w\.(?:com|de|org|net|co\.\w\w|[a-z]{2})$|"
    r"^(?:all|alle|more|mehr|see|view|show|ver|todos|tous|voir)\s|bearbeiten$",
    re.IGNORECASE,
)


def _is_subject(tag: str, odd: Collection[str]) -> bool:
    return _MACHINE.search(tag) is None and value_key(tag) not in odd


def _is_of_address(tags: Sequence[str], url: str) -> bool:
    """Whether a list is but the words of the page's address, as some programs make them up."""
    words = set(re.split(r"\W+", unquote(url[-300:]).lower()))
    return len(tags) > 3 and sum(tag in words for tag in tags) >= 0.8 * len(tags)


# What a list's tags count by where they come from: the page's own data, that of its helpers, what stands on it.
_TRUST = (("links that", 0.3), ("links", 0.8), ("meta sailthru", 0.2), ("meta cx", 0.6), ("meta custom", 0.6))


def _worth(i: int, lists: Sequence[frozenset[str]], origin: str, story: str) -> float:
    if origin.startswith("links to") and _is_menu(i, lists, story):
        return 0.0
    if origin.startswith("links that") and not all(is_told(tag, story, wholly=True) for tag in lists[i]):
        return 0.0
    others = [each for j, each in enumerate(lists) if j != i]
    counts = {tag: sum(tag in other for other in others) for tag in lists[i]}
    borne_out = max(counts.values(), default=0)
    worth = 0.0
    for tag, count in counts.items():
        if count:
            worth += 1.0
        elif is_told(tag, story):
            worth += 0.6 if borne_out < 2 else -0.1
        else:
            worth -= 0.3 if origin.startswith("links") or borne_out >= 2 else 0.1
    return worth * next((trust for source, trust in _TRUST if origin.startswith(source)), 1.0)


def _is_menu(i: int, lists: Sequence[frozenset[str]], story: str) -> bool:
    """Whether hardly any of a list is told of, and no other list has the half of it."""
    own = lists[i]
    if 3 * sum(is_told(tag, story) for tag in own) >= len(own):
        return False
    return not any(2 * len(own & other) >= len(own) for j, other in enumerate(lists) if j != i)


_WORD = re.compile(r"\w+")


def is_told(tag: str, story: str, *, wholly: bool = False) -> bool:
    """Whether a story (its words in lower case, a space before each) has a word of a tag, or one that begins like it.

    `wholly`: all the words of the tag.
    """
    words = _WORD.findall(value_key(tag))
    told = [_beginning(word) in story for word in words if len(word) > 3 or wholly or not word.isascii()]
    if not told:
        told = [f" {word} " in story for word in words]
    return all(told) if wholly else any(told)


def _beginning(word: str) -> str:
    if not word.isascii() and not word[:1].islower():  # written without spaces
        return word
    return f" {word[: max(5, len(word) - 3)]}" if len(word) > 3 else f" {word} "
