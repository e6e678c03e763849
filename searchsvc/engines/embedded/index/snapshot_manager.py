"""SnapshotManager: which snapshot is the current one, and how long its segments stay open.

Searches take the current snapshot and give it back. Segments are shared by snapshots and stay open while any of these
is in use, so their columns, and all that is cached by segment, outlive commits. A newer commit or build is looked for
at most once in `check_every_s`.
"""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from searchsvc.docvalues.storage import ColumnsDamaged
from searchsvc.engines.embedded.codec import EXTENSION, ArraySegment
from searchsvc.engines.embedded.index import builds
from searchsvc.engines.embedded.index.commits import commit_file, latest_number, read_commit
from searchsvc.engines.embedded.index.segment import Segment, files_read
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.errors import EngineError, IndexDamaged

# A writer may merge or swap builds between our reading of a list and of what it names; each try begins anew.
OPEN_TRIES = 20

# From this interval on, a background thread looks for a newer commit, and searches go on with the snapshot they have.
BACKGROUND_S = 0.1


class SnapshotManager:
    """The current snapshot, for any number of threads."""

    def __init__(self, index_dir: Path, check_every_s: float) -> None:
        self._index_dir = index_dir
        self._check_every_s = check_every_s
        self._lock = threading.Lock()
        self._opening = threading.Lock()  # held by the thread that reads a commit
        self._current: Snapshot | None = None
        self._checked = 0.0
        self._users: dict[Snapshot, int] = {}  # how many searches use each; being the current one counts too
        self._segments: dict[str, tuple[Segment, int]] = {}  # open segments by path, and how many snapshots have each
        self._closed = False

    def current(self) -> "Lease":
        """The current snapshot, open until the with-block ends; a ColumnsDamaged in it becomes IndexDamaged."""
        return Lease(self)

    def look_again(self) -> None:
        """Make the next search look for a newer commit: this process wrote one."""
        self._checked = 0.0

    def close(self) -> None:
        """Close what no search uses; the rest is closed when its last search ends."""
        with self._lock:
            self._closed = True
            if self._current is not None:
                current, self._current = self._current, None
                self._leave(current)

    def take(self) -> Snapshot:
        """The current snapshot, with one more user; for `give_back`. Raises EngineError after `close`."""
        if not self._is_fresh():
            if self._current is not None and self._checked and self._check_every_s >= BACKGROUND_S:
                self._checked = time.monotonic()
                threading.Thread(target=self._look, name="searchsvc-commit", daemon=True).start()
            else:
                with self._opening:
                    if not self._is_fresh():
                        self._renew()
        with self._lock:
            if self._closed or self._current is None:
                raise EngineError("the engine is closed")
            self._users[self._current] += 1
            return self._current

    def _is_fresh(self) -> bool:
        checked = self._checked
        return self._current is not None and checked > 0 and time.monotonic() - checked < self._check_every_s

    def _look(self) -> None:
        """In a background thread: renew. An error is kept for the next search, which then looks itself."""
        if self._opening.acquire(blocking=False):
            try:
                self._renew()
            except (EngineError, OSError):
                self._checked = 0.0
            finally:
                self._opening.release()

    def _renew(self) -> None:
        """Make the newest snapshot the current one. The caller holds `_opening`."""
        if self._closed:
            raise EngineError("the engine is closed")
        began = time.monotonic()
        newest = self._open()
        with self._lock:
            self._checked = began
            if newest is self._current:
                return
            old, self._current = self._current, newest
            self._users[newest] = 1  # being the current one
            if old is not None:
                self._leave(old)

    def give_back(self, snapshot: Snapshot) -> None:
        """End one use of a snapshot."""
        with self._lock:
            self._leave(snapshot)

    def _leave(self, snapshot: Snapshot) -> None:
        self._users[snapshot] -= 1
        if not self._users[snapshot]:
            del self._users[snapshot]
            for view in snapshot.views:
                self._close_segment(str(view.segment.path))

    def _open(self) -> Snapshot:
        """The newest snapshot, which may be the current one. Raises IndexMissing, IndexOutdated, IndexDamaged."""
        for _ in range(OPEN_TRIES):
            folder = self._index_dir / builds.current_build(self._index_dir)
            seen = latest_number(folder)
            if self._current is not None and (self._current.folder, self._current.number) == (folder, seen):
                return self._current
            try:
                return self._read(folder)
            except FileNotFoundError:
                pass
            except IndexDamaged:
                now = self._index_dir / builds.current_build(self._index_dir)
                if (now, latest_number(now)) == (folder, seen):
                    raise
            time.sleep(0.01)
        raise IndexDamaged(f"files of the index in {folder} are missing", hint="run: searchsvc rebuild")

    def _read(self, folder: Path) -> Snapshot:
        builds.check_build(folder)
        commit = read_commit(folder)
        made_at = datetime.fromtimestamp(commit_file(folder, commit.number).stat().st_mtime, UTC)
        views: list[View] = []
        try:
            for whoosh in commit.segments:
                views.append(View(self._segment(folder, whoosh), list(whoosh.deleted_docs())))
            snapshot = Snapshot(folder, commit.number, made_at, tuple(views))
            with files_read():
                snapshot.warm()
        except BaseException:
            with self._lock:
                for view in views:
                    self._close_segment(str(view.segment.path))
            raise
        return snapshot

    def _segment(self, folder: Path, whoosh: ArraySegment) -> Segment:
        """The open segment, counted for one more snapshot."""
        path = str(folder / whoosh.make_filename(EXTENSION))
        known = self._segments.get(path)
        segment = known[0] if known is not None else Segment(folder, whoosh)
        with self._lock:
            _, users = self._segments.get(path, (segment, 0))
            self._segments[path] = segment, users + 1
        return segment

    def _close_segment(self, path: str) -> None:
        segment, users = self._segments[path]
        if users > 1:
            self._segments[path] = segment, users - 1
        else:
            del self._segments[path]  # its file is unmapped when its last array goes


class Lease:
    """One use of a snapshot, as a with-block."""

    __slots__ = ("_manager", "_snapshot")

    def __init__(self, manager: SnapshotManager) -> None:
        self._manager = manager

    def __enter__(self) -> Snapshot:
        self._snapshot = self._manager.take()
        return self._snapshot

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._manager.give_back(self._snapshot)
        if isinstance(error, ColumnsDamaged):
            with files_read():
                raise error
