"""Collecting: from the sets of a request its top hits in order, and its histogram."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.embedded.best import smallest
from searchsvc.engines.embedded.evaluating import Run, Sets
from searchsvc.engines.embedded.scoring import Scoring
from searchsvc.engines.embedded.snapshot import UNDATED, Snapshot, View, tally_days
from searchsvc.engines.ranking import PROXIMITY_WINDOW
from searchsvc.engines.timeline import bars, interval_of
from searchsvc.model.request import Cursor, DateFilter, Interval, SearchRequest, Sort
from searchsvc.model.result import Bar, Histogram

Keys = NDArray[np.float64]


class Place(NamedTuple):
    """A hit in the order: places ascend. `key` is what it is ordered by, the smaller the earlier, UNDATED last."""

    key: float
    id: str
    segment: int
    docnum: int


def top_hits(snapshot: Snapshot, request: SearchRequest, found: Sets, scoring: Scoring | None) -> list[Place]:
    """The places asked for, in order; `scoring` for an order by relevance."""
    after = _after(request)
    skip = 0 if after is not None else request.offset
    count = skip + request.limit
    if scoring is None:
        keys = [view.date_keys(request.sort)[docnums] for view, docnums in zip(snapshot.views, found, strict=True)]
        return _first(snapshot, found, keys, count, after)[skip:]
    keys = [scoring.keys(number, docnums) for number, docnums in enumerate(found)]
    if scoring.most_closeness == 1:
        return _first(snapshot, found, keys, count, after)[skip:]
    best = _first(snapshot, found, keys, PROXIMITY_WINDOW, None)
    places = _closer(snapshot, scoring, best, count if after is None else len(best))
    if len(best) == PROXIMITY_WINDOW and (after is not None or count > PROXIMITY_WINDOW):
        # Closeness only raises, so the others stay behind.
        keys = [
            _without(docnums, of, best, number) for number, (docnums, of) in enumerate(zip(found, keys, strict=True))
        ]
        places += _first(snapshot, found, keys, count, after)
        places = [place for place in places if place.key != TAKEN]
    places = sorted(place for place in places if after is None or place[:2] > after)
    return places[skip:count]


def best_hits(snapshot: Snapshot, request: SearchRequest, runs: Sequence[Run], scoring: Scoring) -> list[Place]:
    """`top_hits` of a query that is one whole run of postings in each segment, asked by number of page."""
    count = request.offset + request.limit
    places = []
    for number in range(len(snapshot.views)):
        keys, docnums = scoring.best_of(runs, number, count)
        places += _places(snapshot, number, keys, docnums)
    return sorted(places)[request.offset : count]


def cursor_of(place: Place, sort: Sort) -> Cursor:
    """The cursor of a hit at this place."""
    if sort is Sort.RELEVANCE:
        return Cursor(-place.key, place.id)
    if place.key == UNDATED:
        return Cursor(None, place.id)
    return Cursor(int(-place.key if sort is Sort.NEWEST else place.key), place.id)


def histogram(snapshot: Snapshot, found: Sets, asked: Interval | None, dates: DateFilter | None) -> Histogram:
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


# The key of documents that have a place already.
TAKEN = float("inf")


def _first(
    snapshot: Snapshot, found: Sets, keys: Sequence[Keys], count: int, after: tuple[float, str] | None
) -> list[Place]:
    """The first places of all segments together; `keys` for the documents of each set, in their order."""
    places: list[Place] = []
    for number, (view, docnums, of_segment) in enumerate(zip(snapshot.views, found, keys, strict=True)):
        if after is not None:
            behind = of_segment > after[0]
            equal = np.flatnonzero(of_segment == after[0])
            if len(equal):
                behind[equal] = view.columns.id_ranks[docnums[equal]] >= _rank_after(view, after[1])
            docnums, of_segment = docnums[behind], of_segment[behind]
        chosen = smallest(of_segment, docnums, view.columns.id_ranks, count)
        places += _places(snapshot, number, of_segment[chosen], docnums[chosen])
    places.sort()
    return places[:count]


def _places(snapshot: Snapshot, number: int, keys: Keys, docnums: Docnums) -> list[Place]:
    ids = snapshot.views[number].columns.ids
    return [
        Place(key, ids[docnum], number, docnum) for key, docnum in zip(keys.tolist(), docnums.tolist(), strict=True)
    ]


def _rank_after(view: View, id: str) -> int:
    """The number from which on `id_ranks` are those of greater ids."""
    columns = view.columns
    low, high = 0, view.size
    while low < high:
        middle = (low + high) // 2
        if columns.ids[int(columns.by_id[middle])] <= id:
            low = middle + 1
        else:
            high = middle
    return int(columns.id_ranks[columns.by_id[low]]) if low < view.size else int(np.iinfo(np.uint32).max)


def _closer(snapshot: Snapshot, scoring: Scoring, best: Sequence[Place], count: int) -> list[Place]:
    """The places with closeness in their keys: of the ascending `best` all that may be among the first `count` then."""
    closer: list[Place] = []
    step = max(2 * count, FEWEST)
    for start in range(0, len(best), step):
        if len(closer) >= count:
            last = sorted(closer)[count - 1].key
            if best[start].key * scoring.most_closeness > last:
                break
        chunk = best[start : start + step]
        for number, view in enumerate(snapshot.views):
            mine = sorted((place for place in chunk if place.segment == number), key=lambda place: place.docnum)
            if mine:
                factors = scoring.closeness(view, np.array([place.docnum for place in mine], dtype=np.uint32))
                closer += [
                    place._replace(key=place.key * factor) for place, factor in zip(mine, factors.tolist(), strict=True)
                ]
    return closer


# So many are looked at together at least.
FEWEST = 20


def _without(docnums: Docnums, keys: Keys, best: Sequence[Place], number: int) -> Keys:
    """The keys, TAKEN for the documents that have a place already."""
    keys = keys.copy()
    keys[np.isin(docnums, [place.docnum for place in best if place.segment == number])] = TAKEN
    return keys


def _between(days: NDArray[np.int64], counts: NDArray[np.int64], spans: Sequence[tuple[date, date]]) -> list[int]:
    """How many fall into each span, both its days included."""
    sums = np.concatenate(([0], np.cumsum(counts)))
    starts = np.searchsorted(days, [start.toordinal() for start, _ in spans], side="left")
    ends = np.searchsorted(days, [end.toordinal() for _, end in spans], side="right")
    totals: list[int] = (sums[ends] - sums[starts]).tolist()
    return totals
