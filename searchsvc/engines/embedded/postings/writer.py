"""Packing: postings on their way into a segment's file: from arrays to the blocks that `postings` reads.

`Flat` is how they lie in memory: for each stem class in turn the documents, the patterns and the bytes of the
positions. Both a flush (`inverting`) and a merge (`merging`) come to it, and go on from it in the same way.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids
from searchsvc.docvalues.storage import ArrayWriter, Bytes
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, whole
from searchsvc.engines.embedded.postings.blocks import number_width, put_number
from searchsvc.engines.embedded.postings.bm25f import Norms, full_tf
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK
from searchsvc.engines.embedded.postings.impacts import impact_of_tf
from searchsvc.engines.embedded.postings.tf_patterns import TfPatterns


class Flat(NamedTuple):
    """Stem class f has the postings `starts[f]` to `ends[f]`; those of posting i begin at `places[i]` in `positions`.

    `place_ends` says for each stem class where its last positions end.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    docids: Docids
    patterns: NDArray[np.uint32]
    places: NDArray[np.int64]
    place_ends: NDArray[np.int64]
    positions: Bytes


class Blocks(NamedTuple):
    """Packed blocks: as `postings.Postings` has them, places counted from the first byte here."""

    block_bytes: Bytes
    position_bytes: Bytes
    counts: NDArray[np.uint32]
    last_docid: NDArray[np.uint32]
    block_start: NDArray[np.uint64]
    position_start: NDArray[np.uint64]
    max_impact: NDArray[np.uint8]


