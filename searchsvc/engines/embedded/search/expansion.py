"""Expansion: the words that a prefix or a fuzzy word stands for, and where they are.

How many are taken, and which, is said in `engines.expansion`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.index.segment import field_bits
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.kernels.docid_sets import NONE
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies_of
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses
from searchsvc.engines.expansion import MAX_EXPANSION, limit_expansion
from searchsvc.model.query import Fuzzy, Prefix
from searchsvc.model.result import Notice
from searchsvc.text.matching import pattern_word


@dataclass(frozen=True)
class LeafMatches:
    """The live documents of a segment that a leaf matches, ascending, and its weighted term frequency in each."""

    docids: Docids
    frequencies: Float64s

    @property
    def size_bytes(self) -> int:
        return 400 + self.docids.nbytes + self.frequencies.nbytes


NO_MATCHES = LeafMatches(NONE, np.empty(0))


class Expander:
    """Expands the leaves of one request, each once. Raises EngineTimeout past the deadline."""

    def __init__(self, snapshot: Snapshot, deadline: Deadline) -> None:
        self.notices: list[Notice] = []  # of leaves that stand for too many words
        self._snapshot = snapshot
        self._deadline = deadline
        self._words: dict[Prefix | Fuzzy, tuple[str, ...]] = {}

    def words(self, leaf: Prefix | Fuzzy, fields: Sequence[str]) -> tuple[str, ...]:
        """The words that a leaf stands for in these fields: MAX_EXPANSION at most, those in the most articles."""
        if leaf not in self._words:
            words = self._candidates(leaf, fields)
            if len(words) > MAX_EXPANSION:  # else they need not be counted
                counts = {word: count for word in words if (count := self.word_count(word, fields))}
                words, notice = limit_expansion(leaf, counts)
                if notice is not None:
                    self.notices.append(notice)
            self._words[leaf] = tuple(words)
        return self._words[leaf]

    def word_count(self, word: str, fields: Sequence[str]) -> int:
        """How many live articles have this very word in any of the fields."""
        total = 0
        for view in self._snapshot.views:
            row = view.segment.dictionary.word_row(word)
            if row is None:
                continue
            if not len(view.live) and not int(view.segment.word_fields[row]) & ~field_bits(fields):
                total += int(view.segment.word_counts[row])
                continue
            self._deadline.check()
            stem_classes = view.segment.dictionary.classes_of_words(np.array([row]))
            total += len(self.matches(stem_classes, tuple(fields), view).docids)
        return total

    def matches(self, stem_classes: StemClasses, fields: tuple[str, ...], view: View) -> LeafMatches:
        """Where forms of some stem classes are in these fields of a segment, all of them as one leaf."""
        if not len(stem_classes.numbers):
            return NO_MATCHES
        self._deadline.check()
        postings = view.segment.postings
        postings.check_all(stem_classes.numbers)
        norms = view.norms(fields, self._snapshot.averages)
        return LeafMatches(*frequencies_of(postings.arrays, stem_classes, norms, view.live))

    def _candidates(self, leaf: Prefix | Fuzzy, fields: Sequence[str]) -> list[str]:
        """All words of the dictionaries that a leaf matches and that stand in these fields, of deleted articles too."""
        wanted = pattern_word(leaf.text)
        if not wanted:
            return []
        field_mask = field_bits(fields)
        found: set[str] = set()
        for view in self._snapshot.views:
            self._deadline.check()
            words, word_fields = view.segment.dictionary.words, view.segment.word_fields
            match leaf:
                case Prefix():
                    rows = view.segment.dictionary.rows_with_prefix(wanted)
                    matching = words.at(rows.start + np.flatnonzero(word_fields[rows.start : rows.stop] & field_mask))
                case Fuzzy(distance=distance):
                    near, _ = view.segment.dictionary.fuzzy_index.find(wanted, distance)
                    matching = words.at(near[(word_fields[near] & field_mask) > 0])
                case _:
                    assert_never(leaf)
            found.update(matching)
        return sorted(found)
