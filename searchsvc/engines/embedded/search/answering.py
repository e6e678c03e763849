"""Answering: the first places of plain words in an index of one segment, by one call of one loop.

Such a search takes some microseconds: less than to hand a loop its arrays one by one, or to make objects on the way.
What it needs is laid ready in the snapshot when the words are asked for the first time, and the loop writes down scores
and ids. For all else there is the long way (`collecting`), which finds the same.
"""

import threading
from collections.abc import Callable
from struct import Struct
from typing import cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.bm25f import PROXIMITY_WINDOW
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.jit import Addresses, array_at, compiled, inlined, part, whole
from searchsvc.engines.embedded.kernels.top_k import in_order, keep
from searchsvc.engines.embedded.postings.blocks import BLOCK, Frequencies, Norms, Runs, best_of_run, read_docnums
from searchsvc.engines.embedded.postings.reader import CheckedRuns
from searchsvc.engines.embedded.search.conjunction import best_of_all
from searchsvc.engines.embedded.search.maxscore import MOST_LEAVES, Leaves, Ranking, Window, best_of_any
from searchsvc.engines.embedded.search.planner import Plan, plan_of_words, remember
from searchsvc.engines.embedded.search.proximity import is_more, raised
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, Or, Term
from searchsvc.model.request import SearchRequest, Sort

Places = tuple[int, tuple[tuple[str, float], ...]]  # the total; of each place the id, and the score or date key

Table = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Loop = Callable[[Table, Numbers, Table, int, int], int]

# Beyond so many places there is the long way.
MOST_PLACES = 200

# Bytes for all that a loop writes down; what does not fit goes the long way.
ROOM = 1 << 16

_RELEVANCE = Sort.RELEVANCE
_UNKNOWN = object()
_END = 10  # after each id: a line feed, which hardly any has
_HEAD = Struct("<qq")  # the total, and how many places there are
_SCORES = [Struct(f"<{count}d") for count in range(MOST_PLACES + 1)]

NO_POSITIONS = -1  # they are needed, and have yet to be checked
NO_ROOM = -2


def first_places(snapshot: Snapshot, request: SearchRequest) -> Places | None:
    """What `EmbeddedEngine.places` gives; None for what goes the long way. Raises ColumnsDamaged."""
    if request.filters or request.dates is not None or request.after is not None:
        return None
    sort = request.sort
    key = (request.query, request.languages, request.exact, sort is _RELEVANCE or sort.value)
    asking = snapshot.plans.get(key, _UNKNOWN)
    if asking is _UNKNOWN:
        asking = asking_of(snapshot, request)
        remember(snapshot, key, asking)
    end = request.offset + request.limit
    if asking is None or end > MOST_PLACES or request.query_fields != SEARCHED_FIELDS:
        return None
    return cast(Asking, asking).places(request.offset, end)


class Asking:
    """Some words laid ready: the loop that finds them, and what it is called with.

    `numbers` are: how many leaves there are; the total, where it is known; whether their positions may be read; then
    the `Leaves`, floats as their bits.
    """

    __slots__ = ("_addresses", "_loop", "_most", "_numbers", "_postings", "_table")

    def __init__(self, loop: Loop, plan: Plan, addresses: Addresses, postings: CheckedRuns) -> None:
        leaves = plan.leaves[0]
        for family in leaves.families.tolist():
            postings.check(family)
        self._loop = loop
        self._most = MOST_PLACES if len(plan.words) == 1 else PROXIMITY_WINDOW
        self._addresses = addresses
        self._table = addresses.table
        self._postings = postings
        self._numbers = np.concatenate(
            [
                np.array([len(leaves.families), plan.documents[0], 0], np.int64), leaves.families, leaves.first,
                leaves.weights.view(np.int64), leaves.lexemes.view(np.int64),
            ]
        )  # fmt: skip

    def places(self, start: int, end: int) -> Places | None:
        """The total, and the places from `start` to before `end`; None where they must be found the long way."""
        if end > self._most:
            return None
        try:
            desk: Desk = _LOCAL.desk
        except AttributeError:
            desk = _LOCAL.desk = Desk()
        stop = self._loop(self._table, self._numbers, desk.table, start, end)
        if stop < 0:
            return self._in_vain(stop, start, end)
        written = desk.written
        total, count = _HEAD.unpack_from(written)
        if not count:
            return total, ()
        first = 16 + 8 * count
        try:
            ids = written[first : stop - 1].decode().split("\n")
        except UnicodeDecodeError:  # half of a surrogate pair
            return None
        if len(ids) != count:
            return None
        return total, tuple(zip(ids, _SCORES[count].unpack_from(written, 16), strict=True))

    def _in_vain(self, stop: int, start: int, end: int) -> Places | None:
        if stop != NO_POSITIONS:
            return None
        for family in self._numbers[3 : 3 + self._numbers[0]].tolist():
            self._postings.check(family, positions=True)
        self._numbers[2] = 1
        return self.places(start, end)


