"""Passage kernels: which passages of a text to show around its matches, as `text.passages.best_passages` chooses them.

A passage grows around a **run** of consecutive matches that fits its width, to the borders of sentences or of words.
The best run has most leaves that no passage has yet, then most leaves, then is the shortest, then the first.

Not for finding matches (`match_kernels`) nor for how a passage is shown (`fragment_kernels`).
"""

from typing import NamedTuple

import numpy as np

from searchsvc.engines.embedded.highlight.match_kernels import Matches, Text
from searchsvc.engines.embedded.highlight.sentence_kernels import SPACE, sentence_starts
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.jit import part, whole


class Scratch(NamedTuple):
    """Memory that the texts of a page use in turn."""

    is_covered: Int64s  # of each leaf: 1 when a chosen passage has it
    run_of: Int64s  # of each leaf: the last run that has it
    sentences: Int64s  # starts of sentences near a passage
    passages: Int64s  # passages x 2: start and end


@part
def scratch_of(leaves: int, fragments: int, width: int) -> Scratch:
    """Memory for texts with up to `fragments` passages of about `width` code points."""
    return Scratch(
        np.empty(leaves, np.int64),
        np.empty(leaves, np.int64),
        np.empty(2 * width + 8, np.int64),
        np.empty((fragments, 2), np.int64),
    )


@part
def choose_passages(text: Text, matches: Matches, width: int, scratch: Scratch) -> int:
    """Write the best passages to `scratch.passages`, in the order of the text; returns how many there are."""
    passages, is_covered = scratch.passages, scratch.is_covered
    starts, ends, leaves = matches.starts, matches.ends, matches.leaves
    is_covered[:] = 0
    count = whole(0)
    while count < len(passages):
        start, end = _best_run(matches, passages[:count], width, scratch)
        if end < 0:
            break
        low, high = whole(0), len(text.points)
        for i in range(count):
            if passages[i, 1] <= start:
                low = max(low, passages[i, 1])
            if passages[i, 0] >= end:
                high = min(high, passages[i, 0])
        start, end = _passage_around(text, start, end, low, high, width, scratch.sentences)
        for i in range(len(starts)):
            if start <= starts[i] < end and ends[i] <= end:
                is_covered[leaves[i]] = 1
        _insert(passages, count, start, end)
        count += 1
    return count


@part
def _insert(passages: Int64s, count: int, start: int, end: int) -> None:
    """Insert a passage in ascending order."""
    i = count
    while i > 0 and (passages[i - 1, 0] > start or (passages[i - 1, 0] == start and passages[i - 1, 1] > end)):
        passages[i, 0], passages[i, 1] = passages[i - 1, 0], passages[i - 1, 1]
        i -= 1
    passages[i, 0], passages[i, 1] = start, end


@part
def _best_run(matches: Matches, passages: Int64s, width: int, scratch: Scratch) -> tuple[int, int]:
    """The span of the best run of matches outside the passages (`passages._best_core`); -1 and -1 for none.

    A run is known by its first match, and goes on to the last match that adds a leaf and still fits. When the best so
    far has all leaves, only a shorter one is better: runs that cannot be shorter are passed over.
    """
    starts, ends, leaves = matches.starts, matches.ends, matches.leaves
    is_covered, run_of = scratch.is_covered, scratch.run_of
    size = len(starts)
    run_of[:] = -1
    all_leaves = all_new = whole(0)
    shortest = ends[0] - starts[0]
    for i in range(size):
        shortest = min(shortest, ends[i] - starts[i])
        leaf = leaves[i]
        if run_of[leaf] < 0:
            run_of[leaf] = size
            all_leaves += 1
            all_new += 1 - is_covered[leaf]
    best_start = best_end = best_new = whole(-1)
    best_leaves = best_length = whole(0)
    for i in range(size):
        start, end, leaf = starts[i], ends[i], leaves[i]
        last_end = last_start = start + width
        if best_new == all_new and best_leaves == all_leaves:
            if best_length <= shortest:
                break
            last_start = start + best_length
            if i + all_leaves > size or starts[i + all_leaves - 1] > last_start:
                continue
        is_free = True
        for k in range(len(passages)):
            is_free &= start >= passages[k, 1] or passages[k, 0] >= end
            if passages[k, 0] > start:
                last_end = min(last_end, passages[k, 0])
        if not is_free:
            continue
        run_of[leaf] = i
        new, found = 1 - is_covered[leaf], whole(1)
        j = i + 1
        while found < all_leaves and j < size and ends[j] <= last_end and starts[j] <= last_start:
            leaf = leaves[j]
            if run_of[leaf] != i:
                run_of[leaf] = i
                new += 1 - is_covered[leaf]
                found += 1
                end = max(end, ends[j])
            j += 1
        length = end - start
        if (
            new > best_new
            or (new == best_new and found > best_leaves)
            or (new == best_new and found == best_leaves and length < best_length)
        ):
            best_start, best_end = start, end
            best_new, best_leaves, best_length = new, found, length
    return best_start, best_end


