"""Words near to another are those that the plain distance says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.completion import slip_rank
from searchsvc.engines.embedded.terms.fuzzy import FuzzyIndex
from searchsvc.text.distance import distance

# Few letters, so that many words are near; of one byte and of more, and two that share a bit.
words = st.text(alphabet="abcé国!𐐀", max_size=9)


@given(known=st.lists(words, max_size=40), word=words, most=st.integers(0, 3))
def test_words_found_are_those_so_many_letters_off(known: list[str], word: str, most: int) -> None:
    rows, offs = FuzzyIndex.of(TextColumn.of(known)).find(word, most)
    found = dict(zip(rows.tolist(), offs.tolist(), strict=True))
    expected = {row: distance(other, word) for row, other in enumerate(known)}
    assert found == {row: off for row, off in expected.items() if off <= most}


@given(word=words, edits=st.lists(st.tuples(st.sampled_from("ids~"), st.integers(0, 9)), max_size=2))
def test_a_misspelt_word_is_near(word: str, edits: list[tuple[str, int]]) -> None:
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
    most=st.integers(0, 3),
    limit=st.integers(0, 9),
    data=st.data(),
)
def test_the_best_are_those_of_sorting(known: list[str], word: str, most: int, limit: int, data: st.DataObject) -> None:
    numbers = st.lists(st.integers(0, 3), min_size=len(known), max_size=len(known))
    counts, fields_of = data.draw(numbers), data.draw(numbers)
    near = FuzzyIndex.of(TextColumn.of(known))
    rows, of_each = near.best(
        word, most, 2, np.array(fields_of, dtype=np.uint8), np.array(counts, dtype=np.uint32), limit
    )
    ranked = [
        (*slip_rank(word, other, distance(word, other)), -counts[row], row)
        for row, other in enumerate(known)
        if distance(word, other) <= most and fields_of[row] & 2
    ]
    assert rows.tolist() == [row for *_, row in sorted(ranked)[:limit]]
    assert of_each.tolist() == [counts[row] for row in rows.tolist()]


def test_long_words_are_near_too() -> None:
    long = "abcdefgh" * 40
    known = [long, long + "x", "y" + long, long[1:], long[:-3], ""]
    rows, offs = FuzzyIndex.of(TextColumn.of(known)).find(long, 2)
    assert dict(zip(rows.tolist(), offs.tolist(), strict=True)) == {0: 0, 1: 1, 2: 1, 3: 1}
