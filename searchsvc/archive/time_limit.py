"""TimeLimitingEngine: an engine that answers all the questions of one search within one time limit.

A search may come to many questions: hits, looser queries, counts for help. A reader waits for them together.
"""

import time
from dataclasses import replace

from searchsvc.engines.contract import Engine
from searchsvc.errors import EngineTimeout
from searchsvc.model.query import Query
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Correction, SearchResult


class TimeLimitingEngine:
    """Passes questions on to `engine` until `timeout_ms` after it was made; later ones raise EngineTimeout."""

    def __init__(self, engine: Engine, timeout_ms: int) -> None:
        self._engine = engine
        self._timeout_ms = timeout_ms
        self._ends_at = time.monotonic() + timeout_ms / 1000

    def search(self, request: SearchRequest) -> SearchResult:
        """The engine's result, asked for within the time that is left; at least 1 ms, so that the engine decides."""
        return self._engine.search(replace(request, timeout_ms=max(1, self._left_ms())))

    def count(self, request: SearchRequest, query: Query, *, filtered: bool = False) -> int:
        """The number of articles that match `query`; under the filters and dates of `request` only if `filtered`."""
        asked = replace(request, query=query, limit=0, offset=0, after=None, facets=(), histogram=None)
        if not filtered:
            asked = replace(asked, filters=(), dates=None)
        return self.search(asked).total.value

    def spell(self, word: str) -> Correction | None:
        """The most promising correction of a word; None when the archive has no word near it."""
        self._check()
        return next(iter(self._engine.spell(word, limit=1)), None)

    def document_frequency(self, word: str) -> int:
        """The number of articles that have the word or, in English, its stem."""
        self._check()
        return self._engine.document_frequency(word)

    def _left_ms(self) -> int:
        return int((self._ends_at - time.monotonic()) * 1000)

    def _check(self) -> None:
        if self._left_ms() <= 0:
            raise EngineTimeout(f"the search took longer than {self._timeout_ms:,} ms")
