"""Web archives: the pages in WARC and ARC files, each read as a saved web page.

The day of the crawl is the day of saving, never that of publication. Records are found by their own headers, so that
one that is broken or cut costs only itself; what HTTP packed (chunks, gzip) is warcio's to unpack.

>>> story = b"<p>The river rose in the night.</p><p>The bridge is shut, and the ferry does not run either.</p>"
>>> page = b"<!doctype html><article><h1>River closes bridge</h1>" + story
>>> record = b"WARC/1.0\\r\\nWARC-Type: resource\\r\\nWARC-Target-URI: https://paper.example/1\\r\\n" \\
...     b"WARC-Date: 2019-05-04T08:00:00Z\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(page)
>>> [draft] = WarcImporter().read(Source.from_bytes("a.warc", record + page), ReadOptions())
>>> draft.headline, draft.url, draft.saved_text, draft.position
('River closes bridge', 'https://paper.example/1', '2019-05-04T08:00:00Z', 'record 1')
"""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import HEAD, ReadOptions, Source
from searchsvc.ingest.importers.html import MAX_FILE, drafts_of_page
from searchsvc.ingest.importers.newsml_g2 import no_article
from searchsvc.ingest.importers.unpacking import OVERBLOWN, most_of

MAX_HEADER = 64 * 1024  # bytes of a line, and of all lines, before the content of a record
MAX_HEADERS = 1_000  # lines of them
MAX_KINDS = 20  # of what is passed over, that are told apart

_WARC = b"WARC/"
_ARC = re.compile(
    rb"([a-z][a-z0-9+.-]{1,20}:[^\r\n]{1,8000}) (\S{1,60}) (\d{8,18}) ([^\s]{1,200}) (?:\S+ ){0,6}(\d{1,15})\r?\n"
)
_PAGES = ("text/html", "application/xhtml+xml")
_LOOKS_LIKE_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html)\b", re.I | re.S)


class WarcImporter:
    """One article a page."""

    name = "warc"
    suffixes = (".warc", ".arc")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.99 when a WARC record or the header of an ARC file begins it, 0.5 by the suffix alone."""
        start = head.lstrip(b"\r\n")
        if re.match(rb"WARC/\d\.\d{1,2}\r?\n", start) or (start.startswith(b"filedesc:") and _ARC.match(start)):
            return 0.99
        return 0.5 if suffix in self.suffixes else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft or Rejection per page, in the order of the records; what is no page is only counted.

        Raises MalformedSource when the pages unpack to more than the source's allowance.
        """
        passed_over: dict[str, int] = {}
        pages = 0
        for number, record in enumerate(_records(source), start=1):
            position = f"record {number}"
            if record.problem:
                pages += 1
                yield Rejection(reason=record.problem, source=source.name, position=position)
                continue
            if kind := _other_kind(record):
                if kind in passed_over or len(passed_over) < MAX_KINDS:
                    passed_over[kind] = passed_over.get(kind, 0) + 1
                continue
            page = _page(record)
            if len(page.content) > len(record.content):  # HTTP had packed it
                source.allowance.spend(len(page.content), source.name)
            if page.kind:
                passed_over[page.kind] = passed_over.get(page.kind, 0) + 1
                continue
            pages += 1
            if page.problem:
                yield Rejection(reason=page.problem, source=source.name, position=position)
                continue
            for seen in drafts_of_page(
                page.content, url=record.url, source=source.name, position=position, saved_text=record.saved,
                charset=page.charset,
            ):  # fmt: skip
                yield seen if isinstance(seen, Rejection) else self._named(seen, options)
        if not pages:
            yield Rejection(reason=no_article(passed_over), source=source.name)

    def _named(self, draft: Draft, options: ReadOptions) -> Draft:
        return replace(draft, importer=self.name, publication=options.source_name or draft.publication)


# --- records ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One record: what it says of itself, and its content; or what is wrong with it."""

    type: str = ""
    url: str = ""
    saved: str = ""
    media_type: str = ""
    content: bytes = b""
    problem: str = ""


def _records(source: Source) -> Iterator[_Record]:
    """The records in order; what stands between them and belongs to none is one with a problem."""
    stream = source.stream()
    astray = False
    while line := stream.readline(MAX_HEADER):
        arc = None if line.startswith(_WARC) else _ARC.fullmatch(line)
        if line.startswith(_WARC):
            headers = _headers(stream)
            length = headers.get("content-length", "")
            record = _Record(
                type=headers.get("warc-type", ""),
                url=headers.get("warc-target-uri", "").strip("<>").replace(" ", "%20"),
                saved=headers.get("warc-date", ""),
                media_type=headers.get("content-type", ""),
            )
        elif arc is not None:
            length = arc[5].decode()
            day = arc[3].decode()
            record = _Record(
                type="arc header" if arc[1].startswith(b"filedesc:") else "response",
                url=arc[1].decode("utf-8", "replace").replace(" ", "%20"),
                saved=f"{day[:4]}-{day[4:6]}-{day[6:8]}",
                media_type="application/http",
            )
        else:
            if line.strip() and not astray:
                astray = True
                yield _Record(problem="not a record: passed over to the next one")
            continue
        astray = False
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            yield _Record(problem="a record that does not say how long it is")
            continue
        yield _with_content(record, source, int(length))


