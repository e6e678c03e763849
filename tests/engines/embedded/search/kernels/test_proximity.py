"""Factors of many documents at once are those of `engines.bm25f.proximity`, one field at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines import bm25f
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.search.kernels.proximity import FIELDS, leaves_proximity, proximity
from searchsvc.model.fields import SEARCHED_FIELDS
from tests.engines.embedded.search.conftest import leaves_of, scored_plainly

places = st.sets(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 40)), max_size=40
)  # docid, field, position


@given(of_leaves=st.lists(places, min_size=2, max_size=4))
def test_factors_are_those_of_the_best_field(of_leaves: list[set[tuple[int, int, int]]]) -> None:
    keys = [[docid << 35 | field << 32 | position for docid, field, position in sorted(of)] for of in of_leaves]
    first = np.concatenate(([0], np.cumsum([len(of_leaf) for of_leaf in keys])))
    docids = np.arange(6, dtype=np.uint32)
    factors = proximity(np.array([key for of_leaf in keys for key in of_leaf], dtype=np.uint64), first, docids)
    for docid, factor in enumerate(factors.tolist()):
        of_fields = [
            [sorted(position for d, f, position in of if (d, f) == (docid, field)) for of in of_leaves]
            for field in range(FIELDS)
        ]
        assert factor == max(bm25f.proximity(of_field) for of_field in of_fields)


@pytest.mark.parametrize("fields", [SEARCHED_FIELDS, ("headline",)])
def test_factors_of_postings_lists_are_those_of_their_occurrences(
    engine: EmbeddedEngine, fields: tuple[str, ...]
) -> None:
    mask = np.array([name in fields for name in SEARCHED_FIELDS])
    with engine._snapshots.current() as snapshot:
        for number, leaves in enumerate(leaves_of(snapshot, (0, 4, 2), is_any=False)):
            docs = [doc.docid for doc in scored_plainly(snapshot, number, leaves) if doc.has_all]
            docids = np.array(sorted(docs), dtype=np.uint32)
            postings = snapshot.views[number].segment.postings.arrays
            keys = [
                occurrences(postings, stem_class, np.ones(1, np.bool_), mask, docids)
                for stem_class in leaves.stem_classes.tolist()
            ]
            first = np.concatenate(([0], np.cumsum([len(of_leaf) for of_leaf in keys])))
            wanted = proximity(np.concatenate(keys), first, docids)
            found = leaves_proximity(postings, leaves, mask, docids)
            assert found.tolist() == wanted.tolist()
            assert len(docids) > 50
            assert 1 < found.max() <= bm25f.MAX_PROXIMITY
