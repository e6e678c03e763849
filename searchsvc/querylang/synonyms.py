"""Synonyms: words of a query that also look for others, by a curated table; each change is told and can be undone.

>>> from searchsvc.model.query import And
>>> query, rewrites = expand(And((Term("IS", acronym=True), Term("syria"))), {"IS": ("ISIS", "Islamic State")})
>>> query.children[0] == Or((Term("IS", acronym=True), Term("ISIS", acronym=True), Phrase("Islamic State")))
True
>>> [(rewrite.message, rewrite.undo) for rewrite in rewrites]
[('IS also finds ISIS and Islamic State.', '"IS" syria')]
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from searchsvc.model.query import And, Not, Or, Phrase, Query, Span, Term
from searchsvc.model.result import NoticeKind, Rewrite
from searchsvc.querylang.acronyms import is_acronym
from searchsvc.querylang.normal import conjunction, disjunction
from searchsvc.querylang.writer import write


def expand(query: Query, table: Mapping[str, tuple[str, ...]]) -> tuple[Query, tuple[Rewrite, ...]]:
    """The query with alternatives beside each word of the table, and what was done, in words.

    A word takes part when it has no field, quotes or minus: nobody wants more excluded than was typed. A key all in
    capitals matches capitals that are meant (`Term.acronym`), any other key in any case. A key of several words matches
    them next to each other, all required; the longest key counts. Undoing quotes the words.
    """
    expander = _Expander(query, _keys(table))
    return expander.expanded(query), tuple(expander.rewrites)


@dataclass(frozen=True, slots=True)
class _SynonymEntry:
    words: tuple[str, ...]  # of the key, folded unless it `is_upper`
    is_upper: bool
    alternatives: tuple[str, ...]


def _keys(table: Mapping[str, tuple[str, ...]]) -> tuple[_SynonymEntry, ...]:
    """The entries of the table, those with the most words first."""
    entries = []
    for key, alternatives in table.items():
        is_upper = key.isupper()
        words = tuple((key if is_upper else key.casefold()).split())
        if words and alternatives:
            entries.append(_SynonymEntry(words, is_upper, alternatives))
    return tuple(sorted(entries, key=lambda entry: -len(entry.words)))


@dataclass(slots=True)
class _Expander:
    query: Query  # all of it, for undoing
    entries: tuple[_SynonymEntry, ...]
    rewrites: list[Rewrite] = field(default_factory=list)

    def expanded(self, query: Query) -> Query:
        match query:
            case And(children):
                return conjunction(self._run(children))
            case Or(children):
                return disjunction(self.expanded(child) for child in children)
            case Term():
                return self._run((query,))[0]
            case _:
                return query

    def _run(self, children: tuple[Query, ...]) -> list[Query]:
        """Neighbours that must all be found, with alternatives for the keys among them."""
        expanded: list[Query] = []
        at = 0
        while at < len(children):
            entry = next((entry for entry in self.entries if _matches(entry, children[at:])), None)
            if entry is None:
                child = children[at]
                expanded.append(child if isinstance(child, Term) else self.expanded(child))
                at += 1
                continue
            typed = children[at : at + len(entry.words)]
            at += len(entry.words)
            expanded.append(self._with_alternatives(typed, entry))
        return expanded

    def _with_alternatives(self, typed: tuple[Query, ...], entry: _SynonymEntry) -> Query:
        terms = [term for term in typed if isinstance(term, Term)]
        found = " and ".join(filter(None, (", ".join(entry.alternatives[:-1]), entry.alternatives[-1])))
        message = f"{' '.join(term.text for term in terms)} also finds {found}."
        undo = write(_quoted(self.query, frozenset(term.span for term in terms), tuple(terms)))
        self.rewrites.append(Rewrite(kind=NoticeKind.SYNONYM, message=message, undo=undo))
        return disjunction((conjunction(typed), *map(_alternative, entry.alternatives)))


def _matches(entry: _SynonymEntry, children: tuple[Query, ...]) -> bool:
    return len(children) >= len(entry.words) and all(
        _is_word(child, word, entry.is_upper) for child, word in zip(children, entry.words, strict=False)
    )


def _is_word(query: Query, word: str, is_upper: bool) -> bool:
    if not isinstance(query, Term) or query.field is not None or query.exact:
        return False
    if is_upper:
        return query.text == word and (query.acronym or not is_acronym(word))
    return query.text.casefold() == word


def _alternative(text: str) -> Query:
    """The leaf of an alternative. It has no span, since nobody typed it."""
    return Phrase(text) if len(text.split()) > 1 else Term(text, acronym=is_acronym(text))


def _quoted(query: Query, spans: frozenset[Span | None], terms: tuple[Term, ...]) -> Query:
    """The query with these words quoted: those at these places, or (of a tree without places) all that are equal."""
    match query:
        case And(children):
            return And(tuple(_quoted(child, spans, terms) for child in children))
        case Or(children):
            return Or(tuple(_quoted(child, spans, terms) for child in children))
        case Not(child):
            return Not(_quoted(child, spans, terms))
        case Term() if query in terms and query.span in spans:
            return replace(query, exact=True)
        case _:
            return query
