"""Fast tokenizer: `text.analyzer.tokenize` in compiled loops, with tokens as arrays.

It gives the same tokens at a small part of the time. The word, stem and capitals of a token are its **form**, which has
one number in all languages, in order of first appearance. A word as printed is analysed when first met, and looked
up in a hash table from then on.

Not for deciding what a word is or what its stem is: `text.analyzer` does both.

Threads: `Tokenizers` and what it gives may be shared. A call holds one lock, for microseconds once its words are known.

>>> tokenizers = Tokenizers()
>>> tokens = tokenizers.of("en").tokenize("Air strikes: more air strikes")
>>> tokens.forms.tolist(), [tokenizers.forms[form][1] for form in tokens.forms]
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

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.analysis.tokens import TokenBatch, TokenMatrix, Tokens
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.text.analyzer import LINE_GAP, MARKS, MAX_WORD, SPACELESS, Form, Token, analyse, index_terms
from searchsvc.text.stemmers import SNOWBALL

# Printed words in the table of a language, some 15 MB; beyond, the table starts empty again. Numbers of forms stay.
MAX_PRINTED_WORDS = 200_000

# Forms that an owner of `Tokenizers` should let it keep, some 300 bytes each.
MAX_FORMS = 120_000

# Characters of texts whose tokens fit into the buffer that a tokenizer keeps, 1 MB a language.
_BUFFERED_CHARACTERS = 65_536


class Tokenizers:
    """A tokenizer for each language, and the forms that they have met.

    `forms` only grows, some 300 bytes each: whoever owns this replaces it when there are too many.
    """

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self._numbers: dict[Form, int] = {}
        self._by_language: dict[str, FastTokenizer] = {}
        self._by_term: dict[str, list[int]] = {}
        self._forms_by_term = 0  # the number of forms that are in _by_term
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
            while self._forms_by_term < len(self.forms):
                for term in index_terms(Token(*self.forms[self._forms_by_term], 0, 0, 0)):
                    self._by_term.setdefault(term, []).append(self._forms_by_term)
                self._forms_by_term += 1
            return {form for term in terms for form in self._by_term.get(term, ())}

    def to_tokens(self, tokens: Tokens, rows: NDArray[np.integer] | slice = slice(None)) -> list[Token]:
        """The tokens, or those at some rows, as `analyzer.tokenize` gives them."""
        forms = self.forms
        columns = [column[rows].tolist() for column in (tokens.forms, tokens.starts, tokens.ends, tokens.positions)]
        return [
            Token._make((*forms[form], *span_and_position)) for form, *span_and_position in zip(*columns, strict=True)
        ]

    def _numbers_of(self, forms: Iterable[Form]) -> list[int]:
        """The numbers of forms, new ones added; NO_WORD for a form without a word."""
        from searchsvc.engines.embedded.analysis.tokenizer_kernels import NO_WORD

        known = self._numbers
        numbers = []
        for form in forms:
            number = known.get(form)
            if number is None and form[0]:
                number = known[form] = len(self.forms)
                self.forms.append(form)
            numbers.append(NO_WORD if number is None else number)
        return numbers


class FastTokenizer:
    """Tokenizes texts of one language. `Tokenizers` makes it."""

    def __init__(self, language: str, numbers_of: Callable[[Iterable[Form]], list[int]], lock: Lock) -> None:
        # Here, not above: numba takes a quarter of a second to load, and most commands tokenize nothing.
        from searchsvc.engines.embedded.analysis import tokenizer_kernels

        self._language = language
        self._numbers_of = numbers_of
        self._lock = lock
        self._kernels = tokenizer_kernels
        self._classes = word_classes()
        self._buffer: Uint32s = np.empty((4, 1024), dtype=np.uint32)  # rows of `Tokens`
        self._table = _GrowingTable()

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a text; the arrays are the caller's."""
        with self._lock:
            rows = self._rows(text, np.array([len(text)]), np.empty(1, np.int64))
            return Tokens(*rows.copy())

    def tokenize_batch(self, texts: Sequence[str]) -> TokenBatch:
        """The forms and positions of several texts: less work than one by one."""
        text, ends, counts = _joined(texts)
        with self._lock:
            rows = self._rows(text, ends, counts)
            return TokenBatch(rows[0].copy(), rows[1].copy(), counts)

    def tokenize_to_matrix(self, texts: Sequence[str]) -> TokenMatrix:
        """As `tokenize_batch`, with the spans of the tokens in their texts."""
        text, ends, counts = _joined(texts)
        with self._lock:
            rows = self._rows(text, ends, counts).copy()
        starts = np.concatenate(([0], ends))[: len(ends)]
        rows[2:] -= np.repeat(starts, counts).astype(np.uint32)
        return TokenMatrix(rows, counts)

    def _rows(self, text: str, ends: Int64s, counts: Int64s) -> Uint32s:
        """The rows of `Tokens` of texts that are joined to one, with spans in that; the next call may overwrite them.

        `ends` are the ends of the texts; `counts` takes the number of tokens of each.
        """
        buffer = self._buffer_for(len(text))
        others = (ends, LINE_GAP, self._classes, self._table.table, buffer, counts)
        if text.isascii():
            count = self._kernels.tokenize_ascii_texts(np.frombuffer(text.encode("ascii"), np.uint8), *others)
        else:
            count = self._kernels.tokenize_texts(code_points(text), *others)
        return buffer[:, :count] if count >= 0 else self._with_unknown(text, buffer[:, :-count], counts)

    def _buffer_for(self, tokens: int) -> Uint32s:
        """A buffer for so many tokens at least, kept for the next call unless it is large."""
        size = self._buffer.shape[1]
        if tokens <= size:
            return self._buffer
        buffer = np.empty((4, max(tokens, 2 * size)), dtype=np.uint32)
        if tokens <= _BUFFERED_CHARACTERS:
            self._buffer = buffer
        return buffer

    def _with_unknown(self, text: str, rows: Uint32s, counts: Int64s) -> Uint32s:
        """The rows with numbers in place of UNKNOWN: new printed words are analysed, and inserted into the table.

        Tokens without a word are removed, from `counts` too, and the positions of those after them move up.
        """
        new = np.flatnonzero(rows[0] == self._kernels.UNKNOWN)
        spans = rows[2:, new]
        printed = [text[start:end] for start, end in spans.T.tolist()]
        firsts = sorted(dict(zip(reversed(printed), range(len(printed) - 1, -1, -1), strict=True)).values())
        words = [printed[first] for first in firsts]
        number_of = dict(zip(words, self._numbers_of(analyse(words, self._language)), strict=True))
        rows[0, new] = [number_of[word] for word in printed]
        self._insert(text, rows[:, new[firsts]])
        is_word = rows[0] != self._kernels.NO_WORD
        if is_word.all():
            return rows
        removed_before = np.concatenate(([0], np.cumsum(~is_word)))
        ends = np.cumsum(counts)
        removed_before_text = removed_before[ends - counts]
        rows[1] -= (removed_before[1:] - np.repeat(removed_before_text, counts)).astype(np.uint32)
        counts -= removed_before[ends] - removed_before_text
        return rows[:, is_word]

    def _insert(self, text: str, rows: Uint32s) -> None:
        """Insert distinct printed words into the table, except long ones: they are noise, and analysed each time."""
        lengths = rows[3] - rows[2]
        rows = np.ascontiguousarray(rows[:, lengths <= MAX_WORD][:, :MAX_PRINTED_WORDS])
        if self._table.words + rows.shape[1] > MAX_PRINTED_WORDS:
            self._table = _GrowingTable()
        self._table = self._table.with_room(rows.shape[1], int(lengths.sum()))
        forms, _, starts, ends = rows
        self._kernels.insert_words(code_points(text), forms, starts, ends, self._table.table)


