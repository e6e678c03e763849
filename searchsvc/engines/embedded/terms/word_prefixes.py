"""WordPrefixes: the texts of a column of which a word begins with what is typed.

The places at which words begin are kept in the order of the eight bytes that stand there, so that all places of what
is typed lie in one run; what is longer is compared with the texts. Eight bytes of memory a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import TextColumn
from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort

Numbers = NDArray[np.uint32]

KEY = 8  # bytes
GAP, START = 32, 10  # a space between words; a newline may stand before the first


@dataclass(frozen=True)
class WordPrefixes:
    """Texts of folded words, a space between; and of each word its row and its place in it, in the order of keys."""

    texts: TextColumn
    rows: Numbers
    places: Numbers

    @classmethod
    def of(cls, texts: TextColumn) -> "WordPrefixes":
        rows, places, keys = word_starts(texts.letters, texts.offsets)
        order = np.argsort(keys)
        return cls(texts, rows[order], places[order])

    def having(self, typed: str) -> list[int]:
        """The rows of the texts of which a word begins so, ascending."""
        rows: list[int] = np.unique(rows_with(*self._arrays, _bytes(typed))).tolist()
        return rows

    def latest(
        self, typed: str, live: Mask, keys: NDArray[np.float64], ranks: Numbers, count: int, *, first: bool
    ) -> Iterator[tuple[float, int]]:
        """Up to `count` places, of those the best by key, then rank: the key and the row of each, in this order.

        `first` asks for texts that begin with what is typed, else for those of which only a later word does; a row
        may come twice. `live` flags the rows that count, or is empty when all do.
        """
        found, rows = latest_with(*self._arrays, _bytes(typed), first, live, keys, ranks, count)
        return zip(found.tolist(), rows.tolist(), strict=True)

    def count(self, text: str, live: Mask) -> int:
        """How many live rows have this very text."""
        return int(count_equal(*self._arrays, _bytes(text), live))

    @cached_property
    def _arrays(self) -> tuple[Bytes, NDArray[np.uint64], Numbers, Numbers]:
        return self.texts.letters, self.texts.offsets, self.rows, self.places


def _bytes(text: str) -> Bytes:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


@kernel
def word_starts(letters: Bytes, offsets: NDArray[np.uint64]) -> tuple[Numbers, Numbers, NDArray[np.uint64]]:
    """Of each word of each text the row, the place in it and the key there."""
    count = 0
    for i in range(letters.size):
        count += letters[i] == GAP
    count += offsets.size
    rows, places, keys = np.empty(count, np.uint32), np.empty(count, np.uint32), np.empty(count, np.uint64)
    held = 0
    for row in range(offsets.size - 1):
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        before = START
        for i in range(start, end):
            if before in (GAP, START) and letters[i] not in (GAP, START):
                rows[held], places[held], keys[held] = row, i - start, key_at(letters, i, end)
                held += 1
            before = letters[i]
    return rows[:held], places[:held], keys[:held]


@kernel
def key_at(letters: Bytes, at: int, end: int) -> np.uint64:
    """The next eight bytes as a number, zeros after the end."""
    key = np.uint64(0)
    for i in range(at, at + KEY):
        key = key << np.uint64(8) | (np.uint64(letters[i]) if i < end else np.uint64(0))
    return key


@kernel
def border(
    letters: Bytes, offsets: NDArray[np.uint64], rows: Numbers, places: Numbers, wanted: Bytes, past: bool
) -> int:
    """The first place whose key is not below those of texts that begin so; or, `past`, the first above them."""
    key = key_at(wanted, 0, wanted.size)
    if past:
        for i in range(wanted.size, KEY):
            key |= np.uint64(255) << np.uint64(8 * (KEY - 1 - i))
    low, high = 0, rows.size
    while low < high:
        middle = (low + high) // 2
        row = rows[middle]
        there = key_at(letters, whole(offsets[row]) + places[middle], whole(offsets[row + 1]))
        if there < key or (past and there == key):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _stands_at(letters: Bytes, at: int, end: int, wanted: Bytes) -> bool:
    same = 0
    if end - at >= wanted.size:
        while same < wanted.size and letters[at + same] == wanted[same]:
            same += 1
    return same == wanted.size


@kernel
def rows_with(letters: Bytes, offsets: NDArray[np.uint64], rows: Numbers, places: Numbers, wanted: Bytes) -> Numbers:
    """The row of each place at which `wanted` stands."""
    low = border(letters, offsets, rows, places, wanted, False)
    high = border(letters, offsets, rows, places, wanted, True)
    found = np.empty(high - low, np.uint32)
    held = 0
    for i in range(low, high):
        row = rows[i]
        if _stands_at(letters, whole(offsets[row]) + places[i], whole(offsets[row + 1]), wanted):
            found[held] = row
            held += 1
    return found[:held]


@kernel
def latest_with(
    letters: Bytes, offsets: NDArray[np.uint64], rows: Numbers, places: Numbers,
    wanted: Bytes, first: bool, live: Mask, keys: NDArray[np.float64], ranks: Numbers, count: int,
) -> tuple[NDArray[np.float64], Numbers]:  # fmt: skip
    """As `WordPrefixes.latest`: the key and the row of each."""
    low = border(letters, offsets, rows, places, wanted, False)
    high = border(letters, offsets, rows, places, wanted, True)
    size = min(count, high - low)
    heap_keys, heap_ranks, found = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = 0
    for i in range(low, high if size else low):
        row = rows[i]
        if (live.size and not live[row]) or (held == size and keys[row] > heap_keys[0]):
            continue
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        begin = start + (letters[start] == START)
        if (start + places[i] == begin) != first:
            continue
        if wanted.size > KEY and not _stands_at(letters, start + places[i], end, wanted):
            continue
        if not first and _stands_at(letters, begin, end, wanted):
            continue
        held = heap_push(heap_keys, heap_ranks, found, held, keys[row], ranks[row], row)
    heap_sort(heap_keys, heap_ranks, found, held)
    return heap_keys[:held], found[:held].astype(np.uint32)


@kernel
def count_equal(
    letters: Bytes, offsets: NDArray[np.uint64], rows: Numbers, places: Numbers, wanted: Bytes, live: Mask
) -> int:
    """How many live rows are `wanted` from the first word to the end."""
    count = 0
    low = border(letters, offsets, rows, places, wanted, False)
    for i in range(low, border(letters, offsets, rows, places, wanted, True)):
        row = rows[i]
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        begin = start + (letters[start] == START)
        if end - begin == wanted.size and start + places[i] == begin and (not live.size or live[row]):
            count += _stands_at(letters, begin, end, wanted)
    return count
