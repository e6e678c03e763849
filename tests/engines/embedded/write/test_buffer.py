"""A write buffer knows its live articles, and after a flush which documents of its segments are deleted."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.write import buffer, memory_budget, worker_processes
from searchsvc.engines.embedded.write.buffer import WriteBuffer
from searchsvc.engines.embedded.write.memory_budget import MemoryBudget
from searchsvc.engines.embedded.write.worker_processes import WorkerProcesses
from searchsvc.model.article import Article
from searchsvc.model.versions import Version
from tests.engines.embedded.write.segments import checked
from tests.engines.samples import story


@pytest.fixture(params=[0, 2], ids=["alone", "with workers"])
def workers(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerProcesses]:
    """Workers that get chunks of a few articles from the first on."""
    monkeypatch.setattr(worker_processes, "START_BYTES", -1)
    monkeypatch.setattr(buffer, "CHUNK_BYTES", 1_000)
    started = WorkerProcesses(tmp_path, request.param)
    yield started
    started.end()


def new_buffer(folder: Path, workers: WorkerProcesses) -> WriteBuffer:
    return WriteBuffer(folder, Tokenizers(), workers, MemoryBudget(1_000))


def flushed(folder: Path, write_buffer: WriteBuffer) -> tuple[list[Article], int]:
    """The live articles of all segments, and how many are deleted."""
    live, deleted = [], 0
    for entry, gone in write_buffer.flush():
        segment = Segment(folder, entry)
        assert gone == sorted(set(gone))
        live += [segment.article(docid) for docid in range(segment.size) if docid not in gone]
        deleted += len(gone)
    return live, deleted


def test_a_flush_has_the_last_version_of_each_article(tmp_path: Path, workers: WorkerProcesses) -> None:
    chance = random.Random(1)
    written = new_buffer(tmp_path, workers)
    for _ in range(2):  # workers serve one buffer after the other
        expected: dict[str, Article] = {}
        deleted = 0
        for number in range(300):
            article = story(str(chance.randrange(80)), f"Rain {number}", "snow " * chance.randrange(60))
            if article.id in expected:
                written.delete(article.id)
                del expected[article.id]
                deleted += 1
                if chance.random() < 0.3:
                    assert written.digest(article.id) is None
                    continue
            written.put(checked(article))
            expected[article.id] = article
        for article in expected.values():
            assert written.digest(article.id) == checked(article).digest
        live, gone = flushed(tmp_path, written)
        assert {article.id: article for article in live} == expected
        assert (len(live), gone) == (len(expected), deleted)
        written = new_buffer(tmp_path, workers)
    written.abandon()


def test_an_empty_buffer_flushes_nothing(tmp_path: Path, workers: WorkerProcesses) -> None:
    written = new_buffer(tmp_path, workers)
    assert written.digest("1") is None
    assert written.flush() == []
    assert list(tmp_path.iterdir()) == []


def test_versions_are_of_live_articles_that_have_one(tmp_path: Path) -> None:
    written = new_buffer(tmp_path, WorkerProcesses(tmp_path, 0))
    revised = story("1", revision=2)
    written.put(checked(revised))
    written.put(checked(story("2")))
    assert written.versions == {"1": revised.version}
    assert revised.version != Version()
    written.delete("1")
    assert written.versions == {}
    written.abandon()


def test_it_is_full_when_the_budget_is_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer, "CHUNK_BYTES", 1)
    monkeypatch.setattr(memory_budget, "MIN_TOKENS", 100)
    monkeypatch.setattr(memory_budget, "FLUSH_BYTES", 10**12)
    written = new_buffer(tmp_path, WorkerProcesses(tmp_path, 0))
    written.put(checked(story("1", "Rain", "snow " * 50)))
    assert not written.is_full
    written.put(checked(story("2", "Rain", "snow " * 50)))
    assert written.is_full
    written.abandon()
    assert list(tmp_path.iterdir()) == []
