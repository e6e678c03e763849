"""Safe XML: the elements that an importer asks for, one by one, of a document that may be hostile.

A stream: what was given is forgotten, so a feed of gigabytes takes no more memory than its longest article. Nothing
outside of the document is ever read. A document type is passed over when it only names one, as NITF and RSS 0.91 do;
one with declarations of its own ends the reading, and with it entities, external ones too, and default attributes.
Names of HTML (`&nbsp;`) are known without any. Depth, names and size are bounded.

defusedxml on the standard library's expat, not lxml: expat gives up a document element by element, where libxml2
would build it first, and there is one parser less to keep up to date with an eye on its history of faults.

>>> source = Source.from_bytes("a.xml", b"<list><name>A</name><a>Rain</a><a>Snow &amp;&nbsp;ice</a></list>")
>>> [found.element.text for found in elements(source, {"a"})]
['Rain', 'Snow &\\xa0ice']
"""

import codecs
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html.entities import name2codepoint
from xml.etree.ElementTree import Element, ParseError  # the tree only: defusedxml parses

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from searchsvc.errors import MalformedSource
from searchsvc.ingest.importers.base import HEAD, MAX_DOCUMENT, Source, text_start

MAX_DEPTH = 200  # nested elements; the deepest real document met, a table in XHTML in a package, has some 25
MAX_ELEMENT = 8 * 1024 * 1024  # characters of one element asked for, as of a page that is one article
MAX_HEADER = 256 * 1024  # characters kept of what stands around the elements asked for
MAX_NAMES = 10_000  # different names of elements and attributes; NewsML-G2 has some hundreds
_ELEMENT_COST = 100  # characters that an element counts as beside its text: what it takes in memory

XML = "{http://www.w3.org/XML/1998/namespace}"  # of xml:lang and xml:base


@dataclass(frozen=True, slots=True)
class FoundElement:
    """One element asked for, or why it was not kept; `root` is what stood around it so far."""

    element: Element | None
    root: Element
    number: int  # from 1
    problem: str = ""
    notes: tuple[str, ...] = ()


def elements(source: Source, wanted: Collection[str], *, is_endless: bool = False) -> Iterator[FoundElement]:
    """The outermost elements with one of these names (namespaces left out), in order.

    An endless document may have any size; another one MAX_DOCUMENT. Raises MalformedSource where it breaks off, is not
    well-formed, or is more than it may be.
    """
    text = _Text(source, None if is_endless else MAX_DOCUMENT)
    tree = _Tree(wanted)
    parser = _Parser(target=tree)
    silent = 0
    number = 0
    try:
        for piece in text:
            events = tree.events
            failure = _feed(parser, piece)
            silent = silent + len(piece) if events == tree.events else 0
            while tree.finished:
                number += 1
                element, problem = tree.finished.popleft()
                yield FoundElement(element, tree.root, number, problem, text.notes)
            if failure is not None:
                raise failure
            if silent > MAX_ELEMENT:
                raise _Refused("a tag or comment longer than 8 MiB")
            if len(parser.parser.intern) > MAX_NAMES:
                raise _Refused(f"more than {MAX_NAMES:,} different names")
        parser.close()
    except _Refused as error:
        raise MalformedSource(f"XML with {error}", source=source.name, position=_line(parser)) from error
    except ParseError as error:
        raise MalformedSource(_reason(error), source=source.name, position=_line(parser)) from error


def local(element: Element) -> str:
    """The element's name without its namespace; "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *names: str) -> list[Element]:
    """Those right below with one of the names, namespaces left out."""
    return [child for child in element if local(child) in names]


def first(element: Element | None, *path: str) -> Element | None:
    """The first below by these names, one a level."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


def within(element: Element, *names: str) -> Iterator[Element]:
    """All below, however deep, with one of the names."""
    return (each for each in element.iter() if local(each) in names)


