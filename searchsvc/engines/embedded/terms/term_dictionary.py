"""TermDictionary: the words of a segment, its stem classes, and the forms in each: look-up by word, stem or prefix.

What a form and a stem class are is on the page `postings.format`. Stem classes are in the order of their stems. Forms
are numbered over all stem classes, and are within one in the order of their words, an acronym after the same word
without capitals. A word has forms in several stem classes if several languages give it different stems.

Not for words by edit distance (`fuzzy`), nor for how a query's terms are chosen (`text.analyzer`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import AnyArray, TextColumn
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.byte_strings import first_not_below, joined, row_of, rows_of
from searchsvc.engines.embedded.terms.frequent_words import NEWLINE, most_frequent_with_prefix
from searchsvc.engines.embedded.terms.fuzzy import FuzzyIndex
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, Form

# Look-ups by index terms that are remembered; when there are more, all are dropped.
REMEMBERED = 2_000

Weights = Float64s  # what an occurrence of each form of a stem class counts
WeightedTerms = tuple[tuple[str, float], ...]  # index terms as `text.analyzer` gives them, and their weights


class StemClasses(NamedTuple):
    """Some stem classes of a segment, and what an occurrence of each of their forms counts.

    The weights of the stem class `numbers[i]` are `weights[first_weight[i]:first_weight[i + 1]]`.
    """

    numbers: Int64s
    first_weight: Int64s
    weights: Weights

    @classmethod
    def of(cls, weights: Mapping[int, Weights]) -> "StemClasses":
        """Of the weights of each stem class."""
        first = np.zeros(len(weights) + 1, dtype=np.int64)
        np.cumsum([len(each) for each in weights.values()], out=first[1:])
        return cls(np.array([*weights], dtype=np.int64), first, np.concatenate([np.empty(0), *weights.values()]))


@dataclass(frozen=True)
class TermDictionary:
    """Form f has the word in row `word_of[f]` of `words`, and is an acronym if `acronyms[f]` is 1.

    Stem class c has the stem in row c of `stems`, and the forms `first_form[c]` to `first_form[c + 1]`. Both columns
    ascend.
    """

    stems: TextColumn
    words: TextColumn
    first_form: Uint32s
    word_of: Uint32s
    acronyms: Uint8s

    @property
    def stem_class_count(self) -> int:
        """How many stem classes there are."""
        return len(self.stems)

    def forms(self) -> list[Form]:
        """All forms, in order."""
        stems, words = self.stems.texts(), self.words.texts()
        stem_class_of = self.stem_class_of.tolist()
        return [
            (words[word], stems[stem_class], bool(acronym))
            for word, stem_class, acronym in zip(
                self.word_of.tolist(), stem_class_of, self.acronyms.tolist(), strict=True
            )
        ]

    def arrays(self) -> dict[str, AnyArray]:
        """What a segment's file keeps; `read` makes a dictionary of it."""
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
        """The dictionary of which `arrays` gave these."""
        return cls(
            TextColumn(arrays["stems:letters"], arrays["stems:offsets"]),
            TextColumn(arrays["words:letters"], arrays["words:offsets"]),
            arrays["stem_class_first"],
            arrays["form_words"],
            arrays["form_acronyms"],
        )

    # -- by index terms ----------------------------------------------------------------------------------------------

    def form_weights(self, terms: WeightedTerms) -> dict[int, Weights]:
        """The stem classes that have any of these index terms, and what an occurrence of each of their forms counts.

        A form has the term of its word; that of its stem, where this is another word; and, if it is an acronym, that
        of its word in capitals (`text.analyzer.index_terms`). The weights of the terms that it has add up.
        """
        weights = self._form_weights.get(terms)
        if weights is None:
            weights = {}
            for term, weight in terms:
                if weight > 0:
                    for form in self._forms_with(term):
                        stem_class = int(self.stem_class_of[form])
                        if stem_class not in weights:
                            weights[stem_class] = np.zeros_like(self.full_weights(stem_class))
                        weights[stem_class][form - int(self.first_form[stem_class])] += weight
            if len(self._form_weights) >= REMEMBERED:
                self._form_weights.clear()
            self._form_weights[terms] = weights
        return weights

    def single_stem_class(self, terms: WeightedTerms) -> tuple[int, Weights] | None:
        """The stem class of `form_weights` if it is only one and each of its forms counts; otherwise None.

        Stem class -1, without weights, if no form has any of the terms.
        """
        if terms not in self._single_stem_classes:
            found = self.form_weights(terms)
            single: tuple[int, Weights] | None = (-1, np.empty(0))
            for stem_class, weights in found.items():
                single = (stem_class, weights) if len(found) == 1 and weights.all() else None
            if len(self._single_stem_classes) >= REMEMBERED:
                self._single_stem_classes.clear()
            self._single_stem_classes[terms] = single
        return self._single_stem_classes[terms]

    def _forms_with(self, term: str) -> Sequence[int]:
        """The forms that have an index term."""
        if term[:1] == STEM_MARK:
            stem_class = _row(self.stems, term[1:])
            if stem_class is None:
                return ()
            own = self.word_row(term[1:])
            forms = range(self.first_form[stem_class], self.first_form[stem_class + 1])
            return [form for form in forms if self.word_of[form] != own]
        if term[:1] == ACRONYM_MARK:
            row = self.word_row(term[1:])
            return [] if row is None else [form for form in self._forms_of_word(row) if self.acronyms[form]]
        row = self.word_row(term)
        return [] if row is None else self._forms_of_word(row)

    def _forms_of_word(self, row: int) -> list[int]:
        order, first = self.forms_by_word
        forms: list[int] = order[first[row] : first[row + 1]].tolist()
        return forms

    # -- by word -----------------------------------------------------------------------------------------------------

    def word_row(self, word: str) -> int | None:
        """The row of a word; None if it is not there."""
        return _row(self.words, word)

    def word_rows(self, words: Iterable[str]) -> Int64s:
        """The row of each of some words, -1 if it is not there (int64)."""
        wanted = TextColumn.of(words)
        return rows_of(self.words.letters, self.words.offsets, wanted.letters, wanted.offsets)

    def words_at(self, rows: Uint32s) -> list[str]:
        """The words of some rows, in their order."""
        return _split(joined(self.words.letters, self.words.offsets, rows.astype(np.int64), NEWLINE))

    def classes_of_words(self, rows: Int64s) -> StemClasses:
        """The stem classes of the words in some rows (each once): their forms count 1, other forms 0."""
        order, starts = self.forms_by_word
        counts = starts[rows + 1] - starts[rows]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        forms = order[np.repeat(starts[rows], counts) + within]
        stem_classes, class_index = np.unique(self.stem_class_of[forms].astype(np.int64), return_inverse=True)
        sizes = self.first_form[stem_classes + 1].astype(np.int64) - self.first_form[stem_classes]
        first_weight = np.concatenate(([0], np.cumsum(sizes)))
        weights = np.zeros(first_weight[-1])
        weights[first_weight[class_index] + forms - self.first_form[stem_classes][class_index]] = 1.0
        return StemClasses(stem_classes, first_weight, weights)

    def rows_with_prefix(self, prefix: str) -> range:
        """The rows of the words with a prefix."""
        letters, offsets, wanted = self.words.letters, self.words.offsets, _bytes(prefix)
        return range(first_not_below(letters, offsets, wanted, False), first_not_below(letters, offsets, wanted, True))

    def most_frequent(self, prefix: str, counts: Uint32s, limit: int) -> tuple[dict[str, int], int]:
        """Up to `limit` (at least 1) words with a prefix and their counts; and how many words have the prefix.

        The greatest counts first, ties in ascending order of words. `counts` is by row; words with count 0 are left
        out.
        """
        letters, offsets = self.words.letters, self.words.offsets
        words, found, total = most_frequent_with_prefix(letters, offsets, _bytes(prefix), counts, limit)
        return dict(zip(_split(words), found.tolist(), strict=True)), total

    @cached_property
    def fuzzy_index(self) -> FuzzyIndex:
        """Finds words by edit distance."""
        return FuzzyIndex.of(self.words)

    # -- by stem -----------------------------------------------------------------------------------------------------

    def stem_class(self, stem: str) -> int | None:
        """The stem class of a stem; None if there is none."""
        return _row(self.stems, stem)

    def stem_classes_of(self, stems: Sequence[str]) -> Int64s:
        """The stem class of each of some stems, -1 if there is none (int64)."""
        wanted = TextColumn.of(stems)
        return rows_of(self.stems.letters, self.stems.offsets, wanted.letters, wanted.offsets)

    def full_weights(self, stem_class: int) -> Weights:
        """Weights of a stem class by which every form counts 1."""
        return np.ones(int(self.first_form[stem_class + 1]) - int(self.first_form[stem_class]))

    # -- made when first needed --------------------------------------------------------------------------------------

    @cached_property
    def stem_class_of(self) -> Uint32s:
        """The stem class of each form."""
        return np.repeat(np.arange(self.stem_class_count, dtype=np.uint32), np.diff(self.first_form))

    @cached_property
    def forms_by_word(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The forms in the order of their words; and where those of each row begin, with one more at the end."""
        order = np.argsort(self.word_of, kind="stable")
        return order, np.searchsorted(self.word_of[order], np.arange(len(self.words) + 1))

    @cached_property
    def _form_weights(self) -> dict[WeightedTerms, dict[int, Weights]]:
        return {}

    @cached_property
    def _single_stem_classes(self) -> dict[WeightedTerms, tuple[int, Weights] | None]:
        return {}


def dictionary_of(forms: Sequence[Form]) -> tuple[TermDictionary, Uint32s, Uint32s]:
    """The dictionary of distinct forms; and of each of them its stem class, and its number within that (uint32)."""
    keys = [(stem, word, acronym) for word, stem, acronym in forms]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
    keys.sort()
    stems = {stem: stem_class for stem_class, stem in enumerate(dict.fromkeys([stem for stem, _, _ in keys]))}
    stem_classes = np.array([stems[stem] for stem, _, _ in keys], dtype=np.uint32)
    first_form = np.searchsorted(stem_classes, np.arange(len(stems) + 1)).astype(np.uint32)
    stem_class_of = np.empty(len(keys), dtype=np.uint32)
    number_within = np.empty(len(keys), dtype=np.uint32)
    stem_class_of[order] = stem_classes
    number_within[order] = np.arange(len(keys), dtype=np.uint32) - first_form[stem_classes]
    words = {word: row for row, word in enumerate(sorted({word for _, word, _ in keys}))}
    dictionary = TermDictionary(
        TextColumn.of(stems),
        TextColumn.of(words),
        first_form,
        np.array([words[word] for _, word, _ in keys], dtype=np.uint32),
        np.array([acronym for _, _, acronym in keys], dtype=np.uint8),
    )
    return dictionary, stem_class_of, number_within


def _bytes(text: str) -> Bytes:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _split(lines: Bytes) -> list[str]:
    return lines.tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]


def _row(column: TextColumn, text: str) -> int | None:
    row = row_of(column.letters, column.offsets, _bytes(text))
    return row if row >= 0 else None
