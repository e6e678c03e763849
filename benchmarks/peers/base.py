"""Asked, Answer, Peer: what every engine is asked, what it must give back, and how it is driven.

Each engine does the same work: `headline` counts three times, `tags` twice, `body` once; English words by their stems;
the article kept as one JSON text, and every hit given as the article read from it; `tag`, `place` and `author` counted,
and months or years; the total exact; the top ten by its own BM25; order by the instant of publication. Articles are
numbered from 0 in the order in which they came.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from searchsvc.model.article import Article

FACETS = ("tag", "place", "author")
FACET_SIZE = 10  # values counted out, of each facet
HITS = 10
PARTS = 3  # of more stories: before, after, other angles
STORIES = 5  # of each part, as the setting `related_size` has it
FRAGMENT = 200  # characters; a snippet is two of them
BOOSTS = {"headline": 3.0, "tags": 2.0, "body": 1.0}
CORRECTIONS = 1  # of a misspelt word: "did you mean" offers one
UNDATED = -(1 << 40)  # the instant of an article without a date: before any other


class Kind(StrEnum):
    """What is asked: articles with such words; or the word that was meant; or articles like one."""

    TERM = "term"
    ALL = "all"  # of several words
    ANY = "any"
    PHRASE = "phrase"
    PREFIX = "prefix"  # articles with a word that begins so
    CORRECT = "correct"  # words near a misspelt one
    ALIKE = "alike"  # articles like one


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question. `hits` of the found articles are asked for, as articles, by score or `newest` first."""

    kind: Kind
    words: tuple[str, ...] = ()
    start: date | None = None  # published from here …
    end: date | None = None  # … to here, both included
    newest: bool = False
    hits: int = HITS
    facets: tuple[str, ...] = ()  # of FACETS
    bars: str = ""  # "month" or "year": how many of the found articles are of each
    snippets: bool = False  # of each hit
    article: Article | None = None  # of ALIKE
    meant: str = ""  # of CORRECT: the word before it was misspelt; no engine may look at it


@dataclass(slots=True)
class Answer:
    """What came back. `keys` are scores, falling; or instants (seconds since 1970), newest first."""

    total: int = 0
    keys: list[float] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)  # the hits
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # the largest FACET_SIZE values of each
    bars: Mapping[str, int] = field(default_factory=dict)  # by "1987-10" or "1987"; none that is 0
    snippets: list[str] = field(default_factory=list)  # of each article, as text, "" where it has none
    words: list[str] = field(default_factory=list)  # corrections


class Peer(Protocol):
    """One engine. It has nothing open until `open`; `build` needs no `open`."""

    @property
    def name(self) -> str:
        """As it stands in the tables, with its version."""
        ...

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it can be asked."""
        ...

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        """Index into a new folder, committing every so many articles (0: only at the end)."""
        ...

    def open(self, folder: Path) -> None: ...

    def answer(self, asked: Asked) -> Answer: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A peer that may not be here: `make` gives it, or raises Absent saying why not."""

    key: str
    make: Callable[[], Peer]


class Absent(Exception):
    """The reason why a peer is not measured."""


def as_json(article: Article) -> str:
    """The text that every engine keeps."""
    return json.dumps(article.to_json(), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str | bytes) -> Article:
    """What every engine gives for a hit."""
    return Article.from_text(text)


def facet_values(article: Article) -> dict[str, tuple[str, ...]]:
    """The values of each of FACETS."""
    return {"tag": article.tags, "place": (article.place,) if article.place else (), "author": article.authors}


def instant(article: Article) -> int:
    """By which articles are ordered."""
    found = article.sort_instant
    return UNDATED if found is None else found


def day_number(day: date) -> int:
    """Days since 1970, for engines that filter numbers."""
    return day.toordinal() - 719_163


def month_number(day: date) -> int:
    """Months since the year 0; by 12, its year."""
    return day.year * 12 + day.month - 1


def bar_name(month: int, bars: str) -> str:
    """The bar that the articles of a month are counted in.

    >>> bar_name(month_number(date(1987, 10, 19)), "month"), bar_name(month_number(date(1987, 10, 19)), "year")
    ('1987-10', '1987')
    """
    return f"{month // 12:04}" if bars == "year" else f"{month // 12:04}-{month % 12 + 1:02}"
