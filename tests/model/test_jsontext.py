"""JSON text is to the byte what the standard library writes: digests that were kept long ago still hold."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchsvc.model.article import Article, ArticleId, DatePrecision, Provenance
from searchsvc.model.jsontext import written

texts = st.text(st.characters(exclude_categories=()))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(values)
@example('\ud800 \x00\x1f\x7f\u2028\\"/ é 😀')
@example([2**63, 2**64, -(2**63) - 1])
def test_it_is_what_the_standard_library_writes(value: Any) -> None:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    assert written(value) == plain


@pytest.mark.parametrize("value", [date(2015, 1, 1), Provenance(), {1, 2}, b"bytes"], ids=lambda v: type(v).__name__)
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        written(value)


@given(texts, texts, st.lists(texts), texts, st.integers(0, 2**64 - 1))
def test_an_article_s_text_is_its_json(headline: str, body: str, tags: list[str], note: str, fingerprint: int) -> None:
    article = Article(
        id=ArticleId("1"),
        headline=headline,
        body=body,
        tags=tuple(tags),
        published_on=date(2015, 9, 30),
        published_at=datetime(2015, 9, 30, 23, 59, 1, tzinfo=UTC),
        date_precision=DatePrecision.INSTANT,
        fingerprint=fingerprint,
        provenance=Provenance(notes=(note,) if note else (), saved_on=date(2016, 1, 1)),
    )
    text, digest = article.to_text()
    assert json.loads(text.decode("utf-8", "surrogatepass")) == article.to_json()
    assert Article.from_json(json.loads(text.decode("utf-8", "surrogatepass"))) == article
    assert digest == article.digest()


def test_a_digest_is_what_it_was() -> None:
    article = Article(
        id=ArticleId("7"), headline="Märkte", body="Es regnet.\n\nViel.", tags=("a",), published_on=date(2015, 9, 30)
    )
    assert article.digest() == 4_689_789_809_593_454_384
