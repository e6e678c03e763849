"""Block-max: the top docs of one postings list, by the greatest impacts of its blocks.

Blocks are read in the order of what they can score at most, until none that is left can beat the last of the top docs
(Ding & Suel, "Faster top-k document retrieval using block-max indexes", 2011).

Not for several lists: `conjunction` and `maxscore`.
"""

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
from searchsvc.engines.embedded.postings.blocks import block_size, impacts_at, read_block
from searchsvc.engines.embedded.postings.bm25f import Ranking, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import BLOCK, Postings
from searchsvc.engines.embedded.postings.impacts import LEVELS, MARGIN, score_bound


@kernel
def top_of_term(
    postings: Postings, stem_class: int, form_weights: Float64s, weight: float, ranking: Ranking, count: int
) -> tuple[Float64s, Docids, int]:  # fmt: skip
    """The `count` top docs of a postings list, in order: their keys (minus the scores) and docids; postings scored.

    A score is `weight` (the idf) * saturated term frequency * recency; an occurrence of form f counts
    `form_weights[f]`.
    """
    live, recency, ranks, norms = ranking.live, ranking.recency, ranking.ranks, ranking.norms
    most_recency, drift = ranking.most[0], ranking.most[1]
    lowest_keys = np.empty(LEVELS, np.float64)  # by impact
    for impact in range(LEVELS):
        lowest_keys[impact] = -most_recency * score_bound(impact, weight, drift)
    first, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    size = min(count, whole(postings.counts[stem_class]))
    heap_keys, heap_ranks = np.empty(size, np.float64), np.empty(size, np.uint32)
    heap = np.empty(size, np.int64)
    docids, patterns = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    held = scored = 0
    for block in by_impact(postings.max_impact[first:end]) + first:
        if held == size and lowest_keys[postings.max_impact[block]] > heap_keys[0]:
            break
        in_block = block_size(postings, stem_class, block)
        impacts = impacts_at(postings, block, in_block)
        is_read = False
        for i in range(in_block):
            lowest_key = lowest_keys[postings.block_bytes[impacts + i]]
            if held == size and lowest_key > heap_keys[0]:
                continue
            if not is_read:
                read_block(postings, stem_class, block, docids, patterns, 0)
                is_read = True
            docid = docids[i]
            if held == size and lowest_key * (recency[docid] / most_recency * MARGIN) > heap_keys[0]:
                continue
            scored += 1
            if live.size and not live[docid]:
                continue
            tf = weighted_tf(postings, patterns[i], docid, form_weights, 0, norms)
            if tf > 0:
                key = -weight * saturated(tf) * recency[docid]
                if held < size or key <= heap_keys[0]:
                    held = heap_push(heap_keys, heap_ranks, heap, held, key, ranks[docid], docid)
    heap_sort(heap_keys, heap_ranks, heap, held)
    return heap_keys[:held], heap[:held].astype(np.uint32), scored


@part
def by_impact(max_impact: Bytes) -> Int64s:
    """The indices of blocks by falling greatest impact, equal ones in their order (a counting sort)."""
    starts = np.zeros(LEVELS + 1, np.int64)
    for impact in max_impact:
        starts[LEVELS - impact] += 1
    for slot in range(LEVELS):
        starts[slot + 1] += starts[slot]
    order = np.empty(max_impact.size, np.int64)
    for block in range(max_impact.size):
        slot = LEVELS - 1 - max_impact[block]
        order[starts[slot]] = block
        starts[slot] += 1
    return order
