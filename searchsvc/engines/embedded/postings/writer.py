"""Packing: postings on their way into a segment's file: from arrays to the blocks that `postings` reads.

`Flat` is how they lie in memory: for each family in turn the documents, the shapes and the bytes of the positions.
Both a flush (`inverting`) and a merge (`merging`) come to it, and go on from it in the same way.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.docvalues.storage import ArrayWriter, Bytes
from searchsvc.engines.embedded.kernels.jit import compiled, inlined, whole
from searchsvc.engines.embedded.postings.blocks import BLOCK, FIELD_MASK, Norms, impact_of
from searchsvc.engines.embedded.postings.tf_patterns import Shapes


class Flat(NamedTuple):
    """Family f has the postings `starts[f]` to `ends[f]`; those of posting i begin at `places[i]` in `positions`.

    `place_ends` says for each family where its last positions end.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    docnums: Docnums
    shapes: NDArray[np.uint32]
    places: NDArray[np.int64]
    place_ends: NDArray[np.int64]
    positions: Bytes


class Blocks(NamedTuple):
    """Packed blocks: as `postings.Runs` has them, places counted from the first byte here."""

    data: Bytes
    positions: Bytes
    counts: NDArray[np.uint32]
    last: NDArray[np.uint32]
    at: NDArray[np.uint64]
    places: NDArray[np.uint64]
    most: NDArray[np.uint8]


