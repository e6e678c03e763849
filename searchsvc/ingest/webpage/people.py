"""People: who wrote what is on a page, and where it is printed.

>>> from searchsvc.ingest.webpage.metadata import Metadata
>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<meta name="author" content="Ann Lee"><h1>Rain</h1><span class="byline">By Ann Lee, Port Elm</span>')
>>> byline(tree.iter()).text, [claim.text for claim in authors(Metadata.of(tree), [])]
('By Ann Lee, Port Elm', ['Ann Lee'])
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.structured import Thing, texts
from searchsvc.ingest.webpage.tree import text_of

MAX_BYLINE = 300
MAX_NAME = 80

_ADDRESS = re.compile(r"https?://|www\.|@\w+\.|^@")
_NAMES = (
    "author", "article:author", "og:article:author", "article:author_name", "parsely-author", "sailthru.author",
    "dc.creator", "dcterms.creator", "dc.author", "byl", "byline", "citation_author", "cxenseparse:author", "authors",
    "vr:author", "mediator_author",
)  # fmt: skip


def authors(meta: Metadata, articles: Sequence[Thing]) -> list[Claim]:
    """The names of the authors: of the first source that has any."""
    for thing in articles[:3]:
        for name in ("author", "creator"):
            found = [Claim(text, thing.origin(name)) for text in _people(thing.values.get(name))]
            if found:
                return found
    for name in _NAMES:
        found = [claim for claim in meta.all(name) if _is_name(claim.text)]
        if found:
            return found
    return []


def _people(value: Any) -> list[str]:  # Any: JSON
    """Names of persons, those of an organization only where there is no person."""
    listed = value if isinstance(value, list) else [value]
    persons = [each for each in listed if not (isinstance(each, dict) and "Organization" in str(each.get("@type")))]
    return [text for each in persons or listed for text in texts(each) if _is_name(text)]


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= MAX_NAME and _ADDRESS.search(text) is None


_BYLINE = re.compile(r"(?:^|[\s_-])(?:byline|author|auteur|autor|auteurs|writer|credit)s?(?:$|[\s_-])", re.IGNORECASE)


def byline(elements: Iterable[HtmlElement]) -> Claim | None:
    """The line on the page that names the author, as printed."""
    for element in elements:
        names = f"{element.get('class', '')} {element.get('itemprop', '')} {element.get('rel', '')}"
        if len(names) > 2 and element.tag not in ("link", "meta") and _BYLINE.search(names) is not None:
            text = text_of(element)
            if 3 < len(text) <= MAX_BYLINE:
                return Claim(text, "byline on the page")
    return None
