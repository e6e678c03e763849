"""Positions: the one decoder of the positions of forms in texts. The layout is on the page `format`."""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part, whole
from searchsvc.engines.embedded.postings.blocks import block_size, docid_before, gaps_at, number_at, patterns_at
from searchsvc.engines.embedded.postings.format import FIELD_BITS, FIELD_MASK, Keys, Postings


@kernel
def occurrences(postings: Postings, stem_class: int, wanted: Mask, fields: Mask, among: Docids) -> Keys:
    """The occurrences of wanted forms of a stem class in wanted fields of some documents: keys, ascending (uint64).

    `wanted` flags the forms of the stem class, `fields` the text fields; `among` ascends.
    """
    starts, pattern_keys, tfs = postings.pattern_start, postings.pattern_keys, postings.pattern_tfs
    position_bytes, data, last_docid = postings.position_bytes, postings.block_bytes, postings.last_docid
    found = np.empty(among.size * 2 + 16, np.uint64)
    held = 0
    block, end = whole(postings.first_block[stem_class]), whole(postings.first_block[stem_class + 1])
    # In the block: the posting reached, its docid and its pattern; where positions were read up to, and how many of
    # them belong to postings passed over since.
    i, docid, pattern, at, passed = whole(-1), whole(0), whole(0), whole(0), whole(0)
    gap_width, gaps, pattern_width, patterns = whole(0), whole(0), whole(0), whole(0)
    is_open = False
    for wanted_docid in among:
        while block < end and last_docid[block] < wanted_docid:
            block += 1
            is_open = False
        if block == end:
            break
        if not is_open:
            i, docid, is_open = whole(-1), docid_before(postings, stem_class, block), True
            at, passed = whole(postings.position_start[block]), whole(0)
            gap_width, gaps = gaps_at(postings, block)
            pattern_width, patterns = patterns_at(postings, block, block_size(postings, stem_class, block))
        while docid < wanted_docid or i < 0:
            if i >= 0:
                passed += whole(postings.pattern_tf_sums[pattern])
            i += 1
            docid += whole(data[gaps + i]) if gap_width == 1 else number_at(data, gaps + i * gap_width, gap_width)
            pattern = (
                whole(data[patterns + i])
                if pattern_width == 1
                else number_at(data, patterns + i * pattern_width, pattern_width)
            )
        if docid != wanted_docid or passed < 0:
            continue
        at = skip_positions(position_bytes, at, passed)
        # What follows reads the positions of this posting, which are not to be passed over any more.
        passed = -whole(postings.pattern_tf_sums[pattern])
        first = held
        for entry in range(starts[pattern], starts[pattern + 1]):
            field = pattern_keys[entry] & FIELD_MASK
            is_wanted = wanted[pattern_keys[entry] >> FIELD_BITS] and fields[field]
            text = np.uint64(wanted_docid) << np.uint64(35) | np.uint64(field) << np.uint64(32)
            position = np.uint64(0)
            for _ in range(tfs[entry]):
                gap, at = read_gap(position_bytes, at)
                position += gap
                if is_wanted:
                    if held == found.size:
                        grown = np.empty(2 * held, np.uint64)
                        grown[:held] = found
                        found = grown
                    found[held] = text | position
                    held += 1
        if starts[pattern + 1] - starts[pattern] > 1:
            _sort_tail(found, first, held)
    return found[:held]


@inlined
def read_gap(data: Bytes, at: int) -> tuple[np.uint64, int]:
    """One gap between positions, seven bits a byte, and where it ends."""
    byte, shift, gap = np.uint64(data[at]), np.uint64(0), np.uint64(0)
    at += 1
    while byte >= np.uint64(128):
        gap |= (byte & np.uint64(127)) << shift
        shift += np.uint64(7)
        byte = np.uint64(data[at])
        at += 1
    return gap | byte << shift, at


@inlined
def put_gap(data: Bytes, at: int, gap: int) -> int:
    """Write a gap as `read_gap` reads it; returns where it ends. It takes at most five bytes."""
    while gap >= 128:
        data[at] = gap & 127 | 128
        gap >>= 7
        at += 1
    data[at] = gap
    return at + 1


@inlined
def skip_positions(data: Bytes, at: int, count: int) -> int:
    """Where the next `count` gaps end."""
    while count > 0:
        count -= data[at] < 128
        at += 1
    return at


@inlined
def copy_positions(data: Bytes, at: int, count: int, copy: Bytes, to: int) -> tuple[int, int]:
    """Copy the next `count` gaps as they are; returns where they end in `data` and in `copy`."""
    while count > 0:
        byte = data[at]
        copy[to] = byte
        count -= byte < 128
        at += 1
        to += 1
    return at, to


@part
def _sort_tail(keys: Keys, start: int, end: int) -> None:
    """Sort the keys `start` to `end`, in place: an insertion sort, as they are few and mostly in order."""
    for i in range(start + 1, end):
        key = keys[i]
        j = i
        while j > start and keys[j - 1] > key:
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key
