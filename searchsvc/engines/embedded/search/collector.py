"""Collecting: from the sets of a request its top hits in order, and its histogram."""

import threading
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import MAX_PROXIMITY, PROXIMITY_WINDOW
from searchsvc.engines.date_histogram import bars, interval_of
from searchsvc.engines.embedded.index.snapshot import UNDATED, Snapshot, View, tally_days
from searchsvc.engines.embedded.kernels.docid_sets import NONE
from searchsvc.engines.embedded.kernels.top_k import top_k
from searchsvc.engines.embedded.search.block_max import top_of_list
from searchsvc.engines.embedded.search.conjunction import best_of_all
from searchsvc.engines.embedded.search.evaluator import Evaluation, Sets
from searchsvc.engines.embedded.search.maxscore import SegmentTopDocs, Window, best_of_any
from searchsvc.engines.embedded.search.planner import Plan
from searchsvc.engines.embedded.search.proximity import closeness_in
from searchsvc.engines.embedded.search.scorer import Scorer
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Cursor, DateFilter, Interval, SearchRequest, Sort
from searchsvc.model.result import Bar, Histogram

Keys = NDArray[np.float64]


class TopDocs(NamedTuple):
    """Places of hits, in the order of their keys and, of equal ones, their ids.

    A hit is ordered by its key, the smaller the earlier, UNDATED last.
    """

    keys: Keys
    segments: NDArray[np.int64]
    docids: Docids

    def at(self, chosen: NDArray[np.intp] | slice) -> "TopDocs":
        return TopDocs(self.keys[chosen], self.segments[chosen], self.docids[chosen])


NO_TOP_DOCS = TopDocs(np.empty(0), np.empty(0, np.int64), NONE)


def top_hits(snapshot: Snapshot, request: SearchRequest, found: Sets, scoring: Scorer | None) -> TopDocs:
    """The places asked for, in order; `scoring` for an order by relevance."""
    after = _after(request)
    skip = 0 if after is not None else request.offset
    count = skip + request.limit
    if scoring is None:
        keys = [view.date_keys(request.sort)[docids] for view, docids in zip(snapshot.views, found, strict=True)]
        return _first(snapshot, found, keys, count, after).at(slice(skip, None))
    keys = [scoring.keys(number, docids) for number, docids in enumerate(found)]
    if not scoring.by_closeness:
        return _first(snapshot, found, keys, count, after).at(slice(skip, None))
    best = _first(snapshot, found, keys, PROXIMITY_WINDOW, None)
    waiting = np.flatnonzero(scoring.have_all(best.segments, best.docids))
    closer = _closer(snapshot, scoring.closeness, best, waiting, count if after is None else PROXIMITY_WINDOW)
    if after is not None or count > PROXIMITY_WINDOW:
        # Closeness only raises, so the others stay behind.
        others = [
            np.flatnonzero(~np.isin(docids, best.docids[best.segments == number]))
            for number, docids in enumerate(found)
        ]
        found = tuple(docids[of] for docids, of in zip(found, others, strict=True))
        keys = [of_segment[of] for of_segment, of in zip(keys, others, strict=True)]
        closer = _ordered(snapshot, [_behind(snapshot, closer, after), _first(snapshot, found, keys, count, after)])
    return closer.at(slice(skip, count))


class Collected(NamedTuple):
    """What a plan finds: the total, the places asked for in order, and (where asked for) the documents."""

    total: int
    places: TopDocs
    sets: Sets | None


def planned_hits(evaluation: Evaluation, plan: Plan, *, listing: bool) -> Collected:
    """`top_hits` of a query that is whole runs of postings, asked by number of page; `listing` gives all documents."""
    snapshot, request = evaluation.snapshot, evaluation.request
    count = request.offset + request.limit if request.limit > 0 else 0
    if len(plan.words) == 1:
        rows = [_row(number, *_best_of_word(snapshot, plan, number, count)) for number in range(len(snapshot.views))]
        sets = evaluation.docids(plan.words[0]) if listing else None
        best = _ordered(snapshot, rows)
        if request.offset or len(rows) > 1:
            best = best.at(slice(request.offset, count))
        return Collected(plan.documents[0], best, sets)
    found = _best_of_words(evaluation, plan, count if plan.is_any else PROXIMITY_WINDOW, listing)
    if plan.is_any and count and _may_be_raised(found, count):
        found = _best_of_words(evaluation, plan, PROXIMITY_WINDOW, listing)
    best = _joined([_row(number, each.keys, each.docids) for number, each in enumerate(found)])
    have_all = found[0].have_all if len(found) == 1 else np.concatenate([each.have_all for each in found])
    if len(found) > 1:
        order = _order(snapshot, best)[:PROXIMITY_WINDOW]
        best, have_all = best.at(order), have_all[order]
    closer = _closer(snapshot, partial(_closeness_in, snapshot, plan), best, have_all.nonzero()[0], count)
    sets = tuple(each.found for each in found) if listing else None
    return Collected(sum(each.total for each in found), closer.at(slice(request.offset, count)), sets)


