"""The documents that have any list, and their top docs, are those of scoring every document in plain Python."""

from collections.abc import Sequence

import pytest

from searchsvc.engines.bm25f import MAX_PROXIMITY, PROXIMITY_WINDOW
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.kernels.maxscore import Window, top_of_disjunction
from tests.engines.embedded.search.conftest import leaves_of, scored_plainly


@pytest.mark.parametrize("count", [0, 1, 10, 5_000])
@pytest.mark.parametrize("ranks", [(0, 3), (30, 0), (2, 0, 1), (50, 40, 59), (0, 1, 2, 3, 4, 5, 6, 7)])
def test_top_docs_that_have_any_leaf(engine: EmbeddedEngine, ranks: Sequence[int], count: int) -> None:
    with engine._snapshots.current() as snapshot:
        for number, leaves in enumerate(leaves_of(snapshot, ranks, is_any=True)):
            wanted = scored_plainly(snapshot, number, leaves)
            postings, ranking = snapshot.views[number].segment.postings.arrays, snapshot.ranking(number)
            found = top_of_disjunction(postings, leaves, ranking, count, True, Window.of())
            assert found.total == len(wanted)
            assert found.matches.tolist() == sorted(doc.docid for doc in wanted)
            assert found.docids.tolist() == [doc.docid for doc in wanted[:count]]
            assert found.keys.tolist() == pytest.approx([doc.key for doc in wanted[:count]], rel=1e-12)
            assert found.has_all.tolist() == [doc.has_all for doc in wanted[:count]]
            of_total_alone = top_of_disjunction(postings, leaves, ranking, count, False, Window.of())
            assert (of_total_alone.total, len(of_total_alone.matches)) == (found.total, 0)
            assert of_total_alone.docids.tolist() == found.docids.tolist()


@pytest.mark.parametrize("count", [1, 10, 60])
@pytest.mark.parametrize("ranks", [(0, 3), (2, 0, 1), (30, 0)])
def test_the_reserve_has_all_that_proximity_may_lift(engine: EmbeddedEngine, ranks: Sequence[int], count: int) -> None:
    with engine._snapshots.current() as snapshot:
        for number, leaves in enumerate(leaves_of(snapshot, ranks, is_any=True)):
            wanted = scored_plainly(snapshot, number, leaves)
            if len(wanted) <= count:
                continue
            last = wanted[count - 1].key
            lifted = [doc.key for doc in wanted[count:] if doc.has_all and doc.key * MAX_PROXIMITY < last]
            postings, ranking = snapshot.views[number].segment.postings.arrays, snapshot.ranking(number)
            found = top_of_disjunction(postings, leaves, ranking, count, False, Window.of())
            reserve = sorted(found.reserve_keys.tolist())
            assert reserve[: len(lifted)] == pytest.approx(lifted[:PROXIMITY_WINDOW], rel=1e-12)


@pytest.mark.parametrize("documents", [64, 192, 1_024])
def test_the_width_of_the_window_changes_nothing(engine: EmbeddedEngine, documents: int) -> None:
    with engine._snapshots.current() as snapshot:
        for number, leaves in enumerate(leaves_of(snapshot, (0, 3, 9, 33), is_any=True)):
            postings, ranking = snapshot.views[number].segment.postings.arrays, snapshot.ranking(number)
            wanted = top_of_disjunction(postings, leaves, ranking, 20, True, Window.of())
            window = Window.of(documents)
            found = top_of_disjunction(postings, leaves, ranking, 20, True, window)
            assert found.total == wanted.total > documents / 3
            assert found.keys.tolist() == wanted.keys.tolist()
            assert found.docids.tolist() == wanted.docids.tolist()
            assert found.has_all.tolist() == wanted.has_all.tolist()
            assert found.matches.tolist() == wanted.matches.tolist()
            assert not any(part.any() for part in window[:3])  # left as it was
