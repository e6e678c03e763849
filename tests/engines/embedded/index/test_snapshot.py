"""A search sees one commit from end to end, whatever is written meanwhile."""

import threading
from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.errors import EngineError
from searchsvc.model.query import Phrase, Term
from searchsvc.model.request import FacetRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import ids, request_of, story

ARTICLES = 20


def test_threads_see_whole_commits_while_another_writes(open_engine: OpenEngine) -> None:
    engine = open_engine()

    def write(word: str) -> None:
        with engine.writer() as writer:
            for n in range(ARTICLES):
                writer.put(story(str(n), word, f"The {word} fell on Kent", tags=(word,)))

    write("rain")
    done = threading.Event()
    failures: list[object] = []

    def read() -> None:
        while not done.is_set():
            for word in ("rain", "snow"):
                facets = (FacetRequest(field="tag"),)
                result = engine.search(request_of(Phrase(f"the {word} fell"), facets=facets))
                counts = [bucket.count for bucket in result.facets["tag"].buckets]
                seen = {hit.article.headline for hit in result.hits}
                if result.total.value not in (0, ARTICLES) or not seen <= {word} or counts not in ([], [ARTICLES]):
                    failures.append(result)
            if len(list(engine.scan())) != ARTICLES:
                failures.append("scan")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(15):
            write("snow" if n % 2 == 0 else "rain")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_an_old_snapshot_is_usable_until_it_is_left(open_engine: OpenEngine, index_dir: Path) -> None:
    engine = open_engine()
    with engine.writer() as writer:
        writer.put(story("1", "Rain"))
    with engine._snapshots.current() as old:
        for n in range(30):  # commits enough to merge its segment away
            with engine.writer() as writer:
                writer.put(story("1", f"Snow {n}"))
        assert ids(engine, Term("snow")) == ["1"]
        (view,) = old.views
        assert view.segment.path.parent.parent == index_dir
        assert not view.segment.path.exists()
        assert view.segment.article(0).headline == "Rain"
        stem_class = view.segment.dictionary.stem_class("rain")
        assert stem_class is not None
        assert read_list(view.segment.postings.arrays, stem_class)[0].tolist() == [0]
    assert len(engine._snapshots._users) == 1
    assert len(engine._snapshots._segments) == engine.status().segments


def test_segments_are_opened_once(open_engine: OpenEngine) -> None:
    engine = open_engine()
    with engine.writer() as writer:
        writer.put(story("1", "Rain"))
        writer.put(story("2", "Rain"))
    with engine._snapshots.current() as old:
        with engine.writer() as writer:
            writer.put(story("2", "Snow"))
        with engine._snapshots.current() as new:
            assert new is not old
            assert new.views[0].segment is old.views[0].segment
            assert (new.views[0].count, old.views[0].count) == (1, 2)


def test_a_commit_of_another_is_looked_for_only_now_and_then(index_dir: Path, open_engine: OpenEngine) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1"))
    seldom = EmbeddedEngine(index_dir, checks_per_second=0.001)
    try:
        assert len(ids(seldom)) == 1
        with open_engine().writer() as writer:
            writer.put(story("2"))
        assert len(ids(seldom)) == 1
        with seldom.writer() as writer:  # its own is seen at once
            writer.put(story("3"))
        assert len(ids(seldom)) == 3
    finally:
        seldom.close()


def test_a_closed_engine_says_so(open_engine: OpenEngine) -> None:
    engine = open_engine()
    with engine.writer() as writer:
        writer.put(story("1"))
    scan = engine.scan()
    next(scan)
    engine.close()
    assert list(scan) == []  # what was begun is finished
    with pytest.raises(EngineError, match="closed"):
        ids(engine)
