"""Tokenizer kernels: find the words of a text and look up each in a hash table of the words met before.

Which spans of a text are words is said by `text.analyzer`; every rule here is one of its. A text comes as code points:
uint8 where all are ASCII, else uint32. `classes` has the bits below for each of the 0x110000 code points (uint8,
`fast_tokenizer.word_classes`).

The table maps **printed words**, as they stand in a text, to numbers of their forms. It has open addressing with linear
probing, and at least half of its slots are free. A key of two numbers stands for a word: the bytes of its code points
where there are up to 15, all below 256, as in most words; else a hash, and LONG with the word's entry in the pool. The
slot where probing begins comes of two random factors, by multiply-shift hashing (Dietzfelbinger and others, "A reliable
randomized algorithm for the closest-pair problem", 1997), so that no text can be made of words that all collide.

Not for deciding what a printed word means: a new one is UNKNOWN here, and analysed by the analyzer.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.jit import Out, OutMatrix, inlined, kernel, part

CodePoints = Bytes | Uint32s
Int = int | np.int64  # one type once compiled; never to be mixed with uint64, which would make a float

# Bits of the class of a code point.
WORD = 1  # in a word
ALPHANUMERIC = 2  # a letter, a digit or a number of any script
DIGIT = 4
LATIN = 8  # A to Z and a to z
ONE_CHARACTER = 16  # a word by itself
NEWLINE = 32

# In place of the number of a form.
NO_WORD = 0xFFFFFFFF  # of a printed word that the analyzer finds no word in: an accent alone
UNKNOWN = 0xFFFFFFFE  # of a printed word that is not in the table

_DOT, _COMMA, _QUOTE, _APOSTROPHE, _CAPITAL_S, _SMALL_S = (ord(character) for character in ".,'’Ss")


class WordTable(NamedTuple):
    """Printed words and the numbers of their forms.

    A slot is three entries of `slots`: the two of the key, the first of them 0 in a free slot, and the number. `pool`
    begins with the entries below, then has the long words, each as its length and its code points.
    """

    slots: Out[np.uint64]
    pool: Out[np.uint32]


# Entries of a pool: number of words, entries in use, two random factors in two halves each (the lower first), the shift
# from a hash to a slot; and the first entry of the long words.
WORDS, USED, FACTOR, _SECOND_FACTOR, SHIFT, HEADER = 0, 1, 2, 4, 6, 7

_PACKED = 15  # code points at most of a word whose key is the word itself
_LONG = np.uint64(1 << 56)
_BYTE, _SEVEN_BYTES, _HALF, _MIXED = (np.uint64(bits) for bits in (8, 56, 32, 29))
_LAST_PACKED = np.uint64(255)  # code point
_FREE = np.uint64(0)


@kernel
def tokenize_texts(
    text: Uint32s,
    ends: Int64s,
    line_gap: int,
    classes: Uint8s,
    table: WordTable,
    rows: OutMatrix[np.uint32],
    counts: Out[np.int64],
) -> int:
    """Write the tokens of several texts, one text after the other, to the four `rows` of `Tokens`.

    The texts stand one after the other in `text`, each up to its end in `ends`; no word runs over an end. `rows` has as
    many columns as there are code points. Spans count from the start of `text`, positions from 0 in each text. `counts`
    takes the number of tokens of each. Printed words with NO_WORD are left out.

    Returns how many tokens there are, as a negative number when a form is UNKNOWN.
    """
    return _tokenize_all(text, ends, line_gap, classes, table, rows, counts)


@kernel
def tokenize_ascii_texts(
    text: Bytes,
    ends: Int64s,
    line_gap: int,
    classes: Uint8s,
    table: WordTable,
    rows: OutMatrix[np.uint32],
    counts: Out[np.int64],
) -> int:
    """`tokenize_texts` for texts that are ASCII, a byte for each code point."""
    return _tokenize_all(text, ends, line_gap, classes, table, rows, counts)


@part
def _tokenize_all(
    text: CodePoints,
    ends: Int64s,
    line_gap: int,
    classes: Uint8s,
    table: WordTable,
    rows: OutMatrix[np.uint32],
    counts: Out[np.int64],
) -> int:
    """The tokens of either kind of text (`tokenize_texts`)."""
    first = 0
    count = 0
    has_unknown = False
    for i in range(len(ends)):
        counts[i] = -count
        count, is_unknown = _tokenize(text, first, ends[i], line_gap, classes, table, rows, count)
        counts[i] += count
        has_unknown |= is_unknown
        first = ends[i]
    return -count if has_unknown else count


@part
def _tokenize(
    text: CodePoints,
    first: Int,
    size: Int,
    line_gap: int,
    classes: Uint8s,
    table: WordTable,
    rows: Uint32s,
    count: int,
) -> tuple[int, bool]:
    """Write the tokens from `first` up to `size`, after `count` others: how many there are then; is one UNKNOWN."""
    # Arrays are taken out of their tuples once: within the loop, references to them would be counted.
    slots, pool = table.slots, table.pool
    has_unknown = False
    position = 0
    skip_to = first
    end: Int = first
    while end < size:
        start = end
        of_start = classes[text[start]]
        if not of_start:
            end += 1
            continue
        if of_start & NEWLINE:
            position += line_gap
            end += 1
            continue
        end = 0
        if of_start & (DIGIT | ONE_CHARACTER) or (of_start & LATIN and start + 1 < size and text[start + 1] == _DOT):
            end = _end_of_special(text, first, start, size, of_start, classes)
        low = high = bits = np.uint64(0)
        if end:
            for j in range(start, end):
                low, high, bits = _packed(low, high, bits, text[j])
        else:  # packed on the way: most words end here, and a second loop costs half as much again
            end = start
            while end < size and classes[text[end]] & WORD:
                low, high, bits = _packed(low, high, bits, text[end])
                end += 1
        if start < skip_to:
            continue
        if (
            end + 1 < size
            and (text[end] == _QUOTE or text[end] == _APOSTROPHE)
            and _is_possessive(text, end, size, classes)
        ):
            skip_to = end + 2
        if end - start > _PACKED or bits > _LAST_PACKED:
            low, high = _hashed(text, start, end, pool)
        slot = _slot_of(text, start, end, low, high, slots, pool)
        form = UNKNOWN if slots[slot] == _FREE else np.int64(slots[slot + 2])
        if form == NO_WORD:
            continue
        if form == UNKNOWN:
            has_unknown = True
        rows[0, count] = form
        rows[1, count] = position
        rows[2, count] = start
        rows[3, count] = end
        count += 1
        position += 1
    return count, has_unknown


@kernel
def insert_words(text: Uint32s, forms: Uint32s, starts: Uint32s, ends: Uint32s, table: WordTable) -> None:
    """Insert the printed words at these spans with the numbers of their forms. The table has room for them."""
    slots, pool = table.slots, table.pool
    used = np.int64(pool[USED])
    for i in range(len(starts)):
        start, end = np.int64(starts[i]), np.int64(ends[i])
        low = high = bits = np.uint64(0)
        for j in range(start, end):
            low, high, bits = _packed(low, high, bits, text[j])
        if end - start > _PACKED or bits > _LAST_PACKED:
            low, high = _hashed(text, start, end, pool)
        slot = _slot_of(text, start, end, low, high, slots, pool)
        if slots[slot] != _FREE:
            continue
        if high == _LONG:
            high |= np.uint64(used)
            pool[used] = end - start
            for j in range(start, end):
                pool[used + 1 + j - start] = text[j]
            used += 1 + end - start
        slots[slot], slots[slot + 1], slots[slot + 2] = low, high, forms[i]
        pool[WORDS] += 1
    pool[USED] = used


@kernel
def rehash(slots: Uint64s, table: WordTable) -> None:
    """Insert what is in the slots of a smaller table into the free slots of `table`, whose pool has their words."""
    new_slots = table.slots
    for old in range(0, len(slots), 3):
        if slots[old] != _FREE:
            new = _first_slot(slots[old], slots[old + 1], table.pool)
            while new_slots[new] != _FREE:
                new = (new + 3) % len(new_slots)
            for i in range(3):
                new_slots[new + i] = slots[old + i]


# --- what is a word ---------------------------------------------------------------------------------------------------


@part
def _end_of_special(text: CodePoints, first: Int, start: Int, size: Int, of_start: int, classes: Uint8s) -> Int:
    """The end of a word that may be no plain run of letters and digits; 0 where it is one."""
    if of_start & ONE_CHARACTER:
        return start + 1
    if of_start & DIGIT:
        return _end_of_number(text, start, size, classes)
    return _end_of_initials(text, first, start, size, classes)


@part
def _end_of_initials(text: CodePoints, first: Int, start: Int, size: Int, classes: Uint8s) -> Int:
    """The end of U.S. or U.S or, in J.K.Rowling, of J.K.; 0 for none."""
    if start > first and classes[text[start - 1]] & ALPHANUMERIC:
        return 0
    end = start  # after each letter that has its stop
    while end + 1 < size and classes[text[end]] & LATIN and text[end + 1] == _DOT:
        end += 2
    ends_in_letter = start < end < size and classes[text[end]] & LATIN
    if ends_in_letter and not (end + 1 < size and classes[text[end + 1]] & ALPHANUMERIC):
        return end + 1
    return end if end >= start + 4 else 0


@part
def _end_of_number(text: CodePoints, start: Int, size: Int, classes: Uint8s) -> Int:
    """The end of 1,000 or 3.5 or 30.09.2015; 0 where no stop or comma with digits follows."""
    end: Int = start + 1
    end_of_last: Int = 0
    while end < size:
        if classes[text[end]] & DIGIT:
            end += 1
            if end_of_last:
                end_of_last = end
        elif (text[end] == _DOT or text[end] == _COMMA) and end + 1 < size and classes[text[end + 1]] & DIGIT:
            end += 2
            end_of_last = end
        else:
            break
    return end_of_last


@part
def _is_possessive(text: CodePoints, quote: Int, size: Int, classes: Uint8s) -> bool:
    """Whether an s follows the quote, and no letter or digit follows that."""
    after = quote + 2
    return (text[quote + 1] == _SMALL_S or text[quote + 1] == _CAPITAL_S) and not (
        after < size and classes[text[after]] & ALPHANUMERIC
    )


# --- the table --------------------------------------------------------------------------------------------------------


@inlined
def _packed(low: np.uint64, high: np.uint64, bits: np.uint64, point: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """A packed key with one more code point, and the bits that are set in any of its code points."""
    return (low << _BYTE) | np.uint64(point), (high << _BYTE) | (low >> _SEVEN_BYTES), bits | np.uint64(point)


@part
def _hashed(text: CodePoints, start: Int, end: Int, pool: Uint32s) -> tuple[np.uint64, np.uint64]:
    """The key of a word that cannot be packed, without its place in the pool."""
    factor = _factor(pool, FACTOR)
    hashed = factor
    for j in range(start, end):
        hashed = (hashed ^ np.uint64(text[j])) * factor
        hashed ^= hashed >> _MIXED
    return hashed | np.uint64(1), _LONG


@inlined
def _slot_of(
    text: CodePoints, start: Int, end: Int, low: np.uint64, high: np.uint64, slots: Uint64s, pool: Uint32s
) -> Int:
    """The index of the slot of the printed word with this key, or of the free slot for it."""
    slot = _first_slot(low, high, pool)
    is_found = False
    while not is_found and slots[slot] != _FREE:
        is_found = slots[slot] == low and (
            slots[slot + 1] == high
            or (
                high == _LONG
                and slots[slot + 1] > _LONG
                and _is_in_pool(slots[slot + 1] ^ _LONG, text, start, end, pool)
            )
        )
        if not is_found:
            slot += 3
            if slot == len(slots):
                slot = 0
    return slot


@inlined
def _first_slot(low: np.uint64, high: np.uint64, pool: Uint32s) -> Int:
    """Where probing begins for a key."""
    hashed = low * _factor(pool, FACTOR) + min(high, _LONG) * _factor(pool, _SECOND_FACTOR)
    return 3 * np.int64(hashed >> np.uint64(pool[SHIFT]))


@inlined
def _factor(pool: Uint32s, entry: int) -> np.uint64:
    return np.uint64(pool[entry]) | (np.uint64(pool[entry + 1]) << _HALF)


@part
def _is_in_pool(entry: np.uint64, text: CodePoints, start: Int, end: Int, pool: Uint32s) -> bool:
    """Whether the long word at this entry of the pool is the one at this span."""
    at = np.int64(entry)
    if pool[at] != end - start:
        return False
    is_same = True
    for j in range(start, end):
        is_same &= pool[at + 1 + j - start] == text[j]
    return is_same
