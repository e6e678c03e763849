import gzip
import io

import pytest

from searchsvc.errors import MalformedSource
from searchsvc.ingest.importers.base import MAX_LINE, Source, decode


def test_a_source_is_read_once_from_the_start_whatever_was_looked_at() -> None:
    source = Source.from_bytes("a.txt", b"one\ntwo")
    assert source.head() == b"one\ntwo"
    assert list(source.lines()) == [(1, b"one\n"), (2, b"two")]


def test_a_line_beyond_the_limit_is_skipped_and_the_next_is_read() -> None:
    content = b"one\n" + b"x" * (2 * MAX_LINE) + b"\nthree\n" + b"y" * MAX_LINE + b"\n"
    lines = list(Source.from_bytes("a", content).lines())
    assert [(number, line and line[:5]) for number, line in lines] == [
        (1, b"one\n"), (2, None), (3, b"three"), (4, b"yyyyy"),
    ]  # fmt: skip


def test_gzip_is_taken_off() -> None:
    source = Source.from_bytes("news.jsonl.GZ", gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert source.suffix == ".jsonl"
    assert source.head() == b"one\ntwo\n"
    assert [line for _, line in source.lines()] == [b"one\n", b"two\n"]


def test_what_comes_before_a_break_in_gzip_is_given() -> None:
    packed = gzip.compress(b"".join(b"line %d of many, and not all alike\n" % i for i in range(50_000)))
    source = Source.from_bytes("a.gz", packed[: len(packed) // 2])
    lines: list[object] = []
    reading = source.lines()
    with pytest.raises(MalformedSource, match="broken gzip"):
        lines.extend(reading)
    assert len(lines) > 20_000


def test_a_small_file_that_unpacks_to_a_giant_is_refused() -> None:
    source = Source.from_bytes("bomb.gz", gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(MalformedSource, match="100 times"):
        sum(len(line or b"") for _, line in source.lines())


def test_a_file_too_large_for_one_article_is_refused() -> None:
    with pytest.raises(MalformedSource, match="too large for one article"):
        Source.from_bytes("a", b"x" * 101).whole(limit=100)
    assert Source.from_bytes("a", b"x" * 100).whole(limit=100) == b"x" * 100


def test_progress_counts_bytes_on_disk() -> None:
    packed = gzip.compress(b"a line\n" * 1000)
    source = Source("a.gz", lambda: io.BytesIO(packed), size=len(packed))
    assert len(list(source.lines())) == 1000
    assert source.bytes_read == len(packed)


@pytest.mark.parametrize(
    ("content", "text", "is_noted"),
    [
        (b"", "", False),
        ("café – “so”".encode(), "café – “so”", False),
        ("\ufeffcafé".encode(), "café", False),
        ("café".encode("utf-16"), "café", False),
        (b"\xfe\xff" + "café".encode("utf-16-be"), "café", False),
        ("café – “so”".encode("cp1252"), "café – “so”", True),
        (b"caf\xe9", "café", True),
        ("Świętokrzyskie – Łódź".encode() + b" \xff", "Świętokrzyskie – Łódź \ufffd", True),
    ],
)
def test_bytes_are_read_in_the_encoding_that_they_are_in(content: bytes, text: str, is_noted: bool) -> None:
    decoded, note = decode(content)
    assert (decoded, bool(note)) == (text, is_noted)
