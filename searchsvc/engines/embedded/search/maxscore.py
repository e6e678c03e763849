"""Several runs of postings at once: the documents that have any of them, and the best of these, in one pass.

Each posting's impact bounds what its leaf can be worth there; only documents whose bounds add up to enough are scored.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import MAX_PROXIMITY, PROXIMITY_WINDOW
from searchsvc.engines.embedded.kernels.bits import count_bits, lowest_bit
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
from searchsvc.engines.embedded.postings.blocks import block_size, impact_of, impacts_at, pattern_of, read_docids
from searchsvc.engines.embedded.postings.bm25f import Norms, Ranking, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import BLOCK, Frequencies, Postings
from searchsvc.engines.embedded.postings.impacts import greatest_impact, score_bounds

MOST_LEAVES = 8  # a bit for each in a byte


class Leaves(NamedTuple):
    """What is asked of a segment: of each leaf its stem class, what the stem class's forms count, and its weight (idf).

    Those of leaf i are `forms[first[i]:first[i + 1]]` (float64).
    """

    stem_classes: NDArray[np.int64]
    first: NDArray[np.int64]
    forms: Frequencies
    weights: Frequencies


class SegmentTopDocs(NamedTuple):
    """The best documents in order: minus their scores, their numbers, whether each has all leaves (uint8).

    `total` is how many were found; `found` are their numbers, ascending, where they were asked for. `left` are others
    that have all leaves, in any order, with their keys: the best PROXIMITY_WINDOW at least of those that closeness may
    raise to the best.
    """

    keys: Frequencies
    docids: Docids
    have_all: NDArray[np.uint8]
    total: int
    found: Docids
    left_keys: Frequencies
    left: Docids


class Window(NamedTuple):
    """A stretch of document numbers for `best_of_any` to look at together.

    `bits` say which documents are found (a bit each), `again` which of these by more than one leaf, `sizes` how many
    documents lie in `docids` (a row for each leaf). The first three are all zero between uses.
    """

    bits: NDArray[np.uint64]
    again: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    docids: NDArray[np.uint32]

    @classmethod
    def of(cls, documents: int = 65_536) -> "Window":
        """For so many documents, a multiple of 64."""
        return cls(
            np.zeros(documents // 64, np.uint64),
            np.zeros(documents // 64, np.uint64),
            np.zeros(MOST_LEAVES, np.int64),
            np.empty((MOST_LEAVES, documents + 2 * BLOCK), np.uint32),  # the blocks at both borders lie in it whole
        )


@kernel
def best_of_any(
    postings: Postings, leaves: Leaves, ranking: Ranking, count: int, listing: bool, window: Window
) -> SegmentTopDocs:
    """The `count` best of the documents that have any of the leaves (MOST_LEAVES at most).

    By windows of document numbers: first all are counted, then those looked at that may be among the best, leaf by
    leaf, the one that can be worth most first. Once what the leaves that are left can be worth together is too little,
    no document is new. (MaxScore: Turtle & Flood, "Query evaluation: strategies and optimizations", 1995.)
    """
    number, documents = leaves.stem_classes.size, ranking.recency.size
    bounds = score_bounds(leaves.weights, ranking.most[1])
    order, most_of = by_bound(postings, leaves, bounds)
    left = np.zeros(number + 1, np.float64)  # what the leaves from this one on, in that order, can be worth together
    for place in range(number - 1, -1, -1):
        left[place] = left[place + 1] + most_of[order[place]]
    blocks, ends = (
        postings.first_block[leaves.stem_classes].astype(np.int64),
        postings.first_block[leaves.stem_classes + 1].astype(np.int64),
    )
    lows, at = np.zeros(number, np.int64), np.zeros(number, np.int64)
    most = whole(0)
    for leaf in range(number):
        most += whole(postings.counts[leaves.stem_classes[leaf]])
    most = min(most, documents)
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    # Those with all leaves that are not kept: the best of them, for closeness may raise them.
    left_keys, left_ranks = np.empty(PROXIMITY_WINDOW, np.float64), np.empty(PROXIMITY_WINDOW, np.uint32)
    left_heap = np.empty(PROXIMITY_WINDOW, np.int64)
    held_left = 0
    recent = ranking.most[0]
    for base in range(0, documents, window.bits.size * 64):
        until = base + window.bits.size * 64
        for leaf in range(number):
            lows[leaf] = spread(
                postings, leaves.stem_classes[leaf], blocks[leaf], ends[leaf], base, until, window, leaf
            )
        total = counted(ranking.live, base, min(until, documents), window, found, total, listing)
        for place in range(number):
            leaf = order[place]
            stem_class = leaves.stem_classes[leaf]
            least = -heap_keys[0] / recent if size and held == size else 0.0
            if not size or (place and left[place] < least):
                break
            others, at[:] = left[place + 1], lows
            # A document that has all leaves is met in the first: it may be raised.
            nearly = MAX_PROXIMITY if place == 0 else 1.0
            for start in range(0, window.sizes[leaf], BLOCK):
                block = blocks[leaf] + start // BLOCK
                if (bounds[leaf, postings.max_impact[block]] + others) * nearly < least:
                    continue
                impacts = impacts_at(postings, block, block_size(postings, stem_class, block)) - start
                for i in range(max(start, lows[leaf]), min(start + BLOCK, window.sizes[leaf])):
                    bound = bounds[leaf, postings.block_bytes[impacts + i]]
                    if (bound + others) * nearly < least:
                        continue
                    docid = whole(window.docids[leaf, i])
                    if docid >= until:
                        break
                    slot = docid - base
                    is_one_of_several = window.again[slot >> 6] >> np.uint64(slot & 63) & np.uint64(1)
                    if not is_one_of_several and bound < least:
                        continue
                    can_be = bound + others if is_one_of_several else bound
                    if can_be * nearly * ranking.recency[docid] < least * recent:
                        continue
                    if ranking.live.size and not ranking.live[docid]:
                        continue
                    at[leaf] = i
                    have = 1
                    if is_one_of_several:
                        is_known = False
                        for earlier in range(place):
                            is_known = is_known or is_in(window, order[earlier], at, docid)
                        if is_known:  # it was looked at, or found to be worth too little
                            continue
                        bound += others
                        for later in range(place + 1, number):
                            other = order[later]
                            bound -= most_of[other]
                            if is_in(window, other, at, docid):
                                have += 1
                                other_block = blocks[other] + at[other] // BLOCK
                                impact = impact_of(postings, leaves.stem_classes[other], other_block, at[other] % BLOCK)
                                bound += bounds[other, impact]
                        if have < number and bound * ranking.recency[docid] < least * recent:
                            continue
                    score = 0.0
                    for other in range(number):
                        j = at[other]
                        if other == leaf or (have > 1 and j < window.sizes[other] and window.docids[other, j] == docid):
                            pattern = pattern_of(
                                postings, leaves.stem_classes[other], blocks[other] + j // BLOCK, j % BLOCK
                            )
                            score += leaf_score(postings, pattern, docid, leaves, other, ranking.norms)
                    key = -(score * ranking.recency[docid])
                    rank = ranking.ranks[docid]
                    if held == size and (key > heap_keys[0] or (key == heap_keys[0] and rank > heap_ranks[0])):
                        if have == number:
                            held_left = heap_push(left_keys, left_ranks, left_heap, held_left, key, rank, docid)
                        continue
                    if held == size and heap[0] >> 32:
                        held_left = heap_push(
                            left_keys,
                            left_ranks,
                            left_heap,
                            held_left,
                            heap_keys[0],
                            heap_ranks[0],
                            heap[0] & 0xFFFFFFFF,
                        )
                    place_of = docid | whole(have == number) << 32
                    held = heap_push(heap_keys, heap_ranks, heap, held, key, rank, place_of)
                    if held == size:
                        least = -heap_keys[0] / recent
        for leaf in range(number):
            while blocks[leaf] < ends[leaf] and postings.last_docid[blocks[leaf]] < until:
                blocks[leaf] += 1
            window.sizes[leaf] = 0
        window.bits[:] = 0
        window.again[:] = 0
    heap_sort(heap_keys, heap_ranks, heap, held)
    return SegmentTopDocs(
        heap_keys[:held],
        (heap[:held] & 0xFFFFFFFF).astype(np.uint32),
        (heap[:held] >> 32).astype(np.uint8),
        total,
        found[:total],
        left_keys[:held_left],
        left_heap[:held_left].astype(np.uint32),
    )


@part
def spread(
    postings: Postings, stem_class: int, block: int, end: int, base: int, until: int, window: Window, leaf: int
) -> int:
    """Put what a leaf has in the window into it, whole blocks from `block` on; the place of the first inside."""
    row, bits, again = window.docids[leaf], window.bits, window.again
    size = low = 0
    while block < end:
        in_block = read_docids(postings, stem_class, block, row, size) - size
        for i in range(size, size + in_block):
            docid = whole(row[i])
            if base <= docid < until:
                word, bit = (docid - base) >> 6, np.uint64(1) << np.uint64((docid - base) & 63)
                before = bits[word]
                again[word] |= before & bit
                bits[word] = before | bit
            else:
                low += docid < base
        size += in_block
        if postings.last_docid[block] >= until:
            break
        block += 1
    window.sizes[leaf] = size
    return low


@part
def counted(live: Mask, base: int, until: int, window: Window, found: Docids, total: int, listing: bool) -> int:
    """Add the live documents of the window to a total, and where asked for to those found."""
    if not listing and not live.size:
        for word in range((until - base + 63) // 64):
            total += count_bits(window.bits[word])
        return total
    for word in range((until - base + 63) // 64):
        bits = window.bits[word]
        while bits:
            docid = base + word * 64 + lowest_bit(bits)
            bits &= bits - np.uint64(1)
            if not live.size or live[docid]:
                if listing:
                    found[total] = docid
                total += 1
    return total


@part
def is_in(window: Window, leaf: int, at: NDArray[np.int64], docid: int) -> bool:
    """Whether a leaf has a document; `at` is left at its place, or at that of the next."""
    row, size = window.docids, window.sizes[leaf]
    low, step = at[leaf], 1
    if low < size and row[leaf, low] < docid:
        while low + step < size and row[leaf, low + step] < docid:
            low += step
            step *= 2
        high = min(low + step, size)
        low += 1
        while low < high:
            middle = (low + high) // 2
            if row[leaf, middle] < docid:
                low = middle + 1
            else:
                high = middle
    at[leaf] = low
    is_there: bool = low < size and row[leaf, low] == docid
    return is_there


@part
def by_bound(
    postings: Postings, leaves: Leaves, bounds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The leaves by what they can be worth, most first; and what each can."""
    number = leaves.stem_classes.size
    order, most_of = np.zeros(number, np.int64), np.zeros(number, np.float64)
    for leaf in range(number):
        most_of[leaf] = bounds[leaf, greatest_impact(postings, leaves.stem_classes[leaf])]
        place = leaf
        while place > 0 and most_of[order[place - 1]] < most_of[leaf]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = leaf
    return order, most_of


@inlined
def leaf_score(postings: Postings, pattern: int, docid: int, leaves: Leaves, leaf: int, norms: Norms) -> float:
    """What a leaf adds to the score of a document with this pattern, recency apart."""
    weight: float = leaves.weights[leaf]
    return weight * saturated(weighted_tf(postings, pattern, docid, leaves.forms, leaves.first[leaf], norms))
