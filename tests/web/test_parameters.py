from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from searchsvc.errors import BadFilter, RequestError, UnknownField
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.settings import Settings
from searchsvc.text.dates import read_period
from searchsvc.web.parameters import (
    PARAMETERS,
    Parameter,
    days_of,
    find_parameter,
    period_text,
    read_facet_value,
    write_facet_value,
)
from searchsvc.web.search_state import SearchState

TODAY = date(2024, 3, 19)


def _problems(query: list[tuple[str, str]]) -> tuple[RequestError, ...]:
    return SearchState.read(MultiDict(query), Settings(), today=TODAY)[1]


def test_each_facet_has_a_parameter() -> None:
    assert [p.field for p in PARAMETERS if p.field] == [f.name for f in FACET_FIELDS]


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_each_parameter_reads_its_own_example_and_says_what_it_does(parameter: Parameter) -> None:
    assert _problems([(parameter.name, parameter.example)]) == ()
    assert parameter.help.endswith((".", "`"))


@pytest.mark.parametrize("parameter", [p for p in PARAMETERS if p.default], ids=lambda p: p.name)
def test_a_default_that_is_given_is_no_change(parameter: Parameter) -> None:
    state, problems = SearchState.read(MultiDict([(parameter.name, parameter.default)]), Settings(), today=TODAY)
    assert problems == ()
    assert state == SearchState()


@pytest.mark.parametrize(
    ("name", "value", "suggestion"),
    [
        ("page", "0", "1"),
        ("page", "-1", "1"),
        ("page", "two", ""),
        ("page", "1" * 400, ""),  # int() would take long on it
        ("page", "٢", ""),  # a digit, but not one that programs write
        ("page-size", "201", "200"),
        ("page-size", "", ""),
        ("facet-size", "9999", "200"),
        ("order-by", "newst", "newest"),
        ("order-by", "Newest", "newest"),
        ("interval", "week", ""),
        ("facets", "section,tagg", "tag"),
        ("query-fields", "headlines", "headline"),
        ("show-fields", "boddy", "body"),
        ("show-highlights", "maybe", ""),
        ("exact", "", ""),
        ("from-date", "yesterday", ""),
        ("from-date", "2015-13", ""),
        ("to-date", "2015-02-30", ""),
        ("to-date", "2015-2", ""),
        ("cursor", "%%%", ""),
        ("cursor", "W05hTiwiYSJd", ""),  # [NaN,"a"]: no order has a place for it
        ("lang", "english", ""),
        ("year", "15", ""),
        ("month", "2015-13", ""),
        ("tag", "", ""),
        ("tag", "-", ""),
        ("tag", "x" * 501, ""),
    ],
)
def test_a_bad_value_is_named_with_the_near_one(name: str, value: str, suggestion: str) -> None:
    (problem,) = _problems([(name, value)])
    assert isinstance(problem, BadFilter)
    assert problem.parameter == name
    assert problem.suggestion == suggestion
    assert problem.hint


@pytest.mark.parametrize(
    ("name", "suggestion"), [("pagesize", "page-size"), ("from_date", "from-date"), ("Tag", "tag"), ("collapse", "")]
)
def test_an_unknown_parameter_is_named_with_the_near_one(name: str, suggestion: str) -> None:
    with pytest.raises(UnknownField) as caught:
        find_parameter(name)
    assert caught.value.suggestion == suggestion


def test_what_is_not_repeatable_is_given_once() -> None:
    (problem,) = _problems([("q", "a"), ("q", "b")])
    assert "2 times" in str(problem)


def test_more_values_than_anyone_chooses_are_refused() -> None:
    (problem,) = _problems([("tag", str(n)) for n in range(101)])
    assert "more than 100" in str(problem)


@pytest.mark.parametrize("value", ["Putin", "-40 degrees", "\\", "\\-", "--", "a -b", "a,b"])
@pytest.mark.parametrize("is_excluded", [False, True])
def test_a_facet_value_survives_the_url(value: str, is_excluded: bool) -> None:
    written = write_facet_value(value, is_excluded=is_excluded)
    assert read_facet_value(find_parameter("tag"), written) == (value, is_excluded)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2015, 9, 30), date(2015, 9, 30), "2015-09-30"),
        (date(2016, 2, 1), date(2016, 2, 29), "2016-02"),
        (date(2015, 1, 1), date(2015, 12, 31), "2015"),
        (date(2015, 1, 1), date(2016, 12, 31), ""),
    ],
)
def test_a_whole_period_is_written_short(start: date, end: date, text: str) -> None:
    assert period_text(start, end) == text


@given(st.from_regex(r"[0-9]{4}(-[01][0-9](-[0-3][0-9])?)?", fullmatch=True), st.dates())
def test_plain_days_are_the_same_whatever_day_it_is(text: str, today: date) -> None:
    period = read_period(text, today=today)
    assert days_of(text) == (None if period is None else (period.start, period.end))
