import gzip
import json
import time

import pytest

from searchsvc.errors import UnknownFormat
from searchsvc.ingest.importers.base import Source
from searchsvc.ingest.importers.registry import IMPORTERS, detect, importer

RECORD = json.dumps({"headline": "Rain", "body": "It rained."}).encode()
PAGE = b"Rain closes bridge\n\nIt rained all night, and in the morning the bridge was shut.\n"


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.jsonl", RECORD + b"\n" + RECORD, "jsonl"),
        ("a.ndjson", b"broken", "jsonl"),
        ("a.jsonl.gz", gzip.compress(RECORD, mtime=0), "jsonl"),
        ("a.json", RECORD, "json"),
        ("a.json", b"[" + RECORD + b"]", "json"),
        ("a.json", RECORD + b"\n" + RECORD, "jsonl"),  # the suffix is wrong
        ("a.json", b"  \n [" + RECORD + b"]", "json"),
        ("a.csv", b"headline;body\nRain;x\n", "csv"),
        ("a.tsv", b"headline\tbody\nRain\tx\n", "csv"),
        ("a.csv.gz", gzip.compress(b"headline;body\n", mtime=0), "csv"),
        ("a.txt", PAGE, "text"),
        ("a.txt", RECORD + b"\n" + RECORD + b"\n", "jsonl"),
        ("a.txt", b"title,text,date\nRain,x,2015\n", "csv"),
        ("standard input", RECORD + b"\n", "jsonl"),
        ("standard input", b"[" + RECORD + b"]", "json"),
        ("standard input", b"title,text\nRain,x\n", "csv"),
        ("noextension", PAGE, "text"),
        ("a.html", b"<html>", "html"),
        ("a.shtml", b"River closes bridge", "html"),
        ("a.txt", b"\n<!DOCTYPE html>\n<title>x</title>", "html"),
        ("noextension", b"<!-- saved --><html lang=en>", "html"),
        ("a.htm.gz", gzip.compress(b"<div>x</div>", mtime=0), "html"),
    ],
)
def test_a_format_is_told_by_content_and_suffix(name: str, content: bytes, format: str) -> None:
    assert detect(Source.from_bytes(name, content)).name == format


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.exe", b"MZ\x90\x00"),
        ("blob", bytes(range(256))),
    ],
)
def test_other_files_are_of_no_known_format(name: str, content: bytes) -> None:
    with pytest.raises(UnknownFormat):
        detect(Source.from_bytes(name, content))


def test_an_importer_can_be_named_and_a_near_miss_is_told() -> None:
    assert [importer(each.name.upper()) for each in IMPORTERS] == list(IMPORTERS)
    with pytest.raises(UnknownFormat) as caught:
        importer("jsonlines")
    assert "jsonl" in caught.value.hint


@pytest.mark.parametrize(
    "head",
    [
        b"<!--x-->" * 8_000,
        b"<!--" * 16_000,
        b"<!-- -->" * 8_000 + b"<?xml",
        b"<?x" * 20_000,
        b"<!DOCTYPE x [" * 5_000,
        b"<!DOCTYPE x [" + b"]" * 60_000,
        b" " * 65_000,
        b"\x16" * 65_000,
        b"\x01W" + b"x" * 65_000,
        b'{"uri": ' * 8_000,
        b'{"' + b"\\" * 65_000,
        b"http://x " * 7_000,
        b"filedesc:" + b"x " * 30_000,
        b"a,b;c\t" * 10_000,
        b"[" * 65_000,
        b"<rdf:RDF " * 7_000,
    ],
)
def test_no_beginning_makes_telling_the_kind_slow(head: bytes) -> None:
    for each in IMPORTERS:
        for suffix in ("", ".xml", ".html", ".txt", ".json"):
            begun = time.perf_counter()
            each.sniff(head[:65_536], suffix)
            assert time.perf_counter() - begun < 2, each.name
