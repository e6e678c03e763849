"""Collector: what a request asks for, by the plan of its query: the total, the top docs, facets and a histogram.

`collect` is the one way in. Not for the articles of the hits, nor their snippets: `engine` loads them.
"""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, assert_never

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import MAX_PROXIMITY, PROXIMITY_WINDOW
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.kernels.docid_sets import NONE
from searchsvc.engines.embedded.search.evaluator import Evaluation
from searchsvc.engines.embedded.search.filters import DocSets
from searchsvc.engines.embedded.search.histogram import histogram
from searchsvc.engines.embedded.search.kernels.block_max import top_of_term
from searchsvc.engines.embedded.search.kernels.conjunction import top_of_conjunction
from searchsvc.engines.embedded.search.kernels.leaves import Leaves, SegmentTopDocs
from searchsvc.engines.embedded.search.kernels.maxscore import Window, top_of_disjunction
from searchsvc.engines.embedded.search.kernels.proximity import leaves_proximity
from searchsvc.engines.embedded.search.planner import Conjunction, Disjunction, Evaluate, SingleTerm, plan_of
from searchsvc.engines.embedded.search.rerank import rerank
from searchsvc.engines.embedded.search.scorer import Scorer
from searchsvc.engines.embedded.search.top_docs import (
    NO_TOP_DOCS,
    TopDocs,
    after_of,
    behind,
    concatenate,
    merge,
    order,
    select,
)
from searchsvc.engines.field_lookup import facet_field
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort
from searchsvc.model.result import Facet, Histogram


class Collected(NamedTuple):
    """What a request asks for: the number of all matches, the hits of the page, and the counts."""

    total: int
    top_docs: TopDocs
    facets: Mapping[str, Facet]  # by the name that each was asked by
    histogram: Histogram | None


class Found(NamedTuple):
    """What a plan finds.

    `matches` are all documents found, `unfiltered` those without regard to the filters on facets; None where nothing is
    counted over them.
    """

    total: int
    top_docs: TopDocs
    matches: DocSets | None
    unfiltered: DocSets | None


def collect(evaluation: Evaluation) -> Collected:
    """Answer a request. Raises EngineTimeout past its deadline, ColumnsDamaged where a file is."""
    request, snapshot = evaluation.request, evaluation.snapshot
    plan = plan_of(snapshot, request)
    listing = bool(request.facets) or request.histogram is not None
    match plan:
        case SingleTerm():
            found = run_single_term(evaluation, plan, listing)
        case Conjunction():
            found = run_conjunction(evaluation, plan, listing)
        case Disjunction():
            found = run_disjunction(evaluation, plan, listing)
        case Evaluate():
            found = run_evaluation(evaluation)
        case _:
            assert_never(plan)
    facets, bars = _NO_FACETS, None
    if found.matches is not None and found.unfiltered is not None:
        facets = facets_of(evaluation, found.matches, found.unfiltered)
        if request.histogram is not None:
            bars = histogram(snapshot, found.matches, request.histogram.interval, request.dates)
    return Collected(found.total, found.top_docs, facets, bars)


_NO_FACETS: Mapping[str, Facet] = MappingProxyType({})


# --- one postings list ------------------------------------------------------------------------------------------------


def run_single_term(evaluation: Evaluation, plan: SingleTerm, listing: bool) -> Found:
    """Block-max in each segment."""
    snapshot, request = evaluation.snapshot, evaluation.request
    count = _last(evaluation)
    parts = [
        TopDocs.of_segment(number, *_top_of_term(snapshot, number, leaves, count))
        for number, leaves in enumerate(plan.leaves)
    ]
    top_docs = merge(snapshot, parts)
    if request.offset or len(parts) > 1:
        top_docs = top_docs.at(slice(request.offset, count))
    matches = evaluation.docids(plan.word) if listing else None
    return Found(plan.documents, top_docs, matches, matches)


def _top_of_term(snapshot: Snapshot, number: int, leaves: Leaves, count: int) -> tuple[Float64s, Docids]:
    if not count or not len(leaves.stem_classes):
        return np.empty(0), NONE
    postings, stem_class = snapshot.views[number].segment.postings, int(leaves.stem_classes[0])
    postings.check(stem_class)
    keys, docids, _ = top_of_term(
        postings.arrays, stem_class, leaves.form_weights, leaves.weights[0], snapshot.ranking(number), count
    )
    return keys, docids


