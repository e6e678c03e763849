"""Words within some edits are those that the plain distance finds, and the best are those of sorting.

This also tests the loops in `edit_distance` and the kernels of `fuzzy_kernels`: `letter_sets`, `texts_in_order`,
`words_within` and `best_within`.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.completion import slip_rank
from searchsvc.engines.embedded.terms.fuzzy import FuzzyIndex
from searchsvc.text.distance import distance

# Few letters, so that many words are near; of one byte and of more, and two that share a bit of letter sets.
words = st.text(alphabet="abcé国!𐐀", max_size=9)


@given(known=st.lists(words, max_size=40), word=words, max_edits=st.integers(0, 3))
def test_words_found_are_those_within_the_plain_distance(known: list[str], word: str, max_edits: int) -> None:
    rows, edits = FuzzyIndex.of(TextColumn.of(known)).find(word, max_edits)
    found = dict(zip(rows.tolist(), edits.tolist(), strict=True))
    expected = {row: distance(other, word) for row, other in enumerate(known)}
    assert found == {row: off for row, off in expected.items() if off <= max_edits}


@given(word=words, edits=st.lists(st.tuples(st.sampled_from("ids~"), st.integers(0, 9)), max_size=2))
def test_a_misspelt_word_is_found(word: str, edits: list[tuple[str, int]]) -> None:
    misspelt = word
    for kind, place in edits:
        head, tail = misspelt[:place], misspelt[place:]
        misspelt = {"i": head + "b" + tail, "d": head + tail[1:], "s": head + "c" + tail[1:]}.get(
            kind, head + tail[1:2] + tail[:1] + tail[2:]
        )
    rows, _ = FuzzyIndex.of(TextColumn.of([misspelt])).find(word, 2 * len(edits))
    assert rows.tolist() == [0]


@given(
    known=st.lists(words, max_size=40, unique=True).map(sorted),
    word=st.one_of(words, st.just("abcdefgh" * 9)),
    max_edits=st.integers(0, 3),
    limit=st.integers(0, 9),
    data=st.data(),
)
def test_the_best_are_those_of_sorting(
    known: list[str], word: str, max_edits: int, limit: int, data: st.DataObject
) -> None:
    numbers = st.lists(st.integers(0, 3), min_size=len(known), max_size=len(known))
    counts, word_fields = data.draw(numbers), data.draw(numbers)
    index = FuzzyIndex.of(TextColumn.of(known))
    rows, counts_of_rows = index.best(
        word, max_edits, 2, np.array(word_fields, dtype=np.uint8), np.array(counts, dtype=np.uint32), limit
    )
    ranked = [
        (*slip_rank(word, other, distance(word, other)), -counts[row], row)
        for row, other in enumerate(known)
        if distance(word, other) <= max_edits and word_fields[row] & 2
    ]
    assert rows.tolist() == [row for *_, row in sorted(ranked)[:limit]]
    assert counts_of_rows.tolist() == [counts[row] for row in rows.tolist()]


def test_words_of_any_length_are_found() -> None:
    long = "abcdefgh" * 40
    known = [long, long + "x", "y" + long, long[1:], long[:-3], ""]
    rows, edits = FuzzyIndex.of(TextColumn.of(known)).find(long, 2)
    assert dict(zip(rows.tolist(), edits.tolist(), strict=True)) == {0: 0, 1: 1, 2: 1, 3: 1}
