"""Related: "more stories" of an article, from the postings of its key terms in each segment of a snapshot.

`key_terms` finds the terms, `candidates` the documents of each segment; which of them are shown, and where, is decided
by `engines.more_like_this`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Mask
from searchsvc.engines.embedded.index.snapshot import NO_FLAGS, Snapshot, View
from searchsvc.engines.embedded.similar.candidate_scoring import KeyTermQuery
from searchsvc.engines.embedded.similar.candidates import (
    COPIES,
    CandidateFilter,
    Comparison,
    Criteria,
    SimilarDocuments,
    similar_documents,
)
from searchsvc.engines.embedded.similar.key_term_classes import classes_of_key_terms
from searchsvc.engines.embedded.similar.key_terms import ArticleKeyTerms, KeyTermFinder
from searchsvc.engines.more_like_this import (
    HALF_SCORE_DAYS,
    MAX_COPY_BITS,
    SPARE,
    STRONG_TERMS,
    Candidate,
    partition,
    strong_terms_needed,
)
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, value_key
from searchsvc.model.result import SAME_DAYS, Related

BODY = SEARCHED_FIELDS.index("body")


def more_stories(
    snapshot: Snapshot, finder: KeyTermFinder, article: Article, *, limit: int, languages: tuple[str, ...]
) -> Related:
    """`Engine.related` of a snapshot."""
    terms = finder.find(snapshot, article)
    candidates = map(_candidate, _similar(snapshot, article, terms, limit + SPARE, languages))
    return partition(article, candidates, limit=limit, key_terms=terms.key_terms())


class _Similar(NamedTuple):
    """A document that may be shown; those of a part are ordered by `key`, then `id`."""

    key: float
    id: str
    view: View
    docid: int
    similarity: float
    shared: int


def _candidate(similar: _Similar) -> Candidate:
    columns, docid = similar.view.columns, similar.docid
    day = int(columns.days.numbers[docid])
    return Candidate(
        id=similar.id,
        similarity=similar.similarity,
        shared=similar.shared,
        tags=columns.facet("tag").values(docid),
        day=None if day == MISSING else day,
        fingerprint=int(columns.fingerprints[docid]),
        words=int(columns.lengths[BODY, docid]),
        load=partial(similar.view.segment.article, docid),
    )


def _similar(
    snapshot: Snapshot, article: Article, terms: ArticleKeyTerms, count: int, languages: tuple[str, ...]
) -> Iterator[_Similar]:
    """The best `count` documents of each part, over all segments, and all that may be copies; each once."""
    by_part: dict[int, list[_Similar]] = {}
    for view in snapshot.views:
        best = similar_of_view(snapshot, view, article, terms, count, languages)
        ids = view.columns.ids_at(best.docids)
        for part, key, id, *of_document in zip(
            best.parts.tolist(), best.keys.tolist(), ids,
            best.docids.tolist(), best.similarity.tolist(), best.shared.tolist(), strict=True,
        ):  # fmt: skip
            by_part.setdefault(part, []).append(_Similar(key, id, view, *of_document))
    found = {similar.id: similar for similar in by_part.pop(COPIES, [])}
    for of_part in by_part.values():
        found |= {similar.id: similar for similar in sorted(of_part, key=lambda similar: similar[:2])[:count]}
    yield from found.values()


def similar_of_view(
    snapshot: Snapshot, view: View, article: Article, terms: ArticleKeyTerms, count: int, languages: Sequence[str]
) -> SimilarDocuments:
    """The best `count` documents of each part in one segment, and all that may be copies."""
    segment, columns, vocabulary = view.segment, view.columns, terms.vocabulary
    with segment.reading():
        classes = classes_of_key_terms(
            vocabulary.stem_classes(segment, terms.stems), terms.first_word,
            vocabulary.word_rows(segment, terms.words), vocabulary.distinctive_forms(segment),
        )  # fmt: skip
        segment.postings.check_all(classes.numbers)
        language = columns.facet("language")
        accepted = CandidateFilter(
            columns.documents_with("tag", article.tags),
            view.live,
            language.starts,
            language.ordinals,
            _wanted_ordinals(view, languages),
        )
        comparison = Comparison(
            MISSING if article.published_on is None else article.published_on.toordinal(),
            columns.days.numbers,
            np.uint64(article.fingerprint),
            columns.fingerprints,
            columns.id_ranks,
        )
        query = KeyTermQuery(segment.postings.arrays, classes, terms.weights, view.drift(snapshot.averages))
        norms = view.norms(SEARCHED_FIELDS, snapshot.averages)
        return similar_documents(query, norms, accepted, comparison, _criteria(terms), count)


def _wanted_ordinals(view: View, languages: Sequence[str]) -> Mask:
    """Flags the ordinals of some languages in a segment's facet; empty if any language is wanted."""
    if not languages:
        return NO_FLAGS
    wanted = np.zeros(len(view.columns.facet("language").labels), dtype=np.bool_)
    for value in languages:
        wanted[view.columns.ordinals["language"].get(value_key(value), [])] = True
    return wanted


def _criteria(terms: ArticleKeyTerms) -> Criteria:
    return Criteria(
        strong_terms=STRONG_TERMS,
        needed=strong_terms_needed(terms.stems),
        same_days=SAME_DAYS.days,
        half_score_days=float(HALF_SCORE_DAYS),
        max_copy_bits=MAX_COPY_BITS,
    )
