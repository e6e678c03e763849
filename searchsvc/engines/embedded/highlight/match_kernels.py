"""Match kernels: where the word leaves of a query match in the tokens of a text.

The matches are those of `text.matching` for words, for words in a row (a phrase), and for tests of a word (a prefix or
fuzzy word). Phrases with a slop match in windows, which `query_leaves` finds and `find_matches` takes.

A leaf has a **slot** for each of its words, or one for its test. The slots of a leaf have consecutive numbers. Which
forms match a slot is looked up once a page, so that a token costs one look at its form.

Not for what is shown of a text: `passage_kernels` choose that by the matches.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.jit import Matrix, inlined, part, whole

_FILTER_BITS = 1023  # of a form: a filter of one hash, that most forms of a text do not pass


class QueryLeaves(NamedTuple):
    """What a query looks for. Form `forms[i]` matches `slots[first_slot[i]:first_slot[i + 1]]`, ascending."""

    forms: Int64s  # that match any slot, ascending
    first_slot: Int64s  # one more than there are forms
    slots: Int64s
    leaf_of_slot: Int64s
    lengths: Int64s  # slots of each leaf; 0 for a leaf that matches in windows
    in_field: Matrix[np.bool_]  # fields x leaves: whether a leaf is looked for in a field
    windows: Matrix[np.int64]  # windows x 4: number of the text, start, end and leaf, ascending
    max_matches: int  # of one leaf in one text


class Text(NamedTuple):
    """One text of a page."""

    number: int
    field: int
    points: Uint32s  # code points
    classes: Uint8s  # of each code point there is: `sentence_kernels`
    positions: Uint32s  # of each token, as `Tokens` has them; starts and ends too
    starts: Uint32s
    ends: Uint32s
    form_rows: Int64s  # of each token the index of its form in `QueryLeaves.forms`; -1 for none


class Matches(NamedTuple):
    """Matches in a text, ascending by start, end and leaf: spans in code points."""

    starts: Int64s
    ends: Int64s
    leaves: Int64s


@part
def form_rows_of(token_forms: Uint32s, query: QueryLeaves) -> tuple[Int64s, int]:
    """`Text.form_rows` of the forms of all tokens, and the number of their slots: matches of words are not more."""
    forms, first_slot = query.forms, query.first_slot
    form_rows = np.empty(len(token_forms), np.int64)
    may_match = np.zeros(_FILTER_BITS + 1, np.bool_)
    for form in forms:
        may_match[form & _FILTER_BITS] = True
    slots = whole(0)
    for i in range(len(form_rows)):
        form_rows[i] = -1
        form = whole(token_forms[i])
        if may_match[form & _FILTER_BITS]:
            low, high = 0, len(forms)
            while low < high:
                middle = (low + high) // 2
                if forms[middle] < form:
                    low = middle + 1
                else:
                    high = middle
            if low < len(forms) and forms[low] == form:
                form_rows[i] = low
                slots += first_slot[low + 1] - first_slot[low]
    return form_rows, slots


@part
def find_matches(text: Text, query: QueryLeaves, window: int, counts: Int64s, matches: Matches) -> tuple[int, int]:
    """Write the matches of a text, at most `max_matches` of each leaf, and the windows from number `window` on.

    Returns how many matches there are, and the number of the first window of a later text. `counts` is memory with one
    entry for each leaf.
    """
    # Arrays are taken out of their tuples once: within the loop, references to them would be counted.
    starts, ends, positions, form_rows = text.starts, text.ends, text.positions, text.form_rows
    first_slot, slots, leaf_of_slot = query.first_slot, query.slots, query.leaf_of_slot
    lengths, is_sought, windows = query.lengths, query.in_field[text.field], query.windows
    counts[:] = 0
    count = whole(0)
    for i in range(len(form_rows)):
        row = form_rows[i]
        if row < 0:
            continue
        start = whole(starts[i])
        first = count  # of the matches with this start
        for k in range(first_slot[row], first_slot[row + 1]):
            slot = slots[k]
            leaf = leaf_of_slot[slot]
            end = i + lengths[leaf]
            if (
                i < end <= len(form_rows)
                and is_sought[leaf]
                and counts[leaf] < query.max_matches
                and (slot == 0 or leaf_of_slot[slot - 1] != leaf)
                and (end == i + 1 or _match_in_row(positions, form_rows, i, end, first_slot, slots, slot))
            ):
                counts[leaf] += 1
                count = _insert(matches, first, count, start, whole(ends[end - 1]), leaf)
        while window < len(windows) and windows[window, 0] == text.number and windows[window, 1] == start:
            count = _insert(matches, first, count, start, windows[window, 2], windows[window, 3])
            window += 1
    return count, window


@part
def _match_in_row(
    positions: Uint32s, form_rows: Int64s, i: int, end: int, first_slot: Int64s, slots: Int64s, slot: int
) -> bool:
    """Whether tokens `i` to `end` have consecutive positions and match the slots from `slot` on, as token i does."""
    if whole(positions[end - 1]) - whole(positions[i]) != end - 1 - i:
        return False
    for j in range(i + 1, end):
        row = form_rows[j]
        is_match = False
        if row >= 0:
            for k in range(first_slot[row], first_slot[row + 1]):
                is_match |= slots[k] == slot + j - i
        if not is_match:
            return False
    return True


@inlined
def _insert(matches: Matches, first: int, count: int, start: int, end: int, leaf: int) -> int:
    """Insert a match in order; those from `first` on have the same start. Returns how many there are then."""
    ends, leaves = matches.ends, matches.leaves
    i = count
    while i > first and (ends[i - 1] > end or (ends[i - 1] == end and leaves[i - 1] > leaf)):
        ends[i], leaves[i] = ends[i - 1], leaves[i - 1]
        i -= 1
    matches.starts[count], ends[i], leaves[i] = start, end, leaf
    return count + 1
