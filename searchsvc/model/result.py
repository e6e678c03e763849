"""SearchResult and its parts: what an engine answers. Text and spans; never HTML, never HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from searchsvc.model.article import Article
from searchsvc.model.query import Span
from searchsvc.model.request import Cursor, Interval


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of text; `highlights` are ascending, non-overlapping spans in it."""

    text: str
    highlights: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Snippet:
    """The fragments of one field that best show why it matched, in the order of the text."""

    fragments: tuple[Fragment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found article, with its score, the snippets by field name, and the cursor that continues after it."""

    article: Article
    score: float | None  # None in an order by date
    snippets: Mapping[str, Snippet] = field(default_factory=lambda: MappingProxyType({}))  # "headline", "body"…
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of a facet, in its most frequent spelling, and how many of the found articles have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Buckets by falling count, equal ones by value (years and months: latest first).

    `other` adds up the counts of values not listed; `missing` counts articles without any value.
    """

    field: str
    buckets: tuple[Bucket, ...]
    other: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval: `count` found articles of the `archived` ones in it. `start` to `end`, both included."""

    start: date
    end: date
    count: int
    archived: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars without a gap from the first found article to the last; `undated` counts those without a date."""

    interval: Interval
    bars: tuple[Bar, ...]
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """How many articles match; `exact` is False when `value` is an estimate."""

    value: int
    exact: bool = True


class NoticeKind(StrEnum):
    """What a notice is about, for programs; its message is for people."""

    SYNTAX = "syntax"  # odd typing got its best reading
    DATE = "date"  # not a date
    FIELD = "field"  # not a field
    LIMIT = "limit"  # a bound was met
    RELAXED = "relaxed"  # nothing had all the words
    SYNONYM = "synonym"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the reader should know about how the query was read; `span` is the typed text it is about."""

    kind: NoticeKind
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A change made to what was typed, in words, and the query text that takes it back ("" when there is none)."""

    kind: NoticeKind
    message: str
    undo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """An engine's answer to one SearchRequest: `hits` are in its order, `facets` go by field name.

    `histogram` is None when none was asked for; `took_ms` is in milliseconds.
    """

    total: Total
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, Facet] = field(default_factory=lambda: MappingProxyType({}))
    histogram: Histogram | None = None
    notices: tuple[Notice, ...] = ()
    commit: str = ""  # names the snapshot searched: equal when nothing was written between
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One completion of what is being typed. `kind` is "headline", "tag" or "term"."""

    text: str
    kind: str
    count: int
    article_id: str = ""  # of a headline


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of the archive near to a misspelt one, and how many articles have it."""

    word: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedHit:
    """One related article and why: words and tags that both have, most telling first, and the days between."""

    article: Article
    score: float
    shared_words: tuple[str, ...] = ()  # as printed in the given article
    shared_tags: tuple[str, ...] = ()
    days: int | None = None  # negative: this many days before; None: one of them is undated


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """More stories: background, what happened next, other angles of the same days; copies apart from them all."""

    before: tuple[RelatedHit, ...] = ()
    after: tuple[RelatedHit, ...] = ()
    angles: tuple[RelatedHit, ...] = ()
    copies: tuple[RelatedHit, ...] = ()


SAME_DAYS = timedelta(days=2)  # "other angles" are at most this far apart; beyond lie before and after
