"""Several runs of postings at once: the documents that have all of them, or any, and the best of these, in one pass.

Each posting's impact bounds what its leaf can be worth there; only documents whose bounds add up to enough are scored.
Documents are met in ascending order, by blocks: nothing is kept of a run but the block that is being read.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.engines.embedded.best import in_order, keep
from searchsvc.engines.embedded.compiling import compiled, inlined, part, whole
from searchsvc.engines.embedded.postings import (
    BLOCK,
    FIELD_BITS,
    FIELD_MASK,
    Frequencies,
    Keys,
    Norms,
    Runs,
    block_size,
    frequency_of,
    occurrences,
    read_block,
)
from searchsvc.engines.ranking import K1, PROXIMITY_WEIGHT

MOST_LEAVES = 8  # a bit for each in a byte

# Which bit of a word is its only one: `_BIT_OF[word * _SPREAD >> 58]`, for each of the 64 gives another place.
# (Leiserson, Prokop & Randall, "Using de Bruijn sequences to index a 1 in a computer word", 1998.)
_SPREAD = np.uint64(0x03F79D71B4CB0A89)
_BIT_OF = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _BIT_OF[((1 << _bit) * int(_SPREAD) & 2**64 - 1) >> 58] = _bit


class Leaves(NamedTuple):
    """What is asked of a segment: of each leaf its family, what the family's lexemes count, and its weight (idf).

    Those of leaf i are `lexemes[first[i]:first[i + 1]]` (float64).
    """

    families: NDArray[np.int64]
    first: NDArray[np.int64]
    lexemes: Frequencies
    weights: Frequencies


class Ranking(NamedTuple):
    """What scores depend on besides the leaves; an array's value is at the document's number.

    `live` is empty when nothing is deleted. `most` is what recency and the drift of average lengths may raise a bound
    to: the greatest recency, and the drift (`View.drift`).
    """

    norms: Norms
    live: Mask
    recency: Frequencies
    ranks: NDArray[np.uint32]
    most: Frequencies


class Best(NamedTuple):
    """The best documents in order: minus their scores, their numbers, whether each has all leaves (uint8).

    `total` is how many were found; `found` are their numbers, ascending, where they were asked for. No document that
    has all leaves, kept or not, has a greater score than `most_of_all`.
    """

    keys: Frequencies
    docnums: Docnums
    have_all: NDArray[np.uint8]
    total: int
    found: Docnums
    most_of_all: float


@compiled
def best_of_all(runs: Runs, leaves: Leaves, ranking: Ranking, count: int, listing: bool) -> Best:
    """The `count` best of the documents that have all leaves: each of the rarest is looked for in the others."""
    number = leaves.families.size
    order = np.argsort(runs.counts[leaves.families])
    bounds = bounds_of(leaves, ranking.most)
    blocks, ends = runs.first[leaves.families].astype(np.int64), runs.first[leaves.families + 1].astype(np.int64)
    read = np.zeros(number, np.bool_)
    at = np.zeros(number, np.int64)
    docnums, shapes = np.empty((number, BLOCK), np.uint32), np.empty((number, BLOCK), np.uint32)
    lead = order[0]
    most = whole(runs.counts[leaves.families[lead]])
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    is_over = False
    for block in range(blocks[lead], ends[lead]):
        in_block = read_block(runs, leaves.families[lead], block, docnums[lead], shapes[lead], 0)
        blocks[lead] = block
        for i in range(in_block):
            docnum = docnums[lead, i]
            at[lead] = i
            together = not ranking.live.size or ranking.live[docnum]
            for place in range(1, number):
                if not together:
                    break
                leaf = order[place]
                while blocks[leaf] < ends[leaf] and runs.last[blocks[leaf]] < docnum:
                    blocks[leaf] += 1
                    read[leaf] = False
                is_over = blocks[leaf] == ends[leaf]
                if is_over:
                    together = False
                    break
                if not read[leaf]:
                    read_block(runs, leaves.families[leaf], blocks[leaf], docnums[leaf], shapes[leaf], 0)
                    at[leaf], read[leaf] = 0, True
                j = at[leaf]
                while docnums[leaf, j] < docnum:
                    j += 1
                at[leaf] = j
                together = docnums[leaf, j] == docnum
            if is_over:
                break
            if not together:
                continue
            if listing:
                found[total] = docnum
            total += 1
            if held == size:
                if not size:
                    continue
                bound = 0.0
                for leaf in range(number):
                    impacts = whole(runs.at[blocks[leaf] + 1]) - block_size(runs, leaves.families[leaf], blocks[leaf])
                    bound += bounds[leaf, runs.data[impacts + at[leaf]]]
                if -bound * ranking.recency[docnum] > heap_keys[0]:
                    continue
            score = 0.0
            for leaf in range(number):
                score += worth_of(runs, shapes[leaf, at[leaf]], docnum, leaves, leaf, ranking.norms)
            key = -(score * ranking.recency[docnum])
            if held < size or key <= heap_keys[0]:
                held = keep(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docnum], docnum)
        if is_over:
            break
    in_order(heap_keys, heap_ranks, heap, held)
    return Best(heap_keys[:held], heap[:held].astype(np.uint32), np.ones(held, np.uint8), total, found[:total], np.inf)


class Window(NamedTuple):
    """A stretch of document numbers for `best_of_any` to look at together, all zero between its uses.

    `bits` say which documents are found (a bit each), `have` which leaves they have (a bit each), `sums` their bounds,
    `shapes` (a row for each leaf) their shapes, where they have that leaf.
    """

    bits: NDArray[np.uint64]
    have: NDArray[np.uint8]
    sums: NDArray[np.float32]
    shapes: NDArray[np.uint32]

    @classmethod
    def of(cls, documents: int = 65_536) -> "Window":
        """For so many documents, a multiple of 64."""
        return cls(
            np.zeros(documents // 64, np.uint64),
            np.zeros(documents, np.uint8),
            np.zeros(documents, np.float32),
            np.zeros((MOST_LEAVES, documents), np.uint32),
        )


@compiled
def best_of_any(runs: Runs, leaves: Leaves, ranking: Ranking, count: int, listing: bool, window: Window) -> Best:
    """The `count` best of the documents that have any of the leaves (MOST_LEAVES at most).

    Postings are spread over a window of document numbers, where bounds add up; then the window is gone through.
    """
    number, documents = leaves.families.size, ranking.recency.size
    bounds = bounds_of(leaves, ranking.most)
    blocks, ends = runs.first[leaves.families].astype(np.int64), runs.first[leaves.families + 1].astype(np.int64)
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    bits, have, sums, here = window.bits, window.have, window.sums, window.shapes
    most = whole(0)
    for leaf in range(number):
        most += whole(runs.counts[leaves.families[leaf]])
    most = min(most, documents)
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    every = (1 << number) - 1
    held = total = 0
    most_of_all = 0.0
    for base in range(0, documents, have.size):
        until = base + have.size
        for leaf in range(number):
            block = blocks[leaf]
            while block < ends[leaf]:
                in_block = read_block(runs, leaves.families[leaf], block, docnums, shapes, 0)
                impacts = whole(runs.at[block + 1]) - in_block
                for i in range(in_block):
                    docnum = whole(docnums[i])
                    if base <= docnum < until:
                        slot = docnum - base
                        bits[slot >> 6] |= np.uint64(1) << np.uint64(slot & 63)
                        have[slot] |= 1 << leaf
                        sums[slot] += bounds[leaf, runs.data[impacts + i]]
                        here[leaf, slot] = shapes[i]
                if runs.last[block] >= until:
                    break
                block += 1
            blocks[leaf] = block
        for word in range(min(have.size, documents - base + 63) // 64):
            left = bits[word]
            bits[word] = 0
            while left:
                lowest = left & (~left + np.uint64(1))
                left ^= lowest
                slot = word * 64 + whole(_BIT_OF[lowest * _SPREAD >> np.uint64(58)])
                docnum = base + slot
                of_slot = have[slot]
                bound = sums[slot] * ranking.recency[docnum]
                have[slot] = 0
                sums[slot] = 0.0
                if ranking.live.size and not ranking.live[docnum]:
                    continue
                if listing:
                    found[total] = docnum
                total += 1
                if of_slot == every:
                    most_of_all = max(most_of_all, bound)
                if not size or (held == size and -bound > heap_keys[0]):
                    continue
                score = 0.0
                for leaf in range(number):
                    if of_slot >> leaf & 1:
                        score += worth_of(runs, here[leaf, slot], docnum, leaves, leaf, ranking.norms)
                key = -(score * ranking.recency[docnum])
                if held < size or key <= heap_keys[0]:
                    place = docnum | whole(of_slot == every) << 32
                    held = keep(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docnum], place)
    in_order(heap_keys, heap_ranks, heap, held)
    return Best(
        heap_keys[:held],
        (heap[:held] & 0xFFFFFFFF).astype(np.uint32),
        (heap[:held] >> 32).astype(np.uint8),
        total,
        found[:total],
        most_of_all,
    )


@part
def bounds_of(leaves: Leaves, most: Frequencies) -> NDArray[np.float64]:
    """What a leaf is worth at most, recency apart: a row for each leaf, a column for each impact."""
    bounds = np.empty((leaves.families.size, 256), np.float64)
    for impact in range(256):
        frequency = frequency_of(impact) * most[1]
        saturated = frequency / (K1 + frequency) if impact < 255 else 1.0
        for leaf in range(leaves.families.size):
            # A little more, for bounds are added up in 32 bits.
            bounds[leaf, impact] = leaves.weights[leaf] * (K1 + 1) * saturated * (1 + 1e-5)
    return bounds


@inlined
def worth_of(runs: Runs, shape: int, docnum: int, leaves: Leaves, leaf: int, norms: Norms) -> float:
    """What a leaf adds to the score of a document with this shape: `postings.worth`, saturated and weighed."""
    frequency = 0.0
    base = leaves.first[leaf]
    for entry in range(runs.shape_first[shape], runs.shape_first[shape + 1]):
        key = runs.shape_keys[entry]
        field = key & FIELD_MASK
        factor = leaves.lexemes[base + whole(key >> FIELD_BITS)] * norms.boosts[field]
        if factor > 0:
            length = norms.lengths[field, docnum]
            frequency += factor * runs.shape_counts[entry] / (norms.base[field] + norms.slope[field] * length)
    weight: float = leaves.weights[leaf]
    return weight * (frequency * (K1 + 1) / (K1 + frequency))


@compiled
def closeness_in(runs: Runs, leaves: Leaves, fields: Mask, docnums: Docnums) -> Frequencies:
    """`closest` of leaves that are whole families, in documents that have them all."""
    number = leaves.families.size
    borders = np.zeros(number + 1, np.int64)
    keys = np.empty(64 * number, np.uint64)
    for leaf in range(number):
        wanted = np.ones(leaves.first[leaf + 1] - leaves.first[leaf], np.bool_)
        found = occurrences(runs, leaves.families[leaf], wanted, fields, docnums)
        end = borders[leaf] + found.size
        if end > keys.size:
            grown = np.empty(2 * end, np.uint64)
            grown[: borders[leaf]] = keys[: borders[leaf]]
            keys = grown
        keys[borders[leaf] : end] = found
        borders[leaf + 1] = end
    return closest(keys, borders, docnums)


@compiled
def closest(keys: Keys, borders: NDArray[np.int64], docnums: Docnums) -> Frequencies:
    """`ranking.proximity` for each document: `keys` say where each leaf stands, one leaf after the other.

    In each field that has all leaves, the narrowest window with a place of each: while the leaf that stands first can
    be moved on, the window may get narrower.
    """
    leaves = borders.size - 1
    factors = np.ones(docnums.size)
    at = borders[:-1].copy()
    ends = np.empty(leaves, np.int64)
    for i in range(docnums.size):
        for field in range(8):
            text = np.uint64(docnums[i]) << np.uint64(3) | np.uint64(field)
            has_all = True
            for leaf in range(leaves):
                while at[leaf] < borders[leaf + 1] and keys[at[leaf]] >> np.uint64(32) < text:
                    at[leaf] += 1
                ends[leaf] = at[leaf]
                while ends[leaf] < borders[leaf + 1] and keys[ends[leaf]] >> np.uint64(32) == text:
                    ends[leaf] += 1
                has_all &= ends[leaf] > at[leaf]
            if not has_all:
                continue
            narrowest = whole(2**62)
            while True:
                first = last = keys[at[0]]
                least = 0
                for leaf in range(1, leaves):
                    place = keys[at[leaf]]
                    if place < first:
                        first, least = place, leaf
                    last = max(last, place)
                narrowest = min(narrowest, whole(last - first) + 1)
                if at[least] + 1 >= ends[least]:
                    break
                at[least] += 1
            factors[i] = max(factors[i], 1 + PROXIMITY_WEIGHT * leaves / max(float(narrowest), float(leaves)))
    return factors
