"""Snippets are those of the plain twin, `text.snippets`, for random and real articles, cached tokens or not.

This is also the test of `query_leaves` and of all loops of the room: they are parts of one kernel,
`fragments_of_page`, and a snippet shows what each of them gives: matches, sentences, passages and highlights.
"""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.highlight import highlighter, sentence_kernels
from searchsvc.engines.embedded.highlight.highlighter import Highlighter, sentence_classes
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import And, Fuzzy, Leaf, MatchAll, Not, Or, Phrase, Prefix, Query, Term, Value
from searchsvc.model.result import Snippet
from searchsvc.text.snippets import SEEN, leaves_by_field, snippet, snippets_of
from tests.engines.samples import story
from tests.engines.strategies import WORDS

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"

# One for all random articles: forms learnt from some must not show in others.
LEARNT = Highlighter()

PRINTED = (
    *WORDS, "Mr.", "end.", "End!", "«quoted»", "“Yes.”", "国会。", "a" * 70, "U.S.-led", "\u0301", "–", "\ud800",
    "(Brackets)", "small", "Why?", "'Tis", "It’s", "…", "_Prof.", "xProf.", "No. 5", "J. K.", "3.5", "Öl", "ß.", "１",
)  # fmt: skip
GAPS = (" ", " ", " ", "  ", "\n\n", ". ", "\t", "", "\n", "\r\n", "\x1f", "\x85", "\u2009", "\u3000", "！", '.) "')
LEAVES: tuple[Leaf, ...] = (
    Term("strike"), Term("strikes", exact=True), Term("US", acronym=True), Term("al-Assad"), Term("grève"),
    Term("国会"),
    Term("the"), Term("strike", "headline"), Term("state", "body"), Term("syria", "tag"), Term("–"), Term("国"),
    Phrase("state of the"), Phrase("strike"), Phrase("the strikes", field="summary"), Phrase(""), Phrase("is the us"),
    Phrase("the state", slop=0), Phrase("strike the of", slop=5), Phrase("us us", slop=30), Phrase("the", slop=3),
    Prefix("str"), Prefix("nat", "kicker"), Prefix("–"), Fuzzy("strile", 1), Fuzzy("cafes", 2), Value("tag", "Syria"),
)  # fmt: skip


def texts(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(st.sampled_from(PRINTED), st.sampled_from(GAPS)), max_size=most).map(
        lambda pairs: "".join(word + gap for word, gap in pairs)
    )


articles = st.builds(
    Article,
    id=st.just(ArticleId("1")),
    headline=texts(8),
    kicker=texts(3),
    summary=texts(12),
    body=texts(150),
    language=st.sampled_from(("en", "en", "fr", "", "xx")),
)
queries = st.lists(st.sampled_from(LEAVES), max_size=4).map(lambda leaves: Or((*leaves, Not(Term("is")))))


@given(
    page=st.lists(articles, max_size=4),
    query=queries,
    languages=st.sampled_from((("en",), ("en", "fr"), ())),
    exact=st.booleans(),
    query_fields=st.sampled_from((SEARCHED_FIELDS, ("headline",), ("body", "kicker"))),
)
def test_snippets_are_those_of_the_plain_way(
    page: list[Article], query: Query, languages: tuple[str, ...], exact: bool, query_fields: tuple[str, ...]
) -> None:
    expected = [
        snippets_of(article, query, languages=languages, exact=exact, query_fields=query_fields) for article in page
    ]
    for finder in (LEARNT, Highlighter()):
        shown = finder.snippets(page, query, languages=languages, exact=exact, query_fields=query_fields)
        assert shown == expected


@given(
    body=texts(120),
    leaves=st.lists(st.sampled_from(LEAVES), min_size=1, max_size=5),
    fragments=st.integers(0, 4),
    width=st.sampled_from((2, 7, 30, 80, 200)),
)
def test_any_number_of_fragments_of_any_width_is_that_of_the_plain_way(
    body: str, leaves: list[Leaf], fragments: int, width: int
) -> None:
    article = Article(id=ArticleId("1"), headline="", body=body)
    query = Or(tuple(leaves))
    expected = snippet(body, "en", leaves_by_field(query, SEARCHED_FIELDS)["body"], fragments=fragments, width=width)
    [shown] = Highlighter(fragments=fragments, width=width).snippets([article], query)
    assert shown.get("body", Snippet()) == expected


def test_sentence_classes_are_as_python_has_them() -> None:
    for bit, is_so in (
        (sentence_kernels.SPACE, str.isspace),
        (sentence_kernels.ALPHANUMERIC, str.isalnum),
        (sentence_kernels.CAPITAL, lambda c: "A" <= c <= "Z"),
        (sentence_kernels.STOPS, lambda c: c in ".!?…"),
        (sentence_kernels.BEGINS, lambda c: (c.isalnum() and not "a" <= c <= "z") or c in "\"'“‘«(["),
    ):
        assert np.flatnonzero(sentence_classes() & bit).tolist() == [n for n in range(0x110000) if is_so(chr(n))]


