"""Cutting: the compiled loops of `fast_tokenizer`, which find the words of a text and look each up in a table.

Text comes as code points: bytes where all are ASCII, else an array, uint32. `kinds` has the bits below of each of the
0x110000 code points, uint8. `text.analyzer` says what a word is; every rule here is one of its.

The table of printed words is two arrays, and a word is one of the table's when its code points are.
`slots`, uint64, has three numbers a slot; a word is in the first slot that was free at or after the one that its key
leads to, and at least half are free. The first two are the word's key, which begins with 0 in a free slot; the third is
its number. The key of up to 15 code points below 256, as most words are, is these as bytes. Of any other it is a hash,
and LONG with the place of the word in `pool`, uint32: its length and its code points.
`pool` begins with how many words there are, how much of it is taken, two random factors and a shift. The last three
lead from a key to its slot, by multiply-shift hashing (Dietzfelbinger and others, 1997), so that no text can be made of
words that all begin at one slot.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part

CodePoints = bytes | NDArray[np.uint32]
Int = int | np.int64  # one type once compiled; never to be mixed with uint64, which would make a float

# Bits of a code point's kind.
WORD = 1  # in a word
ALPHANUMERIC = 2  # a letter, a digit or a number of any script
DIGIT = 4
LATIN = 8  # A to Z and a to z
ONE_CHARACTER = 16  # a word by itself
NEWLINE = 32

# Numbers that stand for no form.
NO_WORD = 0xFFFFFFFF  # of what is cut out but has no word in it: an accent alone
UNKNOWN = 0xFFFFFFFE  # of a printed word that is not in the table

_DOT, _COMMA, _QUOTE, _APOSTROPHE, _CAPITAL_S, _SMALL_S = (ord(c) for c in ".,'’Ss")

# Where in a pool, the factors in two halves, the lower first; and where the words begin.
WORDS, TAKEN, FACTOR, _SECOND_FACTOR, SHIFT, HEADER = 0, 1, 2, 4, 6, 7

_PACKED = 15  # code points of a word whose key is itself
_LONG = np.uint64(1 << 56)
_BYTE, _SEVEN_BYTES, _HALF, _MIXED = (np.uint64(bits) for bits in (8, 56, 32, 29))
_LAST_PACKED = np.uint64(255)  # of the code points
_FREE = np.uint64(0)


@kernel
def cut(
    text: CodePoints, line_gap: int, kinds: NDArray[np.uint8], slots: NDArray[np.uint64], pool: NDArray[np.uint32],
    found: NDArray[np.uint32], stops: NDArray[np.int64], counts: NDArray[np.int64],
) -> int:  # fmt: skip
    """Write the tokens' numbers, positions, starts and ends into the rows of `found`; as many columns as code points.

    The code points are those of several texts, each up to its stop and on its own; `counts` takes the tokens of each.
    Returns how many tokens there are, below zero when some of them are UNKNOWN. What has NO_WORD is left out.
    """
    first = 0
    tokens = 0
    unknown = False
    for i in range(len(stops)):
        counts[i] = -tokens
        tokens, some = _cut(text, first, stops[i], line_gap, kinds, slots, pool, found, tokens)
        counts[i] += tokens
        unknown |= some
        first = stops[i]
    return -tokens if unknown else tokens


@part
def _cut(
    text: CodePoints, first: Int, size: Int, line_gap: int, kinds: NDArray[np.uint8], slots: NDArray[np.uint64],
    pool: NDArray[np.uint32], found: NDArray[np.uint32], tokens: int,
) -> tuple[int, bool]:  # fmt: skip
    """The tokens from `first` up to `size`, after so many others: how many there are then; whether one is UNKNOWN."""
    unknown = False
    position = 0
    skip_to = first
    end: Int = first
    while end < size:
        start = end
        kind = kinds[text[start]]
        if not kind:
            end += 1
            continue
        if kind & NEWLINE:
            position += line_gap
            end += 1
            continue
        end = 0
        if kind & (DIGIT | ONE_CHARACTER) or (kind & LATIN and start + 1 < size and text[start + 1] == _DOT):
            end = _end_of_special(text, first, start, size, kind, kinds)
        low = high = seen = np.uint64(0)
        if end:
            for j in range(start, end):
                low, high, seen = _packed(low, high, seen, text[j])
        else:  # packed on the way: most words end here, and a second loop costs half as much again
            end = start
            while end < size and kinds[text[end]] & WORD:
                low, high, seen = _packed(low, high, seen, text[end])
                end += 1
        if start < skip_to:
            continue
        if (
            end + 1 < size
            and (text[end] == _QUOTE or text[end] == _APOSTROPHE)
            and _is_possessive(text, end, size, kinds)
        ):
            skip_to = end + 2
        if end - start > _PACKED or seen > _LAST_PACKED:
            low, high = _hashed(text, start, end, pool)
        slot = _slot(text, start, end, low, high, slots, pool)
        number = UNKNOWN if slots[slot] == _FREE else np.int64(slots[slot + 2])
        if number == NO_WORD:
            continue
        if number == UNKNOWN:
            unknown = True
        found[0, tokens] = number
        found[1, tokens] = position
        found[2, tokens] = start
        found[3, tokens] = end
        tokens += 1
        position += 1
    return tokens, unknown


@kernel
def insert(
    text: NDArray[np.uint32], numbers: NDArray[np.uint32], starts: NDArray[np.uint32], ends: NDArray[np.uint32],
    slots: NDArray[np.uint64], pool: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Put the printed words at these spans into the table, each once, with their numbers. There must be room."""
    used = np.int64(pool[TAKEN])
    for i in range(len(starts)):
        start, end = np.int64(starts[i]), np.int64(ends[i])
        low = high = seen = np.uint64(0)
        for j in range(start, end):
            low, high, seen = _packed(low, high, seen, text[j])
        if end - start > _PACKED or seen > _LAST_PACKED:
            low, high = _hashed(text, start, end, pool)
        slot = _slot(text, start, end, low, high, slots, pool)
        if slots[slot] != _FREE:
            continue
        if high == _LONG:
            high |= np.uint64(used)
            pool[used] = end - start
            for j in range(start, end):
                pool[used + 1 + j - start] = text[j]
            used += 1 + end - start
        slots[slot], slots[slot + 1], slots[slot + 2] = low, high, numbers[i]
        pool[WORDS] += 1
    pool[TAKEN] = used


