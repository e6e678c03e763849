"""Timeline: which bars a histogram has, the same for every engine.

Not for counting what is in them.

>>> [str(start) for start, _ in bars(Interval.MONTH, date(2015, 11, 30), date(2016, 1, 2))]
['2015-11-01', '2015-12-01', '2016-01-01']
"""

from datetime import date, timedelta

from searchsvc.model.request import DateFilter, Interval

DAYS_AT_MOST = 62  # two months by the day
MONTHS_AT_MOST = 5 * 366  # in days: five years by the month

# More bars than a page can draw; beyond, the next coarser interval is taken. Years have no coarser one.
MAX_BARS = 1_000


def interval_of(first: date, last: date, asked: Interval | None = None) -> Interval:
    """The interval asked, or by the span from the first to the last day; coarser if that is more than MAX_BARS."""
    days = (last - first).days + 1
    if asked is None:
        return Interval.DAY if days <= DAYS_AT_MOST else Interval.MONTH if days <= MONTHS_AT_MOST else Interval.YEAR
    if asked is Interval.DAY and days > MAX_BARS:
        asked = Interval.MONTH
    if asked is Interval.MONTH and (last.year - first.year) * 12 + last.month - first.month + 1 > MAX_BARS:
        asked = Interval.YEAR
    return asked


def bars(interval: Interval, first: date, last: date, dates: DateFilter | None = None) -> list[tuple[date, date]]:
    """First and last day of each bar, without a gap from the one with `first` to the one with `last`.

    The outer bars are clipped to `dates`.
    """
    spans = []
    start = _start(interval, first)
    while start <= last:
        end = _end(interval, start)
        spans.append((start, end))
        if end == date.max:
            break
        start = end + timedelta(days=1)
    if dates is not None and dates.start is not None:
        spans[0] = (max(spans[0][0], dates.start), spans[0][1])
    if dates is not None and dates.end is not None:
        spans[-1] = (spans[-1][0], min(spans[-1][1], dates.end))
    return spans


def _start(interval: Interval, day: date) -> date:
    match interval:
        case Interval.YEAR:
            return day.replace(month=1, day=1)
        case Interval.MONTH:
            return day.replace(day=1)
        case Interval.DAY:
            return day


def _end(interval: Interval, start: date) -> date:
    match interval:
        case Interval.YEAR:
            return start.replace(month=12, day=31)
        case Interval.MONTH:
            return start.replace(day=31) if start.month == 12 else start.replace(month=start.month + 1) - _DAY
        case Interval.DAY:
            return start


_DAY = timedelta(days=1)
