"""Archive: the one object that the roof and the front talk to. What do they get?

It joins what the workshops below do not know of each other: a reader's text becomes a query, the engine answers it,
and what was rewritten, relaxed or misspelt is said in words. Articles read by `ingest` are put into the engine.

Not for HTTP or HTML (`web`), nor for how anything is found (`engines`).
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from searchsvc.archive.intake import IngestReport, Intake, commit_of, report_of
from searchsvc.engines.base import Engine, EngineStatus, Outcome
from searchsvc.engines.registry import open_engine
from searchsvc.errors import EngineTimeout, IndexLocked, PageTooDeep
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.ledger import NAME as LEDGER
from searchsvc.ingest.ledger import Ledger
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.ingest.watching import Watch
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import value_key
from searchsvc.model.query import MatchAll, MatchNone, Phrase, Query, Span, Term, Value, leaves, positive_leaves
from searchsvc.model.request import FacetRequest, SearchRequest, Sort
from searchsvc.model.result import Facet, Notice, NoticeKind, Related, Rewrite, SearchResult, Suggestion
from searchsvc.querylang.correcting import replace_words
from searchsvc.querylang.parser import parse
from searchsvc.querylang.relaxing import bare_words, relax
from searchsvc.querylang.synonyms import expand
from searchsvc.querylang.writer import write
from searchsvc.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What would help a search that found nothing: another text, or the same without its filters; `total` is live."""

    message: str
    text: str  # the query text to go on with
    keeps_filters: bool
    total: int


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


def open_archive(settings: Settings) -> "Archive":
    """The archive that the settings describe. A missing index shows on use, not here."""
    return Archive(open_engine(settings), settings, Ledger(settings.index_dir / LEDGER))


