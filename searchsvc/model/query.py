"""The query tree: what a reader asked, before any engine has seen it.

Words are kept as typed; what a word *is* (case, accents, stems) is the analyzer's to say, in each engine alike.
Leaves remember the span of the text they came from, for notices and spelling; spans do not count in equality.

>>> And((Term("russia"), Not(Term("syria", span=(8, 13))))) == And((Term("russia"), Not(Term("syria"))))
True
"""

import dataclasses
from dataclasses import dataclass
from datetime import date

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Term:
    """One typed word, in `field` or in every searched one. `exact` leaves stems out (a single quoted word).

    `acronym` prefers the word in capitals (`US` before `us`); it changes the ranking, never the set.
    A word that the analyzer cuts in several (`al-Assad`) matches as those words in a row.
    """

    text: str
    field: str | None = None
    exact: bool = False
    acronym: bool = False
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Quoted words, in that order. `slop` None: next to each other; a number: within so many words, any order.

    Quoted words match themselves and not their stems; with a slop, stems too.
    """

    text: str
    slop: int | None = None
    field: str | None = None
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words (in a facet field: values) that begin with `text`."""

    text: str
    field: str | None = None
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Words at most `distance` (1 or 2) letters off: inserted, dropped, changed, or two neighbours swapped."""

    text: str
    distance: int
    field: str | None = None
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """The facet `field` has this whole value, in any case."""

    field: str
    value: str
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Published from `start` to `end`, both days included; None is open. Undated articles never match."""

    start: date | None = None
    end: date | None = None
    span: Span | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Articles that every child matches."""

    children: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Articles that at least one child matches."""

    children: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Every article that `child` does not match."""

    child: "Query"


@dataclass(frozen=True, slots=True)
class MatchAll:
    """Every article: an empty search browses."""


@dataclass(frozen=True, slots=True)
class MatchNone:
    """No article."""


Leaf = Term | Phrase | Prefix | Fuzzy | Value | DateRange
Query = Leaf | And | Or | Not | MatchAll | MatchNone


def leaves(query: Query) -> tuple[Leaf, ...]:
    """The leaves, from left to right, those under a Not included."""
    match query:
        case And(children) | Or(children):
            return tuple(leaf for child in children for leaf in leaves(child))
        case Not(child):
            return leaves(child)
        case MatchAll() | MatchNone():
            return ()
        case _:
            return (query,)


def positive_leaves(query: Query) -> tuple[Leaf, ...]:
    """The leaves that an article may match on, those under a Not left out: what is scored and highlighted."""
    match query:
        case And(children) | Or(children):
            return tuple(leaf for child in children for leaf in positive_leaves(child))
        case Not() | MatchAll() | MatchNone():
            return ()
        case _:
            return (query,)
