"""Leaves: one word, quotation or value, as typed, to the leaf of the query tree that it means.

Not for what stands between leaves (`parser`). Whatever is odd is read as well as can be and noted in `Notes`.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from searchsvc.model.fields import Field, FieldKind
from searchsvc.model.query import DateRange, Fuzzy, Phrase, Prefix, Query, Span, Term, Value
from searchsvc.model.result import Notice, NoticeKind
from searchsvc.querylang.lexer import QueryToken, has_word, trim
from searchsvc.querylang.normal import conjunction
from searchsvc.text.dates import read_period

# One letter begins too many words: the engine would add up a tenth of its dictionary for nothing of use.
MIN_PREFIX = 2

# Two letters off from a word of two letters is any word of up to four.
MIN_FUZZY = 3

# Up to this many letters `word~` means one letter off, from there on two: a short word has too many neighbours.
SHORT_FUZZY = 5
MAX_DISTANCE = 2

# Farther apart than this two words share the article, not a passage; `AND` says that.
MAX_SLOP = 100


@dataclass(slots=True)
class Notes:
    """The notices of one parse, in the order found; the same words are said once."""

    found: list[Notice] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    def add(self, kind: NoticeKind, message: str, span: Span) -> None:
        """Add a notice about the characters of `span`, unless one with the same message is there."""
        if message not in self.said:
            self.said.add(message)
            self.found.append(Notice(kind=kind, message=message, span=span))

    def syntax(self, message: str, start: int, end: int) -> None:
        """Add a notice of odd syntax about the characters from `start` to `end` (excluded)."""
        self.add(NoticeKind.SYNTAX, message, (start, end))


def read_word(token: QueryToken, within: Field | None, notes: Notes, today: date) -> Query | None:
    """The leaf of an unquoted word in the field `within`; None when nothing of it can be searched for."""
    bare = token.text.lstrip("*")
    if not bare.rstrip(",;") or (not has_word(bare) and (within is None or within.kind is FieldKind.TEXT)):
        notes.syntax(f"There is nothing to search for in {shown(token.text)}.", token.start, token.end)
        return None
    if bare != token.text:
        leading_star(token, bare, token.start, notes)
        token = replace(token, text=bare, start=token.end - len(bare))
    if within is None or within.kind is FieldKind.TEXT:
        return _read_text_word(token, within.name if within else None, notes)
    if within.kind is FieldKind.DATE:
        return _read_dates(token, token.text.rstrip(",;"), notes, today)
    return _read_value(token, within.name, notes)


def read_quoted(token: QueryToken, within: Field | None, notes: Notes, today: date) -> Query | None:
    """The leaf of a quotation in the field `within`; None when nothing is between the quotes."""
    if not token.closed:
        notes.syntax("The quote is not closed; it is read to the end.", token.start, token.start + 1)
    text = " ".join(token.text.split())
    if within is None or within.kind is FieldKind.TEXT:
        return _read_text_quoted(token, within.name if within else None, notes)
    if not text:
        _nothing_quoted(token, notes)
        return None
    if token.slop is not None:
        notes.syntax("The ~ after a value is left out.", token.end - len(token.slop) - 1, token.end)
    if within.kind is FieldKind.DATE:
        return _read_dates(token, text, notes, today)
    return Value(within.name, text, span=(token.start, token.end))


def leading_star(token: QueryToken, bare: str, star: int, notes: Notes) -> None:
    """Notes that the `*` at `star` is left out."""
    notes.syntax(f"A word cannot begin with *; it is read as {shown(bare)}.", star, token.end)


def shown(text: str) -> str:
    """A piece of the reader's text inside a message, cut where it is long."""
    return f"“{text}”" if len(text) <= 40 else f"“{text[:39]}…”"


# --- words ------------------------------------------------------------------------------------------------------------

_SIGNED = re.compile(r"([^*?~]*)([*?~].*)", re.DOTALL)
_DISTANCE = re.compile(r"~+(\d+(?:\.\d+)?)?[^\w*?]*", re.ASCII)
_RUN = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")


def _read_text_word(token: QueryToken, name: str | None, notes: Notes) -> Query | None:
    signed = _SIGNED.fullmatch(token.text)
    if signed is None or "://" in token.text[slice(*trim(token.text))]:  # an address has its own ? and * and ~
        return _term(token, token.text, name)
    word, signs = signed[1], signed[2]
    if (distance := _DISTANCE.fullmatch(signs)) is not None:
        return _read_fuzzy(token, word, distance[1] or "", name, notes)
    if not has_word(signs):
        return _read_prefix(token, word, name, notes) if "*" in signs else _term(token, word, name)
    return _read_inner_wildcard(token, word, name, notes)


def _term(token: QueryToken, text: str, name: str | None) -> Term | None:
    """The word `text`, with which the token begins, freed of what is around it."""
    start, end = trim(text)
    return Term(text[start:end], field=name, span=(token.start + start, token.start + end)) if end else None


def _read_prefix(token: QueryToken, word: str, name: str | None, notes: Notes) -> Query | None:
    run = _last_run(word)
    if len(run.text) < MIN_PREFIX:
        message = f"At least {MIN_PREFIX} letters must stand before *; {shown(token.text)} is read without it."
        notes.syntax(message, token.start, token.end)
        return _term(token, word, name)
    return _after_head(token, word, name, Prefix(run.text, field=name, span=(token.start + run.start, token.end)))


