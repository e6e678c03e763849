"""Acronyms: which words of a query are meant in capitals (`US`, not `us`), told by how they were typed.

>>> from searchsvc.model.query import And, Term
>>> with_acronyms(And((Term("IS"), Term("strikes")))) == And((Term("IS", acronym=True), Term("strikes")))
True
"""

import re
from dataclasses import replace
from typing import assert_never

from searchsvc.model.fields import FieldKind, find_field
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    Leaf,
    MatchAll,
    MatchNone,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
    leaves,
)

# A word of so many capitals shows that all of the query was typed in capitals without a thought. Acronyms that are
# other words in small letters (IS, US, WHO, AIDS) are shorter, so nothing is lost where longer ones are typed alone.
TELLTALE_LETTERS = 5


def with_acronyms(query: Query) -> Query:
    """The query with each Term's `acronym` as its capitals say; none, when all of it is shouted."""
    return _marked(query, shouted=is_shouted(query))


def is_acronym(text: str) -> bool:
    """Two to six letters, all capitals, with or without dots.

    >>> [is_acronym(text) for text in ("IS", "U.S.", "Is", "I", "RUSSIAN", "G20", "US-led")]
    [True, True, False, False, False, False, False]
    """
    letters = text.replace(".", "") if _DOTTED.fullmatch(text) else text
    return 2 <= len(letters) <= 6 and letters.isalpha() and letters.isupper()


def is_shouted(query: Query) -> bool:
    """Whether every letter of two or more words is a capital, and one of them has TELLTALE_LETTERS.

    Values and dates do not count: their case never matters.
    """
    words = [word for leaf in leaves(query) for word in _words(leaf).split()]
    letters = "".join(words)
    is_upper = letters.upper() == letters
    return len(words) > 1 and is_upper and any(sum(c.isalpha() for c in word) >= TELLTALE_LETTERS for word in words)


_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")


def _words(leaf: Leaf) -> str:
    match leaf:
        case Value() | DateRange():
            return ""
        case Prefix(text, str(name)):
            return text if (field := find_field(name)) is not None and field.kind is FieldKind.TEXT else ""
        case _:
            return leaf.text


def _marked(query: Query, *, shouted: bool) -> Query:
    match query:
        case And(children):
            return And(tuple(_marked(child, shouted=shouted) for child in children))
        case Or(children):
            return Or(tuple(_marked(child, shouted=shouted) for child in children))
        case Not(child):
            return Not(_marked(child, shouted=shouted))
        case Term():
            return replace(query, acronym=not shouted and is_acronym(query.text))
        case Phrase() | Prefix() | Fuzzy() | Value() | DateRange() | MatchAll() | MatchNone():
            return query
        case _:
            assert_never(query)
