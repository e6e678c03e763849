"""PostingsWriter: postings lists from memory into a segment's file, as the page `format` lays them out.

A flush and a merge both give `UnpackedPostings`, some stem classes at a time. `pack` encodes them as blocks: docids as
gaps, pattern numbers, impacts, and the skip data of each block.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.storage import ArrayWriter, Bytes
from searchsvc.engines.embedded.kernels.jit import Out, inlined, kernel, part, whole
from searchsvc.engines.embedded.postings.blocks import number_width, put_number
from searchsvc.engines.embedded.postings.bm25f import Norms, full_tf
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK, Patterns
from searchsvc.engines.embedded.postings.impacts import impact_of_tf
from searchsvc.engines.embedded.postings.tf_patterns import PatternTable


class UnpackedPostings(NamedTuple):
    """Postings lists in memory: stem class c has the postings `starts[c]` to `ends[c]`, its docids ascending.

    Posting i has the pattern `patterns[i]` of a `PatternTable`; its positions, encoded as in a file, begin at
    `position_starts[i]` of `position_bytes`. Those of the last posting of stem class c end at `position_ends[c]`.
    """

    starts: NDArray[np.int64]
    ends: Out[np.int64]
    docids: Out[np.uint32]
    patterns: Out[np.uint32]
    position_starts: Out[np.int64]
    position_ends: Out[np.int64]
    position_bytes: Out[np.uint8]


class PackedPostings(NamedTuple):
    """Blocks and skip data as in `format.Postings`; starts are counted from the first byte here."""

    block_bytes: Bytes
    position_bytes: Bytes
    counts: NDArray[np.uint32]
    last_docid: NDArray[np.uint32]
    block_start: NDArray[np.uint64]
    position_start: NDArray[np.uint64]
    max_impact: NDArray[np.uint8]


class PostingsWriter:
    """Appends the postings lists of a segment to its file, stem class after stem class."""

    def __init__(self, file: ArrayWriter, norms: Norms) -> None:
        """`norms` are those of the segment: impacts are computed by them."""
        self._file = file
        self._norms = norms
        self._counts: list[NDArray[np.uint32]] = []
        self._last_docid: list[NDArray[np.uint32]] = []
        self._block_start: list[NDArray[np.uint64]] = []
        self._position_start: list[NDArray[np.uint64]] = []
        self._max_impact: list[NDArray[np.uint8]] = []
        self._block_end = self._position_end = 0
        file.append("postings", b"")
        file.append("positions", b"")

    def add(self, postings: UnpackedPostings, table: PatternTable, ranks: Patterns) -> None:
        """The next stem classes; the file has pattern p of the table under the number `ranks[p]`. Raises OSError."""
        packed = pack(postings, table, ranks, self._norms)
        block_start = self._file.append("postings", packed.block_bytes)
        position_start = self._file.append("positions", packed.position_bytes)
        self._block_end = block_start + len(packed.block_bytes)
        self._position_end = position_start + len(packed.position_bytes)
        self._counts.append(packed.counts)
        self._last_docid.append(packed.last_docid)
        self._block_start.append(packed.block_start + np.uint64(block_start))
        self._position_start.append(packed.position_start + np.uint64(position_start))
        self._max_impact.append(packed.max_impact)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays of `format.Postings` that are not of bytes or patterns, by name."""
        counts = np.concatenate([np.empty(0, np.uint32), *self._counts])
        first_block = np.zeros(len(counts) + 1, dtype=np.uint32)
        np.cumsum(-(-counts.astype(np.int64) // BLOCK), out=first_block[1:])
        return {
            "counts": counts,
            "first_block": first_block,
            "last_docid": np.concatenate([np.empty(0, np.uint32), *self._last_docid]),
            "block_start": np.concatenate([*self._block_start, np.array([self._block_end], np.uint64)]),
            "position_start": np.concatenate([*self._position_start, np.array([self._position_end], np.uint64)]),
            "max_impact": np.concatenate([np.empty(0, np.uint8), *self._max_impact]),
        }


def pattern_arrays(table: PatternTable, ranks: Patterns) -> dict[str, NDArray[np.generic]]:
    """The table as a file has it, by name: pattern p under the number `ranks[p]`."""
    size = int(table.size[0])
    order = np.argsort(ranks[:size], kind="stable")
    starts = table.starts[: size + 1].astype(np.int64)
    lengths = np.diff(starts)[order]
    pattern_start = np.zeros(size + 1, dtype=np.uint32)
    np.cumsum(lengths, out=pattern_start[1:])
    entries = np.repeat(starts[:-1][order] - pattern_start[:-1], lengths) + np.arange(int(pattern_start[-1]))
    return {
        "pattern_start": pattern_start,
        "pattern_keys": table.keys[entries],
        "pattern_tfs": table.tfs[entries],
        "pattern_uses": table.uses[:size][order],
    }


# --- encoding ---------------------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """What is known of blocks before their bytes are written: their skip data, and impacts by posting."""

    counts: NDArray[np.uint32]  # by stem class
    last_docid: NDArray[np.uint32]
    block_start: NDArray[np.uint64]  # one more at the end
    max_impact: NDArray[np.uint8]
    widths: NDArray[np.uint8]  # a row for each block: bytes of a gap, bytes of a pattern number
    impacts: NDArray[np.uint8]  # of each posting


@kernel
def pack(postings: UnpackedPostings, table: PatternTable, ranks: Patterns, norms: Norms) -> PackedPostings:
    """Postings lists as blocks; pattern p of the table gets the number `ranks[p]`."""
    plan = _plan(postings, table, ranks, norms)
    blocks = plan.last_docid.size
    data = np.empty(whole(plan.block_start[blocks]), np.uint8)
    block = 0
    for stem_class in range(postings.starts.size):
        start, end = postings.starts[stem_class], postings.ends[stem_class]
        for low in range(start, end, BLOCK):
            _write_block(postings, start, low, min(low + BLOCK, end), ranks, plan, block, data)
            block += 1
    position_bytes, position_start = _pack_positions(postings, blocks)
    return PackedPostings(
        data,
        position_bytes,
        plan.counts,
        plan.last_docid,
        plan.block_start[:blocks],
        position_start,
        plan.max_impact,
    )


@part
def _plan(postings: UnpackedPostings, table: PatternTable, ranks: Patterns, norms: Norms) -> _Plan:
    """Cut lists into blocks, compute impacts, and find the widths that numbers need."""
    stem_classes = postings.starts.size
    blocks = 0
    for stem_class in range(stem_classes):
        blocks += (postings.ends[stem_class] - postings.starts[stem_class] + BLOCK - 1) // BLOCK
    plan = _Plan(
        np.empty(stem_classes, np.uint32),
        np.empty(blocks, np.uint32),
        np.empty(blocks + 1, np.uint64),
        np.empty(blocks, np.uint8),
        np.empty((blocks, 2), np.uint8),
        np.empty(postings.docids.size, np.uint8),
    )
    size = 0
    block = 0
    for stem_class in range(stem_classes):
        start, end = postings.starts[stem_class], postings.ends[stem_class]
        plan.counts[stem_class] = end - start
        for low in range(start, end, BLOCK):
            high = min(low + BLOCK, end)
            plan.block_start[block] = size
            _plan_block(postings, start, low, high, table, ranks, norms, plan, block)
            size += 2 + (high - low) * (whole(plan.widths[block, 0]) + whole(plan.widths[block, 1]) + 1)
            block += 1
    plan.block_start[block] = size
    return plan


@inlined
def _plan_block(
    postings: UnpackedPostings, start: int, low: int, high: int, table: PatternTable, ranks: Patterns, norms: Norms,
    plan: _Plan, block: int,
) -> None:  # fmt: skip
    """Put into the plan what it has of the block of the postings `low` to `high`; their list begins at `start`."""
    docid = whole(postings.docids[low - 1]) if low > start else 0
    widest_gap = widest_pattern = max_impact = 0
    for i in range(low, high):
        widest_gap = max(widest_gap, whole(postings.docids[i]) - docid)
        docid = whole(postings.docids[i])
        pattern = postings.patterns[i]
        widest_pattern = max(widest_pattern, whole(ranks[pattern]))
        impact = impact_of_tf(full_tf(table.starts, table.keys, table.tfs, pattern, docid, norms))
        plan.impacts[i] = impact
        max_impact = max(max_impact, impact)
    plan.last_docid[block], plan.max_impact[block] = docid, max_impact
    plan.widths[block, 0], plan.widths[block, 1] = number_width(widest_gap), number_width(widest_pattern)


@inlined
def _write_block(
    postings: UnpackedPostings, start: int, low: int, high: int, ranks: Patterns, plan: _Plan, block: int, data: Bytes
) -> None:  # fmt: skip
    """Write the block of the postings `low` to `high`, whose list begins at `start`, where the plan has it."""
    gap_width, pattern_width = whole(plan.widths[block, 0]), whole(plan.widths[block, 1])
    at = whole(plan.block_start[block])
    data[at], data[at + 1] = gap_width, pattern_width
    at += 2
    docid = whole(postings.docids[low - 1]) if low > start else 0
    for i in range(low, high):
        gap = whole(postings.docids[i]) - docid
        docid = whole(postings.docids[i])
        at = put_number(data, at, gap, gap_width)
    for i in range(low, high):
        at = put_number(data, at, whole(ranks[postings.patterns[i]]), pattern_width)
    data[at : at + high - low] = plan.impacts[low:high]


@part
def _pack_positions(postings: UnpackedPostings, blocks: int) -> tuple[Bytes, NDArray[np.uint64]]:
    """The bytes of all positions without gaps between lists, and where those of each block begin."""
    size = 0
    for stem_class in range(postings.starts.size):
        if postings.ends[stem_class] > postings.starts[stem_class]:
            size += postings.position_ends[stem_class] - postings.position_starts[postings.starts[stem_class]]
    data, starts = np.empty(size, np.uint8), np.empty(blocks, np.uint64)
    block = 0
    at = 0
    for stem_class in range(postings.starts.size):
        start, end = postings.starts[stem_class], postings.ends[stem_class]
        if start == end:
            continue
        first = postings.position_starts[start]
        for low in range(start, end, BLOCK):
            starts[block] = at + postings.position_starts[low] - first
            block += 1
        length = postings.position_ends[stem_class] - first
        data[at : at + length] = postings.position_bytes[first : first + length]
        at += length
    return data, starts


@kernel
def count_words(
    postings: UnpackedPostings, table: PatternTable, first: NDArray[np.uint32], word_of: NDArray[np.uint32],
    counts: Out[np.uint32], fields: Out[np.uint8],
) -> None:  # fmt: skip
    """Add to `counts` in how many documents each word is, and to `fields` in which fields: a bit for each.

    The forms of stem class c are `first[c]` to `first[c + 1]`; form l has the word `word_of[l]`. Forms of one word are
    neighbours within a stem class, so that a document counts once.
    """
    for stem_class in range(postings.starts.size):
        for i in range(postings.starts[stem_class], postings.ends[stem_class]):
            pattern = postings.patterns[i]
            last_word = whole(-1)
            for entry in range(table.starts[pattern], table.starts[pattern + 1]):
                key = table.keys[entry]
                word = whole(word_of[whole(first[stem_class]) + whole(key >> FIELD_BITS)])
                if word != last_word:
                    counts[word] += 1
                    last_word = word
                fields[word] |= 1 << (key & FIELD_MASK)
