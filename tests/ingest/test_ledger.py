"""A ledger that is lost, damaged or of another commit is an empty one: it costs time, never correctness."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from searchsvc.ingest.ledger import Ledger, LedgerEntry
from searchsvc.model.article import ArticleId
from searchsvc.model.versions import Version

A = LedgerEntry(path="/in/a.jsonl", size=10, mtime_ns=5, content="9f", how="jsonl", articles=2, rejected=1)
GONE = ArticleId("gone")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def written(path: Path, commit: str = "one") -> None:
    ledger = Ledger(path)
    ledger.begin(commit)
    ledger.note(A)
    ledger.withdraw(GONE, Version(2, datetime(2015, 9, 30, tzinfo=UTC)))
    ledger.save(commit)
    ledger.end()


def knows(path: Path, commit: str = "one") -> bool:
    ledger = Ledger(path)
    ledger.begin(commit)
    known = ledger.find(A.path), ledger.withdrawn(GONE)
    ledger.end()
    assert known in {(A, Version(2, datetime(2015, 9, 30, tzinfo=UTC))), (None, None)}
    return known[0] is not None


def test_what_was_saved_is_known_of_its_commit_only(path: Path) -> None:
    written(path)
    assert knows(path)
    assert not knows(path, "two")
    assert knows(path)  # asking forgets nothing
    assert not knows(path, "")


def test_what_was_not_saved_is_gone(path: Path) -> None:
    written(path)
    ledger = Ledger(path)
    ledger.begin("one")
    ledger.note(LedgerEntry(path="/in/b.jsonl", size=1, mtime_ns=1, content="", how=""))
    ledger.forget(A.path)
    ledger.readmit(GONE)
    ledger.end()
    assert knows(path)
    ledger.begin("one")
    assert ledger.find("/in/b.jsonl") is None
    ledger.end()


def test_a_fresh_build_that_fails_leaves_what_was_known_of_the_live_one(path: Path) -> None:
    written(path)
    ledger = Ledger(path)
    ledger.begin("one", fresh=True)
    assert ledger.find(A.path) is None
    ledger.end()
    assert knows(path)
    ledger.begin("one", fresh=True)
    ledger.save("two")
    ledger.end()
    assert not knows(path)
    assert not knows(path, "two")


def test_a_rebuild_takes_what_is_known_along(path: Path) -> None:
    written(path)
    Ledger(path).move("one", "two")
    assert knows(path, "two")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not a database",
        lambda content: content[:5000],
        lambda content: content[:100] + b"\xff" * 4000 + content[4100:],
        lambda content: content[:4096] + bytes(len(content) - 4096),
        lambda content: content[:60] + b"\0\0\0\x09" + content[64:],  # another format
    ],
)  # fmt: skip
def test_a_damaged_ledger_is_begun_anew(path: Path, damage: object) -> None:
    written(path)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert not knows(path)
    written(path)
    assert knows(path)


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    written(tmp_path / "nowhere" / "ledger.sqlite")
    assert not knows(tmp_path / "nowhere" / "ledger.sqlite")


def test_damage_met_on_the_way_keeps_what_was_withdrawn(path: Path) -> None:
    written(path)
    ledger = Ledger(path)
    ledger.begin("one")
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE files")
        other.commit()
    assert ledger.find(A.path) is None
    ledger.note(A)
    assert ledger.withdrawn(GONE) is not None
    ledger.save("one")
    ledger.end()
    assert knows(path)


def test_names_that_are_not_utf8_are_kept_apart(path: Path) -> None:
    ledger = Ledger(path)
    ledger.begin("one")
    for name in (b"/in/caf\xe9.txt", b"/in/caf\xe8.txt"):
        ledger.note(
            LedgerEntry(path=name.decode("utf-8", "surrogateescape"), size=len(name), mtime_ns=1, content="", how="")
        )
    found = ledger.find(b"/in/caf\xe9.txt".decode("utf-8", "surrogateescape"))
    assert found is not None
    ledger.end()
