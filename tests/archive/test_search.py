"""A reader's text answered, with what was rewritten or relaxed said in words."""

from datetime import date

import pytest

from searchsvc.archive.archive import Archive
from searchsvc.errors import PageTooDeep
from searchsvc.model.request import FacetRequest, Sort, ValueFilter
from searchsvc.model.result import NoticeKind
from tests.archive.samples import ids, make_archive, search


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


def test_a_relative_date_is_read_by_the_day_that_is_given(archive: Archive) -> None:
    assert ids(search(archive, "date:yesterday", today=date(2015, 10, 1))) == ["1"]
    assert ids(search(archive, "date:yesterday", today=date(2016, 2, 28))) == ["2"]
