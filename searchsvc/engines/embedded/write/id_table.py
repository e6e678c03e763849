"""IdTable: the documents of all segments by the hash of their ids, in some 32 bytes each.

A hash table with open addressing and linear probing (Knuth, The Art of Computer Programming, vol. 3, section 6.4), at
most three quarters full. Ids may share a hash: the caller compares the ids themselves.

>>> table = IdTable()
>>> table.add(3, np.array([70, 80, 70], dtype=np.uint64))
>>> list(table.find(70)), list(table.find(81))
([(3, 0), (3, 2)], [])
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import Out, kernel, part

_MIN_SLOTS = 1 << 10
_FREE = np.uint64(2**64 - 1)

Hashes = NDArray[np.uint64]


class Slots(NamedTuple):
    """The slots of a table, a power of two; an id is in the slot of its hash's lowest bits, or in one soon after."""

    hashes: Out[np.uint64]
    documents: Out[np.uint64]  # segment << 32 | docid, or _FREE


class IdTable:
    """Documents are added a segment at a time, and never removed."""

    def __init__(self) -> None:
        self._count = 0
        self._slots = _free_slots(_MIN_SLOTS)

    def add(self, segment: int, hashes: Hashes) -> None:
        """Add the documents of a segment: the hash of each one's id, by docid (uint64)."""
        size = len(self._slots.documents)
        while (self._count + len(hashes)) * 4 > size * 3:
            size *= 2
        if size > len(self._slots.documents):
            larger = _free_slots(size)
            move(self._slots, larger)
            self._slots = larger
        insert(self._slots, hashes, segment << 32)
        self._count += len(hashes)

    def find(self, hash: int) -> Iterator[tuple[int, int]]:
        """Segment and docid of each document that was added with this hash."""
        if not self._count:
            return
        wanted, last_slot = np.uint64(hash), len(self._slots.documents) - 1
        slot = next_slot(self._slots, wanted, hash & last_slot)
        while slot >= 0:
            document = int(self._slots.documents[slot])
            yield document >> 32, document & 0xFFFFFFFF
            slot = next_slot(self._slots, wanted, slot + 1 & last_slot)


def _free_slots(count: int) -> Slots:
    return Slots(np.zeros(count, dtype=np.uint64), np.full(count, _FREE, dtype=np.uint64))


@kernel
def insert(slots: Slots, hashes: Hashes, first: int) -> None:
    """Put each document into a free slot; the first is `first` (segment << 32 | docid), the others follow it."""
    for i in range(hashes.size):
        _insert_one(slots, hashes[i], np.uint64(first + i))


@kernel
def move(slots: Slots, larger: Slots) -> None:
    """Put all documents of a table into a larger one that is empty."""
    for slot in range(slots.documents.size):
        if slots.documents[slot] != _FREE:
            _insert_one(larger, slots.hashes[slot], slots.documents[slot])


@part
def _insert_one(slots: Slots, hash: np.uint64, document: np.uint64) -> None:
    last_slot = np.uint64(slots.documents.size - 1)
    slot = hash & last_slot
    while slots.documents[slot] != _FREE:
        slot = (slot + np.uint64(1)) & last_slot
    slots.hashes[slot] = hash
    slots.documents[slot] = document


@kernel
def next_slot(slots: Slots, wanted: np.uint64, slot: int) -> int:
    """The first slot from `slot` on with this hash; -1 if a free one comes before."""
    last_slot = slots.documents.size - 1
    while slots.documents[slot] != _FREE:
        if slots.hashes[slot] == wanted:
            return slot
        slot = (slot + 1) & last_slot
    return -1