def text_of(element: Element | None) -> str:
    """All text in an element on one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def root_name(head: bytes) -> str:
    """The name of the root element, namespace prefix left out, by the beginning of a document; "" of what is none."""
    text = text_start(head)
    position = 0
    while (before := _PROLOG.match(text, position)) is not None and before.end() > position:
        position = before.end()
    root = _ROOT.match(text, position)
    return root[1] if root is not None else ""


_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,100}:)?([A-Za-z_][\w.-]{0,100})")


# --- the parser -------------------------------------------------------------------------------------------------------


class _Refused(Exception):
    """More than a document may be."""


class _Parser(DefusedXMLParser):
    def __init__(self, target: "_Tree") -> None:
        super().__init__(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        # As if there were a document type that nobody read: names of entities are then ours to look up.
        self.parser.UseForeignDTD(True)
        self.entity.update({name: chr(code) for name, code in name2codepoint.items()})

    def defused_start_doctype_decl(
        self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: int
    ) -> None:
        if has_internal_subset:
            raise _Refused("declarations in its document type, which are not read")


def _feed(parser: _Parser, piece: str) -> Exception | None:
    """What stops the parser, if anything: the elements before it are good."""
    try:
        parser.feed(piece)
    except ParseError as error:
        return error
    except DefusedXmlException:
        return _Refused("entities or references to other documents, which are not read")
    except _Refused as error:
        return error
    return None


class _Tree:
    """The target of the parser: keeps the header and the element that is being read, both within bounds."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.events = 0
        self.root = Element("")
        self.finished: deque[tuple[Element | None, str]] = deque()
        self._wanted = wanted
        self._open: list[Element] = []
        self._within = 0  # depth at which the element asked for began; 0 outside of any
        self._cost = 0  # of that element
        self._header = 0
        self._last: Element | None = None  # the one closed last, whose tail comes next
        self._text: list[str] = []  # what came since the last tag

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self.events += 1
        self._flush()
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(f"elements nested more than {MAX_DEPTH} deep")
        element = Element(tag, attributes)
        if not self._within and tag.rpartition("}")[2] in self._wanted:
            self._within = len(self._open) + 1
            self._cost = 0
        if not self._open:
            self.root = element
        elif self._pay(_ELEMENT_COST + sum(len(name) + len(value) for name, value in attributes.items())):
            self._open[-1].append(element)
        self._open.append(element)
        self._last = None
        return element

    def data(self, text: str) -> None:
        self.events += 1
        if self._open and self._pay(len(text)):
            self._text.append(text)

    def end(self, tag: str) -> Element:
        self.events += 1
        self._flush()
        element = self._open.pop()
        self._last = element
        if len(self._open) + 1 == self._within:
            self._within = 0
            if self._open and len(self._open[-1]) and self._open[-1][-1] is element:
                del self._open[-1][-1]
            if self._cost > MAX_ELEMENT:
                self.finished.append((None, f"larger than {MAX_ELEMENT // 1024**2} MiB, too large for one article"))
            else:
                self.finished.append((element, ""))
        return element

    def comment(self, text: str) -> None:
        self.events += 1

    def pi(self, target: str, text: str | None = None) -> None:
        self.events += 1

    def close(self) -> Element:
        return self.root

    def _flush(self) -> None:
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        if self._last is not None:
            self._last.tail = text
        elif self._open:
            self._open[-1].text = text

    def _pay(self, cost: int) -> bool:
        """Whether there is room for so many characters more."""
        if self._within:
            self._cost += cost
            return self._cost <= MAX_ELEMENT
        self._header += cost
        return self._header <= MAX_HEADER


def _line(parser: _Parser) -> str:
    return f"line {parser.parser.CurrentLineNumber}"


def _reason(error: ParseError) -> str:
    message = re.sub(r": line \d+, column \d+$", "", str(error))
    if error.code in _BREAKS_OFF:
        return "not well-formed XML: it breaks off"
    return f"not well-formed XML: {message}"


