"""Texts found by typed text are those that a look at each of them finds, and the best are those of sorting.

The kernels are called by `WordPrefixes` alone: `word_starts` by all of it, `rows_with_prefix` by `rows_with`,
`best_with_prefix` by `best`, `count_equal` by `count`.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.completion import has_word_prefix
from searchsvc.engines.embedded.terms.word_prefixes import WordPrefixes

word = st.text(alphabet="abé国", min_size=1, max_size=6)
joined_words = st.lists(word, max_size=5).map(" ".join)


@given(texts=st.lists(joined_words, max_size=30), typed=joined_words.filter(bool), marked=st.booleans())
def test_rows_are_those_of_texts_in_which_a_word_begins_so(texts: list[str], typed: str, marked: bool) -> None:
    prefixes = WordPrefixes.of(TextColumn.of("\n" * marked + text for text in texts))
    assert prefixes.rows_with(typed) == [row for row, text in enumerate(texts) if has_word_prefix(text, typed)]


@given(
    texts=st.lists(st.tuples(joined_words, st.booleans()), max_size=30),
    typed=joined_words.filter(bool),
    marked=st.booleans(),
    any_deleted=st.booleans(),
    count=st.sampled_from((0, 3, 1_000)),
)
def test_the_best_rows_are_those_of_sorting(
    texts: list[tuple[str, bool]], typed: str, marked: bool, any_deleted: bool, count: int
) -> None:
    prefixes = WordPrefixes.of(TextColumn.of("\n" * marked + text for text, _ in texts))
    live = np.array([is_live for _, is_live in texts] if any_deleted else [], dtype=np.bool_)
    ranks = np.arange(len(texts), dtype=np.uint32)
    keys = (ranks % 3).astype(np.float64)
    living = [(row, text) for row, (text, is_live) in enumerate(texts) if is_live or not any_deleted]
    assert prefixes.count(typed, live) == sum(text == typed for _, text in living)
    for leading in (True, False):
        found = list(prefixes.best(typed, live, keys, ranks, count, leading=leading))
        matching = [
            (float(row % 3), row)
            for row, text in living
            if has_word_prefix(text, typed) and text.startswith(typed) == leading
        ]
        assert found == sorted(found)
        distinct = sorted(set(found))  # a text with two such words may come twice
        assert distinct == sorted(matching)[: len(distinct)]
        assert len(found) == count or len(distinct) == len(matching)