# --- several postings lists -------------------------------------------------------------------------------------------


def run_conjunction(evaluation: Evaluation, plan: Conjunction, listing: bool) -> Found:
    """The first PROXIMITY_WINDOW docs of each segment, reranked by proximity."""
    parts = []
    for number, leaves in enumerate(plan.leaves):
        evaluation.deadline.check()
        if len(leaves.stem_classes) < len(plan.words):
            parts.append(_NOTHING)
            continue
        postings = evaluation.snapshot.views[number].segment.postings
        postings.check_all(leaves.stem_classes)
        ranking = evaluation.snapshot.ranking(number)
        parts.append(top_of_conjunction(postings.arrays, leaves, ranking, PROXIMITY_WINDOW, listing))
    return _reranked(evaluation, plan.leaves, parts, listing)


def run_disjunction(evaluation: Evaluation, plan: Disjunction, listing: bool) -> Found:
    """MaxScore in each segment, for as many docs as are asked for; for more where proximity may lift one of those."""
    count = _last(evaluation)
    parts = _tops_of_disjunction(evaluation, plan, count, listing)
    if count and _may_lift_reserve(parts, count):
        parts = _tops_of_disjunction(evaluation, plan, PROXIMITY_WINDOW, listing)
    return _reranked(evaluation, plan.leaves, parts, listing)


def _tops_of_disjunction(
    evaluation: Evaluation, plan: Disjunction, count: int, listing: bool
) -> list[SegmentTopDocs]:  # fmt: skip
    parts = []
    for number, leaves in enumerate(plan.leaves):
        evaluation.deadline.check()
        if not len(leaves.stem_classes):
            parts.append(_NOTHING)
            continue
        postings = evaluation.snapshot.views[number].segment.postings
        postings.check_all(leaves.stem_classes)
        ranking = evaluation.snapshot.ranking(number)
        top = top_of_disjunction(postings.arrays, leaves, ranking, count, listing, _window())
        if len(leaves.stem_classes) < len(plan.words):  # none has all words of the query
            top = top._replace(has_all=np.zeros(len(top.keys), np.bool_), reserve_keys=np.empty(0))
        parts.append(top)
    return parts


_NOTHING = SegmentTopDocs(np.empty(0), NONE, np.empty(0, np.bool_), 0, NONE, np.empty(0))
_LOCAL = threading.local()


def _window() -> Window:
    """This thread's window: to ask the system for its memory at each query costs more than the query."""
    window: Window | None = getattr(_LOCAL, "window", None)
    if window is None:
        window = _LOCAL.window = Window.of()
    return window


def _may_lift_reserve(parts: Sequence[SegmentTopDocs], count: int) -> bool:
    """Whether proximity may lift a document that was not kept to the first `count`."""
    reserve = np.concatenate([part.reserve_keys for part in parts])
    if not len(reserve):
        return False
    keys = np.partition(np.concatenate([part.keys for part in parts]), count - 1)
    return bool(reserve.min() * MAX_PROXIMITY <= keys[count - 1])


def _reranked(
    evaluation: Evaluation, leaves: Sequence[Leaves], parts: Sequence[SegmentTopDocs], listing: bool
) -> Found:  # fmt: skip
    """One order of the segments' top docs, with proximity."""
    snapshot, count = evaluation.snapshot, _last(evaluation)
    docs = concatenate([TopDocs.of_segment(number, part.keys, part.docids) for number, part in enumerate(parts)])
    has_all = parts[0].has_all if len(parts) == 1 else np.concatenate([part.has_all for part in parts])
    if len(parts) > 1:
        first = order(snapshot, docs)[:PROXIMITY_WINDOW]
        docs, has_all = docs.at(first), has_all[first]
    reranked = rerank(snapshot, docs, has_all.nonzero()[0], count, partial(_proximity, snapshot, leaves))
    matches = tuple(part.matches for part in parts) if listing else None
    top_docs = reranked.at(slice(evaluation.request.offset, count))
    return Found(sum(part.total for part in parts), top_docs, matches, matches)


