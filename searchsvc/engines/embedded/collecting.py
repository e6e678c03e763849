"""Collecting: from the sets of a request its top hits in order, its facets and its histogram."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, DocSet
from searchsvc.engines.embedded.scoring import Scoring
from searchsvc.engines.embedded.snapshot import Snapshot, View, tally_days
from searchsvc.engines.ranking import PROXIMITY_WINDOW
from searchsvc.engines.timeline import bars, interval_of
from searchsvc.model.request import Cursor, DateFilter, Interval, SearchRequest, Sort
from searchsvc.model.result import Bar, Histogram

Keys = NDArray[np.float64]

UNDATED = float("inf")


class Place(NamedTuple):
    """A hit in the order: places ascend. `key` is what it is ordered by, the smaller the earlier, UNDATED last."""

    key: float
    id: str
    segment: int
    docnum: int


def top_hits(
    snapshot: Snapshot, request: SearchRequest, found: Sequence[DocSet], scoring: Scoring | None
) -> list[Place]:
    """The places asked for, in order; `scoring` for an order by relevance."""
    after = _after(request)
    skip = 0 if after is not None else request.offset
    if scoring is None:
        keys = [_date_keys(view, docset, request.sort) for view, docset in zip(snapshot.views, found, strict=True)]
        return _first(snapshot, found, keys, skip + request.limit, after)[skip:]
    keys = [-scoring.scores(number)[docset.docnums()] for number, docset in enumerate(found)]
    if not scoring.by_closeness:
        return _first(snapshot, found, keys, skip + request.limit, after)[skip:]
    best = _first(snapshot, found, keys, PROXIMITY_WINDOW, None)
    places = _closer(snapshot, scoring, best)
    if len(best) == PROXIMITY_WINDOW:  # closeness only raises, so the others stay behind
        others = [
            DocSet.of(docset.size, np.setdiff1d(docset.docnums(), [p.docnum for p in best if p.segment == number]))
            for number, docset in enumerate(found)
        ]
        keys = [
            of_segment[np.isin(docset.docnums(), rest.docnums(), assume_unique=True)]
            for of_segment, docset, rest in zip(keys, found, others, strict=True)
        ]
        places += _first(snapshot, others, keys, skip + request.limit, after)
    places = sorted(place for place in places if after is None or place[:2] > after)
    return places[skip : skip + request.limit]


def cursor_of(place: Place, sort: Sort) -> Cursor:
    """The cursor of a hit at this place."""
    if sort is Sort.RELEVANCE:
        return Cursor(-place.key, place.id)
    if place.key == UNDATED:
        return Cursor(None, place.id)
    return Cursor(int(-place.key if sort is Sort.NEWEST else place.key), place.id)


def histogram(
    snapshot: Snapshot, found: Sequence[DocSet], asked: Interval | None, dates: DateFilter | None
) -> Histogram:
    """Counts over time of the found documents, and of all live ones in the same bars."""
    days, counts, undated = tally_days(snapshot.views, found)
    if not len(days):
        return Histogram(asked or Interval.DAY, (), undated)
    archived_days, archived_counts, _ = snapshot.days
    first, last = date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))
    interval = interval_of(first, last, asked)
    spans = bars(interval, first, last, dates)
    of_found = _between(days, counts, spans)
    of_archive = _between(archived_days, archived_counts, spans)
    return Histogram(
        interval,
        tuple(Bar(start, end, *numbers) for (start, end), *numbers in zip(spans, of_found, of_archive, strict=True)),
        undated,
    )


def _after(request: SearchRequest) -> tuple[float, str] | None:
    cursor = request.after
    if cursor is None:
        return None
    if cursor.key is None:
        return UNDATED, cursor.id
    return float(cursor.key if request.sort is Sort.OLDEST else -cursor.key), cursor.id


def _date_keys(view: View, docset: DocSet, sort: Sort) -> Keys:
    instants = view.sidecar.instants
    docnums = docset.docnums()
    # Seconds fit a float64 exactly for 285 million years.
    keys = instants.numbers[docnums].astype(np.float64)
    if sort is Sort.NEWEST:
        keys = -keys
    keys[~instants.present[docnums]] = UNDATED
    return keys


def _first(
    snapshot: Snapshot, found: Sequence[DocSet], keys: Sequence[Keys], count: int, after: tuple[float, str] | None
) -> list[Place]:
    """The first places of all segments together; `keys` for the documents of each set, in their order."""
    places: list[Place] = []
    for number, (view, docset, of_segment) in enumerate(zip(snapshot.views, found, keys, strict=True)):
        docnums = docset.docnums()
        if after is not None:
            behind = of_segment > after[0]
            equal = np.flatnonzero(of_segment == after[0])
            if len(equal):
                behind[equal] = view.sidecar.id_ranks[docnums[equal]] >= _rank_after(view, after[1])
            docnums, of_segment = docnums[behind], of_segment[behind]
        chosen = _smallest(of_segment, view, docnums, count)
        ids = view.sidecar.ids
        places += [
            Place(key, ids[docnum], number, docnum)
            for key, docnum in zip(of_segment[chosen].tolist(), docnums[chosen].tolist(), strict=True)
        ]
    places.sort()
    return places[:count]


def _smallest(keys: Keys, view: View, docnums: Docnums, count: int) -> NDArray[np.intp]:
    """Where the first so many are, by key and then id; in no order."""
    if len(keys) <= count:
        return np.arange(len(keys))
    if count <= 0:
        return np.empty(0, dtype=np.intp)
    border = np.partition(keys, count - 1)[count - 1]
    before = np.flatnonzero(keys < border)
    equal = np.flatnonzero(keys == border)
    room = count - len(before)
    if len(equal) > room:
        ranks = view.sidecar.id_ranks[docnums[equal]]
        equal = equal[np.argpartition(ranks, room - 1)[:room]]
    return np.concatenate((before, equal))


def _rank_after(view: View, id: str) -> int:
    """The number from which on `id_ranks` are those of greater ids."""
    sidecar = view.sidecar
    low, high = 0, view.size
    while low < high:
        middle = (low + high) // 2
        if sidecar.ids[int(sidecar.by_id[middle])] <= id:
            low = middle + 1
        else:
            high = middle
    return int(sidecar.id_ranks[sidecar.by_id[low]]) if low < view.size else int(np.iinfo(np.uint32).max)


def _closer(snapshot: Snapshot, scoring: Scoring, best: Sequence[Place]) -> list[Place]:
    """The places with closeness in their keys."""
    closer: list[Place] = []
    for number, view in enumerate(snapshot.views):
        mine = sorted((place for place in best if place.segment == number), key=lambda place: place.docnum)
        if mine:
            factors = scoring.closeness(view, np.array([place.docnum for place in mine], dtype=np.uint32))
            closer += [
                place._replace(key=place.key * factor) for place, factor in zip(mine, factors.tolist(), strict=True)
            ]
    return closer


def _between(days: NDArray[np.int64], counts: NDArray[np.int64], spans: Sequence[tuple[date, date]]) -> list[int]:
    """How many fall into each span, both its days included."""
    sums = np.concatenate(([0], np.cumsum(counts)))
    starts = np.searchsorted(days, [start.toordinal() for start, _ in spans], side="left")
    ends = np.searchsorted(days, [end.toordinal() for _, end in spans], side="right")
    totals: list[int] = (sums[ends] - sums[starts]).tolist()
    return totals
