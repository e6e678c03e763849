import tracemalloc
from collections.abc import Iterator
from io import RawIOBase

import pytest

from searchsvc.errors import MalformedSource
from searchsvc.ingest.importers.base import Source
from searchsvc.ingest.importers.safe_xml import MAX_DEPTH, MAX_ELEMENT, elements, root_name, text_of


def texts(content: bytes) -> list[str]:
    return [text_of(found.element) for found in elements(Source.from_bytes("x", content), {"a"})]


def refusal(content: bytes) -> str:
    with pytest.raises(MalformedSource) as caught:
        texts(content)
    return str(caught.value)


def test_elements_come_in_order_and_the_outermost_count() -> None:
    assert texts(b"<r><a>1<a>2</a></a><b><a>3</a></b></r>") == ["12", "3"]
    assert texts(b"<r xmlns='urn:x' xmlns:y='urn:y'><a>1</a><y:a>2</y:a></r>") == ["1", "2"]
    assert texts(b"<a>all of it</a>") == ["all of it"]


def test_what_stands_around_is_kept_and_what_was_given_is_not() -> None:
    content = b"<r><head>h</head>" + b"<a>x</a>" * 100 + b"<a>last</a></r>"
    *_, last = elements(Source.from_bytes("x", content), {"a"})
    assert [child.tag for child in last.root] == ["head"]
    assert last.number == 101


def test_text_and_tails_stay_where_they_were() -> None:
    assert texts(b"<r><a>x<b>y</b>z<!-- no -->w<c/>v &amp; <![CDATA[<u>]]></a></r>") == ["xyzwv & <u>"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r><a>&a;</a></r>', "document type"),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><a>&a;</a></r>', "document type"),
        (b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://x.example/x.dtd"> %p;]><r/>', "document type"),
        (b'<!DOCTYPE r [<!ATTLIST a x CDATA "much">]><r><a/></r>', "document type"),
        (b'<!DOCTYPE r SYSTEM "x.dtd" [<!ENTITY a "b">]><r/>', "document type"),
        (b"<r><a>&unknown;</a></r>", "undefined entity"),
        (b"<r>" + b"<b>" * 10_000, f"nested more than {MAX_DEPTH} deep"),
        (b"<r>" + b"".join(b"<n%d/>" % i for i in range(20_000)), "different names"),
        (b"<r><a>1</a><a>2", "breaks off"),
        (b"<r><a>1</a><a", "breaks off"),
        (b"", "breaks off"),
        (b"<r><a>1</b></r>", "mismatched tag"),
        (b"<r><a>1</a></r><r/>", "junk after document element"),
        (b"<r><x:a>1</x:a></r>", "unbound prefix"),
        (b"<r><a x='1' x='2'/></r>", "duplicate attribute"),
        (b"<r><a x='" + b"x" * (MAX_ELEMENT + 2_000_000), "longer than 8 MiB"),
        ("<r><a>Снег идёт весь день</a></r>".encode("koi8-r"), "not in the encoding"),
    ],
)
def test_what_may_not_be_is_refused(content: bytes, reason: str) -> None:
    assert reason in refusal(content)


def test_billion_laughs_do_not_begin() -> None:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    content = f'<!DOCTYPE r [<!ENTITY l0 "ha">{levels}]><r><a>&l9;</a></r>'.encode()
    assert "document type" in refusal(content)


