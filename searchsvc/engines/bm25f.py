"""BM25F, recency and proximity: the ranking formulas, for one number at a time.

The memory engine calls these; the embedded engine computes the same over arrays, and its tests compare the two. The
score of an article is the sum of the scores of the query's positive leaves, times recency, times proximity.

A leaf scores by BM25F (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.6):

    tf = sum over fields f of boost_f * weighted occurrences_f / (1 - b_f + b_f * length_f / average length_f)
    score = idf * tf * (K1 + 1) / (K1 + tf)

`text.analyzer.query_words` weights occurrences: the typed word 1, another form of its stem 0.7. A phrase, prefix or
fuzzy word is one leaf; its occurrences are the matches of the phrase, or of any of its words. Leaves on facets and
dates do not score; a query without a scoring leaf scores 1 before recency. Numbers of articles and average lengths are
those of the whole commit. The average length of a field is over the articles that have a word in it: otherwise a rare
field would look long wherever it is present.
"""

import math
from collections.abc import Sequence

K1 = 1.2  # how fast further occurrences saturate; the usual value

# The newest article scores this much more than a very old one with the same words; the bonus halves every
# HALF_LIFE_DAYS. Ages count from the archive's newest article, so that the ranking of a closed archive never changes.
RECENCY_WEIGHT = 0.15
HALF_LIFE_DAYS = 2 * 365

# Leaves next to each other score this much more than leaves far apart. Only the best PROXIMITY_WINDOW articles by the
# other factors are re-scored. The factor is never below 1, so these stay above the rest, and paging sees one order.
PROXIMITY_WEIGHT = 0.5
PROXIMITY_WINDOW = 100
MAX_PROXIMITY = 1 + PROXIMITY_WEIGHT  # the greatest proximity factor


def inverse_document_frequency(articles: int, with_leaf: int) -> float:
    """The idf of a leaf that `with_leaf` of `articles` match; never negative."""
    return math.log1p((articles - with_leaf + 0.5) / (with_leaf + 0.5))


def saturated(frequency: float) -> float:
    """The saturated value of a weighted term frequency, between 0 and K1 + 1."""
    return frequency * (K1 + 1) / (K1 + frequency)


def recency(sort_instant: int | None, newest: int | None) -> float:
    """The recency factor of an article; 1 for an undated one. Arguments in seconds (`Article.sort_instant`)."""
    if sort_instant is None or newest is None:
        return 1.0
    days = (newest - sort_instant) / 86_400
    return float(1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS))


def proximity(positions: Sequence[Sequence[int]]) -> float:
    """The proximity factor of one field: by the narrowest window with an occurrence of each leaf.

    `positions` has the positions of each leaf in the field, ascending. 1 if a leaf is absent, or with fewer than two
    leaves. An article's factor is that of its best field.

    >>> proximity([[3], [4]]) > proximity([[3], [9]]) > proximity([[3], []])
    True
    """
    if len(positions) < 2 or not all(positions):
        return 1.0
    return 1 + PROXIMITY_WEIGHT * len(positions) / max(_narrowest_window(positions), len(positions))


def _narrowest_window(positions: Sequence[Sequence[int]]) -> int:
    """The width, in words, of the narrowest window with a position of each list."""
    occurrences = sorted((position, leaf) for leaf, of_leaf in enumerate(positions) for position in of_leaf)
    latest = [-1] * len(positions)  # of each leaf
    narrowest = occurrences[-1][0] - occurrences[0][0] + 1
    for position, leaf in occurrences:
        latest[leaf] = position
        first = min(latest)
        if first >= 0:
            narrowest = min(narrowest, position - first + 1)
    return narrowest