def _proximity(snapshot: Snapshot, leaves: Sequence[Leaves], number: int, docids: Docids) -> Float64s:
    postings = snapshot.views[number].segment.postings
    for stem_class in leaves[number].stem_classes.tolist():
        postings.check(stem_class, positions=True)
    return leaves_proximity(postings.arrays, leaves[number], _EVERY_FIELD, docids)


_EVERY_FIELD: Mask = np.ones(len(SEARCHED_FIELDS), dtype=np.bool_)


def _last(evaluation: Evaluation) -> int:
    """How many hits lead up to the end of the page; 0 if none is asked for."""
    request = evaluation.request
    return request.offset + request.limit if request.limit > 0 else 0


# --- everything else --------------------------------------------------------------------------------------------------


def run_evaluation(evaluation: Evaluation) -> Found:
    """All matches by sets of documents, then the first of these by score or date."""
    request = evaluation.request
    unfiltered = evaluation.filters.in_dates(evaluation.sets(request.query), request.dates)
    matches = unfiltered
    for each in request.filters:
        matches = evaluation.filters.in_filter(matches, each)
    top_docs = NO_TOP_DOCS
    if request.limit > 0:
        is_by_score = request.sort is Sort.RELEVANCE
        top_docs = _top_by_score(evaluation, matches) if is_by_score else _top_by_date(evaluation, matches)
    return Found(sum(map(len, matches)), top_docs, matches, unfiltered)


def _top_by_date(evaluation: Evaluation, matches: DocSets) -> TopDocs:
    snapshot, request = evaluation.snapshot, evaluation.request
    after, skip = after_of(request), _skipped(evaluation)
    keys = [view.date_keys(request.sort)[docids] for view, docids in zip(snapshot.views, matches, strict=True)]
    return select(snapshot, matches, keys, skip + request.limit, after).at(slice(skip, None))


def _top_by_score(evaluation: Evaluation, matches: DocSets) -> TopDocs:
    snapshot, request, scorer = evaluation.snapshot, evaluation.request, Scorer(evaluation)
    after, skip = after_of(request), _skipped(evaluation)
    count = skip + request.limit
    keys = [scorer.keys(number, docids) for number, docids in enumerate(matches)]
    if not scorer.uses_proximity:
        return select(snapshot, matches, keys, count, after).at(slice(skip, None))
    first = select(snapshot, matches, keys, PROXIMITY_WINDOW)
    candidates = np.flatnonzero(scorer.has_all(first.segments, first.docids))
    right_for = count if after is None else PROXIMITY_WINDOW
    reranked = rerank(snapshot, first, candidates, right_for, scorer.proximity)
    if after is not None or count > PROXIMITY_WINDOW:
        # Proximity only lifts, so the others stay behind the first.
        others = [
            np.flatnonzero(~np.isin(docids, first.docids[first.segments == number]))
            for number, docids in enumerate(matches)
        ]
        rest = tuple(docids[chosen] for docids, chosen in zip(matches, others, strict=True))
        keys = [of_segment[chosen] for of_segment, chosen in zip(keys, others, strict=True)]
        reranked = merge(snapshot, [behind(snapshot, reranked, after), select(snapshot, rest, keys, count, after)])
    return reranked.at(slice(skip, count))


def _skipped(evaluation: Evaluation) -> int:
    """How many hits come before the page; a cursor leaves them out itself."""
    return evaluation.request.offset if evaluation.request.after is None else 0


def facets_of(evaluation: Evaluation, matches: DocSets, unfiltered: DocSets) -> Mapping[str, Facet]:
    """The facets asked for, each under all filters but its own."""
    request, filters = evaluation.request, evaluation.filters
    names = [facet_field(each.field).name for each in request.filters]
    facets = {}
    for asked in request.facets:
        evaluation.deadline.check()
        field = facet_field(asked.field)
        counted = matches
        if field.name in names:
            counted = unfiltered
            for name, each in zip(names, request.filters, strict=True):
                if name != field.name:
                    counted = filters.in_filter(counted, each)
        facets[asked.field] = evaluation.snapshot.facets(field.name).facet(field, asked, counted)
    return MappingProxyType(facets)