class PostingsWriter:
    """Takes the postings of families in turn and puts them into a file."""

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

    def add(self, flat: Flat, shapes: Shapes, numbers: NDArray[np.uint32]) -> None:
        """The next families; `numbers` are what the shapes of the table are called in the file. Raises OSError."""
        blocks = packed(flat, shapes, numbers, self._norms)
        start = self._file.append("postings", blocks.data)
        place = self._file.append("positions", blocks.positions)
        self._end, self._place_end = start + len(blocks.data), place + len(blocks.positions)
        self._counts.append(blocks.counts)
        self._last.append(blocks.last)
        self._at.append(blocks.at + np.uint64(start))
        self._places.append(blocks.places + np.uint64(place))
        self._most.append(blocks.most)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `postings.Runs` needs besides, by name."""
        counts = np.concatenate([np.empty(0, np.uint32), *self._counts])
        first = np.zeros(len(counts) + 1, dtype=np.uint32)
        np.cumsum(-(-counts.astype(np.int64) // BLOCK), out=first[1:])
        return {
            "counts": counts,
            "first": first,
            "last": np.concatenate([np.empty(0, np.uint32), *self._last]),
            "at": np.concatenate([*self._at, np.array([self._end], np.uint64)]),
            "places": np.concatenate([*self._places, np.array([self._place_end], np.uint64)]),
            "most": np.concatenate([np.empty(0, np.uint8), *self._most]),
        }


def shape_arrays(shapes: Shapes, numbers: NDArray[np.uint32]) -> dict[str, NDArray[np.generic]]:
    """The table as a file has it, shape `s` under the number `numbers[s]`."""
    held = int(shapes.sizes[0])
    order = np.argsort(numbers[:held], kind="stable")
    first = shapes.first[: held + 1].astype(np.int64)
    lengths = np.diff(first)[order]
    moved = np.zeros(held + 1, dtype=np.uint32)
    np.cumsum(lengths, out=moved[1:])
    entries = np.repeat(first[:-1][order] - moved[:-1], lengths) + np.arange(int(moved[-1]))
    return {
        "shape_first": moved,
        "shape_keys": shapes.keys[entries],
        "shape_counts": shapes.counts[entries],
        "shape_used": shapes.used[:held][order],
    }


@compiled
def packed(flat: Flat, shapes: Shapes, numbers: NDArray[np.uint32], norms: Norms) -> Blocks:
    """Postings as blocks."""
    families = flat.starts.size
    count = 0
    position_bytes = 0
    for family in range(families):
        count += (flat.ends[family] - flat.starts[family] + BLOCK - 1) // BLOCK
        if flat.ends[family] > flat.starts[family]:
            position_bytes += flat.place_ends[family] - flat.places[flat.starts[family]]
    counts = np.empty(families, np.uint32)
    last, most = np.empty(count, np.uint32), np.empty(count, np.uint8)
    at, places = np.empty(count, np.uint64), np.empty(count, np.uint64)
    widths = np.empty((count, 2), np.uint8)
    impacts = np.empty(flat.docnums.size, np.uint8)
    size = 0
    block = 0
    for family in range(families):
        start, end = flat.starts[family], flat.ends[family]
        counts[family] = end - start
        for low in range(start, end, BLOCK):
            high = min(low + BLOCK, end)
            docnum = whole(flat.docnums[low - 1]) if low > start else 0
            widest_gap = widest_shape = 0
            best = 0
            for i in range(low, high):
                widest_gap = max(widest_gap, whole(flat.docnums[i]) - docnum)
                docnum = whole(flat.docnums[i])
                widest_shape = max(widest_shape, whole(numbers[flat.shapes[i]]))
                impacts[i] = impact_of(_most_worth(shapes, flat.shapes[i], docnum, norms))
                best = max(best, whole(impacts[i]))
            last[block], most[block] = docnum, best
            widths[block, 0], widths[block, 1] = _width(widest_gap), _width(widest_shape)
            at[block] = size
            size += 2 + (high - low) * (whole(widths[block, 0]) + whole(widths[block, 1]) + 1)
            block += 1
    data, positions = np.empty(size, np.uint8), np.empty(position_bytes, np.uint8)
    block = 0
    place = 0
    for family in range(families):
        start, end = flat.starts[family], flat.ends[family]
        if start == end:
            continue
        first = flat.places[start]
        for low in range(start, end, BLOCK):
            places[block] = place + flat.places[low] - first
            _write_block(
                flat, low, min(low + BLOCK, end), start, numbers, impacts, data, whole(at[block]), widths[block]
            )
            block += 1
        length = flat.place_ends[family] - first
        positions[place : place + length] = flat.positions[first : first + length]
        place += length
    return Blocks(data, positions, counts, last, at, places, most)


@compiled
def _write_block(
    flat: Flat, low: int, high: int, start: int, numbers: NDArray[np.uint32], impacts: Bytes, data: Bytes,
    at: int, widths: NDArray[np.uint8],
) -> None:  # fmt: skip
    gap_width, shape_width = whole(widths[0]), whole(widths[1])
    data[at], data[at + 1] = gap_width, shape_width
    at += 2
    docnum = whole(flat.docnums[low - 1]) if low > start else 0
    for i in range(low, high):
        gap = whole(flat.docnums[i]) - docnum
        docnum = whole(flat.docnums[i])
        for byte in range(gap_width):
            data[at + byte] = gap >> 8 * byte & 255
        at += gap_width
    for i in range(low, high):
        number = whole(numbers[flat.shapes[i]])
        for byte in range(shape_width):
            data[at + byte] = number >> 8 * byte & 255
        at += shape_width
    data[at : at + high - low] = impacts[low:high]


@inlined
def _width(number: int) -> int:
    return 1 if number < 256 else 2 if number < 65_536 else 4


@inlined
def _most_worth(shapes: Shapes, shape: int, docnum: int, norms: Norms) -> float:
    """As `postings.worth`, every lexeme asked."""
    total = 0.0
    for entry in range(shapes.first[shape], shapes.first[shape + 1]):
        field = shapes.keys[entry] & FIELD_MASK
        length = norms.lengths[field, docnum]
        total += norms.boosts[field] * shapes.counts[entry] / (norms.base[field] + norms.slope[field] * length)
    return total


@inlined
def put_gap(data: Bytes, at: int, gap: int) -> int:
    """Write a number, seven bits a byte; the place behind it. At most five bytes of room are needed."""
    while gap >= 128:
        data[at] = gap & 127 | 128
        gap >>= 7
        at += 1
    data[at] = gap
    return at + 1
