"""Shaping: the table of shapes of a segment while it is written: which counts of which words a posting can have.

A shape is a list of entries, each a key (lexeme within the family << 3 | field, ascending) and a count. A table finds
the number of a shape by its content; most shapes are one word once in one field, for which a small array is enough.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import compiled, inlined, whole

SMALL_KEYS = 64
SMALL_COUNTS = 32


class Shapes(NamedTuple):
    """Shape s has the entries `first[s]` to `first[s + 1]`; `used` says how many postings have it so far.

    `sizes` are the number of shapes, in an array so that it can grow. Arrays have room for more; -1 is "none".
    """

    sizes: NDArray[np.int64]
    first: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    used: NDArray[np.int64]
    slots: NDArray[np.int32]  # open addressing by hash
    small: NDArray[np.int32]  # of one entry: by key and count


def no_shapes(room: int = 1024) -> Shapes:
    """An empty table with room for so many shapes before it grows."""
    return Shapes(
        np.zeros(1, np.int64),
        np.zeros(room + 1, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(room, np.int64),
        np.full(4 * room, -1, np.int32),
        np.full(SMALL_KEYS * SMALL_COUNTS, -1, np.int32),
    )


def by_use(shapes: Shapes) -> NDArray[np.uint32]:
    """For each shape its place among them, the most used first: a frequent one has a small number, of one byte."""
    held = int(shapes.sizes[0])
    numbers = np.empty(held, dtype=np.uint32)
    numbers[np.argsort(-shapes.used[:held], kind="stable")] = np.arange(held, dtype=np.uint32)
    return numbers


@inlined
def has_room(shapes: Shapes, count: int, entries: int) -> bool:
    """Whether so many more shapes, of so many entries in all, fit into the table."""
    held = shapes.sizes[0]
    has: bool = held + count <= shapes.used.size and shapes.first[held] + entries <= shapes.keys.size
    return has


@compiled
def with_room(shapes: Shapes, entries: int) -> Shapes:
    """The table in greater arrays, with room for another shape of so many entries."""
    held = shapes.sizes[0]
    filled = shapes.first[held]
    room, entry_room = 2 * shapes.used.size, 2 * shapes.keys.size + entries
    first, used = np.zeros(room + 1, np.uint32), np.zeros(room, np.int64)
    keys, counts = np.zeros(entry_room, np.uint32), np.zeros(entry_room, np.uint32)
    first[: held + 1] = shapes.first[: held + 1]
    used[:held] = shapes.used[:held]
    keys[:filled] = shapes.keys[:filled]
    counts[:filled] = shapes.counts[:filled]
    slots = np.full(4 * room, -1, np.int32)
    for shape in range(held):
        slot = _hash(keys, counts, first[shape], first[shape + 1]) & (slots.size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (slots.size - 1)
        slots[slot] = shape
    return Shapes(shapes.sizes, first, keys, counts, used, slots, shapes.small)


@inlined
def number_of(shapes: Shapes, keys: NDArray[np.uint32], counts: NDArray[np.uint32], entries: int) -> int:
    """The number of a shape, a new one when it was not met before; for a table that has room. Counts one use."""
    is_small = entries == 1 and keys[0] < SMALL_KEYS and counts[0] < SMALL_COUNTS
    place = whole(keys[0]) * SMALL_COUNTS + whole(counts[0]) if is_small else 0
    shape = whole(shapes.small[place]) if is_small else whole(-1)
    if shape < 0:
        shape = found_or_made(shapes, keys, counts, entries)
        if is_small:
            shapes.small[place] = shape
    shapes.used[shape] += 1
    return shape


@compiled
def found_or_made(shapes: Shapes, keys: NDArray[np.uint32], counts: NDArray[np.uint32], entries: int) -> int:
    """The number of a shape, as `number_of`; its use is not counted."""
    last = shapes.slots.size - 1  # a power of two less one
    slot = _hash(keys, counts, 0, entries) & last
    while shapes.slots[slot] >= 0:
        shape = whole(shapes.slots[slot])
        start = whole(shapes.first[shape])
        if whole(shapes.first[shape + 1]) - start == entries:
            same = True
            for i in range(entries):
                if shapes.keys[start + i] != keys[i] or shapes.counts[start + i] != counts[i]:
                    same = False
                    break
            if same:
                return shape
        slot = (slot + 1) & last
    shape = whole(shapes.sizes[0])
    start = whole(shapes.first[shape])
    for i in range(entries):
        shapes.keys[start + i] = keys[i]
        shapes.counts[start + i] = counts[i]
    shapes.first[shape + 1] = start + entries
    shapes.used[shape] = 0
    shapes.slots[slot] = shape
    shapes.sizes[0] += 1
    return shape


@compiled
def _hash(keys: NDArray[np.uint32], counts: NDArray[np.uint32], start: int, end: int) -> int:
    mixed = np.int64(1469598103934665603)  # FNV-1a
    for i in range(start, end):
        mixed = (mixed ^ whole(keys[i])) * np.int64(1099511628211)
        mixed = (mixed ^ whole(counts[i])) * np.int64(1099511628211)
    mixed ^= mixed >> 29
    return whole(mixed & np.int64(0x7FFFFFFFFFFFFFFF))
