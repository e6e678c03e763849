"""Help: what to offer a reader whose search found little: a corrected spelling, near values, ways out.

Every offer is tried before it is made, so that its number of articles is true. Not for the search itself (`search`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from searchsvc.archive.time_limit import TimeLimitingEngine
from searchsvc.model.fields import value_key
from searchsvc.model.query import Query, Span, Term, Value, leaves, positive_leaves
from searchsvc.model.request import FacetRequest, SearchRequest
from searchsvc.querylang.correcting import replace_words
from searchsvc.querylang.parser import parse
from searchsvc.querylang.writer import write

FEW_HITS = 3  # up to this many hits, a word that no article has is likelier misspelt than rare
MANY_VALUES = 10_000  # values of a facet among which one near to a value without articles is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Another search for a reader who found nothing: another text, or the same text without the filters."""

    message: str
    text: str  # the query text to go on with
    keeps_filters: bool
    total: int  # articles that this search finds


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """All that is offered beside a result; empty when enough was found."""

    did_you_mean: str = ""  # a query text that finds more
    missing_words: tuple[str, ...] = ()  # typed words that no article has
    ways_out: tuple[WayOut, ...] = ()  # only when nothing was found; each finds something


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A search that was answered, and may need help."""

    text: str  # as typed
    query: Query  # of the text, before synonyms and relaxing
    request: SearchRequest  # as searched
    total: int
    is_relaxed: bool  # no article has all the words; `total` counts those with some of them


def help_for(searched: Searched, engine: TimeLimitingEngine, *, today: date) -> Help:
    """Help with a search that found little; `today` is the day that relative dates are read by.

    Raises EngineTimeout when the engine's time is up.
    """
    if searched.total > FEW_HITS and not searched.is_relaxed:
        return Help()
    missing = _missing_words(searched.query, engine)
    suggestion = _did_you_mean(searched, missing, engine, today)
    ways: list[WayOut] = []
    if searched.total == 0:
        ways += [suggestion] if suggestion else []
        ways += _near_values(searched, engine, today)
        ways += _without_filters(searched, engine)
        ways += _without_missing_words(searched, missing, engine, today)
    return Help(
        did_you_mean=suggestion.text if suggestion else "",
        missing_words=tuple(term.text for term in missing),
        ways_out=tuple(way for way in ways if way.total),
    )


def _missing_words(query: Query, engine: TimeLimitingEngine) -> tuple[Term, ...]:
    terms = [leaf for leaf in positive_leaves(query) if isinstance(leaf, Term)]
    return tuple(term for term in terms if engine.document_frequency(term.text) == 0)


def _did_you_mean(
    searched: Searched, missing: Iterable[Term], engine: TimeLimitingEngine, today: date
) -> WayOut | None:
    """The typed text with each missing word corrected, if that finds more.

    A missing word without a correction stays; where that finds no more, it is left out.
    """
    corrected: dict[Span, str] = {}
    uncorrected: dict[Span, str] = {}
    for term in missing:
        if term.span is not None:
            correction = engine.spell(term.text)
            if correction is not None:
                corrected[term.span] = correction.word
            else:
                uncorrected[term.span] = ""
    if not corrected:
        return None
    found = 0 if searched.is_relaxed else searched.total
    for replaced in (corrected, corrected | uncorrected):
        way = _retyped(_replaced(searched.text, replaced), searched, engine, today)
        if way.total > found:
            return way
    return None


def _near_values(searched: Searched, engine: TimeLimitingEngine, today: date) -> Iterator[WayOut]:
    """For each value that no article has, the typed text with the value nearest to it in spelling."""
    for leaf in positive_leaves(searched.query):
        if not isinstance(leaf, Value) or leaf.span is None or engine.count(searched.request, leaf):
            continue
        asked = SearchRequest(facets=(FacetRequest(field=leaf.field, size=MANY_VALUES),), limit=0)
        known = {value_key(bucket.value): bucket.value for bucket in engine.search(asked).facets[leaf.field].buckets}
        for key in get_close_matches(value_key(leaf.value), known, n=1):
            start, end = leaf.span
            text = searched.text[:start] + _as_typed(leaf.field, known[key]) + searched.text[end:]
            yield _retyped(text, searched, engine, today)


def _without_filters(searched: Searched, engine: TimeLimitingEngine) -> Iterator[WayOut]:
    request = searched.request
    if request.filters or request.dates:
        total = engine.count(request, request.query)
        message = "Search without the filters" if searched.text.strip() else "All stories"
        yield WayOut(message=message, text=searched.text, keeps_filters=False, total=total)


def _without_missing_words(
    searched: Searched, missing: Iterable[Term], engine: TimeLimitingEngine, today: date
) -> Iterator[WayOut]:
    """The typed text without the words that no article has, if anything else was asked."""
    spans = {term.span: "" for term in missing if term.span is not None}
    if spans and len(leaves(searched.query)) > len(spans):
        words = " and ".join(f"“{term.text}”" for term in missing)
        text = _replaced(searched.text, spans)
        yield _retyped(text, searched, engine, today, message=f"Search without {words}")


def _retyped(text: str, searched: Searched, engine: TimeLimitingEngine, today: date, *, message: str = "") -> WayOut:
    """The way out that another text is, under the same filters."""
    total = engine.count(searched.request, parse(text, today=today).query, filtered=True)
    return WayOut(message=message or f"Search for {text}", text=text, keeps_filters=True, total=total)


def _replaced(text: str, words: dict[Span, str]) -> str:
    return " ".join(replace_words(text, words).split())


def _as_typed(field: str, value: str) -> str:
    """A facet's value as it stands after its field and colon, in quotes where it needs them."""
    return write(Value(field, value)).removeprefix(f"{field}:")