def _headers(stream: BinaryIO) -> dict[str, str]:
    """The fields of a WARC header in lower case, up to the blank line; a line that goes on is joined."""
    headers: dict[str, str] = {}
    name = ""
    size = 0
    for _ in range(MAX_HEADERS):
        line = stream.readline(MAX_HEADER)
        size += len(line)
        if not line.strip() or size > MAX_HEADER:
            break
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text[0] in " \t" and name:
            headers[name] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    return headers


def _with_content(record: _Record, source: Source, length: int) -> _Record:
    """The record with its content where that may be a page; the source stands after it."""
    if record.type in ("response", "resource") and length <= MAX_FILE:
        content = source.up_to(length)
        if len(content) < length:
            return replace(record, problem="the record breaks off")
        return replace(record, content=content)
    left = length
    while left and (piece := source.stream().read(min(left, HEAD))):
        left -= len(piece)
    if left:
        return replace(record, problem="the record breaks off")
    if record.type in ("response", "resource") and _may_be_page(record.media_type):
        return replace(record, problem=f"larger than {MAX_FILE // 1_000_000} MB, too large for one page")
    return record


def _other_kind(record: _Record) -> str:
    """What a record is that holds no page; "" of one that may."""
    if record.type not in ("response", "resource"):
        return f"{record.type[:40] or 'nameless'} record"
    if not record.url.startswith(("http:", "https:")):
        return "record of no web address"
    media_type = record.media_type.partition(";")[0].strip().lower()
    return "" if _may_be_page(media_type) else (media_type[:60] or "record of no media type")


def _may_be_page(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in ("application/http", "text/html", *_PAGES)


# --- pages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page as the server sent it, unpacked; or what it is instead, or what is wrong with it."""

    content: bytes = b""
    charset: str = ""
    kind: str = ""
    problem: str = ""


def _page(record: _Record) -> _Page:
    if not record.media_type.startswith("application/http"):
        return _Page(content=record.content, charset=_charset(record.media_type))
    if not record.content.startswith(b"HTTP/"):  # as some crawlers left it
        if _LOOKS_LIKE_PAGE.match(record.content):
            return _Page(content=record.content)
        return _Page(kind="answer without a header")
    return _answer(record.content)


def _answer(content: bytes) -> _Page:
    """The page in an answer of HTTP."""
    from warcio.archiveiterator import ArchiveIterator  # here: a search on the command line should not wait for it
    from warcio.exceptions import ArchiveLoadFailed

    # In a header of ours, for warcio writes about what is odd in others straight to standard error.
    content = _VERSION.sub(rb"HTTP/1.1 ", content, count=1)
    try:
        answer = next(iter(ArchiveIterator(io.BytesIO(_HEADER % len(content) + content + b"\r\n\r\n"))))
        headers = answer.http_headers
        status, media_type = headers.get_statuscode(), headers.get_header("Content-Type") or ""
        if not status[:3].isdigit():
            return _Page(problem="an answer without a status")
        if not status.startswith("2"):
            return _Page(kind=f"answer {status[:3]}")
        if media_type and media_type.partition(";")[0].strip().lower() not in _PAGES:
            return _Page(kind=media_type.partition(";")[0].strip()[:60])
        most = min(MAX_FILE, most_of(len(content)))
        page = answer.content_stream().read(most + 1)
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, LookupError, AttributeError, OSError) as error:
        return _Page(problem=f"an answer that cannot be read: {type(error).__name__}")
    if most < len(page) <= MAX_FILE:
        return _Page(problem=OVERBLOWN)
    if len(page) > MAX_FILE:
        return _Page(problem=f"unpacks to more than {MAX_FILE // 1_000_000} MB, too large for one page")
    if not page:
        return _Page(kind="empty answer")
    if not media_type and not _LOOKS_LIKE_PAGE.match(page):
        return _Page(kind="answer of no media type")
    return _Page(content=page, charset=_charset(media_type))


_VERSION = re.compile(rb"\AHTTP/[\d.]{1,5} ")  # of which warcio knows two
_HEADER = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://page/\r\n"
    b"Content-Type: application/http\r\nContent-Length: %d\r\n\r\n"
)


def _charset(media_type: str) -> str:
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", media_type, re.IGNORECASE)
    return found[1] if found is not None else ""
