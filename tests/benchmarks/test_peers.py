"""Every engine that is here: the same questions, the same answers, on a small corpus."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.agreement import check
from benchmarks.brute_force import compare_with_brute_force, difference
from benchmarks.corpora import Corpus, make_articles, material_of, write_articles
from benchmarks.peers.base import FACETS, Answer, Asked, Kind, Peer
from benchmarks.peers.embedded import EmbeddedPeer
from benchmarks.peers.registry import OURS, PEERS, present
from benchmarks.queries import make_queries
from benchmarks.searching import measure
from searchsvc.model.article import Article
from tests.benchmarks.test_corpora import RECORDS

COUNT = 300


def articles() -> Iterator[Article]:
    return islice(make_articles(material_of(RECORDS, made_up=0.7), 0), COUNT)


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Peer]]:
    here, _ = present(PEERS)
    for key, peer in here.items():
        folder = tmp_path_factory.mktemp("peers") / key
        peer.build(articles(), folder)
        peer.open(folder)
    yield here
    for peer in here.values():
        peer.close()


def test_engines_agree_on_every_question(peers: dict[str, Peer]) -> None:
    for of_class in make_queries(articles, 5):
        assert check(of_class, peers).differences == (), of_class.name


def test_a_page_has_all_that_is_asked(peers: dict[str, Peer]) -> None:
    for key, peer in peers.items():
        answer = peer.answer(Asked(kind=Kind.TERM, words=("river",), facets=True, loads=True))
        assert answer.total > 10, key
        assert len(answer.articles) == len(answer.snippets) == 10, key
        assert all("river" in article.body for article in answer.articles), key
        assert any("river" in snippet for snippet in answer.snippets), key
        assert set(answer.facets) == set(FACETS), key


def test_many_commits_find_the_same(peers: dict[str, Peer], tmp_path: Path) -> None:
    asked = Asked(kind=Kind.ALL, words=("river", "evening"))
    for key in peers:
        peer = PEERS[key].make()
        peer.build(articles(), tmp_path / key, commit_every=70)
        peer.open(tmp_path / key)
        assert peer.answer(asked).total == peers[key].answer(asked).total, key
        peer.close()


def test_an_order_by_date_is_by_date(peers: dict[str, Peer]) -> None:
    for key, peer in peers.items():
        keys = peer.answer(Asked(kind=Kind.TERM, words=("river",), newest=True)).keys
        assert keys == sorted(keys, reverse=True), key


def test_a_misspelt_word_is_put_right(peers: dict[str, Peer]) -> None:
    spelling = next(each for each in make_queries(articles, 5) if each.name == "spelling")
    (told,) = measure([spelling], peers, 1)
    assert told["meant"][OURS] >= 4
    assert set(told["meant"]) <= {OURS, "xapian", "whoosh"}  # the others have no corrections


def test_ours_ranks_as_brute_force_does(peers: dict[str, Peer], tmp_path: Path) -> None:
    ours = peers[OURS]
    assert isinstance(ours, EmbeddedPeer)
    write_articles(tmp_path / "part.jsonl.gz", articles())
    corpus = Corpus("test", COUNT, (tmp_path / "part.jsonl.gz",))
    found = compare_with_brute_force(ours, corpus, make_queries(articles, 5))
    assert found["asked"] > 20
    assert found["differences"] == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(total=3, ids=["a", "b", "c"], keys=[3.0, 2.0, 1.0]), ""),
        (Answer(total=4, ids=["a", "b", "c"], keys=[3.0, 2.0, 1.0]), "4 found, 3 by brute force"),
        (Answer(total=3, ids=["a", "b", "c"], keys=[3.0, 2.5, 1.0]), "scores are others"),
        (Answer(total=3, ids=["b", "a", "c"], keys=[3.0, 2.0, 1.0]), "b stands where a does"),
        (Answer(total=3, ids=["a", "b", "d"], keys=[3.0, 2.0, 1.0]), ""),  # the last may tie with one not shown
    ],
)
def test_brute_force_says_what_differs(answer: Answer, said: str) -> None:
    expected = Answer(total=3, ids=["a", "b", "c"], keys=[3.0, 2.0, 1.0])
    found = difference(Asked(kind=Kind.TERM, words=("rain",)), answer, expected)
    assert said in found
    assert bool(found) == bool(said)
