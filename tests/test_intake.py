"""What goes in, on each engine: the newest version stays, whatever the order, and what is taken back is gone."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from searchsvc.archive import Archive, open_archive
from searchsvc.engines.memory import MemoryEngine
from searchsvc.intake import IngestReport
from searchsvc.settings import Settings

TODAY = date(2024, 3, 19)


@pytest.fixture(params=["memory", "embedded"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(index_dir=tmp_path / "index")
    with closing(Archive(MemoryEngine(), settings) if request.param == "memory" else open_archive(settings)) as archive:
        yield archive


@pytest.fixture
def put(archive: Archive, tmp_path: Path) -> Callable[..., IngestReport]:
    """Ingests records, each as a file of its own, in the order given."""
    folder = tmp_path / "in"
    folder.mkdir()
    count = 0

    def put(*records: dict[str, object]) -> IngestReport:
        nonlocal count
        paths = []
        for record in records:
            count += 1
            path = folder / f"{count:04d}.jsonl"
            path.write_text(json.dumps(record))
            paths.append(str(path))
        return archive.ingest(paths, today=TODAY)

    return put


def version(number: int | None, text: str = "", **more: object) -> dict[str, object]:
    numbered = {} if number is None else {"version": number}
    return {"id": "a", "headline": f"Bridge shut {text or number}", "body": "It is shut.", **numbered, **more}


def headlines(archive: Archive) -> list[str]:
    return sorted(article.headline for article in archive.scan())


def counts(report: IngestReport) -> dict[str, int]:
    names = ("added", "replaced", "unchanged", "outdated", "withdrawn", "rejected")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


Put = Callable[..., IngestReport]


def test_a_newer_version_replaces_and_an_older_one_does_not(archive: Archive, put: Put) -> None:
    assert counts(put(version(2))) == {"added": 1}
    assert counts(put(version(3))) == {"replaced": 1}
    assert counts(put(version(1))) == {"outdated": 1}
    assert headlines(archive) == ["Bridge shut 3"]
    assert counts(put(version(3))) == {"unchanged": 1}


def test_a_version_is_known_by_its_time_too(archive: Archive, put: Put) -> None:
    put(version(None, "at noon", updated="2015-09-30T12:00:00Z"))
    assert counts(put(version(None, "at ten", updated="2015-09-30T10:00:00Z"))) == {"outdated": 1}
    assert counts(put(version(None, "at one", updated="2015-09-30T13:00:00Z"))) == {"replaced": 1}
    assert headlines(archive) == ["Bridge shut at one"]


def test_what_says_no_version_replaces_as_ever(archive: Archive, put: Put) -> None:
    put(version(3))
    assert counts(put(version(None, "by hand"))) == {"replaced": 1}
    assert counts(put(version(None, "again"))) == {"replaced": 1}
    assert headlines(archive) == ["Bridge shut again"]


def test_the_same_text_under_a_higher_number_is_remembered(archive: Archive, put: Put) -> None:
    put(version(1, "now"))
    assert counts(put(version(3, "now"))) == {"replaced": 1}
    assert counts(put(version(2, "then"))) == {"outdated": 1}


def test_a_withdrawal_removes_and_the_article_comes_back_only_as_a_newer_one(archive: Archive, put: Put) -> None:
    put(version(1), {"id": "b", "headline": "Other", "body": "It stays."})
    assert counts(put({"id": "a", "withdrawn": True, "version": 2})) == {"withdrawn": 1}
    assert headlines(archive) == ["Other"]
    assert counts(put({"id": "a", "withdrawn": True, "version": 2})) == {}
    assert counts(put(version(1))) == {"outdated": 1}
    assert counts(put(version(2))) == {"outdated": 1}
    assert counts(put(version(3))) == {"added": 1}
    assert headlines(archive) == ["Bridge shut 3", "Other"]


def test_a_withdrawal_older_than_what_is_there_does_not_remove(archive: Archive, put: Put) -> None:
    put(version(3))
    assert counts(put({"id": "a", "withdrawn": True, "version": 2})) == {"outdated": 1}
    assert headlines(archive) == ["Bridge shut 3"]


def test_a_withdrawal_of_what_was_never_there_is_nothing(archive: Archive, put: Put) -> None:
    assert counts(put({"id": "z", "pubstatus": "canceled"})) == {}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([version(n) for n in range(1, 9)], ["Bridge shut 8"]),
        ([version(n, n_updated) for n, n_updated in ((1, "one"), (2, "two"), (3, "three"))], ["Bridge shut three"]),
        ([version(None, f"{n}", updated=f"2015-09-{n:02d}") for n in range(10, 20)], ["Bridge shut 19"]),
        ([version(1), version(2), {"id": "a", "withdrawn": True, "version": 3}], []),
        ([version(1), version(4), {"id": "a", "withdrawn": True, "version": 3}], ["Bridge shut 4"]),
        ([version(None, "once"), {"id": "a", "withdrawn": True}], []),
        ([version(1), version(3), {"id": "a", "withdrawn": 1, "version": 2}, {"id": "a", "withdrawn": 1}], []),
    ],
)
def test_the_order_of_files_does_not_matter(
    archive: Archive, put: Put, records: list[dict[str, object]], left: list[str], seed: int
) -> None:
    shuffled = list(records)
    random.Random(seed).shuffle(shuffled)
    half = seed % len(shuffled)
    put(*shuffled[:half])
    put(*shuffled[half:])
    assert headlines(archive) == left
