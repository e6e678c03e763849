"""Ranking: the formulas by which articles are ordered, for one number at a time.

The memory engine calls these; the embedded engine computes the same over arrays, and its tests compare the two.
A query's score is the sum over its positive leaves, times recency, times proximity.

A leaf scores by BM25F (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.6):

    tf = sum over fields f of boost_f * weighted occurrences_f / (1 - b_f + b_f * length_f / average length_f)
    score = idf * tf * (K1 + 1) / (K1 + tf)

Occurrences are weighted by `text.analyzer.query_words`: the typed word 1, another form of its stem 0.7. A phrase,
prefix or fuzzy word is one leaf whose occurrences are its runs or words. Leaves on facets and dates do not score; a
query in which nothing scores gives 1 before recency. Numbers of articles and average lengths are those of the whole
commit; the average of a field is over the articles that have a word there, so that a field which few have does not
count as long for them.
"""

import math
from collections.abc import Sequence

K1 = 1.2  # how soon more occurrences stop to count; the usual value

# A story of today stands this much above one of the same words long ago, half of it after HALF_LIFE_DAYS.
# The archive's newest article is "today", so that an archive that has ended still ranks the same next year.
RECENCY_WEIGHT = 0.15
HALF_LIFE_DAYS = 2 * 365

# Words next to each other stand this much above words far apart. Only the best PROXIMITY_WINDOW articles by the other
# factors are looked at; as the factor is never below 1, they stay before the rest and the order is one order.
PROXIMITY_WEIGHT = 0.5
PROXIMITY_WINDOW = 100
MAX_PROXIMITY = 1 + PROXIMITY_WEIGHT  # no factor of proximity is greater


def inverse_document_frequency(articles: int, with_leaf: int) -> float:
    """How telling a leaf is that `with_leaf` of `articles` match; never negative."""
    return math.log1p((articles - with_leaf + 0.5) / (with_leaf + 0.5))


def saturated(frequency: float) -> float:
    """Weighted occurrences to a score between 0 and K1 + 1."""
    return frequency * (K1 + 1) / (K1 + frequency)


def recency(sort_instant: int | None, newest: int | None) -> float:
    """The factor of an article's age; 1 for an undated one. Arguments in seconds (`Article.sort_instant`)."""
    if sort_instant is None or newest is None:
        return 1.0
    days = (newest - sort_instant) / 86_400
    return float(1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS))


def proximity(positions: Sequence[Sequence[int]]) -> float:
    """The factor of closeness in one field: `positions` of each of two or more leaves there, ascending.

    1 where one of them is absent. An article's factor is that of its best field.

    >>> proximity([[3], [4]]) > proximity([[3], [9]]) > proximity([[3], []])
    True
    """
    if len(positions) < 2 or not all(positions):
        return 1.0
    return 1 + PROXIMITY_WEIGHT * len(positions) / max(_shortest_cover(positions), len(positions))


def _shortest_cover(positions: Sequence[Sequence[int]]) -> int:
    """The width in words of the narrowest window with one position of each list."""
    events = sorted((place, index) for index, places in enumerate(positions) for place in places)
    latest = [-1] * len(positions)
    best = events[-1][0] - events[0][0] + 1
    for place, index in events:
        latest[index] = place
        first = min(latest)
        if first >= 0:
            best = min(best, place - first + 1)
    return best
