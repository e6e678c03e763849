"""Block-max: the top docs of one postings list, by the greatest impacts of its blocks.

Ding & Suel, "Faster top-k document retrieval using block-max indexes", 2011: blocks are read from the one that may
hold the highest score on, until no other can hold one as high as the last of those kept.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
from searchsvc.engines.embedded.postings.blocks import block_size, impacts_at, read_block
from searchsvc.engines.embedded.postings.bm25f import Ranking, saturated, weighted_tf
from searchsvc.engines.embedded.postings.format import BLOCK, Frequencies, Postings
from searchsvc.engines.embedded.postings.impacts import LEVELS, MARGIN, score_bound


@kernel
def top_of_list(
    postings: Postings, stem_class: int, weights: Frequencies, weight: float, ranking: Ranking, count: int
) -> tuple[Frequencies, Docids, int]:  # fmt: skip
    """The `count` best documents of a postings list, in order: minus their scores (float64) and their docids (uint32).

    A score is `weight` (the idf) * saturated term frequency * recency; `weights` are those of the forms. The third
    value says how many postings were scored.
    """
    live, recency, ranks, norms = ranking.live, ranking.recency, ranking.ranks, ranking.norms
    most_recency, drift = ranking.most[0], ranking.most[1]
    bounds = np.empty(LEVELS, np.float64)  # of keys, by impact
    for impact in range(LEVELS):
        bounds[impact] = -most_recency * score_bound(impact, weight, drift)
    first, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    size = min(count, whole(postings.counts[stem_class]))
    heap_keys, heap_ranks = np.empty(size, np.float64), np.empty(size, np.uint32)
    heap = np.empty(size, np.int64)
    docids, patterns = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    held = looked = 0
    for block in by_impact(postings.max_impact[first:end]) + first:
        if held == size and bounds[postings.max_impact[block]] > heap_keys[0]:
            break
        in_block = block_size(postings, stem_class, block)
        impacts = impacts_at(postings, block, in_block)
        is_read = False
        for i in range(in_block):
            bound = bounds[postings.block_bytes[impacts + i]]
            if held == size and bound > heap_keys[0]:
                continue
            if not is_read:
                read_block(postings, stem_class, block, docids, patterns, 0)
                is_read = True
            docid = docids[i]
            if held == size and bound * (recency[docid] / most_recency * MARGIN) > heap_keys[0]:
                continue
            looked += 1
            if live.size and not live[docid]:
                continue
            tf = weighted_tf(postings, patterns[i], docid, weights, 0, norms)
            if tf > 0:
                key = -weight * saturated(tf) * recency[docid]
                if held < size or key <= heap_keys[0]:
                    held = heap_push(heap_keys, heap_ranks, heap, held, key, ranks[docid], docid)
    heap_sort(heap_keys, heap_ranks, heap, held)
    return heap_keys[:held], heap[:held].astype(np.uint32), looked


@kernel
def by_impact(max_impact: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The places of blocks, those of the greatest impact first, equal ones in their order (a counting sort)."""
    starts = np.zeros(LEVELS + 1, np.int64)
    for impact in max_impact:
        starts[LEVELS - impact] += 1
    for slot in range(LEVELS):
        starts[slot + 1] += starts[slot]
    order = np.empty(max_impact.size, np.int64)
    for place in range(max_impact.size):
        slot = LEVELS - 1 - max_impact[place]
        order[starts[slot]] = place
        starts[slot] += 1
    return order
