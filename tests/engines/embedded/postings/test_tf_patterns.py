"""The table of patterns is a dictionary from entries to numbers and uses."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.postings.tf_patterns import (
    SINGLE_KEYS,
    SINGLE_TFS,
    count_use,
    empty_table,
    enlarged,
    has_room,
    ranks_by_use,
)
from tests.engines.embedded.postings.plain import Pattern

keys = st.integers(0, 9) | st.sampled_from((SINGLE_KEYS - 1, SINGLE_KEYS, 2**32 - 1)) | st.integers(0, 2**32 - 1)
tfs = st.sampled_from((1, 1, 2, SINGLE_TFS - 1, SINGLE_TFS, 70_000))
patterns = st.lists(st.tuples(keys, tfs), min_size=1, max_size=4, unique_by=lambda entry: entry[0]).map(
    lambda entries: tuple(sorted(entries))
)


@settings(max_examples=20)
@given(used=st.lists(patterns, max_size=300))
def test_equal_patterns_have_one_number_and_others_another(used: list[Pattern]) -> None:
    table = empty_table(2)
    numbers: dict[Pattern, int] = {}
    uses: Counter[int] = Counter()
    for pattern in used:
        if not has_room(table, 1, len(pattern)):
            table = enlarged(table, len(pattern))
        of_pattern = np.array(pattern, dtype=np.uint32).T.copy()
        number = count_use(table, of_pattern[0], of_pattern[1], len(pattern))
        assert number == numbers.setdefault(pattern, len(numbers))
        uses[number] += 1
    assert table.size[0] == len(numbers)
    for pattern, number in numbers.items():
        start, end = table.starts[number], table.starts[number + 1]
        assert tuple(zip(table.keys[start:end].tolist(), table.tfs[start:end].tolist(), strict=True)) == pattern
        assert table.uses[number] == uses[number]
    ranks = ranks_by_use(table)
    assert ranks.dtype == np.uint32
    by_rank = sorted(numbers.values(), key=ranks.tolist().__getitem__)
    assert sorted(ranks.tolist()) == list(range(len(numbers)))
    assert by_rank == sorted(numbers.values(), key=lambda number: (-uses[number], number))


def test_an_empty_table_has_room_for_as_much_as_it_was_made_for() -> None:
    table = empty_table(4)
    assert has_room(table, 4, 8)
    assert not has_room(table, 5, 5)
    assert not has_room(table, 1, 9)
    assert has_room(enlarged(table, 100), 5, 100)
    assert ranks_by_use(table).tolist() == []
