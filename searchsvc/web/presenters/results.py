"""ResultsPage: a search's answer as the page shows it, every link made."""

from collections.abc import Iterable
from dataclasses import dataclass

from searchsvc.archive.search import Answer
from searchsvc.errors import RequestError
from searchsvc.model.query import Span
from searchsvc.model.request import FacetRequest, SearchRequest, Sort
from searchsvc.model.result import Hit, NoticeKind
from searchsvc.settings import Settings
from searchsvc.web.addresses import API_SEARCH_PATH, FEED_PATH
from searchsvc.web.links import Links
from searchsvc.web.presenters.facets import Chip, FacetView, chips, facet_views
from searchsvc.web.presenters.histogram import HistogramView, histogram_view
from searchsvc.web.presenters.hits import HitView, Link, hit_view
from searchsvc.web.presenters.labels import counted, joined, period_label
from searchsvc.web.search_state import Pair, SearchState

MOST = 8  # values offered where nothing was found
NEIGHBOURS = 2  # page numbers listed on each side of the current one


@dataclass(frozen=True, slots=True)
class Paging:
    """Which hits are shown and what can follow: pages by number as far as they reach, then by cursor."""

    hits: tuple[Hit, ...]
    start: int | None  # the number of the first hit, from 1; None after a cursor
    page: int | None
    pages: int
    last_page: int  # that paging by number reaches
    next_cursor: str

    @property
    def next_page(self) -> int | None:
        """The number of the next page; None after a cursor, or when page numbers reach no further."""
        return self.page + 1 if self.page is not None and self.page < self.last_page else None

    @property
    def previous_page(self) -> int | None:
        """The page before, or the last one there is when this one lies past the end."""
        if self.page is None or self.page == 1:
            return None
        return max(1, min(self.page - 1, self.last_page))

    def next_state(self, state: SearchState) -> SearchState | None:
        """Where "next" leads: never to where it would fail."""
        if self.next_page is not None:
            return state.turned_to(self.next_page)
        return state.continued_after(self.next_cursor) if self.next_cursor else None

    def previous_state(self, state: SearchState) -> SearchState | None:
        """Where "previous" leads; None on the first page and after a cursor."""
        return state.turned_to(self.previous_page) if self.previous_page is not None else None


