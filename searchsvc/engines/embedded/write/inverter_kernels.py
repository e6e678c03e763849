"""The loops of the inverter: tokens in the order of the text become postings lists.

`group_tokens` sorts the tokens by stem class, with one counting sort; `build_postings` makes a posting of the tokens of
each document. The clear twin of both is in tests/engines/embedded/write/test_inverter.py.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import Matrix, Out, kernel, part, whole
from searchsvc.engines.embedded.postings.format import FIELD_BITS
from searchsvc.engines.embedded.postings.positions import put_gap
from searchsvc.engines.embedded.postings.tf_patterns import (
    PatternKeys,
    PatternTable,
    TermFrequencies,
    count_use,
    enlarged,
    has_room,
)
from searchsvc.engines.embedded.postings.writer import UnpackedPostings

FormNumbers = NDArray[np.uint32]  # by token: indices of a sequence of forms
Positions = NDArray[np.uint32]  # of tokens, in words from the beginning of their field
FieldLengths = Matrix[np.uint32]  # tokens in each text field: a row for each document, a column for each field

GAP_BYTES = 5  # the most that a gap between positions takes


class FormMap(NamedTuple):
    """Of each form its stem class in the dictionary, and its number within the stem class."""

    stem_classes: NDArray[np.uint32]
    numbers: NDArray[np.uint32]


class GroupedTokens(NamedTuple):
    """Tokens by stem class: those of stem class c are `starts[c]` to `starts[c + 1]`, ascending by location."""

    starts: NDArray[np.int64]
    locations: Out[np.uint64]  # docid << 32 | position
    keys: Out[np.uint32]


class _Entries(NamedTuple):
    """Room for the entries of one pattern."""

    keys: PatternKeys
    tfs: TermFrequencies


@kernel
def group_tokens(
    forms: FormNumbers, positions: Positions, lengths: FieldLengths, form_map: FormMap, stem_classes: int
) -> GroupedTokens:
    """Sort the tokens of all documents by stem class; within one they stay in the order of docid, field and position.

    `forms` and `positions` have the tokens of the first field of document 0, of its second field, and so on.
    """
    starts = np.zeros(stem_classes + 1, np.int64)
    for token in range(forms.size):
        starts[form_map.stem_classes[forms[token]] + 1] += 1
    for stem_class in range(stem_classes):
        starts[stem_class + 1] += starts[stem_class]
    next_free = starts[:-1].copy()
    locations, keys = np.empty(forms.size, np.uint64), np.empty(forms.size, np.uint32)
    token = 0
    for docid in range(lengths.shape[0]):
        document = np.uint64(docid) << np.uint64(32)
        for field in range(lengths.shape[1]):
            for _ in range(lengths[docid, field]):
                form = forms[token]
                stem_class = form_map.stem_classes[form]
                at = next_free[stem_class]
                next_free[stem_class] = at + 1
                locations[at] = document | np.uint64(positions[token])
                keys[at] = form_map.numbers[form] << np.uint32(FIELD_BITS) | np.uint32(field)
                token += 1
    return GroupedTokens(starts, locations, keys)


@kernel
def build_postings(tokens: GroupedTokens, table: PatternTable) -> tuple[UnpackedPostings, PatternTable]:
    """One posting for each document of each stem class, and the table with their patterns added.

    Sorts `tokens` within postings by key, in place.
    """
    stem_classes, size = tokens.starts.size - 1, tokens.keys.size
    postings = UnpackedPostings(
        np.empty(stem_classes, np.int64),
        np.empty(stem_classes, np.int64),
        np.empty(size, np.uint32),
        np.empty(size, np.uint32),
        np.empty(size, np.int64),
        np.empty(stem_classes, np.int64),
        np.empty(size * 2 + 64, np.uint8),
    )
    entries = _Entries(np.empty(64, np.uint32), np.empty(64, np.uint32))
    count = position_end = 0
    for stem_class in range(stem_classes):
        postings.starts[stem_class] = count
        token, end = tokens.starts[stem_class], tokens.starts[stem_class + 1]
        while True:
            token, count, position_end = _append_postings(
                tokens, token, end, postings, count, position_end, table, entries
            )
            if token == end:
                break
            needed = _end_of_document(tokens.locations, token, end) - token
            table, postings, entries = _enlarge(table, postings, entries, position_end, needed)
        postings.ends[stem_class], postings.position_ends[stem_class] = count, position_end
    shortened = UnpackedPostings(
        postings.starts,
        postings.ends,
        postings.docids[:count],
        postings.patterns[:count],
        postings.position_starts[:count],
        postings.position_ends,
        postings.position_bytes[:position_end],
    )
    return shortened, table


@part
def _append_postings(
    tokens: GroupedTokens, token: int, end: int, postings: UnpackedPostings, count: int, position_end: int,
    table: PatternTable, entries: _Entries,
) -> tuple[int, int, int]:  # fmt: skip
    """Append the postings of the tokens from `token` to `end` of a stem class, for as long as there is room.

    `count` postings and `position_end` bytes of positions are there so far. Returns the first token without a posting,
    and both as they are then. Enlarging is not done here: numba counts references at each use of an array that may be
    replaced.
    """
    locations, keys = tokens.locations, tokens.keys
    while token < end:
        document = locations[token] >> np.uint64(32)
        stop = token + 1
        is_sorted = True
        while stop < end and locations[stop] >> np.uint64(32) == document:
            is_sorted &= keys[stop] >= keys[stop - 1]
            stop += 1
        needed = stop - token
        if (
            entries.keys.size < needed
            or postings.position_bytes.size < position_end + GAP_BYTES * needed
            or not has_room(table, 1, needed)
        ):
            break
        if not is_sorted:
            _sort_by_key(locations[token:stop], keys[token:stop])
        postings.docids[count], postings.position_starts[count] = document, position_end
        used = 0  # entries
        last_position = 0
        for i in range(token, stop):
            if used == 0 or entries.keys[used - 1] != keys[i]:
                entries.keys[used], entries.tfs[used] = keys[i], 0
                used += 1
                last_position = 0
            entries.tfs[used - 1] += 1
            position = whole(locations[i] & np.uint64(0xFFFFFFFF))
            position_end = put_gap(postings.position_bytes, position_end, position - last_position)
            last_position = position
        postings.patterns[count] = count_use(table, entries.keys, entries.tfs, used)
        count += 1
        token = stop
    return token, count, position_end


@part
def _end_of_document(locations: NDArray[np.uint64], token: int, end: int) -> int:
    """The first token up to `end` that is of another document than `token`."""
    stop = token + 1
    while stop < end and locations[stop] >> np.uint64(32) == locations[token] >> np.uint64(32):
        stop += 1
    return stop


@part
def _enlarge(
    table: PatternTable, postings: UnpackedPostings, entries: _Entries, position_end: int, tokens: int
) -> tuple[PatternTable, UnpackedPostings, _Entries]:
    """All three with room for a posting of so many tokens; `position_end` bytes of positions are kept."""
    if entries.keys.size < tokens:
        entries = _Entries(np.empty(2 * tokens, np.uint32), np.empty(2 * tokens, np.uint32))
    if not has_room(table, 1, tokens):
        table = enlarged(table, tokens)
    position_bytes = postings.position_bytes
    if position_bytes.size < position_end + GAP_BYTES * tokens:
        position_bytes = np.empty(position_bytes.size * 3 // 2 + GAP_BYTES * tokens, np.uint8)
        position_bytes[:position_end] = postings.position_bytes[:position_end]
    wider = UnpackedPostings(
        postings.starts,
        postings.ends,
        postings.docids,
        postings.patterns,
        postings.position_starts,
        postings.position_ends,
        position_bytes,
    )
    return table, wider, entries


@part
def _sort_by_key(locations: NDArray[np.uint64], keys: PatternKeys) -> None:
    """Sort the tokens of a posting by key, in place; those of one key stay in the order of the text."""
    order = np.argsort(keys, kind="mergesort")
    sorted_locations, sorted_keys = locations[order], keys[order]
    locations[:] = sorted_locations
    keys[:] = sorted_keys
