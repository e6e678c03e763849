"""What goes in, on each engine: the newest version stays, whatever the order, and what is taken back is gone."""

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from searchsvc.archive import operations
from searchsvc.archive.archive import Archive, open_archive
from searchsvc.archive.intake import IngestReport
from searchsvc.archive.operations import rebuild
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.settings import Settings

ingest = partial(operations.ingest, today=date(2024, 3, 19))


@pytest.fixture(params=["memory", "embedded"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(index_dir=tmp_path / "index", ingest_processes=1)
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
        return ingest(archive, paths)

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


# --- what is not read again ------------------------------------------------------------------------------------------

LINES = "".join(json.dumps({"id": str(n), "headline": f"Story {n}", "body": "It rained."}) + "\n" for n in range(3))


def settled(path: Path, content: str, seconds: int = 100) -> Path:
    """A file that was last changed a while ago."""
    path.write_text(content)
    at = time.time_ns() - seconds * 1_000_000_000
    os.utime(path, ns=(at, at))
    return path


def unread(report: IngestReport) -> tuple[int, int, int]:
    return report.skipped, report.unchanged, report.added + report.replaced


def test_a_file_that_has_not_changed_is_not_read_again(archive: Archive, tmp_path: Path) -> None:
    path = settled(tmp_path / "a.jsonl", LINES)
    at = path.stat().st_mtime_ns
    assert ingest(archive, [str(path)]).added == 3
    # Not even opened: other bytes of the same length and time would be met.
    settled(path, "x" * len(LINES))
    os.utime(path, ns=(at, at))
    assert unread(ingest(archive, [str(path)])) == (1, 3, 0)


def test_of_the_same_size_and_another_time_the_bytes_decide(archive: Archive, tmp_path: Path) -> None:
    path = settled(tmp_path / "a.jsonl", LINES, 300)
    ingest(archive, [str(path)])
    settled(path, LINES, 200)
    assert unread(ingest(archive, [str(path)])) == (1, 3, 0)
    settled(path, LINES.replace("rained", "snowed"), 100)
    assert unread(ingest(archive, [str(path)])) == (0, 0, 3)


def test_a_file_changed_just_before_it_was_read_is_looked_into(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(LINES)
    status = path.stat()
    ingest(archive, [str(path)])
    path.write_text(LINES.replace("rained", "snowed"))
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))  # within the tick of the clock
    assert unread(ingest(archive, [str(path)])) == (0, 0, 3)


def test_all_is_read_again_when_asked_for_or_read_in_another_way(archive: Archive, tmp_path: Path) -> None:
    path = settled(tmp_path / "a.jsonl", LINES)
    ingest(archive, [str(path)])
    assert unread(ingest(archive, [str(path)], again=True)) == (0, 3, 0)
    assert unread(ingest(archive, [str(path)], ReadOptions(source_name="Echo"))) == (0, 0, 3)
    assert unread(ingest(archive, [str(path)], ReadOptions(source_name="Echo"))) == (1, 3, 0)
    assert unread(ingest(archive, [str(path)], ReadOptions(mapping={"body": "headline"}))) == (0, 0, 3)


def test_a_fresh_build_reads_everything_and_a_rebuild_forgets_nothing(archive: Archive, tmp_path: Path) -> None:
    path, other = settled(tmp_path / "a.jsonl", LINES), settled(tmp_path / "b.jsonl", LINES.replace("Story", "Tale"))
    ingest(archive, [str(path)])
    rebuild(archive)
    assert unread(ingest(archive, [str(path)])) == (1, 3, 0)
    assert unread(ingest(archive, [str(other)], fresh=True)) == (0, 0, 3)
    assert unread(ingest(archive, [str(other)])) == (1, 3, 0)
    assert unread(ingest(archive, [str(path)])) == (0, 0, 3)


def test_what_was_rejected_as_a_whole_is_said_each_time_and_single_lines_are_counted(
    archive: Archive, tmp_path: Path
) -> None:
    files = [str(settled(tmp_path / "a.jsonl", LINES + '{"headl')), str(settled(tmp_path / "b.jsonl", " "))]
    assert ingest(archive, files).rejected == 2
    second = ingest(archive, files)
    assert (second.skipped, second.rejected, second.skipped_rejected) == (1, 1, 1)


def test_a_file_that_became_unreadable_is_read_when_it_is_mended(archive: Archive, tmp_path: Path) -> None:
    path = settled(tmp_path / "a.jsonl", LINES, 300)
    ingest(archive, [str(path)])
    settled(path, " ", 200)
    assert ingest(archive, [str(path)]).rejected == 1
    settled(path, LINES, 300)  # as it was, to the second
    assert unread(ingest(archive, [str(path)])) == (0, 3, 0)


def test_what_was_withdrawn_stays_out_though_its_withdrawal_is_not_read_again(archive: Archive, tmp_path: Path) -> None:
    story = settled(tmp_path / "a.jsonl", json.dumps(version(1)))
    taken = settled(tmp_path / "b.jsonl", json.dumps({"id": "a", "withdrawn": True, "version": 2}))
    ingest(archive, [str(story), str(taken)])
    settled(story, json.dumps(version(1, "once more")), 50)
    report = ingest(archive, [str(story), str(taken)])
    assert (report.skipped, report.outdated) == (1, 1)
    assert headlines(archive) == []


@pytest.mark.parametrize("damage", [None, b"", b"not a database"])
def test_without_its_ledger_an_index_loses_time_only(tmp_path: Path, damage: bytes | None) -> None:
    settings = Settings(index_dir=tmp_path / "index")
    folder = tmp_path / "in"
    folder.mkdir()
    settled(folder / "a.jsonl", LINES)
    settled(folder / "b.jsonl", json.dumps({"id": "1", "withdrawn": True}))
    with closing(open_archive(settings)) as archive:
        ingest(archive, [str(folder)])
        assert len(headlines(archive)) == 2
    ledger = tmp_path / "index" / "ledger.sqlite"
    ledger.unlink() if damage is None else ledger.write_bytes(damage)
    with closing(open_archive(settings)) as archive:
        report = ingest(archive, [str(folder)])
        assert (report.skipped, report.unchanged) == (0, 2)
        assert len(headlines(archive)) == 2
        assert ingest(archive, [str(folder)]).skipped == 2


def test_an_index_put_back_from_a_backup_is_not_taken_for_a_newer_one(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path / "index")
    folder = tmp_path / "in"
    folder.mkdir()
    settled(folder / "a.jsonl", json.dumps({"id": "a", "headline": "A", "body": "It rained."}))
    with closing(open_archive(settings)) as archive:
        ingest(archive, [str(folder)])
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "index", backup)
    settled(folder / "b.jsonl", json.dumps({"id": "b", "headline": "B", "body": "It rained."}))
    with closing(open_archive(settings)) as archive:
        ingest(archive, [str(folder)])
    shutil.copy(tmp_path / "index" / "ledger.sqlite", backup)
    shutil.rmtree(tmp_path / "index")
    backup.rename(tmp_path / "index")
    with closing(open_archive(settings)) as archive:
        assert ingest(archive, [str(folder)]).added == 1
        assert headlines(archive) == ["A", "B"]


def test_what_was_not_committed_is_read_again(tmp_path: Path) -> None:
    """An engine that cannot write any more, after the first file."""
    settings = Settings(index_dir=tmp_path / "index")
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        settled(folder / f"{name}.jsonl", json.dumps({"id": name, "headline": name, "body": "It rained."}))

    def fail(rejection: object) -> None:
        raise ZeroDivisionError

    settled(folder / "c.jsonl", "{")
    with closing(open_archive(settings)) as archive:
        with pytest.raises(ZeroDivisionError):
            ingest(archive, [str(folder)], on_rejection=fail)
        report = ingest(archive, [str(folder)])
        assert (report.skipped, report.added) == (0, 2)


def test_stopping_keeps_what_was_read_and_the_next_run_reads_the_rest(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(30):
        settled(folder / f"{number:02d}.jsonl", LINES.replace('"id": "', f'"id": "{number}-'))
    count = 0

    def should_stop() -> bool:
        nonlocal count
        count += 1
        return count == 40

    first = ingest(archive, [str(folder)], should_stop=should_stop)
    assert first.interrupted
    assert first.added == first.archived == 40
    second = ingest(archive, [str(folder)])
    assert (second.skipped, second.unchanged, second.added) == (13, 40, 50)