@kernel
def spread(slots: NDArray[np.uint64], wider: NDArray[np.uint64], pool: NDArray[np.uint32]) -> None:
    """Put what is in `slots` into `wider`, which is free, and whose shift the pool has by now."""
    for old in range(0, len(slots), 3):
        if slots[old] != _FREE:
            new = _first_slot(slots[old], slots[old + 1], pool)
            while wider[new] != _FREE:
                new = (new + 3) % len(wider)
            wider[new], wider[new + 1], wider[new + 2] = slots[old], slots[old + 1], slots[old + 2]


@part
def _end_of_special(text: CodePoints, first: Int, start: Int, size: Int, kind: int, kinds: NDArray[np.uint8]) -> Int:
    """The end of what may be no plain run of letters and digits; 0 where it is one."""
    if kind & ONE_CHARACTER:
        return start + 1
    if kind & DIGIT:
        return _end_of_number(text, start, size, kinds)
    return _end_of_initials(text, first, start, size, kinds)


@part
def _end_of_initials(text: CodePoints, first: Int, start: Int, size: Int, kinds: NDArray[np.uint8]) -> Int:
    """The end of U.S. or U.S or, in J.K.Rowling, of J.K.; 0 for none."""
    if start > first and kinds[text[start - 1]] & ALPHANUMERIC:
        return 0
    end = start  # after each letter that has its stop
    while end + 1 < size and kinds[text[end]] & LATIN and text[end + 1] == _DOT:
        end += 2
    ends_in_letter = start < end < size and kinds[text[end]] & LATIN
    if ends_in_letter and not (end + 1 < size and kinds[text[end + 1]] & ALPHANUMERIC):
        return end + 1
    return end if end >= start + 4 else 0


@part
def _end_of_number(text: CodePoints, start: Int, size: Int, kinds: NDArray[np.uint8]) -> Int:
    """The end of 1,000 or 3.5 or 30.09.2015; 0 where no stop or comma with digits follows."""
    end: Int = start + 1
    found: Int = 0
    while end < size:
        if kinds[text[end]] & DIGIT:
            end += 1
            if found:
                found = end
        elif (text[end] == _DOT or text[end] == _COMMA) and end + 1 < size and kinds[text[end + 1]] & DIGIT:
            end += 2
            found = end
        else:
            break
    return found


@part
def _is_possessive(text: CodePoints, quote: Int, size: Int, kinds: NDArray[np.uint8]) -> bool:
    """Whether the quote is followed by an s, and that by no letter."""
    after = quote + 2
    return (text[quote + 1] == _SMALL_S or text[quote + 1] == _CAPITAL_S) and not (
        after < size and kinds[text[after]] & ALPHANUMERIC
    )


@inlined
def _packed(low: np.uint64, high: np.uint64, seen: np.uint64, point: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """A packed key with one more code point, and the bits that any of its points has."""
    return (low << _BYTE) | np.uint64(point), (high << _BYTE) | (low >> _SEVEN_BYTES), seen | np.uint64(point)


@part
def _hashed(text: CodePoints, start: Int, end: Int, pool: NDArray[np.uint32]) -> tuple[np.uint64, np.uint64]:
    """The key of a word that cannot be packed."""
    factor = _factor(pool, FACTOR)
    hashed = factor
    for j in range(start, end):
        hashed = (hashed ^ np.uint64(text[j])) * factor
        hashed ^= hashed >> _MIXED
    return hashed | np.uint64(1), _LONG


@inlined
def _slot(
    text: CodePoints, start: Int, end: Int, low: np.uint64, high: np.uint64, slots: NDArray[np.uint64],
    pool: NDArray[np.uint32],
) -> Int:  # fmt: skip
    """The index of the slot of the printed word with this key, or of the free one where it would be."""
    slot = _first_slot(low, high, pool)
    is_there = False
    while not is_there and slots[slot] != _FREE:
        is_there = slots[slot] == low and (
            slots[slot + 1] == high
            or (high == _LONG and slots[slot + 1] > _LONG and _is_at(slots[slot + 1] ^ _LONG, text, start, end, pool))
        )
        if not is_there:
            slot += 3
            if slot == len(slots):
                slot = 0
    return slot


@inlined
def _first_slot(low: np.uint64, high: np.uint64, pool: NDArray[np.uint32]) -> Int:
    hashed = low * _factor(pool, FACTOR) + min(high, _LONG) * _factor(pool, _SECOND_FACTOR)
    return 3 * np.int64(hashed >> np.uint64(pool[SHIFT]))


@inlined
def _factor(pool: NDArray[np.uint32], which: int) -> np.uint64:
    return np.uint64(pool[which]) | (np.uint64(pool[which + 1]) << _HALF)


@part
def _is_at(place: np.uint64, text: CodePoints, start: Int, end: Int, pool: NDArray[np.uint32]) -> bool:
    """Whether the pool has this word at this place."""
    at = np.int64(place)
    if pool[at] != end - start:
        return False
    same = True
    for j in range(start, end):
        same &= pool[at + 1 + j - start] == text[j]
    return same
