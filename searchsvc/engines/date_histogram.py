"""Date histogram: the interval and the bars of a histogram over days, the same for every engine.

Not for counting the articles in each bar.

>>> [str(start) for start, _ in bars(Interval.MONTH, date(2015, 11, 30), date(2016, 1, 2))]
['2015-11-01', '2015-12-01', '2016-01-01']
"""

from datetime import date, timedelta

from searchsvc.model.request import DateFilter, Interval

MAX_DAYS_BY_DAY = 62  # spans of up to two months have a bar for each day,
MAX_DAYS_BY_MONTH = 5 * 366  # of up to five years one for each month

# A page cannot draw more bars. A histogram with more takes the next coarser interval; there is none above years.
MAX_BARS = 1_000


def interval_of(first: date, last: date, asked: Interval | None = None) -> Interval:
    """The interval asked, else by the length of the span; coarser if that would give more than MAX_BARS.

    `first` and `last` are the first and last day with an article.
    """
    days = (last - first).days + 1
    if asked is None:
        return (
            Interval.DAY if days <= MAX_DAYS_BY_DAY else Interval.MONTH if days <= MAX_DAYS_BY_MONTH else Interval.YEAR
        )
    if asked is Interval.DAY and days > MAX_BARS:
        asked = Interval.MONTH
    if asked is Interval.MONTH and (last.year - first.year) * 12 + last.month - first.month + 1 > MAX_BARS:
        asked = Interval.YEAR
    return asked


def bars(interval: Interval, first: date, last: date, dates: DateFilter | None = None) -> list[tuple[date, date]]:
    """First and last day of each bar, from the bar that contains `first` to the one that contains `last`, without gaps.

    The first and the last bar are clipped to `dates`.
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
