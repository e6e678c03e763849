"""Saved web pages: one article a page.

What is where on a page is for `ingest.webpage`; nothing is ever fetched.

>>> story = b"<p>The river rose in the night.</p><p>The bridge is shut, and the ferry does not run either.</p>"
>>> page = b"<!doctype html><title>x</title><article><h1>River closes bridge</h1>" + story
>>> [draft] = drafts_of_page(page, url="https://paper.example/1", source="a.html")
>>> draft.headline, draft.url
('River closes bridge', 'https://paper.example/1')
"""

import dataclasses
import re
from collections.abc import Iterator

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source

MAX_FILE = 20_000_000  # bytes, pictures in the page included

# Nothing given back once taken, or comments without end would be tried in every way to part them.
_COMMENTS = rb"(?:<!--(?>.{0,2000}?-->)\s*+){0,5}+"
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,200}>\s*+)?" + _COMMENTS + rb"<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
# Pieces of pages, and old pages, begin with anything that stands in one; other kinds of XML do not.
_PIECE = re.compile(
    rb"\s*+" + _COMMENTS + rb"<(?:head|body|title|meta|link|script|style|article|main|section|header|div|p|"
    rb"h[1-6]|table|center)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


class HtmlImporter:
    """One article a file."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml", ".shtml")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.9 for a whole page; for a piece of one 0.8 with the suffix, 0.4 without; 0.5 by the suffix alone."""
        if _PAGE.match(head[:4096]) is not None:
            return 0.9
        if _PIECE.match(head[:4096]) is not None:
            return 0.8 if suffix in self.suffixes else 0.4
        return 0.5 if suffix in self.suffixes else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """The draft of the page, or a Rejection. Raises MalformedSource when it is larger than MAX_FILE."""
        for each in drafts_of_page(source.whole(MAX_FILE), source=source.name):
            if isinstance(each, Draft) and options.source_name:
                yield dataclasses.replace(each, publication=options.source_name, origins=_without(each.origins))
            else:
                yield each


def _without(origins: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, "given") if name == "publication" else (name, origin) for name, origin in origins)


def drafts_of_page(
    content: bytes, *, url: str = "", source: str, position: str = "", saved_text: str = "", charset: str = ""
) -> Iterator[Draft | Rejection]:
    """The article on a page, or why there is none; never raises.

    `url` is where the page was; `saved_text` the day it was saved, as printed; `charset` what the server said.
    """
    # Imported here: trafilatura and lxml take a third of a second, which a search on the command line should not wait.
    from searchsvc.ingest.webpage.article import read_page

    try:
        draft = read_page(content, url=url, charset=charset)
    except MalformedSource as error:
        yield Rejection(reason=str(error), source=source, position=position)
        return
    saved = saved_text or draft.saved_text
    yield dataclasses.replace(draft, importer=HtmlImporter.name, source=source, position=position, saved_text=saved)