class _GrowingTable:
    """A `WordTable` that is replaced by a larger one before it is full: consistent wherever an interrupt comes."""

    def __init__(self, slot_bits: int = 11, pool_size: int = 4096) -> None:
        from searchsvc.engines.embedded.analysis import tokenizer_kernels

        self._kernels = tokenizer_kernels
        self._slot_bits = slot_bits  # of the number of slots
        slots, pool = np.zeros(3 << slot_bits, dtype=np.uint64), np.zeros(pool_size, dtype=np.uint32)
        pool[tokenizer_kernels.USED] = tokenizer_kernels.HEADER
        factors = pool[tokenizer_kernels.FACTOR : tokenizer_kernels.SHIFT]
        factors[:] = np.frombuffer(secrets.token_bytes(factors.nbytes), np.uint32)
        factors[::2] |= 1  # the factors are odd
        pool[tokenizer_kernels.SHIFT] = 64 - slot_bits
        self.table = tokenizer_kernels.WordTable(slots, pool)

    @property
    def words(self) -> int:
        return int(self.table.pool[self._kernels.WORDS])

    def with_room(self, words: int, points: int) -> "_GrowingTable":
        """This table, or a larger one with the same words, with room for more words of so many code points in all."""
        slots, pool = self.table
        used = int(pool[self._kernels.USED])
        pool_size, slot_bits = used + words + points, (2 * (self.words + words)).bit_length()
        if pool_size <= len(pool) and slot_bits <= self._slot_bits:
            return self
        larger = _GrowingTable(max(slot_bits, self._slot_bits), max(2 * pool_size, len(pool)))
        larger.table.pool[:used] = pool[:used]
        larger.table.pool[self._kernels.SHIFT] = 64 - larger._slot_bits
        self._kernels.rehash(slots, larger.table)
        return larger


