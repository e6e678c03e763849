"""Distances, against the recurrence that defines them."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.distance import distance, within


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [
        ("", "", 0),
        ("", "ab", 2),
        ("putin", "putin", 0),
        ("putin", "putn", 1),  # dropped
        ("putin", "puttin", 1),  # inserted
        ("putin", "pudin", 1),  # changed
        ("putin", "puitn", 1),  # swapped
        ("ca", "abc", 3),  # a swapped pair is not edited again
        ("łódź", "lodz", 3),  # folding is not its business
    ],
)
def test_letters_off(one: str, other: str, off: int) -> None:
    assert distance(one, other) == distance(other, one) == off


words = st.text(alphabet="abc", max_size=6)


@given(one=words, other=words, most=st.integers(0, 3))
def test_the_distance_is_that_of_the_recurrence(one: str, other: str, most: int) -> None:
    assert distance(one, other) == plain_distance(one, other)
    assert distance(one, other, most=most) == min(plain_distance(one, other), most + 1)


@given(word=words, others=st.lists(words, max_size=8), most=st.integers(0, 2))
def test_within_gives_what_is_near_in_order(word: str, others: list[str], most: int) -> None:
    assert within(word, others, most) == [(w, d) for w in others if (d := plain_distance(word, w)) <= most]


def plain_distance(one: str, other: str) -> int:
    @cache
    def of(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        ways = [of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + (one[i - 1] != other[j - 1])]
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            ways.append(of(i - 2, j - 2) + 1)
        return min(ways)

    return of(len(one), len(other))
