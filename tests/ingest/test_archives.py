import gzip
import io
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from datetime import date
from pathlib import Path

import pytest

from searchsvc.ingest import archives
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.model.article import Article

TODAY = date(2024, 3, 19)


def story(headline: str) -> bytes:
    return f'{{"headline": "{headline}", "body": "{headline} it was, all day and all night."}}\n'.encode()


GOOD = {"a.jsonl": story("Rain"), "b/c.jsonl": story("Snow")}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(files: dict[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=format) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def results(folder: Path, name: str, content: bytes, **options: object) -> tuple[list[Article], dict[str, str]]:
    """The articles of one file, and the reason of each rejection by the name within it."""
    (folder / name).write_bytes(content)
    seen = list(read([folder / name], run=IngestRun(today=TODAY), options=ReadOptions(**options)))  # type: ignore[arg-type]
    shown = {each.source.removeprefix(f"{folder / name}"): each.reason for each in seen if isinstance(each, Rejection)}
    return [each for each in seen if isinstance(each, Article)], shown


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("news.zip", zipped(GOOD)),
        ("news.zip", zipped(GOOD, zipfile.ZIP_STORED)),
        ("news", zipped(GOOD)),
        ("news.zip.gz", gzip.compress(zipped(GOOD))),
        ("news.tar", tarred(GOOD)),
        ("news.tar", tarred(GOOD, tarfile.GNU_FORMAT)),
        ("news.tar", tarred(GOOD, tarfile.USTAR_FORMAT)),
        ("news.tar.gz", gzip.compress(tarred(GOOD))),
        ("news.tgz", gzip.compress(tarred(GOOD))),
    ],
)
def test_the_files_of_an_archive_are_read(tmp_path: Path, name: str, content: bytes) -> None:
    articles, rejected = results(tmp_path, name, content)
    assert not rejected
    assert [article.headline for article in articles] == ["Rain", "Snow"]
    assert articles[1].provenance.source == f"{tmp_path / name}:b/c.jsonl"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_each_file_is_found_to_be_of_its_own_format(tmp_path: Path, pack: object) -> None:
    feed = b"<rss version='2.0'><channel><item><title>Hail</title></item></channel></rss>"
    files = GOOD | {"feed": feed, "x.csv": b"title,text\nFog,thick\n", "z.jsonl.gz": gzip.compress(story("Ice"))}
    articles, rejected = results(tmp_path, "n.zip", pack(files))  # type: ignore[operator]
    assert not rejected
    assert {article.headline: article.provenance.importer for article in articles} == {
        "Rain": "jsonl",
        "Snow": "jsonl",
        "Hail": "feed",
        "Fog": "csv",
        "Ice": "jsonl",
    }


def test_a_format_that_is_named_is_that_of_the_files(tmp_path: Path) -> None:
    articles, _ = results(tmp_path, "n.zip", zipped({"a.dat": story("Rain")}), format="jsonl")
    assert [article.headline for article in articles] == ["Rain"]


def test_archives_are_opened_in_archives_but_no_further(tmp_path: Path) -> None:
    inner = zipped({"deep.zip": zipped(GOOD), "x.jsonl": story("Hail")})
    articles, rejected = results(tmp_path, "n.zip", zipped({"in.zip": inner, "in.tgz": gzip.compress(tarred(GOOD))}))
    assert [article.headline for article in articles] == ["Hail", "Rain", "Snow"]
    assert rejected == {":in.zip:deep.zip": "archives nested more than 2 deep are not opened"}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "path", ["../up.jsonl", "a/../../up.jsonl", "/etc/up.jsonl", "C:\\up.jsonl", "..\\up.jsonl", "\\\\host\\up.jsonl"]
)
def test_paths_that_climb_are_rejections(tmp_path: Path, pack: object, path: str) -> None:
    articles, rejected = results(tmp_path, "n.tar", pack({path: story("Up"), **GOOD}))  # type: ignore[operator]
    assert [article.headline for article in articles] == ["Rain", "Snow"]
    [reason] = rejected.values()
    assert "path" in reason


