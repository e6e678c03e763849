"""Nearing: which words of a dictionary are at most a few letters off another, with `text.distance`'s measure.

Words are gone through by their length, and each has a bit for each of its letters, and another for one that it has
twice: nearly all are told to be too far off by these alone, the others letter by letter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import TextColumn
from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.completion import slip_rank
from searchsvc.engines.embedded.kernels.bits import count_bits
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.text.distance import distance

Rows = NDArray[np.uint32]

MOST_LETTERS = 64  # that the compiled distance takes


@dataclass(frozen=True)
class FuzzyIndex:
    """The words of a column by length: those of n characters have the places `starts[n]` to `starts[n + 1]`.

    All lies in the order of `rows`: a look at many words is then one walk through memory. `once` has a bit for each
    letter of a word, `twice` one for each that comes again.
    """

    words: TextColumn  # by row
    rows: Rows
    letters: Bytes
    offsets: NDArray[np.uint32]
    once: NDArray[np.uint32]
    twice: NDArray[np.uint32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, words: TextColumn) -> "FuzzyIndex":
        bits, lengths = letters_of_rows(words.letters, words.offsets)
        rows = np.argsort(lengths, kind="stable").astype(np.uint32)
        longest = int(lengths.max(initial=0))
        starts = np.searchsorted(lengths[rows], np.arange(longest + 2))
        bits = bits[rows]
        once, twice = bits.astype(np.uint32), (bits >> np.uint64(32)).astype(np.uint32)
        return cls(words, rows, *in_order(words.letters, words.offsets, rows), once, twice, starts)

    def find(self, word: str, most: int) -> tuple[Rows, NDArray[np.uint8]]:
        """The rows of the words at most so many letters off, in no promised order; how far off each is."""
        rows, ranks = self.ranked(word, most)
        return rows, ranks >> np.uint8(2)

    def ranked(self, word: str, most: int) -> tuple[Rows, NDArray[np.uint8]]:
        """As `find`; how unlikely a slip each is: four times the first part of `completing.slip_rank` + the second."""
        if not 1 <= len(word) <= MOST_LETTERS:
            rows = self.rows[self._start(len(word) - most) : self._start(len(word) + most + 1)]
            others = self.words.at(rows)
            offs = np.array([distance(word, other, most=most) for other in others], dtype=np.uint8)
            ends = np.array([slip_rank(word, other, 0)[1] for other in others], dtype=np.uint8)
            return rows[offs <= most], (offs << np.uint8(2) | ends)[offs <= most]
        return near_rows(self.letters, self.offsets, self.rows, self.once, self.twice, self.starts, _points(word), most)

    def best(
        self, word: str, most: int, fields: int, fields_of: NDArray[np.uint8], counts: Rows, limit: int
    ) -> tuple[Rows, Rows]:
        """The best `limit` rows of `ranked` in any of the `fields` (bits), and their counts.

        In the order of their ranks, then the most frequent first, then as words ascend. `fields_of` and `counts` are
        of each row.
        """
        if not 1 <= len(word) <= MOST_LETTERS:
            rows, ranks = self.ranked(word, most)
            rows, ranks = rows[(fields_of[rows] & fields) > 0], ranks[(fields_of[rows] & fields) > 0]
            rows = rows[np.lexsort((rows, ~counts[rows], ranks))[:limit]]
            return rows, counts[rows]
        return best_near(
            self.letters, self.offsets, self.rows, self.once, self.twice, self.starts, _points(word), most,
            fields, fields_of, counts, limit,
        )  # fmt: skip

    def _start(self, length: int) -> int:
        return int(self.starts[min(max(length, 0), len(self.starts) - 1)])


def _points(word: str) -> NDArray[np.uint32]:
    return np.array(list(map(ord, word)), dtype=np.uint32)


@kernel
def letters_of_rows(letters: Bytes, offsets: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """`letter_bits` of each text of a column, and how many characters it has."""
    bits, lengths = np.empty(offsets.size - 1, np.uint64), np.empty(offsets.size - 1, np.uint32)
    points = np.empty(256, np.uint32)
    for row in range(bits.size):
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        if end - start > points.size:
            points = np.empty(2 * (end - start), np.uint32)
        lengths[row] = code_points(letters, start, end, points)
        bits[row] = letter_bits(points, lengths[row])
    return bits, lengths


@kernel
def in_order(letters: Bytes, offsets: NDArray[np.uint64], rows: Rows) -> tuple[Bytes, NDArray[np.uint32]]:
    """The texts of a column in another order of its rows."""
    found, ends = np.empty_like(letters), np.zeros(rows.size + 1, np.uint32)
    end = 0
    for i in range(rows.size):
        for at in range(whole(offsets[rows[i]]), whole(offsets[rows[i] + 1])):
            found[end] = letters[at]
            end += 1
        ends[i + 1] = end
    return found, ends


@kernel
def letter_bits(points: NDArray[np.uint32], length: int) -> np.uint64:
    """A bit for each character and, in the upper half, for each that comes again: 32 of them, so some share one.

    A letter more, or less, changes one bit at most.
    """
    bits = np.uint64(0)
    for i in range(length):
        bit = np.uint64(1) << np.uint64(points[i] & 31)
        bits |= bit << np.uint64(32) if bits & bit else bit
    return bits


@kernel
def code_points(letters: Bytes, start: int, end: int, points: NDArray[np.uint32]) -> int:
    """The characters of UTF-8 text put into `points`, which has room for as many as there are bytes; their number."""
    held = 0
    point = 0
    for i in range(start, end):
        byte = whole(letters[i])
        if byte < 0x80:
            point = byte
        elif byte < 0xC0:
            point = point << 6 | byte & 0x3F
        else:
            point = byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07)
        if i + 1 == end or letters[i + 1] & 0xC0 != 0x80:
            points[held] = point
            held += 1
    return held


@kernel
def near_rows(
    letters: Bytes, offsets: NDArray[np.uint32], rows: Rows, once: NDArray[np.uint32], twice: NDArray[np.uint32],
    starts: NDArray[np.int64], wanted: NDArray[np.uint32], most: int,
) -> tuple[Rows, NDArray[np.uint8]]:  # fmt: skip
    """The rows at most so many letters off `wanted` (code points), ranked; arrays of words are those of `FuzzyIndex`.

    As many letters as a word is longer must be more in it, so that fewer may be less; and the other way round.
    """
    found, ranks = np.empty(64, np.uint32), np.empty(64, np.uint8)
    held = 0
    wanted_bits = letter_bits(wanted, wanted.size)
    places = np.zeros(128, np.uint64)
    for i in range(wanted.size):
        if wanted[i] < places.size:
            places[wanted[i]] |= np.uint64(1) << np.uint64(i)
    other = np.empty(4 * (wanted.size + most) + 8, np.uint32)
    for length in range(max(0, wanted.size - most), min(wanted.size + most, starts.size - 2) + 1):
        first = starts[length]
        most_more, most_less = most - max(0, wanted.size - length), most - max(0, length - wanted.size)
        of_length = once[first : starts[length + 1]]
        flags = like_flags(of_length, np.uint32(wanted_bits & np.uint64(0xFFFFFFFF)), most_more, most_less)
        eights = flags.view(np.uint64)
        for eight in range(eights.size):
            if not eights[eight]:
                continue
            for flag in range(8 * eight, 8 * eight + 8):
                if not flags[flag]:
                    continue
                i = first + flag
                # Of each side, no more letters that the other has not than may be changed.
                bits = np.uint64(once[i]) | np.uint64(twice[i]) << np.uint64(32)
                if count_bits(bits & ~wanted_bits) > most_more or count_bits(wanted_bits & ~bits) > most_less:
                    continue
                size = code_points(letters, whole(offsets[i]), whole(offsets[i + 1]), other)
                off = letters_off(wanted, places, other, size)
                if off <= most:
                    if held == found.size:
                        found, ranks = np.append(found, np.empty_like(found)), np.append(ranks, np.empty_like(ranks))
                    is_other_first = size == 0 or other[0] != wanted[0]
                    is_other_last = size == 0 or other[size - 1] != wanted[-1]
                    found[held], ranks[held] = rows[i], off << 2 | is_other_first << 1 | is_other_last
                    held += 1
    return found[:held], ranks[:held]


@kernel
def best_near(
    letters: Bytes, offsets: NDArray[np.uint32], rows: Rows, once: NDArray[np.uint32], twice: NDArray[np.uint32],
    starts: NDArray[np.int64], wanted: NDArray[np.uint32], most: int, fields: int, fields_of: NDArray[np.uint8],
    counts: Rows, limit: int,
) -> tuple[Rows, Rows]:  # fmt: skip
    """As `FuzzyIndex.best`."""
    near, their_ranks = near_rows(letters, offsets, rows, once, twice, starts, wanted, most)
    best, ranks = np.empty(min(limit, near.size), np.uint32), np.empty(min(limit, near.size), np.uint8)
    held = 0
    for i in range(near.size):
        row, rank = near[i], their_ranks[i]
        if not fields_of[row] & fields:
            continue
        place = held
        while place > 0:
            other = best[place - 1]
            is_before = ranks[place - 1] < rank
            if ranks[place - 1] == rank:
                is_before = counts[other] > counts[row] or (counts[other] == counts[row] and other < row)
            if is_before:
                break
            if place < best.size:
                best[place], ranks[place] = other, ranks[place - 1]
            place -= 1
        if place < best.size:
            best[place], ranks[place] = row, rank
            held = min(held + 1, best.size)
    return best[:held], counts[best[:held]]


@kernel
def like_flags(once: NDArray[np.uint32], wanted: np.uint32, most_more: int, most_less: int) -> Mask:
    """Which may have so many bits more, and so many less; then unset flags up to a number that divides by eight.

    Without a branch, so that the compiler takes several at once: it drops up to two bits of each difference, and looks
    whether there are any more.
    """
    flags = np.zeros((once.size + 7) // 8 * 8, np.bool_)
    none = np.uint32(0)
    more_1, more_2 = np.uint32(most_more > 0), np.uint32(most_more > 1)
    less_1, less_2 = np.uint32(most_less > 0), np.uint32(most_less > 1)
    more_counts, less_counts = ~none if most_more <= 2 else none, ~none if most_less <= 2 else none
    for i in range(once.size):
        more = once[i] & ~wanted & more_counts
        less = wanted & ~once[i] & less_counts
        more &= more - more_1
        more &= more - more_2
        less &= less - less_1
        less &= less - less_2
        flags[i] = (more | less) == none
    return flags


@kernel
def letters_off(one: NDArray[np.uint32], places: NDArray[np.uint64], other: NDArray[np.uint32], other_size: int) -> int:
    """The optimal string alignment distance of a word of 1 to MOST_LETTERS and another.

    `places` has for each character below 128 a bit for each place of `one` at which it stands. A column of the table
    of distances is kept as bits, one for each place: where it rises and where it falls from the place before. (Hyyrö,
    "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.)
    """
    rises, falls = ~np.uint64(0), np.uint64(0)
    kept = np.uint64(0)  # where the distance is that of one letter less on both sides
    here_before = np.uint64(0)
    last = np.uint64(1) << np.uint64(one.size - 1)
    off = one.size
    for j in range(other_size):
        point = other[j]
        here = np.uint64(0)
        if point < places.size:
            here = places[point]
        else:
            for i in range(one.size):
                if one[i] == point:
                    here |= np.uint64(1) << np.uint64(i)
        swapped = ((~kept & here) << np.uint64(1)) & here_before
        kept = (((here & rises) + rises) ^ rises) | here | falls | swapped
        rises_across = falls | ~(kept | rises)
        falls_across = kept & rises
        off += (rises_across & last) != 0
        off -= (falls_across & last) != 0
        rises_across = rises_across << np.uint64(1) | np.uint64(1)
        rises = falls_across << np.uint64(1) | ~(kept | rises_across)
        falls = rises_across & kept
        here_before = here
    return off
