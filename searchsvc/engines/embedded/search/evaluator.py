"""Evaluating: which documents of each segment a query matches, and how much each leaf is worth there.

A leaf becomes arrays: document numbers and, when asked for, its weighted frequency (`engines.bm25f`); And, Or and Not
are intersections, unions and complements of them. What a leaf matches is `text.matching`'s to say.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.index.segment import field_bits
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.kernels.docid_sets import NONE, flagged, intersection, union, within, without
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.format import Keys
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.expansion import frequencies_of
from searchsvc.engines.embedded.search.phrase import Occurrences, weighed
from searchsvc.engines.embedded.search.planner import TermList, lists_of
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses
from searchsvc.engines.expansion import MAX_EXPANSION, limit_expansion
from searchsvc.engines.field_lookup import facet_field, known_field
from searchsvc.model.fields import SEARCHED_FIELDS, Field, FieldKind, value_key
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
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
from searchsvc.text.matching import WordLeaf, pattern_word

Sets = tuple[Docids, ...]  # of each segment, ascending

EARLIEST, LATEST = -(2**62), 2**62  # of days; a document without one is before them all


@dataclass(frozen=True)
class LeafMatches:
    """The live documents of a segment in which a leaf is (ascending), and its weighted frequency in each."""

    docids: Docids
    frequencies: NDArray[np.float64]

    @property
    def size_bytes(self) -> int:
        return 400 + self.docids.nbytes + self.frequencies.nbytes


NOTHING = LeafMatches(NONE, np.empty(0))


class Evaluation:
    """One request on one snapshot: its sets, each leaf found once."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, deadline: Deadline, cache: LruCache) -> None:
        self.snapshot = snapshot
        self.request = request
        self.deadline = deadline
        self.notices: list[Notice] = []
        self._cache = cache
        self._found: dict[WordLeaf, tuple[LeafMatches, ...]] = {}
        self._read: dict[tuple[str, str, int], tuple[Docids, NDArray[np.uint32]]] = {}
        self._words_of: dict[Term | Phrase, tuple[QueryWord, ...]] = {}
        self._expansions: dict[WordLeaf, tuple[str, ...]] = {}

    # -- sets --------------------------------------------------------------------------------------------------------

    def sets(self, query: Query) -> Sets:
        """The live documents that match, of each segment."""
        self.deadline.check()
        match query:
            case And(children):
                return self._all_of(children)
            case Or(children):
                return _each(union, [self.sets(child) for child in children]) if children else self.nothing()
            case Not(child):
                return _each(without, [self.everything(), self.sets(child)])
            case MatchAll():
                return self.everything()
            case MatchNone():
                return self.nothing()
            case DateRange() | Value():
                return self._all_of((query,))
            case _:
                return self._leaf(query)

    def everything(self) -> Sets:
        return tuple(view.docids for view in self.snapshot.views)

    def nothing(self) -> Sets:
        return tuple(NONE for _ in self.snapshot.views)

    def in_dates(self, found: Sets, dates: DateFilter | DateRange | None) -> Sets:
        """Those of the documents that were published in a span."""
        if dates is None:
            return found
        low = dates.start.toordinal() if dates.start is not None else EARLIEST
        high = dates.end.toordinal() if dates.end is not None else LATEST
        return tuple(
            within(docids, view.columns.days.numbers, low, high)
            for view, docids in zip(self.snapshot.views, found, strict=True)
        )

    def in_filter(self, found: Sets, asked: ValueFilter) -> Sets:
        """Those of the documents that a filter keeps."""
        field = facet_field(asked.field)
        if asked.values:
            found = self._flagged(found, field, "value", asked.values)
        if asked.excluded:
            found = _each(without, [found, self._flagged(found, field, "value", asked.excluded)])
        return found

    def _all_of(self, children: Sequence[Query]) -> Sets:
        """The words first, shortest set first; then what narrows them, asked of what is left alone."""
        narrowing = [child for child in children if isinstance(child, DateRange | Value)]
        found = [self.sets(child) for child in children if not isinstance(child, DateRange | Value)]
        kept = tuple(
            reduce(intersection, sorted(of_segment, key=len)) for of_segment in zip(*found, strict=True)
        ) if found else self.everything()  # fmt: skip
        for child in narrowing:
            if isinstance(child, DateRange):
                kept = self.in_dates(kept, child)
            else:
                kept = self._flagged(kept, facet_field(child.field), "value", (child.value,))
        return kept

    def _flagged(self, found: Sets, field: Field, how: str, values: Iterable[str]) -> Sets:
        """Those of the documents with any of these values of a facet (or, "prefix", one that begins so)."""
        keys = tuple(sorted({value_key(value) for value in values}))
        return tuple(
            flagged(docids, self._mask(view, field, how, keys)) if len(docids) else docids
            for view, docids in zip(self.snapshot.views, found, strict=True)
        )

    def _mask(self, view: View, field: Field, how: str, keys: tuple[str, ...]) -> Mask:
        """From the cache: a segment never changes, so what a filter keeps of it does not either."""
        name = (view.segment.name, "filter", field.name, how, keys)
        mask = self._cache.get(name)
        if not isinstance(mask, np.ndarray):
            self.deadline.check()
            ordinals = view.columns.ordinals[field.name]
            if how == "prefix":
                wanted = [n for key, ns in ordinals.items() if key.startswith(keys) for n in ns]
            else:
                wanted = [n for key in keys for n in ordinals.get(key, ())]
            mask = view.columns.facet(field.name).having(wanted)
            self._cache.put(name, mask, 200 + mask.nbytes)
        return mask

    def _leaf(self, leaf: WordLeaf) -> Sets:
        if is_text(leaf):
            return self.docids(leaf)
        facet = facet_field(leaf.field or "")
        how = "prefix" if isinstance(leaf, Prefix) else "value"
        if how == "prefix" and not value_key(leaf.text):
            return self.nothing()
        return self._flagged(self.everything(), facet, how, (leaf.text,))

    # -- leaves on text ----------------------------------------------------------------------------------------------

    def lists(self, leaf: WordLeaf) -> tuple[TermList, ...] | None:
        """The postings list of a leaf in each segment, where it is one whole list; else None."""
        request = self.request
        if not isinstance(leaf, Term) or leaf.field is not None or request.query_fields != SEARCHED_FIELDS:
            return None
        return lists_of(self.snapshot, leaf, request.languages, request.exact)

    def found(self, leaf: WordLeaf) -> tuple[LeafMatches, ...]:
        """Where a leaf on text is, in each segment."""
        if leaf not in self._found:
            fields = self._fields(leaf)
            find = self._find if isinstance(leaf, Prefix | Fuzzy) else self._find_again
            self._found[leaf] = tuple(find(leaf, fields, view) for view in self.snapshot.views)
        return self._found[leaf]

    def docids(self, leaf: WordLeaf) -> Sets:
        """The documents in which a leaf on text is."""
        lists = self.lists(leaf)
        if lists is not None:
            return tuple(
                self._live(view, term_list) for view, term_list in zip(self.snapshot.views, lists, strict=True)
            )
        return tuple(found.docids for found in self.found(leaf))

    def postings(self, view: View, term_list: TermList) -> tuple[Docids, NDArray[np.uint32]]:
        """All documents of a postings list, deleted ones too, and their patterns; from the cache."""
        if not term_list.documents:
            return NONE, NONE
        key = (view.segment.name, "term_list", term_list.stem_class)
        read = self._read.get(key)
        if read is not None:
            return read
        kept = self._cache.get(key)
        if isinstance(kept, tuple):
            read = kept
        else:
            self.deadline.check()
            postings = view.segment.postings
            postings.check(term_list.stem_class)
            read = read_list(postings.arrays, term_list.stem_class)
            self._cache.put(key, read, 200 + 2 * read[0].nbytes)
        self._read[key] = read
        return read

    def _live(self, view: View, term_list: TermList) -> Docids:
        docids, _ = self.postings(view, term_list)
        return flagged(docids, view.live) if len(view.live) else docids

    def document_frequency(self, leaf: WordLeaf) -> int:
        lists = self.lists(leaf)
        if lists is not None:
            return sum(term_list.documents for term_list in lists)
        return sum(len(found.docids) for found in self.found(leaf))

    def starts(self, leaf: Term | Phrase, view: View, among: Docids) -> Keys:
        """Where occurrences of the leaf begin in asked fields, in these documents at least."""
        words = self._words(leaf)
        places = Occurrences(view.segment, self._fields(leaf), self.deadline.check)
        if len(words) == 1 and not (isinstance(leaf, Phrase) and leaf.slop is not None):
            return places.of_word(words[0], among)
        return self._row(leaf, words, places, among)

    def _find_again(self, leaf: WordLeaf, fields: tuple[str, ...], view: View) -> LeafMatches:
        """From the cache: who turns the page, or chooses a facet, asks for the same words of the same commit."""
        request = self.request
        key = (self.snapshot.commit, view.segment.name, leaf, fields, request.languages, request.exact)
        found = self._cache.get(key)
        if not isinstance(found, LeafMatches):
            found = self._find(leaf, fields, view)
            self._cache.put(key, found, found.size_bytes)
        return found

    def _find(self, leaf: WordLeaf, fields: tuple[str, ...], view: View) -> LeafMatches:
        self.deadline.check()
        if not fields or not view.size:
            return NOTHING
        dictionary = view.segment.dictionary
        if isinstance(leaf, Prefix | Fuzzy):
            rows = dictionary.word_rows(self._expansion(leaf))
            return self._of_stem_classes(dictionary.classes_of_words(rows[rows >= 0]), fields, view)
        words = self._words(leaf)
        if len(words) == 1 and not (isinstance(leaf, Phrase) and leaf.slop is not None):
            return self._of_stem_classes(StemClasses.of(dictionary.form_weights(words[0].terms)), fields, view)
        keys = self._row(leaf, words, Occurrences(view.segment, fields, self.deadline.check), None)
        return LeafMatches(*weighed(keys, view.norms(fields, self.snapshot.averages), view.live))

    def _of_stem_classes(self, stem_classes: StemClasses, fields: tuple[str, ...], view: View) -> LeafMatches:
        if not len(stem_classes.numbers):
            return NOTHING
        self.deadline.check()
        postings = view.segment.postings
        postings.check_all(stem_classes.numbers)
        return LeafMatches(
            *frequencies_of(postings.arrays, stem_classes, view.norms(fields, self.snapshot.averages), view.live)
        )

    def _row(self, leaf: WordLeaf, words: Sequence[QueryWord], places: Occurrences, among: Docids | None) -> Keys:
        if isinstance(leaf, Phrase) and leaf.slop is not None:
            return places.of_window(words, leaf.slop, among)
        return places.of_row(words, among)

    def _words(self, leaf: Term | Phrase) -> tuple[QueryWord, ...]:
        if leaf not in self._words_of:
            languages, exact = self.request.languages, self.request.exact
            match leaf:
                case Term():
                    words = query_words(leaf.text, languages, exact=exact or leaf.exact, acronym=leaf.acronym)
                case Phrase():
                    words = query_words(leaf.text, languages, exact=exact or leaf.slop is None)
                case _:
                    assert_never(leaf)
            self._words_of[leaf] = words
        return self._words_of[leaf]

    def _fields(self, leaf: WordLeaf) -> tuple[str, ...]:
        """The text fields that a leaf is looked for in, in their order."""
        names = self.request.query_fields if leaf.field is None else (leaf.field,)
        if names == SEARCHED_FIELDS:
            return SEARCHED_FIELDS
        wanted = {known_field(name).name for name in names}
        return tuple(name for name in SEARCHED_FIELDS if name in wanted)

    # -- expansion ---------------------------------------------------------------------------------------------------

    def _expansion(self, leaf: Prefix | Fuzzy) -> tuple[str, ...]:
        """The words that a prefix or fuzzy word stands for, MAX_EXPANSION at most: those in the most articles."""
        if leaf not in self._expansions:
            fields = self._fields(leaf)
            words = self._candidates(leaf, fields)
            if len(words) > MAX_EXPANSION:  # else they need not be counted
                counts = {word: count for word in words if (count := self.word_count(word, fields))}
                words, notice = limit_expansion(leaf, counts)
                if notice is not None:
                    self.notices.append(notice)
            self._expansions[leaf] = tuple(words)
        return self._expansions[leaf]

    def _candidates(self, leaf: Prefix | Fuzzy, fields: Sequence[str]) -> list[str]:
        wanted = pattern_word(leaf.text)
        if not wanted:
            return []
        asked = field_bits(fields)
        found: set[str] = set()
        for view in self.snapshot.views:
            self.deadline.check()
            words, of_fields = view.segment.dictionary.words, view.segment.word_fields
            match leaf:
                case Prefix():
                    begin = view.segment.dictionary.rows_with_prefix(wanted)
                    near = words.at(begin.start + np.flatnonzero(of_fields[begin.start : begin.stop] & asked))
                case Fuzzy(distance=most):
                    rows, _ = view.segment.dictionary.fuzzy_index.find(wanted, most)
                    near = words.at(rows[(of_fields[rows] & asked) > 0])
                case _:
                    assert_never(leaf)
            found.update(near)
        return sorted(found)

    def word_count(self, word: str, fields: Sequence[str]) -> int:
        """How many live articles have this very word in any of the fields."""
        total = 0
        for view in self.snapshot.views:
            row = view.segment.dictionary.word_row(word)
            if row is None:
                continue
            if not len(view.live) and not int(view.segment.word_fields[row]) & ~field_bits(fields):
                total += int(view.segment.word_counts[row])
                continue
            self.deadline.check()
            found = self._of_stem_classes(
                view.segment.dictionary.classes_of_words(np.array([row])), tuple(fields), view
            )
            total += len(found.docids)
        return total


def is_text(leaf: WordLeaf) -> bool:
    """Whether a leaf is looked for in text, and so may score; else it names a facet."""
    return leaf.field is None or known_field(leaf.field).kind is FieldKind.TEXT


def _each(combine: Callable[[Docids, Docids], Docids], found: Sequence[Sets]) -> Sets:
    return tuple(reduce(combine, of_segment) for of_segment in zip(*found, strict=True))
