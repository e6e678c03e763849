"""EmbeddedEngine: the engine of one machine, in a folder; nothing to run beside it.

It does what `engines.contract` promises, in terms of the rooms beside this file: a search takes a snapshot, evaluates
the query over arrays, collects hits and counts, and loads only the articles shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from searchsvc.engines.contract import EngineStatus
from searchsvc.engines.embedded.highlight.highlighter import Highlighter
from searchsvc.engines.embedded.index import builds
from searchsvc.engines.embedded.index.recovery import stored_articles
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.index.snapshot_manager import SnapshotManager
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.readiness import make_ready
from searchsvc.engines.embedded.search.article_cache import ArticleCache
from searchsvc.engines.embedded.search.collector import (
    NO_TOP_DOCS,
    TopDocs,
    cursor_of,
    histogram,
    planned_hits,
    top_hits,
)
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.evaluator import Evaluation, Sets
from searchsvc.engines.embedded.search.planner import plan_of
from searchsvc.engines.embedded.search.scorer import Scorer
from searchsvc.engines.embedded.similar import related
from searchsvc.engines.embedded.similar.key_terms import KeyTermFinder
from searchsvc.engines.embedded.suggest import suggester
from searchsvc.engines.embedded.write.writer import EmbeddedWriter
from searchsvc.engines.field_lookup import facet_field
from searchsvc.errors import ArticleNotFound, IndexDamaged, IndexOutdated
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.query import Term
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.model.result import Correction, Facet, Hit, Related, SearchResult, Snippet, Suggestion, Total

# What a process keeps of postings and filters that were asked before, in megabytes.
CACHE_MB = 128

# For calls that have no time limit of their own.
PATIENCE_MS = 60_000
_PLAIN = SearchRequest()


class EmbeddedEngine:
    """Safe to share by threads; several processes may open one folder, of which one may write.

    `memory_mb` is what a process that ingests may take in all. A commit of another process is looked for at most
    `checks_per_second` times a second, one of our own is seen at once. Opening never fails for want of an index;
    searching raises IndexMissing, IndexOutdated or IndexDamaged then.
    """

    name = "embedded"

    def __init__(self, index_dir: Path, *, memory_mb: int = 512, checks_per_second: float = 1.0) -> None:
        self._index_dir = Path(index_dir)
        self._memory_mb = memory_mb
        self._cache = LruCache(CACHE_MB * 1_000_000)
        self._marking = Highlighter()
        self._shelf = ArticleCache()
        self._key_terms = KeyTermFinder()
        self._snapshots = SnapshotManager(self._index_dir, 1 / checks_per_second)

    def search(self, request: SearchRequest) -> SearchResult:
        deadline = Deadline(request.timeout_ms)
        with self._snapshots.current() as snapshot:
            deadline.check()
            evaluation = Evaluation(snapshot, request, deadline, self._cache)
            asked = request.histogram
            total, row, found, facets = _collected(evaluation, listing=bool(request.facets) or asked is not None)
            return SearchResult(
                total=Total(total),
                hits=self._hits(evaluation, row) if len(row.keys) else (),
                facets=facets,
                histogram=histogram(snapshot, found, asked.interval, request.dates)
                if asked is not None and found is not None
                else None,
                notices=tuple(evaluation.notices),
                commit=snapshot.commit,
                took_ms=deadline.took_ms(),
            )

    def get(self, id: ArticleId) -> Article:
        with self._snapshots.current() as snapshot:
            place = snapshot.find(id)
            if place is None:
                raise ArticleNotFound(f"there is no article {id!r}")
            view, docid = place
            return view.segment.article(docid)

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        with self._snapshots.current() as snapshot:
            return related.more_stories(snapshot, self._key_terms, article, limit=limit, languages=languages)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        with self._snapshots.current() as snapshot:
            return suggester.suggestions(snapshot, self._plain(snapshot).word_count, prefix, limit=limit)

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        with self._snapshots.current() as snapshot:
            return suggester.corrections(snapshot, self._plain(snapshot).word_count, word, limit=limit)

    def document_frequency(self, word: str) -> int:
        with self._snapshots.current() as snapshot:
            return self._plain(snapshot).document_frequency(Term(word))

    def writer(self, *, fresh: bool = False, processes: int = 1) -> EmbeddedWriter:
        return EmbeddedWriter(
            self._index_dir,
            fresh=fresh,
            memory_mb=self._memory_mb,
            processes=processes,
            on_commit=self._snapshots.look_again,
        )

    def scan(self) -> Iterator[Article]:
        """Also of a build that searches refuse, for it to be rebuilt."""
        with ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self._snapshots.current())
            except (IndexOutdated, IndexDamaged):
                yield from stored_articles(self._index_dir / builds.current_build(self._index_dir))
                return
            for view in snapshot.views:
                for docid in view.docids.tolist():
                    yield view.segment.article(docid)

    def status(self) -> EngineStatus:
        with self._snapshots.current() as snapshot:
            return EngineStatus(
                engine=self.name,
                articles=snapshot.articles,
                commit=snapshot.commit,
                build=snapshot.folder.name,
                made_at=snapshot.made_at,
                segments=len(snapshot.views),
                size_bytes=builds.size_bytes(snapshot.folder),
                location=str(self._index_dir),
            )

    @classmethod
    def make_ready(cls) -> None:
        """Have all compiled loops made, or found, before readers wait for them. Raises OSError."""
        make_ready(cls)

    def close(self) -> None:
        """Searches under way are finished; later ones raise EngineError."""
        self._snapshots.close()

    def _plain(self, snapshot: Snapshot) -> Evaluation:
        return Evaluation(snapshot, _PLAIN, Deadline(PATIENCE_MS), self._cache)

    def _hits(self, evaluation: Evaluation, row: TopDocs) -> tuple[Hit, ...]:
        request, views = evaluation.request, evaluation.snapshot.views
        segments, docids, keys = row.segments.tolist(), row.docids.tolist(), row.keys.tolist()
        articles, unique = self._shelf.articles(views, segments, docids, evaluation.deadline)
        snippets: Sequence[Mapping[str, Snippet]] = [_NO_SNIPPETS] * len(articles)
        if request.snippets:
            snippets = self._marking.snippets(
                articles,
                request.query,
                languages=request.languages,
                exact=request.exact,
                query_fields=request.query_fields,
                keys=unique,
            )
        is_scored = request.sort is Sort.RELEVANCE
        return tuple(
            [
                Hit(
                    article=article,
                    score=-key if is_scored else None,
                    snippets=shown,
                    cursor=cursor_of(key, article.id, request.sort),
                )
                for article, key, shown in zip(articles, keys, snippets, strict=True)
            ]
        )


def _collected(evaluation: Evaluation, *, listing: bool) -> tuple[int, TopDocs, Sets | None, Mapping[str, Facet]]:
    """The total, the places asked for, the documents (where `listing` asks for them), and the facets."""
    request, snapshot = evaluation.request, evaluation.snapshot
    plan = plan_of(snapshot, request)
    if plan is not None:
        total, row, found = planned_hits(evaluation, plan, listing=listing)
        return total, row, found, _narrowed(evaluation, found)[1] if found is not None else _NO_FACETS
    dated = evaluation.in_dates(evaluation.sets(request.query), request.dates)
    found, facets = _narrowed(evaluation, dated)
    row = NO_TOP_DOCS
    if request.limit > 0:
        row = top_hits(snapshot, request, found, Scorer(evaluation) if request.sort is Sort.RELEVANCE else None)
    return sum(map(len, found)), row, found, facets


_NO_FACETS: Mapping[str, Facet] = MappingProxyType({})
_NO_SNIPPETS: Mapping[str, Snippet] = MappingProxyType({})


def _narrowed(evaluation: Evaluation, dated: Sets) -> tuple[Sets, Mapping[str, Facet]]:
    """What all filters keep; and each facet, by the name it was asked by, under every filter but its own."""
    request = evaluation.request
    names = [facet_field(of_filter.field).name for of_filter in request.filters]
    found = dated
    for of_filter in request.filters:
        found = evaluation.in_filter(found, of_filter)
    facets = {}
    for asked in request.facets:
        evaluation.deadline.check()
        field = facet_field(asked.field)
        counted = found
        if field.name in names:
            counted = dated
            for name, of_filter in zip(names, request.filters, strict=True):
                if name != field.name:
                    counted = evaluation.in_filter(counted, of_filter)
        facets[asked.field] = evaluation.snapshot.facets(field.name).facet(field, asked, counted)
    return found, MappingProxyType(facets)
