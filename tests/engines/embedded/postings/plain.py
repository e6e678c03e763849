"""The format of postings in plain Python: an encoder as the page `postings.format` describes it, slow and clear."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.postings.format import BLOCK, Postings

Pattern = tuple[tuple[int, int], ...]  # of each entry the key and the term frequency


class Posting(NamedTuple):
    """A docid, and by key (form << 3 | field, ascending) the positions."""

    docid: int
    positions: dict[int, list[int]]
    impact: int = 0

    @property
    def pattern(self) -> Pattern:
        return tuple((key, len(positions)) for key, positions in self.positions.items())


def encode(lists: Sequence[Sequence[Posting]], patterns: Sequence[Pattern] = ()) -> Postings:
    """Postings lists as in a segment's file; `patterns` are the first ones in it, whether used or not."""
    known = {pattern: number for number, pattern in enumerate(patterns)}
    for posting in (posting for of_stem_class in lists for posting in of_stem_class):
        known.setdefault(posting.pattern, len(known))
    block_bytes, position_bytes = bytearray(), bytearray()
    last_docid, max_impact = [], []
    block_start, position_start = [0], [0]
    for of_stem_class in lists:
        before = 0
        for block in blocks_of(of_stem_class):
            block_bytes += encode_block(block, before, [known[posting.pattern] for posting in block])
            for posting in block:
                position_bytes += encode_positions(posting)
            before = block[-1].docid
            last_docid.append(before)
            max_impact.append(max(posting.impact for posting in block))
            block_start.append(len(block_bytes))
            position_start.append(len(position_bytes))
    entries = [entry for pattern in known for entry in pattern]
    return Postings(
        _array(block_bytes, np.uint8),
        _array(position_bytes, np.uint8),
        _array(map(len, lists), np.uint32),
        _array(accumulate((len(list(blocks_of(each))) for each in lists), initial=0), np.uint32),
        _array(last_docid, np.uint32),
        _array(block_start, np.uint64),
        _array(position_start, np.uint64),
        _array(max_impact, np.uint8),
        _array(accumulate(map(len, known), initial=0), np.uint32),
        _array((key for key, _ in entries), np.uint32),
        _array((tf for _, tf in entries), np.uint32),
        np.array([sum(tf for _, tf in pattern) for pattern in known], dtype=np.uint32),
    )


def blocks_of(postings: Sequence[Posting]) -> Iterator[Sequence[Posting]]:
    return (postings[start : start + BLOCK] for start in range(0, len(postings), BLOCK))


def encode_block(block: Sequence[Posting], before: int, patterns: Sequence[int]) -> bytes:
    """The bytes of a block; `before` is the last docid of the block before, `patterns` are the pattern numbers."""
    docids = [posting.docid for posting in block]
    gaps = [docid - last for docid, last in zip(docids, [before, *docids], strict=False)]
    widths = [next(width for width in (1, 2, 4) if max(numbers) < 1 << 8 * width) for numbers in (gaps, patterns)]
    numbers = b"".join(
        number.to_bytes(width, "little")
        for width, of_kind in zip(widths, (gaps, patterns), strict=True)
        for number in of_kind
    )
    return bytes(widths) + numbers + bytes(posting.impact for posting in block)


def encode_positions(posting: Posting) -> bytes:
    """The positions of a posting: gaps of seven bits a byte, the lowest first."""
    encoded = bytearray()
    for positions in posting.positions.values():
        for gap in (place - last for place, last in zip(positions, [0, *positions], strict=False)):
            while gap > 127:
                encoded.append(gap & 127 | 128)
                gap >>= 7
            encoded.append(gap)
    return bytes(encoded)


def _array(numbers: Iterable[int], dtype: type[np.generic]) -> NDArray[Any]:
    """Read-only, as the arrays of a file are."""
    array = np.array(list(numbers), dtype=dtype)
    array.flags.writeable = False
    return array
