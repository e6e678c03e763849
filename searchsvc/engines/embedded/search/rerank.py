"""Rerank: the second phase of an order by relevance, in which proximity lifts documents that have all words.

Only the first PROXIMITY_WINDOW docs of the first phase are looked at (`engines.bm25f`), and of these only as many as
may change the page asked for.
"""

from collections.abc import Callable

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.bm25f import MAX_PROXIMITY
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.search.top_docs import Chosen, TopDocs, order

# The proximity of so many documents is computed at once, at least.
FEWEST = 20

Proximity = Callable[[int, Docids], Float64s]  # the factors of (ascending) documents of the segment of this index


def rerank(snapshot: Snapshot, docs: TopDocs, candidates: Chosen, count: int, proximity: Proximity) -> TopDocs:
    """The docs, in order by keys that have the proximity of the candidates in them: right for the first `count`.

    `docs` are in order without proximity; `candidates` are the indices, ascending, of those that have all words: no
    other has a factor but 1. A candidate that the greatest factor does not lift to the first `count` is left out, and
    so are all behind it.
    """
    if not len(candidates) or not count:
        return docs
    keys = docs.keys.copy()
    start, end = 0, max(2 * count, FEWEST)
    while start < len(candidates):
        chunk = candidates[start:end]
        start, end = end, 4 * end
        if len(keys) > count and keys[chunk[0]] * MAX_PROXIMITY > np.partition(keys, count - 1)[count - 1]:
            break
        for number in range(len(snapshot.views)):
            of_segment = chunk if len(snapshot.views) == 1 else chunk[docs.segments[chunk] == number]
            if len(of_segment):
                of_segment = of_segment[docs.docids[of_segment].argsort()]
                keys[of_segment] *= proximity(number, docs.docids[of_segment])
    reranked = docs._replace(keys=keys)
    return reranked.at(order(snapshot, reranked))
