"""Two checkouts side by side: here, this one and itself."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.checkouts import HERE
from benchmarks.corpora import Corpus, make_articles, material_of, write_articles
from benchmarks.peers.base import Answer
from benchmarks.queries import make_queries
from benchmarks.versions import AUTOCOMPLETE, FIRST, OTHER, OURS, Compared, Side, Times, compare, stamp, told
from searchsvc.model.article import Article, ArticleId
from tests.benchmarks.test_corpora import RECORDS

COUNT = 300


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "part-0000.jsonl.gz"
    write_articles(path, islice(make_articles(material_of(RECORDS, made_up=0.7), 0), COUNT))
    return Corpus("test", COUNT, (path,))


def test_every_class_is_timed_in_both_and_answers_are_the_same(corpus: Corpus, tmp_path: Path) -> None:
    found = compare(corpus, {OURS: HERE, OTHER: HERE}, tmp_path, rounds=1)
    names = [each.name for each in make_queries(corpus.articles)]
    assert [each.name for each in found] == [*names, AUTOCOMPLETE, FIRST]
    for each in found:
        assert each.differing == 0, each.name
        assert len(each.times[OURS].wall) == len(each.times[OTHER].wall) > 0, each.name
        assert min(each.times[OURS].wall) > 0, each.name
    assert {path.name for path in (tmp_path / "versions" / "test").iterdir()} == {
        f"{key}-{stamp(HERE)}" for key in (OURS, OTHER)
    }


@pytest.mark.parametrize(
    ("answers", "is_slower"),
    [
        ([(1.2, 1.2)], True),
        ([(1.2, 1.0)], False),  # not by processor time
        ([(1.0, 1.2)], False),  # not by the clock
        ([(1.05, 1.05)], False),  # the bound is itself within
        ([(1.2, 1.2), (1.2, 1.2), (1.0, 1.0)], False),  # not at its fastest
    ],
)
def test_a_class_is_slower_by_every_measure(answers: list[tuple[float, float]], is_slower: bool) -> None:
    times = {OURS: Times(), OTHER: Times()}
    for wall, processor in answers:
        times[OURS].add(0, wall, processor)
        times[OTHER].add(0, 1.0, 1.0)
    assert Compared(name="term", found=1, differing=0, times=times).is_slower(1.05) == is_slower


def test_answers_that_differ_are_told_apart() -> None:
    rain = Article(id=ArticleId("rain"), headline="Rain", body="It rained.")
    one = told(Answer(total=1, keys=[1.00001], articles=[rain]))
    assert one == told(Answer(total=1, keys=[1.00002], articles=[rain]))
    assert one != told(Answer(total=1, keys=[1.1], articles=[rain]))
    assert one != told(Answer(total=1, keys=[1.00001]))


def test_a_process_that_died_is_named(tmp_path: Path) -> None:
    with Side(HERE) as side, pytest.raises(RuntimeError, match="has ended at"):
        side.ask({"do": "open", "folder": str(tmp_path / "nothing")})
