"""Evaluation: the documents of each segment that a query matches, and each leaf's weighted term frequency there.

A leaf becomes arrays: docids and, where it scores, frequencies (`engines.bm25f`). And, Or and Not are intersections,
unions and differences of docids. What a leaf matches is defined in `text.matching`.

Not for top docs of words alone: those come out of postings lists without whole sets (`planner`).
"""

from collections.abc import Sequence
from functools import reduce
from typing import assert_never

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.kernels.docid_sets import NONE, difference, flagged, intersection, union
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.format import Keys, Patterns
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.expansion import NO_MATCHES, Expander, LeafMatches
from searchsvc.engines.embedded.search.filters import DocSets, Filters, combined
from searchsvc.engines.embedded.search.kernels.occurrence_sets import key_frequencies
from searchsvc.engines.embedded.search.phrase import Occurrences
from searchsvc.engines.embedded.search.planner import TermList, TermLists, term_lists
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses
from searchsvc.engines.field_lookup import facet_field, known_field
from searchsvc.model.fields import SEARCHED_FIELDS, FieldKind, value_key
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
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Notice
from searchsvc.text.analyzer import QueryWord, query_words
from searchsvc.text.matching import WordLeaf


class Evaluation:
    """One request on one snapshot; each leaf is found once. All methods raise EngineTimeout past the deadline."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, deadline: Deadline, cache: LruCache) -> None:
        self.snapshot = snapshot
        self.request = request
        self.deadline = deadline
        self.filters = Filters(snapshot, deadline, cache)
        self._expander = Expander(snapshot, deadline)
        self._cache = cache
        self._matches: dict[WordLeaf, tuple[LeafMatches, ...]] = {}
        self._lists_read: dict[tuple[str, str, int], tuple[Docids, Patterns]] = {}
        self._words_of: dict[Term | Phrase, tuple[QueryWord, ...]] = {}

    @property
    def notices(self) -> list[Notice]:
        """What a reader should know of leaves evaluated so far."""
        return self._expander.notices

    # -- sets --------------------------------------------------------------------------------------------------------

    def sets(self, query: Query) -> DocSets:
        """The live documents that match a query, in each segment."""
        self.deadline.check()
        match query:
            case And(children):
                return self._all_of(children)
            case Or(children):
                return combined(union, [self.sets(child) for child in children]) if children else self._nothing()
            case Not(child):
                return combined(difference, [self._everything(), self.sets(child)])
            case MatchAll():
                return self._everything()
            case MatchNone():
                return self._nothing()
            case DateRange() | Value():
                return self._all_of((query,))
            case _:
                return self._leaf(query)

    def _everything(self) -> DocSets:
        return tuple(view.docids for view in self.snapshot.views)

    def _nothing(self) -> DocSets:
        return tuple(NONE for _ in self.snapshot.views)

    def _all_of(self, children: Sequence[Query]) -> DocSets:
        """The intersection, shortest set first; dates and values are looked up for what is left of the others."""
        narrowing = [child for child in children if isinstance(child, DateRange | Value)]
        others = [self.sets(child) for child in children if not isinstance(child, DateRange | Value)]
        found = self._everything()
        if others:
            found = tuple(reduce(intersection, sorted(sets, key=len)) for sets in zip(*others, strict=True))
        for child in narrowing:
            if isinstance(child, DateRange):
                found = self.filters.in_dates(found, child)
            else:
                found = self.filters.with_values(found, facet_field(child.field), (child.value,))
        return found

    def _leaf(self, leaf: WordLeaf) -> DocSets:
        if is_text(leaf):
            return self.docids(leaf)
        facet = facet_field(leaf.field or "")
        if not isinstance(leaf, Prefix):
            return self.filters.with_values(self._everything(), facet, (leaf.text,))
        if not value_key(leaf.text):
            return self._nothing()
        return self.filters.with_prefixes(self._everything(), facet, (leaf.text,))

    # -- leaves on text ----------------------------------------------------------------------------------------------

    def docids(self, leaf: WordLeaf) -> DocSets:
        """The live documents that a leaf on text matches, in each segment."""
        lists = self.term_lists(leaf)
        if lists is not None:
            return tuple(
                self._live(view, term_list) for view, term_list in zip(self.snapshot.views, lists, strict=True)
            )
        return tuple(found.docids for found in self.matches(leaf))

    def document_frequency(self, leaf: WordLeaf) -> int:
        """How many live documents a leaf on text matches."""
        lists = self.term_lists(leaf)
        if lists is not None:
            return sum(term_list.documents for term_list in lists)
        return sum(len(found.docids) for found in self.matches(leaf))

    def matches(self, leaf: WordLeaf) -> tuple[LeafMatches, ...]:
        """Where a leaf on text matches, in each segment, with frequencies."""
        if leaf not in self._matches:
            fields = self._fields(leaf)
            find = self._find if isinstance(leaf, Prefix | Fuzzy) else self._find_cached
            self._matches[leaf] = tuple(find(leaf, fields, view) for view in self.snapshot.views)
        return self._matches[leaf]

    def word_count(self, word: str, fields: Sequence[str]) -> int:
        """How many live articles have this very word in any of the fields."""
        return self._expander.word_count(word, fields)

    def term_lists(self, leaf: WordLeaf) -> TermLists | None:
        """A leaf as one postings list in each segment; None where it is not one list."""
        request = self.request
        if not isinstance(leaf, Term) or leaf.field is not None or request.query_fields != SEARCHED_FIELDS:
            return None
        return term_lists(self.snapshot, leaf, request.languages, request.exact)

    def read_list(self, view: View, term_list: TermList) -> tuple[Docids, Patterns]:
        """All docids of a postings list, of deleted documents too, and their patterns; cached by segment."""
        if not term_list.documents:
            return NONE, NONE
        key = (view.segment.name, "term_list", term_list.stem_class)
        read = self._lists_read.get(key)
        if read is not None:
            return read
        cached = self._cache.get(key)
        if isinstance(cached, tuple):
            read = cached
        else:
            self.deadline.check()
            postings = view.segment.postings
            postings.check(term_list.stem_class)
            read = read_list(postings.arrays, term_list.stem_class)
            self._cache.put(key, read, 200 + 2 * read[0].nbytes)
        self._lists_read[key] = read
        return read

    def occurrences(self, leaf: Term | Phrase, view: View, among: Docids) -> Keys:
        """Where matches of a leaf begin in the fields asked for, in these (ascending) documents."""
        words = self._words(leaf)
        found = Occurrences(view.segment, self._fields(leaf), self.deadline.check)
        if self._is_single_word(leaf):
            return found.of_word(words[0], among)
        return self._phrase(leaf, found, among)

    def _live(self, view: View, term_list: TermList) -> Docids:
        docids, _ = self.read_list(view, term_list)
        return flagged(docids, view.live) if len(view.live) else docids

    def _find_cached(self, leaf: WordLeaf, fields: tuple[str, ...], view: View) -> LeafMatches:
        """From the cache: readers turn pages and choose facets, and ask for the same words of the same commit."""
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
            return NO_MATCHES
        dictionary = view.segment.dictionary
        if isinstance(leaf, Prefix | Fuzzy):
            rows = dictionary.word_rows(self._expander.words(leaf, fields))
            return self._expander.matches(dictionary.classes_of_words(rows[rows >= 0]), fields, view)
        if self._is_single_word(leaf):
            stem_classes = StemClasses.of(dictionary.form_weights(self._words(leaf)[0].terms))
            return self._expander.matches(stem_classes, fields, view)
        keys = self._phrase(leaf, Occurrences(view.segment, fields, self.deadline.check), None)
        return LeafMatches(*key_frequencies(keys, view.norms(fields, self.snapshot.averages), view.live))

    def _phrase(self, leaf: Term | Phrase, occurrences: Occurrences, among: Docids | None) -> Keys:
        words = self._words(leaf)
        if isinstance(leaf, Phrase) and leaf.slop is not None:
            return occurrences.of_sloppy_phrase(words, leaf.slop, among)
        return occurrences.of_phrase(words, among)

    def _is_single_word(self, leaf: Term | Phrase) -> bool:
        return len(self._words(leaf)) == 1 and not (isinstance(leaf, Phrase) and leaf.slop is not None)

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
        """The text fields that a leaf is looked for in, in the order of SEARCHED_FIELDS."""
        names = self.request.query_fields if leaf.field is None else (leaf.field,)
        if names == SEARCHED_FIELDS:
            return SEARCHED_FIELDS
        wanted = {known_field(name).name for name in names}
        return tuple(name for name in SEARCHED_FIELDS if name in wanted)


def is_text(leaf: WordLeaf) -> bool:
    """Whether a leaf is looked for in text, and so scores; else it names a facet."""
    return leaf.field is None or known_field(leaf.field).kind is FieldKind.TEXT
