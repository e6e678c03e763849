"""Engine and Writer: what every engine promises, in words and types.

- **Sets.** An article matches as `model.query` says of each node, words as `text.analyzer` cuts them. A leaf without
  a field is looked for in each of the request's `query_fields`; `And` of two words may find them in different fields.
- **Total** is exact, whatever `limit` is. No hits is a result, not an error.
- **Facets** are counted under the query and every filter but the facet's own; the histogram under all of them.
  So the count beside a value is the total after choosing it. Spellings that share a `value_key` are one bucket,
  shown in the spelling most frequent among the counted articles (then the smallest).
- **Order.** NEWEST and OLDEST are strict by `Article.sort_instant`, undated last in both; RELEVANCE by falling score;
  equal keys by rising id. So a cursor neither loses nor repeats.
- **Snapshot.** A search sees one commit from end to end.
- **Writing.** `put` of a known id replaces, whatever its version: whoever minds asks for `kept_version` before.
  What was committed stays; what was not is gone after an error.
- **Scan** yields each live article once.

Scores may differ between engines; sets, counts and order by date may not (`tests/engines/contract.py`).
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
    """What became of an article that was put."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"  # the same content was there: nothing was written


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """For the operator: what is there, and how large."""

    engine: str
    articles: int
    commit: str
    build: str = ""
    made_at: datetime | None = None  # the last commit
    segments: int = 0
    size_bytes: int = 0
    location: str = ""


class Writer(Protocol):
    """Writes articles; a context manager that commits on leaving well, and drops what is uncommitted on an error."""

    def put(self, article: Article) -> Outcome:
        """Add, or replace by id; UNCHANGED when the same content (`Article.digest`) is there already."""
        ...

    def kept_version(self, id: ArticleId) -> Version | None:
        """The version of the article that is there, uncommitted ones included; None when there is none."""
        ...

    def delete(self, id: ArticleId) -> bool:
        """Take an article out; False when there was none."""
        ...

    def commit(self) -> None:
        """Make what was put so far durable, and (unless the build is fresh) visible."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """Finds articles. Safe to use from several threads."""

    name: str

    def search(self, request: SearchRequest) -> SearchResult:
        """Raises EngineTimeout past `request.timeout_ms`, and the IndexError family of `errors` when it cannot."""
        ...

    def get(self, id: ArticleId) -> Article:
        """The live article, or ArticleNotFound."""
        ...

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        """More stories for an article that need not be archived; itself (by id) is never among them.

        At most `limit` in each part; best first. Each has at least one shared word or tag.
        """
        ...

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is being typed: headlines, tags and words of which a word begins with it."""
        ...

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        """Words of the archive one or two letters off, most promising first; the word itself never."""
        ...

    def document_frequency(self, word: str) -> int:
        """How many live articles have this word (or its stem, in English) in any text field."""
        ...

    def writer(self, *, fresh: bool = False, processes: int = 1) -> Writer:
        """A writer on the live build, or on a fresh one that replaces it on success. Raises IndexLocked.

        Up to `processes` work on what is put, this one among them, where the engine can make use of others.
        """
        ...

    def scan(self) -> Iterator[Article]:
        """Every live article, for export, rebuild and migration; in no promised order."""
        ...

    def status(self) -> EngineStatus: ...

    def close(self) -> None: ...
