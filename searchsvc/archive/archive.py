"""Archive: the one object that the web and the command line hold: an engine, its settings, and the ledger of its files.

It answers readers. What an operator does to it is in `operations`. Not for HTTP or HTML (`web`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from searchsvc.archive.search import Answer, answer_to
from searchsvc.engines.contract import Engine, EngineStatus
from searchsvc.engines.registry import open_engine
from searchsvc.ingest.ledger import NAME as LEDGER
from searchsvc.ingest.ledger import Ledger
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.request import FacetRequest, SearchRequest
from searchsvc.model.result import Facet, Related, Suggestion
from searchsvc.settings import Settings

MAX_PREFIX = 100  # characters of what is being typed that completions look at


def open_archive(settings: Settings) -> "Archive":
    """The archive that the settings describe. A missing index raises on use, not here."""
    return Archive(open_engine(settings), settings, Ledger(settings.index_dir / LEDGER))


class Archive:
    """One archive of articles. Safe to share by threads, as its engine is.

    The ledger knows which files were ingested; the default one forgets when the archive is closed.
    """

    def __init__(self, engine: Engine, settings: Settings, ledger: Ledger | None = None) -> None:
        self.engine = engine
        self.settings = settings
        self.ledger = ledger or Ledger(None)

    def search(self, text: str, request: SearchRequest, *, today: date) -> Answer:
        """The answer to what a reader typed: see `search.answer_to`."""
        return answer_to(text, request, engine=self.engine, settings=self.settings, today=today)

    def facet(self, text: str, request: SearchRequest, facet: FacetRequest, *, today: date) -> Facet:
        """The buckets of one facet under a search: for looking inside a facet with many values."""
        asked = replace(request, facets=(facet,), histogram=None, limit=0, offset=0, after=None)
        return self.search(text, asked, today=today).result.facets[facet.field]

    def get(self, id: str) -> Article:
        """The article. Raises ArticleNotFound."""
        return self.engine.get(ArticleId(id))

    def related(self, id: str, *, limit: int | None = None) -> Related:
        """More stories for an archived article, at most `limit` in each part. Raises ArticleNotFound."""
        return self.related_to(self.get(id), limit=limit)

    def related_to(self, article: Article, *, limit: int | None = None) -> Related:
        """More stories for an article that need not be archived: a draft, a pasted text."""
        return self.engine.related(article, limit=limit or self.settings.related_size)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is being typed; none for white space."""
        return self.engine.suggest(prefix.strip()[:MAX_PREFIX], limit=limit) if prefix.strip() else ()

    def scan(self) -> Iterator[Article]:
        """Every article, in no promised order."""
        return self.engine.scan()

    def status(self) -> EngineStatus:
        """What is in the archive, and how large it is."""
        return self.engine.status()

    def close(self) -> None:
        """Close the engine: searches under way are finished, later ones raise EngineError."""
        self.engine.close()
