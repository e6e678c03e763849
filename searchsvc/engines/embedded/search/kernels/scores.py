"""Scores: BM25F of many documents, a leaf at a time; and the keys that they are ordered by.

Not for top docs out of postings lists alone: `block_max`, `conjunction`, `maxscore`.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.kernels.docid_sets import gallop
from searchsvc.engines.embedded.kernels.jit import Out, kernel
from searchsvc.engines.embedded.postings.bm25f import Norms, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import Patterns, Postings


class ScoredList(NamedTuple):
    """A whole postings list as `postings.blocks.read_list` gives it, and what an occurrence of each form counts."""

    docids: Docids
    patterns: Patterns
    form_weights: Float64s


@kernel
def add_frequencies(docids: Docids, in_leaf: Docids, found: Float64s, weight: float, scores: Out[np.float64]) -> None:
    """Add to the scores of some documents what a leaf of this weight (idf) adds, in place.

    `docids` and `in_leaf`, the documents of the leaf, ascend; `found` has the weighted frequencies of the latter.
    """
    j = 0
    for i in range(docids.size):
        j = gallop(in_leaf, j, docids[i])
        if j == in_leaf.size:
            break
        if in_leaf[j] == docids[i]:
            scores[i] += weight * saturated(found[j])


@kernel
def add_list(
    docids: Docids, postings: Postings, scored: ScoredList, norms: Norms, weight: float, scores: Out[np.float64]
) -> None:  # fmt: skip
    """As `add_frequencies`, of a leaf that is a whole postings list: computes the frequencies of `docids` alone."""
    in_list = scored.docids
    j = 0
    for i in range(docids.size):
        docid = docids[i]
        if j < in_list.size and in_list[j] < docid:
            j = gallop(in_list, j, docid)
        if j == in_list.size:
            break
        if in_list[j] == docid:
            scores[i] += weight * saturated(
                weighted_tf(postings, scored.patterns[j], docid, scored.form_weights, 0, norms)
            )


@kernel
def make_keys(docids: Docids, recency: Float64s, scores: Out[np.float64]) -> None:
    """Multiply scores by the recency of their documents and negate them, in place: the highest comes first."""
    for i in range(docids.size):
        scores[i] = -(scores[i] * recency[docids[i]])
