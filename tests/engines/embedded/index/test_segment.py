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
from searchsvc.engines.embedded.write import buffer, memory_budget, merge_policy
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.request import SearchRequest
from tests.engines.strategies import WORDS, Commit, archives, requests, write
from tests.engines.test_agreement import compare


@contextmanager
def written(archive: list[Commit], *, segment_tokens: int, segments: int) -> Iterator[EmbeddedEngine]:
    """An engine with the archive, a segment about so many tokens, merged when there are more than so many segments."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffer, "CHUNK_BYTES", 1)
        patch.setattr(memory_budget, "MIN_TOKENS", segment_tokens)
        patch.setattr(memory_budget, "FLUSH_BYTES", 10**12)
        patch.setattr(merge_policy, "MAX_SEGMENTS", segments)
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
            assert engine.suggest(word[:2], limit=50) == plain.suggest(word[:2], limit=50)
            assert engine.suggest(word[:2], limit=2) == plain.suggest(word[:2], limit=2)
            assert engine.spell(word + "x", limit=50) == plain.spell(word + "x", limit=50)
            assert engine.document_frequency(word) == plain.document_frequency(word)
        for article in plain.scan():
            one, other = engine.related(article), plain.related(article)
            for name in ("before", "after", "angles", "copies"):
                mine, theirs = getattr(one, name), getattr(other, name)
                assert [hit.article.id for hit in mine] == [hit.article.id for hit in theirs]
                assert all(math.isclose(a.score, b.score, rel_tol=1e-9) for a, b in zip(mine, theirs, strict=True))
