"""EmbeddedEngine: the engine of one machine: an index in a folder, read in the process itself.

It keeps the promises of `engines.contract` with the rooms in this folder: a search takes a snapshot, collects hits and
counts, and loads only the articles shown.
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
from searchsvc.engines.embedded.search.collector import collect
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.evaluator import Evaluation
from searchsvc.engines.embedded.search.top_docs import TopDocs, cursor_of
from searchsvc.engines.embedded.similar import related
from searchsvc.engines.embedded.similar.key_terms import KeyTermFinder
from searchsvc.engines.embedded.suggest import suggester
from searchsvc.engines.embedded.write.writer import EmbeddedWriter
from searchsvc.errors import ArticleNotFound, IndexDamaged, IndexOutdated
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.query import Term
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.model.result import Correction, Hit, Related, SearchResult, Snippet, Suggestion, Total

CACHE_MB = 128  # of postings, matches and filters that a process keeps
NO_LIMIT_MS = 60_000  # for calls that have no time limit of their own

_ANY_REQUEST = SearchRequest()
_NO_SNIPPETS: Mapping[str, Snippet] = MappingProxyType({})


class EmbeddedEngine:
    """Safe to share by threads. Several processes may open one folder; one of them may write at a time.

    `memory_mb` bounds the memory of an ingest, all its processes together. A commit of another process is seen after
    1 / `checks_per_second` seconds at most, one of this engine at once. An engine may be made before its index;
    whatever reads then raises IndexMissing, or IndexOutdated or IndexDamaged where the index cannot be read.
    """

    name = "embedded"

    def __init__(self, index_dir: Path, *, memory_mb: int = 512, checks_per_second: float = 1.0) -> None:
        self._index_dir = Path(index_dir)
        self._memory_mb = memory_mb
        self._cache = LruCache(CACHE_MB * 1_000_000)
        self._highlighter = Highlighter()
        self._articles = ArticleCache()
        self._key_terms = KeyTermFinder()
        self._snapshots = SnapshotManager(self._index_dir, 1 / checks_per_second)

    def search(self, request: SearchRequest) -> SearchResult:
        """The hits of the page, the total, and the counts asked for. Raises EngineTimeout past `request.timeout_ms`."""
        deadline = Deadline(request.timeout_ms)
        with self._snapshots.current() as snapshot:
            deadline.check()
            evaluation = Evaluation(snapshot, request, deadline, self._cache)
            collected = collect(evaluation)
            return SearchResult(
                total=Total(collected.total),
                hits=self._hits(evaluation, collected.top_docs) if len(collected.top_docs.keys) else (),
                facets=collected.facets,
                histogram=collected.histogram,
                notices=tuple(evaluation.notices),
                commit=snapshot.commit,
                took_ms=deadline.took_ms(),
            )

    def get(self, id: ArticleId) -> Article:
        """The live article with an id. Raises ArticleNotFound."""
        with self._snapshots.current() as snapshot:
            found = snapshot.find(id)
            if found is None:
                raise ArticleNotFound(f"there is no article {id!r}")
            view, docid = found
            return view.segment.article(docid)

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        """More stories: at most `limit` in each part, best first."""
        with self._snapshots.current() as snapshot:
            return related.more_stories(snapshot, self._key_terms, article, limit=limit, languages=languages)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is being typed."""
        with self._snapshots.current() as snapshot:
            return suggester.suggestions(snapshot, self._evaluation(snapshot).word_count, prefix, limit=limit)

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        """Words of the archive one or two letters off, most promising first."""
        with self._snapshots.current() as snapshot:
            return suggester.corrections(snapshot, self._evaluation(snapshot).word_count, word, limit=limit)

    def document_frequency(self, word: str) -> int:
        """How many live articles have a word, or another form of its stem, in any text field."""
        with self._snapshots.current() as snapshot:
            return self._evaluation(snapshot).document_frequency(Term(word))

    def writer(self, *, fresh: bool = False, processes: int = 1) -> EmbeddedWriter:
        """A writer on the live build, or on a fresh one that replaces it. Raises IndexLocked."""
        return EmbeddedWriter(
            self._index_dir,
            fresh=fresh,
            memory_mb=self._memory_mb,
            processes=processes,
            on_commit=self._snapshots.look_again,
        )

    def scan(self) -> Iterator[Article]:
        """Every live article; those of an outdated or damaged build too, so that it can be rebuilt."""
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
        """The index as of the current commit."""
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
        """Compile all kernels, or load them, so that no reader waits for them. Raises OSError."""
        make_ready(cls)

    def close(self) -> None:
        """Let the calls under way finish; later ones raise EngineError."""
        self._snapshots.close()

    def _evaluation(self, snapshot: Snapshot) -> Evaluation:
        """For counting words, whatever is searched for."""
        return Evaluation(snapshot, _ANY_REQUEST, Deadline(NO_LIMIT_MS), self._cache)

    def _hits(self, evaluation: Evaluation, docs: TopDocs) -> tuple[Hit, ...]:
        """Load the articles of the top docs, with snippets if the request asks for them."""
        request, views = evaluation.request, evaluation.snapshot.views
        segments, docids, keys = docs.segments.tolist(), docs.docids.tolist(), docs.keys.tolist()
        articles, article_keys = self._articles.articles(views, segments, docids, evaluation.deadline)
        snippets: Sequence[Mapping[str, Snippet]] = [_NO_SNIPPETS] * len(articles)
        if request.snippets:
            snippets = self._highlighter.snippets(
                articles,
                request.query,
                languages=request.languages,
                exact=request.exact,
                query_fields=request.query_fields,
                keys=article_keys,
            )
        is_by_score = request.sort is Sort.RELEVANCE
        return tuple(
            [
                Hit(
                    article=article,
                    score=-key if is_by_score else None,
                    snippets=shown,
                    cursor=cursor_of(key, article.id, request.sort),
                )
                for article, key, shown in zip(articles, keys, snippets, strict=True)
            ]
        )
