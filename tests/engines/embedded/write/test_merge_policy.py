"""The merge policy keeps segments few and no larger than they may be."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.write.merge_policy import (
    MAX_SEGMENTS,
    MERGED_ARTICLES,
    SegmentSize,
    find_full_merges,
    find_merges,
)

counts = st.integers(0, 300) | st.integers(0, MERGED_ARTICLES + 10)
sizes_of = st.lists(
    st.tuples(counts, st.integers(0, 300)).map(lambda pair: SegmentSize(pair[0], max(1, sum(pair)))), max_size=40
)


def check_groups(groups: Sequence[Sequence[int]], sizes: Sequence[SegmentSize]) -> None:
    """Each segment is in at most one group, and no group of several becomes too large."""
    merged = [number for group in groups for number in group]
    assert len(merged) == len(set(merged))
    for group in groups:
        assert list(group) == sorted(group)
        assert len(group) == 1 or sum(sizes[number].live for number in group) <= MERGED_ARTICLES


@given(sizes=sizes_of)
def test_few_segments_are_left(sizes: list[SegmentSize]) -> None:
    groups = find_merges(sizes)
    check_groups(groups, sizes)
    merged = {number for group in groups for number in group}
    left = [size.live for number, size in enumerate(sizes) if number not in merged]
    left += [live for group in groups if (live := sum(sizes[number].live for number in group))]
    large = sum(live * 2 > MERGED_ARTICLES for live in left)
    assert len(left) - large <= MAX_SEGMENTS
    for number, size in enumerate(sizes):
        if size.live * 2 < size.all:
            assert number in merged


@given(sizes=sizes_of)
def test_few_enough_segments_without_many_deletions_stay(sizes: list[SegmentSize]) -> None:
    whole = [SegmentSize(size.all, size.all) for size in sizes[:MAX_SEGMENTS]]
    assert find_merges(whole) == []


@given(sizes=sizes_of)
def test_a_finished_build_has_no_deleted_documents_and_no_two_segments_that_fit_together(
    sizes: list[SegmentSize],
) -> None:
    groups = find_full_merges(sizes)
    check_groups(groups, sizes)
    merged = {number for group in groups for number in group}
    assert all(size.live == size.all for number, size in enumerate(sizes) if number not in merged)
    left = [size.live for number, size in enumerate(sizes) if number not in merged]
    left += [sum(sizes[number].live for number in group) for group in groups]
    left = sorted(live for live in left if live)
    assert all(one + other > MERGED_ARTICLES for one, other in pairwise(left))


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ([10] * 10, []),
        ([10] * 11, [list(range(11))]),
        # Eleven segments: two must go, and the tier of the second goes to its end.
        ([100_000, 10, 2_000, 2_000, 2_100, 50_000, 60_000, 70_000, 80_000, 90_000, 99_000], [[1, 2, 3, 4]]),
        # Full segments do not count.
        ([400_000, 10, *[50_000] * 9], []),
    ],
)
def test_whole_tiers_are_merged(live: list[int], expected: list[list[int]]) -> None:
    assert find_merges([SegmentSize(count, count) for count in live]) == expected
