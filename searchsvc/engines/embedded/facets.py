"""FacetTable: the values of one facet field in all segments of a snapshot, and their counting.

A value has **forms**, the spellings printed, and a **key** that they share (`fields.value_key`); counted are keys,
shown is the form most frequent among the counted articles.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.docvalues.docset import Docnums
from searchsvc.engines.embedded.best import smallest
from searchsvc.engines.embedded.compiling import compiled
from searchsvc.engines.embedded.sets import gallop
from searchsvc.model.fields import Field, value_key
from searchsvc.model.request import FacetRequest
from searchsvc.model.result import Bucket, Facet

Counts = NDArray[np.int64]
Numbers = NDArray[np.uint32]


class FacetTable:
    """Made of the field's column in each segment; forms and keys have numbers here that hold in all of them."""

    def __init__(self, columns: Sequence[OrdinalColumn]) -> None:
        self._columns = columns
        if len(columns) == 1:
            self.forms = list(columns[0].forms)
        else:
            self.forms = sorted({form for column in columns for form in column.forms})
        place = {form: number for number, form in enumerate(self.forms)}
        keys = [value_key(form) for form in self.forms]
        self.keys = sorted(set(keys))
        self.key_numbers = {key: number for number, key in enumerate(self.keys)}
        self._key_of = np.array([self.key_numbers[key] for key in keys], dtype=np.uint32)
        # Of each segment, the number of each of its column's values, whether one document has several, and in which
        # documents one value stands in two forms.
        self._forms_of = [np.array([place[form] for form in column.forms], dtype=np.uint32) for column in columns]
        self._repeats = [
            repeating(column.starts, column.ordinals, self._key_of[forms] if len(forms) else forms)
            for column, forms in zip(columns, self._forms_of, strict=True)
        ]

    def facet(self, field: Field, asked: FacetRequest, counted: Sequence[Docnums]) -> Facet:
        """The buckets asked for, among the counted documents of each segment."""
        by_form, by_key, missing = self.counts(counted)
        shown_form = shown(by_form, self._key_of, len(self.keys))
        prefix = value_key(asked.prefix)
        present = np.flatnonzero(by_key).astype(np.uint32)
        if prefix:
            present = present[[f" {prefix}" in f" {self.keys[key]}" for key in present]]
        order = -shown_form[present].astype(np.float64) if field.latest_first else -by_key[present].astype(np.float64)
        listed = present[smallest(order, present, shown_form, max(0, asked.size))]
        other = int(by_key[present].sum() - by_key[listed].sum())
        buckets = {self.keys[key]: Bucket(self.forms[shown_form[key]], int(by_key[key])) for key in listed.tolist()}
        for value in asked.include:
            key = value_key(value)
            if key in buckets:
                continue
            number = self.key_numbers.get(key)
            if number is None or not by_key[number]:
                buckets[key] = Bucket(value, 0)
            else:
                buckets[key] = Bucket(self.forms[shown_form[number]], int(by_key[number]))
                other -= int(by_key[number]) if number in present else 0
        ordered = sorted(buckets.values(), key=lambda bucket: bucket.value, reverse=field.latest_first)
        if not field.latest_first:
            ordered.sort(key=lambda bucket: -bucket.count)
        return Facet(field.name, tuple(ordered), other, missing)

    def counts(self, counted: Sequence[Docnums]) -> tuple[Counts, Counts, int]:
        """Of the documents of each segment: how many have each form, how many each key, how many no value."""
        by_form, by_key = np.zeros(len(self.forms), dtype=np.int64), np.zeros(len(self.keys), dtype=np.int64)
        missing = 0
        for column, forms, repeats, docnums in zip(self._columns, self._forms_of, self._repeats, counted, strict=True):
            of_segment = np.zeros(len(forms) + 1, dtype=np.int64)
            if column.single is not None:
                count_single(column.single, docnums, of_segment)
            else:
                count(column.starts, column.ordinals, docnums, of_segment)
            missing += int(of_segment[0])
            by_form[forms] += of_segment[1:]
            if len(repeats):
                counted_twice(column.starts, column.ordinals, forms, self._key_of, repeats, docnums, by_key)
        add_forms(by_form, self._key_of, by_key)
        return by_form, by_key, missing


@compiled
def count_single(single: NDArray[np.int32], docnums: Docnums, counts: Counts) -> None:
    """Count the one value of each document; those without at place 0, the others one place up."""
    for docnum in docnums:
        counts[single[docnum] + 1] += 1


@compiled
def count(starts: Numbers, ordinals: NDArray[np.int32], docnums: Docnums, counts: Counts) -> None:
    """Count the values of each document; documents without any at place 0, values one place up."""
    for docnum in docnums:
        start, end = starts[docnum], starts[docnum + 1]
        counts[0] += start == end
        for i in range(start, end):
            counts[ordinals[i] + 1] += 1


@compiled
def repeating(starts: Numbers, ordinals: NDArray[np.int32], key_of: Numbers) -> Docnums:
    """The documents in which a key stands twice; `key_of` are those of the column's forms."""
    found = np.empty(starts.size - 1, np.uint32)
    held = 0
    for docnum in range(starts.size - 1):
        again = False
        for i in range(starts[docnum], starts[docnum + 1]):
            for j in range(starts[docnum], i):
                again |= key_of[ordinals[i]] == key_of[ordinals[j]]
        found[held] = docnum
        held += again
    return found[:held].copy()


@compiled
def counted_twice(
    starts: Numbers, ordinals: NDArray[np.int32], forms: Numbers, key_of: Numbers, repeats: Docnums, docnums: Docnums,
    by_key: Counts,
) -> None:  # fmt: skip
    """Take off keys what their forms will add too often: a document counts once for a value, in however many forms."""
    place = 0
    for docnum in repeats:
        place = gallop(docnums, place, docnum)
        if place == docnums.size:
            break
        if docnums[place] != docnum:
            continue
        for i in range(starts[docnum], starts[docnum + 1]):
            key = key_of[forms[ordinals[i]]]
            again = False
            for j in range(starts[docnum], i):
                again |= key_of[forms[ordinals[j]]] == key
            by_key[key] -= again


@compiled
def add_forms(by_form: Counts, key_of: Numbers, by_key: Counts) -> None:
    """Add to each key the counts of its forms."""
    for form in range(by_form.size):
        by_key[key_of[form]] += by_form[form]


@compiled
def shown(by_form: Counts, key_of: Numbers, keys: int) -> Numbers:
    """For each key its form of the most documents, of equal ones the first."""
    best = np.zeros(keys, np.uint32)
    most = np.full(keys, -1, np.int64)
    for form in range(by_form.size):
        key = key_of[form]
        if by_form[form] > most[key]:
            best[key], most[key] = form, by_form[form]
    return best
