"""The best ten without looking at all: as many postings as are needed, and just those that scoring all would give."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from searchsvc.engines.bm25f import K1, RECENCY_WEIGHT
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.postings.bm25f import Ranking
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import most_tf
from searchsvc.engines.embedded.search.block_max import top_of_list
from searchsvc.engines.embedded.search.expansion import frequencies
from searchsvc.engines.embedded.search.maxscore import Window, best_of_any
from searchsvc.engines.embedded.search.planner import plan_of
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, Or, Phrase, Query, Term
from tests.engines.embedded.conftest import scored, top
from tests.engines.samples import request_of, story

ARTICLES = 3_000
WORDS = [f"{a}{b}{c}" for a in "kstm" for b in "aeo" for c in "lnrmp"]  # by frequency, as Zipf has it
WEIGHTS = [1 / (rank + 1) for rank in range(len(WORDS))]


def articles(chance: random.Random, start: int, longest: int) -> list[Article]:
    """Articles of up to `longest` words, some of them copies of another but for their ids: of the same score."""
    found: list[Article] = []
    for n in range(start, start + ARTICLES // 3):
        day = f"20{chance.randrange(10, 20)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        body = " ".join(chance.choices(WORDS, WEIGHTS, k=chance.randrange(1, longest)))
        headline = " ".join(chance.choices(WORDS, WEIGHTS, k=3))
        if found and chance.random() < 0.2:
            headline, body = found[-1].headline, found[-1].body
            day = str(found[-1].published_on or "")
        found.append(story(f"{n * 7919 % 100_003:06}", headline, body, on=day if chance.random() < 0.9 else ""))
    return found


@pytest.fixture(scope="module", params=["whole", "deletions"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """Three segments, the articles of each longer than those before: the commit's averages are none of theirs."""
    engine = EmbeddedEngine(tmp_path_factory.mktemp("index"))
    chance = random.Random(11)
    for start, longest in ((0, 6), (ARTICLES, 30), (2 * ARTICLES, 90)):
        with engine.writer() as writer:
            for article in articles(chance, start, longest):
                writer.put(article)
    if request.param == "deletions":
        every = [article.id for article in engine.scan()]
        with engine.writer() as writer:
            for id in chance.sample(every, ARTICLES // 5):
                writer.delete(ArticleId(id))
    yield engine
    engine.close()


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
def test_the_best_are_those_of_scoring_everything(engine: EmbeddedEngine, query: Query, limit: int) -> None:
    with engine._snapshots.current() as snapshot:
        wanted = scored(snapshot, request_of(query))
        assert len(snapshot.views) == 3
    if isinstance(query, And | Or):  # whose scores have closeness too: all of them, in order
        total, every = top(engine, request_of(query, limit=10_000))
        total_of_best, found = top(engine, request_of(query, limit=limit))
        assert found == every[:limit]
        assert {id for id, _ in every} == {id for _, id in wanted}
    else:
        total_of_best, found = top(engine, request_of(query, limit=limit))
        assert [id for id, _ in found] == [id for _, id in wanted[:limit]]
        assert [-(score or 0.0) for _, score in found] == pytest.approx([key for key, _ in wanted[:limit]], rel=1e-12)
        total = len(wanted)
    assert total == total_of_best == len(wanted)


@pytest.mark.parametrize("rank", [0, 1, 4])
@pytest.mark.parametrize("count", [1, 10])
def test_the_best_of_each_segment_are_those_of_scoring_all_of_it(engine: EmbeddedEngine, rank: int, count: int) -> None:
    """Called as `Scorer.best_of` does, for deletions too, which a search for one word goes round."""
    with engine._snapshots.current() as snapshot:
        for view in snapshot.views:
            compare(snapshot, view, WORDS[rank], count)
        assert [view.drift(snapshot.averages) > 1 for view in snapshot.views][:2] == [True, True]


def test_of_a_frequent_word_most_postings_are_not_looked_at(tmp_path: Path) -> None:
    """Few articles are about it, so few postings can be among the best."""
    engine = EmbeddedEngine(tmp_path)
    chance = random.Random(3)
    with engine.writer() as writer:
        for n in range(ARTICLES):
            headline = f"{WORDS[0]} {WORDS[0]}" if chance.random() < 0.004 else "A story"
            writer.put(story(str(n), headline, " ".join([WORDS[0], *chance.choices(WORDS[1:], k=30)])))
    with engine._snapshots.current() as snapshot:
        (view,) = snapshot.views
        looked, there = compare(snapshot, view, WORDS[0], 3)
        assert there >= 15 * BLOCK
        assert looked < there / 2, f"{looked} of {there} postings"
    engine.close()


def compare(snapshot: Snapshot, view: View, word: str, count: int) -> tuple[int, int]:
    """Fail where the best of a run are not those of scoring all of it; how many postings were looked at, and are."""
    stem_class = view.segment.dictionary.stem_class(word)
    assert stem_class is not None
    view.segment.postings.check(stem_class)
    postings, weights = view.segment.postings.arrays, view.segment.dictionary.full_weights(stem_class)
    norms, recency = view.norms(SEARCHED_FIELDS, snapshot.averages), view.recency(snapshot.newest)
    ranks, drift = view.columns.id_ranks, view.drift(snapshot.averages)
    ranking = Ranking(norms, view.live, recency, ranks, np.array([1 + RECENCY_WEIGHT, drift]))
    keys, docids, looked = top_of_list(postings, stem_class, weights, 2.5, ranking, count)
    every, found = frequencies(postings, stem_class, weights, norms, view.live)
    scores = -2.5 * (found * (K1 + 1) / (K1 + found)) * recency[every]
    order = np.lexsort((ranks[every], scores))[:count]
    mine = np.lexsort((ranks[docids], keys))
    assert docids[mine].tolist() == every[order].tolist()
    assert keys[mine].tolist() == scores[order].tolist()
    return looked, view.segment.postings.count(stem_class)


def test_no_posting_is_worth_more_than_its_block_says(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        for view in snapshot.views:
            postings = view.segment.postings.arrays
            own = view.norms(SEARCHED_FIELDS, snapshot.averages)
            drift = view.drift(snapshot.averages)
            for stem_class in range(view.segment.dictionary.stem_class_count):
                view.segment.postings.check(stem_class)
                _, found = frequencies(
                    postings, stem_class, view.segment.dictionary.full_weights(stem_class), own, np.empty(0, np.bool_)
                )
                for block in range(int(postings.first_block[stem_class]), int(postings.first_block[stem_class + 1])):
                    start = (block - int(postings.first_block[stem_class])) * BLOCK
                    most = int(postings.max_impact[block])
                    assert most == 255 or found[start : start + BLOCK].max() <= most_tf(most) * drift


def test_a_word_is_in_no_segment_or_in_one_of_them_only(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    for word in ("rain", "snow"):
        with engine.writer() as writer:
            writer.put(story(word, word))
    assert top(engine, request_of(Term("rain"), limit=3))[0] == 1
    assert top(engine, request_of(Term("hail"), limit=3)) == (0, ())
    engine.close()


@pytest.mark.parametrize("documents", [64, 192, 1_024])
def test_however_wide_the_window_the_best_of_any_are_the_same(engine: EmbeddedEngine, documents: int) -> None:
    request = request_of(Or(tuple(Term(WORDS[rank]) for rank in (0, 3, 9, 33))), limit=20)
    with engine._snapshots.current() as snapshot:
        plan = plan_of(snapshot, request)
        assert plan is not None
        for number, view in enumerate(snapshot.views):
            postings, leaves, ranking = view.segment.postings.arrays, plan.leaves[number], snapshot.ranking(number)
            wanted = best_of_any(postings, leaves, ranking, 20, True, Window.of())
            window = Window.of(documents)
            found = best_of_any(postings, leaves, ranking, 20, True, window)
            assert found.total == wanted.total > documents / 3
            assert found.keys.tolist() == wanted.keys.tolist()
            assert found.docids.tolist() == wanted.docids.tolist()
            assert found.have_all.tolist() == wanted.have_all.tolist()
            assert found.found.tolist() == wanted.found.tolist()
            assert not any(part.any() for part in window[:3])  # left as it was
