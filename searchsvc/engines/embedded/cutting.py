"""Cutting: the compiled loops of `scanning`, which find the words of a text and look each up in a table.

Text comes as code points: bytes where all are ASCII, else an array, uint32. `kinds` has the bits below of each of the
0x110000 code points, uint8. `text.analyzer` says what a word is; every rule here is one of its.

The table of printed words is two arrays. `pool`, uint32: a seed; then, one after the other, each word's length, its
number and its code points. `slots`, uint64, a power of two of them, at least half free: 0, or 32 bits of a word's hash
above its place in the pool; a word is in the first slot that was free at or after the one that its hash names.
The seed, another in each table, keeps a text from being made of words that all begin at one slot. A word is one of the
table's when its code points are; equal hashes are not enough.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.compiling import compiled

CodePoints = bytes | NDArray[np.uint32]
Int = int | np.int64  # one type once compiled; never to be mixed with uint64, which would make a float

# Bits of a code point's kind.
WORD = 1  # in a word
ALPHANUMERIC = 2  # a letter, a digit or a number of any script
DIGIT = 4
LATIN = 8  # A to Z and a to z
SPACELESS = 16  # a word by itself
NEWLINE = 32

# Numbers that stand for no lexeme.
NO_WORD = 0xFFFFFFFF  # of what is cut out but has no word in it: an accent alone
UNKNOWN = 0xFFFFFFFE  # of a printed word that is not in the table

_DOT, _COMMA, _QUOTE, _APOSTROPHE, _CAPITAL_S, _SMALL_S = (ord(c) for c in ".,'’Ss")

# An odd number without pattern (2**64 over the golden ratio, as in Knuth's multiplicative hashing).
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_FREE = np.uint64(0)


@compiled
def cut(
    text: CodePoints, line_gap: int, kinds: NDArray[np.uint8], slots: NDArray[np.uint64], pool: NDArray[np.uint32],
    found: NDArray[np.uint32],
) -> int:  # fmt: skip
    """Write the tokens' numbers, positions, starts and ends into the rows of `found`; as many columns as code points.

    Returns how many tokens there are, below zero when some of them are UNKNOWN. What has NO_WORD is left out.
    """
    size = len(text)
    tokens = 0
    unknown = False
    position = 0
    skip_to = 0
    end = 0
    seed = np.uint64(pool[0])
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
        end = _end_of_special(text, start, kind, kinds)
        hashed = seed
        if end:
            for j in range(start, end):
                hashed = _mixed(hashed, text[j])
        else:  # hashed on the way: most words end here, and a second loop costs as much again
            end = start
            while end < size and kinds[text[end]] & WORD:
                hashed = _mixed(hashed, text[end])
                end += 1
        if start < skip_to:
            continue
        if end + 1 < size and (text[end] == _QUOTE or text[end] == _APOSTROPHE) and _is_possessive(text, end, kinds):
            skip_to = end + 2
        slot = slots[_place(text, start, end, _short(hashed), slots, pool)]
        number = UNKNOWN if slot == _FREE else np.int64(pool[np.int64(slot & _LOW) + 1])
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
    return -tokens if unknown else tokens


@compiled
def insert(
    text: CodePoints, numbers: NDArray[np.uint32], starts: NDArray[np.uint32], ends: NDArray[np.uint32], used: Int,
    slots: NDArray[np.uint64], pool: NDArray[np.uint32],
) -> tuple[int, Int]:  # fmt: skip
    """Put the printed words at these spans into the table, each once, with their numbers; `used` of the pool is taken.

    There must be room. Returns how many words were put in and how much of the pool is taken then.
    """
    inserted = 0
    for i in range(len(starts)):
        start, end = np.int64(starts[i]), np.int64(ends[i])
        hashed = np.uint64(pool[0])
        for j in range(start, end):
            hashed = _mixed(hashed, text[j])
        place = _place(text, start, end, _short(hashed), slots, pool)
        if slots[place] == _FREE:
            slots[place] = (_short(hashed) << _HALF) | np.uint64(used)
            pool[used] = end - start
            pool[used + 1] = numbers[i]
            for j in range(start, end):
                pool[used + 2 + j - start] = text[j]
            used += 2 + end - start
            inserted += 1
    return inserted, used


@compiled
def spread(slots: NDArray[np.uint64], wider: NDArray[np.uint64]) -> None:
    """Put what is in `slots` into `wider`, which is free."""
    mask = len(wider) - 1
    for slot in slots:
        if slot != _FREE:
            place = np.int64(slot >> _HALF) & mask
            while wider[place] != _FREE:
                place = (place + 1) & mask
            wider[place] = slot


@compiled
def _end_of_special(text: CodePoints, start: int, kind: int, kinds: NDArray[np.uint8]) -> int:
    """The end of what starts here and is no plain run of letters and digits; 0 where it is one."""
    if kind & SPACELESS:
        return start + 1
    if kind & LATIN:
        return _end_of_initials(text, start, kinds)
    if kind & DIGIT:
        return _end_of_number(text, start, kinds)
    return 0


@compiled
def _end_of_initials(text: CodePoints, start: int, kinds: NDArray[np.uint8]) -> int:
    """The end of U.S. or U.S or, in J.K.Rowling, of J.K.; 0 for none."""
    size = len(text)
    if start + 2 >= size or text[start + 1] != _DOT or not kinds[text[start + 2]] & LATIN:
        return 0
    if start and kinds[text[start - 1]] & ALPHANUMERIC:
        return 0
    end = start + 2  # after each letter that has its dot
    while end + 1 < size and kinds[text[end]] & LATIN and text[end + 1] == _DOT:
        end += 2
    if end < size and kinds[text[end]] & LATIN and not (end + 1 < size and kinds[text[end + 1]] & ALPHANUMERIC):
        return end + 1
    return end if end >= start + 4 else 0


@compiled
def _end_of_number(text: CodePoints, start: int, kinds: NDArray[np.uint8]) -> int:
    """The end of 1,000 or 3.5 or 30.09.2015; 0 where no stop or comma with digits follows."""
    size = len(text)
    end = start + 1
    found = 0
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


@compiled
def _is_possessive(text: CodePoints, quote: int, kinds: NDArray[np.uint8]) -> bool:
    """Whether the quote is followed by an s, and that by no letter."""
    after = quote + 2
    return (text[quote + 1] == _SMALL_S or text[quote + 1] == _CAPITAL_S) and not (
        after < len(text) and kinds[text[after]] & ALPHANUMERIC
    )


@compiled
def _place(
    text: CodePoints, start: Int, end: Int, hashed: np.uint64, slots: NDArray[np.uint64], pool: NDArray[np.uint32]
) -> Int:
    """The index of the slot of this printed word, or of the free one where it would be."""
    mask = len(slots) - 1
    index = np.int64(hashed) & mask
    while True:
        slot = slots[index]
        if slot == _FREE:
            return index
        if slot >> _HALF == hashed:
            entry = np.int64(slot & _LOW)
            same = np.int64(pool[entry]) == end - start
            j = start
            while same and j < end:
                same = pool[entry + 2 + j - start] == text[j]
                j += 1
            if same:
                return index
        index = (index + 1) & mask


@compiled
def _mixed(hashed: np.uint64, point: int) -> np.uint64:
    """A word's hash with its next code point."""
    hashed = (hashed ^ np.uint64(point)) * _MULTIPLIER
    return hashed ^ (hashed >> _SHIFT)


@compiled
def _short(hashed: np.uint64) -> np.uint64:
    """The 32 bits of a hash that a slot keeps."""
    return (hashed ^ (hashed >> _HALF)) & _LOW
