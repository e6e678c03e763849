"""Shaping: the table of patterns of a segment while it is written: which counts of which words a posting can have.

A pattern is a list of entries, each a key (form within the stem class << 3 | field, ascending) and a count. A table
finds the number of a pattern by its content; most patterns are one word once in one field, for which a small array is
enough.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import inlined, kernel, whole

SMALL_KEYS = 64
SMALL_COUNTS = 32


class TfPatterns(NamedTuple):
    """Pattern s has the entries `first[s]` to `first[s + 1]`; `used` says how many postings have it so far.

    `sizes` are the number of patterns, in an array so that it can grow. Arrays have room for more; -1 is "none".
    """

    sizes: NDArray[np.int64]
    first: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    used: NDArray[np.int64]
    slots: NDArray[np.int32]  # open addressing by hash
    small: NDArray[np.int32]  # of one entry: by key and count


def no_patterns(room: int = 1024) -> TfPatterns:
    """An empty table with room for so many patterns before it grows."""
    return TfPatterns(
        np.zeros(1, np.int64),
        np.zeros(room + 1, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(room, np.int64),
        np.full(4 * room, -1, np.int32),
        np.full(SMALL_KEYS * SMALL_COUNTS, -1, np.int32),
    )


def by_use(patterns: TfPatterns) -> NDArray[np.uint32]:
    """For each pattern its place among them, the most used first: a frequent one has a small number, of one byte."""
    held = int(patterns.sizes[0])
    numbers = np.empty(held, dtype=np.uint32)
    numbers[np.argsort(-patterns.used[:held], kind="stable")] = np.arange(held, dtype=np.uint32)
    return numbers


@inlined
def has_room(patterns: TfPatterns, count: int, entries: int) -> bool:
    """Whether so many more patterns, of so many entries in all, fit into the table."""
    held = patterns.sizes[0]
    has: bool = held + count <= patterns.used.size and patterns.first[held] + entries <= patterns.keys.size
    return has


@kernel
def with_room(patterns: TfPatterns, entries: int) -> TfPatterns:
    """The table in greater arrays, with room for another pattern of so many entries."""
    held = patterns.sizes[0]
    filled = patterns.first[held]
    room, entry_room = 2 * patterns.used.size, 2 * patterns.keys.size + entries
    first, used = np.zeros(room + 1, np.uint32), np.zeros(room, np.int64)
    keys, counts = np.zeros(entry_room, np.uint32), np.zeros(entry_room, np.uint32)
    first[: held + 1] = patterns.first[: held + 1]
    used[:held] = patterns.used[:held]
    keys[:filled] = patterns.keys[:filled]
    counts[:filled] = patterns.counts[:filled]
    slots = np.full(4 * room, -1, np.int32)
    for pattern in range(held):
        slot = _hash(keys, counts, first[pattern], first[pattern + 1]) & (slots.size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (slots.size - 1)
        slots[slot] = pattern
    return TfPatterns(patterns.sizes, first, keys, counts, used, slots, patterns.small)


@inlined
def number_of(patterns: TfPatterns, keys: NDArray[np.uint32], counts: NDArray[np.uint32], entries: int) -> int:
    """The number of a pattern, a new one when it was not met before; for a table that has room. Counts one use."""
    is_small = entries == 1 and keys[0] < SMALL_KEYS and counts[0] < SMALL_COUNTS
    place = whole(keys[0]) * SMALL_COUNTS + whole(counts[0]) if is_small else 0
    pattern = whole(patterns.small[place]) if is_small else whole(-1)
    if pattern < 0:
        pattern = found_or_made(patterns, keys, counts, entries)
        if is_small:
            patterns.small[place] = pattern
    patterns.used[pattern] += 1
    return pattern


@kernel
def found_or_made(patterns: TfPatterns, keys: NDArray[np.uint32], counts: NDArray[np.uint32], entries: int) -> int:
    """The number of a pattern, as `number_of`; its use is not counted."""
    last = patterns.slots.size - 1  # a power of two less one
    slot = _hash(keys, counts, 0, entries) & last
    while patterns.slots[slot] >= 0:
        pattern = whole(patterns.slots[slot])
        start = whole(patterns.first[pattern])
        if whole(patterns.first[pattern + 1]) - start == entries:
            same = True
            for i in range(entries):
                if patterns.keys[start + i] != keys[i] or patterns.counts[start + i] != counts[i]:
                    same = False
                    break
            if same:
                return pattern
        slot = (slot + 1) & last
    pattern = whole(patterns.sizes[0])
    start = whole(patterns.first[pattern])
    for i in range(entries):
        patterns.keys[start + i] = keys[i]
        patterns.counts[start + i] = counts[i]
    patterns.first[pattern + 1] = start + entries
    patterns.used[pattern] = 0
    patterns.slots[slot] = pattern
    patterns.sizes[0] += 1
    return pattern


@kernel
def _hash(keys: NDArray[np.uint32], counts: NDArray[np.uint32], start: int, end: int) -> int:
    mixed = np.int64(1469598103934665603)  # FNV-1a
    for i in range(start, end):
        mixed = (mixed ^ whole(keys[i])) * np.int64(1099511628211)
        mixed = (mixed ^ whole(counts[i])) * np.int64(1099511628211)
    mixed ^= mixed >> 29
    return whole(mixed & np.int64(0x7FFFFFFFFFFFFFFF))
