"""Postings: for each family of words, the documents that have one of them, how often, and where.

A **lexeme** is a word as cut from text: its folded form, its stem, and whether it stood in capitals. The lexemes that
share a stem are a **family**, numbered within it; all that a family has in a segment is one run of postings, so that
most asked words are read in one go, and each word of a text is written once.

A posting is a document number and a **shape**: how often each lexeme of the family is in each field of the document.
Shapes are few, and kept once for the segment, as entries of a key (lexeme within the family << 3 | field) and a count.

Runs are cut into blocks of 128 postings. The bytes of a block are the width of its gaps, the width of its shapes (1, 2
or 4 bytes each), the gaps between document numbers, the shapes, and of each posting its **impact**: a byte that says
what it can be worth at most. Of each block we know the last document, where its bytes and its positions begin, and the
greatest impact: a search for the ten best skips the blocks, and in the others the postings, that cannot be among them.
Positions follow as gaps too, seven bits a byte: for each posting, for each entry of
its shape, as many as its count.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.bm25f import K1
from searchsvc.engines.embedded.kernels.jit import compiled, inlined, part, whole
from searchsvc.engines.embedded.kernels.top_k import in_order, keep
from searchsvc.engines.embedded.terms.term_dictionary import Families

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
    most: NDArray[np.uint8]  # of each block, its greatest impact
    shape_first: NDArray[np.uint32]  # of its entries, by shape and one more
    shape_keys: NDArray[np.uint32]
    shape_counts: NDArray[np.uint32]
    shape_sums: NDArray[np.uint32]  # the counts of each shape together; made when a file is opened


class Norms(NamedTuple):
    """How much an occurrence in each text field counts: boost / (base + slope * length) (BM25F, `engines.bm25f`).

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
    count = block_size(runs, family, block)
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


@inlined
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
def frequencies_of(runs: Runs, families: Families, norms: Norms, live: Mask) -> tuple[Docnums, Frequencies]:
    """As `frequencies`, of several families together."""
    size = whole(0)
    for family in families.numbers:
        size += whole(runs.counts[family])
    docnums, found = np.empty(size, np.uint32), np.empty(size, np.float64)
    borders = np.zeros(families.numbers.size + 1, np.int64)
    for i in range(families.numbers.size):
        weights = families.weights[families.first[i] : families.first[i + 1]]
        of_family, worths = frequencies(runs, families.numbers[i], weights, norms, live)
        borders[i + 1] = borders[i] + of_family.size
        docnums[borders[i] : borders[i + 1]] = of_family
        found[borders[i] : borders[i + 1]] = worths
    return merged(docnums, found, borders)


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
    """The `count` best documents of a run, in order: minus their scores, their numbers; how many postings were read.

    The score is weight * saturated frequency * recency. Blocks are taken from the one that may hold the highest score
    on, until no other can hold one as high as the last of those kept; in a block, the postings whose impact may be
    enough. Impacts were reckoned with the average lengths of the segment; `drift` is how much more a frequency may be
    with those of the commit. (A block-max index: Ding & Suel, "Faster top-k document retrieval using block-max
    indexes", 2011.)
    """
    bounds = np.empty(256, np.float64)  # of keys, by impact
    for impact in range(256):
        most = frequency_of(impact) * drift
        bounds[impact] = -weight * most_recency * (K1 + 1) * (most / (K1 + most) if impact < 255 else 1.0)
    first, end = whole(runs.first[family]), whole(runs.first[family + 1])
    size = min(count, whole(runs.counts[family]))
    heap_keys, heap_ranks = np.empty(size, np.float64), np.empty(size, np.uint32)
    places = np.empty(size, np.int64)
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    held = looked = 0
    for block in by_impact(runs.most[first:end]) + first:
        if held == size and bounds[runs.most[block]] > heap_keys[0]:
            break
        impacts = whole(runs.at[block + 1]) - block_size(runs, family, block)
        read = False
        for i in range(block_size(runs, family, block)):
            if held == size and bounds[runs.data[impacts + i]] > heap_keys[0]:
                continue
            if not read:
                read_block(runs, family, block, docnums, shapes, 0)
                read = True
            docnum = docnums[i]
            # A little more, for it is multiplied in another order.
            recent = recency[docnum] / most_recency * (1 + 1e-9)
            if held == size and bounds[runs.data[impacts + i]] * recent > heap_keys[0]:
                continue
            looked += 1
            if live.size and not live[docnum]:
                continue
            frequency = worth(runs, shapes[i], docnum, weights, norms)
            if frequency > 0:
                key = -weight * (frequency * (K1 + 1) / (K1 + frequency)) * recency[docnum]
                if held < size or key <= heap_keys[0]:
                    held = keep(heap_keys, heap_ranks, places, held, key, ranks[docnum], docnum)
    in_order(heap_keys, heap_ranks, places, held)
    return heap_keys[:held], places[:held].astype(np.uint32), looked


