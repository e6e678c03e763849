"""Related: candidates for "more stories" out of the postings of an article's telling words.

Which words those are and how the candidates are shown is `engines.relatedness`'s to say.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, DocSet
from searchsvc.engines.embedded.snapshot import Snapshot, View
from searchsvc.engines.ranking import K1
from searchsvc.engines.relatedness import HALF_SCORE_DAYS, NEAR_BITS, SPARE, key_terms, partition
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS, value_key
from searchsvc.model.result import SAME_DAYS, Related


def more_stories(snapshot: Snapshot, article: Article, *, limit: int, languages: tuple[str, ...]) -> Related:
    """As `Engine.related` promises."""
    counting = _Frequencies(snapshot)
    terms = key_terms(article, document_frequency=counting.of, articles=snapshot.articles)
    candidates: dict[str, tuple[Article, float]] = {}
    for view, docnum, score in _candidates(snapshot, article, terms, limit + SPARE, languages):
        other = view.segment.article(docnum)
        candidates[other.id] = other, score
    return partition(article, candidates.values(), limit=limit, key_terms=terms)


class _Frequencies:
    """How many live articles have a term in any text field."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def of(self, term: str) -> int:
        total = 0
        for view in self._snapshot.views:
            lists = [view.segment.postings(field, term).docnums for field in SEARCHED_FIELDS]
            lists = [docnums for docnums in lists if len(docnums)]
            if lists:
                docnums = lists[0] if len(lists) == 1 else np.unique(np.concatenate(lists))
                total += int(np.count_nonzero(view.live.mask()[docnums])) if view.has_deletions else len(docnums)
        return total


def _candidates(
    snapshot: Snapshot, article: Article, terms: dict[str, float], count: int, languages: tuple[str, ...]
) -> Iterator[tuple[View, int, float]]:
    """The best documents of each part, by closeness and days apart, with their closeness."""
    day = article.published_on.toordinal() if article.published_on is not None else None
    pools: dict[str, list[tuple[float, int, int, float]]] = {}
    for number, view in enumerate(snapshot.views):
        closeness = _closeness(snapshot, view, terms)
        allowed = view.live & DocSet.of_mask(closeness > 0)
        if languages:
            keys = [value_key(language) for language in languages]
            forms = view.sidecar.keys["language"]
            column = view.sidecar.facet("language")
            allowed = allowed & column.having([form for form, key in enumerate(forms) if key in keys])
        docnums = allowed.docnums()
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
    for term, weight in terms.items():
        frequency = np.zeros(view.size)
        touched = np.zeros(view.size, dtype=np.bool_)
        for field in TEXT_FIELDS:
            postings = view.segment.postings(field.name, term)
            docnums = postings.docnums
            if len(docnums):
                norms = view.norms(field, snapshot.average_lengths[field.name])
                frequency[docnums] += field.boost * postings.frequencies / norms[docnums]
                touched[docnums] = True
        frequency = frequency[touched]
        total[touched] += weight * (frequency * (K1 + 1) / (K1 + frequency))
    return total


def _days(view: View, docnums: Docnums, day: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How many days after the article each was published, and whether both are dated."""
    column = view.sidecar.days
    if day is None:
        return np.zeros(len(docnums), dtype=np.int64), np.zeros(len(docnums), dtype=np.bool_)
    dated = column.present[docnums]
    return np.where(dated, column.numbers[docnums] - day, 0), dated


def _near_copies(view: View, docnums: Docnums, fingerprint: int) -> NDArray[np.bool_]:
    """Those whose fingerprint is near: they may be copies."""
    theirs = view.sidecar.fingerprints[docnums]
    if not fingerprint:
        return np.zeros(len(docnums), dtype=np.bool_)
    differing = np.unpackbits((theirs ^ np.uint64(fingerprint)).view(np.uint8)).reshape(-1, 64).sum(axis=1)
    near: NDArray[np.bool_] = (theirs != 0) & (differing <= NEAR_BITS)
    return near
