"""The top docs of one list without scoring all of it: as many postings as are needed, and the same docs."""

import random
from pathlib import Path

import numpy as np
import pytest

from searchsvc.engines.bm25f import K1, RECENCY_WEIGHT
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.postings.bm25f import Ranking
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import max_tf
from searchsvc.engines.embedded.search.kernels.block_max import top_of_term
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies
from searchsvc.model.fields import SEARCHED_FIELDS
from tests.engines.embedded.search.conftest import ARTICLES, WORDS
from tests.engines.samples import story


@pytest.mark.parametrize("rank", [0, 1, 4])
@pytest.mark.parametrize("count", [1, 10])
def test_top_docs_of_each_segment_are_those_of_scoring_all_of_it(engine: EmbeddedEngine, rank: int, count: int) -> None:
    with engine._snapshots.current() as snapshot:
        for view in snapshot.views:
            compare(snapshot, view, WORDS[rank], count)
        assert [view.drift(snapshot.averages) > 1 for view in snapshot.views][:2] == [True, True]


def test_of_a_frequent_word_most_postings_are_not_scored(tmp_path: Path) -> None:
    """Few articles are about it, so few postings can be among the top."""
    engine = EmbeddedEngine(tmp_path)
    chance = random.Random(3)
    with engine.writer() as writer:
        for n in range(ARTICLES):
            headline = f"{WORDS[0]} {WORDS[0]}" if chance.random() < 0.004 else "A story"
            writer.put(story(str(n), headline, " ".join([WORDS[0], *chance.choices(WORDS[1:], k=30)])))
    with engine._snapshots.current() as snapshot:
        (view,) = snapshot.views
        scored, postings = compare(snapshot, view, WORDS[0], 3)
        assert postings >= 15 * BLOCK
        assert scored < postings / 2, f"{scored} of {postings} postings"
    engine.close()


def compare(snapshot: Snapshot, view: View, word: str, count: int) -> tuple[int, int]:
    """Fail where the top docs of a list are not those of scoring all of it; the postings scored, and all."""
    stem_class = view.segment.dictionary.stem_class(word)
    assert stem_class is not None
    view.segment.postings.check(stem_class)
    postings, weights = view.segment.postings.arrays, view.segment.dictionary.full_weights(stem_class)
    norms, recency = view.norms(SEARCHED_FIELDS, snapshot.averages), view.recency(snapshot.newest)
    ranks, drift = view.columns.id_ranks, view.drift(snapshot.averages)
    ranking = Ranking(norms, view.live, recency, ranks, np.array([1 + RECENCY_WEIGHT, drift]))
    keys, docids, scored = top_of_term(postings, stem_class, weights, 2.5, ranking, count)
    every, found = frequencies(postings, stem_class, weights, norms, view.live)
    scores = -2.5 * (found * (K1 + 1) / (K1 + found)) * recency[every]
    order = np.lexsort((ranks[every], scores))[:count]
    assert docids.tolist() == every[order].tolist()
    assert keys.tolist() == scores[order].tolist()
    return scored, view.segment.postings.count(stem_class)


def test_no_posting_scores_more_than_its_block_says(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        for view in snapshot.views:
            postings = view.segment.postings.arrays
            own = view.norms(SEARCHED_FIELDS, snapshot.averages)
            drift = view.drift(snapshot.averages)
            for stem_class in range(view.segment.dictionary.stem_class_count):
                view.segment.postings.check(stem_class)
                _, found = frequencies(
                    postings, stem_class, view.segment.dictionary.full_weights(stem_class), own, np.empty(0, np.bool_)
                )
                for block in range(int(postings.first_block[stem_class]), int(postings.first_block[stem_class + 1])):
                    start = (block - int(postings.first_block[stem_class])) * BLOCK
                    impact = int(postings.max_impact[block])
                    assert impact == 255 or found[start : start + BLOCK].max() <= max_tf(impact) * drift
