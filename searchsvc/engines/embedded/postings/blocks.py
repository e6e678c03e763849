"""Postings: for each stem class of words, the documents that have one of them, how often, and where.

A **form** is a word as cut from text: its folded form, its stem, and whether it stood in capitals. The forms that
share a stem are a **stem class**, numbered within it; all that a stem class has in a segment is one run of postings, so
that most asked words are read in one go, and each word of a text is written once.

A posting is a document number and a **pattern**: how often each form of the stem class is in each field of the
document. Patterns are few, and kept once for the segment, as entries of a key (form within the stem class << 3 | field)
and a count.

Postings are cut into blocks of 128 postings. The bytes of a block are the width of its gaps, the width of its patterns
(1, 2 or 4 bytes each), the gaps between document numbers, the patterns, and of each posting its **impact**: a byte that
says what it can be worth at most. Of each block we know the last document, where its bytes and its positions begin, and
the greatest impact: a search for the ten best skips the blocks, and in the others the postings, that cannot be among
them. Positions follow as gaps too, seven bits a byte: for each posting, for each entry of
its pattern, as many as its count.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.bm25f import K1
from searchsvc.engines.embedded.kernels.jit import compiled, inlined, part, whole
from searchsvc.engines.embedded.kernels.top_k import in_order, keep
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses

BLOCK = 128
FIELD_BITS = 3
FIELD_MASK = 7

Frequencies = NDArray[np.float64]
Keys = NDArray[np.uint64]  # document << 35 | field << 32 | position


class Postings(NamedTuple):
    """The postings of a segment. Stem class f has the blocks `first_block[f]` to `first_block[f + 1]` and `counts[f]`
    postings.
    """

    block_bytes: Bytes
    position_bytes: Bytes
    counts: NDArray[np.uint32]
    first_block: NDArray[np.uint32]  # of the blocks, by stem class and one more
    last_docid: NDArray[np.uint32]  # of each block
    block_start: NDArray[np.uint64]  # where its bytes begin in `block_bytes`; one more at the end
    position_start: NDArray[np.uint64]  # where its positions begin in `position_bytes`; one more at the end
    max_impact: NDArray[np.uint8]  # of each block
    pattern_start: NDArray[np.uint32]  # of its entries, by pattern and one more
    pattern_keys: NDArray[np.uint32]
    pattern_tfs: NDArray[np.uint32]
    pattern_tf_sums: NDArray[np.uint32]  # the frequencies of each pattern together; made when a file is opened


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
    postings: Postings,
    stem_class: int,
    block: int,
    docids: NDArray[np.uint32],
    patterns: NDArray[np.uint32],
    start: int,
) -> int:
    """Put a block's documents and patterns into arrays, from `start` on; the place behind the last."""
    count = block_size(postings, stem_class, block)
    docid = whole(postings.last_docid[block - 1]) if block > postings.first_block[stem_class] else 0
    data = postings.block_bytes
    at = whole(postings.block_start[block])
    gap_width, pattern_width = data[at], data[at + 1]
    at += 2
    if gap_width == 1:
        for i in range(count):
            docid += data[at + i]
            docids[start + i] = docid
    elif gap_width == 2:
        for i in range(count):
            docid += data[at + 2 * i] | data[at + 2 * i + 1] << 8
            docids[start + i] = docid
    else:
        for i in range(count):
            place = at + 4 * i
            docid += data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
            docids[start + i] = docid
    at += count * gap_width
    if pattern_width == 1:
        for i in range(count):
            patterns[start + i] = data[at + i]
    elif pattern_width == 2:
        for i in range(count):
            patterns[start + i] = data[at + 2 * i] | data[at + 2 * i + 1] << 8
    else:
        for i in range(count):
            place = at + 4 * i
            patterns[start + i] = data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
    return start + count


@compiled
def read_list(postings: Postings, stem_class: int) -> tuple[Docids, NDArray[np.uint32]]:
    """All documents of a stem class and their patterns (uint32 each)."""
    docids = np.empty(postings.counts[stem_class], np.uint32)
    patterns = np.empty(postings.counts[stem_class], np.uint32)
    end = 0
    for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
        end = read_block(postings, stem_class, block, docids, patterns, end)
    return docids, patterns


@inlined
def worth(postings: Postings, pattern: int, docid: int, weights: Frequencies, norms: Norms) -> float:
    """The weighted frequency of a posting: what its words are worth, saturation apart; 0 when none of them is asked."""
    total = 0.0
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        key = postings.pattern_keys[entry]
        field = key & FIELD_MASK
        factor = weights[key >> FIELD_BITS] * norms.boosts[field]
        if factor > 0:
            length = norms.lengths[field, docid]
            total += factor * postings.pattern_tfs[entry] / (norms.base[field] + norms.slope[field] * length)
    return total