def _best_of_word(snapshot: Snapshot, plan: Plan, number: int, count: int) -> tuple[Keys, Docids]:
    view, leaves = snapshot.views[number], plan.leaves[number]
    if not count or not plan.complete[number]:
        return np.empty(0), NONE
    stem_class = int(leaves.stem_classes[0])
    view.segment.postings.check(stem_class)
    ranking = snapshot.ranking(number)
    keys, docids, _ = top_of_list(
        view.segment.postings.arrays, stem_class, leaves.forms, leaves.weights[0], ranking, count
    )  # fmt: skip
    return keys, docids


def _best_of_words(evaluation: Evaluation, plan: Plan, count: int, listing: bool) -> list[SegmentTopDocs]:
    """Of each segment."""
    snapshot = evaluation.snapshot
    found = []
    for number, (view, leaves, complete) in enumerate(zip(snapshot.views, plan.leaves, plan.complete, strict=True)):
        evaluation.deadline.check()
        if not len(leaves.stem_classes) or not (complete or plan.is_any):
            found.append(_NO_BEST)
            continue
        for stem_class in leaves.stem_classes.tolist():
            view.segment.postings.check(stem_class)
        if plan.is_any:
            best = best_of_any(
                view.segment.postings.arrays, leaves, snapshot.ranking(number), count, listing, _window()
            )
        else:
            best = best_of_all(view.segment.postings.arrays, leaves, snapshot.ranking(number), count, listing)
        if not complete:
            best = best._replace(have_all=np.zeros(len(best.keys), np.uint8), left_keys=np.empty(0), left=NONE)
        found.append(best)
    return found


def _window() -> Window:
    """That of this thread: to ask the system for so much memory at each query would cost more than the query."""
    window = getattr(_LOCAL, "window", None)
    if window is None:
        window = _LOCAL.window = Window.of()
    return window


_LOCAL = threading.local()
_NO_BEST = SegmentTopDocs(np.empty(0), NONE, np.empty(0, np.uint8), 0, NONE, np.empty(0), NONE)


def _may_be_raised(found: Sequence[SegmentTopDocs], count: int) -> bool:
    """Whether closeness may raise one that was not kept to the first `count`."""
    left = np.concatenate([each.left_keys for each in found])
    if not len(left):
        return False
    keys = np.partition(np.concatenate([each.keys for each in found]), count - 1)
    return bool(left.min() * MAX_PROXIMITY <= keys[count - 1])


def _closeness_in(snapshot: Snapshot, plan: Plan, number: int, docids: Docids) -> Keys:
    leaves, postings = plan.leaves[number], snapshot.views[number].segment.postings
    for stem_class in leaves.stem_classes.tolist():
        postings.check(stem_class, positions=True)
    return closeness_in(postings.arrays, leaves, _EVERY_FIELD, docids)


_EVERY_FIELD: Mask = np.ones(len(SEARCHED_FIELDS), dtype=np.bool_)


def cursor_of(key: float, id: str, sort: Sort) -> Cursor:
    """The cursor of a hit that is ordered by this key."""
    if sort is Sort.RELEVANCE:
        return Cursor(-key, id)
    if key == UNDATED:
        return Cursor(None, id)
    return Cursor(int(-key if sort is Sort.NEWEST else key), id)


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


def _first(
    snapshot: Snapshot, found: Sets, keys: Sequence[Keys], count: int, after: tuple[float, str] | None
) -> TopDocs:
    """The first places of all segments together; `keys` for the documents of each set, in their order."""
    rows = []
    for number, (view, docids, of_segment) in enumerate(zip(snapshot.views, found, keys, strict=True)):
        if after is not None:
            behind = np.flatnonzero(_is_behind(view, of_segment, docids, after))
            docids, of_segment = docids[behind], of_segment[behind]
        chosen = top_k(of_segment, docids, view.columns.id_ranks, count)
        rows.append(_row(number, of_segment[chosen], docids[chosen]))
    return _ordered(snapshot, rows).at(slice(0, count))


