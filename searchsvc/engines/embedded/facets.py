"""FacetTable: the values of one facet field in all segments of a snapshot, and their counting.

A value has **forms**, the spellings printed, and a **key** that they share (`fields.value_key`); counted are keys,
shown is the form most frequent among the counted articles.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.docvalues.counting import counts_of, missing_of, occurrences_of
from searchsvc.docvalues.docset import DocSet
from searchsvc.model.fields import Field, value_key
from searchsvc.model.request import FacetRequest
from searchsvc.model.result import Bucket, Facet


class FacetTable:
    """Made of the field's column in each segment; forms and keys have numbers here that hold in all of them."""

    def __init__(self, columns: Sequence[OrdinalColumn]) -> None:
        self._columns = columns
        self.forms = sorted({form for column in columns for form in column.forms})
        place = {form: number for number, form in enumerate(self.forms)}
        keys = [value_key(form) for form in self.forms]
        self.keys = sorted(set(keys))
        self.key_numbers = {key: number for number, key in enumerate(self.keys)}
        self._key_of = np.array([self.key_numbers[key] for key in keys], dtype=np.intp)
        self._forms_of = [np.array([place[form] for form in column.forms], dtype=np.intp) for column in columns]

    def facet(self, field: Field, asked: FacetRequest, counted: Sequence[DocSet]) -> Facet:
        """The buckets asked for, among the counted documents of each segment."""
        by_key, by_form, missing = self._counts(counted)
        shown_form = self._most_frequent(by_form)
        prefix = value_key(asked.prefix)
        present = np.flatnonzero(by_key)
        if prefix:
            present = present[[f" {prefix}" in f" {self.keys[key]}" for key in present]]
        listed = _first(present, by_key[present], shown_form[present], asked.size, latest_first=field.latest_first)
        other = int(by_key[present].sum() - by_key[listed].sum())
        buckets = {self.keys[key]: Bucket(self.forms[shown_form[key]], int(by_key[key])) for key in listed}
        among = set(present.tolist())
        for value in asked.include:
            key = value_key(value)
            if key in buckets:
                continue
            number = self.key_numbers.get(key)
            if number is None or not by_key[number]:
                buckets[key] = Bucket(value, 0)
            else:
                buckets[key] = Bucket(self.forms[shown_form[number]], int(by_key[number]))
                other -= int(by_key[number]) if number in among else 0
        ordered = sorted(buckets.values(), key=lambda bucket: bucket.value, reverse=field.latest_first)
        if not field.latest_first:
            ordered.sort(key=lambda bucket: -bucket.count)
        return Facet(field.name, tuple(ordered), other, missing)

    def _counts(self, counted: Sequence[DocSet]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Documents by key and by form, and how many have no value."""
        by_form = np.zeros(len(self.forms), dtype=np.int64)
        by_key = np.zeros(len(self.keys), dtype=np.int64)
        missing = 0
        for number, (column, documents) in enumerate(zip(self._columns, counted, strict=True)):
            if not len(documents):
                continue
            forms = self._forms_of[number]
            counts = counts_of(column, documents)
            by_form[forms] += counts
            missing += missing_of(column, documents)
            if self._repeats[number]:
                docnums, ordinals = occurrences_of(column, documents)
                pairs = np.unique(docnums.astype(np.int64) * len(self.keys) + self._key_of[forms[ordinals]])
                by_key += np.bincount(pairs % len(self.keys), minlength=len(self.keys))
            else:
                np.add.at(by_key, self._key_of[forms], counts)
        return by_key, by_form, missing

    @cached_property
    def _repeats(self) -> list[bool]:
        """For each segment, whether an article there has one value in two forms."""
        repeats = []
        for column, forms in zip(self._columns, self._forms_of, strict=True):
            if column.single is not None:
                repeats.append(False)
                continue
            pairs = column.documents.astype(np.int64) * len(self.keys) + self._key_of[forms[column.ordinals]]
            repeats.append(len(np.unique(pairs)) < len(pairs))
        return repeats

    def _most_frequent(self, by_form: NDArray[np.int64]) -> NDArray[np.intp]:
        """For each key its form of the most documents, equal ones the smallest."""
        order = np.lexsort((np.arange(len(by_form)), -by_form, self._key_of))
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = self._key_of[order[1:]] != self._key_of[order[:-1]]
        best: NDArray[np.intp] = order[first]
        return best


def _first(
    keys: NDArray[np.intp], counts: NDArray[np.int64], forms: NDArray[np.intp], size: int, *, latest_first: bool
) -> NDArray[np.intp]:
    """The keys to list: by falling count, equal ones by form; or by falling form. Forms are numbered in their order."""
    if size <= 0:
        return keys[:0]
    if latest_first:
        return keys[np.argsort(-forms)[:size]]
    if len(keys) > 4 * size:  # only those that may be listed are sorted
        least = -np.partition(-counts, size - 1)[size - 1]
        near = counts >= least
        keys, counts, forms = keys[near], counts[near], forms[near]
    chosen: NDArray[np.intp] = keys[np.lexsort((forms, -counts))[:size]]
    return chosen
