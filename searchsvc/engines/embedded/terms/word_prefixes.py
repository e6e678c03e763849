"""WordPrefixes: the texts of a column in which typed text stands at the beginning of a word.

A suffix array of words: where words begin, sorted by the eight bytes there, so that those that begin with what is typed
are one range; typed text longer than eight bytes is compared with the texts. Eight bytes a word.

Not for words of a dictionary, which are in order already (`TermDictionary.rows_with_prefix`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.columns import TextColumn
from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Float64s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort

KEY_BYTES = 8
SPACE, NEWLINE = 32, 10  # a space is between words; a newline may stand before the first


class WordStarts(NamedTuple):
    """Where words begin in the texts of a column, ordered by the key there (`key_at`).

    Start i is in the text of row `rows[i]`, `shifts[i]` bytes from its beginning; the text of row r is
    `letters[offsets[r]:offsets[r + 1]]`.
    """

    letters: Bytes
    offsets: Uint64s
    rows: Uint32s
    shifts: Uint32s


@dataclass(frozen=True)
class WordPrefixes:
    """Texts of folded words, joined by spaces, and where their words begin.

    >>> headlines = WordPrefixes.of(TextColumn.of(["air strikes in syria", "strikes", "air"]))
    >>> headlines.rows_with("str"), headlines.rows_with("air str")
    ([0, 1], [0])
    """

    texts: TextColumn
    starts: WordStarts

    @classmethod
    def of(cls, texts: TextColumn) -> "WordPrefixes":
        """The index of a column of texts."""
        rows, shifts, keys = word_starts(texts.letters, texts.offsets)
        order = np.argsort(keys)
        return cls(texts, WordStarts(texts.letters, texts.offsets, rows[order], shifts[order]))

    def rows_with(self, typed: str) -> list[int]:
        """The rows of the texts with a word that begins with `typed`, which may go on over later words; ascending."""
        rows: list[int] = np.unique(rows_with_prefix(self.starts, _bytes(typed))).tolist()
        return rows

    def best(
        self, typed: str, live: Mask, keys: Float64s, ranks: Uint32s, count: int, *, leading: bool
    ) -> Iterator[tuple[float, int]]:
        """Up to `count` rows as pairs (key, row), the smallest keys first, ties by rank.

        `leading` asks for texts that begin with `typed`, otherwise for those where only a later word does; these may
        come twice, with two such words. `live` flags the rows to consider, and is empty for all; `keys` and `ranks`
        are by row.
        """
        found, rows = best_with_prefix(self.starts, _bytes(typed), leading, live, keys, ranks, count)
        return zip(found.tolist(), rows.tolist(), strict=True)

    def count(self, text: str, live: Mask) -> int:
        """How many live rows have exactly this text."""
        return int(count_equal(self.starts, _bytes(text), live))


def _bytes(text: str) -> Bytes:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


@kernel
def word_starts(letters: Bytes, offsets: Uint64s) -> tuple[Uint32s, Uint32s, Uint64s]:
    """The row, shift and key of each word of each text of a column: see `WordStarts`."""
    most = offsets.size
    for i in range(letters.size):
        most += letters[i] == SPACE
    rows, shifts, keys = np.empty(most, np.uint32), np.empty(most, np.uint32), np.empty(most, np.uint64)
    count = 0
    for row in range(offsets.size - 1):
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        before = NEWLINE
        for i in range(start, end):
            if before in (SPACE, NEWLINE) and letters[i] not in (SPACE, NEWLINE):
                rows[count], shifts[count], keys[count] = row, i - start, key_at(letters, i, end)
                count += 1
            before = letters[i]
    return rows[:count], shifts[:count], keys[:count]


@part
def key_at(letters: Bytes, at: int, end: int) -> np.uint64:
    """The next KEY_BYTES bytes as a big-endian number, with zeros for those from `end` on."""
    key = np.uint64(0)
    for i in range(at, at + KEY_BYTES):
        key = key << np.uint64(8) | (np.uint64(letters[i]) if i < end else np.uint64(0))
    return key


@part
def prefix_range(starts: WordStarts, typed: Bytes) -> tuple[int, int]:
    """The range of word starts whose first KEY_BYTES bytes begin with the first KEY_BYTES bytes typed."""
    lowest = key_at(typed, 0, typed.size)
    highest = lowest
    for i in range(typed.size, KEY_BYTES):
        highest |= np.uint64(255) << np.uint64(8 * (KEY_BYTES - 1 - i))
    return first_start(starts, lowest, False), first_start(starts, highest, True)


@part
def first_start(starts: WordStarts, key: np.uint64, above: bool) -> int:
    """The first word start whose key is not below `key`; or, `above`, whose key is above it."""
    low, high = 0, starts.rows.size
    while low < high:
        middle = (low + high) // 2
        row = starts.rows[middle]
        there = key_at(
            starts.letters, whole(starts.offsets[row]) + starts.shifts[middle], whole(starts.offsets[row + 1])
        )
        if there < key or (above and there == key):
            low = middle + 1
        else:
            high = middle
    return low


@part
def stands_at(letters: Bytes, at: int, end: int, typed: Bytes) -> bool:
    """Whether the bytes from `at` to `end` begin with those typed."""
    same = 0
    if end - at >= typed.size:
        while same < typed.size and letters[at + same] == typed[same]:
            same += 1
    return same == typed.size


@kernel
def rows_with_prefix(starts: WordStarts, typed: Bytes) -> Uint32s:
    """The row of each word start where `typed` stands (uint32)."""
    low, high = prefix_range(starts, typed)
    found = np.empty(high - low, np.uint32)
    count = 0
    for i in range(low, high):
        row = starts.rows[i]
        start, end = whole(starts.offsets[row]), whole(starts.offsets[row + 1])
        if stands_at(starts.letters, start + starts.shifts[i], end, typed):
            found[count] = row
            count += 1
    return found[:count]


@kernel
def best_with_prefix(
    starts: WordStarts, typed: Bytes, leading: bool, live: Mask, keys: Float64s, ranks: Uint32s, count: int
) -> tuple[Float64s, Uint32s]:
    """As `WordPrefixes.best`: the keys (float64) and the rows (uint32)."""
    letters, offsets, rows, shifts = starts.letters, starts.offsets, starts.rows, starts.shifts
    low, high = prefix_range(starts, typed)
    size = min(count, high - low)
    heap_keys, heap_ranks, heap_rows = np.empty(size, np.float64), np.empty(size, np.uint32), np.empty(size, np.int64)
    held = 0
    for i in range(low, high if size else low):
        row = rows[i]
        if (live.size and not live[row]) or (held == size and keys[row] > heap_keys[0]):
            continue
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        first_word = start + (letters[start] == NEWLINE)
        if (start + shifts[i] == first_word) != leading:
            continue
        if typed.size > KEY_BYTES and not stands_at(letters, start + shifts[i], end, typed):
            continue
        if not leading and stands_at(letters, first_word, end, typed):
            continue
        held = heap_push(heap_keys, heap_ranks, heap_rows, held, keys[row], ranks[row], row)
    heap_sort(heap_keys, heap_ranks, heap_rows, held)
    return heap_keys[:held], heap_rows[:held].astype(np.uint32)


@kernel
def count_equal(starts: WordStarts, text: Bytes, live: Mask) -> int:
    """As `WordPrefixes.count`. A text without words is never counted."""
    count = 0
    low, high = prefix_range(starts, text)
    for i in range(low, high):
        row = starts.rows[i]
        start, end = whole(starts.offsets[row]), whole(starts.offsets[row + 1])
        first_word = start + (starts.letters[start] == NEWLINE)
        is_same_length = end - first_word == text.size and start + starts.shifts[i] == first_word
        if is_same_length and (not live.size or live[row]):
            count += stands_at(starts.letters, first_word, end, text)
    return count
