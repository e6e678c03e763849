"""Proximity: the factor by which a score is lifted where the leaves of a query stand close together.

The factors are those of `engines.bm25f.proximity`, from the positions of many documents at once. Which documents are
asked for is said in `search.rerank`.
"""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import PROXIMITY_WEIGHT
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part, whole
from searchsvc.engines.embedded.postings.format import Keys, Postings
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.search.kernels.leaves import Leaves

FIELDS = 8  # three bits of a key


@kernel
def leaves_proximity(postings: Postings, leaves: Leaves, fields: Mask, docids: Docids) -> Float64s:
    """The factor of each of some ascending documents, by where leaves that are whole stem classes stand in them.

    `fields` flags the text fields that count.
    """
    leaf_count = leaves.stem_classes.size
    first = np.zeros(leaf_count + 1, np.int64)
    keys = np.empty(64 * leaf_count, np.uint64)
    for leaf in range(leaf_count):
        every_form = np.ones(leaves.first_form[leaf + 1] - leaves.first_form[leaf], np.bool_)
        found = occurrences(postings, leaves.stem_classes[leaf], every_form, fields, docids)
        end = first[leaf] + found.size
        if end > keys.size:
            grown = np.empty(2 * end, np.uint64)
            grown[: first[leaf]] = keys[: first[leaf]]
            keys = grown
        keys[first[leaf] : end] = found
        first[leaf + 1] = end
    return proximity(keys, first, docids)


@kernel
def proximity(keys: Keys, first: Int64s, docids: Docids) -> Float64s:
    """The factor of each of some ascending documents: that of the field in which the leaves stand closest, at least 1.

    Leaf i stands at `keys[first[i]:first[i + 1]]`, ascending.
    """
    factors = np.ones(docids.size)
    start = first[:-1].copy()  # of each leaf, its occurrences in the text looked at
    end = np.empty(start.size, np.int64)
    for i in range(docids.size):
        for field in range(FIELDS):
            if find_text(keys, first, np.uint64(docids[i]) << np.uint64(3) | np.uint64(field), start, end):
                width = narrowest_window(keys, start, end)
                factors[i] = max(factors[i], 1 + PROXIMITY_WEIGHT * start.size / max(float(width), float(start.size)))
    return factors


@inlined
def find_text(keys: Keys, first: Int64s, text: np.uint64, start: Int64s, end: Int64s) -> bool:
    """Move `start` and `end` on to each leaf's occurrences in a text (docid << 3 | field); whether all have some."""
    has_all = True
    for leaf in range(start.size):
        while start[leaf] < first[leaf + 1] and keys[start[leaf]] >> np.uint64(32) < text:
            start[leaf] += 1
        end[leaf] = start[leaf]
        while end[leaf] < first[leaf + 1] and keys[end[leaf]] >> np.uint64(32) == text:
            end[leaf] += 1
        has_all &= end[leaf] > start[leaf]
    return has_all


@part
def narrowest_window(keys: Keys, at: Int64s, end: Int64s) -> int:
    """The words in the narrowest window of a text that has an occurrence of each leaf.

    Leaf i occurs at `keys[at[i]:end[i]]`; `at` is moved on. The window that begins with the first occurrence of the
    leaves gets no narrower but by moving that leaf on.
    """
    narrowest = whole(2**62)
    while True:
        first = last = keys[at[0]]
        leading = 0
        for leaf in range(1, at.size):
            key = keys[at[leaf]]
            if key < first:
                first, leading = key, leaf
            last = max(last, key)
        narrowest = min(narrowest, whole(last - first) + 1)
        if at[leading] + 1 >= end[leading]:
            break
        at[leading] += 1
    return narrowest
