"""Conjunction: the documents that have all of several postings lists, and the top docs of these.

The shortest list leads: each of its documents is looked for in the others, of whose blocks the gaps alone are
read, up to it.

Not for lists of which one is enough: `maxscore`.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part, whole
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
from searchsvc.engines.embedded.search.kernels.leaves import Leaves, SegmentTopDocs, leaf_score


class BlockCandidates(NamedTuple):
    """Documents of a block of the leading list that have all lists looked at so far.

    The document `docids[i]` is the posting `at[leaf, i]` of the block `blocks[leaf, i]`.
    """

    docids: Docids
    blocks: Int64s
    at: Int64s


@kernel
def top_of_conjunction(
    postings: Postings, leaves: Leaves, ranking: Ranking, count: int, listing: bool
) -> SegmentTopDocs:  # fmt: skip
    """The `count` top docs of the documents that have all leaves; `listing` asks for all matches."""
    leaf_count = leaves.stem_classes.size
    order = np.argsort(postings.counts[leaves.stem_classes])
    ends = postings.first_block[leaves.stem_classes + 1].astype(np.int64)
    cursors = first_cursors(postings, leaves)
    # Out of their named tuple before the loop: a reference to an array is counted at each look into it.
    docids, blocks = np.empty(BLOCK, np.uint32), np.empty((leaf_count, BLOCK), np.int64)
    at = np.empty((leaf_count, BLOCK), np.int64)
    candidates = BlockCandidates(docids, blocks, at)
    lead = order[0]
    most = whole(postings.counts[leaves.stem_classes[lead]])
    matches = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    bounds = np.empty((0, 0), np.float64)
    for block in range(postings.first_block[leaves.stem_classes[lead]], ends[lead]):
        found = read_docids(postings, leaves.stem_classes[lead], block, docids, 0)
        for i in range(found):
            blocks[lead, i], at[lead, i] = block, i
        for turn in range(1, leaf_count):
            leaf = order[turn]
            found = intersect_list(
                postings, leaves.stem_classes[leaf], leaf, order[:turn], cursors[leaf], candidates, found
            )
        for i in range(found):
            docid = whole(docids[i])
            if ranking.live.size and not ranking.live[docid]:
                continue
            if listing:
                matches[total] = docid
            total += 1
            if held == size:
                if not size:
                    continue
                if not bounds.size:
                    bounds = score_bounds(leaves.weights, ranking.most[1])
                if -upper_bound(postings, leaves, bounds, candidates, i) * ranking.recency[docid] > heap_keys[0]:
                    continue
            key = -(score_of(postings, leaves, ranking, candidates, i) * ranking.recency[docid])
            if held < size or key <= heap_keys[0]:
                held = heap_push(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docid], docid)
        if leaf_count > 1 and cursors[order[1], 0] == ends[order[1]]:
            break
    heap_sort(heap_keys, heap_ranks, heap, held)
    return SegmentTopDocs(
        heap_keys[:held],
        heap[:held].astype(np.uint32),
        np.ones(held, np.bool_),
        total,
        matches[:total],
        heap_keys[:0],
    )


@part
def first_cursors(postings: Postings, leaves: Leaves) -> Int64s:
    """Of each leaf (a row): the block reached, one before the first at the beginning; the posting in it; its docid."""
    cursors = np.empty((leaves.stem_classes.size, 3), np.int64)
    for leaf in range(leaves.stem_classes.size):
        cursors[leaf, 0] = whole(postings.first_block[leaves.stem_classes[leaf]]) - 1
        cursors[leaf, 1], cursors[leaf, 2] = 0, -1
    return cursors


@part
def intersect_list(
    postings: Postings, stem_class: int, leaf: int, earlier: Int64s, cursor: Int64s, candidates: BlockCandidates,
    count: int,
) -> int:  # fmt: skip
    """Keep those of the first `count` candidates that one more leaf has; how many are left.

    `earlier` are the leaves intersected before. `cursor` is moved on: to the last candidate, or to the end of the list.
    """
    docids, blocks, at = candidates.docids, candidates.blocks, candidates.at
    first, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    block, i, docid = cursor[0], cursor[1], cursor[2]
    width, gaps = whole(0), whole(0)
    if first <= block < end:
        width, gaps = gaps_at(postings, block)
    left = 0
    for candidate in range(count):
        wanted = whole(docids[candidate])
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
            for other in earlier:
                blocks[other, left], at[other, left] = blocks[other, candidate], at[other, candidate]
            blocks[leaf, left], at[leaf, left] = block, i
            left += 1
    cursor[0], cursor[1], cursor[2] = block, i, docid
    return left


@inlined
def upper_bound(postings: Postings, leaves: Leaves, bounds: Float64s, candidates: BlockCandidates, i: int) -> float:
    """No less than the score of candidate i before recency, by its impacts; `bounds` are those of `score_bounds`."""
    bound = 0.0
    for leaf in range(leaves.stem_classes.size):
        block, at = candidates.blocks[leaf, i], candidates.at[leaf, i]
        bound += bounds[leaf, impact_of(postings, leaves.stem_classes[leaf], block, at)]
    return bound


@inlined
def score_of(postings: Postings, leaves: Leaves, ranking: Ranking, candidates: BlockCandidates, i: int) -> float:
    """The score of candidate i before recency and proximity."""
    score = 0.0
    for leaf in range(leaves.stem_classes.size):
        block, at = candidates.blocks[leaf, i], candidates.at[leaf, i]
        pattern = pattern_of(postings, leaves.stem_classes[leaf], block, at)
        score += leaf_score(postings, pattern, whole(candidates.docids[i]), leaves, leaf, ranking.norms)
    return score
