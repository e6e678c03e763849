"""EmbeddedEngine keeps the contract; and what is its own."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from searchsvc.engines.contract import Engine
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.article import Article
from tests.engines.contract import EngineContract
from tests.engines.contract_of_search import MakeEngine


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[MakeEngine]:
    """Engines on folders of their own, closed after."""
    made: list[EmbeddedEngine] = []

    def make(articles: Iterable[Article] = ()) -> Engine:
        engine = EmbeddedEngine(tmp_path / f"index-{len(made)}")
        made.append(engine)
        with engine.writer() as writer:
            for article in articles:
                writer.put(article)
        return engine

    yield make
    for engine in made:
        engine.close()


class TestEmbeddedEngine(EngineContract):
    @pytest.fixture
    def make_engine(self, engines: MakeEngine) -> MakeEngine:
        return engines