def _read_inner_wildcard(token: QueryToken, word: str, name: str | None, notes: Notes) -> Query | None:
    """`wom?n`: what stands before the sign is how the word begins, where that is enough to go by."""
    parts = token.text.translate(_NO_SIGNS)
    if not set(token.text) & {"*", "?"}:
        return _term(token, parts, name)  # a ~ inside a word is punctuation
    run = _last_run(word)
    is_enough = len(run.text) >= MIN_PREFIX
    reading = shown(f"{word}*") if is_enough else "its parts"
    message = f"* works only at the end of a word, and ? not at all; {shown(token.text)} is read as {reading}."
    notes.syntax(message, token.start, token.end)
    if not is_enough:
        return _term(token, parts, name)
    return _after_head(token, word, name, Prefix(run.text, field=name, span=(token.start + run.start, token.end)))


# A stroke parts words like any other sign, and means nothing.
_NO_SIGNS = str.maketrans(dict.fromkeys("*?~", "/"))


def _read_fuzzy(token: QueryToken, word: str, digits: str, name: str | None, notes: Notes) -> Query | None:
    run = _last_run(word)
    if len(run.text) < MIN_FUZZY:
        message = f"At least {MIN_FUZZY} letters must stand before ~; {shown(token.text)} is read without it."
        notes.syntax(message, token.start, token.end)
        return _term(token, word, name)
    if digits.strip("0") == "" and digits:
        return _term(token, word, name)  # no letter off: the word itself
    if digits not in ("", "1", "2"):
        notes.syntax(f"A word can be one or {MAX_DISTANCE} letters off, as ~1 or ~2.", token.start, token.end)
    if digits.isdecimal():
        distance = 1 if digits == "1" else MAX_DISTANCE
    else:
        distance = 1 if len(run.text) <= SHORT_FUZZY else MAX_DISTANCE
    leaf = Fuzzy(run.text, distance, field=name, span=(token.start + run.start, token.end))
    return _after_head(token, word, name, leaf)


class _Run(NamedTuple):
    text: str
    start: int


def _last_run(word: str) -> _Run:
    """The last run of letters and digits: of `al-Ass` it is `Ass`."""
    runs = list(_RUN.finditer(word, *trim(word)))
    return _Run(runs[-1].group(), runs[-1].start()) if runs else _Run("", 0)


def _after_head(token: QueryToken, word: str, name: str | None, leaf: Query) -> Query:
    """`al-Ass*` is the word `al` and what begins with `Ass`: an index has no word with a hyphen."""
    head = _term(token, word[: _last_run(word).start], name)
    return leaf if head is None else conjunction((head, leaf))


# --- quotations -------------------------------------------------------------------------------------------------------


def _read_text_quoted(token: QueryToken, name: str | None, notes: Notes) -> Query | None:
    words = [word for word in token.text.split() if has_word(word)]
    match words:
        case []:
            _nothing_quoted(token, notes)
            return None
        case [word]:
            if token.slop is not None:
                notes.syntax(
                    "The ~ after a single quoted word is left out.", token.end - len(token.slop) - 1, token.end
                )
            start, end = trim(word)
            at = token.start + 1 + token.text.index(word)
            return Term(word[start:end], field=name, exact=True, span=(at + start, at + end))
        case _:
            return Phrase(" ".join(words), slop=_slop(token, notes), field=name, span=(token.start, token.end))


def _nothing_quoted(token: QueryToken, notes: Notes) -> None:
    notes.syntax("There is nothing to search for between the quotes.", token.start, token.end)


def _slop(token: QueryToken, notes: Notes) -> int | None:
    if token.slop is None:
        return None
    span = (token.end - len(token.slop) - 1, token.end)
    if token.slop == "":
        notes.syntax("The ~ after a phrase needs a number, as in ~5; it is left out.", *span)
        return None
    number = int(token.slop[:9])
    if number > MAX_SLOP or len(token.slop) > 9:
        notes.add(NoticeKind.LIMIT, f"Words are looked for within {MAX_SLOP} words of each other at most.", span)
        return MAX_SLOP
    return number or None  # within no words is next to each other


# --- values and dates -------------------------------------------------------------------------------------------------

_FUZZY_VALUE = re.compile(r"(.*?)~+\d*", re.ASCII | re.DOTALL)


def _read_value(token: QueryToken, name: str, notes: Notes) -> Query | None:
    text = token.text.rstrip(",;")
    span = (token.start, token.end)
    if (fuzzy := _FUZZY_VALUE.fullmatch(text)) is not None and has_word(fuzzy[1]):
        notes.syntax(f"The ~ is for words; {name}: looks for the whole value {shown(fuzzy[1])}.", *span)
        return Value(name, fuzzy[1], span=span)
    beginning = text.rstrip("*")
    if "*" in beginning:
        notes.syntax(f"* works only at the end of a value; it stands for itself in {shown(beginning)}.", *span)
    if beginning == text:
        return Value(name, text, span=span)
    if sum(c.isalnum() for c in beginning) < MIN_PREFIX:
        message = f"At least {MIN_PREFIX} letters must stand before *; {shown(token.text)} is read without it."
        notes.syntax(message, *span)
        return Value(name, beginning, span=span)
    return Prefix(beginning, field=name, span=span)


def _read_dates(token: QueryToken, text: str, notes: Notes, today: date) -> Query | None:
    span = (token.start, token.end)
    period = read_period(text, today=today)
    if period is None:
        message = (
            f"{shown(text)} is not a date and is left out. Dates are written 2015, 2015-09, 2015-09-30 or {_RANGE}."
        )
        notes.add(NoticeKind.DATE, message, span)
        return None
    if period.swapped:
        notes.add(NoticeKind.DATE, f"{shown(text)} is turned round: the earlier date comes first.", span)
    return DateRange(period.start, period.end, span=span)


_RANGE = "2015-09..2015-12"
