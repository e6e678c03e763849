"""Bits of 64-bit words: how many are set, and which is the lowest."""

import numpy as np

from searchsvc.engines.embedded.kernels.jit import inlined, whole

# Multiplied by this number, each word with one bit set has other upper six bits: they index a table of bits
# (Leiserson, Prokop & Randall, "Using de Bruijn sequences to index a 1 in a computer word", 1998).
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BIT_OF = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _BIT_OF[((1 << _bit) * int(_DE_BRUIJN) & 2**64 - 1) >> 58] = _bit


@inlined
def count_bits(bits: np.uint64) -> int:
    """How many bits are set. LLVM recognises this loop and makes it one instruction."""
    count = 0
    while bits:
        bits &= bits - np.uint64(1)
        count += 1
    return count


@inlined
def lowest_bit(bits: np.uint64) -> int:
    """The number of the lowest bit that is set, 0 to 63; one must be set."""
    return whole(_BIT_OF[(bits & (~bits + np.uint64(1))) * _DE_BRUIJN >> np.uint64(58)])