class Archive:
    """Search, reading and writing of one archive. Safe to share by threads, as its engine is."""

    def __init__(self, engine: Engine, settings: Settings, ledger: Ledger | None = None) -> None:
        self.engine = engine
        self.settings = settings
        self._ledger = ledger or Ledger(None)  # of what was ingested; without a file, for as long as the archive lives

    def search(self, text: str, request: SearchRequest, *, today: date | None = None) -> Answer:
        """Answer what a reader typed, narrowed as `request` says (whose own `query` is not looked at).

        The text never raises; a page too deep does (PageTooDeep), as does an engine that cannot answer. All that it
        asks of the engine together takes `timeout_ms` at most; help that would come later is left out.
        """
        self._check_depth(request)
        clock = _Clock(self.engine, self.settings.timeout_ms)
        parsed = parse(text, today=today or date.today())
        synonyms = {} if request.exact else self.settings.synonyms
        query, rewrites = expand(parsed.query, synonyms)
        languages = self._languages(request)
        request = replace(request, query=query, languages=languages)
        if request.sort is Sort.RELEVANCE and not positive_leaves(query):
            request = replace(request, sort=Sort.NEWEST)  # nothing to score: browsing shows the latest first
        result = clock.search(request)
        notices = parsed.notices
        # Counted without filters, so that a facet's count stays the total after a click on it.
        if result.total.value == 0 and clock.count(request, query) == 0:
            looser = expand(relax(parsed.query) or MatchNone(), synonyms)
            if clock.count(request, looser[0]):
                query, rewrites = looser
                request = replace(request, query=query)
                result = clock.search(request)
                notices += (_relaxed_notice(parsed.query),)
        answer = Answer(
            text=text,
            understood="" if isinstance(request.query, MatchAll) else write(request.query),
            request=request,
            result=result,
            notices=notices + result.notices,
            rewrites=rewrites,
        )
        try:
            return self._with_help(answer, parsed.query, clock, today=today)
        except EngineTimeout:
            return answer  # late help is none

    def get(self, id: str) -> Article:
        """The article, or ArticleNotFound."""
        return self.engine.get(ArticleId(id))

    def related(self, id: str, *, limit: int | None = None) -> Related:
        """More stories for an archived article, or ArticleNotFound."""
        return self.related_to(self.get(id), limit=limit)

    def related_to(self, article: Article, *, limit: int | None = None) -> Related:
        """More stories for an article that need not be archived: a draft, a pasted text."""
        return self.engine.related(article, limit=limit or self.settings.related_size)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is being typed."""
        return self.engine.suggest(prefix.strip()[:100], limit=limit) if prefix.strip() else ()

    def facet(self, text: str, request: SearchRequest, facet: FacetRequest) -> Facet:
        """The buckets of one facet under a search: for looking inside a facet with many values."""
        asked = replace(request, facets=(facet,), histogram=None, limit=0, offset=0, after=None)
        return self.search(text, asked).result.facets[facet.field]

    def find_all(self, text: str, request: SearchRequest = SearchRequest()) -> Iterator[Article]:
        """Every article that a text finds, newest first, however many."""
        request = replace(request, sort=Sort.NEWEST, limit=EXPORT_PAGE, offset=0, snippets=False, facets=())
        while hits := self.search(text, request).result.hits:
            yield from (hit.article for hit in hits)
            request = replace(request, after=hits[-1].cursor)

    def scan(self) -> Iterator[Article]:
        """Every article, in no promised order."""
        return self.engine.scan()

    def ingest(
        self,
        paths: Sequence[str],
        options: ReadOptions | None = None,
        *,
        fresh: bool = False,
        again: bool = False,
        on_rejection: Callable[[Rejection], None] = lambda rejection: None,
        on_progress: Callable[[int, int, int], None] = lambda done, total, articles: None,
        should_stop: Callable[[], bool] = lambda: False,
        today: date | None = None,
    ) -> IngestReport:
        """Put the articles of files and folders in; a second time adds nothing, and reads only what has changed.

        `again` reads everything anyway. `should_stop` is asked after each article; stopping keeps what was read so
        far, or with `fresh` leaves the live index as it was (KeyboardInterrupt).
        `on_progress` gets bytes read, bytes in all, and articles written. Raises IndexLocked while another writer is
        at work.
        """
        started = time.monotonic()
        intake = Intake(self.engine, self._ledger, on_rejection)

        def progress(done: int, total: int, source: str) -> None:
            on_progress(done, total, intake.counts[Outcome.ADDED] + intake.counts[Outcome.REPLACED])

        processes = self.settings.ingest_processes or min(os.cpu_count() or 1, MOST_PROCESSES)
        run = IngestRun(
            today=today or date.today(),
            processes=processes,
            again=again,
            should_stop=should_stop,
        )
        items = read(paths, options=options, run=run, ledger=self._ledger, progress=progress)
        # An article takes about as long to read as to write: of two that read and one that writes, two are always busy.
        is_whole = intake.run(items, fresh=fresh, processes=max(1, processes // 2), should_stop=should_stop)
        return report_of(
            intake.counts,
            archived=self.engine.status().articles,
            seconds=time.monotonic() - started,
            interrupted=not is_whole,
        )

    def watch(
        self,
        paths: Sequence[str],
        *,
        ingest: Callable[[Sequence[str]], IngestReport],
        on_report: Callable[[IngestReport], None],
        on_rejection: Callable[[Rejection], None] = lambda rejection: None,
        on_wait: Callable[[str], None] = lambda reason: None,
        should_stop: Callable[[], bool],
    ) -> None:
        """Put in what files and folders hold, and then what is new or changed in them, as it comes; until told to stop.

        `ingest` is called for each quiet batch, and `on_report` after it. While another process writes the index, the
        batch waits: `on_wait` is told so once.
        """
        watch = Watch(paths)
        is_waiting = False
        while not should_stop():
            files, rejections = watch.look()
            for rejection in rejections:
                on_rejection(rejection)
            try:
                if files:
                    report = ingest([file.name for file in files])
                    watch.took(files)
                    on_report(report)
                is_waiting = False
            except IndexLocked as error:
                if not is_waiting:
                    on_wait(str(error))
                is_waiting = True
            if not should_stop():
                time.sleep(watch.pause)

    def rebuild(self, *, on_progress: Callable[[int], object] = lambda done: None) -> int:
        """Build the index anew from its own articles and swap it in; gives their number."""
        count = 0
        before = commit_of(self.engine)
        with self.engine.writer(fresh=True) as writer:
            for article in self.engine.scan():
                writer.put(article)
                count += 1
                on_progress(count)
        self._ledger.move(before, commit_of(self.engine))
        return count

    def check(self) -> tuple[str, ...]:
        """What is wrong with the index, in words: every article is read, and some are looked up and searched for."""
        faults: list[str] = []
        count = 0
        for article in self.engine.scan():
            if count % CHECK_EVERY == 0:
                faults += self._faults_of(article)
            count += 1
        expected = self.engine.status().articles
        if count != expected:
            faults.append(f"the index counts {expected:,} articles, but {count:,} can be read: run searchsvc rebuild")
        return tuple(faults)

    def _faults_of(self, article: Article) -> Iterator[str]:
        if self.engine.get(article.id) != article:
            yield f"article {article.id} is stored twice, differently: run searchsvc rebuild"
        by_headline = Phrase(article.headline, field="headline")
        named = SearchRequest(query=by_headline, snippets=False, limit=0, timeout_ms=CHECK_PATIENCE_MS)
        if self.engine.search(named).total.value == 0 and any(c.isalnum() for c in article.headline):
            yield f"article {article.id} is not found by its own headline: run searchsvc rebuild"

    def status(self) -> EngineStatus:
        return self.engine.status()

    def close(self) -> None:
        self.engine.close()

    def _check_depth(self, request: SearchRequest) -> None:
        if request.offset + request.limit > self.settings.max_offset + self.settings.max_page_size:
            raise PageTooDeep(
                f"paging by number ends at hit {self.settings.max_offset:,}",
                parameter="page",
                hint="follow nextCursor, or narrow the search by date",
            )

    def _languages(self, request: SearchRequest) -> tuple[str, ...]:
        chosen = [filter.values for filter in request.filters if filter.field == "language" and filter.values]
        return chosen[0] if chosen else (self.settings.language,)

    def _with_help(self, answer: Answer, typed: Query, clock: "_Clock", *, today: date | None) -> Answer:
        """Spelling when little was found, and ways out when nothing was."""
        if answer.result.total.value > FEW_HITS and not _is_relaxed(answer):
            return answer
        missing = self._missing_words(typed)
        suggestion = self._did_you_mean(answer, missing, clock, today=today)
        answer = replace(
            answer, did_you_mean=suggestion.text if suggestion else "", missing_words=tuple(t.text for t in missing)
        )
        if answer.result.total.value:
            return answer
        ways = [suggestion] if suggestion else []
        ways += self._near_values(answer, typed, clock)
        ways += self._ways_out(answer, typed, missing, clock)
        return replace(answer, ways_out=tuple(way for way in ways if way.total))

    def _missing_words(self, typed: Query) -> tuple[Term, ...]:
        terms = [leaf for leaf in positive_leaves(typed) if isinstance(leaf, Term)]
        return tuple(term for term in terms if self.engine.document_frequency(term.text) == 0)

    def _did_you_mean(
        self, answer: Answer, missing: Iterable[Term], clock: "_Clock", *, today: date | None
    ) -> WayOut | None:
        """The typed text with each word that the archive lacks replaced by the likeliest that it has."""
        corrections: dict[Span, str] = {}
        beyond_help: dict[Span, str] = {}
        for term in missing:
            if term.span is not None:
                near = self.engine.spell(term.text, limit=1)
                (corrections if near else beyond_help)[term.span] = near[0].word if near else ""
        if not corrections:
            return None
        found = 0 if _is_relaxed(answer) else answer.result.total.value
        for replaced in (corrections, {**corrections, **beyond_help}):
            text = " ".join(replace_words(answer.text, replaced).split())
            query = parse(text, today=today or date.today()).query
            total = clock.count(answer.request, query, filtered=True)
            if total > found:
                return WayOut(message=f"Search for {text}", text=text, keeps_filters=True, total=total)
        return None

    def _near_values(self, answer: Answer, typed: Query, clock: "_Clock") -> Iterator[WayOut]:
        """The typed text with a facet's value that no article has replaced by one that is spelt nearly so."""
        for leaf in positive_leaves(typed):
            if not isinstance(leaf, Value) or leaf.span is None or clock.count(answer.request, leaf):
                continue
            asked = SearchRequest(facets=(FacetRequest(field=leaf.field, size=MANY_VALUES),), limit=0)
            known = {value_key(bucket.value): bucket.value for bucket in clock.search(asked).facets[leaf.field].buckets}
            for key in get_close_matches(value_key(leaf.value), known, n=1):
                start, end = leaf.span
                text = answer.text[:start] + _as_typed(leaf.field, known[key]) + answer.text[end:]
                total = clock.count(answer.request, parse(text, today=date.today()).query, filtered=True)
                yield WayOut(message=f"Search for {text}", text=text, keeps_filters=True, total=total)

    def _ways_out(self, answer: Answer, typed: Query, missing: tuple[Term, ...], clock: "_Clock") -> list[WayOut]:
        request = answer.request
        ways: list[WayOut] = []
        if request.filters or request.dates:
            total = clock.count(request, request.query)
            message = "Search without the filters" if answer.text.strip() else "All stories"
            ways.append(WayOut(message=message, text=answer.text, keeps_filters=False, total=total))
        spans = {term.span: "" for term in missing if term.span is not None}
        if spans and len(leaves(typed)) > len(spans):
            text = " ".join(replace_words(answer.text, spans).split())
            query = parse(text, today=date.today()).query
            words = " and ".join(f"“{term.text}”" for term in missing)
            total = clock.count(request, query, filtered=True)
            ways.append(WayOut(message=f"Search without {words}", text=text, keeps_filters=True, total=total))
        return ways


