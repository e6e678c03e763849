"""The questions: the same each time, of every class, and such that any engine finds the same."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.corpora import Corpus, make_articles, material_of, write_articles
from benchmarks.peers.base import Kind
from benchmarks.queries import make_queries, misspell, queries, safe_words, unmistakable
from searchsvc.model.article import Article, ArticleId
from tests.benchmarks.test_corpora import RECORDS


def articles() -> Iterator[Article]:
    return make_articles(material_of(RECORDS, made_up=0.7), 0, 400)


def article(body: str) -> Article:
    return Article(id=ArticleId(body), headline="Rain", body=body)


def test_the_same_corpus_gives_the_same_questions() -> None:
    assert make_queries(articles, 5) == make_queries(articles, 5)


def test_there_are_fifteen_classes_of_which_two_are_pages() -> None:
    classes = make_queries(articles, 5)
    assert len(classes) == 15
    assert [each.name for each in classes if each.pages] == ["results page, common term", "results page, mixed"]
    assert {one.kind for each in classes for one in each.asked} >= {Kind.TERM, Kind.CORRECT, Kind.ALIKE}


def test_questions_are_kept_as_they_are(tmp_path: Path) -> None:
    write_articles(tmp_path / "part.jsonl.gz", articles())
    corpus = Corpus("test", 400, (tmp_path / "part.jsonl.gz",))
    made = queries(corpus, tmp_path)
    assert queries(corpus, tmp_path) == made
    assert made == make_queries(corpus.articles)


@pytest.mark.parametrize(
    ("body", "unsafe"),
    [
        ("They used it.", "used"),  # Porter's stemmer makes it "us"
        ("A general is generous.", "general"),  # one stem by Porter's first stemmer, two by his second
        ("Smith&Jones rose.", "jones"),  # one word to some engines
        ("Written in basic++.", "basic"),
        ("It is o'clock.", "clock"),
    ],
)
def test_a_word_that_engines_read_differently_is_not_asked(body: str, unsafe: str) -> None:
    assert unsafe not in safe_words([article(body)]).safe


def test_plain_words_are_asked() -> None:
    assert {"ferry", "river"} <= set(safe_words([article("The ferry on the river, and Kent's ferry.")]).safe)


@pytest.mark.parametrize(
    "other",
    [
        "many oils prices fell",  # another form of a word
        "many oil, prices fell",  # a mark between
        "many oil\n\nprices fell, but oil's prices rose",  # a possessive between
    ],
)
def test_a_phrase_that_stands_somewhere_in_another_form_is_left_out(other: str) -> None:
    plain = [article("the oil prices fell"), article("as oil prices rose")]
    counts = dict.fromkeys(["the", "oil", "oils", "prices", "fell", "as", "rose", "many", "but"], 1)
    assert unmistakable(["oil prices"], counts, plain) == ["oil prices"]
    assert unmistakable(["oil prices"], counts, [*plain, article(other)]) == []


def test_a_misspelt_word_is_in_no_article() -> None:
    chance = random.Random(1)
    known = {"ferry": 1, "fery": 1}
    assert all(misspell("ferry", known, chance) not in known for _ in range(200))
