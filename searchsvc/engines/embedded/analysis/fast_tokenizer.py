"""Scanning: a text to the numbers of its words, by compiled loops that know each printed word once it has been met.

Gives the same tokens as `text.analyzer.tokenize`, which says what a word is, as arrays, at a small part of its time.
The word, stem and capitals of a token are its **form**; equal ones have one number, in all languages.
Not for deciding anything about words: one that is new is analysed by the analyzer.

Threads: `Tokenizers` and what it gives may be shared. A call holds one lock, for microseconds once its words are known.

>>> tokenizers = Tokenizers()
>>> tokenized = tokenizers.of("en").tokenize("Air strikes: more air strikes")
>>> tokenized.forms.tolist(), [tokenizers.forms[number][1] for number in tokenized.forms]
([0, 1, 2, 0, 1], ['air', 'strike', 'more', 'air', 'strike'])
>>> tokenizers.forms_with_terms(["~strike"])
{1}
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.text.analyzer import LINE_GAP, MARKS, MAX_WORD, SPACELESS, Form, Token, analyse, index_terms
from searchsvc.text.stemmers import SNOWBALL

# Printed words that a language's table knows; beyond, it begins anew, and the numbers stay. Some 15 MB a language.
MOST_PRINTED = 200_000

# The forms that whoever owns `Tokenizers` should let it remember, some 300 bytes each.
MOST_FORMS = 120_000

# Texts of up to so many characters are cut in memory that is kept, 1 MB a language.
_KEPT = 65_536

CodePoints = bytes | NDArray[np.uint32]


class Tokens(NamedTuple):
    """The tokens of a text in its order, uint32 each: `Token`'s fields, with a form's number for what it says."""

    forms: NDArray[np.uint32]  # indices of Tokenizers.forms
    positions: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]


class TokenBatch(NamedTuple):
    """The tokens of several texts, those of one after those of the other."""

    forms: NDArray[np.uint32]
    positions: NDArray[np.uint32]  # from 0 in each text
    counts: NDArray[np.int64]  # tokens of each text


class TokenMatrix(NamedTuple):
    """All that is known of the tokens of several texts, those of one after those of the other."""

    rows: NDArray[np.uint32]  # the four of a `Tokens` of each
    counts: NDArray[np.int64]  # tokens of each text


class Tokenizers:
    """A tokenizer for each language, and the forms that they have met, in order of first appearance.

    `forms` only grows, some 300 bytes each: whoever owns this takes a new one when it has become too long.
    """

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self._numbers: dict[Form, int] = {}
        self._by_language: dict[str, FastTokenizer] = {}
        self._by_term: dict[str, list[int]] = {}
        self._with_terms = 0  # forms that are in _by_term
        self._lock = Lock()

    def of(self, language: str) -> "FastTokenizer":
        """The tokenizer for an ISO 639-1 code; languages without a stemmer share one."""
        tokenizer = self._by_language.get(language)
        if tokenizer is None and language not in SNOWBALL:
            language = ""  # whatever an article says that it is in
            tokenizer = self._by_language.get(language)
        if tokenizer is None:
            with self._lock:
                tokenizer = self._by_language.setdefault(
                    language, FastTokenizer(language, self._numbers_of, self._lock)
                )
        return tokenizer

    def forms_with_terms(self, terms: Iterable[str]) -> set[int]:
        """The numbers of the forms met so far that have any of these terms (`analyzer.index_terms`)."""
        with self._lock:
            while self._with_terms < len(self.forms):
                for term in index_terms(Token(*self.forms[self._with_terms], 0, 0, 0)):
                    self._by_term.setdefault(term, []).append(self._with_terms)
                self._with_terms += 1
            return {number for term in terms for number in self._by_term.get(term, ())}

    def to_tokens(self, tokens: Tokens, chosen: NDArray[np.integer] | slice = slice(None)) -> list[Token]:
        """The same tokens, or those at the `chosen` indices, as `tokenize` gives them."""
        forms = self.forms
        columns = [column[chosen].tolist() for column in (tokens.forms, tokens.starts, tokens.ends, tokens.positions)]
        return [
            Token._make((*forms[number], *span_and_position))
            for number, *span_and_position in zip(*columns, strict=True)
        ]

    def _numbers_of(self, forms: Iterable[Form]) -> list[int]:
        from searchsvc.engines.embedded.analysis.tokenizer_kernels import NO_WORD

        known = self._numbers
        found = []
        for form in forms:
            number = known.get(form)
            if number is None and form[0]:
                number = known[form] = len(self.forms)
                self.forms.append(form)
            found.append(NO_WORD if number is None else number)
        return found


class FastTokenizer:
    """Tokenizes texts of one language. `Tokenizers` makes it."""

    def __init__(self, language: str, numbers_of: Callable[[Iterable[Form]], list[int]], lock: Lock) -> None:
        # Here, not above: numba takes a quarter of a second to load, and most commands tokenize nothing.
        from searchsvc.engines.embedded.analysis import tokenizer_kernels

        self._language = language
        self._numbers_of = numbers_of
        self._lock = lock
        self._loops = tokenizer_kernels
        self._cut = tokenizer_kernels.cut
        self._kinds = kinds()
        self._room = 1024  # tokens
        self._found = np.empty((4, self._room), dtype=np.uint32)
        self._table = _Table()

    def tokenize(self, text: str) -> Tokens:
        """The tokens of `text`; the arrays are the caller's."""
        points = text.encode("ascii") if text.isascii() else wide(text)
        with self._lock:
            rows = self._tokens(text, points, np.array([len(text)]), np.empty(1, np.int64))
            return Tokens(*rows.copy())

    def tokenize_batch(self, texts: Sequence[str]) -> TokenBatch:
        """The forms and positions of each text, one after the other: less work a text than one by one."""
        text, stops, counts = in_a_row(texts)
        points = text.encode("ascii") if text.isascii() else wide(text)
        with self._lock:
            rows = self._tokens(text, points, stops, counts)
            return TokenBatch(rows[0].copy(), rows[1].copy(), counts)

    def tokenize_to_matrix(self, texts: Sequence[str]) -> TokenMatrix:
        """As `tokenize_batch`, with all that is known of each token."""
        text, stops, counts = in_a_row(texts)
        points = text.encode("ascii") if text.isascii() else wide(text)
        with self._lock:
            rows = self._tokens(text, points, stops, counts).copy()
        stops[1:], stops[0] = stops[:-1].copy(), 0
        rows[2:] -= np.repeat(stops, counts).astype(np.uint32)
        return TokenMatrix(rows, counts)

    def _tokens(
        self, text: str, points: CodePoints, stops: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> NDArray[np.uint32]:
        """The rows of a `Tokens` of the texts as one, in memory that the next call may write to.

        Positions are from 0 in each text; `counts` takes the tokens of each.
        """
        found, table = self._space(len(points)), self._table
        count = self._cut(points, LINE_GAP, self._kinds, table.slots, table.pool, found, stops, counts)
        return found[:, :count] if count >= 0 else self._learn(text, found[:, :-count], counts)

    def _space(self, size: int) -> NDArray[np.uint32]:
        """Four rows for the tokens of so many code points."""
        if size <= self._room:
            return self._found
        found = np.empty((4, max(size, 2 * self._room)), dtype=np.uint32)
        if size <= _KEPT:
            self._found, self._room = found, found.shape[1]
        return found

    def _learn(self, text: str, found: NDArray[np.uint32], counts: NDArray[np.int64]) -> NDArray[np.uint32]:
        """What was found, with numbers for the printed words that were not known; from now on they are.

        Tokens without a word go, from the `counts` of each text as well, and those after them move up.
        """
        new = np.flatnonzero(found[0] == self._loops.UNKNOWN)
        spans = found[2:, new]
        printed = [text[start:end] for start, end in spans.T.tolist()]
        firsts = sorted(dict(zip(reversed(printed), range(len(printed) - 1, -1, -1), strict=True)).values())
        words = [printed[first] for first in firsts]
        number_of = dict(zip(words, self._numbers_of(analyse(words, self._language)), strict=True))
        found[0, new] = [number_of[each] for each in printed]
        self._remember(text, found[:, new[firsts]])
        is_word = found[0] != self._loops.NO_WORD
        if is_word.all():
            return found
        gone = np.concatenate(([0], np.cumsum(~is_word)))
        stops = np.cumsum(counts)
        gone_before = gone[stops - counts]
        found[1] -= (gone[1:] - np.repeat(gone_before, counts)).astype(np.uint32)
        counts -= gone[stops] - gone_before
        return found[:, is_word]

    def _remember(self, text: str, distinct: NDArray[np.uint32]) -> None:
        lengths = distinct[3] - distinct[2]
        distinct = distinct[:, lengths <= MAX_WORD][:, :MOST_PRINTED]  # longer ones are noise: analysed each time
        if self._table.words + distinct.shape[1] > MOST_PRINTED:
            self._table = _Table()
        self._table = self._table.with_room(distinct.shape[1], int(lengths.sum()))
        numbers, _, starts, ends = distinct
        self._loops.insert(wide(text), numbers, starts, ends, self._table.slots, self._table.pool)


class _Table:
    """The printed words met so far, as `cutting` looks into it: whole at any moment, wherever Ctrl-C comes."""

    def __init__(self, bits: int = 11, size: int = 4096) -> None:
        from searchsvc.engines.embedded.analysis import tokenizer_kernels

        self._loops = tokenizer_kernels
        self._bits = bits  # of the number of slots
        self.slots = np.zeros(3 << bits, dtype=np.uint64)
        self.pool = np.zeros(size, dtype=np.uint32)
        self.pool[tokenizer_kernels.TAKEN] = tokenizer_kernels.HEADER
        factors = self.pool[tokenizer_kernels.FACTOR : tokenizer_kernels.SHIFT]
        factors[:] = np.frombuffer(secrets.token_bytes(factors.nbytes), np.uint32)
        factors[::2] |= 1  # they are odd
        self.pool[tokenizer_kernels.SHIFT] = 64 - bits

    @property
    def words(self) -> int:
        return int(self.pool[self._loops.WORDS])

    def with_room(self, words: int, points: int) -> "_Table":
        """This table, or one that has the same words, for so many more with so many code points."""
        taken = int(self.pool[self._loops.TAKEN])
        size, bits = taken + words + points, (2 * (self.words + words)).bit_length()
        if size <= len(self.pool) and bits <= self._bits:
            return self
        wider = _Table(max(bits, self._bits), max(2 * size, len(self.pool)))
        wider.pool[:taken] = self.pool[:taken]
        wider.pool[self._loops.SHIFT] = 64 - wider._bits
        self._loops.spread(self.slots, wider.slots, wider.pool)
        return wider


@cache
def kinds() -> NDArray[np.uint8]:
    """The bits of `cutting` of each code point, as the analyzer's own expressions have them: about a megabyte."""
    from searchsvc.engines.embedded.analysis.tokenizer_kernels import (
        ALPHANUMERIC,
        DIGIT,
        LATIN,
        NEWLINE,
        ONE_CHARACTER,
        WORD,
    )

    table = np.full(0x110000, ALPHANUMERIC | WORD, dtype=np.uint8)
    for run in re.finditer(r"[\W_]+", everything()):
        table[run.start() : run.end()] = 0
    alphanumeric = np.flatnonzero(table)
    # Of those only: to try each code point takes five times as long.
    for run in re.finditer(r"\d+", alphanumeric.astype(np.uint32).tobytes().decode("utf-32-le", "surrogatepass")):
        table[alphanumeric[run.start() : run.end()]] |= DIGIT
    for first, last in SPACELESS:
        of_script = table[ord(first) : ord(last) + 1]
        of_script &= ~np.uint8(WORD)
        of_script |= ONE_CHARACTER
    table[ord(MARKS[0]) : ord(MARKS[1]) + 1] |= WORD
    for first, last in (("A", "Z"), ("a", "z")):
        table[ord(first) : ord(last) + 1] |= LATIN
    table[ord("\n")] = NEWLINE
    return table


def everything() -> str:
    """Each code point once, in their order."""
    return np.arange(0x110000, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")


def wide(text: str) -> NDArray[np.uint32]:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def in_a_row(texts: Sequence[str]) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """The texts as one, where each ends, and room for the number of tokens of each."""
    stops = np.array(list(accumulate(map(len, texts))), dtype=np.int64)
    return "".join(texts), stops, np.empty(len(texts), dtype=np.int64)
