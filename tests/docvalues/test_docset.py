"""DocSets are sets, few or many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.docset import DocSet, union

SIZE = 500


def docset_of(numbers: set[int], *, as_mask: bool) -> DocSet:
    docnums = np.array(sorted(numbers), dtype=np.uint32)
    if not as_mask:
        return DocSet.of(SIZE, docnums)
    mask = np.zeros(SIZE, dtype=np.bool_)
    mask[docnums] = True
    return DocSet.of_mask(mask)


numbers = st.one_of(
    st.sets(st.integers(0, SIZE - 1), max_size=8),
    st.sets(st.integers(0, SIZE - 1), min_size=100, max_size=300),
)


@given(one=numbers, other=numbers, masks=st.tuples(st.booleans(), st.booleans()))
def test_and_or_not_are_those_of_sets(one: set[int], other: set[int], masks: tuple[bool, bool]) -> None:
    a, b = docset_of(one, as_mask=masks[0]), docset_of(other, as_mask=masks[1])
    for found, wanted in ((a & b, one & other), (a | b, one | other), (~a, set(range(SIZE)) - one), (a, one)):
        assert found.docnums().tolist() == sorted(wanted)
        assert len(found) == len(wanted)
        assert np.flatnonzero(found.mask()).tolist() == sorted(wanted)
        assert found.docnums().dtype == np.uint32


def test_all_and_none() -> None:
    assert len(DocSet.all(3)) == 3
    assert len(DocSet.none(3)) == 0
    assert DocSet.none(0).docnums().tolist() == []


@given(lists=st.lists(st.sets(st.integers(0, 40)), min_size=1, max_size=4))
def test_a_union_is_ascending_and_has_each_once(lists: list[set[int]]) -> None:
    found = union([np.array(sorted(numbers), dtype=np.uint64) for numbers in lists])
    assert found.tolist() == sorted(set[int]().union(*lists))
    assert found.dtype == np.uint64
