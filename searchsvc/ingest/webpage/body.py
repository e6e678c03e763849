"""Body: the paragraphs of the story on a page, as trafilatura finds them in the tree; nothing is fetched."""

import logging
from functools import cache

from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document, Extractor


def find_body(root: HtmlElement) -> tuple[str, ...]:
    """The paragraphs, in order; none when there is no story."""
    found = bare_extraction(root, options=_options())
    return tuple((found.text or "").split("\n")) if isinstance(found, Document) else ()


@cache
def _options() -> Extractor:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards we reject, with the reason
    return Extractor(output_format="python", comments=False)
