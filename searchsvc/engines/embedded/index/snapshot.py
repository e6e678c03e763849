"""Snapshot: one immutable view of the index; and which one is the current.

A snapshot is a commit's segments, each with the mask of its live documents, and what ranking must know of them all.
Segments are shared by snapshots and stay open while any of them is in use; their columns, and all that is cached by
segment, outlive commits. Whether there is a newer commit or build is looked for at most once in `check_every_s`.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.docvalues.storage import ColumnsDamaged
from searchsvc.engines.bm25f import HALF_LIFE_DAYS, RECENCY_WEIGHT
from searchsvc.engines.embedded.codec import EXTENSION, ArraySegment
from searchsvc.engines.embedded.columns.day_counter import DayCounts, count_days
from searchsvc.engines.embedded.columns.facet_counter import FacetTable
from searchsvc.engines.embedded.index import builds
from searchsvc.engines.embedded.index.commits import commit_file, latest_number, read_commit
from searchsvc.engines.embedded.index.segment import Segment, files_read
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import Norms, Ranking, averages_of, norms_of
from searchsvc.errors import EngineError, IndexDamaged
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort

# A writer may merge or swap between our reading of a list and of what it names; each try begins anew.
OPEN_TRIES = 20

# From this interval on the index is looked at beside the searches, which go on with what they have.
ASIDE_S = 0.1

NO_FLAGS: Mask = np.empty(0, dtype=np.bool_)


class View:
    """A segment as one commit sees it. What is computed here is kept as long as the snapshot.

    `live` has a flag for each document, and is empty when none is deleted; `docids` are the live ones (uint32).
    """

    def __init__(self, segment: Segment, deleted: Sequence[int]) -> None:
        self.segment = segment
        self.columns = segment.columns
        self.size = segment.size
        self.live = NO_FLAGS
        if deleted:
            self.live = np.ones(segment.size, dtype=np.bool_)
            self.live[deleted] = False
        self.count = segment.size - len(deleted)
        self._documents_of: dict[int, int] = {}
        self._norms: dict[tuple[str, ...], Norms] = {}
        self._date_keys: dict[Sort, NDArray[np.float64]] = {}
        self._recency: tuple[int | None, NDArray[np.float64]] | None = None
        self._most_recency: tuple[int | None, float] | None = None
        self._drift: tuple[Sequence[float], float] | None = None

    @cached_property
    def docids(self) -> Docids:
        docids: Docids = (np.flatnonzero(self.live) if len(self.live) else np.arange(self.size)).astype(np.uint32)
        return docids

    @cached_property
    def tag_counts(self) -> NDArray[np.intp]:
        """How many live documents have each form of the facet of tags."""
        column = self.columns.facet("tag")
        ordinals = column.ordinals[self.live[column.documents]] if len(self.live) else column.ordinals
        return np.bincount(ordinals, minlength=len(column.forms))

    def is_live(self, docid: int) -> bool:
        return not len(self.live) or bool(self.live[docid])

    def documents_of(self, stem_class: int) -> int:
        """How many live documents have a stem class."""
        if not len(self.live):
            return self.segment.postings.count(stem_class)
        count = self._documents_of.get(stem_class)
        if count is None:
            postings = self.segment.postings
            postings.check(stem_class)
            docids, _ = read_list(postings.arrays, stem_class)
            count = int(np.count_nonzero(self.live[docids]))
            self._documents_of[stem_class] = count
        return count

    def norms(self, fields: tuple[str, ...], averages: Sequence[float]) -> Norms:
        """By what occurrences in these fields count; `averages` are the snapshot's."""
        norms = self._norms.get(fields)
        if norms is None:
            norms = self._norms[fields] = norms_of(self.columns.lengths, averages, fields)
        return norms

    def drift(self, averages: Sequence[float]) -> float:
        """How much more an occurrence may count by these average lengths than by the segment's own."""
        if self._drift is None or self._drift[0] is not averages:
            pairs = zip(averages, self.segment.averages.tolist(), strict=True)
            self._drift = averages, max([1.0, *(float(average / own) for average, own in pairs if own)])
        return self._drift[1]

    def recency(self, newest: int | None) -> NDArray[np.float64]:
        """The factor of each document's age; `newest` is the snapshot's."""
        if self._recency is None or self._recency[0] != newest:
            instants = self.columns.instants
            factor = np.ones(self.size)
            if newest is not None:
                days = (newest - instants.numbers[instants.present]) / 86_400
                factor[instants.present] = 1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS)
            self._recency = newest, factor
        return self._recency[1]

    def most_recency(self, newest: int | None) -> float:
        """No document's factor of age is greater."""
        if self._most_recency is None or self._most_recency[0] != newest:
            self._most_recency = newest, float(self.recency(newest).max(initial=1.0))
        return self._most_recency[1]

    def date_keys(self, sort: Sort) -> NDArray[np.float64]:
        """By what each document is ordered by date: the smaller the earlier in the order, UNDATED last."""
        keys = self._date_keys.get(sort)
        if keys is None:
            numbers = self.columns.instants.numbers
            # Seconds fit a float64 exactly for 285 million years.
            keys = numbers.astype(np.float64) if sort is Sort.OLDEST else -numbers.astype(np.float64)
            keys[numbers == MISSING] = UNDATED
            self._date_keys[sort] = keys
        return keys


UNDATED = float("inf")


