"""Bars of matches and of the archive add up; they are held to the memory engine in tests/engines/test_agreement.py."""

from collections import Counter

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.histogram import histogram
from searchsvc.model.query import Term
from searchsvc.model.request import Interval
from tests.engines.embedded.search.conftest import WORDS, evaluating
from tests.engines.samples import request_of


@pytest.mark.parametrize("interval", [None, *Interval])
def test_bars_count_the_days_in_them(engine: EmbeddedEngine, interval: Interval | None) -> None:
    query = Term(WORDS[40])
    with evaluating(engine, request_of(query)) as evaluation:
        found = histogram(evaluation.snapshot, evaluation.sets(query), interval, None)
    matching = Counter(hit.article.published_on for hit in engine.search(request_of(query)).hits)
    archived = Counter(article.published_on for article in engine.scan())
    assert found.undated == matching[None] > 0
    for bar in found.bars:
        for counted, count in ((matching, bar.count), (archived, bar.archived)):
            assert count == sum(n for day, n in counted.items() if day is not None and bar.start <= day <= bar.end)
    assert sum(bar.count for bar in found.bars) + found.undated == sum(matching.values())


def test_without_dated_matches_there_are_no_bars(engine: EmbeddedEngine) -> None:
    query = Term("nowhere")
    with evaluating(engine, request_of(query)) as evaluation:
        found = histogram(evaluation.snapshot, evaluation.sets(query), None, None)
    assert (found.bars, found.undated) == ((), 0)
