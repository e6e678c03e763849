"""Meeting: the documents that have all of several runs of postings, and the best of these.

Each document of the rarest run is looked for in the others: of a block of these only the gaps are read, up to it.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
from searchsvc.engines.embedded.postings.blocks import (
    docid_before,
    gaps_at,
    impact_of,
    pattern_of,
    read_docids,
    skip_to,
)
from searchsvc.engines.embedded.postings.bm25f import Ranking
from searchsvc.engines.embedded.postings.format import BLOCK, Postings
from searchsvc.engines.embedded.postings.impacts import score_bounds
from searchsvc.engines.embedded.search.maxscore import Leaves, SegmentTopDocs, leaf_score


@kernel
def best_of_all(postings: Postings, leaves: Leaves, ranking: Ranking, count: int, listing: bool) -> SegmentTopDocs:
    """The `count` best of the documents that have all leaves."""
    number = leaves.stem_classes.size
    order = np.argsort(postings.counts[leaves.stem_classes])
    ends = postings.first_block[leaves.stem_classes + 1].astype(np.int64)
    # Of each leaf the block reached (one before the first: none yet), the place in it, and the document there.
    reached = np.empty((number, 3), np.int64)
    for leaf in range(number):
        reached[leaf, 0], reached[leaf, 1], reached[leaf, 2] = (
            whole(postings.first_block[leaves.stem_classes[leaf]]) - 1,
            0,
            -1,
        )
    # The documents of a block of the rarest that have the leaves so far; of each leaf its block and place there.
    docids = np.empty(BLOCK, np.uint32)
    blocks, at = np.empty((number, BLOCK), np.int64), np.empty((number, BLOCK), np.int64)
    lead = order[0]
    most = whole(postings.counts[leaves.stem_classes[lead]])
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    bounds = np.empty((0, 0), np.float64)
    for block in range(postings.first_block[leaves.stem_classes[lead]], ends[lead]):
        left = read_docids(postings, leaves.stem_classes[lead], block, docids, 0)
        for i in range(left):
            blocks[lead, i], at[lead, i] = block, i
        for place in range(1, number):
            leaf = order[place]
            left = met(
                postings, leaves.stem_classes[leaf], reached[leaf], docids, left, order[:place], leaf, blocks, at
            )
        for i in range(left):
            docid = whole(docids[i])
            if ranking.live.size and not ranking.live[docid]:
                continue
            if listing:
                found[total] = docid
            total += 1
            if held == size:
                if not size:
                    continue
                if not bounds.size:
                    bounds = score_bounds(leaves.weights, ranking.most[1])
                bound = 0.0
                for leaf in range(number):
                    bound += bounds[leaf, impact_of(postings, leaves.stem_classes[leaf], blocks[leaf, i], at[leaf, i])]
                if -bound * ranking.recency[docid] > heap_keys[0]:
                    continue
            score = 0.0
            for leaf in range(number):
                pattern = pattern_of(postings, leaves.stem_classes[leaf], blocks[leaf, i], at[leaf, i])
                score += leaf_score(postings, pattern, docid, leaves, leaf, ranking.norms)
            key = -(score * ranking.recency[docid])
            if held < size or key <= heap_keys[0]:
                held = heap_push(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docid], docid)
        if number > 1 and reached[order[1], 0] == ends[order[1]]:
            break
    heap_sort(heap_keys, heap_ranks, heap, held)
    return SegmentTopDocs(
        heap_keys[:held],
        heap[:held].astype(np.uint32),
        np.ones(held, np.uint8),
        total,
        found[:total],
        heap_keys[:0],
        docids[:0],
    )


@part
def met(
    postings: Postings, stem_class: int, reached: NDArray[np.int64], docids: Docids, count: int,
    before: NDArray[np.int64],
    leaf: int, blocks: NDArray[np.int64], at: NDArray[np.int64],
) -> int:  # fmt: skip
    """Keep those of some ascending documents that one more leaf has, with where each leaf has them; how many are left.

    `reached` says where the leaf was looked at last, and is moved on.
    """
    first, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    block, i, docid = reached[0], reached[1], reached[2]
    width, gaps = whole(0), whole(0)
    if first <= block < end:
        width, gaps = gaps_at(postings, block)
    left = 0
    for place in range(count):
        wanted = whole(docids[place])
        if docid < wanted:
            if not width or postings.last_docid[block] < wanted:
                block = max(block, first)
                while block < end and postings.last_docid[block] < wanted:
                    block += 1
                if block == end:
                    break
                i, docid = whole(-1), docid_before(postings, stem_class, block)
                width, gaps = gaps_at(postings, block)
            i, docid = skip_to(postings.block_bytes, width, gaps, i, docid, wanted)
        if docid == wanted:
            docids[left] = wanted
            for other in before:
                blocks[other, left], at[other, left] = blocks[other, place], at[other, place]
            blocks[leaf, left], at[leaf, left] = block, i
            left += 1
    reached[0], reached[1], reached[2] = block, i, docid
    return left
