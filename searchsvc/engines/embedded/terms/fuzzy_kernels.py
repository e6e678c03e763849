"""The loops of fuzzy look-up: which words of a dictionary are within some edits of another, and the best of them.

A **letter set** has a bit for each letter of a word: its code point modulo 32, so that some letters share a bit. Each
edit changes a set by at most one letter more and one less (a swap by none), so two words whose sets differ by more
letters than edits are allowed need not be compared. Nearly all words are excluded so.

The plain twin of the distance is `text.distance`, that of the order `completion.slip_rank`.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.bits import count_bits
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole
from searchsvc.engines.embedded.terms.edit_distance import decode_utf8, osa_distance, position_masks


class WordsByLength(NamedTuple):
    """The words of a column by their number of characters: those of n are `first[n]` to `first[n + 1]`.

    Word i has the row `rows[i]` in the column, and the UTF-8 `letters[offsets[i]:offsets[i + 1]]`: a scan of all words
    of a length is one walk through memory. `once` and `again` are its letter sets: of its letters, and of those that
    it has more than once.
    """

    rows: Uint32s
    letters: Bytes
    offsets: Uint32s
    once: Uint32s
    again: Uint32s
    first: Int64s


@kernel
def letter_sets(letters: Bytes, offsets: Uint64s) -> tuple[Uint64s, Uint32s]:
    """`letter_set` of each text of a column, and its number of characters."""
    sets, lengths = np.empty(offsets.size - 1, np.uint64), np.empty(offsets.size - 1, np.uint32)
    points = np.empty(256, np.uint32)
    for row in range(sets.size):
        start, end = whole(offsets[row]), whole(offsets[row + 1])
        if end - start > points.size:
            points = np.empty(2 * (end - start), np.uint32)
        lengths[row] = decode_utf8(letters, start, end, points)
        sets[row] = letter_set(points, lengths[row])
    return sets, lengths


@part
def letter_set(points: Uint32s, length: int) -> np.uint64:
    """The letter sets of a word of so many code points: that of its letters, and, shifted by 32, of repeated ones."""
    bits = np.uint64(0)
    for i in range(length):
        bit = np.uint64(1) << np.uint64(points[i] & 31)
        bits |= bit << np.uint64(32) if bits & bit else bit
    return bits


@kernel
def texts_in_order(letters: Bytes, offsets: Uint64s, rows: Uint32s) -> tuple[Bytes, Uint32s]:
    """The texts of a column in the order of `rows`: their letters and offsets."""
    ordered, ordered_offsets = np.empty_like(letters), np.zeros(rows.size + 1, np.uint32)
    end = 0
    for i in range(rows.size):
        for at in range(whole(offsets[rows[i]]), whole(offsets[rows[i] + 1])):
            ordered[end] = letters[at]
            end += 1
        ordered_offsets[i + 1] = end
    return ordered, ordered_offsets


@kernel
def words_within(words: WordsByLength, wanted: Uint32s, max_edits: int) -> tuple[Uint32s, Uint8s]:
    """The rows of the words within `max_edits` of `wanted` (code points, 1 to 64), and the rank of each.

    A rank is `completion.slip_rank` in one number: 4 * edits + 2 * (another first letter) + (another last letter). Rows
    are in no particular order.
    """
    word_rows, letters, offsets, once, again, first = words
    rows, ranks = np.empty(64, np.uint32), np.empty(64, np.uint8)
    count = 0
    wanted_set = letter_set(wanted, wanted.size)
    masks = position_masks(wanted)
    points = np.empty(4 * (wanted.size + max_edits) + 8, np.uint32)
    for length in range(max(0, wanted.size - max_edits), min(wanted.size + max_edits, first.size - 2) + 1):
        # Of a longer word, each surplus letter costs an edit that cannot also drop one of `wanted`; and vice versa.
        max_extra, max_missing = max_edits - max(0, wanted.size - length), max_edits - max(0, length - wanted.size)
        start = first[length]
        flags = similar_sets(
            once[start : first[length + 1]], np.uint32(wanted_set & np.uint64(0xFFFFFFFF)), max_extra, max_missing
        )
        eights = flags.view(np.uint64)
        for eight in range(eights.size):
            if not eights[eight]:
                continue
            for flag in range(8 * eight, 8 * eight + 8):
                if not flags[flag]:
                    continue
                i = start + flag
                word_set = np.uint64(once[i]) | np.uint64(again[i]) << np.uint64(32)
                if count_bits(word_set & ~wanted_set) > max_extra or count_bits(wanted_set & ~word_set) > max_missing:
                    continue
                size = decode_utf8(letters, whole(offsets[i]), whole(offsets[i + 1]), points)
                edits = osa_distance(wanted, masks, points, size)
                if edits <= max_edits:
                    if count == rows.size:
                        rows, ranks = np.append(rows, np.empty_like(rows)), np.append(ranks, np.empty_like(ranks))
                    other_first = size == 0 or points[0] != wanted[0]
                    other_last = size == 0 or points[size - 1] != wanted[-1]
                    rows[count], ranks[count] = word_rows[i], edits << 2 | other_first << 1 | other_last
                    count += 1
    return rows[:count], ranks[:count]


@part
def similar_sets(sets: Uint32s, wanted: np.uint32, max_extra: int, max_missing: int) -> Mask:
    """Which letter sets have at most so many letters more than `wanted`, and at most so many less.

    The flags are padded with False to a multiple of eight. Differences of more than two letters are not told from two:
    with `max_extra` or `max_missing` above 2 that side excludes nothing.

    The loop has no branch, so that the compiler vectorises it: it clears up to two bits of each difference and tests
    whether any is left.
    """
    flags = np.zeros((sets.size + 7) // 8 * 8, np.bool_)
    none = np.uint32(0)
    extra_1, extra_2 = np.uint32(max_extra > 0), np.uint32(max_extra > 1)
    missing_1, missing_2 = np.uint32(max_missing > 0), np.uint32(max_missing > 1)
    tests_extra, tests_missing = ~none if max_extra <= 2 else none, ~none if max_missing <= 2 else none
    for i in range(sets.size):
        extra = sets[i] & ~wanted & tests_extra
        missing = wanted & ~sets[i] & tests_missing
        extra &= extra - extra_1
        extra &= extra - extra_2
        missing &= missing - missing_1
        missing &= missing - missing_2
        flags[i] = (extra | missing) == none
    return flags


@kernel
def best_within(
    words: WordsByLength, wanted: Uint32s, max_edits: int, fields: int, word_fields: Uint8s, counts: Uint32s, limit: int
) -> tuple[Uint32s, Uint32s]:
    """The best `limit` rows of `words_within`, and their counts.

    They are in the order of their ranks, then of falling counts, then of rows. A word is left out unless it is in one
    of the `fields`: bits, as `word_fields` has them for each row.
    """
    found, found_ranks = words_within(words, wanted, max_edits)
    best, ranks = np.empty(min(limit, found.size), np.uint32), np.empty(min(limit, found.size), np.uint8)
    size = 0
    for i in range(found.size):
        row, rank = found[i], found_ranks[i]
        if not word_fields[row] & fields:
            continue
        slot = size  # insertion sort: the ones behind move one slot on, the last of a full list goes
        while slot > 0:
            other = best[slot - 1]
            is_before = ranks[slot - 1] < rank
            if ranks[slot - 1] == rank:
                is_before = counts[other] > counts[row] or (counts[other] == counts[row] and other < row)
            if is_before:
                break
            if slot < best.size:
                best[slot], ranks[slot] = other, ranks[slot - 1]
            slot -= 1
        if slot < best.size:
            best[slot], ranks[slot] = row, rank
            size = min(size + 1, best.size)
    return best[:size], counts[best[:size]]
