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

from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document, Extractor

from searchsvc.text.cleaning import strip_markup

LITTLE = 600  # characters; the quick way has then, in one of two cases, found the wrong part of the page


def find_body(root: HtmlElement, told: str = "") -> list[str]:
    """The paragraphs, in order; none when there is no story. `told` is the text as the page's data has it."""
    found = _extract(root, thorough=False)
    if sum(map(len, found)) < LITTLE:
        found = _extract(root, thorough=True) or found
    return _borne_out(found, told) if len(told) > LITTLE else found


def _extract(root: HtmlElement, *, thorough: bool) -> list[str]:
    document = bare_extraction(copy(root), options=_options(thorough))
    if not isinstance(document, Document):
        return []
    return [text for line in (document.text or "").split("\n") if (text := " ".join(line.split()))]


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
