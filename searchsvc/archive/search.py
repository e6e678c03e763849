"""Search: what a reader typed, answered: the text becomes a query, the engine finds, and the answer says how.

What was rewritten, relaxed or misunderstood is said in words. Not for how articles are found (`engines`), nor for what
is offered when few are (`help`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from searchsvc.archive.help import Help, Searched, WayOut, help_for
from searchsvc.archive.time_limit import TimeLimitingEngine
from searchsvc.engines.contract import Engine
from searchsvc.errors import EngineTimeout, PageTooDeep
from searchsvc.model.query import MatchAll, Query, positive_leaves
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.model.result import Notice, NoticeKind, Rewrite, SearchResult
from searchsvc.querylang.parser import parse
from searchsvc.querylang.relaxing import bare_words, relax
from searchsvc.querylang.synonyms import expand
from searchsvc.querylang.writer import write
from searchsvc.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A search's result, and how its text was understood."""

    text: str  # as typed
    understood: str  # canonical query text of what was searched
    request: SearchRequest  # as searched
    result: SearchResult
    notices: tuple[Notice, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    did_you_mean: str = ""  # a query text that finds more, "" when there is none
    missing_words: tuple[str, ...] = ()  # typed words that no article has
    ways_out: tuple[WayOut, ...] = ()  # only when nothing was found


def answer_to(text: str, request: SearchRequest, *, engine: Engine, settings: Settings, today: date) -> Answer:
    """Answer a reader's text, narrowed as `request` says (whose own `query` is not looked at).

    `today` is the day that relative dates, as `date:yesterday`, are read by. No text raises; a page too deep raises
    PageTooDeep, an engine that cannot answer EngineError. The engine's work takes `settings.timeout_ms` at most: past
    that the search raises EngineTimeout, and help that is not ready is left out.
    """
    _check_depth(request, settings)
    limited = TimeLimitingEngine(engine, settings.timeout_ms)
    parsed = parse(text, today=today)
    synonyms = {} if request.exact else settings.synonyms
    query, rewrites = expand(parsed.query, synonyms)
    request = replace(request, query=query, languages=_languages(request, settings))
    if request.sort is Sort.RELEVANCE and not positive_leaves(query):
        request = replace(request, sort=Sort.NEWEST)  # nothing to score: browsing shows the latest first
    result = limited.search(request)
    notices = parsed.notices
    relaxed = _relaxed(parsed.query, request, synonyms, limited) if result.total.value == 0 else None
    if relaxed is not None:
        request, rewrites = relaxed
        result = limited.search(request)
        notices += (_relaxed_notice(parsed.query),)
    try:
        searched = Searched(
            text=text,
            query=parsed.query,
            request=request,
            total=result.total.value,
            is_relaxed=relaxed is not None,
        )
        offered = help_for(searched, limited, today=today)
    except EngineTimeout:
        offered = Help()
    return Answer(
        text=text,
        understood="" if isinstance(request.query, MatchAll) else write(request.query),
        request=request,
        result=result,
        notices=notices + result.notices,
        rewrites=rewrites,
        did_you_mean=offered.did_you_mean,
        missing_words=offered.missing_words,
        ways_out=offered.ways_out,
    )


def _check_depth(request: SearchRequest, settings: Settings) -> None:
    if request.offset + request.limit > settings.max_offset + settings.max_page_size:
        raise PageTooDeep(
            f"paging by number ends at hit {settings.max_offset:,}",
            parameter="page",
            hint="follow nextCursor, or narrow the search by date",
        )


def _languages(request: SearchRequest, settings: Settings) -> tuple[str, ...]:
    """The languages whose stems the words of the query take: those filtered by, else the readers'."""
    chosen = [filter.values for filter in request.filters if filter.field == "language" and filter.values]
    return chosen[0] if chosen else (settings.language,)


def _relaxed(
    typed: Query, request: SearchRequest, synonyms: Mapping[str, tuple[str, ...]], engine: TimeLimitingEngine
) -> tuple[SearchRequest, tuple[Rewrite, ...]] | None:
    """The request with any of the words enough, when no article has all of them and some have one; else None.

    Counted without filters: a facet's count is then the total after a click on it.
    """
    looser = relax(typed)
    if looser is None or engine.count(request, request.query):
        return None
    query, rewrites = expand(looser, synonyms)
    return (replace(request, query=query), rewrites) if engine.count(request, query) else None


def _relaxed_notice(query: Query) -> Notice:
    words = ", ".join(term.text for term in bare_words(query))
    return Notice(
        kind=NoticeKind.RELAXED,
        message=f"No article has all of these words: {words}. Shown are those that have some of them, the best first.",
    )
