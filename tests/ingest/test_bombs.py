"""Bombs: what unpacks to far more than it is. Each is said and costs only itself, in little memory and little time."""

import gzip
import io
import random
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import MAX_DOCUMENT, Source
from searchsvc.ingest.importers.unpacking import GRACE, MAX_AHEAD, MAX_RATIO, Allowance
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.model.article import Article

TODAY = date(2024, 3, 19)
MIB = 1024**2
RATIO = "unpacks to more than 100 times its size"


def story(headline: str) -> bytes:
    return f'{{"headline": "{headline}", "body": "{headline} it was, all day and all night."}}\n'.encode()


def zeros(size: int, start: bytes = b"", unit: bytes = b" ") -> bytes:
    """Gzip of so many bytes, made without having them all."""
    packer = zlib.compressobj(9, wbits=31)
    piece = unit * (MIB // len(unit))
    packed = [packer.compress(start)]
    packed += (packer.compress(piece) for _ in range(size // len(piece)))
    return b"".join((*packed, packer.flush()))


def zipped(method: int = zipfile.ZIP_DEFLATED, /, **files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def tarred(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def warc(content: bytes, type: str = "text/html", *more: str) -> bytes:
    answer = "\r\n".join(("HTTP/1.1 200 OK", f"Content-Type: {type}", *more)).encode() + b"\r\n\r\n" + content
    head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://paper.example/1\r\n"
    head += f"Content-Type: application/http\r\nContent-Length: {len(answer)}\r\n\r\n"
    return head.encode() + answer + b"\r\n\r\n"


HTML = b"<!doctype html><html><body><article><h1>Rain</h1><p>"
BIG = 300 * MIB
MANY = 2 * MIB  # of records, each of which is read as long as they may be honest

# A file's name, what makes it, and what must be said of it.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "page.html.gz": (lambda: zeros(BIG, HTML), RATIO),
    "line.jsonl.gz": (lambda: zeros(BIG, b'{"headline": "', b"x"), RATIO),
    "lines.jsonl.gz": (lambda: zeros(MANY, b"", story("Hail")), RATIO),
    "list.json.gz": (lambda: zeros(BIG, b'[{"headline": "', b"x"), RATIO),
    "table.csv.gz": (lambda: zeros(MANY, b"title,text\n", b"Hail,hail\n"), RATIO),
    "cell.csv.gz": (lambda: zeros(MANY, b'title,text\n"', b"x\n"), RATIO),
    "feed.rss.gz": (lambda: zeros(MANY, b"<rss><channel>", b"<item><title>Hail</title></item>"), RATIO),
    "wire.xml.gz": (lambda: zeros(BIG, b"<nitf><body>", b"<p>x</p>"), RATIO),
    "dump.txt.gz": (lambda: zeros(BIG, b"Rain\n\n", b"It rained. "), RATIO),
    "crawl.warc.gz": (lambda: zeros(BIG, b"WARC/1.0\r\nContent-Length: 300000000\r\n\r\n"), RATIO),
    "pages.warc.gz": (lambda: b"".join(map(gzip.compress, [warc(HTML), warc(b" " * 19 * MIB)] * 3)), RATIO),
    "answer.warc": (lambda: warc(zeros(BIG, HTML), "text/html", "Content-Encoding: gzip"), "more than 20 MB"),
    "folder.tar.gz": (lambda: gzip.compress(tarred(a_jsonl=b" " * 50 * MIB)), RATIO),
    "member.zip": (lambda: zipped(a_jsonl=b"x" * 50 * MIB), RATIO),
    "gzip-in.zip": (lambda: zipped(zipfile.ZIP_STORED, a_jsonl_gz=zeros(BIG, b"{")), RATIO),
    "gzip-in.tar": (lambda: tarred(a_jsonl_gz=zeros(BIG, b"{")), RATIO),
    "zip-in.zip": (lambda: zipped(in_zip=zipped(a_jsonl=b"x" * 50 * MIB)), RATIO),
    "tar-in.zip": (lambda: zipped(in_tgz=gzip.compress(tarred(a_jsonl=b"x" * 50 * MIB))), RATIO),
}  # fmt: skip


def seen_in(path: Path) -> tuple[list[str], dict[str, str]]:
    """The headlines of all articles but those of bombs, and the reasons by file."""
    seen = list(read([path], run=IngestRun(today=TODAY)))
    reasons = {Path(each.source.partition(":")[0]).name: each.reason for each in seen if isinstance(each, Rejection)}
    return [each.headline for each in seen if isinstance(each, Article) and each.headline != "Hail"], reasons


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_said_and_costs_only_itself(tmp_path: Path, name: str) -> None:
    make, reason = BOMBS[name]
    content = make()
    assert len(content) < MIB
    (tmp_path / name).write_bytes(content)
    (tmp_path / "a.jsonl").write_bytes(story("Rain"))
    (tmp_path / "z.jsonl").write_bytes(story("Snow"))
    headlines, reasons = seen_in(tmp_path)
    assert [each for each in headlines if each in ("Rain", "Snow")] == ["Rain", "Snow"]
    assert reason in reasons[name]


MEASURE = """
import resource, sys
from datetime import date
from searchsvc.ingest.pipeline import IngestRun, read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in read([sys.argv[1]], run=IngestRun(today=date(2024, 3, 19))):
    pass
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_maxrss - before, usage.ru_utime)
"""


def test_all_bombs_together_take_little_memory_and_time(tmp_path: Path) -> None:
    for name, (make, _) in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
    )
    kilobytes, seconds = told.stdout.split()
    assert int(kilobytes) < 400 * 1024
    assert float(seconds) < 60


def test_many_bombs_in_a_zip_do_not_cost_the_files_between_them(tmp_path: Path) -> None:
    bomb = b"x" * 5 * MIB
    files = {
        f"{i}_{kind}": (bomb if kind == "bin" else story(f"Rain {i}")) for i in range(40) for kind in ("bin", "jsonl")
    }
    (tmp_path / "n.zip").write_bytes(zipped(**files))
    headlines, _ = seen_in(tmp_path)
    assert headlines == [f"Rain {i}" for i in range(40)]


def test_what_is_honest_may_be_larger_than_any_limit() -> None:
    """All but the ratio: 200 MiB of records, in gzip of a twentieth of that."""
    noise = random.Random(3).randbytes(200_000).hex().encode()
    line = b'{"headline": "Rain", "body": "' + noise + b" rain" * 400_000 + b'"}\n'
    packed = gzip.compress(line, 6) * (200 * MIB // len(line) + 1)
    size = 0
    for _, each in Source.from_bytes("a.jsonl.gz", packed).lines():
        assert each == line
        size += len(each)
    assert size > 3 * MAX_AHEAD


def test_a_bomb_after_an_honest_beginning_is_stopped_within_64_mib() -> None:
    """However much was unpacked before, and whatever the ratio of the whole."""
    honest = random.Random(1).randbytes(20 * MIB)
    source = Source.from_bytes("a.jsonl.gz", gzip.compress(honest, 1) + zeros(BIG))
    pieces = iter(lambda: source.stream().read(MIB), b"")
    sizes: list[int] = []
    with pytest.raises(MalformedSource, match="100 times"):
        sizes.extend(map(len, pieces))
    size = sum(sizes)
    assert len(honest) < size < len(honest) + MAX_AHEAD + 32 * MIB  # of the bomb's own bytes a hundred times as many
    assert size < MAX_RATIO * source.bytes_read / 10  # so that a ratio of the whole would not have told


def test_layers_do_not_multiply(tmp_path: Path) -> None:
    """Each layer is within the ratio, all together are not."""
    line = story("Hail") + random.Random(2).randbytes(60).hex().encode()
    inner = gzip.compress(line * 40_000)
    middle = zipped(**{f"{i}_gz": inner for i in range(40)})
    packed = zipped(**{f"{i}_zip": middle for i in range(3)})
    assert len(line) * 40_000 < 300 * len(inner)
    (tmp_path / "n.zip").write_bytes(packed)
    _, reasons = seen_in(tmp_path)
    assert RATIO in reasons["n.zip"]


def test_an_allowance_is_earned_and_spent() -> None:
    allowance = Allowance()
    allowance.spend(GRACE, "a")
    with pytest.raises(MalformedSource, match="100 times"):
        allowance.spend(1, "a")
    rich = Allowance()
    rich.earn(10**9)
    rich.spend(MAX_AHEAD, "a")
    with pytest.raises(MalformedSource, match="100 times"):
        rich.spend(1, "a")
    assert rich.is_spent()


def test_bytes_that_are_read_twice_are_earned_once() -> None:
    allowance = Allowance(size=1_000)
    for _ in range(100):
        allowance.earn(1_000)
    with pytest.raises(MalformedSource, match="100 times"):
        allowance.spend(GRACE + 1_000 * MAX_RATIO + 1, "a")


def test_what_is_held_in_memory_spends_outside_too() -> None:
    outside = Allowance()
    within = Allowance(size=10 * MIB, outside=outside)
    within.earn(10 * MIB)
    within.spend(GRACE, "a")
    with pytest.raises(MalformedSource, match="100 times"):
        within.spend(1, "a")
    assert within.is_spent()


@pytest.mark.parametrize(
    ("name", "start", "unit"),
    [("a.nitf", b"<nitf><body>", b"<p>rain %d</p>"), ("a.json", b'{"title": "Rain", "text": ["', b"rain %d ")],
)
def test_one_document_is_64_mib_at_the_most(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, start: bytes, unit: bytes
) -> None:
    content = start + b"".join(unit % i for i in range(MAX_DOCUMENT // len(unit)))
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content + b" " * len(unit) * 9, 1))
    (tmp_path / "z.jsonl").write_bytes(story("Snow"))
    headlines, reasons = seen_in(tmp_path)
    assert headlines == ["Snow"]
    assert "larger than 64 MiB" in reasons[f"{name}.gz"]


def test_a_document_of_very_many_values_is_a_rejection(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": [' + b"[]," * 3_000_000 + b"[]]}")
    assert seen_in(tmp_path)[1] == {"a.json": "JSON with more than 5,000,000 values"}
