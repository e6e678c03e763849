"""Candidates that are dropped without a score are not among the best.

The loops have no plain twin here: they are held to themselves when nothing is dropped, and to the memory engine
(`test_candidates`, `test_agreement`).
"""

import pytest

from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.similar.candidates import COPIES
from searchsvc.engines.embedded.similar.key_terms import KeyTermFinder
from searchsvc.engines.embedded.similar.related import similar_of_view
from searchsvc.model.article import Article
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.similar.samples import random_stories


def best(
    snapshot: Snapshot, view: View, finder: KeyTermFinder, article: Article, count: int
) -> dict[int, list[tuple[float, str, float, int]]]:
    """Key, id, similarity and set of terms of the best documents of each part, in order."""
    found = similar_of_view(snapshot, view, article, finder.find(snapshot, article), count, ())
    rows = zip(
        found.parts.tolist(), found.keys.tolist(), view.columns.ids_at(found.docids),
        found.similarity.tolist(), found.shared.tolist(), strict=True,
    )  # fmt: skip
    parts: dict[int, list[tuple[float, str, float, int]]] = {}
    for part, *row in sorted(rows):
        parts.setdefault(part, []).append((*row,))
    return parts


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_few_are_the_first_of_all(open_engine: OpenEngine, seed: int, segments: int) -> None:
    engine = open_engine()
    articles = random_stories(seed, 600)
    for part in range(segments):
        with engine.writer() as writer:
            for article in articles[part::segments]:
                writer.put(article)
    finder = KeyTermFinder()
    with engine._snapshots.current() as snapshot:
        for article in articles[:12]:
            for view in snapshot.views:
                every = best(snapshot, view, finder, article, 600)  # at this count nothing is dropped
                assert sum(map(len, every.values())) > 30
                for count in (1, 4, 10):
                    few = best(snapshot, view, finder, article, count)
                    assert few == {p: of_part if p == COPIES else of_part[:count] for p, of_part in every.items()}