@pytest.mark.parametrize("query", [Term("rain"), Prefix("r"), Phrase("rain rain"), Phrase("rain", slop=2), MatchAll()])
def test_pages_without_texts_and_blank_texts(query: Query) -> None:
    assert Highlighter().snippets([], query) == []
    for body in ("", " ", " \n" * SEEN, " " * SEEN + "rain", "rain", "rain " * SEEN):
        page = [Article(id=ArticleId("1"), headline="", kicker=" ", summary=body, body=body)] * 2
        assert Highlighter().snippets(page, query) == [snippets_of(article, query) for article in page]


def real_articles() -> Iterator[Article]:
    for name in ("reuters_2006_2010/2008.jsonl.gz", "allsides/2012_2015.jsonl.gz"):
        with gzip.open(SHARED / name, "rt", encoding="utf-8") as lines:
            for line in islice(lines, 150):
                record = json.loads(line)
                yield Article(id=ArticleId(record["id"]), headline=record["headline"], body=record["body"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not on this machine")
@pytest.mark.parametrize(
    "query",
    [
        MatchAll(),
        Or((Term("the"), Term("of"), Term("and"))),
        And((Term("oil"), Phrase("crude oil"), Phrase("new york", slop=8))),
        Or((Prefix("pres"), Fuzzy("goverment", 2), Term("US", acronym=True), Term("President's"))),
    ],
)
def test_snippets_of_real_articles_are_those_of_the_plain_way(query: Query) -> None:
    page = list(real_articles())
    assert Highlighter().snippets(page, query) == [snippets_of(article, query) for article in page]


def test_only_the_first_part_of_a_very_long_text_is_read() -> None:
    long = "rain and " * (SEEN // 9) + "rain Syria rain. "
    page = [Article(id=ArticleId(name), headline="Syria", body=long) for name in "ab"]
    query = Or((Term("syria"), Term("rain")))
    assert Highlighter().snippets(page, query) == [snippets_of(article, query) for article in page]


def test_forms_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "MAX_FORMS", 50)
    finder = Highlighter()
    for start in range(0, 400, 20):
        article = Article(
            id=ArticleId("1"), headline="Rain", body=" ".join(f"w{number}" for number in range(start, start + 20))
        )
        query = Or((Term(f"w{start + 3}"), Prefix("ra")))
        assert finder.snippets([article], query) == [snippets_of(article, query)]
        assert len(finder._token_cache.tokenizers.forms) <= 50 + 21


@given(archive=st.lists(articles, min_size=1, max_size=6), data=st.data())
def test_cached_tokens_change_no_snippet(archive: list[Article], data: st.DataObject) -> None:
    finder = Highlighter()
    pages = st.lists(st.sampled_from(range(len(archive))), max_size=6, unique=True)
    for _ in range(3):
        numbers, query = data.draw(pages), data.draw(queries)
        page = [archive[number] for number in numbers]
        shown = finder.snippets(page, query, keys=[(0, number) for number in numbers])
        assert shown == [snippets_of(article, query) for article in page]


@pytest.mark.parametrize("query", [Term("rain"), Term("sun")])
def test_the_cache_of_tokens_is_bounded(query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "CACHE_BYTES", 40_000)
    finder = Highlighter()
    for number in range(100):
        article = story(str(number), "Rain", body="rain fell " * number)
        assert finder.snippets([article], query, keys=[(0, number)]) == [snippets_of(article, query)]
    assert 20_000 < finder._token_cache._cache._held <= 40_000


def test_forms_that_are_forgotten_take_the_cached_tokens_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "MAX_FORMS", 30)
    finder = Highlighter()
    archive = [story(str(number), "Rain", body=f"Rain a{number} b{number} c{number}.") for number in range(40)]
    for number in (*range(40), *range(40)):
        query = Term(f"b{number}")
        shown = finder.snippets(archive[number : number + 1], query, keys=[(0, number)])
        assert shown == [snippets_of(archive[number], query)]


def test_threads_may_share_a_highlighter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlighter, "MAX_FORMS", 100)
    finder = Highlighter()

    def ask(start: int) -> bool:
        words = " ".join(f"w{number}" for number in range(start, start + 30))
        article = Article(id=ArticleId("1"), headline="Rain", body=words)
        query = Or((Phrase(f"w{start + 3} w{start + 4}"), Term(f"w{start + 7}")))
        return finder.snippets([article], query) == [snippets_of(article, query)]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, list(range(0, 300, 3)) * 3))