class PostingsWriter:
    """Takes the postings of stem classes in turn and puts them into a file."""

    def __init__(self, file: ArrayWriter, norms: Norms) -> None:
        self._file = file
        self._norms = norms
        self._counts: list[NDArray[np.uint32]] = []
        self._last: list[NDArray[np.uint32]] = []
        self._at: list[NDArray[np.uint64]] = []
        self._places: list[NDArray[np.uint64]] = []
        self._most: list[NDArray[np.uint8]] = []
        self._end = self._place_end = 0
        file.append("postings", b"")
        file.append("positions", b"")

    def add(self, flat: Flat, patterns: TfPatterns, numbers: NDArray[np.uint32]) -> None:
        """The next stem classes; `numbers` are what the patterns of the table are called in the file. Raises
        OSError.
        """
        blocks = packed(flat, patterns, numbers, self._norms)
        start = self._file.append("postings", blocks.block_bytes)
        place = self._file.append("positions", blocks.position_bytes)
        self._end, self._place_end = start + len(blocks.block_bytes), place + len(blocks.position_bytes)
        self._counts.append(blocks.counts)
        self._last.append(blocks.last_docid)
        self._at.append(blocks.block_start + np.uint64(start))
        self._places.append(blocks.position_start + np.uint64(place))
        self._most.append(blocks.max_impact)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `postings.Postings` needs besides, by name."""
        counts = np.concatenate([np.empty(0, np.uint32), *self._counts])
        first = np.zeros(len(counts) + 1, dtype=np.uint32)
        np.cumsum(-(-counts.astype(np.int64) // BLOCK), out=first[1:])
        return {
            "counts": counts,
            "first_block": first,
            "last_docid": np.concatenate([np.empty(0, np.uint32), *self._last]),
            "block_start": np.concatenate([*self._at, np.array([self._end], np.uint64)]),
            "position_start": np.concatenate([*self._places, np.array([self._place_end], np.uint64)]),
            "max_impact": np.concatenate([np.empty(0, np.uint8), *self._most]),
        }


def pattern_arrays(patterns: TfPatterns, numbers: NDArray[np.uint32]) -> dict[str, NDArray[np.generic]]:
    """The table as a file has it, pattern `s` under the number `numbers[s]`."""
    held = int(patterns.sizes[0])
    order = np.argsort(numbers[:held], kind="stable")
    first = patterns.first[: held + 1].astype(np.int64)
    lengths = np.diff(first)[order]
    moved = np.zeros(held + 1, dtype=np.uint32)
    np.cumsum(lengths, out=moved[1:])
    entries = np.repeat(first[:-1][order] - moved[:-1], lengths) + np.arange(int(moved[-1]))
    return {
        "pattern_start": moved,
        "pattern_keys": patterns.keys[entries],
        "pattern_tfs": patterns.counts[entries],
        "pattern_uses": patterns.used[:held][order],
    }


@kernel
def packed(flat: Flat, patterns: TfPatterns, numbers: NDArray[np.uint32], norms: Norms) -> Blocks:
    """Postings as blocks."""
    stem_classes = flat.starts.size
    count = 0
    position_bytes = 0
    for stem_class in range(stem_classes):
        count += (flat.ends[stem_class] - flat.starts[stem_class] + BLOCK - 1) // BLOCK
        if flat.ends[stem_class] > flat.starts[stem_class]:
            position_bytes += flat.place_ends[stem_class] - flat.places[flat.starts[stem_class]]
    counts = np.empty(stem_classes, np.uint32)
    last, most = np.empty(count, np.uint32), np.empty(count, np.uint8)
    at, places = np.empty(count, np.uint64), np.empty(count, np.uint64)
    widths = np.empty((count, 2), np.uint8)
    impacts = np.empty(flat.docids.size, np.uint8)
    size = 0
    block = 0
    for stem_class in range(stem_classes):
        start, end = flat.starts[stem_class], flat.ends[stem_class]
        counts[stem_class] = end - start
        for low in range(start, end, BLOCK):
            high = min(low + BLOCK, end)
            docid = whole(flat.docids[low - 1]) if low > start else 0
            widest_gap = widest_pattern = 0
            best = 0
            for i in range(low, high):
                widest_gap = max(widest_gap, whole(flat.docids[i]) - docid)
                docid = whole(flat.docids[i])
                widest_pattern = max(widest_pattern, whole(numbers[flat.patterns[i]]))
                impacts[i] = impact_of_tf(
                    full_tf(patterns.first, patterns.keys, patterns.counts, flat.patterns[i], docid, norms)
                )
                best = max(best, whole(impacts[i]))
            last[block], most[block] = docid, best
            widths[block, 0], widths[block, 1] = number_width(widest_gap), number_width(widest_pattern)
            at[block] = size
            size += 2 + (high - low) * (whole(widths[block, 0]) + whole(widths[block, 1]) + 1)
            block += 1
    data, positions = np.empty(size, np.uint8), np.empty(position_bytes, np.uint8)
    block = 0
    place = 0
    for stem_class in range(stem_classes):
        start, end = flat.starts[stem_class], flat.ends[stem_class]
        if start == end:
            continue
        first = flat.places[start]
        for low in range(start, end, BLOCK):
            places[block] = place + flat.places[low] - first
            _write_block(
                flat, low, min(low + BLOCK, end), start, numbers, impacts, data, whole(at[block]), widths[block]
            )
            block += 1
        length = flat.place_ends[stem_class] - first
        positions[place : place + length] = flat.positions[first : first + length]
        place += length
    return Blocks(data, positions, counts, last, at, places, most)


@inlined
def _write_block(
    flat: Flat, low: int, high: int, start: int, numbers: NDArray[np.uint32], impacts: Bytes, data: Bytes,
    at: int, widths: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Write the postings `low` to `high` of a list that begins at `start`, as the page `format` has it."""
    gap_width, pattern_width = whole(widths[0]), whole(widths[1])
    data[at], data[at + 1] = gap_width, pattern_width
    at += 2
    docid = whole(flat.docids[low - 1]) if low > start else 0
    for i in range(low, high):
        gap = whole(flat.docids[i]) - docid
        docid = whole(flat.docids[i])
        at = put_number(data, at, gap, gap_width)
    for i in range(low, high):
        at = put_number(data, at, whole(numbers[flat.patterns[i]]), pattern_width)
    data[at : at + high - low] = impacts[low:high]


@kernel
def count_words(
    flat: Flat, patterns: TfPatterns, first: NDArray[np.uint32], word_of: NDArray[np.uint32],
    counts: NDArray[np.uint32], fields: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Add to `counts` in how many documents each word is, and to `fields` in which fields: a bit for each.

    The forms of the stem classes in `flat` begin at `first` (one more at the end); form l has the word `word_of[l]`.
    Forms of one word are neighbours within a stem class.
    """
    for stem_class in range(flat.starts.size):
        for i in range(flat.starts[stem_class], flat.ends[stem_class]):
            pattern = flat.patterns[i]
            last_word = whole(-1)
            for entry in range(patterns.first[pattern], patterns.first[pattern + 1]):
                key = patterns.keys[entry]
                word = whole(word_of[whole(first[stem_class]) + whole(key >> FIELD_BITS)])
                if word != last_word:
                    counts[word] += 1
                    last_word = word
                fields[word] |= 1 << (key & FIELD_MASK)
