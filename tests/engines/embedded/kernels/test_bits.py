"""Bits of a word against Python's integers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.kernels.bits import count_bits, lowest_bit
from searchsvc.engines.embedded.kernels.jit import kernel


@kernel
def counted(bits: np.uint64) -> int:
    return count_bits(bits)


@kernel
def lowest(bits: np.uint64) -> int:
    return lowest_bit(bits)


@given(bits=st.integers(0, 2**64 - 1))
def test_bits_are_counted(bits: int) -> None:
    assert counted(np.uint64(bits)) == bits.bit_count()


@given(bits=st.one_of(st.integers(1, 2**64 - 1), st.integers(0, 63).map(lambda bit: 1 << bit)))
def test_the_lowest_bit_is_numbered(bits: int) -> None:
    assert lowest(np.uint64(bits)) == (bits & -bits).bit_length() - 1
