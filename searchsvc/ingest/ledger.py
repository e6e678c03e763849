"""Ledger: which files are in the archive as they are now, so that a second run need not read them again; and what was
taken back, so that it does not come in again with a file that is read later.

It lies in the index folder, names the commit that it is of, and is written only after the commit that holds the
articles. It is never needed: one that is lost, damaged or of another commit (of an index put back from a backup, say)
is an empty one, and all files are read again, those with withdrawals too. One process at a time writes it, the one
that has the right to write the index.

>>> ledger = Ledger(None)
>>> ledger.begin("commit-1")
>>> ledger.note(LedgerEntry(path="/in/a.jsonl", size=10, mtime_ns=5, content="9f", how="jsonl", articles=2))
>>> ledger.save("commit-1")
>>> ledger.end()
>>> ledger.begin("commit-1"); ledger.find("/in/a.jsonl").articles
2
>>> ledger.begin("commit-2"); ledger.find("/in/a.jsonl") is None
True
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from searchsvc.ingest.finding import FoundFile
from searchsvc.ingest.importers.base import Source
from searchsvc.model.article import ArticleId
from searchsvc.model.versions import Version

NAME = "ledger.sqlite"

_FORMAT = 1  # of the tables below; a ledger of another is begun anew
_TABLES = """
CREATE TABLE ledger (committed TEXT NOT NULL);
INSERT INTO ledger VALUES ('');
CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, content TEXT, how TEXT, articles INTEGER,
                    rejected INTEGER) WITHOUT ROWID;
