"""The short way and the long way to the first places of plain words: the same places, totals and errors."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.jit import Addresses
from searchsvc.engines.embedded.kernels.lru_cache import ArrayCache
from searchsvc.engines.embedded.search.answering import MOST_PLACES, first_places
from searchsvc.engines.embedded.search.collector import ids_of, top_hits
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.evaluator import Evaluation
from searchsvc.engines.embedded.search.scorer import Scoring
from searchsvc.errors import EngineTimeout, IndexDamaged
from searchsvc.model.article import ArticleId
from searchsvc.model.query import And, Or, Query, Term
from searchsvc.model.request import DateFilter, SearchRequest, Sort, ValueFilter
from tests.engines.embedded.spoiling import flip, regions
from tests.engines.samples import request_of, story

ARTICLES = 4_000
WORDS = [f"{a}{b}{c}" for a in "kstm" for b in "aeo" for c in "lnrmp"]  # by frequency, as Zipf has it
WEIGHTS = [1 / (rank + 1) for rank in range(len(WORDS))]


@pytest.fixture(scope="module", params=["whole", "deletions"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """One segment; many articles are copies but for their ids, many of one day, some of none."""
    engine = EmbeddedEngine(tmp_path_factory.mktemp("index"))
    chance = random.Random(5)
    last = ("", "")
    with engine.writer() as writer:
        for n in range(ARTICLES):
            day = f"20{chance.randrange(10, 20)}-{chance.randrange(1, 13):02}-0{chance.randrange(1, 4)}"
            headline = " ".join(chance.choices(WORDS, WEIGHTS, k=3))
            body = " ".join(chance.choices(WORDS, WEIGHTS, k=chance.choice((3, 10, 40, 150))))
            last = last if chance.random() < 0.2 and n else (headline, body)
            writer.put(story(f"ä{n * 7919 % 100_003:06}", *last, on=day if chance.random() < 0.9 else ""))
    if request.param == "deletions":
        with engine.writer() as writer:
            for n in chance.sample(range(ARTICLES), ARTICLES // 4):
                writer.delete(ArticleId(f"ä{n * 7919 % 100_003:06}"))
    yield engine
    engine.close()


def slowly(snapshot: Snapshot, request: SearchRequest) -> tuple[int, list[str], list[float]]:
    """The total, and the ids and scores of the places, each leaf found whole and every document scored."""
    evaluation = Evaluation(snapshot, request, Deadline(60_000), ArrayCache(0))
    found = evaluation.sets(request.query)
    row = top_hits(snapshot, request, found, Scoring(evaluation) if request.sort is Sort.RELEVANCE else None)
    return sum(map(len, found)), ids_of(snapshot, row), (-row.keys).tolist()


def queries(chance: random.Random) -> Iterator[Query]:
    """Words, and all and any of several: frequent and rare ones in all mixtures, some that are nowhere."""
    yield from (Term(WORDS[rank]) for rank in (0, 1, 3, 9, 27, 59))
    for _ in range(60):
        ranks = chance.sample(range(len(WORDS)), chance.randrange(2, 6))
        if chance.random() < 0.5:
            ranks = sorted({int(rank / 8) for rank in ranks})
        terms = tuple(Term(WORDS[rank]) for rank in ranks)
        yield And(terms)
        yield Or(terms)


@pytest.mark.parametrize(("offset", "limit"), [(0, 10), (0, 1), (7, 20), (0, 100), (90, 10), (0, 0)])
def test_the_short_way_finds_what_scoring_every_document_finds(engine: EmbeddedEngine, offset: int, limit: int) -> None:
    short = 0
    with engine._snapshots.current() as snapshot:
        for query in queries(random.Random(offset + limit)):
            request = request_of(query, offset=offset, limit=limit)
            found = first_places(snapshot, request)
            assert found is not None, query
            total, ids, scores = slowly(snapshot, request)
            assert found[0] == total, query
            assert [id for id, _ in found[1]] == ids, query
            assert [score for _, score in found[1]] == pytest.approx(scores, rel=1e-12)
            assert engine.places(request) == found
            short += total > 0
    assert short > 100


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
@pytest.mark.parametrize(("offset", "limit"), [(0, 10), (3, 150), (0, 0)])
def test_a_word_by_date_is_in_the_order_of_its_dates_and_ids(
    engine: EmbeddedEngine, sort: Sort, offset: int, limit: int
) -> None:
    with engine._snapshots.current() as snapshot:
        for rank in (0, 1, 5, 20, 59):
            request = request_of(Term(WORDS[rank]), sort=sort, offset=offset, limit=limit)
            total, ids, keys = slowly(snapshot, request)
            assert first_places(snapshot, request) == (total, tuple(zip(ids, keys, strict=True)))


def test_documents_by_date_come_in_order_whichever_end_of_a_run_is_the_newer(tmp_path: Path) -> None:
    for name, days in (("rising", range(1, 29)), ("falling", range(28, 0, -1))):
        engine = EmbeddedEngine(tmp_path / name)
        with engine.writer() as writer:
            for n in range(400):
                writer.put(story(f"{n:03}", "rain", on=f"2015-01-{days[n // 15]:02}"))
        for sort in (Sort.NEWEST, Sort.OLDEST):
            request = request_of(Term("rain"), sort=sort, limit=40)
            with engine._snapshots.current() as snapshot:
                total, ids, _ = slowly(snapshot, request)
                assert total == 400
                assert [id for id, _ in engine.places(request)[1]] == ids
        engine.close()


@pytest.mark.parametrize(
    "parts",
    [
        {"query": Term("kal", "body")}, {"query": And((Term("kal"), Term("kal")))}, {"limit": MOST_PLACES + 1},
        {"query": And((Term("kal"), Term("kel"))), "sort": Sort.NEWEST}, {"dates": DateFilter()},
        {"query": Or((Term("kal"), Term("kel"))), "offset": 95}, {"query_fields": ("headline",)},
        {"filters": (ValueFilter(field="tag", values=("a",)),)}, {"query": Or((Term("kal"), Term("nowhere")))},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_plain_question_goes_the_long_way(engine: EmbeddedEngine, parts: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"query": Term("kal"), "limit": 10}
    request = request_of(**asked | parts)
    with engine._snapshots.current() as snapshot:
        assert first_places(snapshot, request) is None
    assert engine.places(request)[0] >= 0


def test_ids_of_any_characters_are_given_as_they_are(tmp_path: Path) -> None:
    """A line feed and half a surrogate pair go the long way."""
    engine = EmbeddedEngine(tmp_path)
    ids = ["a", "ä/ø", "two\nlines", "half \ud800", "𝄞", " "]
    with engine.writer() as writer:
        for n, id in enumerate(ids):
            writer.put(story(id, "rain " * (n + 1)))
        for n in range(20):
            writer.put(story("x" * 5_000 + str(n), "snow"))
    assert sorted(id for id, _ in engine.places(request_of(Term("rain"), limit=10))[1]) == sorted(ids)
    long = [id for id, _ in engine.places(request_of(Term("snow"), limit=20))[1]]  # more than a desk has room for
    assert long == sorted("x" * 5_000 + str(n) for n in range(20))
    engine.close()


def test_a_search_out_of_time_says_so_on_the_short_way_too(engine: EmbeddedEngine) -> None:
    with pytest.raises(EngineTimeout):
        engine.places(request_of(Term("kal"), limit=10, timeout_ms=0))


@pytest.mark.parametrize("array", ["postings", "positions", "shape_counts", "id:letters"])
def test_damage_is_told_on_the_short_way_too(tmp_path: Path, array: str) -> None:
    engine = EmbeddedEngine(tmp_path)
    with engine.writer() as writer:
        for n in range(30):
            writer.put(story(str(n), "rain and snow", "snow " * n))
    engine.close()
    (path,) = tmp_path.glob("*/*.arrays")
    names = [name for name in regions(path) if name.replace("column:", "").startswith(array)]
    flip(path, regions(path)[names[0]][5])
    engine = EmbeddedEngine(tmp_path)
    with pytest.raises(IndexDamaged) as caught:
        engine.places(request_of(And((Term("rain"), Term("snow"))), limit=10))
    assert path.name in str(caught.value)
    engine.close()


def test_threads_do_not_write_on_one_desk(engine: EmbeddedEngine) -> None:
    chance = random.Random(8)
    asked = [request_of(query, limit=10) for query in queries(chance)]
    wanted = [engine.places(request) for request in asked]
    wrong: list[SearchRequest] = []

    def ask() -> None:
        for request, right in zip(asked * 20, wanted * 20, strict=True):
            if engine.places(request) != right:
                wrong.append(request)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_array_with_gaps_has_no_address() -> None:
    assert Addresses(np.arange(4)).table[1] == 4
    with pytest.raises(ValueError, match="one piece"):
        Addresses(np.arange(8)[::2])
