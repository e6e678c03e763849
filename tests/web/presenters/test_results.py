from dataclasses import replace

import pytest

from searchsvc.archive.help import WayOut
from searchsvc.archive.search import Answer
from searchsvc.errors import BadFilter
from searchsvc.model.request import Cursor, SearchRequest, Sort
from searchsvc.model.result import Hit, Notice, NoticeKind, Rewrite, SearchResult, Total
from searchsvc.settings import Settings
from searchsvc.web.presenters.results import dates_label, paging, results_page
from searchsvc.web.search_state import SearchState
from tests.web.archive import ARTICLES

SETTINGS = Settings(max_offset=100)


def answer(total: int, hits: int, **changes: object) -> Answer:
    """An answer of so many hits on its page."""
    found = tuple(Hit(article=ARTICLES[n], score=1.0, cursor=Cursor(1.0, ARTICLES[n].id)) for n in range(hits))
    result = SearchResult(total=Total(total), hits=found)
    plain = Answer(text="strike", understood="strike", request=SearchRequest(), result=result)
    return replace(plain, **changes)  # type: ignore[arg-type]


def numbers(total: int, page: int) -> str:
    """The page numbers of a pager: the current one in brackets, a gap as two dots."""
    found = results_page(answer(total, 10), SearchState(q="strike", page=page), SETTINGS)
    return " ".join(".." if not n.number else str(n.number) if n.url else f"[{n.number}]" for n in found.page_links)


@pytest.mark.parametrize(
    ("total", "page", "links"),
    [
        (10, 1, ""),
        (11, 1, "[1] 2"),
        (100, 1, "[1] 2 3 .. 10"),
        (100, 5, "1 2 3 4 [5] 6 7 .. 10"),  # no gap where one page would be left out
        (100, 6, "1 .. 4 5 [6] 7 8 9 10"),
        (100, 10, "1 .. 8 9 [10]"),
        (5000, 10, "1 .. 8 9 [10]"),  # numbers reach no further
    ],
)
def test_a_pager_shows_the_pages_around_and_both_ends(total: int, page: int, links: str) -> None:
    assert numbers(total, page) == links


def test_the_last_page_by_number_goes_on_by_cursor() -> None:
    found = results_page(answer(5000, 10), SearchState(page=10), SETTINGS)
    assert "cursor=" in found.next_url
    assert found.previous_url == "/search?page=9"


def test_after_a_cursor_one_hit_more_tells_whether_there_is_more() -> None:
    state = SearchState(cursor=Cursor(1.0, "a").encode())
    assert state.request(SETTINGS).limit == 11
    more, last = paging(answer(50, 11), state, SETTINGS), paging(answer(50, 10), state, SETTINGS)
    assert (len(more.hits), bool(more.next_cursor)) == (10, True)
    assert (len(last.hits), bool(last.next_cursor)) == (10, False)
    assert more.page is None


def test_a_notice_quotes_what_it_is_about() -> None:
    notice = Notice(kind=NoticeKind.SYNTAX, message="The quote is not closed.", span=(0, 7))
    found = results_page(answer(1, 1, text='"strike', notices=(notice,)), SearchState(q='"strike'), SETTINGS)
    assert [(n.message, n.quoted) for n in found.notices] == [("The quote is not closed.", '"strike')]


def test_nothing_is_said_to_be_shown_when_nothing_is() -> None:
    relaxed = Notice(kind=NoticeKind.RELAXED, message="Shown are those that have some.")
    assert results_page(answer(1, 1, notices=(relaxed,)), SearchState(), SETTINGS).notices
    assert not results_page(answer(0, 0, notices=(relaxed,)), SearchState(), SETTINGS).notices


def test_what_the_url_said_in_vain_is_told() -> None:
    problem = BadFilter("page cannot be 0", parameter="page", value="0")
    (notice,) = results_page(answer(1, 1), SearchState(), SETTINGS, problems=[problem]).notices
    assert (notice.message, notice.quoted) == ("Left out of the search: page cannot be 0.", "0")


def test_a_rewrite_can_be_undone_and_keeps_the_filters() -> None:
    rewrite = Rewrite(kind=NoticeKind.SYNONYM, message="Searched for U.S. too.", undo='"US"')
    state = SearchState(q="US").toggled("tag", "Syria")
    (shown,) = results_page(answer(1, 1, rewrites=(rewrite,)), state, SETTINGS).rewrites
    assert shown.undo_url == "/search?q=%22US%22&tag=Syria"


def test_a_way_out_keeps_the_filters_or_drops_them() -> None:
    ways = (
        WayOut(message="Search for strike", text="strike", keeps_filters=True, total=3),
        WayOut(message="Search without the filters", text="strik", keeps_filters=False, total=1),
    )
    state = SearchState(q="strik").toggled("tag", "Union").turned_to(4)
    shown = results_page(answer(0, 0, ways_out=ways), state, SETTINGS).ways_out
    assert [(way.url, way.total) for way in shown] == [
        ("/search?q=strike&tag=Union", "3 stories"),
        ("/search?q=strik", "1 story"),
    ]


def test_without_words_there_is_no_best_match_to_sort_by() -> None:
    browsing = answer(1, 1, text="", request=SearchRequest(sort=Sort.NEWEST))
    found = results_page(browsing, SearchState(), SETTINGS)
    assert [(sort.label, sort.is_current) for sort in found.sorts] == [("Newest", True), ("Oldest", False)]


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("", "", ""),
        ("2015-09", "", "from September 2015"),
        ("", "2015", "until 2015"),
        ("2015-09", "2015-09", "September 2015"),
        ("2015-09-30", "2015-10", "30 September 2015 – October 2015"),
    ],
)
def test_the_span_of_days_is_said_in_words(start: str, end: str, label: str) -> None:
    assert dates_label(SearchState(from_date=start, to_date=end)) == label
