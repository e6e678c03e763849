"""MemoryEngine keeps the contract, also while another thread writes."""

import threading

import pytest

from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.query import Term
from tests.engines.contract import EngineContract, MakeEngine
from tests.engines.samples import ids, request_of, story


class TestMemoryEngine(EngineContract):
    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        return MemoryEngine


def test_a_search_sees_one_commit_while_another_thread_writes() -> None:
    engine = MemoryEngine([story(str(n), "Rain") for n in range(20)])
    done = threading.Event()

    def replace_all() -> None:
        for round in range(30):
            with engine.writer() as writer:
                for n in range(20):
                    writer.put(story(str(n), "Snow" if round % 2 == 0 else "Rain"))
        done.set()

    thread = threading.Thread(target=replace_all)
    thread.start()
    while not done.is_set():
        assert len(ids(engine, Term("rain"))) in (0, 20)
        assert engine.search(request_of(limit=0)).total.value == 20
    thread.join()
