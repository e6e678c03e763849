"""Best: the first so many documents by key, equal keys by rank, out of many; a heap with the last of them on top.

A key is what an order goes by, the smaller the earlier; a rank is a number in the order of the ids.

>>> docids = np.array([4, 5, 6, 7], dtype=np.uint32)
>>> ranks = np.array([0, 0, 0, 0, 9, 8, 7, 6], dtype=np.uint32)
>>> found = top_k(np.array([-2.0, -3.0, -2.0, -1.0]), docids, ranks, 2)
>>> found.tolist()  # places: document 5 first, then 6, whose id comes before that of 4
[1, 2]
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part


@kernel
def top_k(keys: NDArray[np.float64], docids: Docids, ranks: NDArray[np.uint32], count: int) -> NDArray[np.int64]:
    """Where the first `count` are, in their order (int64); `keys` go with `docids`, `ranks` with document numbers."""
    size = min(count, keys.size)
    heap_keys = np.empty(size, np.float64)
    heap_ranks = np.empty(size, np.uint32)
    places = np.empty(size, np.int64)
    held = 0
    if size > 0:
        for place in range(keys.size):
            key = keys[place]
            if held == size and key > heap_keys[0]:
                continue
            held = heap_push(heap_keys, heap_ranks, places, held, key, ranks[docids[place]], place)
    heap_sort(heap_keys, heap_ranks, places, held)
    return places[:held]


@inlined
def heap_push(
    keys: NDArray[np.float64], ranks: NDArray[np.uint32], places: NDArray[np.int64],
    held: int, key: float, rank: int, place: int,
) -> int:  # fmt: skip
    """Take one more into a heap of `held` that may hold as many as the arrays do; how many it holds then."""
    if held < keys.size:
        child = held
        while child > 0:
            parent = (child - 1) // 2
            if keys[parent] > key or (keys[parent] == key and ranks[parent] > rank):
                break
            keys[child], ranks[child], places[child] = keys[parent], ranks[parent], places[parent]
            child = parent
        keys[child], ranks[child], places[child] = key, rank, place
        return held + 1
    if key < keys[0] or (key == keys[0] and rank < ranks[0]):
        sift_down(keys, ranks, places, held, key, rank, place)
    return held


@part
def heap_sort(keys: NDArray[np.float64], ranks: NDArray[np.uint32], places: NDArray[np.int64], held: int) -> None:
    """Order a heap that `heap_push` made, the first in front (heapsort: the last of those left goes to the end)."""
    for end in range(held - 1, 0, -1):
        key, rank, place = keys[end], ranks[end], places[end]
        keys[end], ranks[end], places[end] = keys[0], ranks[0], places[0]
        sift_down(keys, ranks, places, end, key, rank, place)


@part
def sift_down(
    keys: NDArray[np.float64], ranks: NDArray[np.uint32], places: NDArray[np.int64],
    held: int, key: float, rank: int, place: int,
) -> None:  # fmt: skip
    """Put one in the stead of the last of a heap of `held`: it sinks to where it belongs."""
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
        keys[parent], ranks[parent], places[parent] = keys[child], ranks[child], places[child]
        parent = child
    keys[parent], ranks[parent], places[parent] = key, rank, place
