"""The corpora: the same articles each time, like real ones."""

import random
from itertools import islice
from pathlib import Path

from benchmarks import corpora
from benchmarks.corpora import Material, cut_paragraphs, make_articles, material_of, read_articles, write_articles

RECORDS = [
    {
        "headline": f"Rain in county {number}",
        "body": f"It rained for {number} hours on Monday. The river rose by {number} metres. "
        "Nobody in the county was hurt, and the ferry sailed again in the evening of the same day.",
        "tags": ["Rain", "weather"] if number % 2 else ["rain"],
        "place": "KENT" if number % 3 else "Kent",
        "authors": ["Desmond Whitlock"],
    }
    for number in range(30)
]


def material() -> Material:
    return material_of(RECORDS)


def test_the_same_part_has_the_same_articles() -> None:
    assert list(make_articles(material(), 3, 50)) == list(make_articles(material(), 3, 50))


def test_a_shorter_corpus_is_the_beginning_of_a_longer_one() -> None:
    assert list(make_articles(material(), 0, 20)) == list(islice(make_articles(material(), 0, 50), 20))


def test_parts_differ_and_ids_are_unique() -> None:
    articles = [*make_articles(material(), 0, 50), *make_articles(material(), 1, 50)]
    assert len({article.id for article in articles}) == 100
    assert len({(article.body, article.published_at) for article in articles}) > 90


def test_the_generator_gives_these_very_articles() -> None:
    """Whoever changes what the seed gives must raise the version, or old and new articles would be mixed."""
    first = next(make_articles(material(), 0, 1))
    assert corpora.VERSION == 1
    assert (first.id, first.headline, first.published_on.isoformat() if first.published_on else "") == FIRST


FIRST = ("synthetic/0000000", "Rain in county 27", "1997-02-17")


def test_dates_are_of_thirty_years() -> None:
    years = {a.published_on.year for a in make_articles(material(), 0, 500) if a.published_on is not None}
    assert min(years) == 1990
    assert max(years) == 2019


def test_a_value_has_one_spelling() -> None:
    articles = list(make_articles(material(), 0, 200))
    assert {article.place for article in articles} == {"Kent"}
    assert {tag for article in articles for tag in article.tags} == {"rain", "weather"}


def test_made_up_words_make_rare_ones() -> None:
    assert len(material_of(RECORDS, made_up=1.0).paragraphs) > len(material().paragraphs)
    assert any("agreed." in text for text in material_of(RECORDS, made_up=0.5).paragraphs)


def test_paragraphs_are_of_whole_sentences() -> None:
    body = RECORDS[7]["body"]
    assert isinstance(body, str)
    for text in cut_paragraphs(body, random.Random(1)):
        assert text in body
        assert text.endswith(".")


def test_articles_are_kept_as_they_are(tmp_path: Path) -> None:
    articles = list(make_articles(material(), 0, 30))
    write_articles(tmp_path / "kept" / "part.jsonl.gz", articles)
    assert list(read_articles(tmp_path / "kept" / "part.jsonl.gz")) == articles
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["part.jsonl.gz"]
