"""Scores that leaves add to documents, against plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.bm25f import saturated
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies
from searchsvc.engines.embedded.search.kernels.scores import ScoredList, add_frequencies, add_list, make_keys
from searchsvc.model.fields import SEARCHED_FIELDS
from tests.engines.embedded.search.conftest import WORDS


@given(
    asked=st.sets(st.integers(0, 60)),
    found=st.dictionaries(st.integers(0, 60), st.floats(0.01, 30)),
    weight=st.floats(0.1, 9),
)
def test_a_leaf_adds_to_the_documents_that_have_it(asked: set[int], found: dict[int, float], weight: float) -> None:
    docids, in_leaf = (np.array(sorted(numbers), dtype=np.uint32) for numbers in (asked, set(found)))
    scores = np.ones(len(docids))
    add_frequencies(docids, in_leaf, np.array([found[docid] for docid in sorted(found)]), weight, scores)
    assert scores.tolist() == pytest.approx(
        [1 + (weight * saturated(found[docid]) if docid in found else 0) for docid in sorted(asked)]
    )


@given(scores=st.lists(st.floats(0, 9), min_size=1, max_size=20))
def test_keys_are_minus_the_score_times_recency(scores: list[float]) -> None:
    recency = 1 + np.arange(40) / 100
    docids = np.arange(len(scores), dtype=np.uint32) * 2
    keys = np.array(scores)
    make_keys(docids, recency, keys)
    assert keys.tolist() == [-(score * factor) for score, factor in zip(scores, recency[docids].tolist(), strict=True)]


@pytest.mark.parametrize("share", [3, 1])
def test_a_whole_list_adds_what_its_frequencies_do(engine: EmbeddedEngine, share: int) -> None:
    with engine._snapshots.current() as snapshot:
        for view in snapshot.views:
            stem_class = view.segment.dictionary.stem_class(WORDS[2])
            assert stem_class is not None
            view.segment.postings.check(stem_class)
            weights, docids = view.segment.dictionary.full_weights(stem_class), view.docids[::share].copy()
            postings, norms = view.segment.postings.arrays, view.norms(SEARCHED_FIELDS, snapshot.averages)
            found, wanted = np.zeros(len(docids)), np.zeros(len(docids))
            add_list(docids, postings, ScoredList(*read_list(postings, stem_class), weights), norms, 2.5, found)
            add_frequencies(docids, *frequencies(postings, stem_class, weights, norms, view.live), 2.5, wanted)
            assert found.tolist() == wanted.tolist()
            assert found.any()
