"""MaxScore: the documents that have any of several postings lists, and the top docs of these.

The lists are taken by falling upper bound of what they add to a score. Those at the end that together stay below the
**threshold**, the score of the last of the top docs so far, are **non-essential**: a document that only they have
cannot be among the top. So documents come out of the essential lists alone, and the others are asked only for the
documents that may still reach the threshold (Turtle & Flood, "Query evaluation: strategies and optimizations", 1995;
upper bounds of blocks and postings: Ding & Suel, 2011). Docids are gone through in **windows**, in which the documents
of each list lie unpacked (Mallia et al., "An experimental study of index compression and DAAT query processing
methods", 2019, call it range-based).

Not for documents that must have all lists: `conjunction`.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import MAX_PROXIMITY, PROXIMITY_WINDOW
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.bits import count_bits, lowest_bit
from searchsvc.engines.embedded.kernels.jit import Out, OutMatrix, inlined, kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
from searchsvc.engines.embedded.postings.blocks import block_size, impact_of, impacts_at, pattern_of, read_docids
from searchsvc.engines.embedded.postings.bm25f import Norms, Ranking
from searchsvc.engines.embedded.postings.format import BLOCK, Postings
from searchsvc.engines.embedded.postings.impacts import greatest_impact, score_bounds
from searchsvc.engines.embedded.search.kernels.leaves import MAX_LEAVES, Leaves, SegmentTopDocs, leaf_score

HAS_ALL = 32  # bit 32 of a heap entry is set if the document has every leaf; the lower 32 bits are its docid


class Window(NamedTuple):
    """A range of docids, and the documents of each leaf in it.

    Between uses `matched`, `repeated` and `sizes` are all zero.
    """

    matched: Out[np.uint64]  # a bit for each docid: has any leaf
    repeated: Out[np.uint64]  # a bit for each docid: has more than one
    sizes: Out[np.int64]  # documents of each leaf in `docids`
    docids: OutMatrix[
        np.uint32
    ]  # a row for each leaf, ascending; whole blocks: some at both ends are outside the window

    @classmethod
    def of(cls, documents: int = 65_536) -> "Window":
        """A window of so many docids, a multiple of 64."""
        return cls(
            np.zeros(documents // 64, np.uint64),
            np.zeros(documents // 64, np.uint64),
            np.zeros(MAX_LEAVES, np.int64),
            np.empty((MAX_LEAVES, documents + 2 * BLOCK), np.uint32),
        )


class Bounds(NamedTuple):
    """Upper bounds of scores before recency; a leaf's turn is its index in `order`."""

    of_impact: Float64s  # a row for each leaf, a column for each impact
    of_leaf: Float64s
    order: Int64s  # the leaves by falling bound
    from_turn: Float64s  # the sum of the bounds of the leaves from a turn on; 0 at the end


class Cursors(NamedTuple):
    """How far each leaf is read."""

    block: Int64s  # the first block that reaches into the window: the window's row begins with it
    end: Int64s  # the block behind the last
    low: Int64s  # in the window's row: the first document not before the window
    at: Int64s  # in the window's row: the document looked at, or looked for, last; the first not below its docid


class Heap(NamedTuple):
    """A heap of documents by key and rank (`kernels.top_k`); a docid has HAS_ALL set if the document has all leaves."""

    keys: Float64s
    ranks: Uint32s
    docids: Int64s
    held: Int64s  # one number: how many there are


