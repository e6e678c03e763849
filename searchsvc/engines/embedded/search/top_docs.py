"""TopDocs: hits in order, as arrays; chosen out of sets of documents, merged over segments, cut by a cursor.

A hit is ordered by its **key**, the smaller the earlier: minus the score, or an instant; equal keys by id. In a segment
the ids are compared by their ranks; ranks of different segments say nothing of each other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.index.snapshot import UNDATED, Snapshot, View
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.docid_sets import NONE
from searchsvc.engines.embedded.kernels.top_k import top_k
from searchsvc.engines.embedded.search.filters import DocSets
from searchsvc.model.request import Cursor, SearchRequest, Sort

Chosen = NDArray[np.intp]  # indices into the arrays of TopDocs


class TopDocs(NamedTuple):
    """Of each hit its key, the index of its segment in the snapshot's views, and its docid."""

    keys: Float64s
    segments: Int64s
    docids: Docids

    def at(self, chosen: Chosen | slice) -> "TopDocs":
        """Some of them, in the order asked for."""
        return TopDocs(self.keys[chosen], self.segments[chosen], self.docids[chosen])

    @classmethod
    def of_segment(cls, number: int, keys: Float64s, docids: Docids) -> "TopDocs":
        """The top docs of one segment, given by its number."""
        segments = np.zeros(len(keys), dtype=np.int64)
        if number:
            segments.fill(number)
        return cls(keys, segments, docids)


NO_TOP_DOCS = TopDocs(np.empty(0), np.empty(0, np.int64), NONE)


class After(NamedTuple):
    """The key and the id of the hit that a page begins behind."""

    key: float
    id: str


def after_of(request: SearchRequest) -> After | None:
    """Where the page begins that a request asks for by a cursor."""
    cursor = request.after
    if cursor is None:
        return None
    if cursor.key is None:
        return After(UNDATED, cursor.id)
    return After(float(cursor.key if request.sort is Sort.OLDEST else -cursor.key), cursor.id)


def cursor_of(key: float, id: str, sort: Sort) -> Cursor:
    """The cursor of a hit with this key."""
    if sort is Sort.RELEVANCE:
        return Cursor(-key, id)
    if key == UNDATED:
        return Cursor(None, id)
    return Cursor(int(-key if sort is Sort.NEWEST else key), id)


def select(
    snapshot: Snapshot, docids: DocSets, keys: Sequence[Float64s], count: int, after: After | None = None
) -> TopDocs:
    """The first `count` documents, behind a cursor if there is one; `keys` go with `docids`."""
    parts = []
    for number, (view, of_segment, their_keys) in enumerate(zip(snapshot.views, docids, keys, strict=True)):
        if after is not None:
            behind = np.flatnonzero(_is_behind(view, their_keys, of_segment, after))
            of_segment, their_keys = of_segment[behind], their_keys[behind]
        chosen = top_k(their_keys, of_segment, view.columns.id_ranks, count)
        parts.append(TopDocs.of_segment(number, their_keys[chosen], of_segment[chosen]))
    return merge(snapshot, parts).at(slice(0, count))


def merge(snapshot: Snapshot, parts: Sequence[TopDocs]) -> TopDocs:
    """Merge top docs, each in order, into one order."""
    joined = concatenate(parts)
    return joined if len(parts) <= 1 else joined.at(order(snapshot, joined))


def concatenate(parts: Sequence[TopDocs]) -> TopDocs:
    """Concatenate top docs; they are in no order then."""
    if not parts:
        return NO_TOP_DOCS
    return parts[0] if len(parts) == 1 else TopDocs(*map(np.concatenate, zip(*parts, strict=True)))


def order(snapshot: Snapshot, docs: TopDocs) -> Chosen:
    """The indices that put documents in order."""
    if len(snapshot.views) == 1:
        return np.lexsort((snapshot.views[0].columns.id_ranks[docs.docids], docs.keys))
    ranks = np.empty(len(docs.keys), dtype=np.uint32)
    for number, view in enumerate(snapshot.views):
        of_segment = docs.segments == number
        ranks[of_segment] = view.columns.id_ranks[docs.docids[of_segment]]
    return _ties_by_id(snapshot, docs, np.lexsort((ranks, docs.keys)))


def behind(snapshot: Snapshot, docs: TopDocs, after: After | None) -> TopDocs:
    """Those behind a cursor, if there is one."""
    if after is None:
        return docs
    is_behind = np.zeros(len(docs.keys), dtype=np.bool_)
    for number, view in enumerate(snapshot.views):
        of_segment = docs.segments == number
        is_behind[of_segment] = _is_behind(view, docs.keys[of_segment], docs.docids[of_segment], after)
    return docs.at(np.flatnonzero(is_behind))


def _ties_by_id(snapshot: Snapshot, docs: TopDocs, ordered: Chosen) -> Chosen:
    """The order with equal keys by id where they are of different segments."""
    keys = docs.keys[ordered]
    borders = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    if len(borders) + 1 == len(keys):
        return ordered
    by_id: list[int] = []
    for tied in np.split(ordered, borders):
        if len(tied) > 1 and len(set(docs.segments[tied].tolist())) > 1:
            tied = np.array(sorted(tied.tolist(), key=lambda i: _id(snapshot, docs, i)), dtype=np.intp)
        by_id += tied.tolist()
    return np.array(by_id, dtype=np.intp)


def _id(snapshot: Snapshot, docs: TopDocs, i: int) -> str:
    return snapshot.views[int(docs.segments[i])].columns.ids[int(docs.docids[i])]


def _is_behind(view: View, keys: Float64s, docids: Docids, after: After) -> Mask:
    is_behind: Mask = keys > after.key
    tied = np.flatnonzero(keys == after.key)
    if len(tied):
        is_behind[tied] = view.columns.id_ranks[docids[tied]] >= _first_rank_after(view, after.id)
    return is_behind


def _first_rank_after(view: View, id: str) -> int:
    """The rank from which on ids are greater than this one, which need not be in the segment."""
    columns = view.columns
    low, high = 0, view.size
    while low < high:
        middle = (low + high) // 2
        if columns.ids[int(columns.by_id[middle])] <= id:
            low = middle + 1
        else:
            high = middle
    return int(columns.id_ranks[columns.by_id[low]]) if low < view.size else int(np.iinfo(np.uint32).max)
