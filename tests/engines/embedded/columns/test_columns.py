"""Columns of random articles answer as a list of the articles does: after filtering, joining and storing too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import MISSING, FromArrays
from searchsvc.engines.embedded.columns.columns import HEADLINE_START, Columns, column_values, columns_of
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS, value_key
from tests.engines.samples import story

IDS = ("", "1", "10", "2", "b", "B", "é", "\ud800", "国", "a" * 300)

articles = st.builds(
    Article,
    id=st.sampled_from(IDS).map(ArticleId),
    body=st.just(""),
    headline=st.sampled_from(("Air strikes", "Œuvres d’art", "")),
    section=st.sampled_from(("", "World", "world")),
    tags=st.lists(st.sampled_from(("Oil", "oil", "Coal  mine", "coal mine")), max_size=3, unique=True).map(tuple),
    published_on=st.one_of(st.none(), st.dates(date(1, 1, 1), date(9999, 12, 31))),
    fingerprint=st.integers(-(2**63), 2**64 - 1),
)
archives = st.lists(articles, max_size=12)


def columns_for(archive: Sequence[Article]) -> Columns:
    """The columns of articles; the length of each field tells field and document."""
    if not archive:
        return columns_for([story("gone")]).kept(np.zeros(1, dtype=np.bool_))
    lengths = np.array([[100 * field + len(a.id) for a in archive] for field in range(len(SEARCHED_FIELDS))])
    return columns_of(
        [column_values(article, digest=len(article.id)) for article in archive],
        [article.headline.lower() for article in archive],
        lengths.astype(np.uint32),
    )


def check(columns: Columns, archive: Sequence[Article]) -> None:
    """The columns have the values of these articles, in this order."""
    ids = [article.id for article in archive]
    everyone = np.arange(len(archive), dtype=np.uint32)
    assert columns.size == len(archive)
    assert columns.ids.texts() == columns.ids_at(everyone) == ids
    assert columns.ids_at(everyone[::-2]) == ids[::-2]
    assert columns.by_id.tolist() == sorted(range(len(ids)), key=lambda docid: ids[docid])
    assert columns.headline_words.texts() == [HEADLINE_START + article.headline.lower() for article in archive]
    days = [None if number == MISSING else number for number in columns.days.numbers.tolist()]
    assert days == [article.published_on.toordinal() if article.published_on else None for article in archive]
    instants = [None if number == MISSING else number for number in columns.instants.numbers.tolist()]
    assert instants == [article.sort_instant for article in archive]
    assert columns.fingerprints.tolist() == [article.fingerprint % 2**64 for article in archive]
    assert columns.digests.tolist() == list(map(len, ids))
    assert columns.lengths.tolist() == [[100 * field + len(id) for id in ids] for field in range(len(SEARCHED_FIELDS))]
    for field in FACET_FIELDS:
        labels = [columns.facet(field.name).values(docid) for docid in range(columns.size)]
        assert labels == [tuple(dict.fromkeys(field.values(article))) for article in archive]


def stored(columns: Columns) -> Columns:
    return Columns(columns.size, FromArrays(*columns.arrays()))


@given(archive=archives, data=st.data())
def test_columns_hold_the_values_of_articles_after_filtering_and_storing_too(
    archive: list[Article], data: st.DataObject
) -> None:
    columns = columns_for(archive)
    check(columns, archive)
    check(stored(columns), archive)
    keep = data.draw(st.lists(st.booleans(), min_size=len(archive), max_size=len(archive)))
    kept = [article for article, is_kept in zip(archive, keep, strict=True) if is_kept]
    check(columns.kept(np.array(keep, dtype=np.bool_)), kept)


@given(parts=st.lists(archives, min_size=1, max_size=3))
def test_joined_columns_are_those_of_all_articles(parts: list[list[Article]]) -> None:
    calls = []
    columns = Columns.joined([columns_for(part) for part in parts], lambda: calls.append(1))
    check(stored(columns), [article for part in parts for article in part])
    assert len(calls) == len(columns.columns)


@given(archive=archives, id=st.sampled_from((*IDS, "nowhere")))
def test_an_id_is_found_in_all_its_documents(archive: list[Article], id: str) -> None:
    assert columns_for(archive).find(id) == [docid for docid, article in enumerate(archive) if article.id == id]


def test_ids_with_one_hash_are_compared_themselves() -> None:
    archive = [story(id) for id in ("a", "b", "a")]
    columns = columns_for(archive)
    columns.__dict__["id_hashes"] = np.full(3, columns.id_hashes[0])
    assert columns.find("a") == [0, 2]


@given(
    archive=archives,
    values=st.lists(st.sampled_from(("OIL", "coal mine", "Rain", "")), max_size=3),
    field=st.sampled_from(("tag", "section")),
)
def test_documents_with_a_value_have_it_in_any_spelling(archive: list[Article], values: list[str], field: str) -> None:
    columns = columns_for([replace(article, section="OIL") if article.tags else article for article in archive])
    keys = {value_key(value) for value in values}
    expected = {
        docid for docid in range(columns.size) if keys & set(map(value_key, columns.facet(field).values(docid)))
    }
    for _ in range(2):  # the second time from what is kept
        assert set(columns.documents_with(field, values).tolist()) == expected
