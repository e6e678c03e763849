"""Scoring: the formulas of `engines.ranking` over whole arrays.

The same numbers as there, up to rounding: df, lengths and the newest article are the commit's, not a segment's, so a
score depends neither on how the index is cut into segments nor on what was deleted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.embedded.evaluating import Evaluation, is_text
from searchsvc.engines.embedded.places import Keys, contained, documents_of
from searchsvc.engines.embedded.snapshot import View
from searchsvc.engines.ranking import K1, PROXIMITY_WEIGHT, inverse_document_frequency
from searchsvc.model.fields import TEXT_FIELDS
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

    def scores(self, number: int) -> Scores:
        """Words times recency of each document of the segment of this number; closeness is not in it."""
        view = self._evaluation.snapshot.views[number]
        recency = view.recency(self._evaluation.snapshot.newest)
        if not self._leaves:
            return recency
        words = np.zeros(view.size)
        for leaf, weight in zip(self._leaves, self._weights, strict=True):
            found = self._evaluation.found(leaf)[number]
            words[found.docnums] += weight * (found.frequencies * (K1 + 1) / (K1 + found.frequencies))
        return words * recency

    @property
    def by_closeness(self) -> bool:
        """Whether closeness makes any difference: there are two different words or phrases at least."""
        return len(self._near) > 1

    def closeness(self, view: View, docnums: Docnums) -> Scores:
        """The factor of each of these (ascending) documents: that of the field in which the leaves stand closest."""
        factors = np.ones(len(docnums))
        for field in TEXT_FIELDS:
            keys = []
            for leaf in self._near:
                self._evaluation.deadline.check()
                of_leaf = self._evaluation.starts(leaf, view, field, docnums)
                if not len(of_leaf):
                    break
                keys.append(of_leaf)
            else:
                factors = np.maximum(factors, _closeness(keys, docnums))
        return factors


def _closeness(keys: Sequence[Keys], docnums: Docnums) -> Scores:
    """`ranking.proximity` for each document, from where each leaf stands.

    All places are gone through in order; the narrowest window that ends at a place begins at the earliest of the
    latest places of each leaf so far, when that is in the same document.
    """
    wanted = [of_leaf[contained(documents_of(of_leaf), docnums)] for of_leaf in keys]
    places = np.concatenate(wanted)
    leaf_of = np.repeat(np.arange(len(wanted)), [len(of_leaf) for of_leaf in wanted])
    order = np.argsort(places, kind="stable")
    places, leaf_of = places[order], leaf_of[order]
    first = np.full(len(places), np.iinfo(np.uint64).max, dtype=np.uint64)
    for leaf in range(len(wanted)):
        # Places are one up, so that 0 says "not yet".
        latest = np.maximum.accumulate(np.where(leaf_of == leaf, places + np.uint64(1), np.uint64(0)))
        first = np.minimum(first, latest)
    whole = (first > 0) & (documents_of(first - np.uint64(1)) == documents_of(places))
    widths = (places[whole] - first[whole] + np.uint64(2)).astype(np.int64)
    documents = documents_of(places[whole])
    narrowest = np.full(len(docnums), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(narrowest, np.searchsorted(docnums, documents), widths)
    factors: Scores = np.where(
        narrowest < np.iinfo(np.int64).max,
        1 + PROXIMITY_WEIGHT * len(keys) / np.maximum(narrowest, len(keys)),
        1.0,
    )
    return factors
