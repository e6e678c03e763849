"""Blocks: the one decoder of docids, pattern numbers and impacts. The layout is on the page `format`."""

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.jit import Out, inlined, kernel, whole
from searchsvc.engines.embedded.postings.format import BLOCK, Patterns, Postings


@kernel
def read_list(postings: Postings, stem_class: int) -> tuple[Docids, Patterns]:
    """All docids of a postings list, ascending, and the pattern of each (uint32 each); deleted documents included."""
    docids = np.empty(postings.counts[stem_class], np.uint32)
    patterns = np.empty(postings.counts[stem_class], np.uint32)
    end = 0
    for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
        end = read_block(postings, stem_class, block, docids, patterns, end)
    return docids, patterns


@kernel
def read_block(
    postings: Postings, stem_class: int, block: int, docids: Out[np.uint32], patterns: Out[np.uint32], start: int
) -> int:  # fmt: skip
    """Write a block's docids and patterns into arrays from `start` on; returns where they end."""
    end = read_docids(postings, stem_class, block, docids, start)
    data = postings.block_bytes
    width, at = patterns_at(postings, block, end - start)
    if width == 1:
        for i in range(end - start):
            patterns[start + i] = data[at + i]
    elif width == 2:
        for i in range(end - start):
            patterns[start + i] = data[at + 2 * i] | data[at + 2 * i + 1] << 8
    else:
        for i in range(end - start):
            patterns[start + i] = number_at(data, at + 4 * i, 4)
    return end


@inlined
def read_docids(postings: Postings, stem_class: int, block: int, docids: Docids, start: int) -> int:
    """Write a block's docids into an array from `start` on; returns where they end."""
    count = block_size(postings, stem_class, block)
    docid = docid_before(postings, stem_class, block)
    data = postings.block_bytes
    width, at = gaps_at(postings, block)
    if width == 1:
        for i in range(count):
            docid += data[at + i]
            docids[start + i] = docid
    elif width == 2:
        for i in range(count):
            docid += data[at + 2 * i] | data[at + 2 * i + 1] << 8
            docids[start + i] = docid
    else:
        for i in range(count):
            docid += number_at(data, at + 4 * i, 4)
            docids[start + i] = docid
    return start + count


@inlined
def skip_to(data: Bytes, width: int, at: int, i: int, docid: int, wanted: int) -> tuple[int, int]:
    """Advance in a block to the first posting whose docid is not below `wanted`: its index and its docid.

    `width` and `at` are those of `gaps_at`; `i` and `docid` are the posting reached before, or -1 and `docid_before`.
    The block's last docid is not below `wanted`.
    """
    if width == 1:
        while docid < wanted or i < 0:
            i += 1
            docid += data[at + i]
    elif width == 2:
        while docid < wanted or i < 0:
            i += 1
            docid += data[at + 2 * i] | data[at + 2 * i + 1] << 8
    else:
        while docid < wanted or i < 0:
            i += 1
            docid += number_at(data, at + 4 * i, 4)
    return i, docid


@inlined
def block_size(postings: Postings, stem_class: int, block: int) -> int:
    """How many postings a block has."""
    return min(BLOCK, whole(postings.counts[stem_class]) - (block - whole(postings.first_block[stem_class])) * BLOCK)


@inlined
def docid_before(postings: Postings, stem_class: int, block: int) -> int:
    """The docid that the first gap of a block counts from."""
    return whole(postings.last_docid[block - 1]) if block > postings.first_block[stem_class] else 0


@inlined
def gaps_at(postings: Postings, block: int) -> tuple[int, int]:
    """The width of a block's gaps in bytes, and where they begin."""
    start = whole(postings.block_start[block])
    return whole(postings.block_bytes[start]), start + 2


@inlined
def patterns_at(postings: Postings, block: int, size: int) -> tuple[int, int]:
    """The width of a block's pattern numbers in bytes, and where they begin; `size` is the block's."""
    start = whole(postings.block_start[block])
    data = postings.block_bytes
    return whole(data[start + 1]), start + 2 + size * whole(data[start])


@inlined
def impacts_at(postings: Postings, block: int, size: int) -> int:
    """Where a block's impacts begin; `size` is the block's."""
    return whole(postings.block_start[block + 1]) - size


@inlined
def pattern_of(postings: Postings, stem_class: int, block: int, i: int) -> int:
    """The pattern of one posting of a block."""
    width, at = patterns_at(postings, block, block_size(postings, stem_class, block))
    return number_at(postings.block_bytes, at + i * width, width)


@inlined
def impact_of(postings: Postings, stem_class: int, block: int, i: int) -> int:
    """The impact of one posting of a block."""
    return whole(postings.block_bytes[impacts_at(postings, block, block_size(postings, stem_class, block)) + i])


@inlined
def number_at(data: Bytes, at: int, width: int) -> int:
    """One gap or pattern number: `width` bytes, little-endian."""
    number = whole(data[at])
    for byte in range(1, width):
        number |= whole(data[at + byte]) << 8 * byte
    return number


@inlined
def number_width(number: int) -> int:
    """The bytes that a gap or pattern number needs."""
    return 1 if number < 256 else 2 if number < 65_536 else 4


@inlined
def put_number(data: Bytes, at: int, number: int, width: int) -> int:
    """Write a gap or pattern number, as `number_at` reads it; returns where it ends."""
    for byte in range(width):
        data[at + byte] = number >> 8 * byte & 255
    return at + width
