"""Sets of keys against sets of Python, and the weights of their occurrences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.kernels.arrays import Uint64s
from searchsvc.engines.embedded.postings.bm25f import norms_of
from searchsvc.engines.embedded.search.kernels.occurrence_sets import (
    common_keys,
    documents_of,
    key_frequencies,
    moved_back,
)
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS

FIELD_COUNT = len(SEARCHED_FIELDS)

Place = tuple[int, int, int]  # docid, field, position
places = st.sets(st.tuples(st.integers(0, 12), st.integers(0, FIELD_COUNT - 1), st.integers(0, 30)), max_size=25)


def keys_of(chosen: set[Place]) -> Uint64s:
    return np.array([docid << 35 | field << 32 | position for docid, field, position in sorted(chosen)], np.uint64)


@given(one=places, other=places, distance=st.integers(0, 8))
def test_keys_are_moved_and_intersected(one: set[Place], other: set[Place], distance: int) -> None:
    earlier = {(d, f, position - distance) for d, f, position in one if position >= distance}
    assert moved_back(keys_of(one), distance).tolist() == keys_of(earlier).tolist()
    assert common_keys(keys_of(one), keys_of(other)).tolist() == keys_of(one & other).tolist()
    assert documents_of(keys_of(one)).tolist() == sorted({docid for docid, _, _ in one})


@given(chosen=places, deleted=st.sets(st.integers(0, 12)))
def test_every_key_counts_as_an_occurrence(chosen: set[Place], deleted: set[int]) -> None:
    lengths = np.full((FIELD_COUNT, 13), 2, np.uint32)
    norms = norms_of(lengths, [2.0] * FIELD_COUNT, SEARCHED_FIELDS)  # every text is of average length
    live = np.array([docid not in deleted for docid in range(13)])
    docids, found = key_frequencies(keys_of(chosen), norms, live if deleted else np.empty(0, np.bool_))
    wanted: dict[int, float] = {}
    for docid, field, _ in sorted(chosen):
        if docid not in deleted:
            wanted[docid] = wanted.get(docid, 0.0) + TEXT_FIELDS[field].boost
    assert docids.tolist() == sorted(wanted)
    assert found.tolist() == pytest.approx([wanted[docid] for docid in sorted(wanted)])
