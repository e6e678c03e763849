"""Planning: which queries are whole postings lists alone, so that one pass over the lists finds their top docs.

A word whose index terms take in all forms of one stem class, looked for in every field, *is* that postings list. What
is found out of a word or a query is kept with the snapshot: readers turn pages, choose facets, and ask the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from searchsvc.engines.bm25f import PROXIMITY_WINDOW, inverse_document_frequency
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.search.maxscore import MOST_LEAVES, Leaves
from searchsvc.engines.embedded.terms.term_dictionary import Weights
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, Or, Term
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.text.analyzer import query_words

# So many words and queries are remembered of a commit; beyond, all are forgotten.
REMEMBERED = 4_000


@dataclass(frozen=True, slots=True)
class TermList:
    """A word that is one stem class of a segment: what its forms count, and how many live documents have it.

    The stem class is -1 where the segment does not have the word.
    """

    stem_class: int
    weights: Weights
    documents: int


TermLists = tuple[TermList, ...]  # of each segment


@dataclass(frozen=True, slots=True)
class Plan:
    """Words of which a document must have all, or (`is_any`) one: each a whole postings list in every segment.

    `leaves` are, for each segment, the words that it has; all of them where `complete`.
    """

    words: tuple[Term, ...]
    is_any: bool
    documents: tuple[int, ...]  # live ones with each word
    leaves: tuple[Leaves, ...]
    complete: tuple[bool, ...]


def plan_of(snapshot: Snapshot, request: SearchRequest) -> Plan | None:
    """The plan of a request whose query is such words alone, best first; None for any other."""
    query = request.query
    if not isinstance(query, Term | And | Or) or request.sort is not Sort.RELEVANCE:
        return None
    if request.filters or request.dates is not None or request.after is not None:
        return None
    if request.query_fields != SEARCHED_FIELDS:
        return None
    plan = plan_of_words(snapshot, query, request.languages, request.exact)
    if plan is not None and len(plan.words) > 1 and request.offset + request.limit > PROXIMITY_WINDOW:
        return None
    return plan


def plan_of_words(snapshot: Snapshot, query: Term | And | Or, languages: tuple[str, ...], exact: bool) -> Plan | None:
    """The plan of a query that is such words alone, in any order of the articles found; None for any other."""
    key = (query, languages, exact)
    if key not in snapshot.plans:
        remember(snapshot, key, _plan(snapshot, query, languages, exact))
    # Another thread may have had all forgotten meanwhile: the long way finds the same.
    return cast(Plan | None, snapshot.plans.get(key))


def lists_of(snapshot: Snapshot, word: Term, languages: Sequence[str], exact: bool) -> TermLists | None:
    """The postings list of a word in each segment, looked for in every field; None where it is not one whole list."""
    key = (word.text, word.exact, word.acronym, languages, exact)
    if key not in snapshot.plans:
        remember(snapshot, key, _lists(snapshot, word, languages, exact))
    return cast(TermLists | None, snapshot.plans.get(key))


def remember(snapshot: Snapshot, key: object, value: object) -> None:
    """Keep with a snapshot what was made of a word or a query."""
    if len(snapshot.plans) >= REMEMBERED:
        snapshot.plans.clear()
    snapshot.plans[key] = value


def _lists(snapshot: Snapshot, word: Term, languages: Sequence[str], exact: bool) -> TermLists | None:
    words = query_words(word.text, languages, exact=exact or word.exact, acronym=word.acronym)
    if len(words) != 1:
        return None
    lists = []
    for view in snapshot.views:
        whole = view.segment.dictionary.single_stem_class(words[0].terms)
        if whole is None:
            return None
        stem_class, weights = whole
        lists.append(TermList(stem_class, weights, view.documents_of(stem_class) if stem_class >= 0 else 0))
    return tuple(lists)


def _plan(snapshot: Snapshot, query: Term | And | Or, languages: Sequence[str], exact: bool) -> Plan | None:
    words = (query,) if isinstance(query, Term) else query.children
    if not 1 <= len(words) <= MOST_LEAVES or len(set(words)) < len(words):
        return None
    of_words = []
    for word in words:
        if not isinstance(word, Term) or word.field is not None:
            return None
        lists = lists_of(snapshot, word, languages, exact)
        if lists is None:
            return None
        of_words.append(lists)
    documents = tuple(sum(term_list.documents for term_list in lists) for lists in of_words)
    weights = [inverse_document_frequency(snapshot.articles, count) for count in documents]
    leaves = []
    complete = []
    for number in range(len(snapshot.views)):
        here = [
            (lists[number], weight)
            for lists, weight in zip(of_words, weights, strict=True)
            if lists[number].stem_class >= 0
        ]
        leaves.append(_leaves(here))
        complete.append(len(here) == len(words))
    terms = tuple(word for word in words if isinstance(word, Term))
    return Plan(terms, isinstance(query, Or), documents, tuple(leaves), tuple(complete))


def _leaves(here: Sequence[tuple[TermList, float]]) -> Leaves:
    sizes = [len(term_list.weights) for term_list, _ in here]
    return Leaves(
        np.array([term_list.stem_class for term_list, _ in here], dtype=np.int64),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        np.concatenate([np.empty(0), *(term_list.weights for term_list, _ in here)]),
        np.array([weight for _, weight in here], dtype=np.float64),
    )
