"""Which way a request is answered: the table of plans."""

from datetime import date

import pytest

from searchsvc.engines.bm25f import PROXIMITY_WINDOW
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search import planner
from searchsvc.engines.embedded.search.kernels.leaves import MAX_LEAVES
from searchsvc.engines.embedded.search.planner import Conjunction, Disjunction, Evaluate, SingleTerm, plan_of
from searchsvc.model.query import And, DateRange, MatchAll, Not, Or, Phrase, Prefix, Query, Term
from searchsvc.model.request import Cursor, DateFilter, SearchRequest, Sort, ValueFilter
from tests.engines.embedded.search.conftest import WORDS

ONE, OTHER = Term(WORDS[0]), Term(WORDS[1])
EIGHT = tuple(Term(word) for word in WORDS[:MAX_LEAVES])

PLANS: list[tuple[Query, type]] = [
    (ONE, SingleTerm),
    (Term("nowhere"), SingleTerm),
    (And((ONE,)), SingleTerm),
    (Or((ONE,)), SingleTerm),
    (And((ONE, OTHER)), Conjunction),
    (Or((ONE, OTHER)), Disjunction),
    (Or(EIGHT), Disjunction),
    (Or((*EIGHT, Term(WORDS[20]))), Evaluate),
    (And((ONE, ONE)), Evaluate),
    (And((ONE, Not(OTHER))), Evaluate),
    (And((ONE, Or((ONE, OTHER)))), Evaluate),
    (And((ONE, DateRange(date(2015, 1, 1), None))), Evaluate),
    (And(()), Evaluate),
    (MatchAll(), Evaluate),
    (Term(WORDS[0], "headline"), Evaluate),
    (Term("two-words"), Evaluate),
    (Phrase(WORDS[0]), Evaluate),
    (Prefix(WORDS[0][:2]), Evaluate),
]


@pytest.mark.parametrize(("query", "kind"), PLANS, ids=str)
def test_the_plan_of_a_query(engine: EmbeddedEngine, query: Query, kind: type) -> None:
    with engine._snapshots.current() as snapshot:
        for _ in range(2):  # made, then remembered
            assert type(plan_of(snapshot, SearchRequest(query=query))) is kind


OTHERWISE = [
    SearchRequest(query=ONE, sort=Sort.NEWEST),
    SearchRequest(query=ONE, filters=(ValueFilter(field="tag", values=("rain",)),)),
    SearchRequest(query=ONE, dates=DateFilter(start=date(2015, 1, 1))),
    SearchRequest(query=ONE, after=Cursor(1.0, "a")),
    SearchRequest(query=ONE, query_fields=("headline",)),
    SearchRequest(query=And((ONE, OTHER)), offset=PROXIMITY_WINDOW - 9, limit=10),
]


@pytest.mark.parametrize("request_", OTHERWISE, ids=range(len(OTHERWISE)))
def test_what_else_is_asked_for_needs_whole_sets(engine: EmbeddedEngine, request_: SearchRequest) -> None:
    with engine._snapshots.current() as snapshot:
        assert isinstance(plan_of(snapshot, request_), Evaluate)


def test_one_word_needs_no_reranking_however_deep_the_page(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        assert isinstance(plan_of(snapshot, SearchRequest(query=ONE, offset=500)), SingleTerm)


def test_a_plan_has_of_each_segment_the_words_that_it_has(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        plan = plan_of(snapshot, SearchRequest(query=Or((ONE, Term("nowhere"), OTHER))))
        assert isinstance(plan, Disjunction)
        for view, leaves in zip(snapshot.views, plan.leaves, strict=True):
            wanted = [view.segment.dictionary.stem_class(word) for word in WORDS[:2]]
            assert leaves.stem_classes.tolist() == wanted
            assert leaves.first_form.tolist() == [0, 1, 2]
            assert len(leaves.weights) == len(leaves.form_weights) == 2
            assert leaves.weights[0] < leaves.weights[1]  # the more frequent word


def test_so_much_is_remembered(engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "REMEMBERED", 10)
    with engine._snapshots.current() as snapshot:
        for word in WORDS:
            assert isinstance(plan_of(snapshot, SearchRequest(query=Term(word))), SingleTerm)
            assert len(snapshot.plans) <= 10
