"""Counts over arrays are those of plain loops."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import NumberColumn, OrdinalColumn
from searchsvc.docvalues.counting import counts_of, missing_of, occurrences_of, ordinals_of, tally
from searchsvc.docvalues.docset import DocSet

SIZE = 40
values = st.lists(st.lists(st.sampled_from("abcde"), max_size=3, unique=True).map(tuple), min_size=SIZE, max_size=SIZE)
single = st.lists(st.sampled_from([(), ("a",), ("b",)]), min_size=SIZE, max_size=SIZE)
chosen = st.one_of(st.sets(st.integers(0, SIZE - 1), max_size=3), st.sets(st.integers(0, SIZE - 1)))


def docset(numbers: set[int]) -> DocSet:
    return DocSet.of(SIZE, np.array(sorted(numbers), dtype=np.uint32))


@given(wanted=st.one_of(values, single), numbers=chosen)
def test_counts_of_values(wanted: list[tuple[str, ...]], numbers: set[int]) -> None:
    column = OrdinalColumn.of(wanted)
    counts = dict(zip(column.forms, counts_of(column, docset(numbers)).tolist(), strict=True))
    assert Counter(counts) == Counter(form for docnum in numbers for form in wanted[docnum])
    assert missing_of(column, docset(numbers)) == sum(not wanted[docnum] for docnum in numbers)


@given(wanted=values, numbers=chosen)
def test_each_value_with_its_document(wanted: list[tuple[str, ...]], numbers: set[int]) -> None:
    column = OrdinalColumn.of(wanted)
    docnums, ordinals = occurrences_of(column, docset(numbers))
    pairs = [(docnum, column.forms[o]) for docnum, o in zip(docnums.tolist(), ordinals.tolist(), strict=True)]
    assert pairs == [(docnum, form) for docnum in sorted(numbers) for form in wanted[docnum]]
    assert ordinals_of(column, docset(numbers)).tolist() == ordinals.tolist()


@given(
    wanted=st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=SIZE, max_size=SIZE),
    numbers=chosen,
)
def test_a_tally_counts_numbers_and_those_without(wanted: list[int | None], numbers: set[int]) -> None:
    days, counts, missing = tally(NumberColumn.of(wanted), docset(numbers))
    assert days.tolist() == sorted(set(days.tolist()))
    plain = Counter(n for docnum in numbers if (n := wanted[docnum]) is not None)
    assert dict(zip(days.tolist(), counts.tolist(), strict=True)) == plain
    assert missing == sum(wanted[docnum] is None for docnum in numbers)