@compiled
def frequencies(
    postings: Postings, stem_class: int, weights: Frequencies, norms: Norms, live: Mask
) -> tuple[Docids, Frequencies]:
    """The documents in which an asked form is in an asked field, ascending, and the weighted frequency in each.

    `weights` has what an occurrence of each form of the stem class counts, 0 when it is not asked; `live` a flag for
    each document, or is empty when none is deleted.
    """
    docids, patterns = read_list(postings, stem_class)
    found = np.empty(docids.size, np.float64)
    held = 0
    for i in range(docids.size):
        docid = docids[i]
        if live.size and not live[docid]:
            continue
        frequency = worth(postings, patterns[i], docid, weights, norms)
        if frequency > 0:
            docids[held] = docid
            found[held] = frequency
            held += 1
    return docids[:held], found[:held]


@compiled
def frequencies_of(
    postings: Postings, stem_classes: StemClasses, norms: Norms, live: Mask
) -> tuple[Docids, Frequencies]:
    """As `frequencies`, of several stem classes together."""
    size = whole(0)
    for stem_class in stem_classes.numbers:
        size += whole(postings.counts[stem_class])
    docids, found = np.empty(size, np.uint32), np.empty(size, np.float64)
    borders = np.zeros(stem_classes.numbers.size + 1, np.int64)
    for i in range(stem_classes.numbers.size):
        weights = stem_classes.weights[stem_classes.first[i] : stem_classes.first[i + 1]]
        of_stem_class, worths = frequencies(postings, stem_classes.numbers[i], weights, norms, live)
        borders[i + 1] = borders[i] + of_stem_class.size
        docids[borders[i] : borders[i + 1]] = of_stem_class
        found[borders[i] : borders[i + 1]] = worths
    return merged(docids, found, borders)


