"""An index folder and engines on it, closed after."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine

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
