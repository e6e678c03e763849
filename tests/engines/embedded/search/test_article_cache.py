"""What is kept of articles shown before changes nothing of what is shown, and is bounded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.highlight import highlighter
from searchsvc.engines.embedded.highlight.highlighter import Highlighter
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.search import article_cache
from searchsvc.model.article import Article
from searchsvc.model.query import Query, Term
from searchsvc.text.snippets import snippets_of
from tests.engines.embedded.highlight.test_highlighter import articles, queries
from tests.engines.samples import request_of, story


@given(archive=st.lists(articles, min_size=1, max_size=6), data=st.data())
def test_what_is_kept_of_texts_changes_no_snippet(archive: list[Article], data: st.DataObject) -> None:
    finder = Highlighter()
    pages = st.lists(st.sampled_from(range(len(archive))), max_size=6, unique=True)
    for _ in range(3):
        numbers, query = data.draw(pages), data.draw(queries)
        page = [archive[number] for number in numbers]
        shown = finder.snippets(page, query, keys=[(0, number) for number in numbers])
        assert shown == [snippets_of(article, query) for article in page]


@pytest.mark.parametrize("query", [Term("rain"), Term("sun")])
def test_what_is_kept_of_texts_is_bounded(query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "KEPT_BYTES", 40_000)
    finder = Highlighter()
    for number in range(100):
        article = story(str(number), "Rain", body="rain fell " * number)
        assert finder.snippets([article], query, keys=[(0, number)]) == [snippets_of(article, query)]
    assert 20_000 < finder._learnt._kept._held <= 40_000


def test_words_that_are_forgotten_take_with_them_where_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "MOST_LEXEMES", 30)
    finder = Highlighter()
    archive = [story(str(number), "Rain", body=f"Rain a{number} b{number} c{number}.") for number in range(40)]
    for number in (*range(40), *range(40)):
        query = Term(f"b{number}")
        shown = finder.snippets(archive[number : number + 1], query, keys=[(0, number)])
        assert shown == [snippets_of(archive[number], query)]


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
