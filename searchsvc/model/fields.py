"""FIELDS: the one table of what an article can be searched, narrowed and counted by.

A facet added here appears in the index, the filters, the API and the docs.

>>> find_field("by").name, find_field("lang").name, find_field("nonsense")
('author', 'language', None)
>>> value_key("  Islamic   STATE ") == value_key("islamic state")
True
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from searchsvc.model.article import Article, DatePrecision


class FieldKind(StrEnum):
    """How a field is indexed and asked."""

    TEXT = "text"  # words, searched and scored
    FACET = "facet"  # whole values, filtered and counted
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: `values` gives what an article has in it (of a text field: one text, or none)."""

    name: str
    kind: FieldKind
    label: str
    help: str
    values: Callable[[Article], tuple[str, ...]]
    aliases: tuple[str, ...] = ()
    parameter: str = ""  # of the URL, of a facet
    boost: float = 1.0  # of a text field: weight of its words in the ranking
    length_norm: float = 0.75  # of a text field: BM25's b; short fields vary for no reason of substance
    latest_first: bool = False  # buckets by value, not by count


def _one(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _year(article: Article) -> tuple[str, ...]:
    return (article.published_on.isoformat()[:4],) if article.published_on else ()


def _month(article: Article) -> tuple[str, ...]:
    if article.published_on is None or article.date_precision is DatePrecision.YEAR:
        return ()
    return (article.published_on.isoformat()[:7],)


def _text(
    name: str, label: str, help: str, values: Callable[[Article], tuple[str, ...]], boost: float, b: float
) -> Field:
    return Field(name=name, kind=FieldKind.TEXT, label=label, help=help, values=values, boost=boost, length_norm=b)


FIELDS: tuple[Field, ...] = (
    _text("headline", "Headline", "words of the headline", lambda a: _one(a.headline), 3.0, 0.4),
    _text("kicker", "Kicker", "words of the line above the headline", lambda a: _one(a.kicker), 1.5, 0.3),
    _text("summary", "Summary", "words of the summary", lambda a: _one(a.summary), 1.5, 0.5),
    # Tags as words are one text, a line a tag: a phrase does not run from one tag into the next (see text.analyzer).
    _text("tags", "Words of tags", "words of the tags", lambda a: _one("\n".join(a.tags)), 2.0, 0.3),
    _text("body", "Body", "words of the story itself", lambda a: _one(a.body), 1.0, 0.75),
    Field(name="section", kind=FieldKind.FACET, label="Section", help="the section it ran in",
          values=lambda a: _one(a.section), parameter="section"),
    Field(name="tag", kind=FieldKind.FACET, label="Tag", help="a whole tag",
          values=lambda a: a.tags, aliases=("keyword", "topic"), parameter="tag"),
    Field(name="source", kind=FieldKind.FACET, label="Source", help="the paper or site that ran it",
          values=lambda a: _one(a.publication), aliases=("publication", "paper"), parameter="source"),
    Field(name="agency", kind=FieldKind.FACET, label="Agency", help="the news agency credited",
          values=lambda a: _one(a.agency), parameter="agency"),
    Field(name="author", kind=FieldKind.FACET, label="Author", help="a name in the byline",
          values=lambda a: a.authors, aliases=("by", "byline"), parameter="author"),
    Field(name="place", kind=FieldKind.FACET, label="Place", help="the place of the dateline",
          values=lambda a: _one(a.place), aliases=("dateline",), parameter="place"),
    Field(name="language", kind=FieldKind.FACET, label="Language", help="the language it is written in, as en or fr",
          values=lambda a: _one(a.language), aliases=("lang",), parameter="lang"),
    Field(name="year", kind=FieldKind.FACET, label="Year", help="the year it was published, as 2015",
          values=_year, parameter="year", latest_first=True),
    Field(name="month", kind=FieldKind.FACET, label="Month", help="the month it was published, as 2015-09",
          values=_month, parameter="month", latest_first=True),
    Field(name="date", kind=FieldKind.DATE, label="Date", help="the day, month, year or span it was published in",
          values=lambda a: _one(a.published_on.isoformat() if a.published_on else ""), aliases=("published",)),
)  # fmt: skip

TEXT_FIELDS: tuple[Field, ...] = tuple(f for f in FIELDS if f.kind is FieldKind.TEXT)
FACET_FIELDS: tuple[Field, ...] = tuple(f for f in FIELDS if f.kind is FieldKind.FACET)
SEARCHED_FIELDS: tuple[str, ...] = tuple(f.name for f in TEXT_FIELDS)

_BY_NAME: dict[str, Field] = {name: f for f in FIELDS for name in (f.name, *f.aliases)}


def find_field(name: str) -> Field | None:
    """The field of this name or alias, in any case; None when there is none."""
    return _BY_NAME.get(name.lower())


def field_names() -> tuple[str, ...]:
    """Every name and alias, for spotting near misses."""
    return tuple(_BY_NAME)


def value_key(value: str) -> str:
    """What two spellings of one facet value share: compatibility forms, case and white space folded."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
