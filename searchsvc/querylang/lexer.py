"""Lexer: the characters of a query text to tokens with their places in it.

Knows which names are fields, since what follows a field's colon is read whole (`date:2015..2016`), and nothing else of
what a query means. Every text has tokens; nothing is refused here.

>>> [(t.kind.name, t.text) for t in tokenize('-tag:"Islamic State" (strik* OR putn~)')]
... # doctest: +NORMALIZE_WHITESPACE
[('MINUS', '-'), ('FIELD', 'tag'), ('QUOTED', 'Islamic State'), ('OPEN', '('), ('WORD', 'strik*'), ('OR', 'OR'),
 ('WORD', 'putn~'), ('CLOSE', ')')]
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from searchsvc.model.fields import FieldKind, find_field

# Any of them opens and any of them closes: papers and phones mix them, and nations turn them round.
QUOTES = '"“”„‟«»＂'


class TokenKind(Enum):
    """The kinds of tokens in a query text."""

    WORD = auto()  # as typed, with its `*`, `~1` and punctuation
    QUOTED = auto()  # `text` is what is between the quotes
    FIELD = auto()  # a known field; the next token is its value, if it is `valued`
    UNKNOWN_FIELD = auto()  # a name and a colon, right before a word, a quote or a bracket
    OPEN = auto()
    CLOSE = auto()
    MINUS = auto()
    PLUS = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    EVERYTHING = auto()  # a `*` by itself
    JUNK = auto()  # without a letter or digit


@dataclass(frozen=True, slots=True)
class QueryToken:
    """A run of the text: what stands from `start` to `end`, quotes and slop included; `text` leaves those out."""

    kind: TokenKind
    text: str
    start: int
    end: int
    closed: bool = True  # of a QUOTED
    slop: str | None = None  # of a QUOTED: the digits after its `~`
    star: int | None = None  # where a `*` stands before it, which `text` leaves out
    valued: bool = True  # of a FIELD
    spaced: bool = False  # of a FIELD: something follows it after white space


def tokenize(text: str) -> list[QueryToken]:
    """The tokens of `text`, in order."""
    return list(_tokens(text))


def has_word(text: str) -> bool:
    """Whether there is a letter or digit in it: anything to search for."""
    return any(c.isalnum() for c in text)


def trim(text: str) -> tuple[int, int]:
    """The span of `text` from its first letter or digit to its last; the last dot of `U.S.` stays.

    >>> "«al-Assad's,"[slice(*trim("«al-Assad's,"))], "(U.S.),"[slice(*trim("(U.S.),"))], trim("...")
    ("al-Assad's", 'U.S.', (0, 0))
    """
    places = [i for i, c in enumerate(text) if c.isalnum()]
    if not places:
        return 0, 0
    start, end = places[0], places[-1] + 1
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):  # an accent belongs to its letter
        end += 1
    if text[end : end + 1] == "." and _INITIALS.fullmatch(text, start, end):
        end += 1
    return start, end


_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")

_SPACE = re.compile(r"\s+")
_RUN = re.compile(rf"[^\s(){QUOTES}]+")
_SIGNS = re.compile(r"[+-]+(?=[^\s)])")
_OPERATOR = re.compile(rf"(AND|OR|NOT)(?=[\s(){QUOTES}]|$)")
_LEADING_JUNK = re.compile(r"(?:[^\w\s]|_)+")
_NAME = re.compile(r"([^\W\d_]+(?:[_-][^\W\d_]+)*):")
_SLOP = re.compile(r"~(\d*)", re.ASCII)
# A comma between two words ends the first; one between digits belongs to the number.
_WORD = re.compile(rf"(?:[^\s(){QUOTES},;]|(?<=\d)[,;](?=\d))+[,;]*")


def _tokens(text: str) -> Iterator[QueryToken]:
    at = 0
    before: TokenKind | None = None  # of the token that ends right here
    while at < len(text):
        if (space := _SPACE.match(text, at)) is not None:
            at, before = space.end(), None
            continue
        for token in _at(text, at, glued=before in _GLUE):
            at = token.end
            if before in _CLOSING and token.kind is TokenKind.EVERYTHING:
                yield replace(token, kind=TokenKind.JUNK)  # "a b"* asks for nothing more
            elif before not in _CLOSING or token.kind is not TokenKind.JUNK:  # the comma after a quotation is no word
                yield token
            before = token.kind


# Right after these `AND` is a word, and `--` was one minus.
_GLUE = (TokenKind.MINUS, TokenKind.PLUS, TokenKind.UNKNOWN_FIELD)
_CLOSING = (TokenKind.QUOTED, TokenKind.CLOSE, TokenKind.WORD)
_BRACKETS = {"(": TokenKind.OPEN, ")": TokenKind.CLOSE}


def _at(text: str, at: int, *, glued: bool) -> Iterator[QueryToken]:
    """The token that begins at `at`, which is no white space; of a field, its value too."""
    if (bracket := _BRACKETS.get(text[at])) is not None:
        yield QueryToken(bracket, text[at], at, at + 1)
    elif text[at] in QUOTES:
        yield _quoted(text, at)
    elif not glued and (operator := _OPERATOR.match(text, at)) is not None:
        yield QueryToken(TokenKind[operator[1]], operator[1], at, operator.end())
    elif not glued and (signs := _SIGNS.match(text, at)) is not None:
        kind = TokenKind.MINUS if "-" in signs.group() else TokenKind.PLUS
        yield QueryToken(kind, signs.group(), at, signs.end())
    else:
        yield from _word(text, at)


def _quoted(text: str, at: int) -> QueryToken:
    end = next((i for i in range(at + 1, len(text)) if text[i] in QUOTES), None)
    if end is None:
        return QueryToken(TokenKind.QUOTED, text[at + 1 :], at, len(text), closed=False)
    slop = _SLOP.match(text, end + 1)
    if slop is None:
        return QueryToken(TokenKind.QUOTED, text[at + 1 : end], at, end + 1)
    return QueryToken(TokenKind.QUOTED, text[at + 1 : end], at, slop.end(), slop=slop[1])


def _word(text: str, at: int) -> Iterator[QueryToken]:
    run = _RUN.match(text, at)
    typed = run.group() if run is not None else text[at]
    if not has_word(typed):
        kind = TokenKind.EVERYTHING if set(typed) == {"*"} else TokenKind.JUNK
        yield QueryToken(kind, typed, at, at + len(typed))
        return
    junk = _LEADING_JUNK.match(text, at)
    start = at if junk is None else junk.end()
    star = next((i for i in range(at, start) if text[i] == "*"), None)
    if (name := _NAME.match(text, start)) is not None:
        if (field := find_field(name[1])) is not None:
            yield from _field(text, name, field.kind, star)
            return
        if _is_field_like(name[1], text[name.end() : name.end() + 1]):
            yield QueryToken(TokenKind.UNKNOWN_FIELD, name[1], start, name.end(), star=star)
            return
    word = _WORD.match(text, start)
    end = at + len(typed) if word is None else word.end()
    yield QueryToken(TokenKind.WORD, text[start:end], start, end, star=star)


def _is_field_like(name: str, following: str) -> bool:
    """Whether a reader may have meant a field: not in `http://`, `C:x` or `Syria: Russia`."""
    return len(name) > 1 and (following.isalnum() or following == "(" or (following != "" and following in QUOTES))


def _field(text: str, name: re.Match[str], kind: FieldKind, star: int | None) -> Iterator[QueryToken]:
    """A known field, and its value where that is one run of characters."""
    space = _SPACE.match(text, name.end())
    start = name.end() if space is None else space.end()
    follows = start < len(text) and text[start] != ")" and (space is None or _OPERATOR.match(text, start) is None)
    valued = follows and (space is None or _is_surely_a_value(text[start], kind))
    end = start if valued else name.end()
    spaced = follows and space is not None
    yield QueryToken(TokenKind.FIELD, name[1], name.start(), end, star=star, valued=valued, spaced=spaced)
    if valued and (run := _RUN.match(text, start)) is not None:
        yield QueryToken(TokenKind.WORD, run.group(), start, run.end())


def _is_surely_a_value(following: str, kind: FieldKind) -> bool:
    """Whether `tag: "x"` or `date: 2015` was meant, and not the headline `Sales fall this month: analysts`."""
    return following in QUOTES or following == "(" or (kind is FieldKind.DATE and following in "0123456789<>.-")