def _row(number: int, keys: Keys, docids: Docids) -> TopDocs:
    segments = np.zeros(len(keys), dtype=np.int64)
    if number:
        segments.fill(number)
    return TopDocs(keys, segments, docids)


def _joined(rows: Sequence[TopDocs]) -> TopDocs:
    if not rows:
        return NO_TOP_DOCS
    return rows[0] if len(rows) == 1 else TopDocs(*map(np.concatenate, zip(*rows, strict=True)))


def _ordered(snapshot: Snapshot, rows: Sequence[TopDocs]) -> TopDocs:
    """The places of several rows, each in order, in one order; equal keys of different segments by their ids."""
    row = _joined(rows)
    return row if len(rows) <= 1 else row.at(_order(snapshot, row))


def _order(snapshot: Snapshot, row: TopDocs) -> NDArray[np.intp]:
    """Where the places of a row are in their order."""
    if len(snapshot.views) == 1:
        return np.lexsort((snapshot.views[0].columns.id_ranks[row.docids], row.keys))
    ranks = np.empty(len(row.keys), dtype=np.uint32)
    for number, view in enumerate(snapshot.views):
        mine = row.segments == number
        ranks[mine] = view.columns.id_ranks[row.docids[mine]]
    return _by_id(snapshot, row, np.lexsort((ranks, row.keys)))


def _by_id(snapshot: Snapshot, row: TopDocs, order: NDArray[np.intp]) -> NDArray[np.intp]:
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


def _id(snapshot: Snapshot, row: TopDocs, at: int) -> str:
    return snapshot.views[int(row.segments[at])].columns.ids[int(row.docids[at])]


def ids_of(snapshot: Snapshot, row: TopDocs) -> list[str]:
    """The ids of places."""
    if len(snapshot.views) == 1:
        return snapshot.views[0].columns.ids_at(row.docids)
    columns = [view.columns.ids for view in snapshot.views]
    return [columns[number][docid] for number, docid in zip(row.segments.tolist(), row.docids.tolist(), strict=True)]


def _behind(snapshot: Snapshot, row: TopDocs, after: tuple[float, str] | None) -> TopDocs:
    """The places behind a cursor's."""
    if after is None:
        return row
    behind = np.zeros(len(row.keys), dtype=np.bool_)
    for number, view in enumerate(snapshot.views):
        mine = row.segments == number
        behind[mine] = _is_behind(view, row.keys[mine], row.docids[mine], after)
    return row.at(np.flatnonzero(behind))


def _is_behind(view: View, keys: Keys, docids: Docids, after: tuple[float, str]) -> Mask:
    behind: Mask = keys > after[0]
    equal = np.flatnonzero(keys == after[0])
    if len(equal):
        behind[equal] = view.columns.id_ranks[docids[equal]] >= _rank_after(view, after[1])
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


def _closer(
    snapshot: Snapshot, closeness: Callable[[int, Docids], Keys], best: TopDocs, waiting: NDArray[np.intp], count: int
) -> TopDocs:
    """The places with closeness in their keys: of those `waiting` all that may be among the first `count` then.

    `closeness` gives the factors of (ascending) documents of the segment of a number.
    """
    if not len(waiting) or not count:
        return best
    keys = best.keys.copy()
    start, end = 0, max(2 * count, FEWEST)
    while start < len(waiting):
        chunk = waiting[start:end]
        start, end = end, 4 * end
        if len(keys) > count and keys[chunk[0]] * MAX_PROXIMITY > np.partition(keys, count - 1)[count - 1]:
            break
        for number in range(len(snapshot.views)):
            mine = chunk if len(snapshot.views) == 1 else chunk[best.segments[chunk] == number]
            if len(mine):
                mine = mine[best.docids[mine].argsort()]
                keys[mine] *= closeness(number, best.docids[mine])
    row = best._replace(keys=keys)
    return row.at(_order(snapshot, row))


# So many are looked at together at least.
FEWEST = 20


def _between(days: NDArray[np.int64], counts: NDArray[np.int64], spans: Sequence[tuple[date, date]]) -> list[int]:
    """How many fall into each span, both its days included."""
    sums = np.concatenate(([0], np.cumsum(counts)))
    starts = np.searchsorted(days, [start.toordinal() for start, _ in spans], side="left")
    ends = np.searchsorted(days, [end.toordinal() for _, end in spans], side="right")
    totals: list[int] = (sums[ends] - sums[starts]).tolist()
    return totals
