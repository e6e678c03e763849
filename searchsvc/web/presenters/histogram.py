"""The date histogram as a drawing and as a table: bars in units of the drawing, each with where a click leads."""

from dataclasses import dataclass

from searchsvc.model.request import DateFilter
from searchsvc.model.result import Bar, Histogram
from searchsvc.web.links import Links
from searchsvc.web.parameters import period_text
from searchsvc.web.presenters.labels import bar_label, counted

HEIGHT = 100  # of the drawing, in its own units
STEP = 10  # from one bar to the next
GAP = 2
LEAST_HEIGHT = 2.0  # a single story is still seen


@dataclass(frozen=True, slots=True, kw_only=True)
class BarView:
    """One bar: where it stands, what it says, and where a click leads; `archived` is all that the archive has."""

    x: int
    y: float
    height: float
    label: str
    count: int
    archived: int
    title: str
    url: str  # "" when there is nothing to be found

    @property
    def share(self) -> str:
        """The part of the archive's articles of these days that was found."""
        return f"{100 * self.count / self.archived:.3g} %" if self.archived else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramView:
    """The drawing is `width` by HEIGHT units; `caption` says in words what it shows."""

    interval: str
    width: int
    height: int
    step: int
    bar_width: int
    bars: tuple[BarView, ...]
    first: str
    last: str
    caption: str
    undated: int

    @property
    def has_shares(self) -> bool:
        """Whether any bar has a different number of found articles than of archived ones."""
        return any(bar.count != bar.archived for bar in self.bars)

    @property
    def listed(self) -> tuple[BarView, ...]:
        """The bars with something in them, the latest first: what the table lists."""
        return tuple(bar for bar in reversed(self.bars) if bar.count)


def histogram_view(histogram: Histogram | None, links: Links) -> HistogramView | None:
    """None when there is nothing to draw: no dated article, or all in one bar that would lead nowhere new."""
    if histogram is None or not histogram.bars:
        return None
    most = max(bar.count for bar in histogram.bars)
    if not most:
        return None
    dates = links.state.dates
    bars = tuple(_bar(bar, i, most, histogram, links, dates) for i, bar in enumerate(histogram.bars))
    peak = max(bars, key=lambda bar: bar.count)
    return HistogramView(
        interval=histogram.interval.value,
        width=STEP * len(bars),
        height=HEIGHT,
        step=STEP,
        bar_width=STEP - GAP,
        bars=bars,
        first=bars[0].label,
        last=bars[-1].label,
        caption=f"Most in {peak.label}: {counted(peak.count, 'story', 'stories')}",
        undated=histogram.undated,
    )


def _bar(bar: Bar, i: int, most: int, histogram: Histogram, links: Links, dates: DateFilter | None) -> BarView:
    height = max(round(HEIGHT * bar.count / most, 2), LEAST_HEIGHT) if bar.count else 0.0
    label = bar_label(bar.start, histogram.interval)
    return BarView(
        x=STEP * i,
        y=round(HEIGHT - height, 2),
        height=height,
        label=label,
        count=bar.count,
        archived=bar.archived,
        title=f"{label}: {counted(bar.count, 'story', 'stories')}",
        url=links.between(*narrowed_to(bar, dates)) if bar.count else "",
    )


def narrowed_to(bar: Bar, dates: DateFilter | None) -> tuple[str, str]:
    """A bar's days, from and to, as far as they are kept already: the count of a bar is what a click finds.

    `dates` are the state's own: it reads them anew each time it is asked.
    """
    start = max(bar.start, dates.start) if dates and dates.start else bar.start
    end = min(bar.end, dates.end) if dates and dates.end else bar.end
    if whole := period_text(start, end):
        return whole, whole
    return start.isoformat(), end.isoformat()