class Snapshot:
    """One commit: `articles` live ones in `views`."""

    def __init__(self, folder: Path, number: int, made_at: datetime, views: tuple[View, ...]) -> None:
        self.folder = folder
        self.number = number
        self.made_at = made_at
        self.views = views
        self.articles = sum(view.count for view in views)
        self.commit = f"{folder.name}-{number}"
        self.plans: dict[object, object] = {}  # what `search.planner` makes of words and queries
        self._facets: dict[str, FacetTable] = {}
        self._rankings: dict[int, Ranking] = {}

    @cached_property
    def averages(self) -> tuple[float, ...]:
        """Words in each text field, on average over the live articles that have any there."""
        lengths = [view.columns.lengths for view in self.views]
        live = [of[:, view.live] if len(view.live) else of for of, view in zip(lengths, self.views, strict=True)]
        return tuple(averages_of(live))

    @cached_property
    def newest(self) -> int | None:
        """The latest `sort_instant` of a live article."""
        latest = [int(view.columns.instants.numbers[view.docids].max()) for view in self.views if view.count]
        newest = max(latest, default=MISSING)
        return None if newest == MISSING else newest

    def ranking(self, number: int) -> Ranking:
        """What scores in the segment of this number depend on besides the query."""
        ranking = self._rankings.get(number)
        if ranking is None:
            view = self.views[number]
            ranking = self._rankings[number] = Ranking(
                view.norms(SEARCHED_FIELDS, self.averages), view.live, view.recency(self.newest),
                view.columns.id_ranks, np.array([view.most_recency(self.newest), view.drift(self.averages)]),
            )  # fmt: skip
        return ranking

    @cached_property
    def days(self) -> DayCounts:
        """How many live articles each day has."""
        return count_days([view.columns.days.numbers for view in self.views], [view.docids for view in self.views])

    def facets(self, field: str) -> FacetTable:
        """The values of a facet field in all segments."""
        if field not in self._facets:
            self._facets[field] = FacetTable([view.columns.facet(field) for view in self.views])
        return self._facets[field]

    def find(self, id: str) -> tuple[View, int] | None:
        """Where the live article with this id is."""
        for view in self.views:
            for docid in view.columns.find(id):
                if view.is_live(docid):
                    return view, docid
        return None

    def warm(self) -> None:
        """Make what the first search would have to wait for."""
        for view in self.views:
            with view.segment.reading():
                view.norms(SEARCHED_FIELDS, self.averages)
                view.recency(self.newest)
                view.segment.dictionary  # noqa: B018  # reads it
                view.segment.postings  # noqa: B018


class SnapshotManager:
    """Gives the current snapshot to whoever searches; safe for threads."""

    def __init__(self, index_dir: Path, check_every_s: float) -> None:
        self._index_dir = index_dir
        self._check_every_s = check_every_s
        self._lock = threading.Lock()
        self._opening = threading.Lock()  # held by the one that reads a commit
        self._current: Snapshot | None = None
        self._checked = 0.0
        self._users: dict[Snapshot, int] = {}
        self._segments: dict[str, tuple[Segment, int]] = {}  # open ones by path, and how many snapshots have them
        self._closed = False

    def current(self) -> "Use":
        """The current snapshot, kept open until the with-block is left; damage met there is IndexDamaged."""
        return Use(self)

    def look_again(self) -> None:
        """Have the next search look for a newer commit: this process wrote one."""
        self._checked = 0.0

    def close(self) -> None:
        """Forget what no search is using; the rest when it is left."""
        with self._lock:
            self._closed = True
            if self._current is not None:
                current, self._current = self._current, None
                self._leave(current)

    def take(self) -> Snapshot:
        """The current snapshot, with one user more."""
        if not self._is_fresh():
            if self._current is not None and self._checked and self._check_every_s >= ASIDE_S:
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
        """Beside the searches: what is wrong with a new commit, the next search that has to look will say."""
        if self._opening.acquire(blocking=False):
            try:
                self._renew()
            except (EngineError, OSError):
                self._checked = 0.0
            finally:
                self._opening.release()

    def _renew(self) -> None:
        """Make the newest snapshot the current one; for the holder of `_opening`."""
        if self._closed:
            raise EngineError("the engine is closed")
        began = time.monotonic()
        newest = self._open()
        with self._lock:
            self._checked = began
            if newest is self._current:
                return
            old, self._current = self._current, newest
            self._users[newest] = 1  # the current one is in use by being it
            if old is not None:
                self._leave(old)

    def give_back(self, snapshot: Snapshot) -> None:
        """What was taken is in use no more."""
        with self._lock:
            self._leave(snapshot)

    def _leave(self, snapshot: Snapshot) -> None:
        self._users[snapshot] -= 1
        if not self._users[snapshot]:
            del self._users[snapshot]
            for view in snapshot.views:
                self._give_back(str(view.segment.path))

    def _open(self) -> Snapshot:
        """The newest snapshot: the current one when there is none newer."""
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
                    self._give_back(str(view.segment.path))
            raise
        return snapshot

    def _segment(self, folder: Path, whoosh: ArraySegment) -> Segment:
        """The open segment, with one snapshot more that has it."""
        path = str(folder / whoosh.make_filename(EXTENSION))
        known = self._segments.get(path)
        segment = known[0] if known is not None else Segment(folder, whoosh)
        with self._lock:
            _, users = self._segments.get(path, (segment, 0))
            self._segments[path] = segment, users + 1
        return segment

    def _give_back(self, path: str) -> None:
        segment, users = self._segments[path]
        if users > 1:
            self._segments[path] = segment, users - 1
        else:
            del self._segments[path]  # its file is unmapped with the last array of it


class Use:
    """One use of a snapshot, as a with-block."""

    __slots__ = ("_snapshot", "_snapshots")

    def __init__(self, snapshots: SnapshotManager) -> None:
        self._snapshots = snapshots

    def __enter__(self) -> Snapshot:
        self._snapshot = self._snapshots.take()
        return self._snapshot

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._snapshots.give_back(self._snapshot)
        if isinstance(error, ColumnsDamaged):
            with files_read():
                raise error