_BREAKS_OFF = frozenset((3, 5, 20))  # no element found, unclosed token, unclosed CDATA section


# --- characters -------------------------------------------------------------------------------------------------------


class _Text:
    """The document as text: in the encoding that it declares, where the bytes do not show that to be wrong."""

    def __init__(self, source: Source, limit: int | None) -> None:
        self.notes: tuple[str, ...] = ()
        self._source = source
        self._limit = limit

    def __iter__(self) -> Iterator[str]:
        stream = self._source.stream()
        encoding = self._encoding(self._source.head())
        # A stray byte is told apart by the half of a pair that stands for it; in UTF-16 there is no such thing.
        decoder = codecs.getincrementaldecoder(encoding)("replace" if "16" in encoding else "surrogateescape")
        started = False
        strange = size = 0
        while True:
            piece = stream.read(HEAD)
            size += len(piece)
            if self._limit is not None and size > self._limit:
                reason = f"larger than {self._limit // 1024**2} MiB, too large for one document"
                raise MalformedSource(reason, source=self._source.name)
            text = decoder.decode(piece, final=not piece)
            if not text.isascii() and _STRAY.search(text):
                if (strange := strange + len(_RUN.findall(text))) >= MAX_STRANGE:
                    reason = f"not in the encoding that it declares or that XML has without ({encoding})"
                    raise MalformedSource(reason, source=self._source.name)
                self.notes = (f"not quite {encoding}: stray bytes read as Windows-1252",)
                text = _STRAY.sub(_western, text)
            text = _FORBIDDEN.sub("", text)
            if not started:  # an XML declaration is one only at the very beginning
                text = text.lstrip("\ufeff \t\r\n")
                started = bool(text)
            if text:
                yield text
            if not piece:
                return

    def _encoding(self, head: bytes) -> str:
        if head[:2] in (b"<\0", b"\0<"):
            return "utf-16-le" if head[0] else "utf-16-be"
        declared = _DECLARED.search(head[:400])
        name = declared[1].decode("ascii").lower() if declared is not None else "utf-8"
        if head.startswith(codecs.BOM_UTF8) or name.startswith(("utf-16", "utf16", "ucs", "iso-10646")):
            return "utf-8"  # what is UTF-16 came here as UTF-8
        if _KNOWN.fullmatch(name) is None or not _has_codec(name):
            self.notes = (f"declared as {name[:40]}, which is not known: read as UTF-8",)
            return "utf-8"
        if name not in ("utf-8", "utf8") and not head.isascii() and _is_utf8(head):
            self.notes = (f"declared as {name}, but it is UTF-8",)
            return "utf-8"
        return _MEANT.get(name.replace("_", "-"), name)


_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# Not whatever Python has a codec for: some of them unpack.
_KNOWN = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-?125\d|cp125\d|cp8\d\d|koi8-[ru]|gb2312|gbk|gb18030"
    r"|big5(?:-hkscs)?|euc-?jp|euc-?kr|shift[_-]jis|iso-2022-jp|tis-620|macintosh"
)
# Whoever declares one of these writes what Windows does beside it, and Chinese the characters that came later.
_MEANT = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252",
    "us-ascii": "utf-8", "ascii": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030",
    "iso-8859-9": "cp1254", "macintosh": "mac-roman",
}  # fmt: skip
_STRAY = re.compile("[\udc80-\udcff]")
# A page of Windows-1252 that calls itself UTF-8 has its letters one by one; Russian or Chinese has them in a row.
_RUN = re.compile("[\udc80-\udcff]{4}")
MAX_STRANGE = 3
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _has_codec(name: str) -> bool:
    try:
        codecs.lookup(_MEANT.get(name.replace("_", "-"), name))
    except LookupError:
        return False
    return True


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _western(match: re.Match[str]) -> str:
    return bytes([ord(match.group()) - 0xDC00]).decode("cp1252", "replace")
