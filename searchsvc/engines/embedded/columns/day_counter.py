"""DayCounts: how many documents were published on each day, counted over the columns of all segments.

Not for bars of weeks, months or years: those are sums of days (`search.histogram`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.arrays import Int64s
from searchsvc.engines.embedded.kernels.jit import Out, kernel, whole


class DayCounts(NamedTuple):
    """The documents of each day that has any, and those without a day."""

    days: Int64s  # ascending, as `date.toordinal` numbers them
    counts: Int64s
    undated: int


def count_days(columns: Sequence[Int64s], docids: Sequence[Docids]) -> DayCounts:
    """Count some documents of each segment by day; a column has the day of each document, or MISSING."""
    ranges = [day_range(days, of_segment) for days, of_segment in zip(columns, docids, strict=True)]
    undated = sum(missing for _, _, missing in ranges)
    dated = [(first, last) for first, last, _ in ranges if first <= last]
    if not dated:
        return DayCounts(np.empty(0, np.int64), np.empty(0, np.int64), undated)
    first = min(first for first, _ in dated)
    counts = np.zeros(max(last for _, last in dated) - first + 1, dtype=np.int64)
    for days, of_segment in zip(columns, docids, strict=True):
        add_days(days, of_segment, first, counts)
    present = np.flatnonzero(counts)
    return DayCounts(present + first, counts[present], undated)


@kernel
def day_range(days: Int64s, docids: Docids) -> tuple[int, int, int]:
    """The first and the last day of some documents (if none is dated, the first is later); how many are undated."""
    first, last, missing = whole(2**62), whole(-(2**62)), 0
    for docid in docids:
        day = days[docid]
        if day == MISSING:
            missing += 1
        else:
            first, last = min(first, whole(day)), max(last, whole(day))
    return first, last, missing


@kernel
def add_days(days: Int64s, docids: Docids, first: int, counts: Out[np.int64]) -> None:
    """Add each dated document to the count of its day; `counts[0]` is that of the day `first`."""
    for docid in docids:
        if days[docid] != MISSING:
            counts[days[docid] - first] += 1
