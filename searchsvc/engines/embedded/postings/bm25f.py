"""BM25F over arrays: the one place where scores of postings are computed. The formula is on the page `engines.bm25f`.

An occurrence in field f of a document counts boost_f / (1 - b_f + b_f * length / average length); what a leaf's forms
count by their weights adds up to a **weighted term frequency**, which saturates: tf * (k1 + 1) / (k1 + tf).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import K1
from searchsvc.engines.embedded.kernels.jit import Matrix, OutMatrix, inlined, kernel, whole
from searchsvc.engines.embedded.postings.format import FIELD_BITS, FIELD_MASK, Frequencies, Postings
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS

Averages = Sequence[float]  # words in each text field
Lengths = Matrix[np.uint32]  # words in each text field: a row for each of SEARCHED_FIELDS, a column for each document


class Norms(NamedTuple):
    """How much an occurrence in each text field counts: boost / (base + slope * length). A boost of 0 omits a field."""

    boosts: NDArray[np.float64]
    base: NDArray[np.float64]
    slope: NDArray[np.float64]
    lengths: Lengths


class Ranking(NamedTuple):
    """What scores in a segment depend on besides the query; an array's value is at the document's docid.

    `live` is empty when nothing is deleted; `ranks` are the ids in their order, for ties. `most` is what raises an
    upper bound: the greatest recency, and the drift of average lengths (`View.drift`).
    """

    norms: Norms
    live: Mask
    recency: Frequencies
    ranks: NDArray[np.uint32]
    most: Frequencies


def averages_of(lengths: Sequence[Lengths]) -> list[float]:
    """Words in each text field, on average over the documents that have any there; parts are taken together."""
    averages = []
    for row in range(len(SEARCHED_FIELDS)):
        total = sum(int(of_part[row].sum(dtype=np.int64)) for of_part in lengths)
        count = sum(int(np.count_nonzero(of_part[row])) for of_part in lengths)
        averages.append(total / count if count else 0.0)
    return averages


def norms_of(lengths: Lengths, averages: Averages, fields: Sequence[str]) -> Norms:
    """The norms of an occurrence in these fields; the others are omitted."""
    weighed = list(zip(TEXT_FIELDS, averages, strict=True))
    return Norms(
        np.array([field.boost if field.name in fields else 0.0 for field in TEXT_FIELDS]),
        np.array([1.0 - field.length_norm if average else 1.0 for field, average in weighed]),
        np.array([field.length_norm / average if average else 0.0 for field, average in weighed]),
        lengths,
    )


@inlined
def weighted_tf(
    postings: Postings, pattern: int, docid: int, weights: Frequencies, first_weight: int, norms: Norms
) -> float:  # fmt: skip
    """The weighted term frequency of a posting: 0 when none of its forms is asked in these fields.

    Form f of the stem class counts `weights[first_weight + f]`.
    """
    total = 0.0
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        key = postings.pattern_keys[entry]
        field = key & FIELD_MASK
        factor = weights[first_weight + whole(key >> FIELD_BITS)] * norms.boosts[field]
        if factor > 0:
            # As `length_norm`: a call with a tuple of arrays counts a reference to each of them.
            norm = norms.base[field] + norms.slope[field] * norms.lengths[field, docid]
            total += factor * postings.pattern_tfs[entry] / norm
    return total


@inlined
def full_tf(
    start: NDArray[np.uint32], keys: NDArray[np.uint32], tfs: NDArray[np.uint32], pattern: int, docid: int, norms: Norms
) -> float:  # fmt: skip
    """The term frequency of a posting if every form counts 1: the greatest that a query may give it.

    `start`, `keys` and `tfs` are a table of patterns, as in `Postings`.
    """
    total = 0.0
    for entry in range(start[pattern], start[pattern + 1]):
        field = keys[entry] & FIELD_MASK
        total += norms.boosts[field] * tfs[entry] / length_norm(norms, field, docid)
    return total


@inlined
def length_norm(norms: Norms, field: int, docid: int) -> float:
    """By what the length of a field divides an occurrence in it."""
    norm: float = norms.base[field] + norms.slope[field] * norms.lengths[field, docid]
    return norm


@inlined
def occurrence_weight(norms: Norms, field: int, docid: int) -> float:
    """What one occurrence in a field of a document adds to a term frequency."""
    weight: float = norms.boosts[field] / length_norm(norms, field, docid)
    return weight


@inlined
def saturated(tf: float) -> float:
    """What a weighted term frequency adds to a score, before the weight of its leaf."""
    return tf * (K1 + 1) / (K1 + tf)


@kernel
def set_field_weights(docids: Docids, rows: NDArray[np.int64], norms: Norms, weights: OutMatrix[np.float64]) -> None:
    """Write into `weights[row, field]` what an occurrence in each field of the document `docids[row]` counts."""
    for field in range(norms.boosts.size):
        boost, base, slope, lengths = norms.boosts[field], norms.base[field], norms.slope[field], norms.lengths[field]
        for row in rows:
            weights[row, field] = boost / (base + slope * lengths[docids[row]])
