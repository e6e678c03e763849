"""What is shown of a file: who reads it, what was seen, and what becomes of it."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from searchsvc.errors import UnknownFormat
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.inspecting import inspect

TODAY = date(2024, 3, 19)
LINES = b'{"title": "Rain", "text": "It rained.", "pubDate": "0001-01-01", "version": "x"}\n{"titl\n{"body": ""}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES + b'{"id": "1", "withdrawn": true}\n')
    return path


def test_each_article_is_shown_as_seen_and_as_made(path: Path) -> None:
    inspection = inspect(path, ReadOptions(), today=TODAY)
    assert (inspection.importer, inspection.why, inspection.fault) == ("jsonl", "it is the surest", "")
    assert inspection.sureness["jsonl"] == max(inspection.sureness.values())
    rain, broken, empty, withdrawn = inspection.seen
    assert rain.draft["headline"] == rain.article["headline"] == "Rain"
    assert dict(rain.origins) == {
        "headline": "title", "body": "text", "date_texts": "pubDate", "revision": "version",
    }  # fmt: skip
    assert len(rain.article["provenance"]["notes"]) == 2
    assert (broken.position, broken.rejection) == ("line 2", "not JSON: it breaks off")
    assert empty.rejection == "no headline and no text"
    assert (withdrawn.withdrawal["id"], withdrawn.article) == ("1", {})
    assert not inspection.is_cut


def test_of_a_long_file_only_the_beginning_is_shown(path: Path) -> None:
    inspection = inspect(path, ReadOptions(), today=TODAY, limit=2)
    assert len(inspection.seen) == 2
    assert inspection.is_cut
    assert not inspect(path, ReadOptions(), today=TODAY, limit=4).is_cut


def test_a_format_that_was_asked_for_is_taken(path: Path) -> None:
    inspection = inspect(path, ReadOptions(format="text"), today=TODAY)
    assert (inspection.importer, inspection.why) == ("text", "it was asked for")
    with pytest.raises(UnknownFormat):
        inspect(path, ReadOptions(format="txet"), today=TODAY)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.jpg", b"\xff\xd8\xff", "no importer knows"),
        ("a.jsonl.gz", gzip.compress(LINES * 50)[:-20], "broken gzip"),
        ("a.jsonl.gz", b"\x1f\x8bnot gzip", "broken gzip"),
    ],
)
def test_why_a_file_is_not_read_is_said(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert fault in inspect(tmp_path / name, ReadOptions(), today=TODAY, limit=1_000).fault


def test_a_file_that_is_not_there_is_no_exception(tmp_path: Path) -> None:
    assert "cannot be read" in inspect(tmp_path / "nowhere", ReadOptions(), today=TODAY).fault
