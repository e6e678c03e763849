"""Reranking a few candidates gives the same first docs as computing the proximity of all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.bm25f import MAX_PROXIMITY
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.search.rerank import rerank
from searchsvc.engines.embedded.search.top_docs import TopDocs, order
from tests.engines.embedded.search.test_top_docs import docs_of, identified


@settings(max_examples=60)
@given(
    scores=st.lists(st.sampled_from((1.0, 1.2, 2.0, 3.0, 3.1, 9.0)), min_size=1, max_size=100),
    count=st.integers(1, 30),
    data=st.data(),
)
def test_the_first_docs_are_those_of_all_factors(
    engine: EmbeddedEngine, scores: list[float], count: int, data: st.DataObject
) -> None:
    places = [(number % 3, number * 3) for number in range(len(scores))]
    factors = data.draw(st.lists(st.sampled_from((1.0, 1.1, 1.4, MAX_PROXIMITY)), min_size=len(scores)))
    factor_of = dict(zip(places, factors, strict=False))
    asked: list[tuple[int, int]] = []

    def proximity(number: int, docids: Docids) -> Float64s:
        assert docids.tolist() == sorted(docids.tolist())
        asked.extend((number, docid) for docid in docids.tolist())
        return np.array([factor_of[number, docid] for docid in docids.tolist()])

    with engine._snapshots.current() as snapshot:
        docs = docs_of(dict(zip(places, (-score for score in scores), strict=True)))
        docs = docs.at(order(snapshot, docs))
        lifted = [factor_of[place] for place in zip(docs.segments.tolist(), docs.docids.tolist(), strict=True)]
        candidates = np.flatnonzero(np.array(lifted) > 1)
        found = rerank(snapshot, docs, candidates, count, proximity)
        everything = TopDocs(docs.keys * np.array(lifted), docs.segments, docs.docids)
        wanted = everything.at(order(snapshot, everything))
        assert identified(snapshot, found)[:count] == identified(snapshot, wanted)[:count]
        assert len(asked) == len(set(asked)) <= len(candidates)


def test_docs_far_behind_are_not_asked_for(engine: EmbeddedEngine) -> None:
    asked = 0

    def proximity(number: int, docids: Docids) -> Float64s:
        nonlocal asked
        asked += len(docids)
        return np.ones(len(docids))

    with engine._snapshots.current() as snapshot:
        docs = docs_of({(0, docid): -100.0 / (docid + 1) for docid in range(100)})
        rerank(snapshot, docs, np.arange(100), 10, proximity)
    assert asked == 20
