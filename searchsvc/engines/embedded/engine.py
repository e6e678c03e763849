"""EmbeddedEngine: the engine of one machine, in a folder; nothing to run beside it.

It does what `engines.base` promises, in terms of the files beside this one: a search takes a snapshot, evaluates the
query over arrays, collects hits and counts, and loads only the articles shown.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import numpy as np

from searchsvc.docvalues.docset import DocSet
from searchsvc.engines.asked import facet_field
from searchsvc.engines.base import EngineStatus
from searchsvc.engines.embedded import builds, related, suggesting
from searchsvc.engines.embedded.collecting import Place, cursor_of, histogram, top_hits
from searchsvc.engines.embedded.deadline import Deadline
from searchsvc.engines.embedded.evaluating import DocSets, Evaluation
from searchsvc.engines.embedded.postings import ArrayCache
from searchsvc.engines.embedded.salvage import stored_articles
from searchsvc.engines.embedded.scoring import Scoring
from searchsvc.engines.embedded.snapshot import Snapshot, Snapshots
from searchsvc.engines.embedded.writer import EmbeddedWriter
from searchsvc.errors import ArticleNotFound, IndexDamaged, IndexOutdated
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.query import Term
from searchsvc.model.request import SearchRequest, Sort
from searchsvc.model.result import Correction, Facet, Hit, Related, SearchResult, Suggestion, Total
from searchsvc.text.snippets import snippets_of

# What a process keeps of postings and filters that were asked before, in megabytes.
CACHE_MB = 128

# For calls that have no time limit of their own.
PATIENCE_MS = 60_000


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
        self._cache = ArrayCache(CACHE_MB * 1_000_000)
        self._snapshots = Snapshots(self._index_dir, self._cache, 1 / checks_per_second)

    def search(self, request: SearchRequest) -> SearchResult:
        deadline = Deadline(request.timeout_ms)
        with self._snapshots.current() as snapshot:
            deadline.check()
            evaluation = Evaluation(snapshot, request, deadline, self._cache)
            dated = _and(evaluation.docsets(request.query), evaluation.in_dates(request.dates))
            kept = [evaluation.in_filter(asked) for asked in request.filters]
            found = _and(dated, *kept)
            asked = request.histogram
            return SearchResult(
                total=Total(sum(map(len, found))),
                hits=_hits(evaluation, found) if request.limit > 0 else (),
                facets=_facets(evaluation, dated, kept),
                histogram=histogram(snapshot, found, asked.interval, request.dates) if asked is not None else None,
                notices=tuple(evaluation.notices),
                commit=snapshot.commit,
                took_ms=deadline.took_ms(),
            )

    def get(self, id: ArticleId) -> Article:
        with self._snapshots.current() as snapshot:
            place = snapshot.find(id)
            if place is None:
                raise ArticleNotFound(f"there is no article {id!r}")
            view, docnum = place
            return view.segment.article(docnum)

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        with self._snapshots.current() as snapshot:
            return related.more_stories(snapshot, article, limit=limit, languages=languages)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        with self._snapshots.current() as snapshot:
            return suggesting.suggestions(self._plain(snapshot), prefix, limit=limit)

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        with self._snapshots.current() as snapshot:
            return suggesting.corrections(self._plain(snapshot), word, limit=limit)

    def document_frequency(self, word: str) -> int:
        with self._snapshots.current() as snapshot:
            return self._plain(snapshot).document_frequency(Term(word))

    def writer(self, *, fresh: bool = False) -> EmbeddedWriter:
        return EmbeddedWriter(
            self._index_dir, fresh=fresh, memory_mb=self._memory_mb, on_commit=self._snapshots.look_again
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
                for docnum in np.flatnonzero(view.live.mask()).tolist():
                    yield view.segment.article(docnum)

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

    def close(self) -> None:
        """Searches under way are finished; later ones raise EngineError."""
        self._snapshots.close()

    def _plain(self, snapshot: Snapshot) -> Evaluation:
        return Evaluation(snapshot, SearchRequest(), Deadline(PATIENCE_MS), self._cache)


def _and(first: DocSets, *others: DocSets) -> DocSets:
    for other in others:
        first = tuple(one & two for one, two in zip(first, other, strict=True))
    return first


def _hits(evaluation: Evaluation, found: DocSets) -> tuple[Hit, ...]:
    request = evaluation.request
    scoring = Scoring(evaluation) if request.sort is Sort.RELEVANCE else None
    places = top_hits(evaluation.snapshot, request, found, scoring)
    return tuple(_hit(evaluation, place) for place in places)


def _hit(evaluation: Evaluation, place: Place) -> Hit:
    evaluation.deadline.check()
    request = evaluation.request
    article = evaluation.snapshot.views[place.segment].segment.article(place.docnum)
    return Hit(
        article=article,
        score=-place.key if request.sort is Sort.RELEVANCE else None,
        snippets=snippets_of(
            article,
            request.query,
            languages=request.languages,
            exact=request.exact,
            query_fields=request.query_fields,
        )
        if request.snippets
        else MappingProxyType({}),
        cursor=cursor_of(place, request.sort),
    )


def _facets(evaluation: Evaluation, dated: DocSets, kept: list[DocSets]) -> MappingProxyType[str, Facet]:
    """Each facet counted under the query, the dates and every filter but its own; by the name it was asked by."""
    facets = {}
    counted: dict[tuple[int, ...], tuple[DocSet, ...]] = {}
    for asked in evaluation.request.facets:
        evaluation.deadline.check()
        field = facet_field(asked.field)
        others = tuple(
            number
            for number, of_filter in enumerate(evaluation.request.filters)
            if facet_field(of_filter.field).name != field.name
        )
        if others not in counted:
            counted[others] = _and(dated, *(kept[number] for number in others))
        facets[asked.field] = evaluation.snapshot.facets(field.name).facet(field, asked, counted[others])
    return MappingProxyType(facets)
