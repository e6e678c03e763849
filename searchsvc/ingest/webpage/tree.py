"""Tree: the elements of a web page, parsed once for all who look at them, within limits.

>>> tree = parse("<title>Rain</title><p>It rained.")
>>> [text_of(p) for p in tree.iter("p")]
['It rained.']
>>> parse("<div>" * 10_000)
Traceback (most recent call last):
    ...
searchsvc.errors.MalformedSource: elements nested more than 255 deep, too deep for a page
"""

from collections.abc import Collection, Iterator

from lxml.etree import ErrorTypes, ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from searchsvc.errors import MalformedSource

MAX_SIZE = 20_000_000  # bytes; a page with its pictures in it may have some millions
MAX_TAGS = 100_000  # long pages with all their comments have some 20,000


def parse(text: str) -> HtmlElement:
    """The root of the page, comments left out.

    Raises MalformedSource, without a source's name, when the page is too large, or has no element.
    """
    if len(text) > MAX_SIZE:
        raise MalformedSource(f"larger than {MAX_SIZE // 1_000_000} MB, too large for one page", source="")
    if text.count("<") > MAX_TAGS:
        raise MalformedSource(f"more than {MAX_TAGS:,} tags, too many for one page", source="")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (ParserError, ValueError, AssertionError) as error:
        raise MalformedSource("no elements in the page", source="") from error
    for entry in parser.error_log:
        if entry.type == ErrorTypes.ERR_RESOURCE_LIMIT:
            raise MalformedSource(_LIMITS["depth" in entry.message], source="")
    return root


# The parser's own; a program that made more would hang the browsers too.
_LIMITS = {
    True: "elements nested more than 255 deep, too deep for a page",
    False: "more than 10 million characters in one piece, too long for a page",
}


def elements_of(root: HtmlElement) -> list[HtmlElement]:
    """All of them, in the order of the page. As long as the list is kept, looking at the tree again is cheap."""
    return [element for element in root.iter() if isinstance(element.tag, str)]


def text_of(element: HtmlElement, without: Collection[HtmlElement] = ()) -> str:
    """All the text in an element, on one line, script, style and the elements `without` left out."""
    if not len(element):
        return " ".join((element.text or "").split())
    return " ".join("".join(_texts(element, without)).split())


def length_of(element: HtmlElement) -> int:
    """How many characters of text are in an element, script and all: at the speed of C."""
    return int(element.xpath("string-length(normalize-space(.))"))


def _texts(element: HtmlElement, without: Collection[HtmlElement]) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if child.tag not in _SILENT and child not in without:
            edge = "" if child.tag in _INLINE else " "
            yield edge
            yield from _texts(child, without)
            yield edge
        if child.tail:
            yield child.tail


_SILENT = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "select", "button", "textarea"))
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
))  # fmt: skip
