"""Counting: how many documents of a set have each value, or fall into each span.

>>> column = OrdinalColumn.of([("b", "a"), (), ("b",)])
>>> counts_of(column, DocSet.all(3)).tolist(), missing_of(column, DocSet.all(3))
([1, 2], 1)
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import NumberColumn, OrdinalColumn
from searchsvc.docvalues.docset import DocSet

Counts = NDArray[np.int64]

# Below one document in so many, the values of each are looked up; above, all values are gone through.
SPARSE = 8


def counts_of(column: OrdinalColumn, documents: DocSet) -> Counts:
    """How many of the documents have each form (int64, a place for each of `column.forms`)."""
    if column.single is not None:
        chosen = column.single[documents.docnums()] + 1
        return np.bincount(chosen, minlength=len(column.forms) + 1)[1:]
    return np.bincount(ordinals_of(column, documents), minlength=len(column.forms))


def ordinals_of(column: OrdinalColumn, documents: DocSet) -> NDArray[np.int32]:
    """The ordinals of all values of the documents, one after the other."""
    ordinals: NDArray[np.int32] = column.ordinals[_rows(column, documents)]
    return ordinals


def occurrences_of(column: OrdinalColumn, documents: DocSet) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """The document and the ordinal of each value of the documents."""
    rows = _rows(column, documents)
    return column.documents[rows], column.ordinals[rows]


def missing_of(column: OrdinalColumn, documents: DocSet) -> int:
    """How many of the documents have no value at all."""
    docnums = documents.docnums()
    return int(np.count_nonzero(column.starts[docnums] == column.starts[docnums + np.uint32(1)]))


def tally(column: NumberColumn, documents: DocSet) -> tuple[NDArray[np.int64], Counts, int]:
    """The different numbers that the documents have, ascending, how many have each, and how many have none."""
    docnums = documents.docnums()
    present = docnums[column.present[docnums]]
    numbers, counts = np.unique(column.numbers[present], return_counts=True)
    return numbers, counts, len(docnums) - len(present)


def _rows(column: OrdinalColumn, documents: DocSet) -> NDArray[np.intp]:
    if len(documents) * SPARSE >= documents.size:
        return np.flatnonzero(documents.mask()[column.documents])
    docnums = documents.docnums()
    starts = column.starts[docnums].astype(np.intp)
    lengths = column.starts[docnums + np.uint32(1)].astype(np.intp) - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    rows: NDArray[np.intp] = np.arange(total, dtype=np.intp) + np.repeat(starts - (ends - lengths), lengths)
    return rows
