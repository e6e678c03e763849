"""Articles shown before are not read again, up to so many bytes."""

from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.search import article_cache
from searchsvc.model.query import Term
from tests.engines.samples import request_of, story


def read_articles(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Takes the segment and document of each article read from now on."""
    read: list[tuple[str, int]] = []
    real = Segment.text

    def text(self: Segment, docid: int) -> bytes:
        read.append((self.name, docid))
        return real(self, docid)

    monkeypatch.setattr(Segment, "text", text)
    return read


def engine_with(folder: Path, segments: int, each: int) -> EmbeddedEngine:
    engine = EmbeddedEngine(folder)
    for segment in range(segments):
        with engine.writer() as writer:
            for number in range(each):
                writer.put(story(f"{segment}/{number}", f"Rain {segment}", body=f"In {number} parts."))
    return engine


def test_an_article_is_read_once_and_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_with(tmp_path, 3, 4)
    read = read_articles(monkeypatch)
    for _ in range(3):
        hits = engine.search(request_of(Term("rain"), limit=20)).hits
        assert sorted((hit.article.id, hit.article.headline, hit.article.body) for hit in hits) == [
            (f"{segment}/{number}", f"Rain {segment}", f"In {number} parts.")
            for segment in range(3)
            for number in range(4)
        ]
    assert len(read) == len(set(read)) == 12
    engine.close()


def test_so_many_bytes_of_articles_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article_cache, "KEPT_BYTES", 8 * (article_cache._OVERHEAD_BYTES + 500))
    engine = engine_with(tmp_path, 1, 30)
    read = read_articles(monkeypatch)
    for number in range(1, 30):
        engine.search(request_of(Term(str(number))))
    assert len(read) == 29
    assert 5 <= len(engine._articles._kept._values) <= 9
    engine.search(request_of(Term("29")))
    assert len(read) == 29
    engine.search(request_of(Term("1")))
    assert len(read) == 30
    engine.close()