@cache
def word_classes() -> Uint8s:
    """The class of each code point, as bits of `tokenizer_kernels` (uint8): about a megabyte.

    The analyzer's own expressions decide.
    """
    from searchsvc.engines.embedded.analysis.tokenizer_kernels import (
        ALPHANUMERIC,
        DIGIT,
        LATIN,
        NEWLINE,
        ONE_CHARACTER,
        WORD,
    )

    classes = np.full(0x110000, ALPHANUMERIC | WORD, dtype=np.uint8)
    for run in re.finditer(r"[\W_]+", every_character()):
        classes[run.start() : run.end()] = 0
    alphanumeric = np.flatnonzero(classes)
    # Of those only: to try each code point takes five times as long.
    for run in re.finditer(r"\d+", alphanumeric.astype(np.uint32).tobytes().decode("utf-32-le", "surrogatepass")):
        classes[alphanumeric[run.start() : run.end()]] |= DIGIT
    for first, last in SPACELESS:
        of_script = classes[ord(first) : ord(last) + 1]
        of_script &= ~np.uint8(WORD)
        of_script |= ONE_CHARACTER
    classes[ord(MARKS[0]) : ord(MARKS[1]) + 1] |= WORD
    for first, last in (("A", "Z"), ("a", "z")):
        classes[ord(first) : ord(last) + 1] |= LATIN
    classes[ord("\n")] = NEWLINE
    return classes


def every_character() -> str:
    """All code points, lone surrogates too, in their order."""
    return np.arange(0x110000, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")


def code_points(text: str) -> Uint32s:
    """The code points of a text (uint32)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _joined(texts: Sequence[str]) -> tuple[str, Int64s, Int64s]:
    """The texts joined to one, the end of each in it, and memory for the number of tokens of each."""
    ends = np.array(list(accumulate(map(len, texts))), dtype=np.int64)
    return "".join(texts), ends, np.empty(len(texts), dtype=np.int64)
