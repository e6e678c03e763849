"""Choosing: the compiled loops of `marking`: from the tokens of texts to their marks, passages and highlights.

What is a mark is said by `text.matching`, which passages are best, and where they begin and end, by `text.passages`;
each step here is one of theirs and gives the same. All texts of a page are treated in one call.

Texts come as code points in one row, the tokens of all of them in one as well: those of a text are numbered from
`token` up to `last`. Places count from the start of a text, which is `first` in the row of code points.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.highlight.match_kernels import Ints, Rows, groups_of, mark
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole
from searchsvc.text.passages import TITLES

Points = NDArray[np.uint32]
Looks = NDArray[np.uint8]

# What is made of a text.
WHOLE = 0  # one fragment, as it is
BEST = 1  # the best passages, or the lead where there are no marks

# Before the highlights of a fragment: its start and end, whether it is shown as printed, and how many there are.
HEAD = 4

# Bits of what a code point looks like to one who seeks the ends of sentences.
ALPHANUMERIC = 1
SPACE = 2
STOPS = 4  # . and its like
STOPS_ALONE = 8  # in scripts without spaces
CLOSES = 16  # quotes and brackets
BEGINS = 32  # a sentence
CAPITAL = 64  # A to Z

_DOT, _NEWLINE, _BLANK, _UNDERSCORE = (ord(c) for c in ".\n _")

# A full stop after these ends no sentence; their letters as the bytes of a number.
_TITLES = tuple(int.from_bytes(title.encode("ascii"), "big") for title in TITLES)
_LONGEST_TITLE = max(map(len, TITLES))


@kernel
def choose(
    points: Points, texts: Ints, rows: Rows, looks: Looks, wanted: Ints, firsts: Ints, parts: Ints, leaf_of: Ints,
    lengths: Ints, asked: NDArray[np.bool_], roles: Ints, spans: Ints, considered: int, fragments: int, width: int,
) -> Ints:  # fmt: skip
    """What to show of each text, as a row of numbers.

    Of each, `texts` has how many code points and tokens it has, and its field; `rows` are those of a `Tokens` of each,
    one after the other. `wanted` are the forms, ascending, that match a part of any leaf, and
    `parts[firsts[i]:firsts[i + 1]]` are the parts that `wanted[i]` matches, ascending. The parts of a leaf are numbered
    in a row; `leaf_of` says whose each is, and `lengths` how many a leaf has: 0 where its occurrences are given, in
    `spans`, rows of text, start, end and leaf, ascending. `asked` says of each field which leaves are looked for there,
    and `roles` what is made of it.

    The answer has for each text how many fragments it has, and for each of them HEAD and the starts and ends of the
    highlights in it. A fragment of the BEST is given without white space around it, and its highlights are places in
    what is shown of it, with single spaces.
    """
    groups, most = groups_of(rows, wanted, firsts)
    most += len(spans)
    marks = np.empty((3, most), np.int64)  # starts, ends and leaves
    counts, held = np.empty(len(lengths), np.int64), np.empty(len(lengths), np.int64)  # of each leaf
    near = np.empty(2 * width + 8, np.int64)
    taken = np.empty((fragments, 2), np.int64)
    shown = np.empty((1 + HEAD * max(1, fragments)) * len(texts) + 2 * max(1, fragments) * most, np.int64)
    none = whole(0)  # a plain 0 would be of a type of its own, and what it is given to be made for both
    at = first = token = span = none
    for number in range(len(texts)):
        size, last, field = texts[number, 0], token + texts[number, 1], texts[number, 2]
        count, span = mark(
            rows, token, last, groups, firsts, parts, leaf_of, lengths, asked, field, number, spans, span, considered,
            counts, marks,
        )  # fmt: skip
        if roles[field] == WHOLE:
            shown[at] = 1
            at = _put_whole(marks, count, size, shown, at + 1)
        elif count:
            chosen = _choose(
                points, first, size, rows, token, last, looks, marks, count, counts, held, width, near, taken
            )
            shown[at] = chosen
            at += 1
            for i in range(chosen):
                at = _put_fragment(points, first, taken[i, 0], taken[i, 1], looks, marks, count, shown, at)
        else:
            start, end = _lead(points, first, size, rows, token, looks, width, near)
            shown[at] = start < end
            at += 1
            if start < end:
                at = _put_fragment(points, first, start, end, looks, marks, count, shown, at)
        first, token = first + size, last
    return shown[:at]


@part
def _choose(
    points: Points, first: int, size: int, rows: Rows, token: int, last: int, looks: Looks, marks: Ints, count: int,
    covered: Ints, held: Ints, width: int, near: Ints, taken: Ints,
) -> int:  # fmt: skip
    """`passages.best_passages`, in the order of the text; how many are in `taken` then."""
    for leaf in range(len(covered)):
        covered[leaf] = 0
    chosen = whole(0)
    while chosen < len(taken):
        start, end = _best_core(marks, count, taken, chosen, covered, held, width)
        if end < 0:
            break
        low, high = whole(0), size
        for i in range(chosen):
            if taken[i, 1] <= start:
                low = max(low, taken[i, 1])
            if taken[i, 0] >= end:
                high = min(high, taken[i, 0])
        start, end = _passage(points, first, size, rows, token, last, looks, start, end, low, high, width, near)
        for i in range(count):
            if start <= marks[0, i] < end and marks[1, i] <= end:
                covered[marks[2, i]] = 1
        place = chosen
        while place > 0 and (
            taken[place - 1, 0] > start or (taken[place - 1, 0] == start and taken[place - 1, 1] > end)
        ):
            taken[place, 0], taken[place, 1] = taken[place - 1, 0], taken[place - 1, 1]
            place -= 1
        taken[place, 0], taken[place, 1] = start, end
        chosen += 1
    return chosen


@part
def _best_core(
    marks: Ints, count: int, taken: Ints, chosen: int, covered: Ints, held: Ints, width: int
) -> tuple[int, int]:
    """`passages._best_core`, -1 and -1 for none; `held` is for its own use, a number for each leaf."""
    for leaf in range(len(held)):
        held[leaf] = -1
    most = most_new = 0
    shortest = marks[1, 0] - marks[0, 0]
    for i in range(count):
        shortest = min(shortest, marks[1, i] - marks[0, i])
        leaf = marks[2, i]
        if held[leaf] < 0:
            held[leaf] = count
            most += 1
            most_new += 1 - covered[leaf]
    best_start = best_end = best_new = whole(-1)
    best_held = best_length = whole(0)
    for i in range(count):
        start, end, leaf = marks[0, i], marks[1, i], marks[2, i]
        bound = useful = start + width
        if best_new == most_new and best_held == most:  # only a shorter one is better
            if best_length <= shortest:
                break
            useful = start + best_length
            if i + most > count or marks[0, i + most - 1] > useful:
                continue
        is_free = True
        for k in range(chosen):
            is_free &= start >= taken[k, 1] or taken[k, 0] >= end
            if taken[k, 0] > start:
                bound = min(bound, taken[k, 0])
        if not is_free:
            continue
        held[leaf] = i
        new, of_all = 1 - covered[leaf], 1
        j = i + 1
        while of_all < most and j < count and marks[1, j] <= bound and marks[0, j] <= useful:
            leaf = marks[2, j]
            if held[leaf] != i:
                held[leaf] = i
                new += 1 - covered[leaf]
                of_all += 1
                end = max(end, marks[1, j])
            j += 1
        length = end - start
        if (
            new > best_new
            or (new == best_new and of_all > best_held)
            or (new == best_new and of_all == best_held and length < best_length)
        ):
            best_start, best_end = start, end
            best_new, best_held, best_length = new, of_all, length
    return best_start, best_end


@part
def _passage(
    points: Points, first: int, size: int, rows: Rows, token: int, last: int, looks: Looks, start: int, end: int,
    low: int, high: int, width: int, near: Ints,
) -> tuple[int, int]:  # fmt: skip
    """`Page.passage`."""
    end = min(end, start + 2 * width)
    count = _sentences(points, first, size, looks, max(low, end - width), start + width + 1, near)
    begin = _start(points, first, rows, token, last, looks, start, end, low, width, near, count)
    stop = _end(points, first, rows, token, last, looks, begin, end, high, width, near, count)
    earliest = max(low, stop - width)
    for i in range(count):
        if near[i] >= earliest:
            begin = min(begin, near[i])
            break
    return begin, stop


@part
def _start(
    points: Points, first: int, rows: Rows, token: int, last: int, looks: Looks, start: int, end: int, low: int,
    width: int, near: Ints, count: int,
) -> int:  # fmt: skip
    """`Page.start`."""
    i = count - 1
    while i >= 0 and near[i] > start:
        i -= 1
    if i >= 0 and near[i] >= max(low, end - width):
        return whole(near[i])
    target = max(low, start - max(0, width - (end - start)) // 3)
    for place in range(target, start):
        if place == low or looks[points[first + place - 1]] & SPACE:
            return place
    for word in range(token, last):
        if whole(rows[2, word]) >= target:
            return min(whole(rows[2, word]), start)
    return start


@part
def _end(
    points: Points, first: int, rows: Rows, token: int, last: int, looks: Looks, begin: int, end: int, high: int,
    width: int, near: Ints, count: int,
) -> int:  # fmt: skip
    """`Page.end`."""
    target = begin + width
    if high <= target:
        return high
    i = count - 1
    while i >= 0 and near[i] > target + 1:
        i -= 1
    if i >= 0 and near[i] >= max(end, begin + width * 6 // 10):
        return whole(near[i])
    for place in range(target, end, -1):
        if looks[points[first + place]] & SPACE:
            return place
    for word in range(last - 1, token - 1, -1):
        if whole(rows[3, word]) <= target:
            return max(whole(rows[3, word]), end)
    return max(target, end)


@part
def _sentences(points: Points, first: int, size: int, looks: Looks, low: int, high: int, starts: Ints) -> int:
    """`passages.sentences`; how many are in `starts` then."""
    at = max(0, low)
    while at and not looks[points[first + at - 1]] & ALPHANUMERIC:
        at -= 1
    last = high + 1
    while last < size and not looks[points[first + last - 1]] & ALPHANUMERIC:
        last += 1
    last = min(last, size)
    count = 0
    if low <= 0:
        starts[0] = 0
        count = 1
    while at < last:
        point = points[first + at]
        stop = at
        at += 1
        if point == _NEWLINE:
            while at < last and points[first + at] == _NEWLINE:
                at += 1
        elif looks[point] & STOPS:
            after = at
            while after < last and looks[points[first + after]] & CLOSES:
                after += 1
            begin = after
            while begin < last and looks[points[first + begin]] & SPACE:
                begin += 1
            if not after < begin < last or not looks[points[first + begin]] & BEGINS:
                continue
            at = begin
            if point == _DOT and low <= at <= high and _is_title(points, first, stop, looks):
                continue
        elif not looks[point] & STOPS_ALONE:
            continue
        if low <= at <= high:
            starts[count] = at
            count += 1
    return count


@part
def _is_title(points: Points, first: int, stop: int, looks: Looks) -> bool:
    """Whether what is before a full stop is a title or a single capital."""
    if stop and looks[points[first + stop - 1]] & CAPITAL:
        return stop == 1 or not looks[points[first + stop - 2]] & ALPHANUMERIC
    title = whole(0)
    begin = stop
    while begin and (looks[points[first + begin - 1]] & ALPHANUMERIC or points[first + begin - 1] == _UNDERSCORE):
        begin -= 1
        if stop - begin > _LONGEST_TITLE:
            return False
    for i in range(begin, stop):
        title = title << 8 | min(whole(points[first + i]), 255)
    found = False
    for known in _TITLES:
        found |= title == known
    return found


@part
def _lead(
    points: Points, first: int, size: int, rows: Rows, token: int, looks: Looks, width: int, near: Ints
) -> tuple[int, int]:
    """The passage of `snippets.lead`; empty where all is white space."""
    start = whole(0)
    while start < size and looks[points[first + start]] & SPACE:
        start += 1
    first += start
    size = min(size - start, 2 * width + 100)
    none = whole(0)
    count = _sentences(points, first, size, looks, none, width + 1, near)
    return start, start + _end(points, first, rows, token, token, looks, none, none, size, width, near, count)


@part
def _put_whole(marks: Ints, count: int, size: int, shown: Ints, at: int) -> int:
    """A text as one fragment, with its marks merged; where the next begins in `shown`."""
    last = _put_merged(marks, count, whole(0), size, shown, at + HEAD)
    shown[at], shown[at + 1], shown[at + 2], shown[at + 3] = 0, size, 1, (last - at - HEAD) // 2
    return last


@part
def _put_merged(marks: Ints, count: int, start: int, end: int, shown: Ints, at: int) -> int:
    """`passages.merged` of the marks that reach between `start` and `end`; where the next begins in `shown`."""
    begin = at
    for i in range(count):
        if marks[0, i] < end and marks[1, i] > start:
            if at > begin and marks[0, i] < shown[at - 1]:
                shown[at - 1] = max(shown[at - 1], marks[1, i])
            else:
                shown[at], shown[at + 1] = marks[0, i], marks[1, i]
                at += 2
    return at


@part
def _put_fragment(
    points: Points, first: int, start: int, end: int, looks: Looks, marks: Ints, count: int, shown: Ints, head: int
) -> int:
    """`passages.fragment`; where the next begins in `shown`."""
    start, end = _trimmed(points, first, start, end, looks)
    last = _put_merged(marks, count, start, end, shown, head + HEAD)
    at = head + HEAD
    place, of_place = start, whole(0)  # the end of the highlight before: in the text, and in what is shown of it
    for i in range(head + HEAD, last, 2):
        a, b = _trimmed(points, first, max(shown[i], start), min(shown[i + 1], end), looks)
        if a < b:
            shown[at] = of_place + _shown_size(points, first, place, a, looks)
            place, of_place = b, shown[at] + _shown_size(points, first, a, b, looks)
            shown[at + 1] = of_place
            at += 2
    as_printed = _shown_size(points, first, start, end, looks) == end - start
    for i in range(start, end):
        as_printed &= points[first + i] == _BLANK or not looks[points[first + i]] & SPACE
    shown[head], shown[head + 1], shown[head + 2], shown[head + 3] = start, end, as_printed, (at - head - HEAD) // 2
    return at


@part
def _trimmed(points: Points, first: int, start: int, end: int, looks: Looks) -> tuple[int, int]:
    """A span without the white space at its ends."""
    while start < end and looks[points[first + start]] & SPACE:
        start += 1
    while end > start and looks[points[first + end - 1]] & SPACE:
        end -= 1
    return start, end


@part
def _shown_size(points: Points, first: int, start: int, end: int, looks: Looks) -> int:
    """How long a run is with white space made single, if no white space is before it."""
    size = 0
    was_space = False
    for i in range(start, end):
        is_space = looks[points[first + i]] & SPACE != 0
        size += not (is_space and was_space)
        was_space = is_space
    return size