class Desk:
    """What the searches of a thread write on, one after the other."""

    __slots__ = ("_addresses", "table", "written")

    def __init__(self) -> None:
        self.written = bytearray(ROOM)
        self._addresses = Addresses(np.frombuffer(self.written, np.uint8), *Window.of())
        self.table = self._addresses.table


_LOCAL = threading.local()


def asking_of(snapshot: Snapshot, request: SearchRequest) -> Asking | None:
    """The words of a request laid ready; None where they are not whole runs of postings in one segment."""
    query = request.query
    if len(snapshot.views) != 1 or not isinstance(query, Term | And | Or):
        return None
    plan = plan_of_words(snapshot, query, request.languages, request.exact)
    if plan is None or not plan.complete[0] or (request.sort is not Sort.RELEVANCE and len(plan.words) > 1):
        return None
    loop: Loop = places_of_any if plan.is_any else places_of_all
    if len(plan.words) == 1:
        loop = places_of_word if request.sort is Sort.RELEVANCE else places_by_date
    addresses = snapshot.addresses.get(request.sort)
    if addresses is None:
        addresses = snapshot.addresses[request.sort] = _addresses_of(snapshot, request.sort)
    return Asking(loop, plan, addresses, snapshot.views[0].segment.postings)


def _addresses_of(snapshot: Snapshot, sort: Sort) -> Addresses:
    """What `runs_at`, `ranking_at` and `written` read of the one segment, and the keys of its dates."""
    view, ranking = snapshot.views[0], snapshot.ranking(0)
    keys = np.empty(0) if sort is Sort.RELEVANCE else view.date_keys(sort)
    ids = view.columns.ids
    return Addresses(*view.segment.postings.runs, *ranking.norms, *ranking[1:], ids.letters, ids.offsets, keys)


# --- loops: from the place `start` to before `end`; how much is written down, or NO_POSITIONS or NO_ROOM --------------


@compiled
def places_of_word(table: Table, numbers: Numbers, desk: Table, start: int, end: int) -> int:
    """Of a word, the best first."""
    leaves, ranking = leaves_at(numbers), ranking_at(table)
    keys, docnums, _ = best_of_run(
        runs_at(table), leaves.families[0], leaves.lexemes, ranking.norms, ranking.live, end, leaves.weights[0],
        ranking.recency, ranking.most[0], ranking.most[1], ranking.ranks,
    )  # fmt: skip
    return written(table, desk, numbers[1], keys, docnums, start)


@compiled
def places_of_all(table: Table, numbers: Numbers, desk: Table, start: int, end: int) -> int:
    """Of documents with all words, the best first."""
    runs, leaves, ranking = runs_at(table), leaves_at(numbers), ranking_at(table)
    best = best_of_all(runs, leaves, ranking, PROXIMITY_WINDOW if end else 0, False)
    if best.keys.size and not numbers[2]:
        return NO_POSITIONS
    keys, docnums = raised(runs, leaves, np.ones(FIELDS, np.bool_), ranking.ranks, best, end)
    return written(table, desk, best.total, keys, docnums, start)


@compiled
def places_of_any(table: Table, numbers: Numbers, desk: Table, start: int, end: int) -> int:
    """Of documents with any of the words, the best first."""
    runs, leaves, ranking = runs_at(table), leaves_at(numbers), ranking_at(table)
    window, fields = window_at(desk), np.ones(FIELDS, np.bool_)
    best = best_of_any(runs, leaves, ranking, end, False, window)
    if (best.have_all.any() or best.left.size) and not numbers[2]:
        return NO_POSITIONS
    keys, docnums = raised(runs, leaves, fields, ranking.ranks, best, end)
    if end < PROXIMITY_WINDOW and best.left.size and is_more(runs, leaves, fields, best, keys[-1]):
        # It is raised only if it is among so many of the best.
        best = best_of_any(runs, leaves, ranking, PROXIMITY_WINDOW, False, window)
        keys, docnums = raised(runs, leaves, fields, ranking.ranks, best, end)
    return written(table, desk, best.total, keys, docnums, start)


