"""Snapshot: one immutable view of the index; and which one is the current.

A snapshot is a commit's segments, each with the mask of its live documents, and what ranking must know of them all.
Segments are shared by snapshots and stay open while any of them is in use; their columns, and all that is cached by
segment, outlive commits. Whether there is a newer commit or build is looked for at most once in `check_every_s`.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.counting import tally
from searchsvc.docvalues.docset import DocSet, Mask
from searchsvc.engines.embedded import builds
from searchsvc.engines.embedded.commits import commit_file, latest_number, read_commit
from searchsvc.engines.embedded.facets import FacetTable
from searchsvc.engines.embedded.postings import ArrayCache
from searchsvc.engines.embedded.segment import Segment
from searchsvc.engines.ranking import HALF_LIFE_DAYS, RECENCY_WEIGHT
from searchsvc.errors import EngineError, IndexDamaged
from searchsvc.model.fields import TEXT_FIELDS, Field

# A writer may merge or swap between our reading of a list and of what it names; each try begins anew.
OPEN_TRIES = 20


class View:
    """A segment as one commit sees it. What is computed here is kept as long as the snapshot."""

    def __init__(self, segment: Segment, live: Mask | None) -> None:
        self.segment = segment
        self.sidecar = segment.sidecar
        self.size = segment.size
        self.has_deletions = live is not None
        self.live = DocSet.all(segment.size) if live is None else DocSet.of_mask(live)
        self._norms: dict[str, NDArray[np.float64]] = {}
        self._recency: NDArray[np.float64] | None = None

    def norms(self, field: Field, average: float) -> NDArray[np.float64]:
        """By what an occurrence in each document's field is divided (BM25F); `average` is the snapshot's."""
        if field.name not in self._norms:
            lengths = self.sidecar.lengths(field.name)
            relative = lengths / average if average else np.zeros(self.size)
            self._norms[field.name] = 1 - field.length_norm + field.length_norm * relative
        return self._norms[field.name]

    def recency(self, newest: int | None) -> NDArray[np.float64]:
        """The factor of each document's age; `newest` is the snapshot's."""
        if self._recency is None:
            instants = self.sidecar.instants
            factor = np.ones(self.size)
            if newest is not None:
                days = (newest - instants.numbers[instants.present]) / 86_400
                factor[instants.present] = 1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS)
            self._recency = factor
        return self._recency


class Snapshot:
    """One commit: `articles` live ones in `views`."""

    def __init__(self, folder: Path, number: int, made_at: datetime, views: tuple[View, ...]) -> None:
        self.folder = folder
        self.number = number
        self.made_at = made_at
        self.views = views
        self.articles = sum(len(view.live) for view in views)
        self._facets: dict[str, FacetTable] = {}

    @property
    def commit(self) -> str:
        return f"{self.folder.name}-{self.number}"

    @cached_property
    def average_lengths(self) -> Mapping[str, float]:
        """Words in each text field, on average over the live articles that have any there."""
        averages = {}
        for field in TEXT_FIELDS:
            total = count = 0
            for view in self.views:
                lengths = view.sidecar.lengths(field.name)[view.live.mask()]
                total += int(lengths.sum(dtype=np.int64))
                count += int(np.count_nonzero(lengths))
            averages[field.name] = total / count if count else 0.0
        return averages

    @cached_property
    def newest(self) -> int | None:
        """The latest `sort_instant` of a live article."""
        latest = []
        for view in self.views:
            instants = view.sidecar.instants
            dated = instants.numbers[instants.present & view.live.mask()]
            if len(dated):
                latest.append(int(dated.max()))
        return max(latest, default=None)

    @cached_property
    def days(self) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """`tally_days` of all live articles."""
        return tally_days(self.views, [view.live for view in self.views])

    def facets(self, field: str) -> FacetTable:
        """The values of a facet field in all segments."""
        if field not in self._facets:
            self._facets[field] = FacetTable([view.sidecar.facet(field) for view in self.views])
        return self._facets[field]

    def find(self, id: str) -> tuple[View, int] | None:
        """Where the live article with this id is."""
        for view in self.views:
            for docnum in view.sidecar.find(id):
                if view.live.mask()[docnum]:
                    return view, docnum
        return None


def tally_days(views: Sequence[View], found: Sequence[DocSet]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The days on which found documents were published, ascending, how many on each, and how many are undated."""
    tallies = [tally(view.sidecar.days, docset) for view, docset in zip(views, found, strict=True)]
    days = np.concatenate([np.empty(0, np.int64), *(days for days, _, _ in tallies)])
    counts = np.concatenate([np.empty(0, np.int64), *(counts for _, counts, _ in tallies)])
    unique, place = np.unique(days, return_inverse=True)
    summed = np.bincount(place, counts, len(unique)).astype(np.int64)
    return unique, summed, sum(missing for _, _, missing in tallies)


class Snapshots:
    """Gives the current snapshot to whoever searches; safe for threads."""

    def __init__(self, index_dir: Path, cache: ArrayCache, check_every_s: float) -> None:
        self._index_dir = index_dir
        self._cache = cache
        self._check_every_s = check_every_s
        self._lock = threading.Lock()
        self._current: Snapshot | None = None
        self._checked = 0.0
        self._users: dict[Snapshot, int] = {}
        self._segments: dict[str, tuple[Segment, int]] = {}  # open ones by path, and how many snapshots have them
        self._closed = False

    @contextmanager
    def current(self) -> Iterator[Snapshot]:
        """The current snapshot, kept open until the with-block is left."""
        with self._lock:
            snapshot = self._newest()
            self._users[snapshot] += 1
        try:
            yield snapshot
        finally:
            with self._lock:
                self._leave(snapshot)

    def look_again(self) -> None:
        """Have the next search look for a newer commit: this process wrote one."""
        self._checked = 0.0

    def close(self) -> None:
        """Close what no search is using; the rest when it is left."""
        with self._lock:
            self._closed = True
            if self._current is not None:
                current, self._current = self._current, None
                self._leave(current)

    def _newest(self) -> Snapshot:
        if self._closed:
            raise EngineError("the engine is closed")
        now = time.monotonic()
        if self._current is not None and self._checked and now - self._checked < self._check_every_s:
            return self._current
        newest = self._open()
        self._checked = now
        if newest is not self._current:
            old, self._current = self._current, newest
            self._users[newest] = 1  # the current one is in use by being it
            if old is not None:
                self._leave(old)
        return newest

    def _leave(self, snapshot: Snapshot) -> None:
        self._users[snapshot] -= 1
        if not self._users[snapshot]:
            del self._users[snapshot]
            for view in snapshot.views:
                self._give_back(str(snapshot.folder / view.segment.name))

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
        taken: list[str] = []
        try:
            for whoosh in commit.segments:
                path = str(folder / whoosh.segment_id())
                if path in self._segments:
                    segment, users = self._segments[path]
                else:
                    segment, users = Segment(folder, whoosh, self._cache, mapped=True), 0
                self._segments[path] = segment, users + 1
                taken.append(path)
                views.append(View(segment, _live(segment, list(whoosh.deleted_docs()))))
        except BaseException:
            for path in taken:
                self._give_back(path)
            raise
        return Snapshot(folder, commit.number, made_at, tuple(views))

    def _give_back(self, path: str) -> None:
        segment, users = self._segments[path]
        if users > 1:
            self._segments[path] = segment, users - 1
        else:
            del self._segments[path]
            segment.close()


def _live(segment: Segment, deleted: list[int]) -> Mask | None:
    if not deleted:
        return None
    live = np.ones(segment.size, dtype=np.bool_)
    live[deleted] = False
    return live
