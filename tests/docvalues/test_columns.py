"""Columns give back what documents have, after joining, dropping and storing too."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import (
    MISSING,
    Column,
    FromArrays,
    NumberColumn,
    OrdinalColumn,
    PlainColumn,
    TextColumn,
    to_arrays,
)

labels = st.sampled_from(["", "a", "b", "Łódź", "\udc80", "z" * 300])
several = st.lists(st.lists(labels, max_size=3, unique=True).map(tuple), max_size=8)
texts = st.lists(st.text(st.characters(), max_size=5), max_size=8)
numbers = st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), max_size=8)


def rows(column: Column) -> list[Any]:
    match column:
        case OrdinalColumn():
            return [column.values(docid) for docid in range(len(column))]
        case TextColumn():
            assert column.texts() == [column[row] for row in range(len(column))]
            return list(column.texts())
        case NumberColumn():
            return [None if n == MISSING else n for n in column.numbers.tolist()]
        case PlainColumn():
            return list(column.numbers.tolist())


def columns_of(rows_of: Sequence[Any]) -> Column:
    if rows_of and isinstance(rows_of[0], tuple):
        return OrdinalColumn.of(rows_of)
    if rows_of and isinstance(rows_of[0], str):
        return TextColumn.of(rows_of)
    return NumberColumn.of(rows_of)


@given(expected=st.one_of(several, texts, numbers))
def test_a_column_holds_its_rows_also_after_storing(expected: Sequence[Any]) -> None:
    column = columns_of(expected)
    assert rows(column) == list(expected)
    assert len(column) == len(expected)
    arrays, kinds = to_arrays({"name": column})
    assert rows(FromArrays(arrays, kinds)["name"]) == list(expected)


@given(expected=st.one_of(several, texts, numbers), data=st.data())
def test_dropping_rows_keeps_the_others(expected: Sequence[Any], data: st.DataObject) -> None:
    keep = data.draw(st.lists(st.booleans(), min_size=len(expected), max_size=len(expected)))
    column = columns_of(expected).kept(np.array(keep, dtype=np.bool_))
    assert rows(column) == [row for row, kept in zip(expected, keep, strict=True) if kept]


@given(parts=st.one_of(*(st.lists(kind, min_size=1, max_size=3) for kind in (several, texts, numbers))))
def test_joining_puts_one_after_the_other(parts: list[Sequence[Any]]) -> None:
    first = next((part for part in parts if part), [None])
    columns = [columns_of(part or first[:1]).kept(np.full(len(part) or 1, bool(part))) for part in parts]
    joined: Column
    match columns[0]:
        case OrdinalColumn():
            joined = OrdinalColumn.joined([c for c in columns if isinstance(c, OrdinalColumn)])
        case TextColumn():
            joined = TextColumn.joined([c for c in columns if isinstance(c, TextColumn)])
        case _:
            joined = NumberColumn.joined([c for c in columns if isinstance(c, NumberColumn)])
    assert rows(joined) == [row for part in parts for row in part]


@given(expected=several)
def test_the_single_ordinals_are_there_only_when_no_document_has_two(expected: list[tuple[str, ...]]) -> None:
    column = OrdinalColumn.of(expected)
    if any(len(values) > 1 for values in expected):
        assert column.single is None
    else:
        assert column.single is not None
        assert [(column.labels[o],) if o >= 0 else () for o in column.single] == expected


@given(expected=several, sought=st.sets(labels))
def test_the_documents_having_any_of_some_values(expected: list[tuple[str, ...]], sought: set[str]) -> None:
    column = OrdinalColumn.of(expected)
    ordinals = [number for number, label in enumerate(column.labels) if label in sought]
    found = np.flatnonzero(column.having(ordinals)).tolist()
    assert found == [docid for docid, values in enumerate(expected) if sought & set(values)]
