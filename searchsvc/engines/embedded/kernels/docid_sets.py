"""Sets of documents as ascending docids (uint32): intersection, union, difference; each a single walk over both.

>>> one, other = np.array([1, 3, 5], dtype=np.uint32), np.array([3, 4], dtype=np.uint32)
>>> intersection(one, other).tolist(), union(one, other).tolist(), difference(one, other).tolist()
([3], [1, 3, 4, 5], [1, 5])
"""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Int64s
from searchsvc.engines.embedded.kernels.jit import kernel, part

NONE: Docids = np.empty(0, dtype=np.uint32)


@kernel
def intersection(one: Docids, other: Docids) -> Docids:
    """The docids in both; each of the shorter array is searched for in the longer one (galloping)."""
    if one.size > other.size:
        one, other = other, one
    found = np.empty(one.size, np.uint32)
    held = 0
    j = 0
    for docid in one:
        j = gallop(other, j, docid)
        if j == other.size:
            break
        if other[j] == docid:
            found[held] = docid
            held += 1
    return found[:held]


@part
def gallop(docids: Docids, start: int, wanted: int) -> int:
    """The first index from `start` on whose docid is not below `wanted`; the size of the array if there is none.

    Steps of doubling length, then binary search: the cost grows with the logarithm of the distance (Bentley & Yao, "An
    almost optimal algorithm for unbounded searching", 1976).
    """
    if start >= docids.size or docids[start] >= wanted:
        return start
    low, step = start, 1
    while low + step < docids.size and docids[low + step] < wanted:
        low += step
        step *= 2
    high = min(low + step, docids.size)
    low += 1
    while low < high:
        middle = (low + high) // 2
        if docids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def union(one: Docids, other: Docids) -> Docids:
    """The docids in either."""
    found = np.empty(one.size + other.size, np.uint32)
    i = j = held = 0
    while i < one.size and j < other.size:
        first, second = one[i], other[j]
        found[held] = min(first, second)
        held += 1
        i += first <= second
        j += second <= first
    for rest in range(i, one.size):
        found[held] = one[rest]
        held += 1
    for rest in range(j, other.size):
        found[held] = other[rest]
        held += 1
    return found[:held]


@kernel
def difference(one: Docids, other: Docids) -> Docids:
    """The docids in `one` that are not in `other`."""
    found = np.empty(one.size, np.uint32)
    held = 0
    j = 0
    for docid in one:
        j = gallop(other, j, docid)
        if j == other.size or other[j] != docid:
            found[held] = docid
            held += 1
    return found[:held]


@kernel
def flagged(docids: Docids, mask: Mask) -> Docids:
    """The docids whose flag in the mask (by docid) is set."""
    found = np.empty(docids.size, np.uint32)
    held = 0
    for docid in docids:
        found[held] = docid
        held += mask[docid]
    return found[:held]


@kernel
def within(docids: Docids, numbers: Int64s, lowest: int, highest: int) -> Docids:
    """The docids whose number (by docid) is in a range, both ends included."""
    found = np.empty(docids.size, np.uint32)
    held = 0
    for docid in docids:
        found[held] = docid
        held += lowest <= numbers[docid] <= highest
    return found[:held]


@kernel
def contained(some: Docids, docids: Docids) -> Mask:
    """Which of `some`, in any order, are among ascending docids."""
    found = np.empty(some.size, np.bool_)
    for i in range(some.size):
        j = gallop(docids, 0, some[i])
        found[i] = j < docids.size and docids[j] == some[i]
    return found
