"""What was exported comes back as it was, and a forged export is cleaned like any record."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from searchsvc.ingest.draft import Draft
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.exports import draft_of_export
from searchsvc.ingest.importers.json_records import JsonLinesImporter
from searchsvc.model.article import Article, ArticleId, DatePrecision, Provenance
from searchsvc.text.fingerprints import simhash

BODY = "PARIS (Echo) - It rained.\n\nIt was <b>not</b> snow, a < b, she said.-Reuters"


def again(article: Article) -> Article:
    line = json.dumps(article.to_json(), ensure_ascii=False).encode()
    [draft] = JsonLinesImporter().read(Source.from_bytes("export.jsonl", line), ReadOptions())
    assert isinstance(draft, Draft)
    finished = finish(draft, today=date(2024, 3, 19))
    assert isinstance(finished, Article)
    return finished


@pytest.mark.parametrize(
    "dated",
    [
        {},
        {"published_on": date(2015, 1, 1), "date_precision": DatePrecision.YEAR, "date_source": "meta"},
        {"published_on": date(2015, 9, 1), "date_precision": DatePrecision.MONTH, "date_source": "meta"},
        {"published_on": date(2015, 9, 30), "date_precision": DatePrecision.DAY, "date_source": "dateline"},
        {
            "published_on": date(2015, 9, 30), "date_precision": DatePrecision.INSTANT, "date_source": "record",
            "published_at": datetime.fromisoformat("2015-09-30T23:30:00+03:00"),
        },
        {"revision": 3, "revised_at": datetime.fromisoformat("2015-10-01T08:00:00+00:00")},
    ],
)  # fmt: skip
def test_an_article_comes_back_as_it_was(dated: dict[str, Any]) -> None:
    article = Article(
        id=ArticleId("a/1"), headline="R&amp;D <i>is</i> R&D", body=BODY, kicker="K", summary="S", byline="By A. Quill",
        authors=("Ada Quill", "B, C"), agency="Reuters", publication="Echo", section="World, and more", place="PARIS",
        tags=("a, b", "c"), language="fr", url="https://echo.example/1", fingerprint=simhash(BODY),
        provenance=Provenance(importer="text", source="a.txt", position="line 3", saved_on=date(2024, 3, 19),
                              notes=("odd",)),
        **dated,
    )  # fmt: skip
    assert again(article) == article


@pytest.mark.parametrize(
    "change",
    [
        {"headline": 3}, {"tags": [3]}, {"tags": "abc"}, {"published_on": "yesterday"}, {"provenance": []},
        {"provenance": {"saved_on": 3}}, {"date_precision": "hour"}, {"id": None}, {"provenance": {"notes": [1]}},
        {"revision": [3]}, {"revision": "x"}, {"revised_at": 3}, {"revised_at": "soon"},
    ],
)  # fmt: skip
def test_what_is_no_export_is_read_as_a_record(change: dict[str, Any]) -> None:
    record = {"id": "1", "headline": "Rain", "date_precision": "day", "published_on": "2015-09-30", "provenance": {}}
    assert draft_of_export(record) is not None
    draft = draft_of_export({**record, **change})
    assert draft is None or isinstance(draft.headline, str)


def test_a_forged_export_is_cleaned_and_judged() -> None:
    record = {
        "id": "1" * 1000, "headline": "Ra\0in\n", "body": "It\x07 rained.", "date_precision": "day",
        "published_on": "0001-01-01", "tags": ["x", "X", ""], "provenance": {"source": "s" * 10_000},
    }  # fmt: skip
    draft = draft_of_export(record)
    assert draft is not None
    article = finish(draft, today=date(2024, 3, 19))
    assert isinstance(article, Article)
    assert (article.headline, article.body, article.published_on, article.tags) == ("Rain", "It rained.", None, ("x",))
    assert len(article.id) < 100
    assert len(article.provenance.source) == 500