@compiled
def places_by_date(table: Table, numbers: Numbers, desk: Table, start: int, end: int) -> int:
    """Of a word, in an order by date."""
    runs, leaves, ranking = runs_at(table), leaves_at(numbers), ranking_at(table)
    dates = array_at(table, 22, np.float64)
    family, live = leaves.families[0], ranking.live
    size = min(end, whole(runs.counts[family]))
    keys, ranks, places = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    docnums = np.empty(BLOCK, np.uint32)
    first, last = whole(runs.first[family]), whole(runs.first[family + 1]) - 1
    # Archives mostly grow by date: begun at the right end, few are kept and dropped again.
    is_backward = last >= first and dates[runs.last[last]] < dates[runs.last[first]]
    held = 0
    for number in range(last - first + 1 if size else 0):
        in_block = read_docnums(runs, family, last - number if is_backward else first + number, docnums)
        for i in range(in_block):
            docnum = docnums[in_block - 1 - i if is_backward else i]
            key = dates[docnum]
            if (held < size or key <= keys[0]) and (not live.size or live[docnum]):
                held = keep(keys, ranks, places, held, key, ranking.ranks[docnum], docnum)
    in_order(keys, ranks, places, held)
    return written(table, desk, numbers[1], keys[:held], places[:held].astype(np.uint32), start)


FIELDS = len(SEARCHED_FIELDS)


@part
def written(table: Table, desk: Table, total: int, keys: Frequencies, docnums: Docnums, start: int) -> int:
    """Write down the total, how many places there are from `start` on, their scores, their ids; where that ends."""
    letters, offsets, out = array_at(table, 20, np.uint8), array_at(table, 21, np.uint64), array_at(desk, 0, np.uint8)
    count = max(0, keys.size - start)
    heads, scores = array_at(desk, 0, np.int64), array_at(desk, 0, np.float64)
    heads[0], heads[1] = total, count
    end = 16 + 8 * count
    for i in range(count):
        scores[2 + i] = -keys[start + i]
        first, size = whole(offsets[docnums[start + i]]), whole(offsets[docnums[start + i] + 1])
        size -= first
        if end + size >= out.size:
            return NO_ROOM
        for at in range(size):
            out[end + at] = letters[first + at]
        end += size
        out[end] = _END
        end += 1
    return end


@inlined
def runs_at(table: Table) -> Runs:
    return Runs(
        array_at(table, 0, np.uint8), array_at(table, 1, np.uint8), array_at(table, 2, np.uint32),
        array_at(table, 3, np.uint32), array_at(table, 4, np.uint32), array_at(table, 5, np.uint64),
        array_at(table, 6, np.uint64), array_at(table, 7, np.uint8), array_at(table, 8, np.uint32),
        array_at(table, 9, np.uint32), array_at(table, 10, np.uint32), array_at(table, 11, np.uint32),
    )  # fmt: skip


@inlined
def ranking_at(table: Table) -> Ranking:
    boosts, recency = array_at(table, 12, np.float64), array_at(table, 17, np.float64)
    lengths = array_at(table, 15, np.uint32).reshape((boosts.size, recency.size))
    norms = Norms(boosts, array_at(table, 13, np.float64), array_at(table, 14, np.float64), lengths)
    live, ranks = array_at(table, 16, np.bool_), array_at(table, 18, np.uint32)
    return Ranking(norms, live, recency, ranks, array_at(table, 19, np.float64))


@inlined
def window_at(desk: Table) -> Window:
    docnums = array_at(desk, 4, np.uint32)
    return Window(
        array_at(desk, 1, np.uint64), array_at(desk, 2, np.uint64), array_at(desk, 3, np.int64),
        docnums.reshape((MOST_LEAVES, docnums.size // MOST_LEAVES)),
    )  # fmt: skip


@inlined
def leaves_at(numbers: Numbers) -> Leaves:
    number, floats = numbers[0], numbers.view(np.float64)
    first = 3 + number
    weights = first + number + 1
    return Leaves(
        numbers[3:first], numbers[first:weights], floats[weights + number :], floats[weights : weights + number]
    )
