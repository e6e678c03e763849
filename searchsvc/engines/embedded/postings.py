"""Postings: for each family of words, the documents that have one of them, how often, and where.

A **lexeme** is a word as cut from text: its folded form, its stem, and whether it stood in capitals. The lexemes that
share a stem are a **family**, numbered within it; all that a family has in a segment is one run of postings, so that
most asked words are read in one go, and each word of a text is written once.

A posting is a document number and a **shape**: how often each lexeme of the family is in each field of the document.
Shapes are few, and kept once for the segment, as entries of a key (lexeme within the family << 3 | field) and a count.

Runs are cut into blocks of 128 postings. The bytes of a block are the width of its gaps, the width of its shapes (1, 2
or 4 bytes each), the gaps between document numbers, the shapes. Of each block we know the last document, where its
bytes and its positions begin, and the most that a posting in it can be worth (`most`): a search for the ten best skips
the blocks that cannot hold one. Positions follow as gaps too, seven bits a byte: for each posting, for each entry of
its shape, as many as its count.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.best import keep
from searchsvc.engines.embedded.compiling import compiled, whole
from searchsvc.engines.ranking import K1

BLOCK = 128
FIELD_BITS = 3
FIELD_MASK = 7

Frequencies = NDArray[np.float64]
Keys = NDArray[np.uint64]  # document << 35 | field << 32 | position


class Runs(NamedTuple):
    """The postings of a segment. Family f has the blocks `first[f]` to `first[f + 1]` and `counts[f]` postings."""

    data: Bytes
    positions: Bytes
    counts: NDArray[np.uint32]
    first: NDArray[np.uint32]  # of the blocks, by family and one more
    last: NDArray[np.uint32]  # of each block, its last document
    at: NDArray[np.uint64]  # where its bytes begin in `data`; one more at the end
    places: NDArray[np.uint64]  # where its positions begin; one more at the end
    most: NDArray[np.float32]
    shape_first: NDArray[np.uint32]  # of its entries, by shape and one more
    shape_keys: NDArray[np.uint32]
    shape_counts: NDArray[np.uint32]


class Norms(NamedTuple):
    """How much an occurrence in each text field counts: boost / (base + slope * length) (BM25F, `engines.ranking`).

    `lengths` is uint32, a row for each text field, a column for each document. A boost of 0 leaves a field out.
    """

    boosts: NDArray[np.float64]
    base: NDArray[np.float64]
    slope: NDArray[np.float64]
    lengths: NDArray[np.uint32]


@compiled
def read_block(
    runs: Runs, family: int, block: int, docnums: NDArray[np.uint32], shapes: NDArray[np.uint32], start: int
) -> int:
    """Put a block's documents and shapes into arrays, from `start` on; the place behind the last."""
    count = min(BLOCK, whole(runs.counts[family]) - (block - whole(runs.first[family])) * BLOCK)
    docnum = whole(runs.last[block - 1]) if block > runs.first[family] else 0
    data = runs.data
    at = whole(runs.at[block])
    gap_width, shape_width = data[at], data[at + 1]
    at += 2
    if gap_width == 1:
        for i in range(count):
            docnum += data[at + i]
            docnums[start + i] = docnum
    elif gap_width == 2:
        for i in range(count):
            docnum += data[at + 2 * i] | data[at + 2 * i + 1] << 8
            docnums[start + i] = docnum
    else:
        for i in range(count):
            place = at + 4 * i
            docnum += data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
            docnums[start + i] = docnum
    at += count * gap_width
    if shape_width == 1:
        for i in range(count):
            shapes[start + i] = data[at + i]
    elif shape_width == 2:
        for i in range(count):
            shapes[start + i] = data[at + 2 * i] | data[at + 2 * i + 1] << 8
    else:
        for i in range(count):
            place = at + 4 * i
            shapes[start + i] = data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
    return start + count


