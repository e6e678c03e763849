"""Each compiled loop against plain Python that says the same: sets and the top k."""

import random
import subprocess
import sys
from bisect import bisect_left
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING, NumberColumn, TextColumn
from searchsvc.engines.embedded.index.snapshot import span, tally
from searchsvc.engines.embedded.kernels.byte_strings import first_not_below
from searchsvc.engines.embedded.kernels.docid_sets import flagged, gallop, intersection, union, within, without
from searchsvc.engines.embedded.kernels.top_k import top_k
from searchsvc.engines.embedded.search.expansion import merged
from searchsvc.engines.embedded.search.phrase import documents_of, moved_back, shared

SIZE = 300
few = st.sets(st.integers(0, SIZE - 1), max_size=6)
many = st.sets(st.integers(0, SIZE - 1), max_size=200)
numbers = st.one_of(few, many)


def docids(wanted: set[int]) -> NDArray[np.uint32]:
    return np.array(sorted(wanted), dtype=np.uint32)


@given(one=numbers, other=numbers)
def test_sets_are_those_of_python(one: set[int], other: set[int]) -> None:
    a, b = docids(one), docids(other)
    for found, wanted in ((intersection(a, b), one & other), (union(a, b), one | other), (without(a, b), one - other)):
        assert found.tolist() == sorted(wanted)
        assert found.dtype == np.uint32
    mask = np.zeros(SIZE, dtype=np.bool_)
    mask[b] = True
    assert flagged(a, mask).tolist() == sorted(one & other)


@given(wanted=numbers, start=st.integers(0, 250), sought=st.integers(0, SIZE))
def test_galloping_finds_what_bisecting_does(wanted: set[int], start: int, sought: int) -> None:
    listed = sorted(wanted)
    start = min(start, len(listed))
    assert gallop(docids(wanted), start, sought) == max(start, bisect_left(listed, sought))


@given(
    wanted=numbers,
    values=st.lists(st.one_of(st.none(), st.integers(-4, 4)), min_size=SIZE, max_size=SIZE),
    low=st.integers(-5, 5),
    high=st.integers(-5, 5),
)
def test_spans_and_tallies_of_numbers(wanted: set[int], values: list[int | None], low: int, high: int) -> None:
    column, chosen = NumberColumn.of(values).numbers, docids(wanted)
    found = within(chosen, column, low, high).tolist()
    assert found == [n for n in sorted(wanted) if (value := values[n]) is not None and low <= value <= high]
    present = [value for n in wanted if (value := values[n]) is not None]
    least, most, missing = span(column, chosen)
    assert missing == len(wanted) - len(present)
    if present:
        assert (least, most) == (min(present), max(present))
        counts = np.zeros(most - least + 1, dtype=np.int64)
        tally(column, chosen, least, counts)
        assert dict(enumerate(counts.tolist(), least)) == {n: present.count(n) for n in range(least, most + 1)}
    else:
        assert least > most
    assert MISSING not in present


@given(keys=st.lists(st.sampled_from((0.0, -0.0, -1.5, -2.0, 3.0, float("inf"))), max_size=60), most=st.integers(0, 70))
def test_the_smallest_are_those_of_sorting(keys: list[float], most: int) -> None:
    chosen = np.array(sorted(random.Random(len(keys)).sample(range(100), len(keys))), dtype=np.uint32)
    ranks = np.array(random.Random(most).sample(range(100), 100), dtype=np.uint32)
    found = top_k(np.array(keys), chosen, ranks, most).tolist()
    wanted = sorted(range(len(keys)), key=lambda place: (keys[place], ranks[chosen[place]]))[:most]
    assert sorted(found) == sorted(wanted)


@given(parts=st.lists(st.dictionaries(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=7))
def test_merging_lists_adds_up_what_a_document_has(parts: list[dict[int, int]]) -> None:
    pairs = [sorted(part.items()) for part in parts]
    every = [pair for part in pairs for pair in part]
    borders = np.concatenate(([0], np.cumsum([len(part) for part in pairs])))
    found, sums = merged(
        np.array([n for n, _ in every], dtype=np.uint32), np.array([float(n) for _, n in every]), borders
    )
    wanted: Counter[int] = Counter()
    for part in parts:
        wanted.update(part)
    assert list(zip(found.tolist(), sums.tolist(), strict=True)) == sorted(wanted.items())


keys_of = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(0, 30)), max_size=25, unique=True).map(
    lambda places: np.array(sorted(d << 35 | f << 32 | p for d, f, p in places), dtype=np.uint64)
)


@given(one=keys_of, other=keys_of, places=st.integers(0, 8))
def test_places_moved_and_shared(one: NDArray[np.uint64], other: NDArray[np.uint64], places: int) -> None:
    assert shared(one, other).tolist() == sorted(set(one.tolist()) & set(other.tolist()))
    assert documents_of(one).tolist() == sorted({key >> 35 for key in one.tolist()})
    assert moved_back(one, places).tolist() == [key - places for key in one.tolist() if key & 0xFFFFFFFF >= places]


# --- words ------------------------------------------------------------------------------------------------------------

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


def test_the_loading_of_what_was_compiled_before_counts_as_making() -> None:
    lines = (
        "import numpy as np",
        "from searchsvc.engines.embedded.kernels.jit import made_s",
        "from searchsvc.engines.embedded.kernels.docid_sets import union",
        "few = np.arange(3, dtype=np.uint32)",
        "union(few, few)",
        "first = made_s()",
        "union(few, few)",
        "print(first > 0, made_s() == first)",
    )
    assert union(docids({1}), docids({2})).tolist() == [1, 2]  # compiled by now, and kept
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
