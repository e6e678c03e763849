"""Byte strings: a column of texts as UTF-8, one after the other: search among sorted ones, and joining.

Text i is `letters[offsets[i]:offsets[i + 1]]` (uint8, uint64), as in `docvalues.columns.TextColumn`. Sorted texts
ascend by their bytes, which is the order of their characters.

>>> column = TextColumn.of(["ice", "rain", "snow"])
>>> [row_of(column.letters, column.offsets, np.frombuffer(word, np.uint8)) for word in (b"rain", b"hail")]
[1, -1]
"""

import numpy as np

from searchsvc.docvalues.columns import TextColumn  # noqa: F401  # for the example above
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint64s
from searchsvc.engines.embedded.kernels.jit import kernel, whole


@kernel
def row_of(letters: Bytes, offsets: Uint64s, wanted: Bytes) -> int:
    """The row of a text among sorted ones; -1 if it is not there."""
    row = first_not_below(letters, offsets, wanted, False)
    if row == offsets.size - 1 or whole(offsets[row + 1] - offsets[row]) != wanted.size:
        return -1
    start = whole(offsets[row])
    for i in range(wanted.size):
        if letters[start + i] != wanted[i]:
            return -1
    return row


@kernel
def rows_of(letters: Bytes, offsets: Uint64s, wanted: Bytes, wanted_offsets: Uint64s) -> Int64s:
    """`row_of` each of some texts, another column (int64)."""
    rows = np.empty(wanted_offsets.size - 1, np.int64)
    for i in range(rows.size):
        rows[i] = row_of(letters, offsets, wanted[wanted_offsets[i] : wanted_offsets[i + 1]])
    return rows


@kernel
def first_not_below(letters: Bytes, offsets: Uint64s, wanted: Bytes, past: bool) -> int:
    """The first row of sorted texts not below `wanted`; if `past`, the first behind those that begin with it."""
    low, high = 0, offsets.size - 1
    while low < high:
        middle = (low + high) // 2
        start, end = whole(offsets[middle]), whole(offsets[middle + 1])
        shared = min(end - start, wanted.size)
        order = 0
        for i in range(shared):
            if letters[start + i] != wanted[i]:
                order = -1 if letters[start + i] < wanted[i] else 1
                break
        if order == 0:
            order = -1 if end - start < wanted.size or past else 1
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def joined(letters: Bytes, offsets: Uint64s, rows: Int64s, end_mark: int) -> Bytes:
    """The texts of some rows, one after the other, each followed by the byte `end_mark`, which none of them has."""
    size = rows.size
    for row in rows:
        size += whole(offsets[row + 1]) - whole(offsets[row])
    found = np.empty(size, np.uint8)
    end = 0
    for row in rows:
        for at in range(whole(offsets[row]), whole(offsets[row + 1])):
            found[end] = letters[at]
            end += 1
        found[end] = end_mark
        end += 1
    return found
