"""Engine and Writer: the contract of every engine, in words and types.

- **Matching.** An article matches as `model.query` defines for each node; words are the tokens of `text.analyzer`. A
  leaf without a field is searched in each of the request's `query_fields`; the words of an `And` may be in different
  fields.
- **Total** is exact, whatever `limit` is. A search without hits is a result, not an error.
- **Facets** count the articles that match the query and every filter but the facet's own; the histogram counts those
  that match all filters. So the count of a value is the total after choosing it. Spellings with one `value_key` are one
  bucket, shown in the spelling most frequent among the counted articles (then the smallest).
- **Order.** NEWEST and OLDEST sort by `Article.sort_instant`, undated articles last in both; RELEVANCE by descending
  score; ties by ascending id. So paging by cursor neither loses nor repeats a hit.
- **Snapshot.** A search sees one commit from beginning to end.
- **Writing.** `put` with a known id replaces the article, whatever its version: a caller that minds asks
  `kept_version` first. Committed articles stay; an error drops what is uncommitted.
- **Scan** yields each live article once.

Scores may differ between engines; matches, counts and order by date may not (`tests/engines/contract.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from searchsvc.model.article import Article, ArticleId
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Correction, Related, SearchResult, Suggestion
from searchsvc.model.versions import Version


class Outcome(StrEnum):
    """What `Writer.put` did with an article."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"  # the same content was there; nothing was written


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """The state of an index, for its operator."""

    engine: str
    articles: int
    commit: str
    build: str = ""
    made_at: datetime | None = None  # of the last commit
    segments: int = 0
    size_bytes: int = 0
    location: str = ""


class Writer(Protocol):
    """Writes articles. As a context manager it commits at the end, and drops what is uncommitted on an error."""

    def put(self, article: Article) -> Outcome:
        """Add an article, or replace the one with its id; UNCHANGED if that has the same content (`Article.digest`)."""
        ...

    def kept_version(self, id: ArticleId) -> Version | None:
        """The version of the stored article, uncommitted ones included; None if there is none."""
        ...

    def delete(self, id: ArticleId) -> bool:
        """Delete an article; False if there was none."""
        ...

    def commit(self) -> None:
        """Make everything put so far durable and, unless the build is fresh, visible to searches."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """Finds articles. Safe for threads."""

    name: str

    def search(self, request: SearchRequest) -> SearchResult:
        """The answer to a request.

        Raises EngineTimeout after `request.timeout_ms`, and IndexMissing, IndexOutdated or IndexDamaged if the index
        cannot be read.
        """
        ...

    def get(self, id: ArticleId) -> Article:
        """The live article with this id. Raises ArticleNotFound."""
        ...

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        """Articles related to one that need not be archived; never itself (by id).

        At most `limit` in each part, best first. Each shares at least one word or tag. `languages` keeps articles in
        one of these languages; empty for all.
        """
        ...

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of `prefix`: tags, headlines and words in which a word begins with it."""
        ...

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        """Words of the archive one or two edits away, likeliest first; never the word itself."""
        ...

    def document_frequency(self, word: str) -> int:
        """The number of live articles with this word (or its stem, in English) in any text field."""
        ...

    def writer(self, *, fresh: bool = False, processes: int = 1) -> Writer:
        """A writer on the live build, or on a fresh one that replaces it on success. Raises IndexLocked.

        Up to `processes` processes, this one included, index what is put, if the engine can use more than one.
        """
        ...

    def scan(self) -> Iterator[Article]:
        """Every live article, in no particular order: for export, rebuild and migration."""
        ...

    def status(self) -> EngineStatus:
        """The state of the index."""
        ...

    def close(self) -> None:
        """Release what the engine holds open; it is not used after."""
        ...
