"""Body: the text of the story on a page, as trafilatura finds it in the tree; nothing is fetched.

Its quick way first, which reads as well as the thorough one where there is a story; the thorough one where that finds
little. Where the page's data has the text of the story too, each bears the other out.

>>> from searchsvc.ingest.webpage.tree import parse
>>> find_body(parse("<article><h1>Rain</h1><p>" + "The river rose. " * 20 + "</article>"))[-1][:15]
'The river rose.'
"""

import logging
import re
from collections.abc import Sequence
from copy import copy
from functools import cache

from lxml.etree import LxmlError
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document, Extractor

from searchsvc.errors import MalformedSource
from searchsvc.text.cleaning import strip_markup

LITTLE = 600  # characters; the quick way has then, in one of two cases, found the wrong part of the page

# Of more blocks of text the thorough way would take minutes: its time grows with the square of their number.
MOST_BLOCKS = 3_000
BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "li", "td", "dt", "dd", "blockquote", "pre", "section")


def find_body(root: HtmlElement, told: str = "") -> list[str]:
    """The paragraphs, in order; none when there is no story. `told` is the text as the page's data has it.

    Raises MalformedSource, without a source's name, when trafilatura fails on the page.
    """
    found = _extract(root, thorough=False)
    if sum(map(len, found)) < LITTLE and sum(1 for _ in root.iter(*BLOCKS)) <= MOST_BLOCKS:
        found = _extract(root, thorough=True) or found
    return _borne_out(found, told) if len(told) > LITTLE else found


def _extract(root: HtmlElement, *, thorough: bool) -> list[str]:
    try:
        document = bare_extraction(_without_layout(copy(root)), options=_options(thorough))
    except _FAILURES as error:
        reason = f"trafilatura cannot read the page: {type(error).__name__}"
        raise MalformedSource(reason, source="") from error
    if not isinstance(document, Document):
        return []
    return [text for line in (document.text or "").split("\n") if (text := " ".join(line.split()))]


def _without_layout(root: HtmlElement) -> HtmlElement:
    """Tables that hold paragraphs, as pages were laid out once, as plain divisions."""
    tables = {table for cell in root.iter("td") if cell.find("p") is not None for table in cell.iterancestors("table")}
    for table in tables:
        for part in list(table.iter("table", "tbody", "thead", "tr", "td", "th")):
            part.tag = "div"
    return root


# It catches what it expects; on odd trees more comes through.
_FAILURES = (AttributeError, LookupError, TypeError, ValueError, RuntimeError, AssertionError, LxmlError)


@cache
def _options(thorough: bool) -> Extractor:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards we reject, with the reason
    return Extractor(output_format="python", comments=False, fast=not thorough)


def _borne_out(found: Sequence[str], told: str) -> list[str]:
    """Of two texts of one story what both have, when they are of one story; else the longer of them."""
    text = _letters(strip_markup(told))
    shared = [each for each in found if _letters(each)[:BEGINNING] in text]
    length = sum(len(_letters(each)) for each in shared)
    if length >= ALIKE * len(text):
        return shared
    own = [each for line in strip_markup(told).split("\n") if (each := " ".join(line.split()))]
    if length < UNLIKE * len(text) and len(text) > sum(len(_letters(each)) for each in found):
        return own
    return list(found)


BEGINNING = 60  # letters by which a paragraph is known
ALIKE, UNLIKE = 0.85, 0.5  # of the letters of what the data tells


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
