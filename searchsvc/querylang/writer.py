"""Writer: a query tree to the text that a reader would type for it.

What `parser` gives is written so that reading it again gives the same tree, and without a notice; beyond its bounds
(a field before many words takes more room than before a bracket) the parser cuts it like any text.

>>> from searchsvc.model.query import Term
>>> write(And((Or((Term("putin"), Value("tag", "Islamic State"))), Not(Term("syria", field="headline")))))
'(putin OR tag:"Islamic State") -headline:syria'
"""

import re
from datetime import date, timedelta
from typing import assert_never

from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    MatchAll,
    MatchNone,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
)
from searchsvc.querylang.lexer import QUOTES, TokenKind, has_word, tokenize


def write(query: Query) -> str:
    """The canonical text of a query in normal form.

    Dates are written out, whatever day it is: `date:yesterday` becomes that day. What cannot be typed (a quote inside
    a value) is left out.
    """
    match query:
        case And(children):
            return " ".join(_bracketed(child) if isinstance(child, Or) else write(child) for child in children)
        case Or(children):
            return " OR ".join(write(child) for child in children)
        case Not(child):
            return f"-{_bracketed(child) if isinstance(child, And | Or) else write(child)}"
        case MatchAll():
            return "*"
        case MatchNone():
            return "-*"
        case Term():
            return _term(query)
        case Phrase(text, slop, field):
            return _prefixed(field, _quoted(text)) + ("" if slop is None else f"~{slop}")
        case Prefix(text, field):
            return _prefixed(field, f"{text}*")
        case Fuzzy(text, distance, field):
            return _prefixed(field, f"{text}~{distance}")
        case Value(field, value):
            return _prefixed(field, value if _PLAIN_VALUE.fullmatch(value) and has_word(value) else _quoted(value))
        case DateRange(start, end):
            return _prefixed("date", _dates(start, end))
        case _:
            assert_never(query)


def _bracketed(query: Query) -> str:
    return f"({write(query)})"


def _prefixed(field: str | None, text: str) -> str:
    return f"{field}:{text}" if field else text


_PLAIN_VALUE = re.compile(r"\w+(?:[-.'’&/]\w+)*\.?")
_RUN = re.compile(rf"[^\s(){QUOTES}]+")


def _term(term: Term) -> str:
    if term.exact:
        return _prefixed(term.field, _quoted(term.text))
    if term.field is not None:
        return _prefixed(term.field, term.text if _RUN.fullmatch(term.text) else _quoted(term.text))
    match [token.kind for token in tokenize(term.text)]:
        case [TokenKind.WORD]:
            return term.text
        case [TokenKind.AND | TokenKind.OR | TokenKind.NOT]:
            return f"+{term.text}"  # the word, not the operator
        case _:
            return _quoted(term.text)


def _quoted(text: str) -> str:
    return f'"{text.translate(_NO_QUOTES)}"'


_NO_QUOTES = dict.fromkeys(map(ord, QUOTES))


def _dates(start: date | None, end: date | None) -> str:
    """The shortest way to write these days: a year, a month, a day, or from one to the other."""
    if start is None and end is None:
        return f"{date.min}..{date.max}"
    if start is None or end is None:
        return f"{start or ''}..{end or ''}"
    if start == end:
        return str(start)
    if start.day == 1 and (end == date.max or (end + timedelta(days=1)).day == 1) and start.year == end.year:
        if start.month == end.month:
            return str(start)[:7]
        if (start.month, end.month) == (1, 12):
            return f"{start.year:04d}"
    return f"{start}..{end}"
