"""Top docs found without scoring everything are those of scoring everything.

What each kind of request finds is held to the memory engine in tests/engines/test_agreement.py.
"""

from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.query import And, Or, Phrase, Query, Term
from searchsvc.model.request import FacetRequest, HistogramRequest
from tests.engines.embedded.conftest import scored, top
from tests.engines.embedded.search.conftest import WORDS
from tests.engines.samples import request_of, story

QUERIES: list[Query] = [
    *(Term(WORDS[rank]) for rank in (0, 1, 2, 5, 20, 59)),
    Term("nothing"),
    Phrase(f"{WORDS[0]} {WORDS[1]}"),
    And((Term(WORDS[0]), Term(WORDS[3]))),
    And((Term(WORDS[0]), Term(WORDS[1]), Term(WORDS[2]))),
    And((Term(WORDS[0]), Term("nothing"))),
    And((Term(WORDS[40]), Term(WORDS[50]), Term(WORDS[59]))),
    Or((Term(WORDS[1]), Term(WORDS[30]), Term(WORDS[2]))),
    Or((Term(WORDS[50]), Term("nothing"))),
    Or((Term("nothing"), Term("nowhere"))),
    Or((Term(WORDS[4]), Term(WORDS[4]))),
    Or(tuple(Term(word) for word in WORDS[:8])),
    Or(tuple(Term(word) for word in WORDS[:9])),
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("limit", [1, 10, 87, 137])
def test_top_docs_are_those_of_scoring_everything(engine: EmbeddedEngine, query: Query, limit: int) -> None:
    with engine._snapshots.current() as snapshot:
        wanted = scored(snapshot, request_of(query))
        assert len(snapshot.views) == 3
    if isinstance(query, And | Or):  # whose scores have proximity too: all of them, in order
        total, every = top(engine, request_of(query, limit=10_000))
        total_of_top, found = top(engine, request_of(query, limit=limit))
        assert found == every[:limit]
        assert {id for id, _ in every} == {id for _, id in wanted}
    else:
        total_of_top, found = top(engine, request_of(query, limit=limit))
        assert [id for id, _ in found] == [id for _, id in wanted[:limit]]
        assert [-(score or 0.0) for _, score in found] == pytest.approx([key for key, _ in wanted[:limit]], rel=1e-12)
        total = len(wanted)
    assert total == total_of_top == len(wanted)


@pytest.mark.parametrize("query", [Term(WORDS[5]), And((Term(WORDS[0]), Term(WORDS[3]))), Or((Term("x"), Term("y")))])
def test_counting_changes_neither_the_total_nor_the_hits(engine: EmbeddedEngine, query: Query) -> None:
    counting = request_of(query, limit=10, facets=(FacetRequest(field="year"),), histogram=HistogramRequest())
    counted = engine.search(counting)
    assert top(engine, counting) == top(engine, request_of(query, limit=10))
    assert counted.histogram is not None
    in_bars = sum(bar.count for bar in counted.histogram.bars)
    assert in_bars + counted.histogram.undated == counted.total.value
    year = counted.facets["year"]
    assert sum(bucket.count for bucket in year.buckets) + year.other + year.missing == counted.total.value


def test_a_word_is_in_no_segment_or_in_one_of_them_only(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    for word in ("rain", "snow"):
        with engine.writer() as writer:
            writer.put(story(word, word))
    assert top(engine, request_of(Term("rain"), limit=3))[0] == 1
    assert top(engine, request_of(Term("hail"), limit=3)) == (0, ())
    engine.close()


@pytest.mark.parametrize(
    "query", [Term("rain"), And((Term("rain"), Term("snow"))), Or((Term("rain"), Term("snow"))), Phrase("rain fell")]
)
def test_an_index_without_segments_is_searched(tmp_path: Path, query: Query) -> None:
    engine = EmbeddedEngine(tmp_path)
    with engine.writer():
        pass
    counting = request_of(query, facets=(FacetRequest(field="tag"),), histogram=HistogramRequest(), limit=10)
    result = engine.search(counting)
    assert (result.total.value, result.hits, result.facets["tag"].buckets) == (0, (), ())
    engine.close()
