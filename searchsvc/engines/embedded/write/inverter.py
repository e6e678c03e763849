"""Inverting: tokens of many articles in, postings by stem class out.

While articles come in, a token costs eight bytes: the number of its form and its position. Then they are grouped by
stem class with one counting sort, and each group of a document becomes a posting.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.format import FIELD_BITS
from searchsvc.engines.embedded.postings.positions import put_gap
from searchsvc.engines.embedded.postings.tf_patterns import TfPatterns, has_room, no_patterns, number_of, with_room
from searchsvc.engines.embedded.postings.writer import Flat
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary, dictionary_of
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import Form

FIELDS = len(SEARCHED_FIELDS)

Numbers = NDArray[np.uint32]


class Inverted(NamedTuple):
    """The postings of a batch, the table of their patterns, and the dictionary of its words."""

    flat: Flat
    patterns: TfPatterns
    dictionary: TermDictionary


class Inverter:
    """Takes articles in the order of their document numbers, from 0; then gives the postings, once."""

    def __init__(self) -> None:
        self.tokens = 0  # so far, in all fields
        self._forms = np.empty(1 << 16, np.uint32)
        self._positions = np.empty(1 << 16, np.uint32)
        self._counts: list[Numbers] = []  # of tokens: of each field of each document

    def add(self, forms: Numbers, positions: Numbers, counts: NDArray[np.int64]) -> None:
        """The next articles: the tokens of their text fields one after the other, and how many each has.

        `counts` has a row for each article, a column for each field.
        """
        start, end = self.tokens, self.tokens + len(forms)
        if end > len(self._forms):
            self._forms = _grown(self._forms, end)
            self._positions = _grown(self._positions, end)
        self._forms[start:end] = forms
        self._positions[start:end] = positions
        self._counts.append(counts.astype(np.uint32))
        self.tokens = end

    def lengths(self) -> Numbers:
        """Words in each field of each document: a row for each field (uint32)."""
        return np.ascontiguousarray(self._all_counts().T)

    def inverted(self, forms: Sequence[Form]) -> Inverted:
        """The postings; `forms` are those that the numbers stand for. The tokens are gone after."""
        used = np.zeros(len(forms), dtype=np.bool_)
        tokens = self._forms[: self.tokens]
        used[tokens] = True
        numbers = np.flatnonzero(used)
        dictionary, stem_class_of, local_of = dictionary_of([forms[number] for number in numbers.tolist()])
        stem_classes = np.zeros(len(forms), dtype=np.uint32)
        locals_ = np.zeros(len(forms), dtype=np.uint32)
        stem_classes[numbers], locals_[numbers] = stem_class_of, local_of
        counts = self._all_counts().ravel()
        starts, places, keys = grouped(
            tokens, self._positions[: self.tokens], counts, stem_classes, locals_, dictionary.stem_class_count
        )
        del tokens  # room for the postings
        self._forms = self._positions = np.empty(0, np.uint32)
        flat, patterns = postings_of(starts, places, keys, no_patterns())
        return Inverted(flat, patterns, dictionary)

    def _all_counts(self) -> Numbers:
        return np.concatenate([np.empty((0, FIELDS), np.uint32), *self._counts])


def _grown(numbers: Numbers, least: int) -> Numbers:
    grown = np.empty(max(least, len(numbers) * 3 // 2), np.uint32)
    grown[: len(numbers)] = numbers
    return grown


@kernel
def grouped(
    forms: Numbers, positions: Numbers, counts: Numbers, stem_class_of: Numbers, local_of: Numbers, stem_classes: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64], Numbers]:
    """The tokens by stem class, in each in their order: where those of each stem class begin, and of each token two
    numbers.

    These are document << 32 | position (uint64), and form within the stem class << 3 | field (uint32). `counts` are the
    tokens of each field of each document, in turn.
    """
    starts = np.zeros(stem_classes + 1, np.int64)
    for token in range(forms.size):
        starts[stem_class_of[forms[token]] + 1] += 1
    for stem_class in range(stem_classes):
        starts[stem_class + 1] += starts[stem_class]
    free = starts[:-1].copy()
    places, keys = np.empty(forms.size, np.uint64), np.empty(forms.size, np.uint32)
    token = 0
    for slot in range(counts.size):
        document, field = np.uint64(slot // FIELDS) << np.uint64(32), np.uint32(slot % FIELDS)
        for _ in range(counts[slot]):
            form = forms[token]
            stem_class = stem_class_of[form]
            place = free[stem_class]
            free[stem_class] = place + 1
            places[place] = document | np.uint64(positions[token])
            keys[place] = local_of[form] << np.uint32(FIELD_BITS) | field
            token += 1
    return starts, places, keys


@kernel
def postings_of(
    starts: NDArray[np.int64], places: NDArray[np.uint64], keys: Numbers, patterns: TfPatterns
) -> tuple[Flat, TfPatterns]:
    """A posting for each document of each stem class, of tokens as `grouped` gives them."""
    stem_classes = starts.size - 1
    first, ends = np.empty(stem_classes, np.int64), np.empty(stem_classes, np.int64)
    docids, numbers = np.empty(keys.size, np.uint32), np.empty(keys.size, np.uint32)
    position_places, place_ends = np.empty(keys.size, np.int64), np.empty(stem_classes, np.int64)
    flat = Flat(first, ends, docids, numbers, position_places, place_ends, np.empty(keys.size * 2 + 64, np.uint8))
    entry_keys, times = np.empty(64, np.uint32), np.empty(64, np.uint32)
    held = at = 0
    for stem_class in range(stem_classes):
        first[stem_class] = held
        i, end = starts[stem_class], starts[stem_class + 1]
        while True:
            i, held, at = take_postings(places, keys, i, end, flat, held, at, patterns, entry_keys, times)
            if i == end:
                break
            tokens = _in_document(places, i, end) - i
            patterns, flat, entry_keys, times = _with_room(patterns, flat, entry_keys, times, at, tokens)
        ends[stem_class], place_ends[stem_class] = held, at
    shortened = Flat(
        first, ends, docids[:held], numbers[:held], position_places[:held], place_ends, flat.positions[:at]
    )
    return shortened, patterns


@kernel
def take_postings(
    places: NDArray[np.uint64], keys: Numbers, i: int, end: int,
    flat: Flat, held: int, at: int, patterns: TfPatterns, entry_keys: Numbers, times: Numbers,
) -> tuple[int, int, int]:  # fmt: skip
    """The postings of tokens i to `end`, as far as there is room; what i, `held` and `at` are then.

    Apart from what gives more room: where an array may become another, numba counts references at each of its uses.
    """
    while i < end:
        document = places[i] >> np.uint64(32)
        j = i + 1
        ascending = True
        while j < end and places[j] >> np.uint64(32) == document:
            ascending &= keys[j] >= keys[j - 1]
            j += 1
        if entry_keys.size < j - i or flat.positions.size < at + 5 * (j - i) or not has_room(patterns, 1, j - i):
            break
        if not ascending:
            _sort_by_key(places[i:j], keys[i:j])
        flat.docids[held], flat.places[held] = document, at
        entries = 0
        before = 0
        for token in range(i, j):
            if entries == 0 or entry_keys[entries - 1] != keys[token]:
                entry_keys[entries], times[entries] = keys[token], 0
                entries += 1
                before = 0
            times[entries - 1] += 1
            position = whole(places[token] & np.uint64(0xFFFFFFFF))
            at = put_gap(flat.positions, at, position - before)
            before = position
        flat.patterns[held] = number_of(patterns, entry_keys, times, entries)
        held += 1
        i = j
    return i, held, at


@kernel
def _in_document(places: NDArray[np.uint64], i: int, end: int) -> int:
    """Where the tokens of the same document end."""
    j = i + 1
    while j < end and places[j] >> np.uint64(32) == places[i] >> np.uint64(32):
        j += 1
    return j


@kernel
def _with_room(
    patterns: TfPatterns, flat: Flat, entry_keys: Numbers, times: Numbers, at: int, tokens: int
) -> tuple[TfPatterns, Flat, Numbers, Numbers]:
    """All of it with room for a posting of so many tokens, and some more."""
    if entry_keys.size < tokens:
        entry_keys, times = np.empty(2 * tokens, np.uint32), np.empty(2 * tokens, np.uint32)
    if not has_room(patterns, 1, tokens):
        patterns = with_room(patterns, tokens)
    positions = flat.positions
    if positions.size < at + 5 * tokens:
        positions = np.empty(positions.size * 3 // 2 + 5 * tokens, np.uint8)
        positions[:at] = flat.positions[:at]
    wider = Flat(flat.starts, flat.ends, flat.docids, flat.patterns, flat.places, flat.place_ends, positions)
    return patterns, wider, entry_keys, times


@kernel
def _sort_by_key(places: NDArray[np.uint64], keys: Numbers) -> None:
    """Put the tokens of a posting in the order of form and field; those of one stay in the order of the text."""
    order = np.argsort(keys, kind="mergesort")
    sorted_places, sorted_keys = places[order], keys[order]
    places[:] = sorted_places
    keys[:] = sorted_keys
