"""Our own embedded engine, asked through the methods that the service uses.

Where articles are shown it answers `search`; where only their ids and scores are wanted, `places` and `alike`, which
load none; where only words are, `complete`.
"""

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.peers.base import FACET_SIZE, FACETS, HITS, WORDS, Answer, Asked, Kind
from searchsvc import __version__
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.article import Article
from searchsvc.model.query import And, Or, Phrase, Prefix, Query, Term
from searchsvc.model.request import DateFilter, FacetRequest, SearchRequest, Sort

PATIENT_MS = 600_000  # nothing measured is cut short
_FACETS = tuple(FacetRequest(field=name, size=FACET_SIZE) for name in FACETS)

Places = Callable[[SearchRequest], tuple[int, tuple[tuple[str, float], ...]]]


class EmbeddedPeer:
    kinds = frozenset(Kind) - {Kind.COMPLETE}

    def __init__(self, *, memory_mb: int = 512, processes: int = 1) -> None:
        self.name = f"searchsvc {__version__}"
        self._memory_mb = memory_mb
        self._processes = processes

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        engine = EmbeddedEngine(folder, memory_mb=self._memory_mb)
        options = {"processes": self._processes} if self._processes > 1 else {}
        with engine.writer(fresh=not commit_every, **options) as writer:
            for number, article in enumerate(articles, 1):
                writer.put(article)
                if commit_every and number % commit_every == 0:
                    writer.commit()
        engine.close()

    def open(self, folder: Path) -> None:
        self._engine = EmbeddedEngine(folder)
        self._engine.status()
        self._places: Places = self._searched

    def answer(self, asked: Asked) -> Answer:
        engine = self._engine
        match asked.kind:
            case Kind.CORRECT:
                return Answer(words=[each.word for each in engine.spell(asked.words[0], limit=WORDS)])
            case Kind.ALIKE:
                assert asked.article is not None
                related = engine.related(asked.article, limit=HITS)
                hits = (*related.before, *related.after, *related.angles)
                return Answer(ids=[hit.article.id for hit in hits], keys=[hit.score for hit in hits])
        request = as_request(asked)
        if asked.hits and not asked.loads and not asked.facets:
            total, places = self._places(request)
            return Answer(total=total, ids=[id for id, _ in places], keys=[key for _, key in places])
        result = engine.search(request)
        return Answer(
            total=result.total.value,
            ids=[hit.article.id for hit in result.hits],
            keys=[hit.score or 0.0 for hit in result.hits],
            facets={
                name: {bucket.value: bucket.count for bucket in facet.buckets} for name, facet in result.facets.items()
            },
            articles=[hit.article for hit in result.hits],
            snippets=[
                " … ".join(fragment.text for fragment in hit.snippets["body"].fragments)
                if "body" in hit.snippets
                else ""
                for hit in result.hits
            ],
        )

    def close(self) -> None:
        self._engine.close()

    def _searched(self, request: SearchRequest) -> tuple[int, tuple[tuple[str, float], ...]]:
        """As `places`, for an engine without it."""
        result = self._engine.search(request)
        if request.sort is Sort.RELEVANCE:
            return result.total.value, tuple((hit.article.id, hit.score or 0.0) for hit in result.hits)
        return result.total.value, tuple((hit.article.id, float(hit.cursor.key or 0)) for hit in result.hits)


def writes_with_processes() -> bool:
    """Whether the engine can write with several processes."""
    return "processes" in inspect.signature(EmbeddedEngine.writer).parameters


def as_request(asked: Asked) -> SearchRequest:
    return SearchRequest(
        query=_query(asked),
        dates=DateFilter(start=asked.start, end=asked.end) if asked.start is not None else None,
        facets=_FACETS if asked.facets else (),
        sort=Sort.NEWEST if asked.newest else Sort.RELEVANCE,
        limit=asked.hits,
        snippets=asked.loads,
        timeout_ms=PATIENT_MS,
    )


def _query(asked: Asked) -> Query:
    match asked.kind:
        case Kind.ALL:
            return And(tuple(map(Term, asked.words)))
        case Kind.ANY:
            return Or(tuple(map(Term, asked.words)))
        case Kind.PHRASE:
            return Phrase(" ".join(asked.words))
        case Kind.PREFIX:
            return Prefix(asked.words[0])
        case _:
            return Term(asked.words[0])