@compiled
def by_impact(most: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The places of blocks, those of the greatest impact first, equal ones in their order."""
    starts = np.zeros(257, np.int64)
    for impact in most:
        starts[256 - impact] += 1
    for slot in range(256):
        starts[slot + 1] += starts[slot]
    order = np.empty(most.size, np.int64)
    for place in range(most.size):
        slot = 255 - most[place]
        order[starts[slot]] = place
        starts[slot] += 1
    return order


@inlined
def impact_of(frequency: float) -> int:
    """A weighted frequency as an impact: 256 steps of what it is worth, saturated, rounded up."""
    return min(255, int(np.ceil(256 * frequency / (K1 + frequency) * (1 + 1e-9))))


@inlined
def frequency_of(impact: int) -> float:
    """No frequency of this impact is greater; that of the impact 255 may be any."""
    return K1 * impact / (256 - impact)


@inlined
def block_size(runs: Runs, family: int, block: int) -> int:
    """How many postings a block has."""
    return min(BLOCK, whole(runs.counts[family]) - (block - whole(runs.first[family])) * BLOCK)


@inlined
def read_docnums(runs: Runs, family: int, block: int, docnums: NDArray[np.uint32]) -> int:
    """Put a block's documents into an array; how many there are: for who looks at few shapes."""
    count = block_size(runs, family, block)
    docnum = whole(runs.last[block - 1]) if block > runs.first[family] else 0
    data = runs.data
    at = whole(runs.at[block]) + 2
    gap_width = data[at - 2]
    if gap_width == 1:
        for i in range(count):
            docnum += data[at + i]
            docnums[i] = docnum
    elif gap_width == 2:
        for i in range(count):
            docnum += data[at + 2 * i] | data[at + 2 * i + 1] << 8
            docnums[i] = docnum
    else:
        for i in range(count):
            place = at + 4 * i
            docnum += data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
            docnums[i] = docnum
    return count


@part
def greatest_impact(runs: Runs, family: int) -> int:
    """No posting of the family has a greater one."""
    impact = 0
    for block in range(runs.first[family], runs.first[family + 1]):
        impact = max(impact, whole(runs.most[block]))
    return impact


@inlined
def shape_at(data: Bytes, at: int, width: int) -> int:
    """One shape, or gap, of a block, of so many bytes, by where it begins."""
    shape = whole(data[at])
    for byte in range(1, width):
        shape |= whole(data[at + byte]) << 8 * byte
    return shape


@compiled
def occurrences(runs: Runs, family: int, wanted: Mask, fields: Mask, among: Docnums) -> Keys:
    """Where wanted lexemes of a family stand in wanted fields of some documents: keys, ascending (uint64).

    `wanted` has a flag for each lexeme of the family, `fields` one for each text field; `among` ascends.
    """
    first, keys, counts, positions = runs.shape_first, runs.shape_keys, runs.shape_counts, runs.positions
    found = np.empty(among.size * 2 + 16, np.uint64)
    held = 0
    block, end = whole(runs.first[family]), whole(runs.first[family + 1])
    data, last = runs.data, runs.last
    # In the block: a posting and its document, its shape, where positions were read to, how many to pass over to here.
    i, here, shape, at, passed = whole(-1), whole(0), whole(0), whole(0), whole(0)
    gap_width, shape_width, gaps, shapes = whole(0), whole(0), whole(0), whole(0)
    read = False
    for docnum in among:
        while block < end and last[block] < docnum:
            block += 1
            read = False
        if block == end:
            break
        if not read:
            here = whole(last[block - 1]) if block > runs.first[family] else 0
            i, at, passed, read = whole(-1), whole(runs.places[block]), whole(0), True
            gaps = whole(runs.at[block]) + 2
            gap_width, shape_width = whole(data[gaps - 2]), whole(data[gaps - 1])
            shapes = gaps + block_size(runs, family, block) * gap_width
        while here < docnum or i < 0:
            if i >= 0:
                passed += whole(runs.shape_sums[shape])
            i += 1
            here += data[gaps + i] if gap_width == 1 else shape_at(data, gaps + i * gap_width, gap_width)
            shape = (
                whole(data[shapes + i]) if shape_width == 1 else shape_at(data, shapes + i * shape_width, shape_width)
            )
        if here != docnum or passed < 0:
            continue
        while passed > 0:
            passed -= positions[at] < 128
            at += 1
        # What follows reads the positions of this posting, which are not to be passed over any more.
        passed = -whole(runs.shape_sums[shape])
        start = held
        entries = first[shape + 1] - first[shape]
        for entry in range(first[shape], first[shape + 1]):
            field = keys[entry] & FIELD_MASK
            is_wanted = wanted[keys[entry] >> FIELD_BITS] and fields[field]
            text = np.uint64(docnum) << np.uint64(35) | np.uint64(field) << np.uint64(32)
            position = np.uint64(0)
            for _ in range(counts[entry]):
                byte, shift = np.uint64(positions[at]), np.uint64(0)
                at += 1
                while byte >= np.uint64(128):
                    position += (byte & np.uint64(127)) << shift
                    shift += np.uint64(7)
                    byte = np.uint64(positions[at])
                    at += 1
                position += byte << shift
                if is_wanted:
                    if held == found.size:
                        grown = np.empty(2 * held, np.uint64)
                        grown[:held] = found
                        found = grown
                    found[held] = text | position
                    held += 1
        if entries > 1:
            _sort_tail(found, start, held)
    return found[:held]


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
