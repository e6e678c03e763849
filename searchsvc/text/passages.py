"""Passages: which runs of a text to show around what matched in it, and how they are shown.

Not for finding what matched: it takes that as marks, and looks at the text only near them.

>>> text = "It rained. Planes struck Homs. It rained on."
>>> best_passages(text, [Mark(25, 29, 0)], no_words, fragments=1, width=20)
[(11, 31)]
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from searchsvc.model.query import Span
from searchsvc.model.result import Fragment


class Mark(NamedTuple):
    """An occurrence as a span of the text, and which leaf it is of."""

    start: int
    end: int
    leaf: int


# Where the words of a text start and where they end, both ascending; asked only where no white space is near.
Words = Callable[[], tuple[Sequence[int], Sequence[int]]]


def no_words() -> tuple[Sequence[int], Sequence[int]]:
    """Of a text that was not cut into words."""
    return (), ()


def best_passages(text: str, marks: Sequence[Mark], words: Words, *, fragments: int, width: int) -> list[Span]:
    """The spans of up to so many passages, best first. `marks` are in ascending order."""
    page = PassageCutter(text, words)
    passages: list[Span] = []
    covered: set[int] = set()
    for _ in range(fragments):
        best = _best_core(marks, passages, covered, width)
        if best is None:
            break
        bounds = _bounds(best, passages, len(text))
        start, end = passage = page.passage(best[0], best[1], bounds, width)
        passages.append(passage)
        covered.update([mark.leaf for mark in _starting_in(marks, start, end) if mark.end <= end])
    return passages


def merged(marks: Iterable[Mark]) -> list[Span]:
    """Spans in order, overlapping ones made one."""
    spans: list[Span] = []
    for start, end, _ in marks:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def fragment(text: str, start: int, end: int, marks: Sequence[Mark]) -> Fragment:
    """The run of text with white space made single, and the marks, merged, as far as they lie in it."""
    printed = text[start:end]
    shown = " ".join(printed.split())
    near = [mark for mark in marks[: bisect_left(marks, (end,))] if mark[1] > start]
    highlights = []
    shift = start + len(printed) - len(printed.lstrip())
    as_printed = shown == printed.strip()
    for a, b in merged(near):
        a, b = _trimmed(text, max(a, start), min(b, end))
        if a < b:
            if as_printed:
                highlights.append((a - shift, b - shift))
            else:
                highlights.append((_place(text, start, a), _place(text, start, b - 1) + 1))
    return Fragment(shown, tuple(highlights))


def _best_core(marks: Sequence[Mark], taken: Sequence[Span], covered: set[int], width: int) -> Span | None:
    """The span of the best run of marks that fits a passage outside those `taken`.

    The best has most leaves not yet `covered`, then most leaves, then is the shortest, then the first. A run goes on to
    the last mark that adds a leaf and still fits; it has one mark at least.
    """
    leaves = {mark.leaf for mark in marks}
    most = len(leaves)
    everything = (len(leaves - covered), most)
    shortest = min((mark.end - mark.start for mark in marks), default=0)
    best: Span | None = None
    best_held = (-1, 0)
    best_length = 0
    for i, (start, end, leaf) in enumerate(marks):
        bound = start + width
        useful = bound
        if best_held == everything:  # only a shorter one is better
            if best_length <= shortest:
                break
            useful = start + best_length
            if i + most > len(marks) or marks[i + most - 1].start > useful:
                continue
        if taken:
            if any(start < high and low < end for low, high in taken):
                continue
            bound = min([bound] + [low for low, _ in taken if low > start])
        held = {leaf}
        j = i + 1
        while len(held) < most and j < len(marks):
            mark = marks[j]
            if mark.end > bound or mark.start > useful:
                break
            if mark.leaf not in held:
                held.add(mark.leaf)
                end = max(end, mark.end)
            j += 1
        length = end - start
        counts = (len(held - covered), len(held))
        if counts > best_held or (counts == best_held and length < best_length):
            best, best_held, best_length = (start, end), counts, length
    return best


def _bounds(core: Span, passages: Sequence[Span], length: int) -> Span:
    """How far a passage around the core may reach without running into another."""
    low = max((high for _, high in passages if high <= core[0]), default=0)
    high = min((low for low, _ in passages if low >= core[1]), default=length)
    return low, high


def _starting_in(marks: Sequence[Mark], start: int, end: int) -> Sequence[Mark]:
    return marks[bisect_left(marks, (start,)) : bisect_left(marks, (end,))]


STOPS = ".!?…"
STOPS_ALONE = "。！？"  # in scripts without spaces: whatever follows
CLOSING = "\"'”’»)]"
OPENING = "\"'“‘«(["

# The end of a sentence: its mark, closing quotes, white space and no small letter; or the end of a line. It begins with
# one set of characters, which is looked for at several times the speed of three alternatives.
_SENTENCE_END = re.compile(
    rf"[{STOPS}\n{STOPS_ALONE}](?:"
    rf"(?<![\n{STOPS_ALONE}])[{re.escape(CLOSING)}]*\s+(?=[^\W_a-z]|[{re.escape(OPENING)}])"
    r"|(?<=\n)\n*"
    rf"|(?<=[{STOPS_ALONE}]))"
)

# A full stop after these ends no sentence: titles, and the single capitals of initials and U.S.
TITLES = ("Mr", "Mrs", "Ms", "Dr", "St", "Gen", "Sen", "Rep", "Gov", "Col", "Lt", "Prof", "No")
_NO_END = re.compile(rf"(?:\b(?:{'|'.join(TITLES)})|(?<![^\W_])[A-Z])\Z")


def sentences(text: str, low: int, high: int) -> list[int]:
    """Where sentences begin, from `low` up to `high`, both included, as if the whole text had been read."""
    # No end of a sentence has a letter or digit in it: to read from behind one to behind another is to miss nothing.
    first = max(0, low)
    while first and not text[first - 1].isalnum():
        first -= 1
    last = high + 1
    while last < len(text) and not text[last - 1].isalnum():
        last += 1
    starts = [0] if low <= 0 else []
    for match in _SENTENCE_END.finditer(text, first, last):
        end = match.end()
        if low <= end <= high:
            stop = match.start()
            if text[stop] != "." or _NO_END.search(text, max(0, stop - 6), stop) is None:
                starts.append(end)
    return starts


class PassageCutter:
    """A text and where one may begin and end in it."""

    def __init__(self, text: str, words: Words) -> None:
        self.text = text
        self._words = words

    def passage(self, start: int, end: int, bounds: Span, width: int) -> Span:
        """The span to show around `start` to `end`, within `bounds`."""
        end = min(end, start + 2 * width)  # a run of far-apart words is cut
        near = sentences(self.text, max(bounds[0], end - width), start + width + 1)
        begin = self.start(start, end, bounds[0], width, near)
        stop = self.end(begin, end, bounds[1], width, near)
        # Near the end of the text there may be room for the sentences before.
        first = bisect_left(near, max(bounds[0], stop - width))
        if first < len(near) and near[first] < begin:
            begin = near[first]
        return begin, stop

    def start(self, start: int, end: int, low: int, width: int, near: Sequence[int]) -> int:
        """Where a passage around `start` to `end` begins: its sentence if that fits, else a few words before."""
        index = bisect_right(near, start)
        if index and near[index - 1] >= max(low, end - width):
            return near[index - 1]
        target = max(low, start - max(0, width - (end - start)) // 3)
        for place in range(target, start):
            if place == low or self.text[place - 1].isspace():
                return place
        starts, _ = self._words()
        word = bisect_left(starts, target)
        return min(starts[word], start) if word < len(starts) else start

    def end(self, begin: int, end: int, high: int, width: int, near: Sequence[int]) -> int:
        """Where a passage ends: with a sentence in the last part of its width, else with a word."""
        target = begin + width
        if high <= target:
            return high
        index = bisect_right(near, target + 1)
        if index and near[index - 1] >= max(end, begin + width * 6 // 10):
            return near[index - 1]
        for place in range(min(target, high), end, -1):
            if self.text[place].isspace():
                return place
        _, ends = self._words()
        word = bisect_right(ends, target) - 1
        return max(ends[word], end) if word >= 0 else max(target, end)


def _place(text: str, start: int, place: int) -> int:
    """Where in the fragment that begins at `start` this place of the text is, which is no white space."""
    before = text[start:place]
    parts = before.split()
    between = bool(parts) and before[-1].isspace()
    return len(" ".join(parts)) + between


def _trimmed(text: str, start: int, end: int) -> Span:
    """A span without the white space at its ends: a run that was cut may end in some."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
