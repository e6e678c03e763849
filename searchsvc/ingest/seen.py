"""Seen: which numbers have come already, in some 16 to 32 bytes each: a set of Python's takes a hundred.

A table of which at most half is full: a number stands at the place that its lowest bits name, or behind it.

>>> seen = Seen()
>>> seen.add(7), seen.add(-7), seen.add(7), len(seen)
(True, True, False, 2)
"""

from array import array

_FEWEST = 1 << 12  # places
_64_BITS = 2**64 - 1
_NONE = 0  # at a place that is free


class Seen:
    """Grows as it needs to."""

    def __init__(self) -> None:
        self._places = _free(_FEWEST)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, number: int) -> bool:
        """Whether it is new: of a number, its lowest 64 bits (and 0 is taken for -1)."""
        wanted = number & _64_BITS or _64_BITS
        if not _put(self._places, wanted):
            return False
        self._count += 1
        if self._count * 2 > len(self._places):
            grown = _free(len(self._places) * 2)
            for known in self._places:
                if known != _NONE:
                    _put(grown, known)
            self._places = grown
        return True


def _free(places: int) -> "array[int]":
    return array("Q", bytes(8 * places))


def _put(places: "array[int]", wanted: int) -> bool:
    last = len(places) - 1
    place = wanted & last
    while (held := places[place]) != _NONE:
        if held == wanted:
            return False
        place = place + 1 & last
    places[place] = wanted
    return True
