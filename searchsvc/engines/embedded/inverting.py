"""Inverting: tokens of many articles in, runs of postings by term out, by one sort of packed numbers a field.

While articles come in, a token costs eight bytes: the number of its **lexeme** (word, stem and whether in capitals,
what decides its terms) and its position.
"""

import heapq
from array import array
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import union
from searchsvc.engines.embedded.postings import FieldRuns, assemble
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, Token, index_terms

Lexeme = tuple[str, str, bool]

_MARKS = (STEM_MARK + ACRONYM_MARK).encode()


class TermRun(NamedTuple):
    """All that one term has, as `postings` packs it; `rest` are positions that go apart."""

    term: bytes
    run: bytes
    rest: bytes


class Inverter:
    """Takes articles in the order of their document numbers, from 0; then gives each field's runs, once."""

    def __init__(self) -> None:
        self._lexemes = _Lexemes()
        self._fields = {name: _FieldTokens() for name in SEARCHED_FIELDS}
        self.documents = 0
        self.tokens = 0  # so far, in all fields
        self._words: list[tuple[bytes, int, int]] = []  # each with its number of documents and bits of fields

    def add(self, tokens: Mapping[str, list[Token]]) -> None:
        """The next article: the tokens of each text field."""
        for name, buffer in self._fields.items():
            of_field = tokens.get(name, ())
            lexemes = self._lexemes
            buffer.lexemes.extend([lexemes[token[:3]] for token in of_field])
            buffer.positions.extend([token.position for token in of_field])
            buffer.counts.append(len(of_field))
            self.tokens += len(of_field)
        self.documents += 1

    def runs(self) -> Iterator[TermRun]:
        """The terms by rising bytes, as Whoosh wants them. Once: the tokens are gone after."""
        terms, of_lexeme = self._terms()
        heads = []  # by field, the next term and its piece
        pairs = np.empty(0, dtype=np.uint64)  # of a term and a document, whatever the field
        for number, name in enumerate(SEARCHED_FIELDS):
            buffer = self._fields[name]
            if buffer.lexemes:
                packed = _pack(number, buffer, of_lexeme)
                heads.append(zip(packed.terms.tolist(), packed.pieces(), strict=True))
                pairs = union([pairs, packed.pairs])
            self._fields[name] = _FieldTokens()
        documents = np.bincount((pairs >> np.uint64(32)).astype(np.intp), minlength=len(terms)).tolist()
        del pairs
        for place, found in groupby(heapq.merge(*heads), key=itemgetter(0)):
            pieces = [piece for _, piece in found]
            term = terms[place]
            if term[0] not in _MARKS:
                self._words.append((term, documents[place], sum(1 << piece.field for piece in pieces)))
            yield TermRun(term, *assemble(pieces, documents[place]))

    def words(self) -> tuple[list[str], NDArray[np.uint32], NDArray[np.uint8]]:
        """After `runs`: each word, ascending; in how many articles it is; a bit for each field that it is in."""
        return (
            [word.decode("utf-8", "surrogatepass") for word, _, _ in self._words],
            np.array([count for _, count, _ in self._words], dtype=np.uint32),
            np.array([fields for _, _, fields in self._words], dtype=np.uint8),
        )

    def _terms(self) -> tuple[list[bytes], NDArray[np.int32]]:
        """All terms, ascending, and for each lexeme the places of up to three of them there; -1 for none."""
        of_lexeme = [index_terms(Token(*lexeme, 0, 0, 0)) for lexeme in self._lexemes]
        encoded = {term: term.encode("utf-8", "surrogatepass") for terms in of_lexeme for term in terms}
        ordered = sorted(encoded, key=encoded.__getitem__)
        place = {term: number for number, term in enumerate(ordered)}
        table = np.full((3, len(of_lexeme)), -1, dtype=np.int32)
        for number, terms in enumerate(of_lexeme):
            for row, term in enumerate(terms):
                table[row, number] = place[term]
        return [encoded[term] for term in ordered], table


class _Lexemes(dict[Lexeme, int]):
    def __missing__(self, lexeme: Lexeme) -> int:
        self[lexeme] = number = len(self)
        return number


class _FieldTokens:
    def __init__(self) -> None:
        self.lexemes = array("I")
        self.positions = array("I")
        self.counts = array("I")  # tokens of each article

    def arrays(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
        """Lexeme, document and position of each token."""
        counts = np.frombuffer(self.counts, dtype=np.uint32) if self.counts else np.empty(0, np.uint32)
        documents = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
        if not self.lexemes:
            return np.empty(0, np.uint32), documents, np.empty(0, np.uint32)
        return np.frombuffer(self.lexemes, np.uint32), documents, np.frombuffer(self.positions, np.uint32)


def _pack(field: int, buffer: _FieldTokens, of_lexeme: NDArray[np.int32]) -> FieldRuns:
    lexemes, documents, positions = buffer.arrays()
    # One number a token and term: the term's place above, the token's below; sorted, terms come in order, and in
    # each term its documents and positions.
    keys = _keys(lexemes, of_lexeme)
    keys.sort()
    tokens = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    keys >>= np.uint64(32)
    of_term = keys.astype(np.uint32)
    del keys
    documents, positions = documents[tokens], positions[tokens]
    del tokens
    first = np.empty(len(of_term), dtype=np.bool_)  # of its term and document
    first[0] = True
    first[1:] = (of_term[1:] != of_term[:-1]) | (documents[1:] != documents[:-1])
    starts = np.flatnonzero(first)
    documents, of_term = documents[starts], of_term[starts]
    borders = np.concatenate(([0], np.flatnonzero(np.diff(of_term)) + 1, [len(of_term)]))
    starts = np.append(starts, len(positions))
    return FieldRuns(field, of_term[borders[:-1]], borders, documents, starts, positions)


def _keys(lexemes: NDArray[np.uint32], of_lexeme: NDArray[np.int32]) -> NDArray[np.uint64]:
    numbers = np.arange(len(lexemes), dtype=np.uint64)
    keys = []
    for row in of_lexeme:
        places = row[lexemes]
        has = places >= 0
        keys.append((places[has].astype(np.uint64) << np.uint64(32)) | numbers[has])
    return np.concatenate(keys)