CREATE TABLE withdrawn (id TEXT PRIMARY KEY, revision INTEGER, revised_at TEXT) WITHOUT ROWID;
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A file that was read to its end, and all of whose articles were put."""

    path: str  # absolute
    size: int  # bytes
    mtime_ns: int  # 0 when it was changed so shortly before it was read that the time would tell nothing
    content: str  # a hash of its bytes
    how: str  # it was read: by which code, as which format, with which options
    articles: int = 0  # that it has
    rejected: int = 0  # places in it that could not be used


class Ledger:
    """Kept at `path`, or in memory for as long as it is open. Never raises for what is wrong with the file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None
        self._withdrawn: dict[ArticleId, Version] = {}

    def begin(self, commit: str, *, fresh: bool = False) -> None:
        """Look at what is known of a commit, and take notes; of a fresh build nothing is known."""
        self._withdrawn = {}
        self._guarded(lambda: self._begin("" if fresh else commit))

    def find(self, path: str) -> LedgerEntry | None:
        """What is known of the file at this path."""
        rows = self._guarded(
            lambda: self._open().execute("SELECT * FROM files WHERE path = ?", (_text(path),)).fetchall()
        )
        return LedgerEntry(**dict(zip(_NAMES, rows[0], strict=True))) if rows else None

    def unchanged(self, file: FoundFile, how: str) -> LedgerEntry | None:
        """What is known of a file that is as it was when it was read last, and was read in this way; else None.

        Size and time tell without a look into it; where only the time is another, its bytes do.
        """
        entry = self.find(file.path)
        if entry is None or (entry.how, entry.size) != (how, file.size):
            return None
        if entry.mtime_ns == file.mtime_ns:
            return entry
        source = Source.from_path(Path(file.name), file.name, size=file.size)
        try:
            if source.content_hash() != entry.content:
                return None
        except OSError:
            return None
        finally:
            source.close()
        self.note(replace(entry, mtime_ns=file.mtime_ns if file.is_settled else 0))
        return entry

    def note(self, entry: LedgerEntry) -> None:
        """Remember a file, from the next `save` on."""
        values = (_text(entry.path), *astuple(entry)[1:])
        self._guarded(lambda: self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", values))

    def forget(self, path: str) -> None:
        """A file is not what it was, and could not be read since."""
        self._guarded(lambda: self._write("DELETE FROM files WHERE path = ?", (_text(path),)))

    def withdrawn(self, id: ArticleId) -> Version | None:
        """The version up to which an article was taken back; None when it was not."""
        return self._withdrawn.get(id)

    def withdraw(self, id: ArticleId, version: Version) -> None:
        """Note that an article was taken back up to a version; it lasts from the next `save` on."""
        self._withdrawn[id] = version
        values = (_text(id), *_stored(version))
        self._guarded(lambda: self._write("INSERT OR REPLACE INTO withdrawn VALUES (?, ?, ?)", values))

    def readmit(self, id: ArticleId) -> None:
        """A newer version of an article that was taken back is there."""
        if self._withdrawn.pop(id, None) is not None:
            self._guarded(lambda: self._write("DELETE FROM withdrawn WHERE id = ?", (_text(id),)))

    def save(self, commit: str) -> None:
        """Make the notes last: after this commit, which holds what they say, and not before."""
        self._guarded(lambda: self._save(commit))

    def move(self, old: str, new: str) -> None:
        """The same articles are in a new commit: what was known of the old one is known of it."""
        self.begin(old)
        self.save(new)
        self.end()

    def end(self) -> None:
        """Notes since the last `save` are gone; others may write now."""
        if self._path is not None:
            self._close()
        else:
            self._guarded(self._roll_back)

    def _close(self) -> None:
        base, self._base = self._base, None
        if base is not None:
            with suppress(sqlite3.Error):
                base.close()

    def __del__(self) -> None:
        self._close()

    def _open(self) -> sqlite3.Connection:
        if self._base is None:
            self._base = sqlite3.connect(self._path or ":memory:", isolation_level=None, check_same_thread=False)
            format = self._base.execute("PRAGMA user_version").fetchone()[0]
            if format == 0:
                self._base.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_FORMAT}; COMMIT;")
            elif format != _FORMAT:
                raise sqlite3.DatabaseError("another format")
            elif self._base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("damaged")
        return self._base

    def _write(self, statement: str, values: tuple[object, ...] = ()) -> None:
        base = self._open()
        if not base.in_transaction:
            base.execute("BEGIN IMMEDIATE")
        base.execute(statement, values)

    def _roll_back(self) -> None:
        if self._base is not None and self._base.in_transaction:
            self._base.execute("ROLLBACK")

    def _begin(self, commit: str) -> None:
        self._roll_back()
        base = self._open()
        if not commit or base.execute("SELECT committed FROM ledger").fetchone()[0] != commit:
            self._write("DELETE FROM files")
            self._write("DELETE FROM withdrawn")
        self._withdrawn = dict(_versions(base.execute("SELECT id, revision, revised_at FROM withdrawn")))

    def _save(self, commit: str) -> None:
        self._write("UPDATE ledger SET committed = ?", (commit,))
        self._open().execute("COMMIT")

    def _guarded(self, work: Callable[[], T]) -> T | None:
        """What `work` gives; None after an error, when all that was written is lost and the ledger is begun anew."""
        try:
            return work()
        except (sqlite3.Error, ValueError, TypeError):
            self._close()
            if self._path is not None:
                with suppress(OSError):
                    for name in (self._path.name, f"{self._path.name}-journal"):
                        self._path.with_name(name).unlink(missing_ok=True)
        try:
            self._begin_anew()
        except sqlite3.Error:  # a full disk, a folder that may not be written
            self._close()
            self._path = None
            self._begin_anew()
        return None

    def _begin_anew(self) -> None:
        """With what is known to be withdrawn: whoever took it back may have been left out as unchanged already."""
        withdrawn = dict(self._withdrawn)
        self._begin("")
        self._withdrawn = withdrawn
        for id, version in withdrawn.items():
            self._write("INSERT OR REPLACE INTO withdrawn VALUES (?, ?, ?)", (_text(id), *_stored(version)))


_NAMES = tuple(field.name for field in fields(LedgerEntry))  # as the columns are


def _text(value: str) -> str:
    """As SQLite can keep it: a path that is not UTF-8 has lone surrogates."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _stored(version: Version) -> tuple[int, str]:
    return version.revision, version.revised_at.isoformat() if version.revised_at is not None else ""


def _versions(rows: sqlite3.Cursor) -> Iterator[tuple[ArticleId, Version]]:
    for id, revision, at in rows:
        yield ArticleId(id), Version(int(revision), datetime.fromisoformat(at) if at else None)
