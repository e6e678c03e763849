"""Keys and factors of documents; whole answers are held to the memory engine in tests/engines/test_agreement.py."""

import numpy as np
import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.kernels.proximity import leaves_proximity
from searchsvc.engines.embedded.search.scorer import Scorer
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, MatchAll, Or, Phrase, Prefix, Query, Term
from tests.engines.embedded.search.conftest import WORDS, evaluating, leaves_of, scored_plainly
from tests.engines.samples import request_of

RANKS = (0, 4)
BOTH = And(tuple(Term(WORDS[rank]) for rank in RANKS))


def test_keys_are_those_of_plain_scores(engine: EmbeddedEngine) -> None:
    with evaluating(engine, request_of(BOTH)) as evaluation:
        scorer = Scorer(evaluation)
        for number, leaves in enumerate(leaves_of(evaluation.snapshot, RANKS, is_any=False)):
            wanted = {doc.docid: doc.key for doc in scored_plainly(evaluation.snapshot, number, leaves)}
            docids = np.array(sorted(wanted), dtype=np.uint32)
            assert scorer.keys(number, docids).tolist() == pytest.approx([wanted[docid] for docid in sorted(wanted)])


def test_where_nothing_scores_keys_are_minus_the_recency(engine: EmbeddedEngine) -> None:
    with evaluating(engine, request_of(MatchAll())) as evaluation:
        for number, view in enumerate(evaluation.snapshot.views):
            recency = view.recency(evaluation.snapshot.newest)
            assert Scorer(evaluation).keys(number, view.docids).tolist() == (-recency[view.docids]).tolist()


@pytest.mark.parametrize(
    ("query", "uses_proximity"),
    [
        (BOTH, True),
        (Or((Term("a"), Phrase("b c"))), True),
        (Term("a"), False),
        (And((Term("a"), Term("a"))), False),
        (And((Term("a"), Prefix("b"))), False),
        (And((Term("a"), Term("b", "tag"))), False),
    ],
)
def test_proximity_needs_two_words(engine: EmbeddedEngine, query: Query, uses_proximity: bool) -> None:
    with evaluating(engine, request_of(query)) as evaluation:
        assert Scorer(evaluation).uses_proximity == uses_proximity


def test_factors_are_those_of_whole_lists(engine: EmbeddedEngine) -> None:
    with evaluating(engine, request_of(BOTH)) as evaluation:
        scorer, snapshot = Scorer(evaluation), evaluation.snapshot
        for number, leaves in enumerate(leaves_of(snapshot, RANKS, is_any=False)):
            docs = scored_plainly(snapshot, number, leaves)
            docids = np.array([doc.docid for doc in docs], dtype=np.uint32)
            has_all = scorer.has_all(np.full(len(docids), number), docids)
            assert has_all.tolist() == [doc.has_all for doc in docs]
            docids = np.sort(docids[has_all])
            postings, fields = snapshot.views[number].segment.postings.arrays, np.ones(len(SEARCHED_FIELDS), np.bool_)
            assert (
                scorer.proximity(number, docids).tolist() == leaves_proximity(postings, leaves, fields, docids).tolist()
            )
