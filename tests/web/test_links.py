"""Each address that is put together is the one that the state writes."""

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.model.request import Sort
from searchsvc.web.addresses import API_SEARCH_PATH, FEED_PATH
from searchsvc.web.links import Links
from searchsvc.web.search_state import SearchState
from tests.web.test_search_state import WORDS, states


@given(states(), st.sampled_from(["tag", "place", "source", "year"]), WORDS | st.sampled_from(["-40", "\\", "a & b"]))
def test_a_value_leads_where_the_state_says(state: SearchState, field: str, value: str) -> None:
    links = Links(state)
    for _ in range(2):  # the second time from what was kept
        assert links.toggled(field, value) == state.toggled(field, value).url
        assert links.excluding(field, value) == state.excluding(field, value).url
        assert links.without(field, value) == state.without(field, value).url


@given(states())
def test_a_value_that_is_chosen_leads_back(state: SearchState) -> None:
    for filter in state.filters:
        for value in filter.values + filter.excluded:
            assert Links(state).toggled(filter.field, value) == state.toggled(filter.field, value).url
            assert Links(state).without(filter.field, value) == state.without(filter.field, value).url


@given(states(), st.integers(1, 99), st.sampled_from(Sort), st.text(max_size=9))
def test_pages_orders_texts_and_dates_lead_where_the_state_says(
    state: SearchState, page: int, order_by: Sort, q: str
) -> None:
    links = Links(state)
    assert links.here == state.url
    assert links.first_page == state.first_page.url
    assert links.turned_to(page) == state.turned_to(page).url
    assert links.sorted_by(order_by) == state.sorted_by(order_by).url
    assert links.asking(q) == state.asking(q).url
    assert links.between("2015", "2015-09-30") == state.between("2015", "2015-09-30").url


@given(states())
def test_another_path_has_the_same_search(state: SearchState) -> None:
    links = Links(state, "https://post.example" + API_SEARCH_PATH)
    assert links.toggled("tag", "x") == "https://post.example" + state.toggled("tag", "x").url_at(API_SEARCH_PATH)
    newest = state.sorted_by(Sort.NEWEST).url_at(FEED_PATH)
    assert links.at(FEED_PATH).sorted_by(Sort.NEWEST) == newest
