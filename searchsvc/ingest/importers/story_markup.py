"""Story markup: the paragraphs of a story that came as NITF or XHTML elements.

What is beside the story (pictures, menus, scripts) is left out; the row of a table is one paragraph.
For markup that came as text, there is `text.cleaning.strip_markup`.

>>> from xml.etree.ElementTree import fromstring
>>> paragraphs(fromstring("<body><p>It <em>rained</em>.</p><table><tr><td>Ghent</td><td>9</td></tr></table></body>"))
('It rained.', 'Ghent 9')
"""

import re
from xml.etree.ElementTree import Element  # elements that safe_xml made

from searchsvc.ingest.credits import names
from searchsvc.ingest.importers.safe_xml import local
from searchsvc.text.cleaning import strip_markup

_BLOCKS = frozenset(
    ["address", "article", "block", "blockquote", "body", "body.content", "body.end", "bq", "caption", "center",
     "credit", "datasource", "dd", "div", "dl", "dt", "fn", "h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "hr",
     "html", "lead", "li", "main", "nitf-table", "note", "ol", "p", "pre", "section", "table", "tagline", "tbody",
     "tr", "ul"]
)  # fmt: skip
_BESIDE = frozenset(
    ["aside", "body.head", "figure", "footer", "head", "header", "iframe", "media", "nav", "noscript", "object",
     "script", "style", "svg", "nitf-table-metadata"]
)  # fmt: skip
_CELLS = frozenset(["td", "th"])
_SPACE = re.compile(r"\s+")


def paragraphs(element: Element) -> tuple[str, ...]:
    """The paragraphs below an element, in order, none empty; line breaks (`br`) as newlines."""
    if not len(element):  # markup within a CDATA section, or none
        return tuple(filter(None, (part.strip() for part in strip_markup(element.text or "").split("\n\n"))))
    found: list[list[str]] = [[]]
    _collect(element, found)
    return tuple(text for pieces in found if (text := "".join(pieces).strip()))


def byline_apart(body: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The byline that agencies send as the first paragraph, and the paragraphs after it.

    >>> byline_apart(("By Jane Doe", "It rained."))
    ('By Jane Doe', ('It rained.',))
    """
    if len(body) > 1 and len(body[0]) <= MAX_BYLINE and _BY.match(body[0]) and names(body[0]):
        return body[0], body[1:]
    return "", body


MAX_BYLINE = 120  # characters; a first paragraph that is longer is a sentence
_BY = re.compile(r"(?:By|Von|Par|Por|Di|Door)\s+[^\W\d_]")


def _collect(element: Element, found: list[list[str]]) -> None:
    """Add the text in an element to the last paragraph, and begin another where a block begins or ends."""
    _add(element.text, found)
    for child in element:
        name = local(child).lower()
        if name in _BLOCKS:
            found.append([])
            _collect(child, found)
            found.append([])
        elif name == "br":
            found[-1].append("\n")
        elif name and name not in _BESIDE:
            _collect(child, found)
            if name in _CELLS:
                found[-1].append(" ")
        _add(child.tail, found)


def _add(text: str | None, found: list[list[str]]) -> None:
    if text:
        found[-1].append(_SPACE.sub(" ", text))