def paging(answer: Answer, state: SearchState, settings: Settings) -> Paging:
    """The place of an answer among all its pages. After a cursor, one hit more was asked for."""
    size, total = state.size(settings), answer.result.total.value
    hits = answer.result.hits[:size]
    pages = -(-total // size)
    if state.cursor:
        start, page = None, None
        has_more = len(answer.result.hits) > size
    else:
        start, page = (state.page - 1) * size + 1, state.page
        has_more = start - 1 + len(hits) < total and bool(hits)
    return Paging(
        hits=hits,
        start=start,
        page=page,
        pages=pages,
        last_page=min(pages, max(1, settings.max_offset // size)),
        next_cursor=hits[-1].cursor.encode() if has_more else "",
    )


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Something to know about how the search was read, and the typed text that it is about."""

    message: str
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class RewriteView:
    """A change made to the query, in words, and where the search without it is."""

    message: str
    undo_url: str  # "" when it cannot be taken back


@dataclass(frozen=True, slots=True)
class WayOutView:
    """Another search to try where nothing was found, and how many stories it finds, in words."""

    message: str
    url: str
    total: str


@dataclass(frozen=True, slots=True)
class SortView:
    """One order to choose, and where it leads."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page by its number; `url` is "" for the current one, `number` 0 for a gap."""

    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """Everything that the search page prints."""

    state: SearchState
    links: Links
    title: str
    total: int
    total_label: str
    range_label: str
    hits: tuple[HitView, ...]
    facets: tuple[FacetView, ...]
    chips: tuple[Chip, ...]
    histogram: HistogramView | None
    notices: tuple[NoticeView, ...]
    rewrites: tuple[RewriteView, ...]
    did_you_mean: Link | None
    missing_words: str
    ways_out: tuple[WayOutView, ...]
    sorts: tuple[SortView, ...]
    page_links: tuple[PageLink, ...]
    next_url: str
    previous_url: str
    is_past_end: bool
    instead: tuple[FacetView, ...]  # what the archive has most of, where nothing was found

    @property
    def box_pairs(self) -> tuple[Pair, ...]:
        """What the search box sends beside the text: filters and order stay."""
        return self.state.first_page.pairs(without=("q",))

    @property
    def facet_pairs(self) -> tuple[Pair, ...]:
        """What the facet form sends beside its own fields."""
        shown = [facet.parameter for facet in self.facets]
        excluded = [(name, value) for name, value in self.state.pairs() if name in shown and value.startswith("-")]
        return (*self.state.first_page.pairs(without=(*shown, "from-date", "to-date")), *excluded)

    @property
    def first_url(self) -> str:
        """The first page of this search."""
        return self.links.first_page

    @property
    def clear_url(self) -> str:
        """The first page of this search without filters and dates; text and order stay."""
        return self.state.unfiltered.url

    @property
    def feed_url(self) -> str:
        """The Atom feed of this search, the newest first whatever the page's order."""
        return self.links.at(FEED_PATH).sorted_by(Sort.NEWEST)

    @property
    def api_url(self) -> str:
        """The same page of this search in the API."""
        return self.links.at(API_SEARCH_PATH).here


def results_page(
    answer: Answer,
    state: SearchState,
    settings: Settings,
    *,
    problems: Iterable[RequestError] = (),
    instead: Answer | None = None,
) -> ResultsPage:
    """The page of an answer; `problems` are what its URL said that could not be understood.

    `instead`, an answer to nothing asked, is what a page without any result offers.
    """
    place = paging(answer, state, settings)
    total = answer.result.total.value
    following, previous = place.next_state(state), place.previous_state(state)
    links = Links(state)
    return ResultsPage(
        state=state,
        links=links,
        title=_title(answer, state),
        total=total,
        total_label=counted(total, "story", "stories"),
        range_label=_range_label(place, total),
        hits=tuple(hit_view(hit, links, settings.language) for hit in place.hits),
        facets=facet_views(answer.result.facets, links),
        chips=chips(links, dates_label(state)),
        histogram=histogram_view(answer.result.histogram, links),
        notices=notice_views(answer, problems),
        rewrites=tuple(
            RewriteView(rewrite.message, links.asking(rewrite.undo) if rewrite.undo else "")
            for rewrite in answer.rewrites
        ),
        did_you_mean=Link(answer.did_you_mean, links.asking(answer.did_you_mean)) if answer.did_you_mean else None,
        missing_words=joined(tuple(f"“{word}”" for word in dict.fromkeys(answer.missing_words)), "or"),
        ways_out=tuple(
            WayOutView(way.message, way_out_state(way.text, way.keeps_filters, state).url, _stories(way.total))
            for way in answer.ways_out
        ),
        sorts=_sorts(answer, links),
        page_links=_page_links(place, links),
        next_url=links.to(following) if following else "",
        previous_url=links.to(previous) if previous else "",
        is_past_end=bool(total) and not place.hits,
        instead=facet_views(instead.result.facets, Links(SearchState())) if instead else (),
    )


def instead_request() -> SearchRequest:
    """What the archive has most of: asked for a page that would else be empty."""
    return SearchRequest(limit=0, facets=tuple(FacetRequest(field=name, size=MOST) for name in ("tag", "section")))


def way_out_state(text: str, keeps_filters: bool, state: SearchState) -> SearchState:
    """The state that searches for `text`, with the filters and dates of `state` or without them; its first page."""
    return (state if keeps_filters else state.unfiltered).asking(text)


def quoted(text: str, span: Span | None) -> str:
    """The part of the typed text that a span is about."""
    return text[slice(*span)] if span else ""


def notice_views(answer: Answer, problems: Iterable[RequestError]) -> tuple[NoticeView, ...]:
    """What the archive says of the text, then what was left out of the URL; nothing twice."""
    found = bool(answer.result.total.value)
    said = [
        NoticeView(notice.message, quoted(answer.text, notice.span))
        for notice in answer.notices
        if found or notice.kind is not NoticeKind.RELAXED  # there is nothing shown that it could speak of
    ]
    said += [NoticeView(f"Left out of the search: {problem}.", problem.value) for problem in problems]
    return tuple(dict.fromkeys(said))


def dates_label(state: SearchState) -> str:
    """The span of days that is asked for, in words; "" when any will do."""
    match state.from_date, state.to_date:
        case "", "":
            return ""
        case start, "":
            return f"from {period_label(start)}"
        case "", end:
            return f"until {period_label(end)}"
        case start, end if start == end:
            return period_label(start)
        case start, end:
            return f"{period_label(start)} – {period_label(end)}"


def _stories(total: int) -> str:
    return counted(total, "story", "stories")


def _title(answer: Answer, state: SearchState) -> str:
    text = " ".join(answer.text.split())
    if text:
        return text if len(text) <= 80 else text[:79] + "…"
    return "Stories in the selection" if state.is_narrowed else "All stories"


def _range_label(place: Paging, total: int) -> str:
    if place.start is None or not place.hits or len(place.hits) == total:
        return ""
    return f"{place.start:,}–{place.start + len(place.hits) - 1:,}"


def _sorts(answer: Answer, links: Links) -> tuple[SortView, ...]:
    labels = {Sort.RELEVANCE: "Best match", Sort.NEWEST: "Newest", Sort.OLDEST: "Oldest"}
    # Without words there is nothing to score: the archive has answered with the newest first.
    can_score = answer.request.sort is Sort.RELEVANCE or links.state.order_by is not Sort.RELEVANCE
    offered = labels if can_score and answer.text.strip() else [Sort.NEWEST, Sort.OLDEST]
    return tuple(SortView(labels[sort], links.sorted_by(sort), sort is answer.request.sort) for sort in offered)


def _page_links(place: Paging, links: Links) -> tuple[PageLink, ...]:
    """The first page, those around the current one, and the last within reach; a gap where some are left out."""
    if place.page is None or place.last_page < 2:
        return ()
    around = range(place.page - NEIGHBOURS, place.page + NEIGHBOURS + 1)
    numbers = sorted(number for number in {1, *around, place.last_page} if 1 <= number <= place.last_page)
    found: list[PageLink] = []
    before = 0
    for number in numbers:
        if number > before + 1:
            # A gap of one page is shown as that page: it takes no more room than the dots.
            found.append(PageLink(number - 1, links.turned_to(number - 1)) if number == before + 2 else PageLink(0, ""))
        found.append(PageLink(number, "" if number == place.page else links.turned_to(number)))
        before = number
    return tuple(found)
