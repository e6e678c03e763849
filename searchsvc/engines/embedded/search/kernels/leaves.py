"""Leaves: what a query of whole postings lists asks of one segment, and the top docs found there.

What `block_max`, `conjunction` and `maxscore` take and give.
"""

from typing import NamedTuple

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.jit import inlined
from searchsvc.engines.embedded.postings.bm25f import Norms, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import Postings

MAX_LEAVES = 8  # as many rows has a window of `maxscore`


class Leaves(NamedTuple):
    """The words of a query that a segment has, each as one postings list.

    Leaf i is the stem class `stem_classes[i]` with the weight (idf) `weights[i]`; an occurrence of its form f counts
    `form_weights[first_form[i] + f]`.
    """

    stem_classes: Int64s
    first_form: Int64s  # one more at the end
    form_weights: Float64s
    weights: Float64s


class SegmentTopDocs(NamedTuple):
    """The top docs of one segment, in order; and what a search must know of the others.

    `keys` are minus the scores (without proximity), `has_all` says which docs have all leaves. `total` counts all
    matches; `matches` are their docids, ascending, or empty where only the total was asked for. `reserve_keys` are the
    keys, in no order, of docs that have all leaves and are not among the top: the best PROXIMITY_WINDOW at least of
    those that proximity may lift into it.
    """

    keys: Float64s
    docids: Docids
    has_all: Mask
    total: int
    matches: Docids
    reserve_keys: Float64s


@inlined
def leaf_score(postings: Postings, pattern: int, docid: int, leaves: Leaves, leaf: int, norms: Norms) -> float:
    """What a leaf adds to the score of a document in which it has this term-frequency pattern, before recency."""
    weight: float = leaves.weights[leaf]
    return weight * saturated(
        weighted_tf(postings, pattern, docid, leaves.form_weights, leaves.first_form[leaf], norms)
    )
