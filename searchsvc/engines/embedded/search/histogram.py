"""Histogram: matches by date of publication, in bars of days, weeks, months or years, beside those of the archive."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from searchsvc.engines.date_histogram import bars, interval_of
from searchsvc.engines.embedded.columns.day_counter import DayCounts, count_days
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.search.filters import DocSets
from searchsvc.model.request import DateFilter, Interval
from searchsvc.model.result import Bar, Histogram


def histogram(snapshot: Snapshot, matches: DocSets, interval: Interval | None, dates: DateFilter | None) -> Histogram:
    """Count the matches in bars, and all live articles in the same bars.

    Without an interval, the bars are of one that suits the dates of the matches.
    """
    matched = count_days([view.columns.days.numbers for view in snapshot.views], matches)
    if not len(matched.days):
        return Histogram(interval or Interval.DAY, (), matched.undated)
    first, last = date.fromordinal(int(matched.days[0])), date.fromordinal(int(matched.days[-1]))
    chosen = interval_of(first, last, interval)
    spans = bars(chosen, first, last, dates)
    counts = zip(spans, _sums(matched, spans), _sums(snapshot.days, spans), strict=True)
    return Histogram(
        chosen, tuple(Bar(start, end, of_matches, of_archive) for (start, end), of_matches, of_archive in counts),
        matched.undated,
    )  # fmt: skip


def _sums(counted: DayCounts, spans: Sequence[tuple[date, date]]) -> list[int]:
    """The documents of each span of days, both its ends included."""
    sums = np.concatenate(([0], np.cumsum(counted.counts)))
    starts = np.searchsorted(counted.days, [start.toordinal() for start, _ in spans], side="left")
    ends = np.searchsorted(counted.days, [end.toordinal() for _, end in spans], side="right")
    totals: list[int] = (sums[ends] - sums[starts]).tolist()
    return totals
