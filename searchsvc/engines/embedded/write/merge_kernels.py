"""The loops of a merge: postings of one segment copied into those of the merged one, under new numbers.

The clear twin is a segment built of the live articles at once (tests/engines/embedded/write/test_merger.py).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.jit import Out, inlined, kernel, part, whole
from searchsvc.engines.embedded.postings.blocks import read_block
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK, Patterns, Postings
from searchsvc.engines.embedded.postings.positions import copy_positions, skip_positions
from searchsvc.engines.embedded.postings.tf_patterns import (
    PatternKeys,
    PatternTable,
    TermFrequencies,
    count_use,
    enlarged,
    has_room,
)
from searchsvc.engines.embedded.postings.writer import UnpackedPostings

DELETED = 0xFFFFFFFF  # instead of a docid


class NumberMap(NamedTuple):
    """What the numbers of one source segment become in the merged segment."""

    docids: Docids  # DELETED for a deleted document
    stem_classes: NDArray[np.uint32]  # ascending
    forms: NDArray[np.uint32]  # of each form: its number within its stem class
    first_form: NDArray[np.uint32]  # of each stem class of the source; one more at the end
    has_same_forms: (
        Mask  # by stem class of the source: all forms keep their numbers within it, so patterns are the same
    )
    patterns: Out[np.int32]  # in stem classes with the same forms; below 0: not looked up yet. Filled while copying


class _BlockRoom(NamedTuple):
    """Room for the postings of a block, and for the entries of one pattern."""

    docids: Docids
    patterns: Patterns
    keys: PatternKeys
    tfs: TermFrequencies


@kernel
def add_patterns(table: PatternTable, postings: Postings, uses: NDArray[np.int64]) -> PatternTable:
    """The table with the patterns of a source segment added, and their uses there."""
    for pattern in range(uses.size):
        start, end = whole(postings.pattern_start[pattern]), whole(postings.pattern_start[pattern + 1])
        if not has_room(table, 1, end - start):
            table = enlarged(table, end - start)
        added = count_use(table, postings.pattern_keys[start:end], postings.pattern_tfs[start:end], end - start)
        table.uses[added] += uses[pattern] - 1
    return table


@kernel
def copy_stem_classes(
    postings: Postings, first: int, end: int, numbers: NumberMap, low: int, merged: UnpackedPostings,
    table: PatternTable,
) -> PatternTable:  # fmt: skip
    """Append the live postings of the source's stem classes `first` to `end` to their lists in `merged`.

    `merged` has the stem classes of the merged segment from `low` on; its `ends` and `position_ends` move. Returns the
    table with new patterns added.
    """
    longest = _longest_pattern(postings)
    block = _BlockRoom(
        np.empty(BLOCK, np.uint32),
        np.empty(BLOCK, np.uint32),
        np.empty(longest, np.uint32),
        np.empty(longest, np.uint32),
    )
    for stem_class in range(first, end):
        target = whole(numbers.stem_classes[stem_class]) - low
        for number in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
            while not has_room(table, BLOCK, BLOCK * longest):
                table = enlarged(table, BLOCK * longest)
            _copy_block(postings, stem_class, number, numbers, target, merged, table, block)
    return table


@part
def _longest_pattern(postings: Postings) -> int:
    """The most entries of any pattern, at least 1."""
    longest = 1
    for pattern in range(postings.pattern_start.size - 1):
        longest = max(longest, whole(postings.pattern_start[pattern + 1]) - whole(postings.pattern_start[pattern]))
    return longest


@part
def _copy_block(
    postings: Postings, stem_class: int, number: int, numbers: NumberMap, target: int, merged: UnpackedPostings,
    table: PatternTable, block: _BlockRoom,
) -> None:  # fmt: skip
    """Append the live postings of block `number` to list `target` of `merged`; the table has room for their patterns.

    No array is replaced here, and patterns are looked up in the loop itself: elsewhere numba counts references to each
    array for each posting, which takes four times as long.
    """
    count = read_block(postings, stem_class, number, block.docids, block.patterns, 0)
    posting, position_end = merged.ends[target], merged.position_ends[target]
    at = whole(postings.position_start[number])
    first_form = whole(numbers.first_form[stem_class])
    has_same_forms = numbers.has_same_forms[stem_class]
    for i in range(count):
        pattern = block.patterns[i]
        positions = whole(postings.pattern_tf_sums[pattern])
        docid = numbers.docids[block.docids[i]]
        if docid == DELETED:
            at = skip_positions(postings.position_bytes, at, positions)
            continue
        merged.docids[posting] = docid
        mapped = whole(numbers.patterns[pattern]) if has_same_forms else whole(-1)
        if mapped >= 0:
            table.uses[mapped] += 1
        else:
            entries = _map_entries(postings, whole(pattern), first_form, numbers, block)
            mapped = count_use(table, block.keys, block.tfs, entries)
            if has_same_forms:
                numbers.patterns[pattern] = mapped
        merged.patterns[posting] = mapped
        merged.position_starts[posting] = position_end
        posting += 1
        at, position_end = copy_positions(postings.position_bytes, at, positions, merged.position_bytes, position_end)
    merged.ends[target], merged.position_ends[target] = posting, position_end


@inlined
def _map_entries(postings: Postings, pattern: int, first_form: int, numbers: NumberMap, block: _BlockRoom) -> int:
    """Write the entries of a source's pattern with their forms' new numbers into the block; how many they are.

    The forms of its stem class begin at `first_form` of the source.
    """
    start, end = whole(postings.pattern_start[pattern]), whole(postings.pattern_start[pattern + 1])
    for entry in range(start, end):
        key = postings.pattern_keys[entry]
        form = numbers.forms[first_form + whole(key >> FIELD_BITS)]
        block.keys[entry - start] = form << FIELD_BITS | key & FIELD_MASK
        block.tfs[entry - start] = postings.pattern_tfs[entry]
    return end - start
