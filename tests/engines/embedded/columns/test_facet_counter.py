"""Buckets over random columns of one or more segments are those of counting in plain Python.

A `FacetCounter` calls the kernels: `top_buckets_of_segment` for one segment; `count_segment` for each of several, then
`top_buckets`; `repeating_documents` where several ordinals are one bucket.
"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.engines.embedded.columns.facet_counter import FacetCounter
from searchsvc.model.fields import FACET_FIELDS, Field, value_key
from searchsvc.model.request import FacetRequest
from searchsvc.model.result import Bucket, Facet

FIELDS = {field.name: field for field in FACET_FIELDS}
TAG, MONTH = FIELDS["tag"], FIELDS["month"]  # by count; latest first

Documents = list[tuple[str, ...]]

LABELS = ("a", "A", "b", "B", "c", "d a", "D A", "ab")
multiple = st.lists(st.lists(st.sampled_from(LABELS), max_size=4, unique=True).map(tuple), min_size=1, max_size=30)
single = st.lists(st.sampled_from([(), ("a",), ("A",), ("c",)]), min_size=1, max_size=30)


def docids(chosen: set[int]) -> NDArray[np.uint32]:
    return np.array(sorted(chosen), dtype=np.uint32)


def plain_facet(field: Field, request: FacetRequest, documents: Documents) -> Facet:
    """The same buckets, one document at a time."""
    of_labels = Counter(label for labels in documents for label in labels)
    of_keys = Counter(key for labels in documents for key in set(map(value_key, labels)))
    shown = {
        key: min((-count, label) for label, count in of_labels.items() if value_key(label) == key)[1] for key in of_keys
    }
    prefix = value_key(request.prefix)
    matching = [key for key in of_keys if f" {prefix}" in f" {key}"]
    buckets = ordered(field, [Bucket(shown[key], of_keys[key]) for key in matching])[: request.size]
    seen = {value_key(bucket.value) for bucket in buckets}
    for value in request.include:
        key = value_key(value)
        if key not in seen:
            buckets.append(Bucket(shown.get(key, value), of_keys[key]))
            seen.add(key)
    other = sum(of_keys[key] for key in matching if key not in seen)
    return Facet(field.name, tuple(ordered(field, buckets)), other, sum(not labels for labels in documents))


def ordered(field: Field, buckets: list[Bucket]) -> list[Bucket]:
    if field.latest_first:
        return sorted(buckets, key=lambda bucket: bucket.value, reverse=True)
    return sorted(buckets, key=lambda bucket: (-bucket.count, bucket.value))


def facet_of(field: Field, request: FacetRequest, segments: list[Documents], chosen: list[set[int]]) -> Facet:
    counter = FacetCounter([OrdinalColumn.of(segment) for segment in segments])
    return counter.facet(field, request, [docids(of_segment) for of_segment in chosen])


@given(
    segments=st.lists(st.one_of(multiple, single), min_size=1, max_size=3),
    field=st.sampled_from((TAG, MONTH)),
    size=st.sampled_from((0, 1, 2, 100)),
    prefix=st.sampled_from(("", "a", "A", "d a", "x")),
    include=st.lists(st.sampled_from(("A", "b", "d  A")), max_size=2).map(tuple),
    data=st.data(),
)
def test_buckets_are_those_of_plain_counting(
    segments: list[Documents], field: Field, size: int, prefix: str, include: tuple[str, ...], data: st.DataObject
) -> None:
    chosen = [data.draw(st.sets(st.integers(0, len(segment) - 1))) for segment in segments]
    request = FacetRequest(field=field.name, size=size, prefix=prefix, include=include)
    documents = [segment[n] for segment, of in zip(segments, chosen, strict=True) for n in sorted(of)]
    assert facet_of(field, request, segments, chosen) == plain_facet(field, request, documents)


@pytest.mark.parametrize("segments", [[[()]], [[()], [()]], []])
def test_documents_without_a_value_are_missing_and_make_no_bucket(segments: list[Documents]) -> None:
    facet = facet_of(TAG, FacetRequest(field="tag"), segments, [{0} for _ in segments])
    assert (facet.buckets, facet.other, facet.missing) == ((), 0, len(segments))


def test_a_document_with_two_spellings_of_a_value_counts_once() -> None:
    facet = facet_of(TAG, FacetRequest(field="tag"), [[("Oil", "oil", "OIL"), ("oil",)]], [{0, 1}])
    assert facet.buckets == (Bucket("oil", 2),)


def test_an_included_value_that_no_document_has_is_shown_as_asked() -> None:
    facet = facet_of(TAG, FacetRequest(field="tag", include=("Rain", "OIL")), [[("oil",)]], [{0}])
    assert facet.buckets == (Bucket("oil", 1), Bucket("Rain", 0))
