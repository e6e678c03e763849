"""Evaluating: which documents of each segment a query matches, and how much each leaf is worth there.

A leaf becomes arrays: document numbers and, when asked for, its weighted frequency (`engines.ranking`); And, Or and Not
are intersections, unions and complements of them. What a leaf matches is `text.matching`'s to say.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, DocSet, union
from searchsvc.engines.asked import facet_field, known_field
from searchsvc.engines.embedded.deadline import Deadline
from searchsvc.engines.embedded.places import NONE, Keys, documents_of, row_keys, window_keys, word_keys
from searchsvc.engines.embedded.postings import ArrayCache
from searchsvc.engines.embedded.snapshot import Snapshot, View
from searchsvc.engines.expanding import MAX_EXPANSION, bounded
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS, Field, FieldKind, value_key
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    Leaf,
    MatchAll,
    MatchNone,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
)
from searchsvc.model.request import DateFilter, SearchRequest, ValueFilter
from searchsvc.model.result import Notice
from searchsvc.text.analyzer import QueryWord, query_words
from searchsvc.text.distance import within
from searchsvc.text.matching import WordLeaf, pattern_word

DocSets = tuple[DocSet, ...]  # of each segment


@dataclass(frozen=True)
class Found:
    """The live documents of a segment in which a leaf is (ascending), and its weighted frequency in each."""

    docnums: Docnums
    frequencies: NDArray[np.float64]

    @property
    def size_bytes(self) -> int:
        return 400 + self.docnums.nbytes + self.frequencies.nbytes


class Evaluation:
    """One request on one snapshot: its sets, each leaf found once."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, deadline: Deadline, cache: ArrayCache) -> None:
        self.snapshot = snapshot
        self.request = request
        self.deadline = deadline
        self.notices: list[Notice] = []
        self._cache = cache
        self._found: dict[WordLeaf, tuple[Found, ...]] = {}
        self._words_of: dict[Term | Phrase, tuple[QueryWord, ...]] = {}
        self._expansions: dict[WordLeaf, tuple[str, ...]] = {}

    # -- sets --------------------------------------------------------------------------------------------------------

    def docsets(self, query: Query) -> DocSets:
        """The live documents that match, of each segment."""
        self.deadline.check()
        match query:
            case And(children):
                return self._combined(children, lambda one, other: one & other, self.everything())
            case Or(children):
                return self._combined(children, lambda one, other: one | other, self.nothing())
            case Not(child):
                return tuple(
                    view.live & ~docset for view, docset in zip(self.snapshot.views, self.docsets(child), strict=True)
                )
            case MatchAll():
                return self.everything()
            case MatchNone():
                return self.nothing()
            case _:
                return self._leaf(query)

    def everything(self) -> DocSets:
        return tuple(view.live for view in self.snapshot.views)

    def nothing(self) -> DocSets:
        return tuple(DocSet.none(view.size) for view in self.snapshot.views)

    def in_dates(self, dates: DateFilter | None) -> DocSets:
        """The documents published in a span; deleted ones may be among them."""
        if dates is None:
            return self.everything()
        start, end = _ordinal(dates.start), _ordinal(dates.end)
        return tuple(
            self._kept(view, ("dates", start, end), lambda view: view.sidecar.days.between(start, end))
            for view in self.snapshot.views
        )

    def in_filter(self, asked: ValueFilter) -> DocSets:
        """The documents that a filter keeps; deleted ones may be among them."""
        field = facet_field(asked.field)
        kept = [self.with_value(field, value) for value in asked.values]
        docsets = _each(lambda one, other: one | other, kept) if kept else self.everything()
        for value in asked.excluded:
            excluded = self.with_value(field, value)
            docsets = tuple(one & ~other for one, other in zip(docsets, excluded, strict=True))
        return docsets

    def with_value(self, field: Field, value: str) -> DocSets:
        """The documents that have this whole value, in any spelling; deleted ones may be among them."""
        wanted = value_key(value)
        return self._where(field, ("value", field.name, wanted), lambda key: key == wanted)

    def with_prefix(self, field: Field, prefix: str) -> DocSets:
        """The documents with a value that begins so; deleted ones may be among them."""
        wanted = value_key(prefix)
        if not wanted:
            return self.nothing()
        return self._where(field, ("prefix", field.name, wanted), lambda key: key.startswith(wanted))

    def _where(self, field: Field, name: tuple[object, ...], test: Callable[[str], bool]) -> DocSets:
        def having(view: View) -> DocSet:
            keys = view.sidecar.keys[field.name]
            return view.sidecar.facet(field.name).having([number for number, key in enumerate(keys) if test(key)])

        return tuple(self._kept(view, name, having) for view in self.snapshot.views)

    def _kept(self, view: View, name: tuple[object, ...], make: Callable[[View], DocSet]) -> DocSet:
        """From the cache: a segment never changes, so what a filter keeps of it does not either."""
        key = (view.segment.name, "filter", *name)
        docset = self._cache.get(key)
        if not isinstance(docset, DocSet):
            self.deadline.check()
            docset = make(view)
            self._cache.put(key, docset, 200 + docset.mask().nbytes)
        return docset

    def _combined(
        self, children: Iterable[Query], combine: Callable[[DocSet, DocSet], DocSet], neutral: DocSets
    ) -> DocSets:
        found = [self.docsets(child) for child in children]
        return _each(combine, found) if found else neutral

    def _leaf(self, leaf: Leaf) -> DocSets:
        match leaf:
            case DateRange(start, end):
                docsets = self.in_dates(DateFilter(start=start, end=end))
            case Value(field, value):
                docsets = self.with_value(facet_field(field), value)
            case Term() | Phrase() | Prefix() | Fuzzy():
                if is_text(leaf):
                    return tuple(
                        DocSet.of(view.size, found.docnums)
                        for view, found in zip(self.snapshot.views, self.found(leaf), strict=True)
                    )
                facet = facet_field(leaf.field or "")
                find = self.with_prefix if isinstance(leaf, Prefix) else self.with_value
                docsets = find(facet, leaf.text)
            case _:
                assert_never(leaf)
        return tuple(view.live & docset for view, docset in zip(self.snapshot.views, docsets, strict=True))

    # -- leaves on text ----------------------------------------------------------------------------------------------

    def found(self, leaf: WordLeaf) -> tuple[Found, ...]:
        """Where a leaf on text is, in each segment."""
        if leaf not in self._found:
            fields = self._fields(leaf)
            find = self._find if isinstance(leaf, Prefix | Fuzzy) else self._find_again
            self._found[leaf] = tuple(find(leaf, fields, view) for view in self.snapshot.views)
        return self._found[leaf]

    def document_frequency(self, leaf: WordLeaf) -> int:
        return sum(len(found.docnums) for found in self.found(leaf))

    def starts(self, leaf: Term | Phrase, view: View, field: Field, among: Docnums) -> Keys:
        """Where occurrences of the leaf begin, in these documents at least; none when the field is not asked."""
        if field not in self._fields(leaf):
            return NONE
        words = self._words(leaf)
        if len(words) == 1 and not (isinstance(leaf, Phrase) and leaf.slop is not None):
            return word_keys(view.segment, field.name, words[0], among)
        return self._run_keys(leaf, words, view, field)

    def _find_again(self, leaf: WordLeaf, fields: Sequence[Field], view: View) -> Found:
        """From the cache: who turns the page, or chooses a facet, asks for the same words of the same commit."""
        request = self.request
        names = tuple(field.name for field in fields)
        key = (self.snapshot.commit, view.segment.name, leaf, names, request.languages, request.exact)
        found = self._cache.get(key)
        if not isinstance(found, Found):
            found = self._find(leaf, fields, view)
            self._cache.put(key, found, found.size_bytes)
        return found

    def _find(self, leaf: WordLeaf, fields: Sequence[Field], view: View) -> Found:
        frequencies = np.zeros(view.size)
        hit = np.zeros(view.size, dtype=np.bool_)
        for field in fields:
            self.deadline.check()
            docnums, counts = self._occurrences(leaf, view, field)
            if len(docnums):
                norms = view.norms(field, self.snapshot.average_lengths[field.name])
                frequencies[docnums] += field.boost * counts / norms[docnums]
                hit[docnums] = True
        docnums = np.flatnonzero(hit & view.live.mask() if view.has_deletions else hit).astype(np.uint32)
        return Found(docnums, frequencies[docnums])

    def _occurrences(self, leaf: WordLeaf, view: View, field: Field) -> tuple[Docnums, NDArray[np.float64]]:
        """The documents with the leaf in one field, and the weighted occurrences in each."""
        if isinstance(leaf, Prefix | Fuzzy):
            words = self._expansion(leaf)
            return self._of_terms(
                ((word, 1.0) for word in words if view.segment.has_word(word, field.name)), view, field
            )
        words_of = self._words(leaf)
        if len(words_of) == 1 and not (isinstance(leaf, Phrase) and leaf.slop is not None):
            return self._of_terms(words_of[0].terms, view, field)
        docnums, counts = np.unique(documents_of(self._run_keys(leaf, words_of, view, field)), return_counts=True)
        return docnums, counts.astype(np.float64)

    def _of_terms(
        self, terms: Iterable[tuple[str, float]], view: View, field: Field
    ) -> tuple[Docnums, NDArray[np.float64]]:
        lists = []
        for term, weight in terms:
            self.deadline.check()
            postings = view.segment.postings(field.name, term)
            if len(postings.docnums) and weight > 0:
                lists.append((postings, weight))
        if not lists:
            return np.empty(0, np.uint32), np.empty(0)
        if len(lists) == 1:
            postings, weight = lists[0]
            return postings.docnums, np.multiply(postings.frequencies, weight, dtype=np.float64)
        counts = np.zeros(view.size)
        for postings, weight in lists:
            counts[postings.docnums] += weight * postings.frequencies
        docnums = np.flatnonzero(counts).astype(np.uint32)
        return docnums, counts[docnums]

    def _run_keys(self, leaf: Term | Phrase, words: Sequence[QueryWord], view: View, field: Field) -> Keys:
        check = self.deadline.check
        if not words:
            return NONE
        if isinstance(leaf, Phrase) and leaf.slop is not None:
            return window_keys(view.segment, field.name, words, leaf.slop, check)
        return row_keys(view.segment, field.name, words, check)

    def _words(self, leaf: Term | Phrase) -> tuple[QueryWord, ...]:
        if leaf not in self._words_of:
            languages, exact = self.request.languages, self.request.exact
            match leaf:
                case Term():
                    words = query_words(leaf.text, languages, exact=exact or leaf.exact, acronym=leaf.acronym)
                case Phrase():
                    words = query_words(leaf.text, languages, exact=exact or leaf.slop is None)
            self._words_of[leaf] = words
        return self._words_of[leaf]

    def _fields(self, leaf: WordLeaf) -> tuple[Field, ...]:
        names = self.request.query_fields if leaf.field is None else (leaf.field,)
        wanted = {known_field(name).name for name in names}
        return tuple(field for field in TEXT_FIELDS if field.name in wanted)

    # -- expansion ---------------------------------------------------------------------------------------------------

    def _expansion(self, leaf: Prefix | Fuzzy) -> tuple[str, ...]:
        """The words that a prefix or fuzzy word stands for, MAX_EXPANSION at most: those in the most articles."""
        if leaf not in self._expansions:
            fields = [field.name for field in self._fields(leaf)]
            words = self._candidates(leaf, fields)
            if len(words) > MAX_EXPANSION:  # else they need not be counted
                counts = {word: count for word in words if (count := self.word_count(word, fields))}
                words, notice = bounded(leaf, counts)
                if notice is not None:
                    self.notices.append(notice)
            self._expansions[leaf] = tuple(words)
        return self._expansions[leaf]

    def _candidates(self, leaf: Prefix | Fuzzy, fields: Sequence[str]) -> list[str]:
        wanted = pattern_word(leaf.text)
        if not wanted:
            return []
        found: set[str] = set()
        for view in self.snapshot.views:
            self.deadline.check()
            match leaf:
                case Prefix():
                    near = words_from(view.segment.words, wanted)
                case Fuzzy(distance=most):
                    near = [word for word, _ in words_near(view, wanted, most)]
            found.update(word for word in near if any(view.segment.has_word(word, field) for field in fields))
        return sorted(found)

    def word_count(self, word: str, fields: Sequence[str]) -> int:
        """How many live articles have this very word in any of the fields."""
        total = 0
        asked = sum(1 << SEARCHED_FIELDS.index(field) for field in fields)
        for view in self.snapshot.views:
            row = view.segment.word_row(word)
            if row is None:
                continue
            if not view.has_deletions and not int(view.sidecar.word_fields[row]) & ~asked:
                total += int(view.sidecar.word_counts[row])
                continue
            self.deadline.check()
            lists = [
                view.segment.postings(field, word).docnums for field in fields if view.segment.has_word(word, field)
            ]
            if lists:
                total += int(np.count_nonzero(view.live.mask()[union(lists)]))
        return total


def words_from(words: Sequence[str], beginning: str) -> Sequence[str]:
    """Those of ascending words that begin so."""
    low = bisect_left(words, beginning)
    high = bisect_right(words, beginning, low, key=lambda word: word[: len(beginning)])
    return words[low:high]


def words_near(view: View, word: str, most: int) -> list[tuple[str, int]]:
    """The words of a segment at most so many letters off, each with its distance."""
    choices = [
        near for length in range(len(word) - most, len(word) + most + 1) for near in view.segment.of_length(length)
    ]
    return within(word, choices, most)


def is_text(leaf: WordLeaf) -> bool:
    """Whether a leaf is looked for in text, and so may score; else it names a facet."""
    return leaf.field is None or known_field(leaf.field).kind is FieldKind.TEXT


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day is not None else None


def _each(combine: Callable[[DocSet, DocSet], DocSet], found: Sequence[DocSets]) -> DocSets:
    return tuple(reduce(combine, of_segment) for of_segment in zip(*found, strict=True))
