"""Inverting: tokens of many articles in, postings by family out.

While articles come in, a token costs some thirteen bytes: the number of its lexeme, its position, and its document and
field. Then they are grouped by family with one counting sort, and each group of a document becomes a posting.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.compiled import compiled, whole
from searchsvc.engines.embedded.dictionary import Dictionary, Lexeme, dictionary_of
from searchsvc.engines.embedded.packing import Flat, put_gap
from searchsvc.engines.embedded.postings import FIELD_BITS
from searchsvc.engines.embedded.shaping import Shapes, no_shapes, number_of, with_room
from searchsvc.model.fields import SEARCHED_FIELDS

FIELDS = len(SEARCHED_FIELDS)

Numbers = NDArray[np.uint32]


class Inverted(NamedTuple):
    """The postings of a batch, the table of their shapes, and the dictionary of its words."""

    flat: Flat
    shapes: Shapes
    dictionary: Dictionary


class Inverter:
    """Takes articles in the order of their document numbers, from 0; then gives the postings, once."""

    def __init__(self) -> None:
        self.documents = 0
        self.tokens = 0  # so far, in all fields
        self._lexemes = np.empty(1 << 16, np.uint32)
        self._positions = np.empty(1 << 16, np.uint32)
        self._counts: list[int] = []  # of tokens: of each field of each document

    def add(self, fields: Sequence[tuple[Numbers, Numbers] | None]) -> None:
        """The next article: for each text field the numbers of its lexemes and their positions."""
        for of_field in fields:
            if of_field is None:
                self._counts.append(0)
                continue
            lexemes, positions = of_field
            start, end = self.tokens, self.tokens + len(lexemes)
            if end > len(self._lexemes):
                self._lexemes = _grown(self._lexemes, end)
                self._positions = _grown(self._positions, end)
            self._lexemes[start:end] = lexemes
            self._positions[start:end] = positions
            self._counts.append(end - start)
            self.tokens = end
        self.documents += 1

    def lengths(self) -> Numbers:
        """Words in each field of each document: a row for each field (uint32)."""
        counts = np.array(self._counts, dtype=np.uint32).reshape(self.documents, FIELDS)
        return np.ascontiguousarray(counts.T)

    def inverted(self, lexemes: Sequence[Lexeme]) -> Inverted:
        """The postings; `lexemes` are those that the numbers stand for. The tokens are gone after."""
        used = np.zeros(len(lexemes), dtype=np.bool_)
        tokens = self._lexemes[: self.tokens]
        used[tokens] = True
        numbers = np.flatnonzero(used)
        dictionary, family_of, local_of = dictionary_of([lexemes[number] for number in numbers.tolist()])
        families = np.zeros(len(lexemes), dtype=np.uint32)
        locals_ = np.zeros(len(lexemes), dtype=np.uint32)
        families[numbers], locals_[numbers] = family_of, local_of
        counts = np.array(self._counts, dtype=np.uint32)
        starts, order = grouped(tokens, families, dictionary.families)
        flat, shapes = postings_of(starts, order, tokens, self._positions[: self.tokens], counts, locals_, no_shapes())
        self._lexemes = self._positions = np.empty(0, np.uint32)
        return Inverted(flat, shapes, dictionary)


def _grown(numbers: Numbers, least: int) -> Numbers:
    grown = np.empty(max(least, len(numbers) * 3 // 2), np.uint32)
    grown[: len(numbers)] = numbers
    return grown


@compiled
def grouped(lexemes: Numbers, family_of: Numbers, families: int) -> tuple[NDArray[np.int64], Numbers]:
    """The tokens by family, in each in their order: where those of each begin (int64), and their numbers (uint32)."""
    starts = np.zeros(families + 1, np.int64)
    for token in range(lexemes.size):
        starts[family_of[lexemes[token]] + 1] += 1
    for family in range(families):
        starts[family + 1] += starts[family]
    free = starts[:-1].copy()
    order = np.empty(lexemes.size, np.uint32)
    for token in range(lexemes.size):
        family = family_of[lexemes[token]]
        order[free[family]] = token
        free[family] += 1
    return starts, order


@compiled
def postings_of(
    starts: NDArray[np.int64], order: Numbers, lexemes: Numbers, positions: Numbers, counts: Numbers, local_of: Numbers,
    shapes: Shapes,
) -> tuple[Flat, Shapes]:  # fmt: skip
    """A posting for each document of each family; `counts` are tokens by document and field."""
    of_token = np.empty(lexemes.size, np.uint32)  # document * FIELDS + field
    token = 0
    for slot in range(counts.size):
        for _ in range(counts[slot]):
            of_token[token] = slot
            token += 1
    families = starts.size - 1
    first, ends = np.empty(families, np.int64), np.empty(families, np.int64)
    docnums, numbers = np.empty(order.size, np.uint32), np.empty(order.size, np.uint32)
    places, place_ends = np.empty(order.size, np.int64), np.empty(families, np.int64)
    data = np.empty(order.size * 2 + 64, np.uint8)
    held = at = 0
    keys, times = np.empty(64, np.uint32), np.empty(64, np.uint32)
    for family in range(families):
        first[family] = held
        i, end = starts[family], starts[family + 1]
        while i < end:
            docnum = of_token[order[i]] // FIELDS
            j = i + 1
            while j < end and of_token[order[j]] // FIELDS == docnum:
                j += 1
            group = order[i:j]
            _sort_by_key(group, lexemes, local_of, of_token)
            if keys.size < group.size:
                keys, times = np.empty(2 * group.size, np.uint32), np.empty(2 * group.size, np.uint32)
            if data.size < at + 5 * group.size:
                grown = np.empty(data.size * 3 // 2 + 5 * group.size, np.uint8)
                grown[:at] = data[:at]
                data = grown
            docnums[held], places[held] = docnum, at
            entries = 0
            position = 0
            for token in group:
                key = local_of[lexemes[token]] << FIELD_BITS | of_token[token] % FIELDS
                if entries == 0 or keys[entries - 1] != key:
                    keys[entries], times[entries] = key, 0
                    entries += 1
                    position = 0
                times[entries - 1] += 1
                at = put_gap(data, at, whole(positions[token]) - position)
                position = whole(positions[token])
            shapes = with_room(shapes, entries)
            numbers[held] = number_of(shapes, keys, times, entries)
            held += 1
            i = j
        ends[family], place_ends[family] = held, at
    flat = Flat(first, ends, docnums[:held], numbers[:held], places[:held], place_ends, data[:at])
    return flat, shapes


@compiled
def _sort_by_key(group: Numbers, lexemes: Numbers, local_of: Numbers, of_token: Numbers) -> None:
    """Put the tokens of a posting in the order of lexeme and field, those of one in the order of the text."""
    ascending = True
    for i in range(1, group.size):
        if _key(group[i], lexemes, local_of, of_token) < _key(group[i - 1], lexemes, local_of, of_token):
            ascending = False
            break
    if ascending:
        return
    keys = np.empty(group.size, np.uint64)
    for i in range(group.size):
        key = np.uint64(_key(group[i], lexemes, local_of, of_token))
        keys[i] = key << np.uint64(32) | np.uint64(group[i])
    keys.sort()
    for i in range(group.size):
        group[i] = keys[i] & np.uint64(0xFFFFFFFF)


@compiled
def _key(token: int, lexemes: Numbers, local_of: Numbers, of_token: Numbers) -> int:
    return whole(local_of[lexemes[token]]) << FIELD_BITS | whole(of_token[token] % FIELDS)
