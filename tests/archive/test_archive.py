"""The hall: a reader's text answered, with what was rewritten, relaxed or misspelt said in words."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from searchsvc.archive.archive import Answer, Archive
from searchsvc.engines.memory import MemoryEngine
from searchsvc.errors import ArticleNotFound, PageTooDeep
from searchsvc.ingest.draft import Rejection
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.request import DateFilter, FacetRequest, SearchRequest, Sort, ValueFilter
from searchsvc.model.result import NoticeKind
from searchsvc.settings import Settings

TODAY = date(2024, 3, 19)


def article(id: str, headline: str, body: str = "", *, on: str = "2015-09-30", **more: object) -> Article:
    day = date.fromisoformat(on)
    values = {"published_on": day, "date_precision": DatePrecision.DAY, **more}
    return Article(id=ArticleId(id), headline=headline, body=body, **values)  # type: ignore[arg-type]


ARTICLES = (
    article(
        "1", "Russia strikes in Syria", "Jets of Russia struck near Homs.", section="World", tags=("Russia", "Syria")
    ),
    article("2", "Truce in Syria", "The guns fell silent.", on="2016-02-27", section="World", tags=("Syria",)),
    article("3", "Storm over Scotland", "Trees fell in the storm.", on="2013-12-05", section="Weather"),
    article(
        "4", "US troops leave", "The U.S. said its troops go home.", on="2011-12-18", section="World", tags=("US",)
    ),
    article(
        "5", "Putin speaks", "Putin spoke of Russia.", on="2015-09-28", section="Politics", tags=("Russia", "Putin")
    ),
)


def make_archive(articles: Sequence[Article] = ARTICLES, **options: object) -> Archive:
    return Archive(MemoryEngine(articles), Settings(**options))  # type: ignore[arg-type]


@pytest.fixture
def archive() -> Archive:
    return make_archive()


def ids(answer: Answer) -> list[str]:
    return [hit.article.id for hit in answer.result.hits]


def search(archive: Archive, text: str, **request: object) -> Answer:
    return archive.search(text, SearchRequest(**request), today=TODAY)  # type: ignore[arg-type]


def test_all_words_must_be_there(archive: Archive) -> None:
    assert ids(search(archive, "russia syria")) == ["1"]


def test_an_empty_search_browses_the_latest_first(archive: Archive) -> None:
    answer = search(archive, "")
    assert ids(answer) == ["2", "1", "5", "3", "4"]
    assert answer.understood == ""


def test_a_search_that_cannot_score_shows_the_latest_first(archive: Archive) -> None:
    assert search(archive, "-storm").request.sort is Sort.NEWEST


def test_when_nothing_has_all_the_words_the_best_partial_matches_come_and_a_notice_says_so(archive: Archive) -> None:
    answer = search(archive, "storm syria")
    assert set(ids(answer)) == {"1", "2", "3"}
    notice = answer.notices[-1]
    assert notice.kind is NoticeKind.RELAXED
    assert "storm, syria" in notice.message


def test_phrases_fields_dates_and_exclusions_are_never_relaxed(archive: Archive) -> None:
    assert ids(search(archive, "storm syria -scotland date:2016")) == ["2"]
    assert ids(search(archive, '"storm syria"')) == []
    assert ids(search(archive, "headline:storm headline:syria")) == []


def test_where_no_word_is_found_nothing_is_said_of_partial_matches(archive: Archive) -> None:
    answer = search(archive, "xylophonist zeppelins")
    assert answer.notices == ()
    assert answer.missing_words == ("xylophonist", "zeppelins")


def test_filters_do_not_make_a_search_relax_so_that_counts_stay_true(archive: Archive) -> None:
    weather = ValueFilter(field="section", values=("Weather",))
    answer = search(archive, "russia syria", filters=(weather,), facets=(FacetRequest(field="section"),))
    assert ids(answer) == []
    assert [(b.value, b.count) for b in answer.result.facets["section"].buckets] == [("World", 1)]
    assert [(way.keeps_filters, way.total) for way in answer.ways_out] == [(False, 1)]


def test_filters_alone_that_find_nothing_lead_to_all_stories(archive: Archive) -> None:
    nobody = ValueFilter(field="section", values=("Horoscopes",))
    answer = search(archive, "", filters=(nobody,))
    assert [(way.message, way.keeps_filters, way.total) for way in answer.ways_out] == [
        ("All stories", False, archive.status().articles)
    ]


def test_a_misspelt_word_gets_a_suggestion_that_finds_something(archive: Archive) -> None:
    answer = search(archive, "Putn russia")
    assert answer.did_you_mean == "Putin russia"
    assert answer.missing_words == ("Putn",)


def test_a_word_beyond_help_is_left_out_of_the_suggestion(archive: Archive) -> None:
    assert search(archive, "putn xylophonist").did_you_mean == "putin"


def test_no_result_names_the_missing_word_and_offers_what_would_help(archive: Archive) -> None:
    answer = search(archive, "syria xylophonist", filters=(ValueFilter(field="section", values=("World",)),))
    assert answer.missing_words == ("xylophonist",)
    helpful = search(archive, '"russia" headline:xylophonist')
    assert helpful.result.total.value == 0
    assert all(way.total > 0 for way in helpful.ways_out)


def test_a_value_that_no_article_has_gets_the_near_one(archive: Archive) -> None:
    answer = search(archive, "storm section:Wether")
    assert [(way.text, way.total) for way in answer.ways_out] == [("storm section:Weather", 1)]


def test_a_synonym_is_searched_too_shown_and_undoable() -> None:
    archive = make_archive(synonyms={"troops": ("guns",)})
    answer = search(archive, "troops")
    assert set(ids(answer)) == {"2", "4"}
    assert answer.rewrites[0].undo == '"troops"'
    assert ids(search(archive, answer.rewrites[0].undo)) == ["4"]
    assert ids(search(archive, "troops", exact=True)) == ["4"]


def test_a_word_with_synonyms_is_relaxed_like_any_other() -> None:
    archive = make_archive(synonyms={"gale": ("storm",)})
    answer = search(archive, "gale syria")
    assert set(ids(answer)) == {"1", "2", "3"}
    assert [rewrite.message for rewrite in answer.rewrites] == ["gale also finds storm."]


def test_paging_by_number_ends_with_an_error_that_names_the_way_on(archive: Archive) -> None:
    with pytest.raises(PageTooDeep) as caught:
        search(archive, "", offset=1_000_000)
    assert "nextCursor" in caught.value.hint


def test_find_all_gives_every_article_once() -> None:
    many = [article(f"{i:04d}", "Same words", on=f"2015-09-{i % 28 + 1:02d}") for i in range(450)]
    assert sorted(a.id for a in make_archive(many).find_all("same words")) == [a.id for a in many]


def test_find_all_keeps_the_narrowing(archive: Archive) -> None:
    in_2015 = SearchRequest(dates=DateFilter(start=date(2015, 1, 1), end=date(2015, 12, 31)))
    assert [a.id for a in archive.find_all("russia", in_2015)] == ["1", "5"]


def test_related_never_holds_the_article_itself(archive: Archive) -> None:
    related = archive.related("1")
    found = {hit.article.id for part in (related.before, related.after, related.angles) for hit in part}
    assert "1" not in found
    with pytest.raises(ArticleNotFound):
        archive.related("nonsense")


def test_suggesting_for_nothing_gives_nothing(archive: Archive) -> None:
    assert archive.suggest("  ") == ()


def test_ingest_reports_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "1", "headline": "Rain", "body": "It rained all day in the town.", "date": "2015-09-30"}\n'
        '{"id": "2", "head\n'
        '{"id": "3", "headline": "Sun", "body": "Then the sun came out again.", "date": "2015-10-01"}\n'
    )
    archive = make_archive(())
    rejections: list[Rejection] = []
    first = archive.ingest([str(tmp_path)], on_rejection=rejections.append, today=TODAY)
    assert (first.added, first.rejected, first.archived) == (2, 1, 2)
    assert "line 2" in rejections[0].position
    second = archive.ingest([str(tmp_path)], today=TODAY)
    assert (second.added, second.replaced, second.unchanged, second.archived) == (0, 0, 2, 2)


def test_rebuild_keeps_every_article_and_check_finds_no_fault(archive: Archive) -> None:
    assert archive.rebuild() == len(ARTICLES)
    assert archive.status().articles == len(ARTICLES)
    assert archive.check() == ()
