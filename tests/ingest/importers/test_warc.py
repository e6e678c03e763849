import gzip
import random
import tracemalloc

import pytest

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.html import MAX_FILE
from searchsvc.ingest.importers.warc import WarcImporter
from tests.ingest.importers.samples import drafts_of, sample


def page(headline: str) -> bytes:
    story = f"{headline}, said the mayor of the town by the river. " * 12
    return f"<!doctype html><html><body><article><h1>{headline}</h1><p>{story}</p></article></body></html>".encode()


def http(body: bytes, *headers: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    lines = [status, *(headers or ("Content-Type: text/html; charset=utf-8",))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(content: bytes, *, type: str = "response", length: int | None = None, **fields: str) -> bytes:
    named = {
        "WARC-Type": type,
        "WARC-Target-URI": "https://paper.example/1",
        "WARC-Date": "2019-05-04T08:00:00Z",
        "Content-Type": "application/http; msgtype=response",
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "Content-Length": str(len(content) if length is None else length),
    }
    header = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return header.encode() + b"\r\n" + content + b"\r\n\r\n"


def headlines(content: bytes) -> list[str]:
    return [draft.headline for draft in drafts_of(content, "a.warc")[0]]


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(page("Rain")), page("Rain"))
LATIN = "<html><h1>Café zu</h1><p>".encode("latin-1") + b"Es regnet. " * 40
RAIN, SNOW = record(http(page("Rain closes bridge"))), record(http(page("Snow closes school")))


def test_pages_of_a_crawl_are_read() -> None:
    [draft], reasons = sample("crawl.warc")
    assert not reasons
    assert (draft.importer, draft.headline) == ("warc", "Mill wheel turns again")
    assert draft.url == "https://lakeside.example/mill"
    assert (draft.saved_text, draft.position) == ("2021-06-01T10:00:00Z", "record 3")
    assert "2021-06-01" not in [each.text[:10] for each in draft.date_texts]


@pytest.mark.parametrize(
    ("content", "headline"),
    [
        (RAIN, "Rain closes bridge"),
        (gzip.compress(RAIN), "Rain closes bridge"),
        (record(page("Rain"), type="resource", Content_Type="text/html"), "Rain"),
        (record(http(page("Rain"), status="HTTP/2 200")), "Rain"),
        (record(http(page("Rain"), "X: y")), "Rain"),  # no media type, but a page
        (record(http(gzip.compress(page("Rain")), "Content-Type: text/html", "Content-Encoding: gzip")), "Rain"),
        (record(http(CHUNKED, "Content-Type: text/html", "Transfer-Encoding: chunked")), "Rain"),
        (record(http(LATIN, "Content-Type: text/html; charset=iso-8859-1")), "Café zu"),
        (RAIN.replace(b"https://paper.example/1", b"<https://paper.example/1>"), "Rain closes bridge"),
        (RAIN.replace(b"\r\n", b"\n").replace(b"Content-Length: ", b"content-length:"), ""),
    ],
)  # fmt: skip
def test_a_page_comes_in_several_packings(content: bytes, headline: str) -> None:
    if headline:
        assert headlines(content) == [headline]
        assert drafts_of(content)[0][0].url == "https://paper.example/1"
    else:
        drafts_of(content)


def test_an_arc_is_read() -> None:
    answer = http(page("Rain"))
    header = b"filedesc://a.arc 127.0.0.1 20140216050221 text/plain 30\n1 0 Test\nURL IP Date Type Len\n\n"
    header = header.replace(b" 30\n", b" %d\n" % (len(header) - header.index(b"\n") - 1))
    content = (
        header + b"\nhttp://paper.example/a b 1.2.3.4 20140216050221 text/html %d\n" % len(answer) + answer + b"\n"
    )
    [draft], reasons = drafts_of(content)
    assert not reasons
    assert (draft.headline, draft.saved_text, draft.url) == ("Rain", "2014-02-16", "http://paper.example/a%20b")


def test_what_holds_no_page_is_passed_over() -> None:
    others = [
        record(b"software: x", type="warcinfo"),
        record(b"GET / HTTP/1.1", type="request"),
        record(b"", type="revisit"),
        record(http(b"{}", "Content-Type: application/json")),
        record(http(page("Not found"), status="HTTP/1.1 404 Not Found")),
        record(http(b"", "Location: /", status="HTTP/1.1 301 Moved")),
        record(b"\x89PNG", type="resource", Content_Type="image/png"),
        record(b"dns", WARC_Target_URI="dns:paper.example"),
    ]
    assert drafts_of(b"".join(others) + RAIN)[1] == []
    drafts, [reason] = drafts_of(b"".join(others))
    assert not drafts
    assert reason.startswith("no article in it: 1 × warcinfo record, 1 × request record")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"garbage\r\nand more\r\n", "not a record"),
        (record(http(page("x")), length=20), "not a record"),  # what is left over
        (RAIN.replace(b"Content-Length", b"Content-Size"), "how long it is"),
        (record(b"x", length=-5), "how long it is"),
        (record(b"HTTP/1.1\r\n\r\n"), "without a status"),
        (record(http(b"zzz\r\nnot a chunk", "Content-Type: text/html", "Transfer-Encoding: chunked")), ""),
        (record(b"x" * (MAX_FILE + 1)), "larger than 20 MB"),
        (b"WARC/1.0\r\n" + b"X: " + b"x" * 200_000 + b"\r\n\r\n", ""),
        (b"WARC/1.0\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", ""),
    ],
)
def test_a_broken_record_costs_only_itself(broken: bytes, reason: str) -> None:
    drafts, reasons = drafts_of(RAIN + broken + SNOW, "a.warc")
    found = [draft.headline for draft in drafts]
    assert (found[0], found[-1]) == ("Rain closes bridge", "Snow closes school")
    assert any(reason in each for each in reasons) or not reason


