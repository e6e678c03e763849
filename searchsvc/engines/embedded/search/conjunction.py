"""Meeting: the documents that have all of several runs of postings, and the best of these.

Each document of the rarest run is looked for in the others: of a block of these only the gaps are read, up to it.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.embedded.kernels.jit import compiled, part, whole
from searchsvc.engines.embedded.kernels.top_k import in_order, keep
from searchsvc.engines.embedded.postings.blocks import BLOCK, Runs, read_docnums
from searchsvc.engines.embedded.search.maxscore import Best, Leaves, Ranking, bounds_of, impact_at, shape_of, worth_of


@compiled
def best_of_all(runs: Runs, leaves: Leaves, ranking: Ranking, count: int, listing: bool) -> Best:
    """The `count` best of the documents that have all leaves."""
    number = leaves.families.size
    order = np.argsort(runs.counts[leaves.families])
    ends = runs.first[leaves.families + 1].astype(np.int64)
    # Of each leaf the block reached (one before the first: none yet), the place in it, and the document there.
    reached = np.empty((number, 3), np.int64)
    for leaf in range(number):
        reached[leaf, 0], reached[leaf, 1], reached[leaf, 2] = whole(runs.first[leaves.families[leaf]]) - 1, 0, -1
    # The documents of a block of the rarest that have the leaves so far; of each leaf its block and place there.
    docnums = np.empty(BLOCK, np.uint32)
    blocks, at = np.empty((number, BLOCK), np.int64), np.empty((number, BLOCK), np.int64)
    lead = order[0]
    most = whole(runs.counts[leaves.families[lead]])
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    bounds = np.empty((0, 0), np.float64)
    for block in range(runs.first[leaves.families[lead]], ends[lead]):
        left = read_docnums(runs, leaves.families[lead], block, docnums)
        for i in range(left):
            blocks[lead, i], at[lead, i] = block, i
        for place in range(1, number):
            leaf = order[place]
            left = met(runs, leaves.families[leaf], reached[leaf], docnums, left, order[:place], leaf, blocks, at)
        for i in range(left):
            docnum = whole(docnums[i])
            if ranking.live.size and not ranking.live[docnum]:
                continue
            if listing:
                found[total] = docnum
            total += 1
            if held == size:
                if not size:
                    continue
                if not bounds.size:
                    bounds = bounds_of(leaves, ranking.most)
                bound = 0.0
                for leaf in range(number):
                    bound += bounds[leaf, impact_at(runs, leaves.families[leaf], blocks[leaf, i], at[leaf, i])]
                if -bound * ranking.recency[docnum] > heap_keys[0]:
                    continue
            score = 0.0
            for leaf in range(number):
                shape = shape_of(runs, leaves.families[leaf], blocks[leaf, i], at[leaf, i])
                score += worth_of(runs, shape, docnum, leaves, leaf, ranking.norms)
            key = -(score * ranking.recency[docnum])
            if held < size or key <= heap_keys[0]:
                held = keep(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docnum], docnum)
        if number > 1 and reached[order[1], 0] == ends[order[1]]:
            break
    in_order(heap_keys, heap_ranks, heap, held)
    return Best(
        heap_keys[:held],
        heap[:held].astype(np.uint32),
        np.ones(held, np.uint8),
        total,
        found[:total],
        heap_keys[:0],
        docnums[:0],
    )


@part
def met(
    runs: Runs, family: int, reached: NDArray[np.int64], docnums: Docnums, count: int, before: NDArray[np.int64],
    leaf: int, blocks: NDArray[np.int64], at: NDArray[np.int64],
) -> int:  # fmt: skip
    """Keep those of some ascending documents that one more leaf has, with where each leaf has them; how many are left.

    `reached` says where the leaf was looked at last, and is moved on.
    """
    data, last, end = runs.data, runs.last, whole(runs.first[family + 1])
    block, i, docnum = reached[0], reached[1], reached[2]
    start = width = whole(0)
    if whole(runs.first[family]) <= block < end:
        start, width = whole(runs.at[block]) + 2, whole(data[runs.at[block]])
    left = 0
    for place in range(count):
        wanted = whole(docnums[place])
        if docnum < wanted:
            if not width or last[block] < wanted:
                block = max(block, whole(runs.first[family]))
                while block < end and last[block] < wanted:
                    block += 1
                if block == end:
                    break
                i = -1
                docnum = whole(last[block - 1]) if block > runs.first[family] else 0
                start, width = whole(runs.at[block]) + 2, whole(data[runs.at[block]])
            if width == 1:
                while docnum < wanted or i < 0:
                    i += 1
                    docnum += data[start + i]
            elif width == 2:
                while docnum < wanted or i < 0:
                    i += 1
                    docnum += data[start + 2 * i] | data[start + 2 * i + 1] << 8
            else:
                while docnum < wanted or i < 0:
                    i += 1
                    j = start + 4 * i
                    docnum += data[j] | data[j + 1] << 8 | data[j + 2] << 16 | data[j + 3] << 24
        if docnum == wanted:
            docnums[left] = wanted
            for other in before:
                blocks[other, left], at[other, left] = blocks[other, place], at[other, place]
            blocks[leaf, left], at[leaf, left] = block, i
            left += 1
    reached[0], reached[1], reached[2] = block, i, docnum
    return left