class _Clock:
    """The engine within the time that one search may take in all, however many questions it comes to."""

    def __init__(self, engine: Engine, timeout_ms: int) -> None:
        self._engine = engine
        self._until = time.monotonic() + timeout_ms / 1000

    def search(self, request: SearchRequest) -> SearchResult:
        """Raises EngineTimeout when the time is up."""
        left_ms = int((self._until - time.monotonic()) * 1000)
        return self._engine.search(replace(request, timeout_ms=max(1, left_ms)))

    def count(self, request: SearchRequest, query: Query, *, filtered: bool = False) -> int:
        """How many articles match; without the request's filters unless `filtered`."""
        asked = replace(request, query=query, limit=0, offset=0, after=None, facets=(), histogram=None)
        if not filtered:
            asked = replace(asked, filters=(), dates=None)
        return self.search(asked).total.value


MANY_VALUES = 10_000  # of a facet, looked through for one spelt nearly as a value that no article has
EXPORT_PAGE = 200  # hits fetched at a time
CHECK_EVERY = 50  # one article in so many is looked up and searched for
CHECK_PATIENCE_MS = 60_000  # no reader waits for it
FEW_HITS = 3  # up to so many, a misspelt word is likelier than a rare one
MOST_PROCESSES = 8  # unless the settings say so: more of them read faster than one can write


def _as_typed(field: str, value: str) -> str:
    """A facet's value as it stands after its field and colon, in quotes where it needs them."""
    return write(Value(field, value)).removeprefix(f"{field}:")


def _is_relaxed(answer: Answer) -> bool:
    return any(notice.kind is NoticeKind.RELAXED for notice in answer.notices)


def _relaxed_notice(query: Query) -> Notice:
    words = ", ".join(term.text for term in bare_words(query))
    return Notice(
        kind=NoticeKind.RELAXED,
        message=f"No article has all of these words: {words}. Shown are those that have some of them, the best first.",
    )
