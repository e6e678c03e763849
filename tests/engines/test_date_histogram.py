"""Bars cover the days from the first to the last without gaps or overlaps, at every interval."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.date_histogram import MAX_BARS, bars, interval_of
from searchsvc.model.request import DateFilter, Interval

days = st.dates(date(1, 1, 1), date(9999, 12, 31))
near = st.dates(date(1999, 1, 1), date(2003, 12, 31))


@given(one=near, other=near, interval=st.sampled_from(list(Interval)))
def test_bars_have_no_gap_and_contain_the_first_and_last_day(one: date, other: date, interval: Interval) -> None:
    first, last = sorted((one, other))
    spans = bars(interval, first, last)
    assert spans[0][0] <= first <= spans[0][1]
    assert spans[-1][0] <= last <= spans[-1][1]
    assert all(end + timedelta(days=1) == start for (_, end), (start, _) in pairwise(spans))
    assert all(start.day == 1 for start, _ in spans) or interval is Interval.DAY


@given(one=days, other=days, asked=st.one_of(st.none(), st.sampled_from(list(Interval))))
def test_only_years_may_have_more_than_max_bars(one: date, other: date, asked: Interval | None) -> None:
    first, last = sorted((one, other))
    interval = interval_of(first, last, asked)
    assert len(bars(interval, first, last)) <= MAX_BARS or interval is Interval.YEAR


@pytest.mark.parametrize(
    ("first", "last", "asked", "interval"),
    [
        (date(2015, 1, 1), date(2015, 1, 1), None, Interval.DAY),
        (date(2015, 1, 1), date(2015, 3, 3), None, Interval.DAY),
        (date(2015, 1, 1), date(2015, 3, 4), None, Interval.MONTH),
        (date(2015, 1, 1), date(2020, 1, 4), None, Interval.MONTH),
        (date(2015, 1, 1), date(2020, 1, 5), None, Interval.YEAR),
        (date(2015, 1, 1), date(2017, 9, 26), Interval.DAY, Interval.DAY),
        (date(2015, 1, 1), date(2017, 9, 27), Interval.DAY, Interval.MONTH),
        (date(1900, 1, 1), date(2015, 9, 26), Interval.DAY, Interval.YEAR),
        (date(2015, 1, 1), date(2015, 1, 2), Interval.YEAR, Interval.YEAR),
    ],
)
def test_the_interval_is_chosen_by_the_span_unless_asked(
    first: date, last: date, asked: Interval | None, interval: Interval
) -> None:
    assert interval_of(first, last, asked) is interval


def test_the_outer_bars_are_clipped_to_the_requested_dates() -> None:
    dates = DateFilter(start=date(2015, 9, 20), end=date(2015, 11, 5))
    assert bars(Interval.MONTH, date(2015, 9, 25), date(2015, 11, 1), dates) == [
        (date(2015, 9, 20), date(2015, 9, 30)),
        (date(2015, 10, 1), date(2015, 10, 31)),
        (date(2015, 11, 1), date(2015, 11, 5)),
    ]


def test_the_last_year_of_the_calendar_has_an_end() -> None:
    for interval in Interval:
        assert bars(interval, date.max, date.max)[-1][1] == date.max