def test_links_and_devices_are_rejections(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, type in {
            "s": tarfile.SYMTYPE,
            "l": tarfile.LNKTYPE,
            "p": tarfile.FIFOTYPE,
            "d": tarfile.DIRTYPE,
        }.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = type, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.jsonl")
        info.size = len(story("Rain"))
        archive.addfile(info, io.BytesIO(story("Rain")))
    articles, rejected = results(tmp_path, "n.tar", packed.getvalue())
    assert [article.headline for article in articles] == ["Rain"]
    assert rejected == {
        ":s": "a link, not followed",
        ":l": "a link, not followed",
        ":p": "not a file: a pipe, a socket or a device",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zip:
        link = zipfile.ZipInfo("s")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zip.writestr(link, "/etc/passwd")
    assert results(tmp_path, "n.zip", packed.getvalue())[1] == {":s": "a link, not followed"}


def test_an_encrypted_file_is_a_rejection(tmp_path: Path) -> None:
    content = bytearray(zipped(GOOD))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    articles, rejected = results(tmp_path, "n.zip", bytes(content))
    assert [article.headline for article in articles] == ["Snow"]
    assert rejected == {":a.jsonl": "encrypted: unpack it first"}


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing_are_rejections(tmp_path: Path, method: int) -> None:
    articles, rejected = results(tmp_path, "n.zip", zipped(GOOD, method))
    assert not articles
    assert all("packed in a way" in reason for reason in rejected.values())


def test_a_bomb_among_good_files_is_a_rejection(tmp_path: Path) -> None:
    bomb = b"x" * 30_000_000
    tracemalloc.start()
    begun = time.monotonic()
    articles, rejected = results(tmp_path, "n.zip", zipped({"bomb.jsonl": bomb, **GOOD}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [article.headline for article in articles] == ["Rain", "Snow"]
    assert rejected == {":bomb.jsonl": "unpacks to more than 100 times its size"}
    assert peak < 100 * 1024**2
    assert time.monotonic() - begun < 20
    _, rejected = results(tmp_path, "n.tgz", gzip.compress(tarred({"bomb.jsonl": bomb, **GOOD})))
    assert "unpacks to more than 100 times its size" in "".join(rejected.values())


def test_files_that_share_their_bytes_do_not_multiply(tmp_path: Path) -> None:
    """A bomb without a large file in it: every name in the list leads to the same content."""
    kernel = zlib.compress(b"x" * 900_000, 9)[2:-4]
    local = struct.pack(
        "<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, zlib.crc32(b"x" * 900_000), len(kernel), 900_000, 1, 0
    )
    content = local + b"a" + kernel
    entry = struct.pack(
        "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, zlib.crc32(b"x" * 900_000), len(kernel), 900_000,
        1, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    directory = (entry + b"a") * 2_000
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2_000, 2_000, len(directory), len(content), 0)
    begun = time.monotonic()
    _, rejected = results(tmp_path, "n.zip", content + directory + end)
    assert rejected
    assert any("the rest is not read" in reason or "verlap" in reason for reason in rejected.values())
    assert time.monotonic() - begun < 20


def test_what_is_about_the_files_is_left_alone(tmp_path: Path) -> None:
    files = {"__MACOSX/._a.jsonl": b"\0\5\x16", ".DS_Store": b"x", "README.md": b"Read me.", ".git/x": b"x", **GOOD}
    articles, rejected = results(tmp_path, "n.zip", zipped(files))
    assert (len(articles), rejected) == (2, {})
    assert results(tmp_path, "n.zip", zipped({"README": b"x"}))[1] == {"": "no file to read in this archive"}
    assert results(tmp_path, "n.zip", zipped({}))[1] == {"": "no file to read in this archive"}


def test_too_many_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 10)
    for name, pack in (("n.zip", zipped), ("n.tar", tarred)):
        articles, rejected = results(tmp_path, name, pack({f"{i}.jsonl": story(f"Rain {i}") for i in range(20)}))
        assert (len(articles), list(rejected.values())) == (10, ["more than 10 files: the rest is not read"])


def test_a_list_of_files_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    content = bytearray(zipped(GOOD))
    at = content.rindex(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<I", archives.MAX_DIRECTORY + 1)
    assert results(tmp_path, "n.zip", bytes(content))[1] == {"": "a zip with a list of files larger than 16 MiB"}


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_zip_that_breaks_off_is_a_rejection(tmp_path: Path, cut: int) -> None:
    articles, rejected = results(tmp_path, "n.zip", zipped(GOOD)[:-cut])
    assert not articles
    assert list(rejected.values()) == ["broken zip: File is not a zip file"]


@pytest.mark.parametrize("length", [512 + 20, 512 * 2 + 100, 512 * 3 + 20])
def test_a_tar_that_breaks_off_gives_what_it_has(tmp_path: Path, length: int) -> None:
    content = tarred(GOOD, tarfile.USTAR_FORMAT)[:length]
    articles, rejected = results(tmp_path, "n.tar", content)
    assert [article.headline for article in articles] == (["Rain"] if length > 1024 else [])
    assert any("broken tar" in reason for reason in rejected.values())
    _, rejected = results(tmp_path, "n.tgz", gzip.compress(tarred(GOOD))[:120])
    assert any("broken gzip" in reason or "broken tar" in reason for reason in rejected.values())


def test_a_broken_file_in_a_zip_costs_only_itself(tmp_path: Path) -> None:
    content = bytearray(zipped(GOOD, zipfile.ZIP_STORED))
    content[content.index(b"Rain")] ^= 1
    articles, rejected = results(tmp_path, "n.zip", bytes(content))
    assert "Snow" in [article.headline for article in articles]
    assert "broken zip" in rejected[":a.jsonl"]


def test_a_long_name_in_a_tar_is_read_and_a_giant_one_refused(tmp_path: Path) -> None:
    name = "folder/" * 30 + "ä.jsonl"
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        articles, rejected = results(tmp_path, "n.tar", tarred({name: story("Rain")}, format))
        assert not rejected
        assert articles[0].provenance.source.endswith("ä.jsonl")
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 4 * 1024**3
    _, rejected = results(tmp_path, "n.tar", header.tobuf() + b"x" * 100_000)
    assert "a tar with a name longer than 64 KiB" in rejected.values()


def test_names_are_shown_without_what_would_disturb_a_terminal(tmp_path: Path) -> None:
    _, rejected = results(tmp_path, "n.tar", tarred({"a\x1b[2Jb.bin": b"\x00\x01\x02" * 40}))
    assert list(rejected) == [":a?[2Jb.bin"]


def test_office_documents_are_no_archives(tmp_path: Path) -> None:
    _, rejected = results(tmp_path, "letter.docx", zipped({"word/document.xml": b"<x/>"}))
    assert rejected == {"": "unknown format: no importer knows this kind of file"}


def test_a_zip_from_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(zipped(GOOD)))
    monkeypatch.setattr("sys.stdin", stdin)
    seen = list(read(["-"], run=IngestRun(today=TODAY)))
    assert [each.headline for each in seen if isinstance(each, Article)] == ["Rain", "Snow"]
