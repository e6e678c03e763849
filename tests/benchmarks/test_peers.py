"""Every engine that is here: the same questions, the same answers, on a small corpus."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from benchmarks.agreement import check
from benchmarks.brute_force import compare_with_brute_force, difference
from benchmarks.corpora import Corpus, make_articles, material_of, write_articles
from benchmarks.peers.base import CORRECTIONS, FACETS, STORIES, Answer, Asked, Kind, Peer
from benchmarks.peers.embedded import EmbeddedPeer, as_request
from benchmarks.peers.registry import OURS, PEERS, present
from benchmarks.queries import count_alone, make_queries, one_facet, results_page
from benchmarks.searching import measure
from searchsvc.archive.archive import Archive
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.request import FacetRequest, SearchRequest, ValueFilter
from searchsvc.model.result import Correction, Related, SearchResult
from searchsvc.settings import Settings
from searchsvc.web.search_state import SearchState
from tests.benchmarks.test_corpora import RECORDS

TODAY = date(2024, 3, 19)

COUNT = 300


def articles() -> Iterator[Article]:
    return islice(make_articles(material_of(RECORDS, made_up=0.7), 0), COUNT)


def named(ids: str) -> list[Article]:
    return [Article(id=ArticleId(id), headline=id, body=id) for id in ids]


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
        answer = peer.answer(Asked(kind=Kind.TERM, words=("river",), facets=FACETS, bars="year", snippets=True))
        assert answer.total > 10, key
        assert len(answer.articles) == len(answer.snippets) == 10, key
        assert all("river" in article.body for article in answer.articles), key
        assert any("river" in snippet for snippet in answer.snippets), key
        assert set(answer.facets) == set(FACETS), key
        assert sum(answer.bars.values()) == answer.total, key
        assert all(1990 <= int(year) <= 2019 for year in answer.bars), key


def test_hits_are_articles_whatever_else_is_asked(peers: dict[str, Peer]) -> None:
    (article,) = islice(articles(), 1)
    known = set(articles())
    for key, peer in peers.items():
        alike = Asked(kind=Kind.ALIKE, article=article, hits=15)
        for asked in (Asked(kind=Kind.TERM, words=("river",)), Asked(kind=Kind.PREFIX, words=("riv",)), alike):
            if asked.kind in peer.kinds:
                answer = peer.answer(asked)
                assert answer.articles, (key, asked.kind)
                assert len(answer.articles) == len(answer.keys), (key, asked.kind)
                assert known.issuperset(answer.articles), (key, asked.kind)
                assert not answer.snippets, (key, asked.kind)


def test_ours_is_asked_what_the_archive_asks() -> None:
    """Each request below is one that `Archive` makes for an address of the site or of the API."""
    settings = Settings()
    term = Asked(kind=Kind.TERM, words=("river",))
    page = "/search?facets=tag,author,place&interval=year"
    for asked, address in (
        (results_page(term, "year"), page),
        (term, "/api/v1/search?facets=none&show-highlights=false"),
        (replace(term, snippets=True), "/api/v1/search?facets=none"),
        (replace(term, newest=True), "/api/v1/search?facets=none&show-highlights=false&order-by=newest"),
    ):
        state, problems = SearchState.read(
            MultiDict(parse_qsl(urlsplit(address).query)), settings, today=date(2024, 3, 19)
        )
        expected, made = state.request(settings), as_request(asked)
        assert problems == (), address
        assert set(made.facets) == set(expected.facets), address
        same = replace(made, query=expected.query, facets=expected.facets, timeout_ms=expected.timeout_ms)
        assert same == expected, address


def test_ours_is_asked_for_as_many_stories_and_corrections_as_the_archive_asks() -> None:
    asked: dict[str, int] = {}

    class Noting(MemoryEngine):
        def related(self, article: Article, *, limit: int = 0, languages: tuple[str, ...] = ()) -> Related:
            asked["stories"] = limit
            return super().related(article, limit=limit, languages=languages)

        def spell(self, word: str, *, limit: int = 0) -> tuple[Correction, ...]:
            asked["corrections"] = limit
            return super().spell(word, limit=limit)

    archive = Archive(Noting(articles()), Settings())
    archive.related(next(archive.scan()).id)
    archive.search("rivver", SearchRequest(), today=TODAY)
    assert asked == {"stories": STORIES, "corrections": CORRECTIONS}


def test_ours_counts_as_the_archive_does() -> None:
    asked: list[SearchRequest] = []

    class Noting(MemoryEngine):
        def search(self, request: SearchRequest) -> SearchResult:
            asked.append(request)
            return super().search(request)

    archive = Archive(Noting(articles()), Settings())
    request = SearchRequest(snippets=False)
    archive.facet("river", request, FacetRequest(field="tag"), today=TODAY)
    term = Asked(kind=Kind.TERM, words=("river",))
    made = as_request(one_facet(term, "tag"))
    assert replace(asked[0], query=made.query, timeout_ms=made.timeout_ms) == made
    asked.clear()
    archive.search(
        "river nowhere", replace(request, filters=(ValueFilter(field="tag", values=("none",)),)), today=TODAY
    )
    made = as_request(count_alone(term))
    assert made in [replace(each, query=made.query, timeout_ms=made.timeout_ms) for each in asked]


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
    spelling = next(each for each in make_queries(articles, 5) if each.name == "did you mean")
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
        (Answer(total=3, articles=named("abc"), keys=[3.0, 2.0, 1.0]), ""),
        (Answer(total=4, articles=named("abc"), keys=[3.0, 2.0, 1.0]), "4 found, 3 by brute force"),
        (Answer(total=3, articles=named("abc"), keys=[3.0, 2.5, 1.0]), "scores are others"),
        (Answer(total=3, articles=named("bac"), keys=[3.0, 2.0, 1.0]), "b stands where a does"),
        (Answer(total=3, articles=named("abe"), keys=[3.0, 2.0, 1.0]), ""),  # the last may tie with one not shown
        (Answer(total=3, articles=named("abc"), keys=[3.0, 2.0, 1.0], bars={"1987-10": 3}), "counts by month"),
    ],
)
def test_brute_force_says_what_differs(answer: Answer, said: str) -> None:
    expected = Answer(total=3, articles=named("abc"), keys=[3.0, 2.0, 1.0])
    found = difference(Asked(kind=Kind.TERM, words=("rain",)), answer, expected)
    assert said in found
    assert bool(found) == bool(said)
