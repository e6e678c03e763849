"""TermDictionary: the words of a segment: its stem classes, the forms in each, and finding them by word, stem or
beginning.

What a form and a stem class are, says `postings`. Stem classes ascend by stem; in a stem class forms ascend by word,
the one in capitals last; they are numbered through. So a word's forms may be in several stem classes: of each language
another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import AnyArray, TextColumn
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.byte_strings import first_not_below, joined, row_of, rows_of
from searchsvc.engines.embedded.kernels.jit import kernel
from searchsvc.engines.embedded.terms.fuzzy import FuzzyIndex
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, Form

# Of so many words asked it is remembered where they are.
REMEMBERED = 2_000

NEWLINE = 10  # no word has one

Weights = NDArray[np.float64]  # what an occurrence of each form of a stem class counts


class StemClasses(NamedTuple):
    """Some stem classes of a segment, and what an occurrence of each of their forms counts.

    Those of the stem class `numbers[i]` are `weights[first_weight[i]:first_weight[i + 1]]`.
    """

    numbers: NDArray[np.int64]
    first_weight: NDArray[np.int64]
    weights: Weights

    @classmethod
    def of(cls, weights: Mapping[int, Weights]) -> "StemClasses":
        first = np.zeros(len(weights) + 1, dtype=np.int64)
        np.cumsum([len(each) for each in weights.values()], out=first[1:])
        return cls(np.array([*weights], dtype=np.int64), first, np.concatenate([np.empty(0), *weights.values()]))


@dataclass(frozen=True)
class TermDictionary:
    """Form l has the word `words[word_of[l]]`; stem class f has the forms `first[f]` to `first[f + 1]`."""

    stems: TextColumn
    words: TextColumn
    first_form: NDArray[np.uint32]
    word_of: NDArray[np.uint32]
    acronyms: NDArray[np.uint8]

    @property
    def stem_class_count(self) -> int:
        return len(self.stems)

    def forms(self) -> list[Form]:
        """All of them, in order."""
        stems, words = self.stems.texts(), self.words.texts()
        stem_class_of = self.stem_class_of.tolist()
        return [
            (words[word], stems[stem_class], bool(acronym))
            for word, stem_class, acronym in zip(
                self.word_of.tolist(), stem_class_of, self.acronyms.tolist(), strict=True
            )
        ]

    def arrays(self) -> dict[str, AnyArray]:
        """What is kept in a file; `read` gives the dictionary back."""
        return {
            "stems:letters": self.stems.letters,
            "stems:offsets": self.stems.offsets,
            "words:letters": self.words.letters,
            "words:offsets": self.words.offsets,
            "stem_class_first": self.first_form,
            "form_words": self.word_of,
            "form_acronyms": self.acronyms,
        }

    @classmethod
    def read(cls, arrays: Mapping[str, AnyArray]) -> "TermDictionary":
        return cls(
            TextColumn(arrays["stems:letters"], arrays["stems:offsets"]),
            TextColumn(arrays["words:letters"], arrays["words:offsets"]),
            arrays["stem_class_first"],
            arrays["form_words"],
            arrays["form_acronyms"],
        )

    def single_stem_class(self, terms: tuple[tuple[str, float], ...]) -> tuple[int, Weights] | None:
        """The stem class that index terms stand for, when it is one and all of it; -1 for a word that is nowhere."""
        if terms not in self._wholes:
            found = self.form_weights(terms)
            whole: tuple[int, Weights] | None = (-1, np.empty(0))
            for stem_class, weights in found.items():
                whole = (stem_class, weights) if len(found) == 1 and weights.all() else None
            if len(self._wholes) >= REMEMBERED:
                self._wholes.clear()
            self._wholes[terms] = whole
        return self._wholes[terms]

    def form_weights(self, terms: tuple[tuple[str, float], ...]) -> dict[int, Weights]:
        """The stem classes that have any of these index terms, and what each of their forms counts by them.

        A form has the term of its word, of its stem where that differs, and of its word in capitals
        (`text.analyzer.index_terms`); the weights of those that it has add up.
        """
        known = self._known.get(terms)
        if known is None:
            known = {}
            for term, weight in terms:
                if weight > 0:
                    for form in self._having(term):
                        self._add(known, form, weight)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[terms] = known
        return known

    def classes_of_words(self, rows: NDArray[np.int64]) -> "StemClasses":
        """The stem classes of some words, each of their forms counting 1, the others 0."""
        order, starts = self.by_word
        counts = starts[rows + 1] - starts[rows]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        forms = order[np.repeat(starts[rows], counts) + within]
        stem_classes, of_form = np.unique(self.stem_class_of[forms].astype(np.int64), return_inverse=True)
        first = np.concatenate(
            ([0], np.cumsum(self.first_form[stem_classes + 1].astype(np.int64) - self.first_form[stem_classes]))
        )
        weights = np.zeros(first[-1])
        weights[first[of_form] + forms - self.first_form[stem_classes][of_form]] = 1.0
        return StemClasses(stem_classes, first, weights)

    def word_row(self, word: str) -> int | None:
        """The place of a word among `words`."""
        return _row(self.words, word)

    def word_rows(self, words: Iterable[str]) -> NDArray[np.int64]:
        """The place of each of some words, -1 where it is not there."""
        wanted = TextColumn.of(words)
        return rows_of(self.words.letters, self.words.offsets, wanted.letters, wanted.offsets)

    def stem_class(self, stem: str) -> int | None:
        """The stem class of a stem."""
        return _row(self.stems, stem)

    def stem_classes_of(self, stems: Sequence[str]) -> NDArray[np.int64]:
        """The stem class of each of some stems, -1 where there is none."""
        wanted = TextColumn.of(stems)
        return rows_of(self.stems.letters, self.stems.offsets, wanted.letters, wanted.offsets)

    def full_weights(self, stem_class: int) -> Weights:
        """Every form of a stem class counting 1."""
        return np.ones(int(self.first_form[stem_class + 1]) - int(self.first_form[stem_class]))

    def rows_with_prefix(self, beginning: str) -> range:
        """The rows of the words that begin so."""
        wanted = _bytes(beginning)
        letters, offsets = self.words.letters, self.words.offsets
        return range(first_not_below(letters, offsets, wanted, False), first_not_below(letters, offsets, wanted, True))

    def most_frequent(self, beginning: str, counts: NDArray[np.uint32], limit: int) -> tuple[dict[str, int], int]:
        """Up to `limit` words that begin so with their counts, the greatest first, then as they ascend; how many do.

        `counts` are of each word; one of which it is 0 is left out. `limit` is more than 0.
        """
        letters, offsets = self.words.letters, self.words.offsets
        together, of_each, number = most_counted(letters, offsets, _bytes(beginning), counts, limit)
        return dict(zip(_apart(together), of_each.tolist(), strict=True)), number

    def words_at(self, rows: NDArray[np.uint32]) -> list[str]:
        """The words of some rows, in their order."""
        return _apart(joined(self.words.letters, self.words.offsets, rows, NEWLINE))

    @cached_property
    def fuzzy_index(self) -> FuzzyIndex:
        """Finds words by how many letters they are off."""
        return FuzzyIndex.of(self.words)

    @cached_property
    def _wholes(self) -> dict[tuple[tuple[str, float], ...], tuple[int, Weights] | None]:
        return {}

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, float], ...], dict[int, Weights]]:
        return {}

    @cached_property
    def stem_class_of(self) -> NDArray[np.uint32]:
        """The stem class of each form."""
        return np.repeat(np.arange(self.stem_class_count, dtype=np.uint32), np.diff(self.first_form))

    @cached_property
    def by_word(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The forms by their word, and where those of each word begin."""
        order = np.argsort(self.word_of, kind="stable")
        return order, np.searchsorted(self.word_of[order], np.arange(len(self.words) + 1))

    def _having(self, term: str) -> Sequence[int]:
        if term[:1] == STEM_MARK:
            stem_class = _row(self.stems, term[1:])
            if stem_class is None:
                return ()
            own = self.word_row(term[1:])
            return [
                form
                for form in range(self.first_form[stem_class], self.first_form[stem_class + 1])
                if self.word_of[form] != own
            ]
        if term[:1] == ACRONYM_MARK:
            row = self.word_row(term[1:])
            return [] if row is None else [form for form in self._forms_of(row) if self.acronyms[form]]
        row = self.word_row(term)
        return [] if row is None else self._forms_of(row)

    def _forms_of(self, row: int) -> list[int]:
        order, starts = self.by_word
        forms: list[int] = order[starts[row] : starts[row + 1]].tolist()
        return forms

    def _add(self, found: dict[int, Weights], form: int, weight: float) -> None:
        stem_class = int(self.stem_class_of[form])
        weights = found.get(stem_class)
        if weights is None:
            weights = found[stem_class] = np.zeros(
                int(self.first_form[stem_class + 1]) - int(self.first_form[stem_class])
            )
        weights[form - int(self.first_form[stem_class])] += weight


