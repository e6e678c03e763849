"""Planner: the plan by which a request is executed; there are four kinds of `Plan`, and `collector` runs them.

- `SingleTerm`: the top docs of one postings list, by block-max.
- `Conjunction`: documents that have all of a few postings lists.
- `Disjunction`: documents that have any of a few postings lists, by MaxScore.
- `Evaluate`: whole sets of documents, for everything else: filters, phrases, prefixes, orders by date, cursors ...

The first three are for words of which each *is* one postings list in every segment: its terms are all forms of one stem
class, looked for in every field. Look-ups of words and plans of queries are cached on the snapshot, for readers turn
pages, choose facets, and ask the same words again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from searchsvc.engines.bm25f import PROXIMITY_WINDOW, inverse_document_frequency
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.search.kernels.leaves import MAX_LEAVES, Leaves
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, Or, Query, Term
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.text.analyzer import query_words

# Words and queries remembered with a snapshot; beyond, all are forgotten.
REMEMBERED = 4_000


@dataclass(frozen=True, slots=True)
class TermList:
    """A word as one postings list of a segment.

    Its stem class, -1 where the segment does not have the word; what an occurrence of each form counts (float64); and
    how many live documents have it.
    """

    stem_class: int
    form_weights: Float64s
    documents: int


TermLists = tuple[TermList, ...]  # of each segment


@dataclass(frozen=True, slots=True)
class SingleTerm:
    """One word; `leaves` has of each segment its postings list, or none."""

    word: Term
    leaves: tuple[Leaves, ...]
    documents: int  # live ones with the word


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Words of which a document must have all; `leaves` has of each segment the postings lists that it has."""

    words: tuple[Term, ...]
    leaves: tuple[Leaves, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Words of which a document must have one; `leaves` has of each segment the postings lists that it has."""

    words: tuple[Term, ...]
    leaves: tuple[Leaves, ...]


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Evaluate the query over whole sets of documents: for everything that the other plans do not know."""


Plan = SingleTerm | Conjunction | Disjunction | Evaluate

_EVALUATE = Evaluate()


def plan_of(snapshot: Snapshot, request: SearchRequest) -> Plan:
    """The way to answer a request."""
    if request.sort is not Sort.RELEVANCE or request.query_fields != SEARCHED_FIELDS:
        return _EVALUATE
    if request.filters or request.dates is not None or request.after is not None:
        return _EVALUATE
    plan = plan_of_query(snapshot, request.query, request.languages, request.exact)
    # Only PROXIMITY_WINDOW docs of several words are ordered by proximity: those behind follow by their other factors.
    if not isinstance(plan, SingleTerm) and request.offset + request.limit > PROXIMITY_WINDOW:
        return _EVALUATE
    return plan


def plan_of_query(snapshot: Snapshot, query: Query, languages: tuple[str, ...], exact: bool) -> Plan:
    """The way to find the top docs of a query by relevance, whatever else a request asks for."""
    if not isinstance(query, Term | And | Or) or not snapshot.views:
        return _EVALUATE
    key = (query, languages, exact)
    if key not in snapshot.plans:
        remember(snapshot, key, _plan(snapshot, query, languages, exact))
    # Another thread may have had all forgotten meanwhile: to evaluate finds the same.
    return cast(Plan, snapshot.plans.get(key, _EVALUATE))


def term_lists(snapshot: Snapshot, word: Term, languages: Sequence[str], exact: bool) -> TermLists | None:
    """A word as one postings list in each segment, looked for in every field; None where it is not one list."""
    key = (word.text, word.exact, word.acronym, languages, exact)
    if key not in snapshot.plans:
        remember(snapshot, key, _term_lists(snapshot, word, languages, exact))
    return cast(TermLists | None, snapshot.plans.get(key))


def remember(snapshot: Snapshot, key: object, value: object) -> None:
    """Keep with a snapshot what was found out of a word or a query."""
    if len(snapshot.plans) >= REMEMBERED:
        snapshot.plans.clear()
    snapshot.plans[key] = value


def _term_lists(snapshot: Snapshot, word: Term, languages: Sequence[str], exact: bool) -> TermLists | None:
    words = query_words(word.text, languages, exact=exact or word.exact, acronym=word.acronym)
    if len(words) != 1:
        return None
    lists = []
    for view in snapshot.views:
        whole = view.segment.dictionary.single_stem_class(words[0].terms)
        if whole is None:
            return None
        stem_class, form_weights = whole
        lists.append(TermList(stem_class, form_weights, view.documents_of(stem_class) if stem_class >= 0 else 0))
    return tuple(lists)


def _plan(snapshot: Snapshot, query: Term | And | Or, languages: Sequence[str], exact: bool) -> Plan:
    asked = (query,) if isinstance(query, Term) else query.children
    words = tuple(word for word in asked if isinstance(word, Term) and word.field is None)
    if not 1 <= len(asked) <= MAX_LEAVES or len(set(words)) < len(asked):
        return _EVALUATE
    lists_of_words = []
    for word in words:
        lists = term_lists(snapshot, word, languages, exact)
        if lists is None:
            return _EVALUATE
        lists_of_words.append(lists)
    documents = [sum(term_list.documents for term_list in lists) for lists in lists_of_words]
    idfs = [inverse_document_frequency(snapshot.articles, count) for count in documents]
    leaves = tuple(_leaves([lists[number] for lists in lists_of_words], idfs) for number in range(len(snapshot.views)))
    if len(words) == 1:
        return SingleTerm(words[0], leaves, documents[0])
    return Disjunction(words, leaves) if isinstance(query, Or) else Conjunction(words, leaves)


def _leaves(lists: Sequence[TermList], idfs: Sequence[float]) -> Leaves:
    """The words that one segment has."""
    here = [(term_list, idf) for term_list, idf in zip(lists, idfs, strict=True) if term_list.stem_class >= 0]
    sizes = [len(term_list.form_weights) for term_list, _ in here]
    return Leaves(
        np.array([term_list.stem_class for term_list, _ in here], dtype=np.int64),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        np.concatenate([np.empty(0), *(term_list.form_weights for term_list, _ in here)]),
        np.array([idf for _, idf in here], dtype=np.float64),
    )
