"""An archive of three segments with words by Zipf's law, and plain scores of what is found in them."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from searchsvc.engines.bm25f import saturated
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.evaluator import Evaluation
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies
from searchsvc.engines.embedded.search.kernels.leaves import Leaves
from searchsvc.engines.embedded.search.planner import Conjunction, Disjunction, plan_of
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.query import And, Or, Term
from searchsvc.model.request import SearchRequest
from tests.engines.samples import request_of, story

ARTICLES = 3_000
WORDS = [f"{a}{b}{c}" for a in "kstm" for b in "aeo" for c in "lnrmp"]  # by frequency, as Zipf has it
WEIGHTS = [1 / (rank + 1) for rank in range(len(WORDS))]
SEGMENTS = ((0, 6), (ARTICLES, 30), (2 * ARTICLES, 90))  # first number, most words of a body


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


@pytest.fixture(scope="session", params=["whole", "deletions"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """Three segments, the articles of each longer than those before: the commit's averages are none of theirs."""
    engine = EmbeddedEngine(tmp_path_factory.mktemp("index"))
    chance = random.Random(11)
    for start, longest in SEGMENTS:
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


@contextmanager
def evaluating(engine: EmbeddedEngine, request: SearchRequest) -> Iterator[Evaluation]:
    """An evaluation on the current snapshot, with a cache of its own."""
    with engine._snapshots.current() as snapshot:
        yield Evaluation(snapshot, request, Deadline(request.timeout_ms), LruCache(1_000_000))


def leaves_of(snapshot: Snapshot, ranks: Sequence[int], *, is_any: bool) -> tuple[Leaves, ...]:
    """What a query of some words, by their frequency ranks, asks of each segment."""
    words = tuple(Term(WORDS[rank]) for rank in ranks)
    plan = plan_of(snapshot, request_of(Or(words) if is_any else And(words), limit=10))
    assert isinstance(plan, Disjunction if is_any else Conjunction)
    return plan.leaves


class Scored(NamedTuple):
    """A document as plain Python scores it; these ascend as hits do."""

    key: float
    rank: int
    docid: int
    has_all: bool


def scored_plainly(snapshot: Snapshot, number: int, leaves: Leaves) -> list[Scored]:
    """The live documents of a segment that have any of the leaves, in order, without proximity."""
    view, ranking = snapshot.views[number], snapshot.ranking(number)
    scores: dict[int, list[float]] = {}
    for leaf, stem_class in enumerate(leaves.stem_classes.tolist()):
        view.segment.postings.check(stem_class, positions=True)
        weights = leaves.form_weights[leaves.first_form[leaf] : leaves.first_form[leaf + 1]]
        docids, found = frequencies(view.segment.postings.arrays, stem_class, weights, ranking.norms, view.live)
        for docid, frequency in zip(docids.tolist(), found.tolist(), strict=True):
            scores.setdefault(docid, []).append(float(leaves.weights[leaf]) * saturated(frequency))
    return sorted(
        Scored(
            -(sum(of_leaves) * float(ranking.recency[docid])),
            int(ranking.ranks[docid]),
            docid,
            len(of_leaves) == len(leaves.stem_classes),
        )
        for docid, of_leaves in scores.items()
    )
