"""Parser: what a reader typed to a query tree, with a notice for whatever was odd. It never raises.

Words must all be found; NOT binds closer than AND, AND closer than OR. The forms, notices and bounds are told to
readers in docs/query-language.md, whose examples are tested. Not for what engines bound: expansions and time.

>>> from searchsvc.model.query import Not, Or, Phrase, Term
>>> parsed = parse('putin OR (syria -"air strikes")', today=date(2024, 3, 19))
>>> parsed.query == Or((Term("putin"), And((Term("syria"), Not(Phrase("air strikes"))))))
True
>>> [notice.message for notice in parse('"state of the union', today=date(2024, 3, 19)).notices]
['The quote is not closed; it is read to the end.']
"""

import difflib
from dataclasses import dataclass
from datetime import date

from searchsvc.model.fields import Field, field_names, find_field
from searchsvc.model.query import And, MatchAll, Query, leaves
from searchsvc.model.result import Notice, NoticeKind
from searchsvc.querylang.acronyms import with_acronyms
from searchsvc.querylang.leaves import Notes, leading_star, read_quoted, read_word, shown
from searchsvc.querylang.lexer import QueryToken, TokenKind, tokenize
from searchsvc.querylang.normal import conjunction, disjunction, negation

# A long headline has 150 characters; a text to find more of is pasted elsewhere. What is beyond is cut off.
MAX_LENGTH = 500

# Nobody types so many words, and each costs a pass over the index. What is beyond is left out.
MAX_TERMS = 32

