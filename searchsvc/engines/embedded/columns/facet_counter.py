"""FacetCounter: facet counting over ordinals: in how many documents each value of a field is, and its top buckets.

A value has **labels**, its spellings as printed, and a **key** that they share (`fields.value_key`). Buckets count
keys, each document once; a bucket shows the label that most of the counted documents have. Each segment numbers its
own labels; here all labels of the field, and all keys, have **global ordinals**, in ascending order.

Not for choosing the documents that are counted: a search gives their docids.

>>> from searchsvc.model.fields import FACET_FIELDS
>>> (field,) = (field for field in FACET_FIELDS if field.name == "tag")
>>> counter = FacetCounter([OrdinalColumn.of([("Oil",), ("oil", "Gas"), ("Oil",), ()])])
>>> facet = counter.facet(field, FacetRequest(field="tag", size=10), [np.arange(4, dtype=np.uint32)])
>>> [(bucket.value, bucket.count) for bucket in facet.buckets], facet.missing
([('Oil', 3), ('Gas', 1)], 1)
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import OrdinalColumn, Ordinals
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.columns.facet_kernels import (
    NO_ORDINALS,
    SegmentFacet,
    count_segment,
    repeating_documents,
    top_buckets,
    top_buckets_of_segment,
)
from searchsvc.model.fields import Field, value_key
from searchsvc.model.request import FacetRequest
from searchsvc.model.result import Bucket, Facet


class _Counted(NamedTuple):
    """What the kernels give: the top keys, first bucket first, and the counts of all."""

    top_keys: NDArray[np.int64]
    label_of_key: NDArray[np.uint32]  # the label that each key is shown as
    total: int  # of the counts of all keys that have the request's prefix
    counts: NDArray[np.int64]  # of each key
    missing: int  # documents without a value


class FacetCounter:
    """Counts one facet field; made once of its column in each segment of a snapshot."""

    def __init__(self, columns: Sequence[OrdinalColumn]) -> None:
        if len(columns) == 1:
            self._labels = list(columns[0].labels)
        else:
            self._labels = sorted({label for column in columns for label in column.labels})
        keys = [value_key(label) for label in self._labels]
        self._keys = sorted(set(keys))
        self._ordinal_of_key = {key: ordinal for ordinal, key in enumerate(self._keys)}
        self._key_of = np.array([self._ordinal_of_key[key] for key in keys], dtype=np.uint32)
        ordinal_of_label = {label: ordinal for ordinal, label in enumerate(self._labels)}
        self._segments = [_segment_facet(column, ordinal_of_label, self._key_of) for column in columns]

    def facet(self, field: Field, request: FacetRequest, docids: Sequence[Docids]) -> Facet:
        """The buckets of a request over these documents of each segment (ascending docids, uint32)."""
        prefix = value_key(request.prefix) if request.prefix else ""
        has_prefix = np.array([f" {prefix}" in f" {key}" for key in self._keys], dtype=np.bool_) if prefix else _ALL
        counted = self._count(docids, has_prefix, field.latest_first, max(0, request.size))
        top_keys = counted.top_keys.tolist()
        counts = counted.counts[counted.top_keys].tolist()
        labels = [self._labels[label] for label in counted.label_of_key[counted.top_keys].tolist()]
        buckets = list(map(Bucket, labels, counts))
        other = counted.total - sum(counts)
        seen = {self._keys[key] for key in top_keys} if request.include else set()
        for value in request.include:
            if value_key(value) in seen:
                continue
            seen.add(value_key(value))
            key = self._ordinal_of_key.get(value_key(value))
            if key is None or not counted.counts[key]:
                buckets.append(Bucket(value, 0))
                continue
            count = int(counted.counts[key])
            buckets.append(Bucket(self._labels[counted.label_of_key[key]], count))
            if not prefix or has_prefix[key]:
                other -= count
        if len(buckets) > len(top_keys):
            buckets.sort(key=lambda bucket: bucket.value, reverse=field.latest_first)
            if not field.latest_first:
                buckets.sort(key=lambda bucket: -bucket.count)
        return Facet(field.name, tuple(buckets), other, counted.missing)

    def _count(self, docids: Sequence[Docids], has_prefix: Mask, latest_first: bool, size: int) -> _Counted:
        if len(self._segments) == 1:
            [segment], [chosen] = self._segments, docids
            return _Counted(
                *top_buckets_of_segment(
                    segment, chosen, self._key_of, len(self._keys), has_prefix, latest_first, size
                )
            )  # fmt: skip
        label_counts = np.zeros(len(self._labels), dtype=np.int64)
        key_counts = np.zeros(len(self._keys), dtype=np.int64)
        missing = 0
        for segment, chosen in zip(self._segments, docids, strict=True):
            missing += count_segment(segment, chosen, self._key_of, label_counts, key_counts)
        top_keys, label_of_key, total = top_buckets(
            label_counts, key_counts, self._key_of, has_prefix, latest_first, size
        )
        return _Counted(top_keys, label_of_key, total, key_counts, missing)


_ALL: Mask = np.empty(0, dtype=np.bool_)


def _segment_facet(column: OrdinalColumn, ordinal_of_label: dict[str, int], key_of: NDArray[np.uint32]) -> SegmentFacet:
    global_ordinals = np.array([ordinal_of_label[label] for label in column.labels], dtype=np.uint32)
    key_of_ordinal = key_of[global_ordinals] if len(global_ordinals) else global_ordinals
    single: Ordinals = NO_ORDINALS if column.single is None else column.single
    repeating = repeating_documents(column.starts, column.ordinals, key_of_ordinal)
    return SegmentFacet(column.starts, column.ordinals, single, global_ordinals, repeating)
