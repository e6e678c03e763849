"""Search in columns of texts against bisecting and joining lists of Python."""

from bisect import bisect_left

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.embedded.kernels.byte_strings import first_not_below, joined, row_of, rows_of

words = st.text(st.sampled_from("abcé\u0442\u56fd\U0001d7d8"), min_size=0, max_size=6)


def _encoded(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


@given(texts=st.sets(words, max_size=40), wanted=words)
def test_first_not_below_is_bisect_and_past_is_behind_all_that_begin_so(texts: set[str], wanted: str) -> None:
    listed = sorted(texts)
    column = TextColumn.of(listed)
    low = first_not_below(column.letters, column.offsets, _encoded(wanted), False)
    high = first_not_below(column.letters, column.offsets, _encoded(wanted), True)
    assert low == bisect_left(listed, wanted)
    assert listed[low:high] == [text for text in listed if text.startswith(wanted)]


@given(texts=st.sets(words, max_size=40), wanted=st.lists(words, max_size=10))
def test_rows_are_those_of_the_list(texts: set[str], wanted: list[str]) -> None:
    listed = sorted(texts)
    column, asked = TextColumn.of(listed), TextColumn.of(wanted)
    rows = [listed.index(text) if text in texts else -1 for text in wanted]
    assert rows_of(column.letters, column.offsets, asked.letters, asked.offsets).tolist() == rows
    assert [row_of(column.letters, column.offsets, _encoded(text)) for text in wanted] == rows


@given(texts=st.lists(words, min_size=1, max_size=20), data=st.data())
def test_joined_texts_end_with_the_mark(texts: list[str], data: st.DataObject) -> None:
    column = TextColumn.of(texts)
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=20))
    found = joined(column.letters, column.offsets, np.array(rows, dtype=np.int64), 10)
    assert found.tobytes().decode() == "".join(texts[row] + "\n" for row in rows)
