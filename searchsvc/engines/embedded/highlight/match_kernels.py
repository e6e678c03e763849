"""Finding: the part of `choosing` that makes marks of tokens: where the leaves of a query occur in a text.

It gives what `text.matching` does for words, runs of words and tests of words; words within a slop are given to it.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import part, whole

Rows = NDArray[np.uint32]
Ints = NDArray[np.int64]


@part
def groups_of(rows: Rows, wanted: Ints, firsts: Ints) -> tuple[Ints, int]:
    """Of each token its form's index in `wanted`, -1 for none; and how many parts all of them match."""
    groups = np.empty(rows.shape[1], np.int64)
    maybe = np.zeros(1024, np.bool_)  # by the lowest bits: most tokens are none of these
    for form in wanted:
        maybe[form & 1023] = True
    matches = 0
    for i in range(rows.shape[1]):
        groups[i] = -1
        form = whole(rows[0, i])
        if maybe[form & 1023]:
            low, high = 0, len(wanted)
            while low < high:
                middle = (low + high) // 2
                if wanted[middle] < form:
                    low = middle + 1
                else:
                    high = middle
            if low < len(wanted) and wanted[low] == form:
                groups[i] = low
                matches += firsts[low + 1] - firsts[low]
    return groups, matches


@part
def mark(
    rows: Rows, token: int, last: int, groups: Ints, firsts: Ints, parts: Ints, leaf_of: Ints, lengths: Ints,
    asked: NDArray[np.bool_], field: int, number: int, spans: Ints, span: int, considered: int, counts: Ints,
    marks: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Write the marks of a text in ascending order, the first `considered` of each leaf.

    Returns how many there are, and the first of the `spans` that is not this text's.
    """
    for leaf in range(len(counts)):
        counts[leaf] = 0
    count = whole(0)
    for i in range(token, last):
        group = groups[i]
        if group < 0:
            continue
        start = whole(rows[2, i])
        begin = count
        for k in range(firsts[group], firsts[group + 1]):
            leaf = leaf_of[parts[k]]
            end = i + lengths[leaf]
            if (
                i < end <= last
                and asked[field, leaf]
                and counts[leaf] < considered
                and (parts[k] == 0 or leaf_of[parts[k] - 1] != leaf)
                and _is_row(rows, i, end, groups, firsts, parts, parts[k])
            ):
                counts[leaf] += 1
                count = _put_mark(marks, begin, count, start, whole(rows[3, end - 1]), leaf)
        while span < len(spans) and spans[span, 0] == number and spans[span, 1] == start:
            count = _put_mark(marks, begin, count, start, spans[span, 2], spans[span, 3])
            span += 1
    return count, span


@part
def _is_row(rows: Rows, i: int, end: int, groups: Ints, firsts: Ints, parts: Ints, of_first: int) -> bool:
    """Whether the tokens from `i` up to `end` follow each other and match the parts from `of_first` on, as `i` does."""
    if whole(rows[1, end - 1]) - whole(rows[1, i]) != end - 1 - i:
        return False
    for j in range(i + 1, end):
        has = False
        if groups[j] >= 0:
            for k in range(firsts[groups[j]], firsts[groups[j] + 1]):
                has |= parts[k] == of_first + j - i
        if not has:
            return False
    return True


@part
def _put_mark(marks: Ints, begin: int, count: int, start: int, end: int, leaf: int) -> int:
    """Put it among the marks from `begin` on, which have the same start; how many marks there are then."""
    place = count
    while place > begin and (marks[1, place - 1] > end or (marks[1, place - 1] == end and marks[2, place - 1] > leaf)):
        marks[1, place], marks[2, place] = marks[1, place - 1], marks[2, place - 1]
        place -= 1
    marks[0, count], marks[1, place], marks[2, place] = start, end, leaf
    return count + 1
