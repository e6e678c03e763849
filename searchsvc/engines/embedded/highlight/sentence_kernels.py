"""Sentence kernels: where sentences start in a text, as `text.passages.sentences` finds them.

Texts are code points (uint32). What a code point may be is looked up in `classes`, which has the bits below for each of
the 0x110000 code points (uint8, `highlighter.sentence_classes`).
"""

from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.jit import part, whole
from searchsvc.text.passages import TITLES

# Bits of the class of a code point.
ALPHANUMERIC = 1
SPACE = 2
STOPS = 4  # a full stop and the like, which end a sentence when white space follows
STOPS_ALONE = 8  # the stops of scripts without spaces
CLOSES = 16  # closing quotes and brackets
BEGINS = 32  # what may begin a sentence
CAPITAL = 64  # A to Z

_DOT, _NEWLINE, _UNDERSCORE = (ord(character) for character in ".\n_")

# A full stop after these ends no sentence; the letters of each as the bytes of a number.
_TITLES = tuple(int.from_bytes(title.encode("ascii"), "big") for title in TITLES)
_LONGEST_TITLE = max(map(len, TITLES))


@part
def sentence_starts(points: Uint32s, classes: Uint8s, low: int, high: int, starts: Int64s) -> int:
    """Write the starts of sentences from `low` to `high`, both included, ascending; returns how many there are.

    They are the same as if the whole text was read: no end of a sentence has a letter or digit in it, so reading begins
    behind one and goes on to one.
    """
    at = max(0, low)
    while at and not classes[points[at - 1]] & ALPHANUMERIC:
        at -= 1
    end = high + 1
    while end < len(points) and not classes[points[end - 1]] & ALPHANUMERIC:
        end += 1
    end = min(end, len(points))
    count = whole(0)
    if low <= 0:
        starts[0] = 0
        count = whole(1)
    while at < end:
        point = points[at]
        stop = at
        at += 1
        if point == _NEWLINE:
            while at < end and points[at] == _NEWLINE:
                at += 1
        elif classes[point] & STOPS:
            after = at
            while after < end and classes[points[after]] & CLOSES:
                after += 1
            begin = after
            while begin < end and classes[points[begin]] & SPACE:
                begin += 1
            if not after < begin < end or not classes[points[begin]] & BEGINS:
                continue
            at = begin
            if point == _DOT and low <= at <= high and _is_title(points, classes, stop):
                continue
        elif not classes[point] & STOPS_ALONE:
            continue
        if low <= at <= high:
            starts[count] = at
            count += 1
    return count


@part
def _is_title(points: Uint32s, classes: Uint8s, stop: int) -> bool:
    """Whether the word before a full stop is one of TITLES, or a single capital."""
    if stop and classes[points[stop - 1]] & CAPITAL:
        return stop == 1 or not classes[points[stop - 2]] & ALPHANUMERIC
    begin = stop
    while begin and (classes[points[begin - 1]] & ALPHANUMERIC or points[begin - 1] == _UNDERSCORE):
        begin -= 1
        if stop - begin > _LONGEST_TITLE:
            return False
    word = whole(0)
    for i in range(begin, stop):
        word = word << 8 | min(whole(points[i]), 255)
    is_title = False
    for title in _TITLES:
        is_title |= word == title
    return is_title
