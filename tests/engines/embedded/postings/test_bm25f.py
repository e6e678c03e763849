"""BM25F over arrays is the formula of `engines.bm25f` for one number at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines import bm25f as one_by_one
from searchsvc.engines.embedded.postings.bm25f import (
    averages_of,
    full_tf,
    norms_of,
    saturated,
    set_field_weights,
    weighted_tf,
)
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from tests.engines.embedded.postings.plain import Posting, encode

FIELDS = len(SEARCHED_FIELDS)
FORMS = 3
DOCUMENTS = 4

lengths_of = st.lists(
    st.lists(st.integers(0, 50), min_size=FIELDS, max_size=FIELDS), min_size=DOCUMENTS, max_size=DOCUMENTS
)
fields_of = st.lists(st.sampled_from(SEARCHED_FIELDS), min_size=1, unique=True)
tfs_of = st.dictionaries(
    st.tuples(st.integers(0, FORMS - 1), st.integers(0, FIELDS - 1)), st.integers(1, 9), min_size=1
)


def plain_tf(
    tfs: dict[tuple[int, int], int], weights: list[float], fields: list[str], lengths: list[int], averages: list[float]
) -> float:
    """The weighted term frequency of a document by the formula; a field without an average has no norm."""
    total = 0.0
    for (form, number), tf in tfs.items():
        field, average = TEXT_FIELDS[number], averages[number]
        norm = 1 - field.length_norm + field.length_norm * lengths[number] / average if average else 1.0
        total += field.boost * weights[form] * tf / norm if field.name in fields else 0.0
    return total


@settings(max_examples=30)
@given(lengths=lengths_of, tfs=tfs_of, fields=fields_of, docid=st.integers(0, DOCUMENTS - 1))
def test_term_frequencies_are_those_of_the_formula(
    lengths: list[list[int]], tfs: dict[tuple[int, int], int], fields: list[str], docid: int
) -> None:
    rows = np.array(lengths, np.uint32).T.copy()
    averages = averages_of([rows])
    weights = [1.0, 0.7, 0.0]
    postings = encode([[Posting(docid, {form << 3 | field: [1] * tfs[form, field] for form, field in sorted(tfs)})]])
    found = weighted_tf(postings, 0, docid, np.array([9.0, *weights]), 1, norms_of(rows, averages, fields))
    assert found == pytest.approx(plain_tf(tfs, weights, fields, lengths[docid], averages))
    most = full_tf(
        postings.pattern_start, postings.pattern_keys, postings.pattern_tfs, 0, docid,
        norms_of(rows, averages, SEARCHED_FIELDS),
    )  # fmt: skip
    assert most == pytest.approx(plain_tf(tfs, [1.0] * FORMS, list(SEARCHED_FIELDS), lengths[docid], averages))
    assert most >= found
    assert saturated(found) == pytest.approx(one_by_one.saturated(found))


@given(parts=st.lists(lengths_of, min_size=1, max_size=3))
def test_averages_are_over_the_documents_that_have_a_word_there(parts: list[list[list[int]]]) -> None:
    averages = averages_of([np.array(part, np.uint32).T.copy() for part in parts])
    for field, average in enumerate(averages):
        present = [lengths[field] for part in parts for lengths in part if lengths[field]]
        assert average == pytest.approx(sum(present) / len(present) if present else 0.0)


@settings(max_examples=20)
@given(
    lengths=lengths_of,
    fields=fields_of,
    docids=st.lists(st.integers(0, DOCUMENTS - 1), min_size=1, max_size=6),
    data=st.data(),
)
def test_field_weights_of_some_rows(
    lengths: list[list[int]], fields: list[str], docids: list[int], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(docids) - 1), unique=True))
    by_field = np.array(lengths, np.uint32).T.copy()
    averages = averages_of([by_field])
    weights = np.full((len(docids), FIELDS), -1.0)
    set_field_weights(
        np.array(docids, np.uint32), np.array(rows, np.int64), norms_of(by_field, averages, fields), weights
    )
    for row, docid in enumerate(docids):
        for field in range(FIELDS):
            expected = plain_tf({(0, field): 1}, [1.0], fields, lengths[docid], averages) if row in rows else -1.0
            assert weights[row, field] == pytest.approx(expected)
