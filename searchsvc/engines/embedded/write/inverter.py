"""Inverter: tokens of many articles in, postings lists out.

A token costs eight bytes while articles come in: the number of its form, and its position. At the end they are grouped
by stem class, and the tokens of each document become a posting.

Not for tokenizing (`analysis`), nor for encoding (`postings.writer`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.postings.tf_patterns import PatternTable, empty_table
from searchsvc.engines.embedded.postings.writer import UnpackedPostings
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary, dictionary_of
from searchsvc.engines.embedded.write.inverter_kernels import (
    FieldLengths,
    FormMap,
    FormNumbers,
    Positions,
    build_postings,
    group_tokens,
)
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import Form

FIELDS = len(SEARCHED_FIELDS)
_START_ROOM = 1 << 16  # tokens


class Inverted(NamedTuple):
    """The postings of some articles, the table of their patterns, and the dictionary of their words."""

    postings: UnpackedPostings
    table: PatternTable
    dictionary: TermDictionary


class Inverter:
    """Takes the tokens of articles in the order of their docids, from 0; then gives their postings, once."""

    def __init__(self) -> None:
        self.tokens = 0  # added so far, in all fields
        self._forms: FormNumbers = np.empty(_START_ROOM, np.uint32)
        self._positions: Positions = np.empty(_START_ROOM, np.uint32)
        self._lengths: list[FieldLengths] = []

    def add(self, forms: FormNumbers, positions: Positions, counts: NDArray[np.int64]) -> None:
        """The tokens of the next articles, of one text field after the other: their forms and positions.

        `counts` are the tokens of each field: a row for each article, a column for each of SEARCHED_FIELDS.
        """
        start, end = self.tokens, self.tokens + len(forms)
        if end > len(self._forms):
            self._forms = _enlarged(self._forms, end)
            self._positions = _enlarged(self._positions, end)
        self._forms[start:end] = forms
        self._positions[start:end] = positions
        self._lengths.append(counts.astype(np.uint32))
        self.tokens = end

    def lengths(self) -> NDArray[np.uint32]:
        """Words in each field of each document: a row for each of SEARCHED_FIELDS (uint32)."""
        return np.ascontiguousarray(self._all_lengths().T)

    def invert(self, forms: Sequence[Form]) -> Inverted:
        """The postings of all tokens, whose numbers are indices of `forms`. The inverter has no tokens afterwards."""
        tokens, positions = self._forms[: self.tokens], self._positions[: self.tokens]
        dictionary, form_map = _dictionary_of_used(forms, tokens)
        grouped = group_tokens(tokens, positions, self._all_lengths(), form_map, dictionary.stem_class_count)
        del tokens, positions  # their memory is needed for the postings
        self._forms = self._positions = np.empty(0, np.uint32)
        postings, table = build_postings(grouped, empty_table())
        return Inverted(postings, table, dictionary)

    def _all_lengths(self) -> FieldLengths:
        return np.concatenate([np.empty((0, FIELDS), np.uint32), *self._lengths])


def _enlarged(numbers: NDArray[np.uint32], least: int) -> NDArray[np.uint32]:
    """The numbers in an array half as large again, and of at least `least`."""
    larger = np.empty(max(least, len(numbers) * 3 // 2), np.uint32)
    larger[: len(numbers)] = numbers
    return larger


def _dictionary_of_used(forms: Sequence[Form], tokens: FormNumbers) -> tuple[TermDictionary, FormMap]:
    """The dictionary of those forms that a token has, and the map of all forms to it (0 for the others)."""
    is_used = np.zeros(len(forms), dtype=np.bool_)
    is_used[tokens] = True
    used = np.flatnonzero(is_used)
    dictionary, stem_classes, numbers = dictionary_of([forms[form] for form in used.tolist()])
    form_map = FormMap(np.zeros(len(forms), dtype=np.uint32), np.zeros(len(forms), dtype=np.uint32))
    form_map.stem_classes[used], form_map.numbers[used] = stem_classes, numbers
    return dictionary, form_map