@part
def _passage_around(
    text: Text, start: int, end: int, low: int, high: int, width: int, sentences: Int64s
) -> tuple[int, int]:
    """The passage around a run, between `low` and `high` (`passages.Page.passage`)."""
    end = min(end, start + 2 * width)
    count = sentence_starts(text.points, text.classes, max(low, end - width), start + width + 1, sentences)
    near = sentences[:count]
    begin = _start_of(text.points, text.classes, text.starts, start, end, low, width, near)
    stop = _end_of(text.points, text.classes, text.ends, begin, end, high, width, near)
    earliest = max(low, stop - width)
    for i in range(len(near)):
        if near[i] >= earliest:
            begin = min(begin, near[i])
            break
    return begin, stop


@part
def _start_of(
    points: Uint32s,
    classes: Uint8s,
    token_starts: Uint32s,
    start: int,
    end: int,
    low: int,
    width: int,
    sentences: Int64s,
) -> int:
    """Where a passage starts: with its sentence if that fits, else some words before (`passages.Page.start`)."""
    i = len(sentences) - 1
    while i >= 0 and sentences[i] > start:
        i -= 1
    if i >= 0 and sentences[i] >= max(low, end - width):
        return whole(sentences[i])
    target = max(low, start - max(0, width - (end - start)) // 3)
    for at in range(target, start):
        if at == low or classes[points[at - 1]] & SPACE:
            return at
    for token in range(len(token_starts)):
        if whole(token_starts[token]) >= target:
            return min(whole(token_starts[token]), start)
    return start


@part
def _end_of(
    points: Uint32s,
    classes: Uint8s,
    token_ends: Uint32s,
    begin: int,
    end: int,
    high: int,
    width: int,
    sentences: Int64s,
) -> int:
    """Where a passage ends: with a sentence in the last part of its width, else with a word (`passages.Page.end`)."""
    target = begin + width
    if high <= target:
        return high
    i = len(sentences) - 1
    while i >= 0 and sentences[i] > target + 1:
        i -= 1
    if i >= 0 and sentences[i] >= max(end, begin + width * 6 // 10):
        return whole(sentences[i])
    for at in range(target, end, -1):
        if classes[points[at]] & SPACE:
            return at
    for token in range(len(token_ends) - 1, -1, -1):
        if whole(token_ends[token]) <= target:
            return max(whole(token_ends[token]), end)
    return max(target, end)


@part
def lead_of(text: Text, width: int, sentences: Int64s) -> tuple[int, int]:
    """The passage of `snippets.lead`: what a text begins with, words not looked at; empty when all is white space."""
    points, classes = text.points, text.classes
    start = whole(0)
    while start < len(points) and classes[points[start]] & SPACE:
        start += 1
    seen = points[start : start + 2 * width + 100]
    none = whole(0)
    count = sentence_starts(seen, classes, none, width + 1, sentences)
    end = _end_of(seen, classes, text.ends[:0], none, none, len(seen), width, sentences[:count])
    return start, start + end
