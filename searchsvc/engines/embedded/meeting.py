"""Meeting: the documents that have all of several runs of postings, and the best of these.

Each document of the rarest run is looked for in the others: of a block of these only the gaps are read, up to it.
"""

import numpy as np

from searchsvc.engines.embedded.best import in_order, keep
from searchsvc.engines.embedded.compiling import compiled, inlined, part, whole
from searchsvc.engines.embedded.postings import BLOCK, Runs, read_docnums
from searchsvc.engines.embedded.several import Best, Leaves, Ranking, bounds_of, impact_at, shape_of, worth_of


@compiled
def best_of_all(runs: Runs, leaves: Leaves, ranking: Ranking, count: int, listing: bool) -> Best:
    """The `count` best of the documents that have all leaves."""
    number = leaves.families.size
    order = np.argsort(runs.counts[leaves.families])
    blocks, ends = runs.first[leaves.families].astype(np.int64), runs.first[leaves.families + 1].astype(np.int64)
    # Of each leaf the block that was begun (-1: none yet), the place reached in it, and the document there.
    begun, at, reached = np.full(number, -1, np.int64), np.zeros(number, np.int64), np.zeros(number, np.int64)
    docnums = np.empty(BLOCK, np.uint32)
    lead = order[0]
    most = whole(runs.counts[leaves.families[lead]])
    found = np.empty(most if listing else 0, np.uint32)
    size = min(count, most)
    heap_keys, heap_ranks, heap = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = total = 0
    is_over = False
    bounds = np.empty((0, 0), np.float64)
    for block in range(blocks[lead], ends[lead]):
        in_block = read_docnums(runs, leaves.families[lead], block, docnums)
        blocks[lead] = block
        for i in range(in_block):
            docnum = whole(docnums[i])
            at[lead] = i
            together = not ranking.live.size or ranking.live[docnum]
            for place in range(1, number):
                if not together:
                    break
                leaf = order[place]
                while blocks[leaf] < ends[leaf] and runs.last[blocks[leaf]] < docnum:
                    blocks[leaf] += 1
                is_over = blocks[leaf] == ends[leaf]
                if is_over:
                    together = False
                    break
                if begun[leaf] != blocks[leaf]:
                    begun[leaf], at[leaf] = blocks[leaf], -1
                    reached[leaf] = before(runs, leaves.families[leaf], blocks[leaf])
                at[leaf], reached[leaf] = sought(runs, blocks[leaf], at[leaf], reached[leaf], docnum)
                together = reached[leaf] == docnum
            if is_over:
                break
            if not together:
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
                    bound += bounds[leaf, impact_at(runs, leaves.families[leaf], blocks[leaf], at[leaf])]
                if -bound * ranking.recency[docnum] > heap_keys[0]:
                    continue
            score = 0.0
            for leaf in range(number):
                shape = shape_of(runs, leaves.families[leaf], blocks[leaf], at[leaf])
                score += worth_of(runs, shape, docnum, leaves, leaf, ranking.norms)
            key = -(score * ranking.recency[docnum])
            if held < size or key <= heap_keys[0]:
                held = keep(heap_keys, heap_ranks, heap, held, key, ranking.ranks[docnum], docnum)
        if is_over:
            break
    in_order(heap_keys, heap_ranks, heap, held)
    return Best(heap_keys[:held], heap[:held].astype(np.uint32), np.ones(held, np.uint8), total, found[:total], np.inf)


@inlined
def before(runs: Runs, family: int, block: int) -> int:
    """The number that the gaps of a block are counted from."""
    return whole(runs.last[block - 1]) if block > runs.first[family] else 0


@part
def sought(runs: Runs, block: int, i: int, docnum: int, wanted: int) -> tuple[int, int]:
    """Go on in a block, from its posting i with this document, to the first not below a number that it reaches."""
    data, at = runs.data, whole(runs.at[block])
    width = data[at]
    at += 2
    if width == 1:
        while docnum < wanted or i < 0:
            i += 1
            docnum += data[at + i]
    elif width == 2:
        while docnum < wanted or i < 0:
            i += 1
            docnum += data[at + 2 * i] | data[at + 2 * i + 1] << 8
    else:
        while docnum < wanted or i < 0:
            i += 1
            place = at + 4 * i
            docnum += data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
    return i, docnum
