"""Fragment kernels: from the texts and tokens of a page to the fragments that are shown of each text, in one call.

Each step gives what its plain twin in `text` gives: matches (`match_kernels`), passages (`passage_kernels`), and here
the fragment of a passage (`passages.fragment`): white space is single spaces, overlapping matches are one highlight.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.embedded.analysis.tokens import Tokens
from searchsvc.engines.embedded.highlight.match_kernels import (
    Matches,
    QueryLeaves,
    Text,
    find_matches,
    form_rows_of,
)
from searchsvc.engines.embedded.highlight.passage_kernels import choose_passages, lead_of, scratch_of
from searchsvc.engines.embedded.highlight.sentence_kernels import SPACE
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.jit import Matrix, kernel, part, whole

# The numbers of a fragment before its highlights: start and end in the text, whether it is shown as printed, and the
# number of highlights.
HEAD = 4

_BLANK = ord(" ")


class PageTexts(NamedTuple):
    """The texts of a page, one after the other."""

    sizes: Matrix[np.int64]  # texts x 3: number of code points, number of tokens, field
    points: Uint32s  # code points of all
    token_rows: Matrix[np.uint32]  # the rows of a `TokenMatrix` of all
    classes: Uint8s  # of the code points: `sentence_kernels`


class FragmentLayout(NamedTuple):
    """What is shown of a text."""

    is_whole: Mask  # of each field: the whole text as one fragment, else its best passages, or its lead for no match
    fragments: int  # passages at most
    width: int  # of a passage, in code points, about


@kernel
def fragments_of_page(page: PageTexts, query: QueryLeaves, layout: FragmentLayout) -> Int64s:
    """The fragments of each text, as numbers in a row.

    For each text: how many fragments it has, and for each of them HEAD numbers, then the start and end of each of its
    highlights. A fragment of a whole text is the text as printed. A passage is given without white space at its ends,
    and its highlights are spans of what is shown of it, with single spaces.
    """
    fragments, width = layout.fragments, layout.width
    tokens = Tokens(page.token_rows[0], page.token_rows[1], page.token_rows[2], page.token_rows[3])
    form_rows, most = form_rows_of(tokens.forms, query)
    most += len(query.windows)
    found = Matches(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64))
    counts = np.empty(len(query.lengths), np.int64)
    scratch = scratch_of(len(query.lengths), fragments, width)
    output = np.empty((1 + HEAD * max(1, fragments)) * len(page.sizes) + 2 * max(1, fragments) * most, np.int64)
    at = point = token = window = whole(0)
    for number in range(len(page.sizes)):
        last_point, last_token = point + page.sizes[number, 0], token + page.sizes[number, 1]
        field = page.sizes[number, 2]
        text = Text(
            number,
            field,
            page.points[point:last_point],
            page.classes,
            tokens.positions[token:last_token],
            tokens.starts[token:last_token],
            tokens.ends[token:last_token],
            form_rows[token:last_token],
        )
        count, window = find_matches(text, query, window, counts, found)
        matches = Matches(found.starts[:count], found.ends[:count], found.leaves[:count])
        if layout.is_whole[field]:
            output[at] = 1
            at = _write_whole(len(text.points), matches, output, at + 1)
        elif count:
            passages = choose_passages(text, matches, width, scratch)
            output[at] = passages
            at += 1
            for i in range(passages):
                start, end = scratch.passages[i, 0], scratch.passages[i, 1]
                at = _write_passage(text.points, page.classes, start, end, matches, output, at)
        else:
            start, end = lead_of(text, width, scratch.sentences)
            output[at] = start < end
            at += 1
            if start < end:
                at = _write_passage(text.points, page.classes, start, end, matches, output, at)
        point, token = last_point, last_token
    return output[:at]


@part
def _write_whole(size: int, matches: Matches, output: Int64s, at: int) -> int:
    """Write a text of this size as one fragment at `at`; returns where the next number goes."""
    end = _write_merged(matches, whole(0), size, output, at + HEAD)
    output[at], output[at + 1], output[at + 2], output[at + 3] = 0, size, 1, (end - at - HEAD) // 2
    return end


@part
def _write_passage(
    points: Uint32s, classes: Uint8s, start: int, end: int, matches: Matches, output: Int64s, head: int
) -> int:
    """Write a passage as a fragment at `head` (`passages.fragment`); returns where the next number goes.

    The merged matches are written first; each is then replaced by its span in what is shown, of which there may be
    fewer.
    """
    start, end = _trimmed(points, classes, start, end)
    merged_end = _write_merged(matches, start, end, output, head + HEAD)
    at = head + HEAD
    last, shown_last = start, whole(0)  # the end of the last highlight, in the text and in what is shown
    for i in range(head + HEAD, merged_end, 2):
        a, b = _trimmed(points, classes, max(output[i], start), min(output[i + 1], end))
        if a < b:
            output[at] = shown_last + _shown_size(points, classes, last, a)
            last, shown_last = b, output[at] + _shown_size(points, classes, a, b)
            output[at + 1] = shown_last
            at += 2
    is_as_printed = _shown_size(points, classes, start, end) == end - start
    for i in range(start, end):
        is_as_printed &= points[i] == _BLANK or not classes[points[i]] & SPACE
    output[head], output[head + 1], output[head + 2] = start, end, is_as_printed
    output[head + 3] = (at - head - HEAD) // 2
    return at


@part
def _write_merged(matches: Matches, start: int, end: int, output: Int64s, at: int) -> int:
    """Write the spans of matches that reach into `start` to `end`, overlapping ones merged (`passages.merged`)."""
    first = at
    starts, ends = matches.starts, matches.ends
    for i in range(len(starts)):
        if starts[i] < end and ends[i] > start:
            if at > first and starts[i] < output[at - 1]:
                output[at - 1] = max(output[at - 1], ends[i])
            else:
                output[at], output[at + 1] = starts[i], ends[i]
                at += 2
    return at


@part
def _trimmed(points: Uint32s, classes: Uint8s, start: int, end: int) -> tuple[int, int]:
    """A span without the white space at its ends."""
    while start < end and classes[points[start]] & SPACE:
        start += 1
    while end > start and classes[points[end - 1]] & SPACE:
        end -= 1
    return start, end


@part
def _shown_size(points: Uint32s, classes: Uint8s, start: int, end: int) -> int:
    """The length of a span with single spaces, when no white space is before it."""
    size = whole(0)
    was_space = False
    for i in range(start, end):
        is_space = classes[points[i]] & SPACE != 0
        size += not (is_space and was_space)
        was_space = is_space
    return size
