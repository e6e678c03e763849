"""Scoring: the formulas of `engines.bm25f` over whole arrays.

The same numbers as there, up to rounding: df, lengths and the newest article are the commit's, not a segment's, so a
score depends neither on how the index is cut into segments nor on what was deleted.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.engines.bm25f import K1, inverse_document_frequency
from searchsvc.engines.embedded.kernels.docid_sets import contained, gallop
from searchsvc.engines.embedded.kernels.jit import compiled
from searchsvc.engines.embedded.postings.blocks import Frequencies, Norms, Runs, worth
from searchsvc.engines.embedded.search.evaluator import Evaluation, is_text
from searchsvc.engines.embedded.search.proximity import closest
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term, positive_leaves
from searchsvc.text.matching import WordLeaf

Scores = NDArray[np.float64]


class Scoring:
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

    def keys(self, number: int, docnums: Docnums) -> Scores:
        """Minus the score of these documents of the segment of this number: words times recency, without closeness."""
        view = self._evaluation.snapshot.views[number]
        scores = np.zeros(len(docnums))
        if not self._leaves:
            scores += 1
        for leaf, weight in zip(self._leaves, self._weights, strict=True):
            runs = self._evaluation.runs(leaf)
            if runs is None:
                found = self._evaluation.found(leaf)[number]
                add_scores(docnums, found.docnums, found.frequencies, weight, scores)
            elif runs[number].documents:
                of_run, shapes = self._evaluation.postings(view, runs[number])
                norms = view.norms(SEARCHED_FIELDS, self._evaluation.snapshot.averages)
                postings = view.segment.postings.runs
                add_run(docnums, postings, of_run, shapes, runs[number].weights, norms, weight, scores)
        finish(docnums, view.recency(self._evaluation.snapshot.newest), scores)
        return scores

    @property
    def by_closeness(self) -> bool:
        """Whether closeness makes any difference: there are two different words or phrases at least."""
        return len(self._near) > 1

    def have_all(self, segments: NDArray[np.int64], docnums: Docnums) -> Mask:
        """Which of these documents have all words and phrases, somewhere: of the others closeness is 1."""
        have = np.ones(len(docnums), dtype=np.bool_)
        for leaf in self._near:
            for number, found in enumerate(self._evaluation.docnums(leaf)):
                mine = np.flatnonzero(have & (segments == number))
                have[mine] = contained(docnums[mine], found)
        return have

    def closeness(self, number: int, docnums: Docnums) -> Scores:
        """The factor of each of these (ascending) documents: that of the field in which the leaves stand closest."""
        view = self._evaluation.snapshot.views[number]
        keys = []
        for leaf in self._near:
            self._evaluation.deadline.check()
            keys.append(self._evaluation.starts(leaf, view, docnums))
        borders = np.concatenate(([0], np.cumsum([len(of_leaf) for of_leaf in keys])))
        return closest(np.concatenate(keys), borders, docnums)


@compiled
def add_scores(docnums: Docnums, of_leaf: Docnums, found: Frequencies, weight: float, scores: Scores) -> None:
    """Add what a leaf, found in the documents `of_leaf`, is worth to the scores of some of them or others."""
    j = 0
    for i in range(docnums.size):
        j = gallop(of_leaf, j, docnums[i])
        if j == of_leaf.size:
            break
        if of_leaf[j] == docnums[i]:
            scores[i] += weight * (found[j] * (K1 + 1) / (K1 + found[j]))


@compiled
def add_run(
    docnums: Docnums, runs: Runs, of_run: Docnums, shapes: NDArray[np.uint32], weights: Frequencies, norms: Norms,
    weight: float, scores: Scores,
) -> None:  # fmt: skip
    """As `add_scores`, of a run as `read_run` gives it: the frequency is reckoned only where it is wanted."""
    j = 0
    for i in range(docnums.size):
        docnum = docnums[i]
        if j < of_run.size and of_run[j] < docnum:
            j = gallop(of_run, j, docnum)
        if j == of_run.size:
            break
        if of_run[j] == docnum:
            frequency = worth(runs, shapes[j], docnum, weights, norms)
            scores[i] += weight * (frequency * (K1 + 1) / (K1 + frequency))


@compiled
def finish(docnums: Docnums, recency: Frequencies, scores: Scores) -> None:
    """Make keys of sums: times recency, and falling scores become rising keys."""
    for i in range(docnums.size):
        scores[i] = -(scores[i] * recency[docnums[i]])
