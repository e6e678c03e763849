"""Orders over several segments are those of sorting keys and ids in plain Python."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import UNDATED, Snapshot
from searchsvc.engines.embedded.search.top_docs import After, TopDocs, after_of, behind, cursor_of, order, select
from searchsvc.model.request import Sort
from tests.engines.samples import request_of

Place = tuple[int, int]  # segment, docid
keys_of_places = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 700)), st.sampled_from((-2.0, -1.5, -1.5, 0.0, UNDATED)), max_size=60
)
# The engine is the same for all examples, and none changes it.
several = settings(max_examples=60)


def identified(snapshot: Snapshot, docs: TopDocs) -> list[tuple[float, str]]:
    """The key and the id of each."""
    return [
        (key, snapshot.views[segment].columns.ids[docid])
        for key, segment, docid in zip(docs.keys.tolist(), docs.segments.tolist(), docs.docids.tolist(), strict=True)
    ]


def docs_of(chosen: dict[Place, float]) -> TopDocs:
    return TopDocs(
        np.array([*chosen.values()]),
        np.array([segment for segment, _ in chosen], dtype=np.int64),
        np.array([docid for _, docid in chosen], dtype=np.uint32),
    )


@several
@given(chosen=keys_of_places)
def test_equal_keys_are_ordered_by_id_in_whichever_segment(engine: EmbeddedEngine, chosen: dict[Place, float]) -> None:
    with engine._snapshots.current() as snapshot:
        docs = docs_of(chosen)
        found = identified(snapshot, docs.at(order(snapshot, docs)))
        assert found == sorted(identified(snapshot, docs))


@several
@given(chosen=keys_of_places, count=st.integers(0, 70), data=st.data())
def test_a_selection_is_a_run_of_the_whole_order(
    engine: EmbeddedEngine, chosen: dict[Place, float], count: int, data: st.DataObject
) -> None:
    with engine._snapshots.current() as snapshot:
        sets, keys = [], []
        for number in range(len(snapshot.views)):
            docids = sorted(docid for segment, docid in chosen if segment == number)
            sets.append(np.array(docids, dtype=np.uint32))
            keys.append(np.array([chosen[number, docid] for docid in docids]))
        whole = sorted(identified(snapshot, docs_of(chosen)))
        assert identified(snapshot, select(snapshot, tuple(sets), keys, count)) == whole[:count]
        if whole:
            start = data.draw(st.integers(0, len(whole) - 1))
            after = After(*whole[start])
            left = whole[start + 1 :]
            assert identified(snapshot, select(snapshot, tuple(sets), keys, count, after)) == left[:count]
            docs = docs_of(chosen)
            assert sorted(identified(snapshot, behind(snapshot, docs, after))) == left


def test_a_cursor_may_name_an_id_that_is_in_no_segment(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        docs = docs_of({(segment, docid): 1.0 for segment in range(3) for docid in range(30)})
        whole = sorted(identified(snapshot, docs))
        for (_, before), (_, later) in pairwise(whole):
            found = identified(snapshot, behind(snapshot, docs, After(1.0, before + "!")))
            assert min(found) == (1.0, later)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("key", [-4.0, UNDATED])
def test_a_cursor_comes_back_as_the_key_it_was_made_of(sort: Sort, key: float) -> None:
    if sort is Sort.RELEVANCE and key == UNDATED:
        return  # every hit has a score
    assert after_of(request_of(sort=sort, after=cursor_of(key, "a", sort))) == After(key, "a")
