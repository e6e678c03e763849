"""An index folder and engines on it, closed after."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.evaluator import Evaluation
from searchsvc.engines.embedded.search.scorer import Scorer
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Related

OpenEngine = Callable[[], EmbeddedEngine]


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def open_engine(index_dir: Path) -> Iterator[OpenEngine]:
    """Opens an engine on `index_dir`; one that looks for commits of others at each search."""
    opened: list[EmbeddedEngine] = []

    def open_one() -> EmbeddedEngine:
        engine = EmbeddedEngine(index_dir, checks_per_second=1_000_000)
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


def scored(snapshot: Snapshot, request: SearchRequest) -> list[tuple[float, str]]:
    """Minus the score and the id of every hit, in order, every document scored, without proximity."""
    evaluation = Evaluation(snapshot, request, Deadline(60_000), LruCache(0))
    scorer = Scorer(evaluation)
    found = []
    for number, docids in enumerate(evaluation.sets(request.query)):
        ids = snapshot.views[number].columns.ids
        keys = scorer.keys(number, docids).tolist()
        found += [(key, ids[docid]) for key, docid in zip(keys, docids.tolist(), strict=True)]
    return sorted(found)


def top(engine: EmbeddedEngine, request: SearchRequest) -> tuple[int, tuple[tuple[str, float | None], ...]]:
    """The total, and of each hit the id and the score."""
    result = engine.search(request)
    return result.total.value, tuple((hit.article.id, hit.score) for hit in result.hits)


def shown(related: Related) -> dict[str, list[tuple[str, float]]]:
    """Ids and scores of the articles of each part, copies apart."""
    parts = {"before": related.before, "after": related.after, "angles": related.angles}
    return {part: [(hit.article.id, hit.score) for hit in hits] for part, hits in parts.items()}
