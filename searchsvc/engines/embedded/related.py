"""Related: candidates for "more stories" out of the postings of an article's telling words.

Which words those are and how the candidates are shown is `engines.relatedness`'s to say.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.embedded.compiling import compiled
from searchsvc.engines.embedded.dictionary import Weights
from searchsvc.engines.embedded.postings import BLOCK, Norms, Runs, read_block, read_run, worth
from searchsvc.engines.embedded.snapshot import Snapshot, View
from searchsvc.engines.ranking import K1
from searchsvc.engines.relatedness import HALF_SCORE_DAYS, NEAR_BITS, SPARE, key_terms, partition
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, value_key
from searchsvc.model.result import SAME_DAYS, Related


def more_stories(snapshot: Snapshot, article: Article, *, limit: int, languages: tuple[str, ...]) -> Related:
    """As `Engine.related` promises."""
    terms = key_terms(article, document_frequency=partial(_document_frequency, snapshot), articles=snapshot.articles)
    candidates: dict[str, tuple[Article, float]] = {}
    for view, docnum, score in _candidates(snapshot, article, terms, limit + SPARE, languages):
        other = view.segment.article(docnum)
        candidates[other.id] = other, score
    return partition(article, candidates.values(), limit=limit, key_terms=terms)


def _document_frequency(snapshot: Snapshot, stem: str) -> int:
    """How many live articles have a word of a stem in any text field."""
    total = 0
    for view in snapshot.views:
        with view.segment.reading():
            family = view.segment.dictionary.family(stem)
            if family is None:
                continue
            postings = view.segment.postings
            if len(view.live):
                postings.check(family)
                total += int(np.count_nonzero(view.live[read_run(postings.runs, family)[0]]))
            else:
                total += postings.count(family)
    return total


def _candidates(
    snapshot: Snapshot, article: Article, terms: dict[str, float], count: int, languages: tuple[str, ...]
) -> Iterator[tuple[View, int, float]]:
    """The best documents of each part, by closeness and days apart, with their closeness."""
    day = article.published_on.toordinal() if article.published_on is not None else None
    pools: dict[str, list[tuple[float, int, int, float]]] = {}
    for number, view in enumerate(snapshot.views):
        closeness = _closeness(snapshot, view, terms)
        docnums = np.flatnonzero(closeness).astype(np.uint32)
        if languages:
            ordinals = view.columns.ordinals["language"]
            wanted = [number for language in languages for number in ordinals.get(value_key(language), ())]
            docnums = docnums[view.columns.facet("language").having(wanted)[docnums]]
        days, dated = _days(view, docnums, day)
        decayed = closeness[docnums] * np.where(dated, 1 / (1 + np.abs(days) / HALF_SCORE_DAYS), 1.0)
        same = ~dated | (np.abs(days) <= SAME_DAYS.days)
        copies = _near_copies(view, docnums, article.fingerprint)
        for part, chosen in (
            ("same", same),
            ("before", ~same & (days < 0)),
            ("after", ~same & (days > 0)),
            ("copies", copies),
        ):
            rows = np.flatnonzero(chosen)
            if len(rows) > count:
                rows = rows[np.argpartition(-decayed[rows], count - 1)[:count]]
            pool = pools.setdefault(part, [])
            pool += [(-float(decayed[row]), number, int(docnums[row]), float(closeness[docnums[row]])) for row in rows]
    for pool in pools.values():
        for _, number, docnum, score in sorted(pool)[:count]:
            yield snapshot.views[number], docnum, score


def _closeness(snapshot: Snapshot, view: View, terms: dict[str, float]) -> NDArray[np.float64]:
    """For each document the sum over the key terms of weight times saturated frequency, fields weighted."""
    total = np.zeros(view.size)
    norms = view.norms(SEARCHED_FIELDS, snapshot.averages)
    with view.segment.reading():
        dictionary, postings = view.segment.dictionary, view.segment.postings
        for stem, weight in terms.items():
            family = dictionary.family(stem)
            if family is not None:
                postings.check(family)
                add_closeness(postings.runs, family, dictionary.each(family), norms, weight, total)
    if len(view.live):
        total[~view.live] = 0
    return total


@compiled
def add_closeness(
    runs: Runs, family: int, weights: Weights, norms: Norms, weight: float, total: NDArray[np.float64]
) -> None:
    """Add what a family is worth to the documents that have it; `total` has a place for each document."""
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    for block in range(runs.first[family], runs.first[family + 1]):
        for i in range(read_block(runs, family, block, docnums, shapes, 0)):
            frequency = worth(runs, shapes[i], docnums[i], weights, norms)
            total[docnums[i]] += weight * (frequency * (K1 + 1) / (K1 + frequency))


def _days(view: View, docnums: Docnums, day: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How many days after the article each was published, and whether both are dated."""
    column = view.columns.days
    if day is None:
        return np.zeros(len(docnums), dtype=np.int64), np.zeros(len(docnums), dtype=np.bool_)
    dated = column.present[docnums]
    return np.where(dated, column.numbers[docnums] - day, 0), dated


def _near_copies(view: View, docnums: Docnums, fingerprint: int) -> NDArray[np.bool_]:
    """Those whose fingerprint is near: they may be copies."""
    theirs = view.columns.fingerprints[docnums]
    if not fingerprint:
        return np.zeros(len(docnums), dtype=np.bool_)
    differing = np.unpackbits((theirs ^ np.uint64(fingerprint)).view(np.uint8)).reshape(-1, 64).sum(axis=1)
    near: NDArray[np.bool_] = (theirs != 0) & (differing <= NEAR_BITS)
    return near
