from datetime import date

import pytest

from searchsvc.model.request import Interval
from searchsvc.model.result import Bar, Histogram
from searchsvc.web.links import Links
from searchsvc.web.presenters.histogram import HEIGHT, LEAST_HEIGHT, histogram_view, narrowed_to
from searchsvc.web.search_state import SearchState

SEPTEMBER = Bar(date(2015, 9, 1), date(2015, 9, 30), 200, 400)
OCTOBER = Bar(date(2015, 10, 1), date(2015, 10, 31), 1, 300)


def test_the_fullest_bar_fills_the_drawing_and_the_emptiest_is_still_seen() -> None:
    view = histogram_view(Histogram(Interval.MONTH, (SEPTEMBER, OCTOBER)), Links(SearchState()))
    assert view is not None
    assert [bar.height for bar in view.bars] == [HEIGHT, LEAST_HEIGHT]
    assert [bar.share for bar in view.bars] == ["50 %", "0.333 %"]
    assert [bar.label for bar in view.listed] == ["October 2015", "September 2015"]


@pytest.mark.parametrize("bars", [(), (Bar(date(2015, 1, 1), date(2015, 12, 31), 0, 5),)])
def test_nothing_found_is_not_drawn(bars: tuple[Bar, ...]) -> None:
    assert histogram_view(Histogram(Interval.YEAR, bars), Links(SearchState())) is None
    assert histogram_view(None, Links(SearchState())) is None


@pytest.mark.parametrize(
    ("state", "url"),
    [
        (SearchState(), "/search?from-date=2015-09&to-date=2015-09"),
        (SearchState(from_date="2015-09-15"), "/search?from-date=2015-09-15&to-date=2015-09-30"),
        (SearchState(from_date="2015", to_date="2015-09-15"), "/search?from-date=2015-09-01&to-date=2015-09-15"),
    ],
)
def test_a_bar_leads_to_those_of_its_days_that_are_kept(state: SearchState, url: str) -> None:
    assert Links(state).between(*narrowed_to(SEPTEMBER, state.dates)) == url
