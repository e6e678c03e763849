"""SearchRequest: one search, complete: what to find, how to narrow, what to count, which hits to show.

Limits on what readers may ask are not here: `archive` holds them.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import MatchAll, Query


class Sort(StrEnum):
    """The order of hits. By date, undated articles come last in both directions."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Interval(StrEnum):
    """The width of a histogram's bars: calendar years, months or days."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFilter:
    """Keeps articles with any of `values` in the facet `field` (all, when empty) and none of `excluded`.

    Values are compared by `fields.value_key`: case and white space do not count.
    """

    field: str
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFilter:
    """Keeps articles published from `start` to `end`, both included; None is open. Drops undated ones."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetRequest:
    """Asks for the `size` largest buckets of a facet, and always for those in `include`, even when they count 0.

    `prefix` keeps values of which a word begins with it, in any case; `Facet.other` then adds up kept ones only.
    """

    field: str
    size: int = 10
    prefix: str = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramRequest:
    """Asks for counts over time. Without an interval, the span of what was found decides.

    Days when it is at most 62 days, months when at most 5 years, else years.
    """

    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a hit in an order: hits after it are `key` further on, or equal with a greater id.

    `key` is the score (relevance) or `sort_instant`; None stands for an undated article, last in either order.

    >>> Cursor.decode(Cursor(2.5, "a/1").encode()) == Cursor(2.5, "a/1")
    True
    """

    key: float | int | None
    id: str

    def encode(self) -> str:
        """The cursor as text for a URL: URL-safe base64 of JSON, without padding. `decode` reads it."""
        text = json.dumps([self.key, self.id], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raises ValueError when `text` is not what `encode` gave."""
        try:
            key, id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, UnicodeDecodeError, TypeError, RecursionError) as error:
            raise ValueError(f"not a cursor: {text[:40]!r}") from error
        if not isinstance(id, str) or isinstance(key, bool) or not isinstance(key, float | int | None):
            raise ValueError(f"not a cursor: {text[:40]!r}")
        return cls(key, id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One search. By default: every article, ranked by relevance, the first ten hits with snippets, nothing counted.

    `languages` are ISO 639-1 codes; `timeout_ms` is in milliseconds.
    """

    query: Query = MatchAll()
    filters: tuple[ValueFilter, ...] = ()  # at most one a field
    dates: DateFilter | None = None
    facets: tuple[FacetRequest, ...] = ()
    histogram: HistogramRequest | None = None
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 10  # 0: only totals and facets
    after: Cursor | None = None  # instead of offset
    snippets: bool = True
    query_fields: tuple[str, ...] = SEARCHED_FIELDS  # where a word without a field is looked for
    languages: tuple[str, ...] = ("en",)  # whose stems the words of the query take
    exact: bool = False  # no stems at all
    timeout_ms: int = 1000
