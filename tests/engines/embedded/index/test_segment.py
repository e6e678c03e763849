"""An answer does not depend on how the index is cut into segments, nor on what was deleted or merged."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.write import buffer, memory_budget, merger
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Related
from tests.engines.strategies import WORDS, Commit, archives, requests, write
from tests.engines.test_agreement import compare


@contextmanager
def written(archive: list[Commit], *, segment_tokens: int, segments: int) -> Iterator[EmbeddedEngine]:
    """An engine with the archive, a segment about so many tokens, merged when there are more than so many segments."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffer, "TOGETHER", 1)
        patch.setattr(memory_budget, "FEWEST_TOKENS", segment_tokens)
        patch.setattr(memory_budget, "FINISH_BYTES", 10**12)
        patch.setattr(merger, "MAX_SEGMENTS", segments)
        engine = EmbeddedEngine(Path(folder))
        try:
            write(engine, archive)
            yield engine
        finally:
            engine.close()


@settings(max_examples=25)
@given(
    archive=archives(),
    asked=st.lists(requests(), min_size=5, max_size=5),
    words=st.lists(st.sampled_from(WORDS), min_size=5, max_size=5),
    segment_tokens=st.sampled_from((1, 20, 10_000)),
    segments=st.sampled_from((1, 2, 100)),
)
def test_answers_do_not_depend_on_segments(
    archive: list[Commit], asked: list[SearchRequest], words: list[str], segment_tokens: int, segments: int
) -> None:
    plain = MemoryEngine()
    write(plain, archive)
    with written(archive, segment_tokens=segment_tokens, segments=segments) as engine:
        assert {a.id: a for a in engine.scan()} == {a.id: a for a in plain.scan()}
        for request in asked:
            compare(engine.search(request), plain.search(request), request)
        for word in words:
            suggested = plain.suggest(word[:2], limit=50)
            assert engine.suggest(word[:2], limit=50) == suggested
            words_alone = tuple((each.text, each.count) for each in suggested if each.kind == "term")
            assert engine.complete(word[:2], limit=50)[: len(words_alone)] == words_alone
            assert engine.complete(word[:2], limit=2) == engine.complete(word[:2], limit=50)[:2]
            assert engine.spell(word + "x", limit=50) == plain.spell(word + "x", limit=50)
            assert engine.document_frequency(word) == plain.document_frequency(word)
        for article in plain.scan():
            one, other = engine.related(article), plain.related(article)
            for name in ("before", "after", "angles", "copies"):
                mine, theirs = getattr(one, name), getattr(other, name)
                assert [hit.article.id for hit in mine] == [hit.article.id for hit in theirs]
                assert all(math.isclose(a.score, b.score, rel_tol=1e-9) for a, b in zip(mine, theirs, strict=True))
            check_alike(engine, article, one)


def check_alike(engine: EmbeddedEngine, article: Article, related: Related) -> None:
    """All that is shown as related is alike, with the same score; fewer are the first of more."""
    alike = engine.alike(article, limit=1_000)
    scores = dict(alike)
    assert article.id not in scores
    assert len(scores) == len(alike)
    assert list(alike) == sorted(alike, key=lambda place: (-place[1], place[0]))
    for hit in (*related.before, *related.after, *related.angles, *related.copies):
        assert math.isclose(scores[hit.article.id], hit.score, rel_tol=1e-9)
    few = engine.alike(article, limit=2)
    assert [id for id, _ in few] == [id for id, _ in alike[:2]]