# Brackets in brackets: more than people nest, and far less than what Python's stack bears. Deeper ones are ignored.
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What `text` means, and what the reader should know about how it was read."""

    text: str
    query: Query
    notices: tuple[Notice, ...]


def parse(text: str, *, today: date) -> ParsedQuery:
    """The query tree of any text, in normal form (`querylang.normal`); an empty text is everything.

    `today` is the reader's, for `date:yesterday`.
    """
    notes = Notes()
    tokens = _balanced(tokenize(_within_length(text, notes)), notes)
    query = _Reader(tokens, notes, today).read()
    notes.found.sort(key=lambda notice: notice.span or (0, 0))
    if query is None:
        query = MatchAll()
        if text.strip():
            notes.syntax("Nothing is left to search for, so everything is shown.", 0, len(text))
    return ParsedQuery(text, with_acronyms(query), tuple(notes.found))


def _within_length(text: str, notes: Notes) -> str:
    """The text cut to MAX_LENGTH, at the last white space before it where there is one."""
    if len(text) <= MAX_LENGTH:
        return text
    end = next((i for i in range(MAX_LENGTH, 0, -1) if text[i].isspace()), MAX_LENGTH)
    message = f"Only the first {MAX_LENGTH} characters are read; the rest is left out."
    notes.add(NoticeKind.LIMIT, message, (end, len(text)))
    return text[:end]


def _balanced(tokens: list[QueryToken], notes: Notes) -> list[QueryToken]:
    """The tokens with a closing bracket for each opening one, and no more than MAX_DEPTH in each other."""
    balanced: list[QueryToken] = []
    opened: list[QueryToken] = []
    for token in tokens:
        if token.kind is TokenKind.OPEN:
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                message = f"Brackets are read {MAX_DEPTH} deep; those deeper inside are left out, their words are not."
                notes.add(NoticeKind.LIMIT, message, (token.start, token.end))
                continue
        elif token.kind is TokenKind.CLOSE:
            if not opened:
                notes.syntax("A closing bracket has no opening one; it is left out.", token.start, token.end)
                continue
            opened.pop()
            if len(opened) >= MAX_DEPTH:
                continue
        balanced.append(token)
    for token in reversed(opened):
        notes.syntax("A bracket is not closed; it is read to the end.", token.start, token.end)
    end = tokens[-1].end if tokens else 0
    return balanced + [QueryToken(TokenKind.CLOSE, ")", end, end)] * min(len(opened), MAX_DEPTH)


# --- grammar ----------------------------------------------------------------------------------------------------------

_SIGNS = (TokenKind.MINUS, TokenKind.PLUS, TokenKind.NOT)
_BETWEEN = (TokenKind.AND, TokenKind.OR, TokenKind.CLOSE, *_SIGNS)


@dataclass(slots=True)
class _Reader:
    """Recursive descent over balanced tokens; None stands for a part of which nothing was left."""

    tokens: list[QueryToken]
    notes: Notes
    today: date
    at: int = 0
    terms: int = 0
    depth: int = 0

    def read(self) -> Query | None:
        return self._any_of(None)

    def _kind(self) -> TokenKind:
        """Of the token to be read next; the end closes."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else TokenKind.CLOSE

    def _take(self) -> QueryToken:
        self.at += 1
        return self.tokens[self.at - 1]

    def _any_of(self, within: Field | None) -> Query | None:
        """Alternatives between ORs, up to a closing bracket."""
        alternatives: list[Query] = []
        operator: QueryToken | None = None
        while True:
            began = self.at
            query = self._all_of(within)
            if query is not None:
                alternatives.append(query)
            is_missing = self.at == began
            if is_missing and operator is not None:
                self._dangling(operator)
            if self._kind() is not TokenKind.OR:
                return disjunction(alternatives) if alternatives else None
            if is_missing and operator is None:
                self._dangling(self.tokens[self.at])
            operator = self._take()

    def _all_of(self, within: Field | None) -> Query | None:
        """Parts that must all be found, up to an OR or a closing bracket."""
        parts: list[Query] = []
        operator: QueryToken | None = None  # an AND whose right side has not come yet
        began = self.at
        while self._kind() not in (TokenKind.OR, TokenKind.CLOSE):
            if self._kind() is TokenKind.AND:
                if operator is not None or self.at == began:
                    self._dangling(self.tokens[self.at])
                operator = self._take()
                continue
            operator = None
            query = self._part(within)
            if query is not None:
                parts.append(query)
        if operator is not None:
            self._dangling(operator)
        return conjunction(parts) if parts else None

    def _part(self, within: Field | None) -> Query | None:
        """One operand with the signs and NOTs before it."""
        is_negative = False
        sign: QueryToken | None = None
        while self._kind() in _SIGNS or (sign is not None and self._kind() is TokenKind.AND):
            token = self._take()
            if token.kind is TokenKind.AND:
                self._dangling(token)  # NOT AND x
                continue
            sign = token
            is_negative ^= token.kind is not TokenKind.PLUS
        if self._kind() in _BETWEEN:
            if sign is not None:
                self._dangling(sign)
            return None
        is_bracket = self._kind() is TokenKind.OPEN
        query = self._operand(within)
        if query is None or not is_negative:
            return query
        if isinstance(query, And) and self.depth >= MAX_DEPTH and not is_bracket:
            query = query.children[-1]  # excluding what is written as one and read as two takes a bracket of its own
        return negation(query)

    def _operand(self, within: Field | None) -> Query | None:
        if self._kind() in _BETWEEN:  # after a field whose bracket was too deep
            return None
        token = self._take()
        if token.star is not None:
            leading_star(token, token.text, token.star, self.notes)
        match token.kind:
            case TokenKind.OPEN:
                return self._bracket(token, within)
            case TokenKind.FIELD:
                return self._field(token, within)
            case TokenKind.UNKNOWN_FIELD:
                return self._unknown_field(token, within)
            case TokenKind.WORD:
                return self._word(token, within)
            case TokenKind.QUOTED:
                return self._counted(read_quoted(token, within, self.notes, self.today), token)
            case TokenKind.EVERYTHING if within is None:
                return MatchAll()
            case _:
                self.notes.syntax(f"There is nothing to search for in {shown(token.text)}.", token.start, token.end)
                return None

    def _bracket(self, opening: QueryToken, within: Field | None) -> Query | None:
        if self._kind() is TokenKind.CLOSE:
            self.notes.syntax("There is nothing between the brackets.", opening.start, self._take().end)
            return None
        self.depth += 1
        query = self._any_of(within)
        self.depth -= 1
        self._take()
        return query

    def _field(self, token: QueryToken, within: Field | None) -> Query | None:
        name, span = token.text, (token.start, token.end)
        if not token.valued and token.spaced:
            message = f"{name}: is read as a word; to look in that field, leave out the space after it."
            self.notes.add(NoticeKind.FIELD, message, span)
            return self._word(QueryToken(TokenKind.WORD, name, token.start, token.end - 1), within)
        if not token.valued:
            self.notes.add(NoticeKind.FIELD, f"{name}: is followed by nothing to look for; it is left out.", span)
            return None
        if token.spaced:
            self.notes.add(NoticeKind.FIELD, f"What follows {name}: is read as its value, the space left out.", span)
        return self._operand(find_field(name))

    def _word(self, token: QueryToken, within: Field | None) -> Query | None:
        return self._counted(read_word(token, within, self.notes, self.today), token)

    def _unknown_field(self, token: QueryToken, within: Field | None) -> Query | None:
        near = difflib.get_close_matches(token.text.lower(), field_names(), n=1)
        asked = f" Did you mean {near[0]}:?" if near else ""
        message = f"There is no field {shown(token.text)}; its name and what follows are read as words.{asked}"
        self.notes.add(NoticeKind.FIELD, message, (token.start, token.end))
        name = QueryToken(TokenKind.WORD, token.text, token.start, token.end - 1)
        parts = [self._word(name, within), self._operand(within)]
        found = [part for part in parts if part is not None]
        return conjunction(found) if found else None

    def _counted(self, query: Query | None, token: QueryToken) -> Query | None:
        """The leaf, unless there are MAX_TERMS already."""
        if query is None:
            return None
        self.terms += len(leaves(query))
        if self.terms <= MAX_TERMS:
            return query
        self.terms = MAX_TERMS
        message = f"Only the first {MAX_TERMS} words and phrases are searched for; the rest is left out."
        self.notes.add(NoticeKind.LIMIT, message, (token.start, self.tokens[-1].end))
        return None

    def _dangling(self, operator: QueryToken) -> None:
        message = f"{operator.text} has nothing to join on one side; it is left out."
        self.notes.syntax(message, operator.start, operator.end)
