"""HomePage and BrowsePage: what the archive holds, for a reader who has not asked anything yet."""

from dataclasses import dataclass

from searchsvc.archive.search import Answer
from searchsvc.model.fields import FACET_FIELDS, Field
from searchsvc.model.request import FacetRequest, HistogramRequest, SearchRequest, Sort
from searchsvc.model.result import Facet
from searchsvc.settings import Settings
from searchsvc.web.links import Links
from searchsvc.web.presenters.facets import FacetView, facet_view
from searchsvc.web.presenters.histogram import HistogramView, histogram_view
from searchsvc.web.presenters.hits import HitView, Link, hit_view
from searchsvc.web.presenters.labels import counted, plural
from searchsvc.web.search_state import SearchState

LATEST = 6
LISTED = 12
HOME_FACETS = ("section", "tag", "source")
BROWSED = 200  # values on one page of a facet

# Facets a reader may browse whole: the years and months are the histogram's.
BROWSABLE = tuple(field for field in FACET_FIELDS if not field.latest_first)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Everything that the front page prints."""

    total: int
    holds: str  # what the archive holds, in one sentence
    histogram: HistogramView | None
    facets: tuple[FacetView, ...]
    latest: tuple[HitView, ...]
    browse: tuple[Link, ...]


def home_request() -> SearchRequest:
    """The search that the front page shows: of everything, the latest first."""
    return SearchRequest(
        sort=Sort.NEWEST,
        limit=LATEST,
        facets=tuple(FacetRequest(field=name, size=LISTED) for name in HOME_FACETS),
        histogram=HistogramRequest(),
        snippets=False,
    )


def home_page(answer: Answer, settings: Settings) -> HomePage:
    """The front page of the answer to `home_request`; facets without a value are left out."""
    links = Links(SearchState())
    histogram = histogram_view(answer.result.histogram, links)
    return HomePage(
        total=answer.result.total.value,
        holds=_holds(answer, histogram),
        histogram=histogram,
        facets=tuple(
            facet_view(field, answer.result.facets[field.name], links)
            for field in FACET_FIELDS
            if field.name in answer.result.facets and answer.result.facets[field.name].buckets
        ),
        latest=tuple(hit_view(hit, links, settings.language) for hit in answer.result.hits),
        browse=tuple(Link(field.label, browse_path(field)) for field in BROWSABLE),
    )


def _holds(answer: Answer, histogram: HistogramView | None) -> str:
    stories = counted(answer.result.total.value, "story", "stories")
    bars = answer.result.histogram.bars if answer.result.histogram else ()
    if not bars or histogram is None:
        return f"{stories}."
    first, last = bars[0].start.year, bars[-1].end.year
    return f"{stories} from {first}." if first == last else f"{stories}, {first} to {last}."


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePage:
    """All values of one facet, or those that begin with `prefix`."""

    name: str
    label: str
    plural: str
    prefix: str
    path: str
    facet: FacetView
    is_cut: bool
    others: tuple[Link, ...]


def browse_request(field: Field, prefix: str) -> FacetRequest:
    """Asks for the BROWSED most frequent values of a facet; with a `prefix`, of those that have a word beginning so."""
    return FacetRequest(field=field.name, size=BROWSED, prefix=prefix)


def browse_page(field: Field, facet: Facet, prefix: str) -> BrowsePage:
    """The page of the answer to `browse_request`; `is_cut` when more values exist than it lists."""
    return BrowsePage(
        name=field.name,
        label=field.label,
        plural=plural(field.label),
        prefix=prefix,
        path=browse_path(field),
        facet=facet_view(field, facet, Links(SearchState())),
        is_cut=len(facet.buckets) >= BROWSED and facet.other > 0,
        others=tuple(Link(other.label, browse_path(other)) for other in BROWSABLE if other is not field),
    )


def browse_path(field: Field) -> str:
    """The page that lists a facet's values, from the root of the site."""
    return f"/browse/{field.name}"
