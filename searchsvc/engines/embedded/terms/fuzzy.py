"""FuzzyIndex: the words of a dictionary within some edits of another, by `text.distance`'s measure.

Not for deciding how many edits are allowed (`engines.completion`).
"""

from dataclasses import dataclass

import numpy as np

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.completion import slip_rank
from searchsvc.engines.embedded.kernels.arrays import Uint8s, Uint32s
from searchsvc.engines.embedded.terms.edit_distance import MAX_LETTERS
from searchsvc.engines.embedded.terms.fuzzy_kernels import (
    WordsByLength,
    best_within,
    letter_sets,
    texts_in_order,
    words_within,
)
from searchsvc.text.distance import distance


@dataclass(frozen=True)
class FuzzyIndex:
    """The words of a column, and the same by length for scanning. It takes its letters and 20 bytes a word.

    >>> FuzzyIndex.of(TextColumn.of(["syria", "putin", "putt"])).find("putn", 1)
    (array([2, 1], dtype=uint32), array([1, 1], dtype=uint8))
    """

    words: TextColumn
    by_length: WordsByLength

    @classmethod
    def of(cls, words: TextColumn) -> "FuzzyIndex":
        """The index of a column of words."""
        sets, lengths = letter_sets(words.letters, words.offsets)
        rows = np.argsort(lengths, kind="stable").astype(np.uint32)
        longest = int(lengths.max(initial=0))
        first = np.searchsorted(lengths[rows], np.arange(longest + 2))
        sets = sets[rows]
        once, again = sets.astype(np.uint32), (sets >> np.uint64(32)).astype(np.uint32)
        letters, offsets = texts_in_order(words.letters, words.offsets, rows)
        return cls(words, WordsByLength(rows, letters, offsets, once, again, first))

    def find(self, word: str, max_edits: int) -> tuple[Uint32s, Uint8s]:
        """The rows of the words within so many edits, in no particular order, and the edits of each."""
        rows, ranks = self.ranked(word, max_edits)
        return rows, ranks >> np.uint8(2)

    def ranked(self, word: str, max_edits: int) -> tuple[Uint32s, Uint8s]:
        """As `find`, with the rank of each row: 4 * edits + the second part of `completion.slip_rank`."""
        if not 1 <= len(word) <= MAX_LETTERS:
            return self._ranked_plainly(word, max_edits)
        return words_within(self.by_length, _code_points(word), max_edits)

    def best(
        self, word: str, max_edits: int, fields: int, word_fields: Uint8s, counts: Uint32s, limit: int
    ) -> tuple[Uint32s, Uint32s]:
        """The best `limit` rows of `ranked` that are in any of the `fields`, and their counts.

        Best are the smallest ranks, then the greatest counts, then the smallest rows. `word_fields` (a bit for each
        field) and `counts` are by row; `fields` are such bits.
        """
        if not 1 <= len(word) <= MAX_LETTERS:
            rows, ranks = self._ranked_plainly(word, max_edits)
            in_fields = (word_fields[rows] & fields) > 0
            rows, ranks = rows[in_fields], ranks[in_fields]
            rows = rows[np.lexsort((rows, ~counts[rows], ranks))[:limit]]
            return rows, counts[rows]
        return best_within(self.by_length, _code_points(word), max_edits, fields, word_fields, counts, limit)

    def _ranked_plainly(self, word: str, max_edits: int) -> tuple[Uint32s, Uint8s]:
        """As `ranked`, for words of any length."""
        rows = self.by_length.rows[self._start(len(word) - max_edits) : self._start(len(word) + max_edits + 1)]
        others = self.words.at(rows)
        edits = np.array([distance(word, other, most=max_edits) for other in others], dtype=np.uint8)
        ends = np.array([slip_rank(word, other, 0)[1] for other in others], dtype=np.uint8)
        is_within = edits <= max_edits
        return rows[is_within], (edits << np.uint8(2) | ends)[is_within]

    def _start(self, length: int) -> int:
        """Where the words of so many characters begin in `by_length`."""
        first = self.by_length.first
        return int(first[min(max(length, 0), len(first) - 1)])


def _code_points(word: str) -> Uint32s:
    return np.array(list(map(ord, word)), dtype=np.uint32)