@kernel
def top_of_disjunction(
    postings: Postings, leaves: Leaves, ranking: Ranking, count: int, listing: bool, window: Window
) -> SegmentTopDocs:  # fmt: skip
    """The `count` top docs of the documents that have any of the leaves; `listing` asks for all matches.

    There are MAX_LEAVES leaves at most. The window is left as it was.
    """
    leaf_count, documents, width = leaves.stem_classes.size, ranking.recency.size, window.matched.size * 64
    bounds = bounds_of(postings, leaves, ranking)
    cursors = first_cursors(postings, leaves)
    most = whole(0)
    for leaf in range(leaf_count):
        most += whole(postings.counts[leaves.stem_classes[leaf]])
    most = min(most, documents)
    matches = np.empty(most if listing else 0, np.uint32)
    total = 0
    top, reserve = empty_heap(min(count, most)), empty_heap(PROXIMITY_WINDOW)
    for base in range(0, documents, width):
        end = base + width
        for leaf in range(leaf_count):
            cursors.low[leaf] = fill_window(postings, leaves.stem_classes[leaf], cursors, leaf, base, end, window)
        total = count_matches(ranking.live, base, min(end, documents), window, matches, total, listing)
        for turn in range(leaf_count):
            if not top.keys.size or is_non_essential(bounds, turn, threshold_of(top, ranking.most[0])):
                break
            scan_list(postings, leaves, ranking, bounds, turn, base, cursors, window, top, reserve)
        leave_window(postings, cursors, end, window)
    held = top.held[0]
    heap_sort(top.keys, top.ranks, top.docids, held)
    return SegmentTopDocs(
        top.keys[:held],
        top.docids[:held].astype(np.uint32),  # the lower 32 bits
        (top.docids[:held] >> HAS_ALL).astype(np.bool_),
        total,
        matches[:total],
        reserve.keys[: reserve.held[0]],
    )


@part
def bounds_of(postings: Postings, leaves: Leaves, ranking: Ranking) -> Bounds:
    """The upper bounds of all leaves, and their order by them."""
    leaf_count = leaves.stem_classes.size
    of_impact = score_bounds(leaves.weights, ranking.most[1])
    of_leaf, order = np.zeros(leaf_count, np.float64), np.zeros(leaf_count, np.int64)
    for leaf in range(leaf_count):
        of_leaf[leaf] = of_impact[leaf, greatest_impact(postings, leaves.stem_classes[leaf])]
        turn = leaf
        while turn > 0 and of_leaf[order[turn - 1]] < of_leaf[leaf]:
            order[turn] = order[turn - 1]
            turn -= 1
        order[turn] = leaf
    from_turn = np.zeros(leaf_count + 1, np.float64)
    for turn in range(leaf_count - 1, -1, -1):
        from_turn[turn] = from_turn[turn + 1] + of_leaf[order[turn]]
    return Bounds(of_impact, of_leaf, order, from_turn)


@part
def first_cursors(postings: Postings, leaves: Leaves) -> Cursors:
    """Each leaf at its first block."""
    return Cursors(
        postings.first_block[leaves.stem_classes].astype(np.int64),
        postings.first_block[leaves.stem_classes + 1].astype(np.int64),
        np.zeros(leaves.stem_classes.size, np.int64),
        np.zeros(leaves.stem_classes.size, np.int64),
    )


@part
def empty_heap(size: int) -> Heap:
    """A heap with room for so many."""
    return Heap(np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64), np.zeros(1, np.int64))


# --- the window -------------------------------------------------------------------------------------------------------


@part
def fill_window(
    postings: Postings, stem_class: int, cursors: Cursors, leaf: int, base: int, end: int, window: Window
) -> int:  # fmt: skip
    """Unpack the blocks of a leaf that reach into the window `base` to `end`; how many documents lie before it."""
    row, matched, repeated = window.docids[leaf], window.matched, window.repeated
    block, last = cursors.block[leaf], cursors.end[leaf]
    size = low = 0
    while block < last:
        in_block = read_docids(postings, stem_class, block, row, size) - size
        for i in range(size, size + in_block):
            docid = whole(row[i])
            if base <= docid < end:
                word, bit = (docid - base) >> 6, np.uint64(1) << np.uint64((docid - base) & 63)
                before = matched[word]
                repeated[word] |= before & bit
                matched[word] = before | bit
            else:
                low += docid < base
        size += in_block
        if postings.last_docid[block] >= end:
            break
        block += 1
    window.sizes[leaf] = size
    return low


