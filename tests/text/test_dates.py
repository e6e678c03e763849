"""Dates: every form that papers, feeds, records and readers write, and nothing that is not a date."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.model.article import DatePrecision
from searchsvc.text.dates import Period, ReadDate, is_plausible, read_date, read_period

TODAY = date(2024, 3, 19)  # a Tuesday
DAY = date(2015, 9, 30)


@pytest.mark.parametrize(
    "text",
    [
        "September 30, 2015",
        "Sept. 30, 2015",
        "Sept. 30,2015",
        "SEPTEMBER 30, 2015",
        "September 30th, 2015",
        "30 September 2015",
        "30. September 2015",
        "30th of September, 2015",
        "Wednesday, September 30, 2015",
        "Wednesday 30 September 2015",
        "Wed Sep 30 2015",
        "2015-09-30",
        "2015/09/30",
        "2015-9-30",
        "20150930",
        "201509301405"[:8],
        "30.09.2015",
        "30-Sep-2015",
        "30-SEP-15",
        "9/30/2015",
        "30/9/2015",  # the only reading that is a date
        "9/30/15",
        "2015, 30 September",  # an order that only dateutil knows
        "2015年9月30日",
        "30 septembre 2015",
        "Mittwoch, 30. September 2015",
        "30 de septiembre de 2015",
        "30 settembre 2015",
        "30 de setembro de 2015",
        "woensdag 30 september 2015",
        "Published: 30 September 2015",
        "Last updated on Sept 30, 2015",
        "Publié le 30 septembre 2015",
        "  September\u00a030,\n2015 ",
        "2015-09-30+03:00",  # a day of XML Schema with its zone
    ],
)
def test_a_day_is_read_in_the_forms_of_the_press(text: str) -> None:
    assert read_date(text, today=TODAY) == ReadDate(DAY, None, DatePrecision.DAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1er mai 1990", date(1990, 5, 1)),
        ("mar. 3 mars 2015", date(2015, 3, 3)),  # "mar" is Tuesday here…
        ("Mar 3, 2015", date(2015, 3, 3)),  # …and March here
        ("3 août 2014", date(2014, 8, 3)),
        ("Dienstag, 3. März 2015", date(2015, 3, 3)),
        ("3 jänner 2015", date(2015, 1, 3)),
        ("7 de março de 2015", date(2015, 3, 7)),
        ("12 maart 2015", date(2015, 3, 12)),
        ("12 mei 2015", date(2015, 5, 12)),
        ("Feb 29, 2012", date(2012, 2, 29)),
        ("26-FEB-87", date(1987, 2, 26)),  # two digits lie in the past
        ("January 3, 1776", date(1776, 1, 3)),
        ("0001-01-01", date(1, 1, 1)),  # valid; whether it is plausible is another question
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_other_days(text: str, day: date) -> None:
    assert read_date(text, today=TODAY) == ReadDate(day, None, DatePrecision.DAY)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2015-09-30T14:05:00+03:00", datetime(2015, 9, 30, 14, 5, tzinfo=timezone(timedelta(hours=3)))),
        ("2015-09-30T14:05:00.123456-0500", datetime(2015, 9, 30, 14, 5, tzinfo=timezone(timedelta(hours=-5)))),
        ("2015-09-30 14:05Z", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("20150930T140500Z", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("Wed, 30 Sep 2015 14:05:00 GMT", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("Wed, 30 Sep 2015 14:05:00 EDT", datetime(2015, 9, 30, 14, 5, tzinfo=timezone(timedelta(hours=-4)))),
        ("Wed, 30 Sep 15 14:05 +0100", datetime(2015, 9, 30, 14, 5, tzinfo=timezone(timedelta(hours=1)))),
        ("Wed Sep 30 2015 14:05:00 GMT+0300 (MSK)", datetime(2015, 9, 30, 14, 5, tzinfo=timezone(timedelta(hours=3)))),
        ("September 30, 2015 2:05 p.m. GMT", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("Wednesday 30 September 2015 14.05 GMT", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("Sep 30, 2015 (1405 GMT)", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("1443621900", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("1443621900123", datetime(2015, 9, 30, 14, 5, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),  # a leap second
    ],
)
def test_an_instant_is_read_where_the_zone_is_sure(text: str, instant: datetime) -> None:
    found = read_date(text, today=TODAY)
    assert found == ReadDate(instant.date(), instant, DatePrecision.INSTANT)
    assert found.at is not None
    assert found.at.utcoffset() == instant.utcoffset()


def test_the_day_of_an_instant_is_the_day_where_it_was_written() -> None:
    found = read_date("2015-09-30T00:30:00+03:00", today=TODAY)
    assert found is not None
    assert found.on == DAY
    assert found.at is not None
    assert found.at.astimezone(UTC).date() == date(2015, 9, 29)


@pytest.mark.parametrize(
    "text",
    [
        "2015-09-30T14:05:00",
        "2015-09-30 14:05",
        "Updated Sept 30, 2015 10:02 a.m. ET",
        "Sept 30, 2015 10:02 EST",  # New York's, or Sydney's
        "10:02 a.m. ET, Sept. 30, 2015",
        "30 September 2015 14.05 BST",
        "Mittwoch, 30. September 2015, 14:05 Uhr",
        "Publié le 30 septembre 2015 à 14h05",
        "Wed Sep 30 14:05:00 2015",
        "Posted on Sep 30, 2015 at 5:03pm EDT",
        "30 September 2015, 8 pm",
        "30-SEP-2015 15:01:01.79",
        "2015-09-30T14:05:00+99:00",  # no such zone
    ],
)
def test_a_time_without_a_sure_zone_gives_the_day_only(text: str) -> None:
    assert read_date(text, today=TODAY) == ReadDate(DAY, None, DatePrecision.DAY)


@pytest.mark.parametrize("text", ["September 2015", "Sept. 2015", "2015-09", "09/2015", "septembre 2015", "2015 Sep"])
def test_a_month_is_read_as_its_first_day(text: str) -> None:
    assert read_date(text, today=TODAY) == ReadDate(date(2015, 9, 1), None, DatePrecision.MONTH)


def test_a_year_is_read_as_its_first_day() -> None:
    assert read_date("2015", today=TODAY) == ReadDate(date(2015, 1, 1), None, DatePrecision.YEAR)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1/21/...", "31/02/1998", "September 31, 2015", "2015-13", "2015-273", "2015-00-10", "0000",
        "June", "Monday", "12", "may 12", "12 may", "10:30", "2015 14:05", "September 2015 14:05", "IS 2015",
        "1.2.3.4", "99999999", "12345678901234567890", "September 29-30, 2015", "30 September", "yesterday",
        "2015-09-30T25:05:00Z", "2015-09-30T14:75", "30 September 2015 13:00 pm", "32 September 2015",
        "2015-09-30 2015-10-01", "30 Sep 2015 -0500", "¹²/³/⁴", "September September 2015", "\0", "\ud800", "²",
        "٣٠ September 2015 x", "published", "date: on", "none", "null", "N/A", "1443621900000000",
    ],
)  # fmt: skip
def test_junk_is_not_a_date(text: str) -> None:
    assert read_date(text, today=TODAY) is None


def test_day_first_decides_only_what_can_be_read_both_ways() -> None:
    assert read_date("03/04/2015", today=TODAY) == ReadDate(date(2015, 3, 4), None, DatePrecision.DAY)
    assert read_date("03/04/2015", today=TODAY, day_first=True) == ReadDate(date(2015, 4, 3), None, DatePrecision.DAY)
    assert read_date("9/30/2015", today=TODAY, day_first=True) == ReadDate(DAY, None, DatePrecision.DAY)


@pytest.mark.parametrize(("digits", "year"), [("24", 2024), ("25", 2025), ("26", 1926), ("00", 2000), ("99", 1999)])
def test_two_digits_of_a_year_are_the_latest_up_to_next_year(digits: str, year: int) -> None:
    assert read_date(f"1/2/{digits}", today=TODAY) == ReadDate(date(year, 1, 2), None, DatePrecision.DAY)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_what_is_written_is_read(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%B %d, %Y", "%d %b %Y", "%A, %d %B %Y", "%Y %d %B"):
        assert read_date(day.strftime(form), today=TODAY) == ReadDate(day, None, DatePrecision.DAY), form


_ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9998, 1, 1), timezones=_ZONES))
def test_what_iso_writes_is_read(instant: datetime) -> None:
    found = read_date(instant.isoformat(), today=TODAY)
    assert found is not None
    assert found.at == instant.replace(microsecond=0)


_PIECES = """Sep 30 2015 mar de le published T 14:05 GMT +03:00 , . - / .. > < -14d last week 9999 0001"""
_DATE_LIKE = st.text(alphabet="0123456789 ./-:,+TZtz.<>=", max_size=30) | st.lists(
    st.sampled_from(_PIECES.split()),
    max_size=8,
).map(" ".join)


@given(st.text(max_size=150) | _DATE_LIKE)
def test_reading_never_raises(text: str) -> None:
    found = read_date(text, today=TODAY)
    if found is not None:
        assert (found.at is not None) == (found.precision is DatePrecision.INSTANT)
        assert found.at is None or (found.at.tzinfo is not None and found.at.date() == found.on)
    period = read_period(text, today=TODAY)
    if period is not None and period.start and period.end:
        assert period.start <= period.end


@pytest.mark.parametrize(
    "piece", ["1", "september ", "(", "a ", "1 ", "published ", "1:11 ", "ﷺ", "\0", "..", ">", "-", "\ud800"]
)
def test_hostile_text_is_read_fast(piece: str) -> None:
    began = time.perf_counter()
    for text in (piece * 10_000, (piece * 120)[:120]):
        read_date(text, today=TODAY)
        read_period(text, today=TODAY)
    assert time.perf_counter() - began < 0.2


def test_plausible_news_is_from_1600_to_the_day_after_tomorrow() -> None:
    assert not is_plausible(date(1599, 12, 31), today=TODAY)
    assert is_plausible(date(1600, 1, 1), today=TODAY)
    assert is_plausible(TODAY + timedelta(days=2), today=TODAY)
    assert not is_plausible(TODAY + timedelta(days=3), today=TODAY)
    assert is_plausible(date.max, today=date.max)


# --- periods ---


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2015", "2015-01-01", "2015-12-31"),
        ("2015-09", "2015-09-01", "2015-09-30"),
        ("2012-02", "2012-02-01", "2012-02-29"),
        ("2015-09-30", "2015-09-30", "2015-09-30"),
        ("September 2015", "2015-09-01", "2015-09-30"),
        ("Sept. 30, 2015", "2015-09-30", "2015-09-30"),
        ("2015-09..2015-12", "2015-09-01", "2015-12-31"),
        ("2015-09-30..2015-12", "2015-09-30", "2015-12-31"),
        ("2015 .. 2016", "2015-01-01", "2016-12-31"),
        ("2015…2016", "2015-01-01", "2016-12-31"),  # two dots, as phones mend them
        ("2015 to 2016", "2015-01-01", "2016-12-31"),
        ("Sept. 3, 2014..Sept. 5, 2014", "2014-09-03", "2014-09-05"),
        ("..2015", None, "2015-12-31"),
        ("2015..", "2015-01-01", None),
        (">2015-09-30", "2015-10-01", None),
        (">2015", "2016-01-01", None),
        (">=2015-09", "2015-09-01", None),
        (">= 2015-09", "2015-09-01", None),
        ("<2015-09", None, "2015-08-31"),
        ("<=2015-09", None, "2015-09-30"),
        ("≤2015-09", None, "2015-09-30"),
        ("today", "2024-03-19", "2024-03-19"),
        ("Yesterday", "2024-03-18", "2024-03-18"),
        ("this week", "2024-03-18", "2024-03-24"),
        ("last  week", "2024-03-11", "2024-03-17"),
        ("this month", "2024-03-01", "2024-03-31"),
        ("last month", "2024-02-01", "2024-02-29"),
        ("this year", "2024-01-01", "2024-12-31"),
        ("last year", "2023-01-01", "2023-12-31"),
        ("-14d", "2024-03-05", "2024-03-19"),
        ("-2w", "2024-03-05", "2024-03-19"),
        ("-1m", "2024-02-19", "2024-03-19"),
        ("-2y", "2022-03-19", "2024-03-19"),
        ("last 14 days", "2024-03-05", "2024-03-19"),
        ("-999999y", None, "2024-03-19"),  # before the calendar begins
        ("2015..yesterday", "2015-01-01", "2024-03-18"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_period_is_all_of_what_is_named(text: str, start: str | None, end: str | None) -> None:
    expected = Period(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)
    assert read_period(text, today=TODAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "foo",
        "2015..foo",
        ">",
        ">foo",
        ">9999-12-31",
        "<0001-01-01",
        "31/02/1998",
        "June",
        "-14x",
        "2015..2016..2017",
    ],
)
def test_what_is_no_period_is_none(text: str) -> None:
    assert read_period(text, today=TODAY) is None


@pytest.mark.parametrize("text", ["2015-12..2015-09", "2015-12-31..2015-09-01"])
def test_a_reversed_range_is_swapped_and_says_so(text: str) -> None:
    period = read_period(text, today=TODAY)
    assert period == Period(date(2015, 9, 1), date(2015, 12, 31))
    assert period.swapped


def test_a_year_within_itself_is_not_reversed() -> None:
    period = read_period("2015-09..2015", today=TODAY)
    assert period == Period(date(2015, 9, 1), date(2015, 12, 31))
    assert not period.swapped


@pytest.mark.parametrize("today", [date(2024, 3, 31), date(2023, 3, 29), date(2024, 2, 29), date(1, 1, 1), date.max])
def test_relative_periods_stand_on_any_day(today: date) -> None:
    for text in ("-1m", "-1y", "last month", "last year", "this week", "last week", "yesterday", "this month"):
        period = read_period(text, today=today)
        if period is not None and period.start and period.end:
            assert period.start <= period.end


@given(
    st.from_regex(r"\A[0129][0-9]{3}-[01][0-9]-[0-3][0-9]\Z")
    | st.from_regex(r"\A(0001|2015|9999)-12-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][01][0-9]:[0-6][0-9])\Z")
)
def test_the_short_way_to_a_date_of_records_leads_where_the_long_way_does(text: str) -> None:
    assert read_date(text, today=date(2024, 3, 19)) == read_date(f" {text}", today=date(2024, 3, 19))
