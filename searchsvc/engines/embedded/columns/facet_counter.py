"""FacetTable: the values of one facet field in all segments of a snapshot, and their counting.

A value has **forms**, the spellings printed, and a **key** that they share (`fields.value_key`); counted are keys,
shown is the form most frequent among the counted articles.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.docid_sets import gallop
from searchsvc.engines.embedded.kernels.jit import kernel
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort
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

        self._only = None  # what a segment that is the only one gives `best_of_column`
        if len(columns) == 1:
            single = columns[0].single
            self._only = (
                columns[0].starts,
                columns[0].ordinals,
                _NO_ORDINALS if single is None else single,
                self._forms_of[0],
                self._repeats[0],
            )

    def facet(self, field: Field, asked: FacetRequest, counted: Sequence[Docids]) -> Facet:
        """The buckets asked for, among the counted documents of each segment."""
        prefix = value_key(asked.prefix) if asked.prefix else ""
        allowed = np.array([f" {prefix}" in f" {key}" for key in self.keys]) if prefix else _ALL
        size = max(0, asked.size)
        if self._only is not None:
            found = best_of_column(
                *self._only, counted[0], self._key_of, len(self.keys), allowed, field.latest_first, size
            )
        else:
            by_form, by_key, without = self.counts(counted)
            found = *largest(by_form, by_key, self._key_of, allowed, field.latest_first, size), by_key, without
        listed, shown_form, total, by_key, missing = found
        counts = by_key[listed].tolist()
        buckets = [
            Bucket(self.forms[form], count) for form, count in zip(shown_form[listed].tolist(), counts, strict=True)
        ]
        other = total - sum(counts)
        there = {self.keys[number] for number in listed.tolist()} if asked.include else set()
        for value in asked.include:
            key = value_key(value)
            if key in there:
                continue
            there.add(key)
            number = self.key_numbers.get(key)
            count = 0 if number is None else int(by_key[number])
            buckets.append(Bucket(self.forms[shown_form[number]] if count else value, count))
            if count and (not prefix or allowed[number]):
                other -= count
        if len(buckets) > len(listed):
            buckets.sort(key=lambda bucket: bucket.value, reverse=field.latest_first)
            if not field.latest_first:
                buckets.sort(key=lambda bucket: -bucket.count)
        return Facet(field.name, tuple(buckets), other, missing)

    def counts(self, counted: Sequence[Docids]) -> tuple[Counts, Counts, int]:
        """Of the documents of each segment: how many have each form, how many each key, how many no value."""
        by_form = np.zeros(len(self.forms), dtype=np.int64)
        by_key = np.zeros(len(self.keys), dtype=np.int64)
        missing = 0
        for column, forms, repeats, docids in zip(self._columns, self._forms_of, self._repeats, counted, strict=True):
            single = column.single
            missing += add_counts(
                column.starts, column.ordinals, _NO_ORDINALS if single is None else single, forms, docids, by_form
            )
            if len(repeats):
                counted_twice(column.starts, column.ordinals, forms, self._key_of, repeats, docids, by_key)
        add_forms(by_form, self._key_of, by_key)
        return by_form, by_key, missing


_ALL: Mask = np.empty(0, dtype=np.bool_)
_NO_ORDINALS = np.empty(0, dtype=np.int32)


@kernel
def best_of_column(
    starts: Numbers, ordinals: NDArray[np.int32], single: NDArray[np.int32], forms: Numbers, repeats: Docids,
    docids: Docids, key_of: Numbers, keys: int, allowed: Mask, latest_first: bool, size: int,
) -> tuple[NDArray[np.int64], Numbers, int, Counts, int]:  # fmt: skip
    """As `largest`, of the documents of one segment; then the counts of the keys, and how many documents have none."""
    by_form, by_key = np.zeros(forms.size, np.int64), np.zeros(keys, np.int64)
    missing = add_counts(starts, ordinals, single, forms, docids, by_form)
    if repeats.size:
        counted_twice(starts, ordinals, forms, key_of, repeats, docids, by_key)
    add_forms(by_form, key_of, by_key)
    listed, best, total = largest(by_form, by_key, key_of, allowed, latest_first, size)
    return listed, best, total, by_key, missing


@kernel
def add_counts(
    starts: Numbers, ordinals: NDArray[np.int32], single: NDArray[np.int32], forms: Numbers, docids: Docids,
    by_form: Counts,
) -> int:  # fmt: skip
    """Count the values of each document, by what `forms` calls them; how many documents have none.

    `single` is the one value of each document (-1: none), or empty where some have several.
    """
    missing = 0
    if single.size:
        counts = np.zeros(forms.size + 1, np.int64)  # those without at the first place
        for docid in docids:
            counts[single[docid] + 1] += 1
        missing = counts[0]
        for ordinal in range(forms.size):
            by_form[forms[ordinal]] += counts[ordinal + 1]
    else:
        for docid in docids:
            start, end = starts[docid], starts[docid + 1]
            missing += start == end
            for i in range(start, end):
                by_form[forms[ordinals[i]]] += 1
    return missing


@kernel
def largest(
    by_form: Counts, by_key: Counts, key_of: Numbers, allowed: Mask, latest_first: bool, size: int
) -> tuple[NDArray[np.int64], Numbers, int]:
    """The keys of the most documents in order, equal ones by the form shown; or those whose form is the last.

    Besides: the form shown of each key, that of the most documents; what all keys that are allowed (all, where
    `allowed` is empty) count together.
    """
    best = shown(by_form, key_of, by_key.size)
    room = min(size, by_key.size)
    orders, ranks, numbers = np.empty(room, np.float64), np.empty(room, np.uint32), np.empty(room, np.int64)
    held = total = 0
    for key in range(by_key.size):
        if by_key[key] and (not allowed.size or allowed[key]):
            total += by_key[key]
            order = -float(best[key]) if latest_first else -float(by_key[key])
            if room and (held < room or order <= orders[0]):
                held = heap_push(orders, ranks, numbers, held, order, best[key], key)
    heap_sort(orders, ranks, numbers, held)
    return numbers[:held], best, total


@kernel
def repeating(starts: Numbers, ordinals: NDArray[np.int32], key_of: Numbers) -> Docids:
    """The documents in which a key stands twice; `key_of` are those of the column's forms."""
    found = np.empty(starts.size - 1, np.uint32)
    held = 0
    for docid in range(starts.size - 1):
        again = False
        for i in range(starts[docid], starts[docid + 1]):
            for j in range(starts[docid], i):
                again |= key_of[ordinals[i]] == key_of[ordinals[j]]
        found[held] = docid
        held += again
    return found[:held].copy()


