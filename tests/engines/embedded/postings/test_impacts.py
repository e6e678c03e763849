"""An impact bounds what it was made of, and not by much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.bm25f import K1, saturated
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import (
    LEVELS,
    MAX_IMPACT,
    greatest_impact,
    impact_of_tf,
    max_tf,
    score_bound,
    score_bounds,
)
from tests.engines.embedded.postings.plain import Posting, encode

tfs = st.floats(0, 1e6) | st.sampled_from((0.0, K1 / (LEVELS - 1), K1, K1 * MAX_IMPACT, 1e300))


@given(tf=tfs)
def test_an_impact_is_the_least_level_that_bounds_a_term_frequency(tf: float) -> None:
    impact = impact_of_tf(tf)
    assert 0 <= impact <= MAX_IMPACT
    assert impact == MAX_IMPACT or max_tf(impact) >= tf
    assert impact == 0 or max_tf(impact - 1) < tf * (1 + 1e-6)


@given(tf=tfs, weight=st.floats(0, 20), drift=st.floats(1, 3), share=st.floats(0, 1))
def test_no_score_is_above_its_bound(tf: float, weight: float, drift: float, share: float) -> None:
    by_commit = tf * (1 + (drift - 1) * share)  # the term frequency by the average lengths of the commit
    assert weight * saturated(by_commit) <= score_bound(impact_of_tf(tf), weight, drift)


@given(impacts=st.tuples(st.integers(0, MAX_IMPACT), st.integers(0, MAX_IMPACT)), drift=st.floats(1, 3))
def test_a_greater_impact_has_no_lower_bound(impacts: tuple[int, int], drift: float) -> None:
    low, high = sorted(impacts)
    assert score_bound(low, 2.0, drift) <= score_bound(high, 2.0, drift)


def test_bounds_of_some_leaves() -> None:
    weights = np.array([0.0, 1.5, 7.0])
    bounds = score_bounds(weights, 1.25)
    assert bounds.shape == (3, LEVELS)
    for leaf, weight in enumerate(weights.tolist()):
        assert bounds[leaf].tolist() == pytest.approx([score_bound(impact, weight, 1.25) for impact in range(LEVELS)])


def test_the_greatest_impact_of_a_list_is_that_of_its_postings() -> None:
    lists = [
        [Posting(docid, {0: [1]}, impact=docid * 31 % 200) for docid in range(size)] for size in (1, 0, 3 * BLOCK, 2)
    ]
    postings = encode(lists)
    for stem_class, written in enumerate(lists):
        assert greatest_impact(postings, stem_class) == max((posting.impact for posting in written), default=0)
