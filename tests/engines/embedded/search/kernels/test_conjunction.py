"""The documents that have all lists, and their top docs, are those of scoring every document in plain Python."""

from collections.abc import Sequence

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.kernels.conjunction import top_of_conjunction
from tests.engines.embedded.search.conftest import leaves_of, scored_plainly


@pytest.mark.parametrize("listing", [False, True])
@pytest.mark.parametrize("count", [0, 1, 10, 5_000])
@pytest.mark.parametrize("ranks", [(0, 3), (30, 0), (2, 0, 1), (50, 40, 59), (0, 1, 2, 3, 4, 5, 6, 7)])
def test_top_docs_that_have_all_leaves(engine: EmbeddedEngine, ranks: Sequence[int], count: int, listing: bool) -> None:
    with engine._snapshots.current() as snapshot:
        for number, leaves in enumerate(leaves_of(snapshot, ranks, is_any=False)):
            if len(leaves.stem_classes) < len(ranks):
                continue
            wanted = [doc for doc in scored_plainly(snapshot, number, leaves) if doc.has_all]
            postings, ranking = snapshot.views[number].segment.postings.arrays, snapshot.ranking(number)
            found = top_of_conjunction(postings, leaves, ranking, count, listing)
            assert found.total == len(wanted)
            assert found.matches.tolist() == (sorted(doc.docid for doc in wanted) if listing else [])
            assert found.docids.tolist() == [doc.docid for doc in wanted[:count]]
            assert found.keys.tolist() == pytest.approx([doc.key for doc in wanted[:count]], rel=1e-12)
            assert found.has_all.all()
            assert not len(found.reserve_keys)
