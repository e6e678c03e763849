"""Related: candidates for "more stories" out of the postings of an article's telling words.

Which words those are and how the candidates are shown is `engines.more_like_this`'s to say; `telling` finds the words,
`alike` the documents of each segment.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.columns import MISSING
from searchsvc.engines.embedded.index.snapshot import NO_FLAGS, Snapshot, View
from searchsvc.engines.embedded.similar.candidates import (
    NEAR,
    Among,
    Beside,
    BestCandidates,
    about_the_same,
    stem_classes_of,
)
from searchsvc.engines.embedded.similar.key_terms import Telling, Terms
from searchsvc.engines.more_like_this import SPARE, Candidate, partition, strong_terms_needed
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, value_key
from searchsvc.model.result import Related

BODY = SEARCHED_FIELDS.index("body")


def more_stories(
    snapshot: Snapshot, telling: Telling, article: Article, *, limit: int, languages: tuple[str, ...]
) -> Related:
    """As `Engine.related` promises."""
    terms = telling.terms(snapshot, article)
    candidates = [_candidate(place) for place in _places(snapshot, article, terms, limit + SPARE, languages)]
    return partition(article, candidates, limit=limit, key_terms=terms.key_terms())


class _Place(NamedTuple):
    """A document that may be shown; `key` orders those of a part."""

    key: float
    id: str
    view: View
    docid: int
    closeness: float
    shared: int


def _candidate(place: _Place) -> Candidate:
    columns, docid = place.view.columns, place.docid
    day = int(columns.days.numbers[docid])
    return Candidate(
        id=place.id,
        closeness=place.closeness,
        shared=place.shared,
        tags=columns.facet("tag").values(docid),
        day=None if day == MISSING else day,
        fingerprint=int(columns.fingerprints[docid]),
        words=int(columns.lengths[BODY, docid]),
        load=partial(place.view.segment.article, docid),
    )


def _places(
    snapshot: Snapshot, article: Article, terms: Terms, count: int, languages: tuple[str, ...]
) -> Iterator[_Place]:
    """Of the articles about the same the best of each part, and all that may be copies."""
    of_parts: dict[int, list[_Place]] = {}
    for view in snapshot.views:
        best = _best(snapshot, view, article, terms, count, languages, parts=True)
        ids = view.columns.ids_at(best.docids)
        for part, key, id, *of_place in zip(
            best.parts.tolist(), best.keys.tolist(), ids,
            best.docids.tolist(), best.closeness.tolist(), best.shared.tolist(), strict=True,
        ):  # fmt: skip
            of_parts.setdefault(part, []).append(_Place(key, id, view, *of_place))
    near = {place.id: place for place in of_parts.pop(NEAR, [])}
    for places in of_parts.values():
        near |= {place.id: place for place in sorted(places, key=lambda place: place[:2])[:count]}
    yield from near.values()


def _best(
    snapshot: Snapshot,
    view: View,
    article: Article,
    terms: Terms,
    count: int,
    languages: Sequence[str],
    *,
    parts: bool,
) -> BestCandidates:
    """The best documents of a segment, of each part or of all."""
    segment, columns = view.segment, view.columns
    with segment.reading():
        stems, rows = terms.names.stem_classes(segment, terms.stems), terms.names.rows(segment, terms.words)
        stem_classes = stem_classes_of(stems, terms.first, rows, terms.names.telling_words(segment))
        segment.postings.check_all(stem_classes.numbers)
        spoken = NO_FLAGS
        language = columns.facet("language")
        if languages:
            spoken = np.zeros(len(language.labels), dtype=np.bool_)
            for value in languages:
                spoken[columns.ordinals["language"].get(value_key(value), [])] = True
        chosen = Among(
            strong_terms_needed(terms.stems),
            columns.documents_with("tag", article.tags),
            view.live,
            language.starts,
            language.ordinals,
            spoken,
        )
        day = article.published_on.toordinal() if article.published_on is not None else MISSING
        fingerprint = np.uint64(article.fingerprint if parts else 0)
        beside = Beside(columns.days.numbers, day, columns.id_ranks, columns.fingerprints, fingerprint, parts)
        norms, drift = view.norms(SEARCHED_FIELDS, snapshot.averages), view.drift(snapshot.averages)
        return about_the_same(segment.postings.arrays, stem_classes, terms.weights, norms, drift, chosen, beside, count)
