"""Structured data: what a page says of its own article in JSON-LD, microdata or RDFa, and not of other stories.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<script type="application/ld+json">{"@type": ["NewsArticle"], "headline": "R&amp;D"}</script><p>x')
>>> [thing] = things(tree)
>>> thing.kind, thing.claim("headline")
('NewsArticle', Claim(text='R&D', origin='json-ld NewsArticle headline'))
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.jsonld import objects
from searchsvc.ingest.webpage.metadata import Claim
from searchsvc.ingest.webpage.microdata import microdata, rdfa
from searchsvc.text.cleaning import strip_markup

# Kinds whose name does not end in Article or Posting; a page of one of these tells of one story too.
_ARTICLES = frozenset(("Report", "ClaimReview", "Review", "Article", "NewsStory", "Blog Post"))
_PAGES = frozenset(("WebPage", "ItemPage", "AboutPage", "MediaGallery", "ImageGallery", "CreativeWork"))
_KIND = re.compile(r"(?:Article|Posting)$")


@dataclass(frozen=True, slots=True)
class Thing:
    """One object: its kind, what it says, and in which syntax."""

    kind: str
    values: dict[str, Any]  # Any: JSON
    syntax: str

    @property
    def is_article(self) -> bool:
        """Whether its kind is one of an article, as NewsArticle, BlogPosting or Report."""
        return self.kind in _ARTICLES or _KIND.search(self.kind) is not None

    @property
    def is_page(self) -> bool:
        """Whether its kind is one of a page, as WebPage or ImageGallery."""
        return self.kind in _PAGES

    def claim(self, name: str) -> Claim | None:
        """The first text of a property."""
        text = next(texts(self.values.get(name)), "")
        return Claim(text, self.origin(name)) if text else None

    def origin(self, name: str) -> str:
        """Where a property is said: the syntax, the kind and the name, as `json-ld NewsArticle headline`."""
        return f"{self.syntax} {self.kind} {name}".replace("  ", " ")


def things(root: HtmlElement) -> list[Thing]:
    """What a page describes, in its order."""
    found = [
        Thing(_kind(each), each, "json-ld")
        for script in root.iter("script")
        if "ld+json" in script.get("type", "").lower()
        for each in objects(script.text or "")
    ]
    found += (Thing(_kind(each), each, "microdata") for each in microdata(root))
    found += (Thing(_kind(each), each, "rdfa") for each in rdfa(root))
    return found


def _kind(item: dict[str, Any]) -> str:
    """The most telling of its types, without the vocabulary."""
    kinds = [str(kind).rpartition("/")[2].rpartition(":")[2] for kind in _listed(item.get("@type"))]
    return next((kind for kind in kinds if _KIND.search(kind)), kinds[0] if kinds else "")[:40]


def own(found: Iterable[Thing], titles: Iterable[str], addresses: Iterable[str]) -> list[Thing]:
    """The articles among them that the page is about, the surest first: by headline, by address, by order.

    `titles` and `addresses` are what the page says of itself elsewhere. Where one is sure, those of another headline
    are other stories.
    """
    keys = {title.casefold() for title in titles if title}
    places = {address.rstrip("/") for address in addresses if address}
    articles = [thing for thing in found if thing.is_article]
    sure = {id(thing): _sureness(thing, keys, places) for thing in articles}
    best = max(sure.values(), default=0)
    kept = [thing for thing in articles if sure[id(thing)] > 0] if best else articles[:1]
    return sorted(kept, key=lambda thing: -sure[id(thing)])


def _sureness(thing: Thing, titles: set[str], addresses: set[str]) -> int:
    said = [text.casefold() for name in ("headline", "name") for text in texts(thing.values.get(name))]
    named = any(text and any(text in title or title in text for title in titles) for text in said)
    places = {text.rstrip("/") for name in ("url", "@id", "mainEntityOfPage") for text in texts(thing.values.get(name))}
    return 2 * named + bool(places & addresses)


def texts(value: Any, depth: int = 0) -> Iterator[str]:  # Any: JSON
    """The texts in a value: of an object its name; markup and entities read."""
    if isinstance(value, str):
        text = " ".join(strip_markup(value).split())
        if text:
            yield text
    elif isinstance(value, bool) or depth > 5:
        return
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, dict):
        for name in ("@value", "name", "headline", "@id", "url"):
            if name in value:
                yield from texts(value[name], depth + 1)
                return
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, depth + 1)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
