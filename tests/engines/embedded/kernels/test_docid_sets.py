"""Sets of docids against sets of Python."""

from bisect import bisect_left

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import NumberColumn
from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.docid_sets import (
    contained,
    difference,
    flagged,
    gallop,
    intersection,
    union,
    within,
)

SIZE = 300
few = st.sets(st.integers(0, SIZE - 1), max_size=6)
many = st.sets(st.integers(0, SIZE - 1), max_size=200)
numbers = st.one_of(few, many)


def docids(wanted: set[int]) -> Docids:
    return np.array(sorted(wanted), dtype=np.uint32)


@given(one=numbers, other=numbers)
def test_sets_are_those_of_python(one: set[int], other: set[int]) -> None:
    a, b = docids(one), docids(other)
    for found, wanted in (
        (intersection(a, b), one & other),
        (union(a, b), one | other),
        (difference(a, b), one - other),
    ):
        assert found.tolist() == sorted(wanted)
        assert found.dtype == np.uint32
    mask = np.zeros(SIZE, dtype=np.bool_)
    mask[b] = True
    assert flagged(a, mask).tolist() == sorted(one & other)


@given(wanted=numbers, start=st.integers(0, 250), sought=st.integers(0, SIZE))
def test_galloping_finds_what_bisecting_does(wanted: set[int], start: int, sought: int) -> None:
    listed = sorted(wanted)
    start = min(start, len(listed))
    assert gallop(docids(wanted), start, sought) == max(start, bisect_left(listed, sought))


@given(
    wanted=numbers,
    values=st.lists(st.one_of(st.none(), st.integers(-4, 4)), min_size=SIZE, max_size=SIZE),
    low=st.integers(-5, 5),
    high=st.integers(-5, 5),
)
def test_numbers_in_a_range(wanted: set[int], values: list[int | None], low: int, high: int) -> None:
    found = within(docids(wanted), NumberColumn.of(values).numbers, low, high).tolist()
    assert found == [n for n in sorted(wanted) if (value := values[n]) is not None and low <= value <= high]


@given(some=st.lists(st.integers(0, SIZE - 1), max_size=50), wanted=numbers)
def test_docids_in_any_order_are_among_others(some: list[int], wanted: set[int]) -> None:
    found = contained(np.array(some, dtype=np.uint32), docids(wanted))
    assert found.tolist() == [docid in wanted for docid in some]
