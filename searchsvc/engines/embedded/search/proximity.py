"""Closeness: how near to one another the words of a query stand, and the places once that counts.

The factors are those of `ranking.proximity`, out of the positions of whole runs of postings.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import PROXIMITY_WEIGHT
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.format import Frequencies, Keys, Postings
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.search.maxscore import Leaves

# So many documents are looked at together first, then more.
TOGETHER = 10


@kernel
def closeness_in(postings: Postings, leaves: Leaves, fields: Mask, docids: Docids) -> Frequencies:
    """`closest` of leaves that are whole stem classes, in documents that have them all."""
    number = leaves.stem_classes.size
    borders = np.zeros(number + 1, np.int64)
    keys = np.empty(64 * number, np.uint64)
    for leaf in range(number):
        wanted = np.ones(leaves.first[leaf + 1] - leaves.first[leaf], np.bool_)
        found = occurrences(postings, leaves.stem_classes[leaf], wanted, fields, docids)
        end = borders[leaf] + found.size
        if end > keys.size:
            grown = np.empty(2 * end, np.uint64)
            grown[: borders[leaf]] = keys[: borders[leaf]]
            keys = grown
        keys[borders[leaf] : end] = found
        borders[leaf + 1] = end
    return closest(keys, borders, docids)


@kernel
def closest(keys: Keys, borders: NDArray[np.int64], docids: Docids) -> Frequencies:
    """`ranking.proximity` for each document: `keys` say where each leaf stands, one leaf after the other.

    In each field that has all leaves, the narrowest window with a place of each: while the leaf that stands first can
    be moved on, the window may get narrower.
    """
    leaves = borders.size - 1
    factors = np.ones(docids.size)
    at = borders[:-1].copy()
    ends = np.empty(leaves, np.int64)
    for i in range(docids.size):
        for field in range(8):
            text = np.uint64(docids[i]) << np.uint64(3) | np.uint64(field)
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
