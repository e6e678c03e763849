"""On random archives and requests the embedded engine answers as the plain one does.

Sets, totals, facets, histograms and order by date are equal; so are scores, for both reckon with `engines.bm25f`.
"""

import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.bm25f import PROXIMITY_WINDOW
from searchsvc.engines.contract import Engine
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.model.query import Or, Term
from searchsvc.model.request import SearchRequest, Sort, ValueFilter
from searchsvc.model.result import RelatedHit, SearchResult
from tests.engines.samples import request_of, story
from tests.engines.strategies import REQUESTS, WORDS, Commit, archives, articles, requests, write

SCORE_TOLERANCE = 1e-6
MANY = st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS)


@given(archive=archives(), asked=MANY)
def test_engines_answer_alike(archive: list[Commit], asked: list[SearchRequest]) -> None:
    plain = MemoryEngine()
    write(plain, archive)
    with embedded_engine() as fast:
        write(fast, archive)
        assert {a.id: a for a in fast.scan()} == {a.id: a for a in plain.scan()}
        for request in asked:
            compare(fast.search(request), plain.search(request), request)


@given(archive=archives(), asked=MANY, size=st.integers(1, 4))
def test_an_answer_agrees_with_itself(archive: list[Commit], asked: list[SearchRequest], size: int) -> None:
    with embedded_engine() as fast:
        write(fast, archive)
        for request in asked:
            check_paging(fast, request, size)
            check_counts(fast, request)


@given(archive=archives(), typed=st.lists(st.sampled_from(WORDS), min_size=REQUESTS, max_size=REQUESTS))
def test_engines_complete_and_correct_alike(archive: list[Commit], typed: list[str]) -> None:
    plain = MemoryEngine()
    write(plain, archive)
    with embedded_engine() as fast:
        write(fast, archive)
        for word in typed:
            for prefix in (word, word[:2]):
                assert fast.suggest(prefix, limit=50) == plain.suggest(prefix, limit=50)
            for misspelt in (word, word + "x", word[1:]):
                assert fast.spell(misspelt, limit=50) == plain.spell(misspelt, limit=50)
            assert fast.document_frequency(word) == plain.document_frequency(word)


@given(archive=archives(), given_articles=st.lists(articles(), min_size=2, max_size=2), limit=st.integers(1, 5))
def test_engines_relate_alike(archive: list[Commit], given_articles: list[Article], limit: int) -> None:
    plain = MemoryEngine()
    write(plain, archive)
    with embedded_engine() as fast:
        write(fast, archive)
        for article in (*given_articles, *plain.scan()):
            for languages in ((), ("fr",)):
                one = fast.related(article, limit=limit, languages=languages)
                other = plain.related(article, limit=limit, languages=languages)
                for part in ("before", "after", "angles", "copies"):
                    compare_related(getattr(one, part), getattr(other, part))


def test_engines_rank_and_relate_alike_among_more_than_are_looked_at() -> None:
    rng = random.Random(1)
    words = [f"{a}{b}{c}" for a in "kst" for b in "aeo" for c in "lnrmp"]
    many = [
        story(
            f"{n:03}",
            " ".join(rng.choices(words, k=3)),
            " ".join(rng.choices(words, k=30)),
            on=f"2015-01-{n % 28 + 1:02}",
        )
        for n in range(PROXIMITY_WINDOW + 100)
    ]
    plain = MemoryEngine(many)
    with embedded_engine() as fast:
        write(fast, [list(many[start : start + 70]) for start in range(0, len(many), 70)])
        for leaves in (words[:6], words[5:25], words):
            request = request_of(Or(tuple(Term(word) for word in leaves)))
            found = fast.search(request)
            compare(found, plain.search(request), request)
            assert found.total.value > PROXIMITY_WINDOW
            check_paging(fast, request, 90)
        for article in many[::50]:
            one, other = fast.related(article, limit=3), plain.related(article, limit=3)
            for part in ("before", "after", "angles", "copies"):
                compare_related(getattr(one, part), getattr(other, part))


@contextmanager
def embedded_engine() -> Iterator[Engine]:
    """An embedded engine in a folder that is gone after."""
    with tempfile.TemporaryDirectory() as folder:
        engine: Engine = EmbeddedEngine(Path(folder))
        try:
            yield engine
        finally:
            engine.close()


def compare(fast: SearchResult, plain: SearchResult, request: SearchRequest) -> None:
    """Fail where two answers to one request differ."""
    assert fast.total == plain.total
    assert {hit.article.id for hit in fast.hits} == {hit.article.id for hit in plain.hits}
    for name, facet in plain.facets.items():
        assert fast.facets[name] == facet
    assert fast.histogram == plain.histogram
    assert [notice.kind for notice in fast.notices] == [notice.kind for notice in plain.notices]
    by_id = {hit.article.id: hit for hit in plain.hits}
    for hit in fast.hits:
        twin = by_id[hit.article.id]
        assert hit.article == twin.article
        assert dict(hit.snippets) == dict(twin.snippets)
    if request.sort is not Sort.RELEVANCE:
        assert [hit.cursor for hit in fast.hits] == [hit.cursor for hit in plain.hits]
        return
    for hit in fast.hits:
        score, wanted = hit.score, by_id[hit.article.id].score
        assert score is not None
        assert wanted is not None
        assert math.isclose(score, wanted, rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE), hit.article.id
    ranks = [(-(hit.score or 0), hit.article.id) for hit in fast.hits]
    assert ranks == sorted(ranks)


def compare_related(fast: Sequence[RelatedHit], plain: Sequence[RelatedHit]) -> None:
    """Fail where two parts of more stories differ, scores by more than rounding."""
    assert [hit.score for hit in fast] == pytest.approx([hit.score for hit in plain], rel=SCORE_TOLERANCE)
    by_id = {hit.article.id: hit for hit in plain}
    for hit in fast:
        if hit.article.id in by_id:  # of two with one score but for rounding, either may be the last
            assert replace(hit, score=0) == replace(by_id[hit.article.id], score=0)


def check_paging(engine: Engine, request: SearchRequest, size: int) -> None:
    """Pages by number and by cursor are runs of the one order."""
    whole = engine.search(replace(request, facets=(), histogram=None)).hits
    walked: list[str] = []
    page = replace(request, facets=(), histogram=None, limit=size, snippets=False)
    while hits := engine.search(page).hits:
        assert [hit.article.id for hit in hits] == [hit.article.id for hit in whole[len(walked) : len(walked) + size]]
        by_number = engine.search(replace(page, after=None, offset=len(walked))).hits
        assert [hit.cursor for hit in by_number] == [hit.cursor for hit in hits]
        walked += [hit.article.id for hit in hits]
        page = replace(page, after=hits[-1].cursor)
    assert len(walked) == len(whole)


def check_counts(engine: Engine, request: SearchRequest) -> None:
    """The count beside a value is the total after choosing it."""
    for asked in request.facets:
        facet = engine.search(replace(request, facets=(asked,), limit=0)).facets[asked.field]
        others = tuple(f for f in request.filters if f.field != asked.field)
        for bucket in facet.buckets:
            chosen = (*others, ValueFilter(field=asked.field, values=(bucket.value,)))
            assert engine.search(replace(request, filters=chosen, facets=(), limit=0)).total.value == bucket.count
        assert len({value_key(bucket.value) for bucket in facet.buckets}) == len(facet.buckets)