def dictionary_of(forms: Sequence[Form]) -> tuple[TermDictionary, NDArray[np.uint32], NDArray[np.uint32]]:
    """The dictionary of different forms; of each of them its stem class and its number within it (uint32)."""
    keys = [(stem, word, acronym) for word, stem, acronym in forms]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
    keys.sort()
    stems = {stem: stem_class for stem_class, stem in enumerate(dict.fromkeys([stem for stem, _, _ in keys]))}
    stem_classes = np.array([stems[stem] for stem, _, _ in keys], dtype=np.uint32)
    first = np.searchsorted(stem_classes, np.arange(len(stems) + 1)).astype(np.uint32)
    stem_class_of = np.empty(len(keys), dtype=np.uint32)
    local_of = np.empty(len(keys), dtype=np.uint32)
    stem_class_of[order] = stem_classes
    local_of[order] = np.arange(len(keys), dtype=np.uint32) - first[stem_classes]
    words = {word: row for row, word in enumerate(sorted({word for _, word, _ in keys}))}
    dictionary = TermDictionary(
        TextColumn.of(stems),
        TextColumn.of(words),
        first,
        np.array([words[word] for _, word, _ in keys], dtype=np.uint32),
        np.array([acronym for _, _, acronym in keys], dtype=np.uint8),
    )
    return dictionary, stem_class_of, local_of


def _bytes(text: str) -> Bytes:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _apart(together: Bytes) -> list[str]:
    return together.tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]


def _row(column: TextColumn, text: str) -> int | None:
    row = row_of(column.letters, column.offsets, _bytes(text))
    return row if row >= 0 else None


@kernel
def most_counted(
    letters: Bytes, offsets: NDArray[np.uint64], wanted: Bytes, counts: NDArray[np.uint32], limit: int
) -> tuple[Bytes, NDArray[np.uint32], int]:
    """As `TermDictionary.most_frequent`: the words `joined`, their counts, and how many begin so."""
    low, high = first_not_below(letters, offsets, wanted, False), first_not_below(letters, offsets, wanted, True)
    rows = np.empty(min(limit, high - low), np.int64)
    held = 0
    for row in range(low, high):
        count = counts[row]
        if count and (held < rows.size or count > counts[rows[held - 1]]):
            held = min(held + 1, rows.size)
            place = held - 1
            while place > 0 and counts[rows[place - 1]] < count:
                rows[place] = rows[place - 1]
                place -= 1
            rows[place] = row
    rows = rows[:held]
    return joined(letters, offsets, rows, NEWLINE), counts[rows], high - low
