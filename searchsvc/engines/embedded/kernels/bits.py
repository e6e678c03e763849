"""Bits: how many are set in a word of 64, and which is the lowest."""

import numpy as np

from searchsvc.engines.embedded.kernels.jit import inlined, whole

# Which bit of a word is its only one: `_BIT_OF[word * _SPREAD >> 58]`, for each of the 64 gives another place.
# (Leiserson, Prokop & Randall, "Using de Bruijn sequences to index a 1 in a computer word", 1998.)
_SPREAD = np.uint64(0x03F79D71B4CB0A89)
_BIT_OF = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _BIT_OF[((1 << _bit) * int(_SPREAD) & 2**64 - 1) >> 58] = _bit


@inlined
def count_bits(bits: np.uint64) -> int:
    """How many bits are set: a loop that the compiler knows, and makes one instruction of."""
    count = 0
    while bits:
        bits &= bits - np.uint64(1)
        count += 1
    return count


@inlined
def lowest_bit(bits: np.uint64) -> int:
    """The place of the lowest bit that is set, of 0 to 63; one is."""
    return whole(_BIT_OF[(bits & (~bits + np.uint64(1))) * _SPREAD >> np.uint64(58)])