@part
def count_matches(live: Mask, base: int, end: int, window: Window, matches: Docids, total: int, listing: bool) -> int:
    """Add the live documents of the window to a total, and if `listing` to the matches."""
    if not listing and not live.size:
        for word in range((end - base + 63) // 64):
            total += count_bits(window.matched[word])
        return total
    for word in range((end - base + 63) // 64):
        bits = window.matched[word]
        while bits:
            docid = base + word * 64 + lowest_bit(bits)
            bits &= bits - np.uint64(1)
            if not live.size or live[docid]:
                if listing:
                    matches[total] = docid
                total += 1
    return total


@part
def leave_window(postings: Postings, cursors: Cursors, end: int, window: Window) -> None:
    """Move each leaf on to the window that begins at `end`, and clear this one."""
    for leaf in range(cursors.block.size):
        while cursors.block[leaf] < cursors.end[leaf] and postings.last_docid[cursors.block[leaf]] < end:
            cursors.block[leaf] += 1
        window.sizes[leaf] = 0
    window.matched[:] = 0
    window.repeated[:] = 0


# --- the lists of a window --------------------------------------------------------------------------------------------


@inlined
def threshold_of(top: Heap, most_recency: float) -> float:
    """The score before recency that a document must reach if its recency is the greatest.

    It is that of the last of the top docs; 0 until all their places are taken. It only rises.
    """
    return -top.keys[0] / most_recency if top.held[0] == top.keys.size else 0.0


@inlined
def is_non_essential(bounds: Bounds, turn: int, threshold: float) -> bool:
    """Whether a document that no leaf before this turn has stays below the threshold, whatever leaves it has."""
    is_below: bool = turn > 0 and bounds.from_turn[turn] < threshold
    return is_below


@inlined
def scan_list(
    postings: Postings, leaves: Leaves, ranking: Ranking, bounds: Bounds, turn: int, base: int,
    cursors: Cursors, window: Window, top: Heap, reserve: Heap,
) -> None:  # fmt: skip
    """Keep the documents of an essential leaf that are among the top docs and that no leaf of an earlier turn has.

    A document is dropped as soon as an upper bound of its score is below the threshold: by the greatest impact of its
    block, by the impact of its posting, by whether it has other leaves at all, by its recency, and last by the impacts
    of the others. The leaf of the first turn has all documents that have all leaves: there the bounds allow for
    proximity too, so that no document is dropped that proximity may still lift into the top.
    """
    order, end = bounds.order, base + window.matched.size * 64
    leaf, every_leaf = order[turn], (1 << order.size) - 1
    others = bounds.from_turn[turn + 1]
    lift = MAX_PROXIMITY if turn == 0 else 1.0
    recency, most_recency = ranking.recency, ranking.most[0]
    threshold = threshold_of(top, most_recency)
    # Steps within the loop take arrays: a named tuple costs a count of references for each array in it, at each call.
    sizes, rows, at, block_of, low = window.sizes, window.docids, cursors.at, cursors.block, cursors.low
    at[:] = low
    for start in range(0, sizes[leaf], BLOCK):
        block = block_of[leaf] + start // BLOCK
        if (bounds.of_impact[leaf, postings.max_impact[block]] + others) * lift < threshold:
            continue
        impacts = impacts_at(postings, block, block_size(postings, leaves.stem_classes[leaf], block)) - start
        for i in range(max(start, low[leaf]), min(start + BLOCK, sizes[leaf])):
            bound = bounds.of_impact[leaf, postings.block_bytes[impacts + i]]
            if (bound + others) * lift < threshold:
                continue
            docid = whole(rows[leaf, i])
            if docid >= end:
                break
            has_others = is_set(window.repeated, docid - base)
            if not has_others and bound < threshold:
                continue
            highest = bound + others if has_others else bound
            if highest * lift * recency[docid] < threshold * most_recency:
                continue
            if ranking.live.size and not ranking.live[docid]:
                continue
            at[leaf] = i
            having = 1 << leaf
            if has_others:
                if has_earlier(order, turn, rows, sizes, at, docid):
                    continue
                having, bound = tightened(postings, leaves, bounds, turn, bound, block_of, rows, sizes, at, docid)
                if having != every_leaf and bound * recency[docid] < threshold * most_recency:
                    continue
            key = -(score_of(postings, leaves, ranking.norms, having, block_of, at, docid) * recency[docid])
            rank, has_all = ranking.ranks[docid], having == every_leaf
            if not takes(top, key, rank):
                if has_all and takes(reserve, key, rank):
                    reserve.held[0] = heap_push(
                        reserve.keys, reserve.ranks, reserve.docids, reserve.held[0], key, rank, docid
                    )
                continue
            if top.held[0] == top.keys.size and top.docids[0] >> HAS_ALL:
                reserve.held[0] = heap_push(
                    reserve.keys, reserve.ranks, reserve.docids, reserve.held[0],
                    top.keys[0], top.ranks[0], top.docids[0],
                )  # fmt: skip
            with_flag = docid | whole(has_all) << HAS_ALL
            top.held[0] = heap_push(top.keys, top.ranks, top.docids, top.held[0], key, rank, with_flag)
            threshold = threshold_of(top, most_recency)


@inlined
def is_set(bits: Uint64s, i: int) -> bool:
    """Whether bit i is set."""
    is_one: bool = bits[i >> 6] >> np.uint64(i & 63) & np.uint64(1) != 0
    return is_one


@part
def has_earlier(order: Int64s, turn: int, rows: Uint32s, sizes: Int64s, at: Int64s, docid: int) -> bool:
    """Whether a leaf of an earlier turn has the document: then it is kept, or dropped, already."""
    earlier = 0
    while earlier < turn and not is_in(rows, sizes, order[earlier], at, docid):
        earlier += 1
    return earlier < turn


@inlined
def tightened(
    postings: Postings, leaves: Leaves, bounds: Bounds, turn: int, bound: float,
    block_of: Int64s, rows: Uint32s, sizes: Int64s, at: Int64s, docid: int,
) -> tuple[int, float]:  # fmt: skip
    """Which leaves have a document (a bit for each), and the upper bound of its score by the impacts of each.

    No leaf of an earlier turn has it; that of this turn has it, and `bound` is what it adds at most. Leaves the cursor
    of each leaf at the document, where it has it.
    """
    having = 1 << bounds.order[turn]
    bound += bounds.from_turn[turn + 1]
    for later in range(turn + 1, bounds.order.size):
        leaf = bounds.order[later]
        bound -= bounds.of_leaf[leaf]
        if is_in(rows, sizes, leaf, at, docid):
            having |= 1 << leaf
            i = at[leaf]
            impact = impact_of(postings, leaves.stem_classes[leaf], block_of[leaf] + i // BLOCK, i % BLOCK)
            bound += bounds.of_impact[leaf, impact]
    return having, bound


@part
def is_in(rows: Uint32s, sizes: Int64s, leaf: int, cursor: Int64s, docid: int) -> bool:
    """Whether a leaf has a document; moves its cursor to it, or to the first behind it (galloping)."""
    size = sizes[leaf]
    low, step = cursor[leaf], 1
    if low < size and rows[leaf, low] < docid:
        while low + step < size and rows[leaf, low + step] < docid:
            low += step
            step *= 2
        high = min(low + step, size)
        low += 1
        while low < high:
            middle = (low + high) // 2
            if rows[leaf, middle] < docid:
                low = middle + 1
            else:
                high = middle
    cursor[leaf] = low
    is_there: bool = low < size and rows[leaf, low] == docid
    return is_there


@inlined
def score_of(
    postings: Postings, leaves: Leaves, norms: Norms, having: int, block_of: Int64s, at: Int64s, docid: int
) -> float:  # fmt: skip
    """The score of a document before recency and proximity; `having` has a bit for each leaf that has it.

    Leaves are added up in the order of the query, so that the sum is the same to the last bit whatever the turns are.
    """
    score = 0.0
    for leaf in range(leaves.stem_classes.size):
        if having >> leaf & 1:
            pattern = pattern_of(
                postings, leaves.stem_classes[leaf], block_of[leaf] + at[leaf] // BLOCK, at[leaf] % BLOCK
            )
            score += leaf_score(postings, pattern, docid, leaves, leaf, norms)
    return score


@inlined
def takes(heap: Heap, key: float, rank: int) -> bool:
    """Whether a document is among the first that a heap has room for. A branch would cost counts of references."""
    has_room = heap.held[0] < heap.keys.size
    is_before: bool = has_room | (key < heap.keys[0]) | ((key == heap.keys[0]) & (rank < heap.ranks[0]))
    return is_before
