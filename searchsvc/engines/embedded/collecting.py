"""Collecting: from the sets of a request its top hits in order, and its histogram."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.engines.embedded.best import smallest
from searchsvc.engines.embedded.evaluating import Run, Sets
from searchsvc.engines.embedded.scoring import Scoring
from searchsvc.engines.embedded.snapshot import UNDATED, Snapshot, View, tally_days
from searchsvc.engines.ranking import PROXIMITY_WEIGHT, PROXIMITY_WINDOW
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


class Row(NamedTuple):
    """Places not yet named: in arrays, in the order of their keys and, of equal ones, their ids."""

    keys: Keys
    segments: NDArray[np.int64]
    docnums: Docnums

    def at(self, chosen: NDArray[np.intp] | slice) -> "Row":
        return Row(self.keys[chosen], self.segments[chosen], self.docnums[chosen])


def top_hits(snapshot: Snapshot, request: SearchRequest, found: Sets, scoring: Scoring | None) -> list[Place]:
    """The places asked for, in order; `scoring` for an order by relevance."""
    after = _after(request)
    skip = 0 if after is not None else request.offset
    count = skip + request.limit
    if scoring is None:
        keys = [view.date_keys(request.sort)[docnums] for view, docnums in zip(snapshot.views, found, strict=True)]
        return _named(snapshot, _first(snapshot, found, keys, count, after).at(slice(skip, None)))
    keys = [scoring.keys(number, docnums) for number, docnums in enumerate(found)]
    if not scoring.by_closeness:
        return _named(snapshot, _first(snapshot, found, keys, count, after).at(slice(skip, None)))
    best = _first(snapshot, found, keys, PROXIMITY_WINDOW, None)
    closer = _closer(snapshot, scoring, best, count if after is None else PROXIMITY_WINDOW)
    if after is not None or count > PROXIMITY_WINDOW:
        # Closeness only raises, so the others stay behind.
        others = [
            np.flatnonzero(~np.isin(docnums, best.docnums[best.segments == number]))
            for number, docnums in enumerate(found)
        ]
        found = tuple(docnums[of] for docnums, of in zip(found, others, strict=True))
        keys = [of_segment[of] for of_segment, of in zip(keys, others, strict=True)]
        closer = _ordered(snapshot, [_behind(snapshot, closer, after), _first(snapshot, found, keys, count, after)])
    return _named(snapshot, closer.at(slice(skip, count)))


def best_hits(snapshot: Snapshot, request: SearchRequest, runs: Sequence[Run], scoring: Scoring) -> list[Place]:
    """`top_hits` of a query that is one whole run of postings in each segment, asked by number of page."""
    count = request.offset + request.limit
    rows = [_row(number, *scoring.best_of(runs, number, count)) for number in range(len(snapshot.views))]
    return _named(snapshot, _ordered(snapshot, rows).at(slice(request.offset, count)))


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


def _first(snapshot: Snapshot, found: Sets, keys: Sequence[Keys], count: int, after: tuple[float, str] | None) -> Row:
    """The first places of all segments together; `keys` for the documents of each set, in their order."""
    rows = []
    for number, (view, docnums, of_segment) in enumerate(zip(snapshot.views, found, keys, strict=True)):
        if after is not None:
            behind = np.flatnonzero(_is_behind(view, of_segment, docnums, after))
            docnums, of_segment = docnums[behind], of_segment[behind]
        chosen = smallest(of_segment, docnums, view.columns.id_ranks, count)
        rows.append(_row(number, of_segment[chosen], docnums[chosen]))
    return _ordered(snapshot, rows).at(slice(0, count))


def _row(number: int, keys: Keys, docnums: Docnums) -> Row:
    return Row(keys, np.full(len(keys), number), docnums)


def _ordered(snapshot: Snapshot, rows: Sequence[Row]) -> Row:
    """The places of several rows in order; equal keys of different segments by their ids."""
    if not rows:
        return Row(np.empty(0), np.empty(0, np.int64), np.empty(0, np.uint32))
    row = rows[0] if len(rows) == 1 else Row(*map(np.concatenate, zip(*rows, strict=True)))
    if len(snapshot.views) == 1:
        return row.at(np.lexsort((snapshot.views[0].columns.id_ranks[row.docnums], row.keys)))
    ranks = np.empty(len(row.keys), dtype=np.uint32)
    for number, view in enumerate(snapshot.views):
        mine = row.segments == number
        ranks[mine] = view.columns.id_ranks[row.docnums[mine]]
    return row.at(_by_id(snapshot, row, np.lexsort((ranks, row.keys))))


def _by_id(snapshot: Snapshot, row: Row, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The order with equal keys by id, where they are of different segments, whose ranks say nothing."""
    keys = row.keys[order]
    borders = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    if len(borders) + 1 == len(keys):
        return order
    ordered: list[int] = []
    for group in np.split(order, borders):
        if len(group) > 1 and len(set(row.segments[group].tolist())) > 1:
            group = np.array(sorted(group.tolist(), key=lambda at: _id(snapshot, row, at)), dtype=np.intp)
        ordered += group.tolist()
    return np.array(ordered, dtype=np.intp)


