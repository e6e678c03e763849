from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS
from searchsvc.model.request import Cursor, DateFilter, Interval, Sort, ValueFilter
from searchsvc.settings import Settings
from searchsvc.web.parameters import SHOWN_FIELDS
from searchsvc.web.search_state import SearchState

SETTINGS = Settings()
TODAY = date(2024, 3, 19)


def read(url: str, *, lenient: bool = False) -> SearchState:
    return SearchState.read(_args(url), SETTINGS, today=TODAY, lenient=lenient)[0]


def _args(url: str) -> "MultiDict[str, str]":
    return MultiDict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8)
VALUES = st.lists(WORDS, max_size=3)


@st.composite
def states(draw: st.DrawFn) -> SearchState:
    state = SearchState(
        q=draw(st.text(max_size=20)),
        query_fields=tuple(n for n in SEARCHED_FIELDS if draw(st.booleans())) or SEARCHED_FIELDS,
        from_date=draw(st.sampled_from(["", "2015", "2015-09", "2015-09-30"])),
        to_date=draw(st.sampled_from(["", "2016", "2015-10", "2015-09-30"])),
        order_by=draw(st.sampled_from(Sort)),
        page_size=draw(st.none() | st.integers(1, 200)),
        facets=tuple(f.name for f in FACET_FIELDS if draw(st.booleans())),
        facet_size=draw(st.none() | st.integers(1, 200)),
        show_fields=tuple(n for n in SHOWN_FIELDS if draw(st.booleans())),
        show_highlights=draw(st.booleans()),
        exact=draw(st.booleans()),
        interval=draw(st.none() | st.sampled_from(Interval)),
    )
    for field in ("tag", "section", "place"):
        for value in draw(VALUES):
            state = state.toggled(field, value)
        for value in draw(VALUES):
            state = state.excluding(field, value)
    if draw(st.booleans()):
        return state.continued_after(Cursor(draw(st.integers()), draw(st.text(max_size=5))).encode())
    return state.turned_to(draw(st.integers(1, 99)))


@given(states())
def test_a_state_comes_back_from_its_url(state: SearchState) -> None:
    back, problems = SearchState.read(_args(state.url), SETTINGS, today=TODAY)
    assert (back, problems) == (state, ())


@given(states(), WORDS)
def test_toggling_twice_changes_nothing_but_the_page(state: SearchState, value: str) -> None:
    if not state.is_excluded("tag", value):
        assert state.toggled("tag", value).toggled("tag", value) == state.first_page


def test_only_what_is_not_the_default_is_in_the_url() -> None:
    assert SearchState().url == "/search"
    assert read("/search?page=1&order-by=relevance&q=").url == "/search"


def test_the_url_is_in_one_order_whatever_order_was_given() -> None:
    url = "/search?q=putin&section=World&tag=Russia&tag=Syria&tag=-Iran&from-date=2015-09&order-by=newest&page=2"
    args = parse_qsl(urlsplit(url).query)
    assert SearchState.read(MultiDict(reversed(args)), SETTINGS, today=TODAY)[0].url == url


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.toggled("tag", "x"),
        lambda s: s.excluding("tag", "x"),
        lambda s: s.without("tag", "Russia"),
        lambda s: s.without_field("tag"),
        lambda s: s.between("2015", "2016"),
        lambda s: s.asking("other"),
        lambda s: s.sorted_by(Sort.OLDEST),
        lambda s: s.unfiltered,
    ],
)
def test_changing_what_is_found_goes_back_to_page_one(change: Callable[[SearchState], SearchState]) -> None:
    assert change(SearchState(q="a", page=7).toggled("tag", "Russia").turned_to(7)).page == 1
    assert change(SearchState(cursor=Cursor(1, "a").encode())).cursor == ""


def test_case_and_white_space_do_not_make_two_values() -> None:
    state = read("/search?tag=Islamic+State&tag=islamic++STATE")
    assert state.chosen("tag") == ("Islamic State",)
    assert state.is_chosen("tag", "ISLAMIC STATE")
    assert not state.toggled("tag", "ISLAMIC state").filters


def test_a_value_both_chosen_and_left_out_is_left_out() -> None:
    assert read("/search?tag=a&tag=-A").filters == (ValueFilter(field="tag", excluded=("A",)),)


def test_an_end_date_keeps_the_end_of_its_month() -> None:
    assert read("/search?from-date=2016-02&to-date=2016-02").dates == DateFilter(
        start=date(2016, 2, 1), end=date(2016, 2, 29)
    )
    assert read("/search?to-date=2015").dates == DateFilter(end=date(2015, 12, 31))


def test_dates_that_exclude_each_other_are_a_problem() -> None:
    state, (problem,) = SearchState.read(_args("/search?from-date=2016&to-date=2015"), SETTINGS, today=TODAY)
    assert problem.parameter == "from-date"
    assert state.dates is None


def test_page_and_cursor_do_not_go_together() -> None:
    cursor = Cursor(1, "a").encode()
    state, (problem,) = SearchState.read(_args(f"/search?page=2&cursor={cursor}"), SETTINGS, today=TODAY)
    assert problem.parameter == "page"
    assert (state.page, state.cursor) == (1, cursor)


def test_a_page_leaves_out_what_a_form_left_empty() -> None:
    state, problems = SearchState.read(
        _args("/search?q=a&from-date=&to-date=&tag="), SETTINGS, today=TODAY, lenient=True
    )
    assert (state, problems) == (SearchState(q="a"), ())


def test_a_page_keeps_what_it_understands_beside_what_it_does_not() -> None:
    url = "/search?q=a&tag=b&page=0&nonsense=1&year=15&year=2015"
    state, problems = SearchState.read(_args(url), SETTINGS, today=TODAY, lenient=True)
    assert state == SearchState(q="a").toggled("tag", "b").toggled("year", "2015")
    assert [problem.parameter for problem in problems] == ["page", "nonsense", "year"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("September 2015", "2015-09"),
        ("30 September 2015", "2015-09-30"),
        ("30/09/2015", "2015-09-30"),
        ("yesterday", "2024-03-18"),
        ("last month", "2024-02"),
        ("2015", "2015"),
    ],
)
def test_a_page_reads_dates_as_people_write_them(typed: str, kept: str) -> None:
    state, problems = SearchState.read(MultiDict([("from-date", typed)]), SETTINGS, today=TODAY, lenient=True)
    assert (state.from_date, problems) == (kept, ())


def test_a_request_counts_what_is_chosen_whatever_its_rank() -> None:
    request = read("/search?tag=a&tag=-b&facets=tag&facet-size=3").request(SETTINGS)
    (facet,) = request.facets
    assert (facet.size, facet.include) == (3, ("a", "b"))


def test_pages_become_offsets() -> None:
    request = read("/search?page=3&page-size=20").request(SETTINGS)
    assert (request.offset, request.limit) == (40, 20)


def test_without_facets_there_is_no_histogram_unless_asked_for() -> None:
    assert read("/search?facets=none").request(SETTINGS).histogram is None
    assert read("/search?facets=none&interval=month").request(SETTINGS).histogram is not None
