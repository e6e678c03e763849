"""Metadata: what the head of a page says of it, by name.

>>> from searchsvc.ingest.webpage.tree import parse
>>> head = Metadata.of(parse('<meta property="og:title" content="Rain"><meta name="OG:Title" content=""><p>x'))
>>> head.first("twitter:title", "og:title")
Claim(text='Rain', origin='meta og:title')
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml.html import HtmlElement

MAX_CONTENT = 20_000  # characters of one value


class Claim(NamedTuple):
    """What is said of an article, and where it is said."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """Names in lower case to their values, in the order of the page."""

    values: dict[str, list[str]]

    @classmethod
    def of(cls, root: HtmlElement) -> "Metadata":
        """Read all `meta` elements of a page; empty values and those longer than MAX_CONTENT are left out."""
        values: dict[str, list[str]] = {}
        for element in root.iter("meta"):
            content = (element.get("content") or element.get("value") or "").strip()
            if content and len(content) <= MAX_CONTENT:
                for attribute in ("name", "property", "http-equiv"):
                    if name := element.get(attribute):
                        values.setdefault(name.strip().lower(), []).append(content)
        return cls(values)

    def all(self, *names: str) -> Iterator[Claim]:
        """The values of these names, by name."""
        for name in names:
            for text in self.values.get(name, ()):
                yield Claim(text, f"meta {name}")

    def first(self, *names: str) -> Claim | None:
        """The first value of the first of these names that has one; None when none has."""
        return next(self.all(*names), None)
