"""Top k: the first `count` of many by key, equal keys by rank; a binary heap with the last of those kept on top.

A key is what an order goes by, the smaller the earlier; a rank is a number in the order of the ids. A heap is three
arrays of one size, of which the first `held` places are used: keys, ranks and values (docids, or rows of a table).

>>> docids = np.array([4, 5, 6, 7], dtype=np.uint32)
>>> ranks = np.array([0, 0, 0, 0, 9, 8, 7, 6], dtype=np.uint32)
>>> found = top_k(np.array([-2.0, -3.0, -2.0, -1.0]), docids, ranks, 2)
>>> found.tolist()  # rows: document 5 first, then 6, whose id comes before that of 4
[1, 2]
"""

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint32s
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part


@kernel
def top_k(keys: Float64s, docids: Docids, ranks: Uint32s, count: int) -> Int64s:
    """The rows of the first `count`, in order; row i is the document `docids[i]` with the key `keys[i]`.

    `ranks` are by docid.
    """
    size = min(count, keys.size)
    heap_keys = np.empty(size, np.float64)
    heap_ranks = np.empty(size, np.uint32)
    rows = np.empty(size, np.int64)
    held = 0
    if size > 0:
        for row in range(keys.size):
            key = keys[row]
            if held == size and key > heap_keys[0]:
                continue
            held = heap_push(heap_keys, heap_ranks, rows, held, key, ranks[docids[row]], row)
    heap_sort(heap_keys, heap_ranks, rows, held)
    return rows[:held]


@inlined
def heap_push(
    keys: Float64s, ranks: Uint32s, values: Int64s, held: int, key: float, rank: int, value: int
) -> int:  # fmt: skip
    """Add one to a heap; of a full heap, which has one place at least, it takes the place of the last or is dropped.

    Returns how many the heap holds then.
    """
    if held < keys.size:
        child = held
        while child > 0:
            parent = (child - 1) // 2
            if keys[parent] > key or (keys[parent] == key and ranks[parent] > rank):
                break
            keys[child], ranks[child], values[child] = keys[parent], ranks[parent], values[parent]
            child = parent
        keys[child], ranks[child], values[child] = key, rank, value
        held += 1
    elif key < keys[0] or (key == keys[0] and rank < ranks[0]):
        sift_down(keys, ranks, values, held, key, rank, value)
    return held


@part
def heap_sort(keys: Float64s, ranks: Uint32s, values: Int64s, held: int) -> None:
    """Put the entries of a heap in order, the first in front. It is no heap then."""
    for end in range(held - 1, 0, -1):
        key, rank, value = keys[end], ranks[end], values[end]
        keys[end], ranks[end], values[end] = keys[0], ranks[0], values[0]
        sift_down(keys, ranks, values, end, key, rank, value)


@part
def sift_down(
    keys: Float64s, ranks: Uint32s, values: Int64s, held: int, key: float, rank: int, value: int
) -> None:  # fmt: skip
    """Replace the entry on top of a heap, and let the new one sink to its place."""
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= held:
            break
        if child + 1 < held and (
            keys[child + 1] > keys[child] or (keys[child + 1] == keys[child] and ranks[child + 1] > ranks[child])
        ):
            child += 1
        if key > keys[child] or (key == keys[child] and rank >= ranks[child]):
            break
        keys[parent], ranks[parent], values[parent] = keys[child], ranks[child], values[child]
        parent = child
    keys[parent], ranks[parent], values[parent] = key, rank, value