@compiled
def read_run(runs: Runs, family: int) -> tuple[Docnums, NDArray[np.uint32]]:
    """All documents of a family and their shapes (uint32 each)."""
    docnums = np.empty(runs.counts[family], np.uint32)
    shapes = np.empty(runs.counts[family], np.uint32)
    end = 0
    for block in range(runs.first[family], runs.first[family + 1]):
        end = read_block(runs, family, block, docnums, shapes, end)
    return docnums, shapes


@compiled
def worth(runs: Runs, shape: int, docnum: int, weights: Frequencies, norms: Norms) -> float:
    """The weighted frequency of a posting: what its words are worth, saturation apart; 0 when none of them is asked."""
    total = 0.0
    for entry in range(runs.shape_first[shape], runs.shape_first[shape + 1]):
        key = runs.shape_keys[entry]
        field = key & FIELD_MASK
        factor = weights[key >> FIELD_BITS] * norms.boosts[field]
        if factor > 0:
            length = norms.lengths[field, docnum]
            total += factor * runs.shape_counts[entry] / (norms.base[field] + norms.slope[field] * length)
    return total


@compiled
def frequencies(runs: Runs, family: int, weights: Frequencies, norms: Norms, live: Mask) -> tuple[Docnums, Frequencies]:
    """The documents in which an asked lexeme is in an asked field, ascending, and the weighted frequency in each.

    `weights` has what an occurrence of each lexeme of the family counts, 0 when it is not asked; `live` a flag for
    each document, or is empty when none is deleted.
    """
    docnums, shapes = read_run(runs, family)
    found = np.empty(docnums.size, np.float64)
    held = 0
    for i in range(docnums.size):
        docnum = docnums[i]
        if live.size and not live[docnum]:
            continue
        frequency = worth(runs, shapes[i], docnum, weights, norms)
        if frequency > 0:
            docnums[held] = docnum
            found[held] = frequency
            held += 1
    return docnums[:held], found[:held]


