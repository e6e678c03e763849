"""Bad input in the formats of feeds, wires and archives, all in one folder: each is said, and the rest goes in."""

import gzip
import io
import random
import time
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.errors import MalformedSource, UnknownFormat
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.registry import IMPORTERS, detect
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.model.article import Article
from tests.ingest.importers.samples import FORMATS

TODAY = date(2024, 3, 19)
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


def rss(*items: str, before: str = DECLARATION) -> str:
    channel = "<title>Echo</title>" + "".join(f"<item>{item}</item>" for item in items)
    return f"{before}<rss version='2.0'><channel>{channel}</channel></rss>"


def nitf(text: str, before: str = DECLARATION) -> str:
    head = "<body.head><hedline><hl1>Hit</hl1></hedline></body.head>"
    return f"{before}<nitf><body>{head}<body.content>{text}</body.content></body></nitf>"


def g2(text: str) -> str:
    headline = "<contentMeta><headline>Hit</headline></contentMeta>"
    return (
        f'{DECLARATION}<newsItem guid="x">{headline}<contentSet><inlineXML>{text}</inlineXML></contentSet></newsItem>'
    )


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


DEEP = "<p>" * 10_000 + "x" + "</p>" * 10_000

# A file's name to what is in it, and what must be said of it.
BAD: dict[str, tuple[str | bytes, str]] = {
    "laughs.nitf": (nitf("<p>&l9;</p>", f'<!DOCTYPE nitf [<!ENTITY l0 "ha">{LAUGHS}]>'), "document type"),
    "laughs.rss": (rss("<title>&l9;</title>", before=f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>'), "document type"),
    "quadratic.xml": (nitf("<p>&a;</p>" * 10, f'<!DOCTYPE nitf [<!ENTITY a "{"x" * 100_000}">]>'), "unknown format"),
    "file.xml": (nitf("&x;", '<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "document type"),
    "remote.xml": (rss("&x;", before='<!DOCTYPE rss [<!ENTITY x SYSTEM "http://x.example/">]>'), "document type"),
    "parameter.xml": (nitf("x", '<!DOCTYPE nitf [<!ENTITY % x SYSTEM "http://x.example/x"> %x;]>'), "document type"),
    "deep-nitf.xml": (nitf(DEEP), "nested more than"),
    "deep-g2.xml": (g2(DEEP), "nested more than"),
    "deep.atom": (f"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{DEEP}</entry></feed>", "nested more than"),
    "deep-sitemap.xml": (f"<urlset><url>{DEEP}</url></urlset>", "nested more than"),
    "deep-ninjs.json": (
        '{"uri": "x", "versioncreated": "2020", "subject": ' + "[" * 10_000 + "]" * 10_000 + "}",
        "nested too deep",
    ),
    "long-tag.xml": (f"<nitf {'a' * 9_000_000}", "longer than 8 MiB"),
    "names.xml": ("<rss>" + "".join(f"<n{i}/>" for i in range(20_000)), "different names"),
    "cut-nitf.xml": (nitf("<p>It rained.</p>")[:-40], "breaks off"),
    "cut-g2.xml": (g2("<p>It rained.</p>")[:-40], "breaks off"),
    "cut.json": ('{"uri": "urn:x", "versioncreated": "2020-01-01", "headline": "Ra', "breaks off"),
    "cut-feed.json": ('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "ti', "breaks off"),
    "cut.warc": (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 900\r\n\r\nHTTP/1.1 200 OK\r\n", "breaks off"),
    "russian.rss": (rss("<title>Весь день шёл сильный снег</title>").encode("koi8-r"), "not in the encoding"),
    "bomb.xml.gz": (gzip.compress(rss("<title>x</title>" + " " * 30_000_000).encode()), "100 times its size"),
    "bomb.zip": (zipped(a=b"<rss>" + b" " * 30_000_000), "100 times its size"),
    "climbs.zip": (zipped(**{"../../a.jsonl": b"{}"}), "leads out of the archive"),
    "nested.zip": (zipped(a=zipped(b=zipped(c=b"x" * 100))), "nested more than 2 deep"),
    "random.zip": (b"PK\x03\x04" + random.Random(1).randbytes(5_000), "broken zip"),
    "random.tar": (random.Random(2).randbytes(5_000), "broken tar"),
    "random.warc": (random.Random(3).randbytes(5_000), ""),
    "random.tst": (random.Random(4).randbytes(5_000), "encoding"),
    "empty.xml": ("", "empty"),
    "blank.rss": (" \n\n", "empty"),
}  # fmt: skip


class Mixed(NamedTuple):
    articles: list[Article]
    rejected: dict[str, list[str]]  # by the name of the file
    peak: int
    seconds: float


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    folder = tmp_path_factory.mktemp("mixed")
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    for name in ("a-good.xml", "m-good.xml", "z-good.xml"):
        (folder / name).write_text(nitf("<p>It rained all day.</p>").replace("Hit", f"Good {name}"))
    lie = rss("<title>Good café à la crème</title>").encode("cp1252")
    (folder / "lie.rss").write_bytes(lie)
    list(read([folder / "a-good.xml"], run=IngestRun(today=TODAY)))  # what tells languages takes memory once
    tracemalloc.start()
    begun = time.monotonic()
    articles: list[Article] = []
    rejected: dict[str, list[str]] = {}
    for seen in read([folder], run=IngestRun(today=TODAY)):
        if isinstance(seen, Rejection):
            rejected.setdefault(Path(seen.source.partition(":")[0]).name, []).append(seen.reason)
        elif isinstance(seen, Article):
            articles.append(seen)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Mixed(articles, rejected, peak, time.monotonic() - begun)


def test_the_good_ones_beside_go_in_and_nothing_of_the_bad(mixed: Mixed) -> None:
    assert {article.headline for article in mixed.articles} == {
        "Good a-good.xml", "Good m-good.xml", "Good z-good.xml", "Good café à la crème",
    }  # fmt: skip
    assert not any("root:" in article.body for article in mixed.articles)


@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_is_said_with_its_reason(mixed: Mixed, name: str) -> None:
    assert any(BAD[name][1] in reason for reason in mixed.rejected[name]), mixed.rejected[name]


def test_a_wrong_encoding_is_noted_with_the_article(mixed: Mixed) -> None:
    [lie] = [article for article in mixed.articles if "café" in article.headline]
    assert "Windows-1252" in lie.provenance.notes[0]


def test_it_takes_bounded_memory_and_time(mixed: Mixed) -> None:
    assert mixed.peak < 150 * 1024**2
    assert mixed.seconds < 60


SAMPLES = sorted(path for path in FORMATS.iterdir())
IMPORTER_NAMES = [each.name for each in IMPORTERS if each.name != "html"]  # which has tests of its own


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=12)), min_size=1, max_size=6),
    st.sampled_from([None, *IMPORTER_NAMES]),
)
def test_a_damaged_file_is_read_or_refused(
    path: Path, damages: list[tuple[float, int, bytes]], forced: str | None
) -> None:
    content = path.read_bytes()
    for where, length, put in damages:
        at = int(where * len(content))
        content = content[:at] + put + content[at + length :]
    source = Source.from_bytes(path.name, content)
    chosen = next((each for each in IMPORTERS if each.name == forced), None)
    try:
        for seen in (chosen or detect(source)).read(source, ReadOptions()):
            assert isinstance(seen, Rejection) or all(isinstance(text, str) for text in (*seen.body, *seen.tags))
    except (MalformedSource, UnknownFormat):
        pass