def test_a_document_type_that_only_names_one_is_passed_over() -> None:
    assert texts(b'<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "../nitf.dtd"><r><a>x</a></r>') == ["x"]
    assert texts(b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x.example/rss.dtd"><r><a>x</a></r>') == ["x"]


def test_names_of_html_are_known_without_a_document_type() -> None:
    assert texts(b"<r><a>caf&eacute;&nbsp;&copy; &lt;</a></r>") == ["café © <"]


def test_good_elements_before_the_fault_are_given() -> None:
    reading = elements(Source.from_bytes("x", b"<r>\n<a>1</a>\n<a>2</a>\n<oops></r>"), {"a"})
    assert [text_of(next(reading).element), text_of(next(reading).element)] == ["1", "2"]
    with pytest.raises(MalformedSource) as caught:
        next(reading)
    assert caught.value.position == "line 4"


def test_an_element_that_is_too_large_costs_only_itself() -> None:
    content = b"<r><a>" + b"<b/>" * (MAX_ELEMENT // 50) + b"</a><a>" + b"x" * (MAX_ELEMENT + 1) + b"</a><a>3</a></r>"
    found = list(elements(Source.from_bytes("x", content), {"a"}))
    assert [each.element is None for each in found] == [True, True, False]
    assert "too large for one article" in found[0].problem


@pytest.mark.parametrize(
    ("declared", "encoding", "note"),
    [
        ("utf-8", "utf-8", ""),
        ("", "utf-8", ""),
        ("iso-8859-1", "cp1252", ""),
        ("windows-1252", "cp1252", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16", "utf-16-be", ""),
        ("utf-8", "cp1252", "stray bytes"),  # lies
        ("iso-8859-1", "utf-8", "but it is UTF-8"),
        ("us-ascii", "utf-8", "but it is UTF-8"),
        ("bz2", "utf-8", "not known"),
        ("x-user-defined", "utf-8", "not known"),
        ("iso-8859-99", "utf-8", "not known"),
    ],
)
def test_letters_survive_what_is_declared_wrongly(declared: str, encoding: str, note: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    content = f"{declaration}<r><a>café “à la” crème</a></r>".encode(encoding)
    [found] = elements(Source.from_bytes("x", content), {"a"})
    assert text_of(found.element) == "café “à la” crème"
    assert note in "".join(found.notes)
    assert bool(note) == bool(found.notes)


@pytest.mark.parametrize("encoding", ["shift_jis", "gb2312", "euc-jp", "koi8-r", "big5"])
def test_encodings_of_several_bytes_are_read(encoding: str) -> None:
    text = "снег" if encoding == "koi8-r" else "日本"
    content = f'<?xml version="1.0" encoding="{encoding}"?><r><a>{text}</a></r>'.encode(encoding)
    assert texts(content) == [text]


def test_broken_utf_16_is_read_as_far_as_it_goes() -> None:
    content = "<r><a>\ud83d\ude00</a></r>".encode("utf-16-le", "surrogatepass")
    assert len(texts(content[:14] + content[16:])) == 1


def test_control_characters_and_blank_beginnings_are_left_out() -> None:
    assert texts(b'\n \xef\xbb\xbf<?xml version="1.0"?><r><a>x\x0b\x00y</a></r>') == ["xy"]


class Endless(RawIOBase):
    """A feed of some hundred MiB that nobody has to hold."""

    def __init__(self, count: int) -> None:
        self._pieces = self._all(count)
        self._rest = b""

    def _all(self, count: int) -> Iterator[bytes]:
        yield b"<r>"
        for _ in range(count):
            yield b"<a>" + b"word " * 2_000 + b"</a>"
        yield b"</r>"

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        content, self._rest = self._rest[:size], self._rest[size:]
        return content


def test_memory_does_not_grow_with_the_document() -> None:
    source = Source("x", lambda: Endless(5_000))  # type: ignore[arg-type,return-value]  # reads, which is all it must
    tracemalloc.start()
    try:
        assert sum(1 for _ in elements(source, {"a"})) == 5_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024**2
    finally:
        tracemalloc.stop()
    assert source.bytes_read > 40 * 1024**2


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<rss>", "rss"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <x> -->\n<!DOCTYPE nitf SYSTEM "a">\n<nitf a="b">', "nitf"),
        (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rdf:RDF xmlns:rdf="x">', "RDF"),
        (b"<!-- never closed", ""),
        (b"no markup", ""),
        (b"", ""),
        ("<newsItem>".encode("utf-16"), "newsItem"),
    ],
)
def test_the_root_is_told_by_the_beginning(head: bytes, name: str) -> None:
    assert root_name(Source.from_bytes("x", head).head() if head[:2] == b"\xff\xfe" else head) == name