def _id(snapshot: Snapshot, row: Row, at: int) -> str:
    return snapshot.views[int(row.segments[at])].columns.ids[int(row.docnums[at])]


def _named(snapshot: Snapshot, row: Row) -> list[Place]:
    ids = [view.columns.ids for view in snapshot.views]
    return [
        Place(key, ids[number][docnum], number, docnum)
        for key, number, docnum in zip(row.keys.tolist(), row.segments.tolist(), row.docnums.tolist(), strict=True)
    ]


def _behind(snapshot: Snapshot, row: Row, after: tuple[float, str] | None) -> Row:
    """The places behind a cursor's."""
    if after is None:
        return row
    behind = np.zeros(len(row.keys), dtype=np.bool_)
    for number, view in enumerate(snapshot.views):
        mine = row.segments == number
        behind[mine] = _is_behind(view, row.keys[mine], row.docnums[mine], after)
    return row.at(np.flatnonzero(behind))


def _is_behind(view: View, keys: Keys, docnums: Docnums, after: tuple[float, str]) -> Mask:
    behind: Mask = keys > after[0]
    equal = np.flatnonzero(keys == after[0])
    if len(equal):
        behind[equal] = view.columns.id_ranks[docnums[equal]] >= _rank_after(view, after[1])
    return behind


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


def _closer(snapshot: Snapshot, scoring: Scoring, best: Row, count: int) -> Row:
    """The places with closeness in their keys: of the `best` all that may be among the first `count` then."""
    keys = best.keys.copy()
    together = scoring.have_all(best.segments, best.docnums)
    waiting = np.flatnonzero(together)
    step = max(2 * count, FEWEST)
    for start in range(0, len(waiting), step):
        chunk = waiting[start : start + step]
        if len(keys) > count and keys[chunk[0]] * MOST_CLOSENESS > np.partition(keys, count - 1)[count - 1]:
            break
        for number, view in enumerate(snapshot.views):
            mine = chunk[best.segments[chunk] == number]
            if len(mine):
                mine = mine[np.argsort(best.docnums[mine])]
                keys[mine] *= scoring.closeness(view, best.docnums[mine])
    return _ordered(snapshot, [best._replace(keys=keys)])


# No factor of closeness is greater.
MOST_CLOSENESS = 1 + PROXIMITY_WEIGHT

# So many are looked at together at least.
FEWEST = 20


def _between(days: NDArray[np.int64], counts: NDArray[np.int64], spans: Sequence[tuple[date, date]]) -> list[int]:
    """How many fall into each span, both its days included."""
    sums = np.concatenate(([0], np.cumsum(counts)))
    starts = np.searchsorted(days, [start.toordinal() for start, _ in spans], side="left")
    ends = np.searchsorted(days, [end.toordinal() for _, end in spans], side="right")
    totals: list[int] = (sums[ends] - sums[starts]).tolist()
    return totals
