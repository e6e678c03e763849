"""The ranking formulas are those of their sources, and reward what they should."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.bm25f import (
    HALF_LIFE_DAYS,
    K1,
    PROXIMITY_WEIGHT,
    RECENCY_WEIGHT,
    inverse_document_frequency,
    proximity,
    recency,
    saturated,
)

DAY = 86_400


def test_a_rarer_leaf_has_a_greater_idf_and_none_a_negative_one() -> None:
    weights = [inverse_document_frequency(100, n) for n in (0, 1, 10, 50, 100)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert inverse_document_frequency(100, 10) == pytest.approx(math.log(1 + 90.5 / 10.5))


def test_each_further_occurrence_adds_less() -> None:
    assert saturated(0) == 0
    assert saturated(1) == pytest.approx(1)
    assert saturated(1) - saturated(0) > saturated(2) - saturated(1) > saturated(3) - saturated(2) > 0
    assert saturated(1e9) == pytest.approx(K1 + 1)


def test_a_new_story_scores_a_little_more_than_an_old_one() -> None:
    today = 1_600_000_000
    assert recency(today, today) == pytest.approx(1 + RECENCY_WEIGHT)
    assert recency(today - HALF_LIFE_DAYS * DAY, today) == pytest.approx(1 + RECENCY_WEIGHT / 2)
    assert 1 < recency(today - 100 * 365 * DAY, today) < 1.001
    assert recency(None, today) == recency(None, None) == 1


positions = st.lists(st.integers(0, 30), max_size=4, unique=True).map(sorted)


@given(of_leaves=st.lists(positions, min_size=2, max_size=4))
def test_proximity_is_by_the_narrowest_window_with_all_leaves(of_leaves: list[list[int]]) -> None:
    if not all(of_leaves):
        assert proximity(of_leaves) == 1
        return
    narrowest = min(max(chosen) - min(chosen) + 1 for chosen in product(*of_leaves))
    leaves = len(of_leaves)
    assert proximity(of_leaves) == pytest.approx(1 + PROXIMITY_WEIGHT * leaves / max(narrowest, leaves))


def test_one_leaf_alone_has_no_proximity() -> None:
    assert proximity([[1, 2, 3]]) == proximity([]) == 1