@kernel
def counted_twice(
    starts: Numbers, ordinals: NDArray[np.int32], forms: Numbers, key_of: Numbers, repeats: Docids, docids: Docids,
    by_key: Counts,
) -> None:  # fmt: skip
    """Take off keys what their forms will add too often: a document counts once for a value, in however many forms."""
    place = 0
    for docid in repeats:
        place = gallop(docids, place, docid)
        if place == docids.size:
            break
        if docids[place] != docid:
            continue
        for i in range(starts[docid], starts[docid + 1]):
            key = key_of[forms[ordinals[i]]]
            again = False
            for j in range(starts[docid], i):
                again |= key_of[forms[ordinals[j]]] == key
            by_key[key] -= again


@kernel
def add_forms(by_form: Counts, key_of: Numbers, by_key: Counts) -> None:
    """Add to each key the counts of its forms."""
    for form in range(by_form.size):
        by_key[key_of[form]] += by_form[form]


@kernel
def shown(by_form: Counts, key_of: Numbers, keys: int) -> Numbers:
    """For each key its form of the most documents, of equal ones the first."""
    best = np.zeros(keys, np.uint32)
    most = np.full(keys, -1, np.int64)
    for form in range(by_form.size):
        key = key_of[form]
        if by_form[form] > most[key]:
            best[key], most[key] = form, by_form[form]
    return best