@pytest.mark.parametrize("cut", [3, 100, 400])
def test_a_record_that_is_cut_is_a_rejection(cut: int) -> None:
    drafts, reasons = drafts_of(RAIN + SNOW[: -4 - cut])
    assert ([draft.headline for draft in drafts], reasons) == (["Rain closes bridge"], ["the record breaks off"])


def test_an_archive_whose_gzip_is_cut_gives_what_it_has() -> None:
    packed = gzip.compress(RAIN) + gzip.compress(SNOW)[:-40]
    drafts, reasons = drafts_of(packed, "a.warc.gz")
    assert [draft.headline for draft in drafts] == ["Rain closes bridge"]
    assert len(reasons) == 1


def test_an_answer_that_unpacks_without_end_is_a_rejection() -> None:
    bomb = gzip.compress(b"<html>" + b" " * 200_000_000)
    tracemalloc.start()
    try:
        drafts, reasons = drafts_of(
            record(http(bomb, "Content-Type: text/html", "Content-Encoding: gzip")) + RAIN
        )  # fmt: skip
        assert tracemalloc.get_traced_memory()[1] < 150 * 1024**2
    finally:
        tracemalloc.stop()
    assert ([draft.headline for draft in drafts], reasons) == (
        ["Rain closes bridge"],
        ["unpacks to more than 100 times its size"],
    )


def test_an_answer_that_unpacks_to_too_large_a_page_is_a_rejection() -> None:
    page = gzip.compress(b"<html>" + random.Random(1).randbytes(500_000).hex().encode() * 25)
    drafts, reasons = drafts_of(record(http(page, "Content-Type: text/html", "Content-Encoding: gzip")) + RAIN)
    assert [draft.headline for draft in drafts] == ["Rain closes bridge"]
    assert reasons == ["unpacks to more than 20 MB, too large for one page"]


def test_the_name_of_the_paper_may_be_given() -> None:
    [draft] = WarcImporter().read(Source.from_bytes("a", RAIN), ReadOptions(source_name="Echo"))
    assert isinstance(draft, Draft)
    assert draft.publication == "Echo"


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    odd = record(http(page("x")), WARC_Target_URI="https://paper.example/a b")
    list(WarcImporter().read(Source.from_bytes("a", odd + RAIN[:-2] + SNOW + b"rest"), ReadOptions()))
    assert capfd.readouterr().err == ""


def test_a_file_that_only_calls_itself_so_is_a_rejection() -> None:
    [seen] = WarcImporter().read(Source.from_bytes("a.warc", b"\n\n"), ReadOptions())
    assert isinstance(seen, Rejection)
