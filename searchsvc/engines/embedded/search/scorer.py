"""Scorer: the formulas of `engines.bm25f` over whole arrays.

The same numbers as there, up to rounding: df, lengths and the newest article are the commit's, not a segment's, so a
score depends neither on how the index is cut into segments nor on what was deleted.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import inverse_document_frequency
from searchsvc.engines.embedded.kernels.docid_sets import contained, gallop
from searchsvc.engines.embedded.kernels.jit import kernel
from searchsvc.engines.embedded.postings.bm25f import Norms, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import Frequencies, Patterns, Postings
from searchsvc.engines.embedded.search.evaluator import Evaluation, is_text
from searchsvc.engines.embedded.search.proximity import closest
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term, positive_leaves
from searchsvc.text.matching import WordLeaf

Scores = NDArray[np.float64]


class Scorer:
    """The scores of one request's documents."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        snapshot = evaluation.snapshot
        self._leaves: list[WordLeaf] = [
            leaf
            for leaf in positive_leaves(evaluation.request.query)
            if isinstance(leaf, Term | Phrase | Prefix | Fuzzy) and is_text(leaf)
        ]
        self._weights = [
            inverse_document_frequency(snapshot.articles, evaluation.document_frequency(leaf)) for leaf in self._leaves
        ]
        near = [leaf for leaf in self._leaves if isinstance(leaf, Term | Phrase)]
        self._near: list[Term | Phrase] = list(dict.fromkeys(near))

    def keys(self, number: int, docids: Docids) -> Scores:
        """Minus the score of these documents of the segment of this number: words times recency, without closeness."""
        view = self._evaluation.snapshot.views[number]
        scores = np.zeros(len(docids))
        if not self._leaves:
            scores += 1
        for leaf, weight in zip(self._leaves, self._weights, strict=True):
            lists = self._evaluation.lists(leaf)
            if lists is None:
                found = self._evaluation.found(leaf)[number]
                add_scores(docids, found.docids, found.frequencies, weight, scores)
            elif lists[number].documents:
                in_list, patterns = self._evaluation.postings(view, lists[number])
                norms = view.norms(SEARCHED_FIELDS, self._evaluation.snapshot.averages)
                postings = view.segment.postings.arrays
                add_list(docids, postings, in_list, patterns, lists[number].weights, norms, weight, scores)
        finish(docids, view.recency(self._evaluation.snapshot.newest), scores)
        return scores

    @property
    def by_closeness(self) -> bool:
        """Whether closeness makes any difference: there are two different words or phrases at least."""
        return len(self._near) > 1

    def have_all(self, segments: NDArray[np.int64], docids: Docids) -> Mask:
        """Which of these documents have all words and phrases, somewhere: of the others closeness is 1."""
        have = np.ones(len(docids), dtype=np.bool_)
        for leaf in self._near:
            for number, found in enumerate(self._evaluation.docids(leaf)):
                mine = np.flatnonzero(have & (segments == number))
                have[mine] = contained(docids[mine], found)
        return have

    def closeness(self, number: int, docids: Docids) -> Scores:
        """The factor of each of these (ascending) documents: that of the field in which the leaves stand closest."""
        view = self._evaluation.snapshot.views[number]
        keys = []
        for leaf in self._near:
            self._evaluation.deadline.check()
            keys.append(self._evaluation.starts(leaf, view, docids))
        borders = np.concatenate(([0], np.cumsum([len(of_leaf) for of_leaf in keys])))
        return closest(np.concatenate(keys), borders, docids)


@kernel
def add_scores(docids: Docids, of_leaf: Docids, found: Frequencies, weight: float, scores: Scores) -> None:
    """Add what a leaf, found in the documents `of_leaf`, is worth to the scores of some of them or others."""
    j = 0
    for i in range(docids.size):
        j = gallop(of_leaf, j, docids[i])
        if j == of_leaf.size:
            break
        if of_leaf[j] == docids[i]:
            scores[i] += weight * saturated(found[j])


@kernel
def add_list(
    docids: Docids, postings: Postings, in_list: Docids, patterns: Patterns, weights: Frequencies, norms: Norms,
    weight: float, scores: Scores,
) -> None:  # fmt: skip
    """As `add_scores`, of a list that `read_list` gives: computes the frequency of the asked documents only."""
    j = 0
    for i in range(docids.size):
        docid = docids[i]
        if j < in_list.size and in_list[j] < docid:
            j = gallop(in_list, j, docid)
        if j == in_list.size:
            break
        if in_list[j] == docid:
            scores[i] += weight * saturated(weighted_tf(postings, patterns[j], docid, weights, 0, norms))


@kernel
def finish(docids: Docids, recency: Frequencies, scores: Scores) -> None:
    """Make keys of sums: times recency, and falling scores become rising keys."""
    for i in range(docids.size):
        scores[i] = -(scores[i] * recency[docids[i]])
