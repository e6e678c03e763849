"""PatternTable: the term-frequency patterns of a segment that is being written, each under a number.

The page `format` says what a pattern is. The table finds the number of a pattern by its entries: through a hash table
with open addressing, or, as most patterns are one form a few times in one field, through a small array.

Not for reading a segment: its file has the patterns as arrays (`format.Postings`), under numbers of its own.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import Out, inlined, part, whole
from searchsvc.engines.embedded.postings.format import Patterns

# A pattern with one entry whose key and term frequency are below these is found without hashing.
SINGLE_KEYS = 64
SINGLE_TFS = 32

PatternKeys = NDArray[np.uint32]  # form within the stem class << 3 | field
TermFrequencies = NDArray[np.uint32]


class PatternTable(NamedTuple):
    """Pattern p has the entries `starts[p]` to `starts[p + 1]` of `keys` and `tfs`; `uses[p]` postings have it so far.

    There are `size[0]` patterns: an array, as a tuple's number could not change. The other arrays have room for more.
    """

    size: Out[np.int64]
    starts: Out[np.uint32]
    keys: Out[np.uint32]
    tfs: Out[np.uint32]
    uses: Out[np.int64]
    slots: Out[np.int32]  # hash table of patterns; a power of two; -1: free
    singles: Out[np.int32]  # by key * SINGLE_TFS + tf: the pattern of this one entry; -1: none yet


def empty_table(room: int = 1024) -> PatternTable:
    """A table without patterns, with room for `room` of them (a power of two)."""
    return PatternTable(
        np.zeros(1, np.int64),
        np.zeros(room + 1, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(2 * room, np.uint32),
        np.zeros(room, np.int64),
        np.full(4 * room, -1, np.int32),
        np.full(SINGLE_KEYS * SINGLE_TFS, -1, np.int32),
    )


def ranks_by_use(table: PatternTable) -> Patterns:
    """The rank of each pattern, the most used first (uint32): the numbers of frequent patterns fit into a byte."""
    size = int(table.size[0])
    ranks = np.empty(size, dtype=np.uint32)
    ranks[np.argsort(-table.uses[:size], kind="stable")] = np.arange(size, dtype=np.uint32)
    return ranks


@inlined
def has_room(table: PatternTable, patterns: int, entries: int) -> bool:
    """Whether so many more patterns, with so many entries in all, fit into the arrays."""
    size = table.size[0]
    has: bool = size + patterns <= table.uses.size and table.starts[size] + entries <= table.keys.size
    return has


@part
def enlarged(table: PatternTable, entries: int) -> PatternTable:
    """The table in arrays twice as large, with room for at least `entries` more entries."""
    size = table.size[0]
    filled = table.starts[size]
    room, entry_room = 2 * table.uses.size, 2 * table.keys.size + entries
    starts, uses = np.zeros(room + 1, np.uint32), np.zeros(room, np.int64)
    keys, tfs = np.zeros(entry_room, np.uint32), np.zeros(entry_room, np.uint32)
    starts[: size + 1] = table.starts[: size + 1]
    uses[:size] = table.uses[:size]
    keys[:filled] = table.keys[:filled]
    tfs[:filled] = table.tfs[:filled]
    slots = np.full(4 * room, -1, np.int32)
    for pattern in range(size):
        slot = _hash(keys, tfs, starts[pattern], starts[pattern + 1]) & (slots.size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (slots.size - 1)
        slots[slot] = pattern
    return PatternTable(table.size, starts, keys, tfs, uses, slots, table.singles)


@inlined
def count_use(table: PatternTable, keys: PatternKeys, tfs: TermFrequencies, entries: int) -> int:
    """The number of the pattern with the first `entries` of `keys` and `tfs`; counts one more use of it.

    A new pattern is added: the table must have room for it.
    """
    is_single = entries == 1 and keys[0] < SINGLE_KEYS and tfs[0] < SINGLE_TFS
    single = whole(keys[0]) * SINGLE_TFS + whole(tfs[0]) if is_single else 0
    pattern = whole(table.singles[single]) if is_single else whole(-1)
    if pattern < 0:
        pattern = _find_or_add(table, keys, tfs, entries)
        if is_single:
            table.singles[single] = pattern
    table.uses[pattern] += 1
    return pattern


@part
def _find_or_add(table: PatternTable, keys: PatternKeys, tfs: TermFrequencies, entries: int) -> int:
    """The number of a pattern, which is added when it is new."""
    last_slot = table.slots.size - 1
    slot = _hash(keys, tfs, 0, entries) & last_slot
    while table.slots[slot] >= 0:
        pattern = whole(table.slots[slot])
        start = whole(table.starts[pattern])
        if whole(table.starts[pattern + 1]) - start == entries:
            is_equal = True
            for i in range(entries):
                if table.keys[start + i] != keys[i] or table.tfs[start + i] != tfs[i]:
                    is_equal = False
                    break
            if is_equal:
                return pattern
        slot = (slot + 1) & last_slot
    pattern = whole(table.size[0])
    start = whole(table.starts[pattern])
    for i in range(entries):
        table.keys[start + i] = keys[i]
        table.tfs[start + i] = tfs[i]
    table.starts[pattern + 1] = start + entries
    table.uses[pattern] = 0
    table.slots[slot] = pattern
    table.size[0] += 1
    return pattern


@part
def _hash(keys: PatternKeys, tfs: TermFrequencies, start: int, end: int) -> int:
    """A hash of the entries `start` to `end`, not negative: FNV-1a (Fowler, Noll & Vo) over whole numbers."""
    mixed = np.int64(1469598103934665603)
    for i in range(start, end):
        mixed = (mixed ^ whole(keys[i])) * np.int64(1099511628211)
        mixed = (mixed ^ whole(tfs[i])) * np.int64(1099511628211)
    mixed ^= mixed >> 29
    return whole(mixed & np.int64(0x7FFFFFFFFFFFFFFF))
