"""An article is the same after a way through JSON, and what is none is said to be none."""

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.model.article import Article, ArticleId, DatePrecision, Provenance

texts = st.text(st.characters(codec=None), max_size=8)  # half surrogate pairs too
zones = st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-3, seconds=7))))
instants = st.none() | st.datetimes(timezones=zones).map(lambda at: at.replace(fold=0))
numbers = st.integers(0, 2**64 - 1) | st.sampled_from((2**64, 10**30))

articles = st.builds(
    Article,
    id=texts.map(ArticleId), headline=texts, body=texts, kicker=texts, summary=texts, byline=texts,
    authors=st.lists(texts, max_size=3).map(tuple), agency=texts, publication=texts, section=texts, place=texts,
    tags=st.lists(texts, max_size=3).map(tuple), language=texts, url=texts, published_on=st.none() | st.dates(),
    published_at=instants, date_precision=st.sampled_from(DatePrecision), date_source=texts, revision=numbers,
    revised_at=instants, fingerprint=numbers,
    provenance=st.builds(
        Provenance, importer=texts, source=texts, position=texts, saved_on=st.none() | st.dates(),
        notes=st.lists(texts, max_size=2).map(tuple),
    ),
)  # fmt: skip


@given(article=articles.filter(lambda article: article.id))
def test_an_article_is_the_same_after_a_way_through_json(article: Article) -> None:
    for read in (Article.from_json(article.to_json()), Article.from_text(article.to_text()[0])):
        assert read == article
        assert hash(read) == hash(article)
        assert repr(read) == repr(article)
        assert read.to_text() == article.to_text()


def test_what_an_article_does_not_know_is_left_out() -> None:
    values = {"id": "1", "headline": "Rain", "colour": "grey", "provenance": {"importer": "jsonl", "weather": "wet"}}
    assert Article.from_json(values) == Article(
        id=ArticleId("1"), headline="Rain", body="", provenance=Provenance(importer="jsonl")
    )
    assert "colour" in values


def test_articles_made_of_json_share_nothing_that_changes() -> None:
    one, other = (Article.from_json({"id": id, "tags": ["a"]}) for id in "12")
    assert (one.id, other.id, one.tags) == ("1", "2", ("a",))
    with pytest.raises(AttributeError):
        one.id = ArticleId("3")  # type: ignore[misc]


ODD: tuple[dict[str, Any], ...] = (  # Any: JSON values
    {"tags": None}, {"tags": 3}, {"authors": None}, {"published_on": "yesterday"}, {"published_on": None},
    {"published_on": 3}, {"published_at": "2015-13-01T00:00:00"}, {"published_at": []}, {"revised_at": 1},
    {"date_precision": "hour"}, {"date_precision": None}, {"date_precision": []}, {"provenance": None},
    {"provenance": "a file"}, {"provenance": {"saved_on": "never"}}, {"provenance": {"notes": None}},
)  # fmt: skip


@pytest.mark.parametrize("values", [{}, {"headline": "Rain"}, [], None, "id", 3, *({"id": "1"} | odd for odd in ODD)])
def test_what_is_no_article_is_said_to_be_none(values: Any) -> None:  # Any: a JSON value
    with pytest.raises((KeyError, ValueError, TypeError)):
        Article.from_json(values)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'"id"', b'{"id":"1"', b"\xff", b'{"headline":"Rain"}'])
def test_a_text_that_is_no_article_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        Article.from_text(text)