@compiled
def merged(docnums: Docnums, found: Frequencies, borders: NDArray[np.int64]) -> tuple[Docnums, Frequencies]:
    """Ascending lists, one after the other between `borders`, as one; frequencies of a document add up."""
    other_docnums, other_found = np.empty_like(docnums), np.empty_like(found)
    while borders.size > 2:
        kept = np.zeros(borders.size // 2 + 1, np.int64)
        end = 0
        for pair in range(borders.size // 2):
            i, i_end = borders[2 * pair], borders[2 * pair + 1]
            j, j_end = i_end, borders[min(2 * pair + 2, borders.size - 1)]
            while i < i_end or j < j_end:
                if j == j_end or (i < i_end and docnums[i] < docnums[j]):
                    other_docnums[end], other_found[end] = docnums[i], found[i]
                    i += 1
                elif i == i_end or docnums[j] < docnums[i]:
                    other_docnums[end], other_found[end] = docnums[j], found[j]
                    j += 1
                else:
                    other_docnums[end], other_found[end] = docnums[i], found[i] + found[j]
                    i += 1
                    j += 1
                end += 1
            kept[pair + 1] = end
        borders = kept
        docnums, other_docnums = other_docnums, docnums
        found, other_found = other_found, found
    return docnums[: borders[-1]], found[: borders[-1]]


@compiled
def best_of_run(
    runs: Runs, family: int, weights: Frequencies, norms: Norms, live: Mask,
    count: int, weight: float, recency: Frequencies, most_recency: float, drift: float, ranks: NDArray[np.uint32],
) -> tuple[Frequencies, Docnums, int]:  # fmt: skip
    """The `count` documents of the highest score in a run: minus their scores, their numbers, how many blocks were read.

    The score is weight * saturated frequency * recency. Blocks are taken from the one that may hold the highest score
    on, until no other can hold one as high as the last of those kept. `most` of a block was reckoned with the average
    lengths of its segment; `drift` is how much more a frequency may be with those of the commit. (A block-max index:
    Ding & Suel, "Faster top-k document retrieval using block-max indexes", 2011.)
    """
    first, end = whole(runs.first[family]), whole(runs.first[family + 1])
    bounds = np.empty(end - first, np.float64)
    for i in range(bounds.size):
        most = runs.most[first + i] * drift
        bounds[i] = -weight * most_recency * most * (K1 + 1) / (K1 + most)
    order = np.argsort(bounds)
    size = min(count, whole(runs.counts[family]))
    heap_keys, heap_ranks = np.empty(size, np.float64), np.empty(size, np.uint32)
    places = np.empty(size, np.int64)
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    held = blocks = 0
    for i in order:
        if held == size and bounds[i] > heap_keys[0]:
            break
        blocks += 1
        for j in range(read_block(runs, family, first + i, docnums, shapes, 0)):
            docnum = docnums[j]
            if live.size and not live[docnum]:
                continue
            frequency = worth(runs, shapes[j], docnum, weights, norms)
            if frequency > 0:
                key = -weight * (frequency * (K1 + 1) / (K1 + frequency)) * recency[docnum]
                if held < size or key <= heap_keys[0]:
                    held = keep(heap_keys, heap_ranks, places, held, key, ranks[docnum], docnum)
    return heap_keys[:held], places[:held].astype(np.uint32), blocks


@compiled
def occurrences(runs: Runs, family: int, wanted: Mask, fields: Mask, among: Docnums) -> Keys:
    """Where wanted lexemes of a family stand in wanted fields of some documents: keys, ascending (uint64).

    `wanted` has a flag for each lexeme of the family, `fields` one for each text field; `among` ascends.
    """
    found = np.empty(among.size * 2 + 16, np.uint64)
    held = 0
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    block, end = whole(runs.first[family]), whole(runs.first[family + 1])
    count = i = at = 0
    read = False
    for docnum in among:
        while block < end and runs.last[block] < docnum:
            block += 1
            read = False
        if block == end:
            break
        if not read:
            count = read_block(runs, family, block, docnums, shapes, 0)
            i, at, read = 0, whole(runs.places[block]), True
        while i < count and docnums[i] < docnum:
            at = _passed(runs, shapes[i], at)
            i += 1
        if i == count or docnums[i] != docnum:
            continue
        start = held
        for entry in range(runs.shape_first[shapes[i]], runs.shape_first[shapes[i] + 1]):
            key, times = runs.shape_keys[entry], runs.shape_counts[entry]
            field = key & FIELD_MASK
            is_wanted = wanted[key >> FIELD_BITS] and fields[field]
            position = 0
            for _ in range(times):
                gap, shift = 0, 0
                while runs.positions[at] >= 128:
                    gap |= whole(runs.positions[at] & 127) << shift
                    shift += 7
                    at += 1
                position += gap | whole(runs.positions[at]) << shift
                at += 1
                if is_wanted:
                    if held == found.size:
                        grown = np.empty(2 * held, np.uint64)
                        grown[:held] = found
                        found = grown
                    found[held] = (
                        np.uint64(docnum) << np.uint64(35) | np.uint64(field) << np.uint64(32) | np.uint64(position)
                    )
                    held += 1
        _sort_tail(found, start, held)
        i += 1
    return found[:held]


@compiled
def _passed(runs: Runs, shape: int, at: int) -> int:
    """Where the positions of the next posting begin."""
    left = 0
    for entry in range(runs.shape_first[shape], runs.shape_first[shape + 1]):
        left += whole(runs.shape_counts[entry])
    while left:
        left -= runs.positions[at] < 128
        at += 1
    return at


@compiled
def _sort_tail(keys: Keys, start: int, end: int) -> None:
    """Sort a few keys, mostly in order, in their place."""
    for i in range(start + 1, end):
        key = keys[i]
        j = i
        while j > start and keys[j - 1] > key:
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key
