"""IdTable: where the documents of all segments are, by the hash of their ids, in some 32 bytes each.

A table of which at most three quarters are full: a document stands at the place that its hash's lowest bits name, or
behind it. Hashes may be shared: whoever asks compares the ids themselves.

>>> table = IdTable()
>>> table.add(3, np.array([70, 80, 70], dtype=np.uint64))
>>> list(table.places(70)), list(table.places(81))
([(3, 0), (3, 2)], [])
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import kernel

_FEWEST = 1 << 10  # slots
_FREE = np.uint64(2**64 - 1)

Slots = NDArray[np.uint64]


class IdTable:
    """Documents are added a segment at a time, and never taken out."""

    def __init__(self) -> None:
        self._count = 0
        self._hashes, self._places = _slots(_FEWEST)

    def add(self, segment: int, hashes: Slots) -> None:
        """The documents of a segment, from 0: the hashes of their ids."""
        size = len(self._places)
        while (self._count + len(hashes)) * 4 > size * 3:
            size *= 2
        if size > len(self._places):
            grown_hashes, grown_places = _slots(size)
            move(self._hashes, self._places, grown_hashes, grown_places)
            self._hashes, self._places = grown_hashes, grown_places
        put(self._hashes, self._places, hashes, segment << 32)
        self._count += len(hashes)

    def places(self, hash: int) -> Iterator[tuple[int, int]]:
        """Segment and document number of each that was added with this hash."""
        if not self._count:
            return
        wanted, last = np.uint64(hash), len(self._places) - 1
        slot = next_slot(self._hashes, self._places, wanted, hash & last)
        while slot >= 0:
            place = int(self._places[slot])
            yield place >> 32, place & 0xFFFFFFFF
            slot = next_slot(self._hashes, self._places, wanted, slot + 1 & last)


def _slots(count: int) -> tuple[Slots, Slots]:
    return np.zeros(count, dtype=np.uint64), np.full(count, _FREE, dtype=np.uint64)


@kernel
def put(hashes: Slots, places: Slots, added: Slots, base: int) -> None:
    """Each of the added at its slot; `base` is the place of the first."""
    last = np.uint64(places.size - 1)
    for i in range(added.size):
        slot = added[i] & last
        while places[slot] != _FREE:
            slot = (slot + np.uint64(1)) & last
        hashes[slot] = added[i]
        places[slot] = np.uint64(base + i)


@kernel
def move(hashes: Slots, places: Slots, grown_hashes: Slots, grown_places: Slots) -> None:
    """All of a table into a greater one that is empty."""
    last = np.uint64(grown_places.size - 1)
    for i in range(places.size):
        if places[i] != _FREE:
            slot = hashes[i] & last
            while grown_places[slot] != _FREE:
                slot = (slot + np.uint64(1)) & last
            grown_hashes[slot] = hashes[i]
            grown_places[slot] = places[i]


@kernel
def next_slot(hashes: Slots, places: Slots, wanted: np.uint64, slot: int) -> int:
    """The first slot from this one on that has the hash; -1 when none has before one that is free."""
    last = places.size - 1
    while places[slot] != _FREE:
        if hashes[slot] == wanted:
            return slot
        slot = (slot + 1) & last
    return -1
