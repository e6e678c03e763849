"""Brute force: our totals, counts and top ten beside those of an engine that scores each article in plain Python.

That engine looks at every article for every question, half a second to three of them for 20,000 articles; so two
processes share the questions, each with its own copy of the articles in memory.
"""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from typing import Any

from benchmarks.corpora import Corpus
from benchmarks.peers.base import FACETS, Answer, Asked, Kind
from benchmarks.peers.embedded import EmbeddedPeer, as_request, bars_of, key_of
from benchmarks.queries import QueryClass
from searchsvc.engines.memory.engine import MemoryEngine

PROCESSES = 2
SAME_SCORE = 1e-4  # relative: arrays add up in another order than a loop does, some in single precision

# These have no set of articles with a total and an order.
_NO_ARTICLES = frozenset({Kind.CORRECT, Kind.ALIKE})


def compare_with_brute_force(
    ours: EmbeddedPeer, corpus: Corpus, classes: Iterable[QueryClass]
) -> dict[str, Any]:  # Any: JSON
    """How many different questions were compared, and in words where the two differ."""
    asked = sorted({_plain(one) for each in classes for one in each.asked if one.kind not in _NO_ARTICLES}, key=repr)
    # Not forked: the engines under comparison have threads, which a fork would cut off.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        shares = [asked[at::PROCESSES] for at in range(PROCESSES)]
        answers = list(pool.map(partial(_answers, corpus), shares))
    expected = {
        one: answer
        for share, of_share in zip(shares, answers, strict=True)
        for one, answer in zip(share, of_share, strict=True)
    }
    differences = [text for one in asked if (text := difference(one, _of_ours(ours, one), expected[one]))]
    return {"asked": len(asked), "differences": differences}


def difference(asked: Asked, answer: Answer, expected: Answer) -> str:
    """In words; "" when both agree. Ids may differ only where scores are equal up to rounding."""
    name = f"{asked.kind.value} {' '.join(asked.words)!r}"
    if answer.total != expected.total:
        return f"{name}: {answer.total:,} found, {expected.total:,} by brute force"
    keys = expected.keys
    if len(answer.keys) != len(keys) or not all(map(_same, answer.keys, keys)):
        return f"{name}: the ten best scores are others by brute force"
    for article, other, key in zip(answer.articles, expected.articles, keys, strict=True):
        is_tied = sum(_same(key, each) for each in keys) > 1 or _same(key, keys[-1])
        if article.id != other.id and not is_tied:
            return f"{name}: {article.id} stands where {other.id} does by brute force"
    for facet, counts in expected.facets.items():
        if answer.facets[facet] != counts:
            return f"{name}: counts of {facet} are others by brute force"
    if answer.bars != expected.bars:
        return f"{name}: counts by month are others by brute force"
    return ""


def _plain(asked: Asked) -> Asked:
    """The same question for ten articles and, by relevance, all counts; snippets are not compared."""
    counts = () if asked.newest else FACETS
    return replace(asked, hits=10, facets=counts, bars="month" if counts else "", snippets=False)


def _of_ours(ours: EmbeddedPeer, asked: Asked) -> Answer:
    """The hits as asked for without counts, and the counts without hits."""
    answer = ours.answer(replace(asked, facets=(), bars=""))
    counts = ours.answer(replace(asked, hits=0))
    answer.facets, answer.bars = counts.facets, counts.bars
    return answer


def _answers(corpus: Corpus, asked: Sequence[Asked]) -> list[Answer]:
    """In a process of its own."""
    engine = MemoryEngine(corpus.articles())
    return [_answer(engine, one) for one in asked]


def _answer(engine: MemoryEngine, asked: Asked) -> Answer:
    result = engine.search(as_request(asked))
    return Answer(
        total=result.total.value,
        keys=[key_of(hit) for hit in result.hits],
        articles=[hit.article for hit in result.hits],
        facets={
            name: {bucket.value: bucket.count for bucket in facet.buckets} for name, facet in result.facets.items()
        },
        bars=bars_of(result.histogram),
    )


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME_SCORE)
