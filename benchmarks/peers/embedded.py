"""Our own embedded engine, asked through the methods by which the service asks it, with the requests that it makes.

`Archive` calls `search` for a page of results, an API answer, the values of one facet and the count behind a way out;
`related` for more stories; `spell` for "did you mean"; `suggest` for autocomplete. Nothing else of the engine is timed.
"""

import inspect
from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers.base import CORRECTIONS, FACET_SIZE, STORIES, UNDATED, Answer, Asked, Kind
from searchsvc import __version__
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.article import Article
from searchsvc.model.query import And, Or, Phrase, Prefix, Query, Term
from searchsvc.model.request import DateFilter, FacetRequest, HistogramRequest, Interval, SearchRequest, Sort
from searchsvc.model.result import Histogram, Hit

PATIENT_MS = 600_000  # nothing measured is cut short
BAR_NAME = {Interval.YEAR: "%Y", Interval.MONTH: "%Y-%m"}


class EmbeddedPeer:
    kinds = frozenset(Kind)

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

    def answer(self, asked: Asked) -> Answer:
        match asked.kind:
            case Kind.CORRECT:
                return Answer(words=[each.word for each in self._engine.spell(asked.words[0], limit=CORRECTIONS)])
            case Kind.ALIKE:
                assert asked.article is not None
                found = self._engine.related(asked.article, limit=STORIES)
                stories = (*found.before, *found.after, *found.angles, *found.copies)
                return Answer(
                    total=len(stories),
                    keys=[story.score for story in stories],
                    articles=[story.article for story in stories],
                )
        result = self._engine.search(as_request(asked))
        return Answer(
            total=result.total.value,
            keys=[key_of(hit) for hit in result.hits],
            articles=[hit.article for hit in result.hits],
            facets={
                name: {bucket.value: bucket.count for bucket in facet.buckets} for name, facet in result.facets.items()
            },
            bars=bars_of(result.histogram),
            snippets=[
                " … ".join(fragment.text for fragment in hit.snippets["body"].fragments)
                if "body" in hit.snippets
                else ""
                for hit in result.hits
            ]
            if asked.snippets
            else [],
        )

    def suggest(self, typed: str, limit: int) -> Answer:
        """Autocomplete, which no peer has; the words are the headlines, tags and terms offered."""
        return Answer(words=[each.text for each in self._engine.suggest(typed, limit=limit)])

    def close(self) -> None:
        self._engine.close()


def writes_with_processes() -> bool:
    """Whether the engine can write with several processes."""
    return "processes" in inspect.signature(EmbeddedEngine.writer).parameters


def as_request(asked: Asked) -> SearchRequest:
    """The request that the archive makes for such a question."""
    return SearchRequest(
        query=_query(asked),
        dates=DateFilter(start=asked.start, end=asked.end) if asked.start is not None else None,
        facets=tuple(FacetRequest(field=name, size=FACET_SIZE) for name in asked.facets),
        histogram=HistogramRequest(interval=Interval(asked.bars)) if asked.bars else None,
        sort=Sort.NEWEST if asked.newest else Sort.RELEVANCE,
        limit=asked.hits,
        snippets=asked.snippets,
        timeout_ms=PATIENT_MS,
    )


def key_of(hit: Hit) -> float:
    """The score of a hit; in an order by date, its instant."""
    if hit.score is not None:
        return hit.score
    return float(UNDATED if hit.cursor.key is None else hit.cursor.key)


def bars_of(histogram: Histogram | None) -> dict[str, int]:
    """The bars of a histogram that count something."""
    if histogram is None:
        return {}
    name = BAR_NAME[histogram.interval]
    return {bar.start.strftime(name): bar.count for bar in histogram.bars if bar.count}


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