@compiled
def merged(docids: Docids, found: Frequencies, borders: NDArray[np.int64]) -> tuple[Docids, Frequencies]:
    """Ascending lists, one after the other between `borders`, as one; frequencies of a document add up."""
    other_docids, other_found = np.empty_like(docids), np.empty_like(found)
    while borders.size > 2:
        kept = np.zeros(borders.size // 2 + 1, np.int64)
        end = 0
        for pair in range(borders.size // 2):
            i, i_end = borders[2 * pair], borders[2 * pair + 1]
            j, j_end = i_end, borders[min(2 * pair + 2, borders.size - 1)]
            while i < i_end or j < j_end:
                if j == j_end or (i < i_end and docids[i] < docids[j]):
                    other_docids[end], other_found[end] = docids[i], found[i]
                    i += 1
                elif i == i_end or docids[j] < docids[i]:
                    other_docids[end], other_found[end] = docids[j], found[j]
                    j += 1
                else:
                    other_docids[end], other_found[end] = docids[i], found[i] + found[j]
                    i += 1
                    j += 1
                end += 1
            kept[pair + 1] = end
        borders = kept
        docids, other_docids = other_docids, docids
        found, other_found = other_found, found
    return docids[: borders[-1]], found[: borders[-1]]


@compiled
def top_of_list(
    postings: Postings, stem_class: int, weights: Frequencies, norms: Norms, live: Mask,
    count: int, weight: float, recency: Frequencies, most_recency: float, drift: float, ranks: NDArray[np.uint32],
) -> tuple[Frequencies, Docids, int]:  # fmt: skip
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
    first, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    size = min(count, whole(postings.counts[stem_class]))
    heap_keys, heap_ranks = np.empty(size, np.float64), np.empty(size, np.uint32)
    places = np.empty(size, np.int64)
    docids, patterns = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    held = looked = 0
    for block in by_impact(postings.max_impact[first:end]) + first:
        if held == size and bounds[postings.max_impact[block]] > heap_keys[0]:
            break
        impacts = whole(postings.block_start[block + 1]) - block_size(postings, stem_class, block)
        read = False
        for i in range(block_size(postings, stem_class, block)):
            if held == size and bounds[postings.block_bytes[impacts + i]] > heap_keys[0]:
                continue
            if not read:
                read_block(postings, stem_class, block, docids, patterns, 0)
                read = True
            docid = docids[i]
            # A little more, for it is multiplied in another order.
            recent = recency[docid] / most_recency * (1 + 1e-9)
            if held == size and bounds[postings.block_bytes[impacts + i]] * recent > heap_keys[0]:
                continue
            looked += 1
            if live.size and not live[docid]:
                continue
            frequency = worth(postings, patterns[i], docid, weights, norms)
            if frequency > 0:
                key = -weight * (frequency * (K1 + 1) / (K1 + frequency)) * recency[docid]
                if held < size or key <= heap_keys[0]:
                    held = keep(heap_keys, heap_ranks, places, held, key, ranks[docid], docid)
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
def block_size(postings: Postings, stem_class: int, block: int) -> int:
    """How many postings a block has."""
    return min(BLOCK, whole(postings.counts[stem_class]) - (block - whole(postings.first_block[stem_class])) * BLOCK)


@inlined
def read_docids(postings: Postings, stem_class: int, block: int, docids: NDArray[np.uint32]) -> int:
    """Put a block's documents into an array; how many there are: for who looks at few patterns."""
    count = block_size(postings, stem_class, block)
    docid = whole(postings.last_docid[block - 1]) if block > postings.first_block[stem_class] else 0
    data = postings.block_bytes
    at = whole(postings.block_start[block]) + 2
    gap_width = data[at - 2]
    if gap_width == 1:
        for i in range(count):
            docid += data[at + i]
            docids[i] = docid
    elif gap_width == 2:
        for i in range(count):
            docid += data[at + 2 * i] | data[at + 2 * i + 1] << 8
            docids[i] = docid
    else:
        for i in range(count):
            place = at + 4 * i
            docid += data[place] | data[place + 1] << 8 | data[place + 2] << 16 | data[place + 3] << 24
            docids[i] = docid
    return count


@part
def greatest_impact(postings: Postings, stem_class: int) -> int:
    """No posting of the stem class has a greater one."""
    impact = 0
    for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
        impact = max(impact, whole(postings.max_impact[block]))
    return impact


@inlined
def pattern_at(data: Bytes, at: int, width: int) -> int:
    """One pattern, or gap, of a block, of so many bytes, by where it begins."""
    pattern = whole(data[at])
    for byte in range(1, width):
        pattern |= whole(data[at + byte]) << 8 * byte
    return pattern


@compiled
def occurrences(postings: Postings, stem_class: int, wanted: Mask, fields: Mask, among: Docids) -> Keys:
    """Where wanted forms of a stem class stand in wanted fields of some documents: keys, ascending (uint64).

    `wanted` has a flag for each form of the stem class, `fields` one for each text field; `among` ascends.
    """
    first, keys, counts, positions = (
        postings.pattern_start,
        postings.pattern_keys,
        postings.pattern_tfs,
        postings.position_bytes,
    )
    found = np.empty(among.size * 2 + 16, np.uint64)
    held = 0
    block, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    data, last = postings.block_bytes, postings.last_docid
    # In the block: a posting and its document, its pattern, where positions were read to, how many to pass over to
    # here.
    i, here, pattern, at, passed = whole(-1), whole(0), whole(0), whole(0), whole(0)
    gap_width, pattern_width, gaps, patterns = whole(0), whole(0), whole(0), whole(0)
    read = False
    for docid in among:
        while block < end and last[block] < docid:
            block += 1
            read = False
        if block == end:
            break
        if not read:
            here = whole(last[block - 1]) if block > postings.first_block[stem_class] else 0
            i, at, passed, read = whole(-1), whole(postings.position_start[block]), whole(0), True
            gaps = whole(postings.block_start[block]) + 2
            gap_width, pattern_width = whole(data[gaps - 2]), whole(data[gaps - 1])
            patterns = gaps + block_size(postings, stem_class, block) * gap_width
        while here < docid or i < 0:
            if i >= 0:
                passed += whole(postings.pattern_tf_sums[pattern])
            i += 1
            here += data[gaps + i] if gap_width == 1 else pattern_at(data, gaps + i * gap_width, gap_width)
            pattern = (
                whole(data[patterns + i])
                if pattern_width == 1
                else pattern_at(data, patterns + i * pattern_width, pattern_width)
            )
        if here != docid or passed < 0:
            continue
        while passed > 0:
            passed -= positions[at] < 128
            at += 1
        # What follows reads the positions of this posting, which are not to be passed over any more.
        passed = -whole(postings.pattern_tf_sums[pattern])
        start = held
        entries = first[pattern + 1] - first[pattern]
        for entry in range(first[pattern], first[pattern + 1]):
            field = keys[entry] & FIELD_MASK
            is_wanted = wanted[keys[entry] >> FIELD_BITS] and fields[field]
            text = np.uint64(docid) << np.uint64(35) | np.uint64(field) << np.uint64(32)
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
