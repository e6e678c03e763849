"""Query leaves: the words of a query as numbers of forms, for the kernels that match the texts of a page.

A leaf has a **slot** for each of its words, or one for its test (`match_kernels`). Phrases with a slop are matched
here, by `text.matching.windows`, at the positions of the forms that match their slots.

Not for texts: a leaf is looked up among the forms of `Tokenizers`, which have met all words of the page.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.analysis.tokens import Tokens
from searchsvc.engines.embedded.highlight.match_kernels import QueryLeaves
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint32s
from searchsvc.model.query import Phrase, Term
from searchsvc.text.analyzer import ACRONYM_MARK, QueryWord, query_words
from searchsvc.text.matching import WordLeaf, windows, word_test
from searchsvc.text.snippets import CONSIDERED, SHOWN_FIELDS

WordTest = Callable[[str], bool]
Slot = list[str] | WordTest  # index terms, of which a form has any; or a test of its word

_NO_WINDOWS: Int64s = np.empty((0, 4), dtype=np.int64)


class _Leaf(NamedTuple):
    """A leaf analysed: slots that match tokens in a row, or within a slop."""

    slots: Sequence[Slot]
    slop: int | None = None


@lru_cache(maxsize=512)
def _analysed(leaf: WordLeaf, languages: tuple[str, ...], exact: bool) -> _Leaf:
    match leaf:
        case Term():
            words = query_words(leaf.text, languages, exact=exact or leaf.exact, acronym=leaf.acronym)
            return _Leaf(_slots(words))
        case Phrase() if leaf.slop is None:
            return _Leaf(_slots(query_words(leaf.text, languages, exact=True)))
        case Phrase():
            return _Leaf(_slots(query_words(leaf.text, languages, exact=exact)), leaf.slop)
        case _:
            return _Leaf([word_test(leaf)])


def _slots(words: Iterable[QueryWord]) -> list[Slot]:
    """The terms of each word, without that of an acronym: its word is among the terms."""
    return [[term for term, _ in word.terms if term[0] != ACRONYM_MARK] for word in words]


class LeafMatcher:
    """Matches the leaves of one query with forms. `fields` has for each leaf the fields that it is looked for in."""

    def __init__(
        self,
        tokenizers: Tokenizers,
        fields: Mapping[WordLeaf, tuple[str, ...]],
        languages: tuple[str, ...],
        exact: bool,
    ) -> None:
        self._tokenizers = tokenizers
        self._leaves = [_analysed(leaf, languages, exact) for leaf in fields]
        slots_of_leaves = [leaf.slots for leaf in self._leaves]
        self._slots = list(chain.from_iterable(slots_of_leaves))
        self._leaf_of_slot: Int64s = np.array(
            [leaf for leaf, slots in enumerate(slots_of_leaves) for _ in slots], dtype=np.int64
        )
        self._first_slot = list(accumulate(map(len, slots_of_leaves), initial=0))
        self._lengths: Int64s = np.array(
            [len(leaf.slots) if leaf.slop is None else 0 for leaf in self._leaves], dtype=np.int64
        )
        self._in_field: Mask = np.array(
            [[name in names for names in fields.values()] for name in SHOWN_FIELDS], dtype=np.bool_
        )

    def query_leaves(self, sizes: Int64s, token_rows: Uint32s) -> QueryLeaves:
        """The leaves for the texts of a page, with sizes and tokens as in `fragment_kernels.PageTexts`."""
        forms, first_slot, slots = self._forms_of_slots(token_rows[0])
        return QueryLeaves(
            forms,
            first_slot,
            slots,
            self._leaf_of_slot,
            self._lengths,
            self._in_field,
            self._windows(sizes, token_rows),
            CONSIDERED,
        )

    def _forms_of_slots(self, token_forms: Uint32s) -> tuple[Int64s, Int64s, Int64s]:
        """`forms`, `first_slot` and `slots` of `QueryLeaves`."""
        if len(self._slots) == 1:  # as most queries have it
            found = np.array(sorted(self._forms_of(0, token_forms)), dtype=np.int64)
            return found, np.arange(len(found) + 1), np.zeros(len(found), dtype=np.int64)
        slots_of: dict[int, list[int]] = {}
        for slot in range(len(self._slots)):
            for form in self._forms_of(slot, token_forms):
                slots_of.setdefault(form, []).append(slot)
        forms = sorted(slots_of)
        slots = [slots_of[form] for form in forms]
        return (
            np.array(forms, dtype=np.int64),
            np.array(list(accumulate(map(len, slots), initial=0)), dtype=np.int64),
            np.array(list(chain.from_iterable(slots)), dtype=np.int64),
        )

    def _forms_of(self, slot: int, token_forms: Uint32s) -> Iterable[int]:
        """The forms that match a slot, among those of the tokens at least."""
        sought = self._slots[slot]
        if isinstance(sought, list):
            return self._tokenizers.forms_with_terms(sought)
        forms = self._tokenizers.forms
        return [form for form in set(token_forms.tolist()) if sought(forms[form][0])]

    def _windows(self, sizes: Int64s, token_rows: Uint32s) -> Int64s:
        """`QueryLeaves.windows`: the first CONSIDERED in each text of each phrase with a slop."""
        found: list[tuple[int, int, int, int]] = []
        for number, leaf in enumerate(self._leaves):
            if leaf.slop is None:
                continue
            tokens = Tokens(*token_rows)
            slots = range(self._first_slot[number], self._first_slot[number + 1])
            tokens_of_slots = [
                np.isin(tokens.forms, list(self._forms_of(slot, tokens.forms))).nonzero()[0].tolist() for slot in slots
            ]
            if not all(tokens_of_slots):
                continue
            end = 0
            for text, (_, count, field) in enumerate(sizes.tolist()):
                first, end = end, end + count
                if self._in_field[field, number]:
                    of_text = [each[bisect_left(each, first) : bisect_left(each, end)] for each in tokens_of_slots]
                    spans = _window_spans(tokens, of_text, leaf.slop)
                    found += [(text, start, stop, number) for start, stop in islice(spans, CONSIDERED)]
        return np.array(sorted(found), dtype=np.int64).reshape(-1, 4) if found else _NO_WINDOWS


def _window_spans(tokens: Tokens, tokens_of_slots: Sequence[Sequence[int]], slop: int) -> Iterator[tuple[int, int]]:
    """The spans of the minimal windows in a text, of the tokens that match each slot."""
    token_at = {int(tokens.positions[token]): token for of_slot in tokens_of_slots for token in of_slot}
    positions = [tokens.positions[of_slot].tolist() for of_slot in tokens_of_slots]
    for first, last in windows(positions, slop):
        yield int(tokens.starts[token_at[first]]), int(tokens.ends[token_at[last]])
