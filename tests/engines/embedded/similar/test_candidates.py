"""The similar documents of a segment are those of the memory engine, of any language and with deletions.

`similar_documents` and its parts have no plain twin here: the memory engine compares each article with the key terms.
"""

import pytest

from searchsvc.engines.memory.engine import MemoryEngine
from tests.engines.embedded.conftest import OpenEngine, shown
from tests.engines.embedded.similar.samples import mixed_stories, random_stories
from tests.engines.test_agreement import compare_related


@pytest.mark.parametrize("deleted", [0, 30])
@pytest.mark.parametrize("limit", [1, 5, 30])
def test_similar_documents_are_those_of_the_memory_engine(open_engine: OpenEngine, limit: int, deleted: int) -> None:
    articles = random_stories(8, 160)
    engine = open_engine()
    with engine.writer() as writer:
        for article in articles:
            writer.put(article)
    with engine.writer() as writer:
        for article in articles[:deleted]:
            writer.delete(article.id)
    plain = MemoryEngine(articles[deleted:])
    for article in articles[::20]:
        found, expected = engine.related(article, limit=limit), plain.related(article, limit=limit)
        for part in ("before", "after", "angles", "copies"):
            compare_related(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize("languages", [(), ("fr",), ("fr", "en"), ("de",)])
def test_only_documents_in_a_wanted_language_are_candidates(
    open_engine: OpenEngine, languages: tuple[str, ...]
) -> None:
    articles = mixed_stories(5, 150)
    engine = open_engine()
    with engine.writer() as writer:
        for article in articles:
            writer.put(article)
    plain = MemoryEngine(articles)
    for article in articles[::10]:
        for limit in (5, 1_000):
            found = engine.related(article, limit=limit, languages=languages)
            assert shown(found) == shown(plain.related(article, limit=limit, languages=languages))
