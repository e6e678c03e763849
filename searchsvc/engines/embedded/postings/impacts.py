"""Impacts: an upper bound of what a posting adds to a score, quantised to a byte.

A writer quantises the greatest weighted term frequency that a query may give a posting, by the average lengths of its
segment. A search makes upper bounds of scores of it, by the average lengths of the commit: `drift` is the factor by
which these may raise a term frequency. Impact 255 has no bound but the saturation. (The bound of a block is the
greatest impact in it: Ding & Suel, "Faster top-k document retrieval using block-max indexes", 2011.)
"""

import numpy as np

from searchsvc.engines.bm25f import K1
from searchsvc.engines.embedded.kernels.jit import inlined, part, whole
from searchsvc.engines.embedded.postings.format import Frequencies, Postings

LEVELS = 256
MAX_IMPACT = 255

# Bounds are this much greater, for sums and products are rounded.
MARGIN = 1 + 1e-9


@inlined
def impact_of_tf(tf: float) -> int:
    """A weighted term frequency as an impact: 256 steps of its saturation, rounded up."""
    return min(MAX_IMPACT, int(np.ceil(LEVELS * tf / (K1 + tf) * MARGIN)))


@inlined
def max_tf(impact: int) -> float:
    """The greatest term frequency with this impact; that of impact 255 has no bound."""
    return K1 * impact / (LEVELS - impact)


@inlined
def score_bound(impact: int, weight: float, drift: float) -> float:
    """The most that a posting with this impact adds to a score, for a leaf of this weight."""
    tf = max_tf(impact) * drift
    return weight * (K1 + 1) * (tf / (K1 + tf) if impact < MAX_IMPACT else 1.0) * MARGIN


@part
def score_bounds(weights: Frequencies, drift: float) -> np.ndarray:
    """`score_bound` of some leaves: float64, a row for each leaf, a column for each impact."""
    bounds = np.empty((weights.size, LEVELS), np.float64)
    for leaf in range(weights.size):
        for impact in range(LEVELS):
            bounds[leaf, impact] = score_bound(impact, weights[leaf], drift)
    return bounds


@part
def greatest_impact(postings: Postings, stem_class: int) -> int:
    """The greatest impact of a postings list."""
    impact = 0
    for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
        impact = max(impact, whole(postings.max_impact[block]))
    return impact
