"""Compiled loops against plain Python that says the same: facets, positions, patterns, words near."""

import subprocess
import sys
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.engines.embedded.columns.facet_counter import FacetTable
from searchsvc.engines.embedded.kernels.docid_sets import union
from searchsvc.engines.embedded.postings.positions import put_gap
from searchsvc.engines.embedded.postings.tf_patterns import by_use, has_room, no_patterns, number_of, with_room
from searchsvc.engines.embedded.terms.term_dictionary import dictionary_of
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.model.request import FacetRequest
from searchsvc.text.distance import within as words_within

several = st.lists(st.lists(st.sampled_from("aAbBcd"), max_size=4, unique=True).map(tuple), min_size=1, max_size=30)
single = st.lists(st.sampled_from([(), ("a",), ("A",), ("c",)]), min_size=1, max_size=30)


@given(parts=st.lists(st.one_of(several, single), min_size=1, max_size=3), data=st.data())
def test_facets_count_each_document_once_to_a_key(parts: list[list[tuple[str, ...]]], data: st.DataObject) -> None:
    chosen = [data.draw(st.sets(st.integers(0, len(part) - 1))) for part in parts]
    (field,) = [field for field in FACET_FIELDS if field.name == "tag"]
    table = FacetTable([OrdinalColumn.of(part) for part in parts])
    facet = table.facet(
        field, FacetRequest(field="tag", size=100), [np.array(sorted(of), dtype=np.uint32) for of in chosen]
    )
    counted = [values for part, of in zip(parts, chosen, strict=True) for n, values in enumerate(part) if n in of]
    of_forms = Counter(form for values in counted for form in values)
    of_keys = Counter(key for values in counted for key in {form.lower() for form in values})
    best = {key: min((-n, form) for form, n in of_forms.items() if form.lower() == key)[1] for key in of_keys}
    assert {bucket.value: bucket.count for bucket in facet.buckets} == {best[key]: n for key, n in of_keys.items()}
    assert facet.missing == sum(not values for values in counted)


@given(wanted=st.lists(st.integers(0, 2**32 - 1), max_size=30))
def test_gaps_come_back(wanted: list[int]) -> None:
    data = np.zeros(5 * len(wanted) + 1, dtype=np.uint8)
    at = 0
    for gap in wanted:
        at = put_gap(data, at, gap)
    found, held, shift = [], 0, 0
    for byte in data[:at].tolist():
        held |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(held)
            held = shift = 0
    assert found == wanted


pattern = st.lists(
    st.tuples(st.one_of(st.integers(0, 9), st.integers(0, 2**32 - 1)), st.sampled_from((1, 1, 2, 31, 32, 70_000))),
    min_size=1,
    max_size=4,
    unique_by=lambda entry: entry[0],
).map(lambda entries: tuple(sorted(entries)))


@settings(max_examples=20)
@given(wanted=st.lists(pattern, max_size=300))
def test_equal_patterns_have_one_number_and_others_another(wanted: list[tuple[tuple[int, int], ...]]) -> None:
    table = no_patterns(2)
    seen: dict[tuple[tuple[int, int], ...], int] = {}
    uses: Counter[int] = Counter()
    for entries in wanted:
        keys = np.array([key for key, _ in entries], dtype=np.uint32)
        counts = np.array([number for _, number in entries], dtype=np.uint32)
        if not has_room(table, 1, len(entries)):
            table = with_room(table, len(entries))
        found = number_of(table, keys, counts, len(entries))
        assert found == seen.setdefault(entries, len(seen))
        uses[found] += 1
    assert table.sizes[0] == len(seen)
    for entries, number in seen.items():
        start, end = table.first[number], table.first[number + 1]
        assert tuple(zip(table.keys[start:end].tolist(), table.counts[start:end].tolist(), strict=True)) == entries
        assert table.used[number] == uses[number]
    renamed = by_use(table).tolist()
    assert sorted(renamed) == list(range(len(seen)))
    assert [uses[number] for number in sorted(seen.values(), key=lambda n: renamed[n])] == sorted(
        uses.values(), reverse=True
    )


# --- words ------------------------------------------------------------------------------------------------------------

words = st.text(st.sampled_from("abcé\u0442\u56fd\U0001d7d8"), min_size=0, max_size=6)


@given(texts=st.sets(words, min_size=1, max_size=60), wanted=words, most=st.integers(0, 2))
def test_no_word_near_enough_is_lost(texts: set[str], wanted: str, most: int) -> None:
    dictionary, _, _ = dictionary_of([(text, text, False) for text in texts])
    rows, offs = dictionary.near.find(wanted, most)
    near = dict(words_within(wanted, sorted(texts), most))
    found = {dictionary.words[row]: off for row, off in zip(rows.tolist(), offs.tolist(), strict=True)}
    assert found == near


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
    few = np.arange(3, dtype=np.uint32)
    assert union(few, few).tolist() == [0, 1, 2]  # compiled by now, and kept
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
