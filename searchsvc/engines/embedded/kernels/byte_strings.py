"""Byte strings: texts one after the other as UTF-8, with offsets: look-up among ascending ones, and joining.

Text i is `letters[offsets[i]:offsets[i + 1]]` (uint8, uint64), as in `docvalues.columns.TextColumn`.

>>> column = TextColumn.of(["ice", "rain", "snow"])
>>> [row_of(column.letters, column.offsets, np.frombuffer(word, np.uint8)) for word in (b"rain", b"hail")]
[1, -1]
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import TextColumn  # noqa: F401  # for the example above
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.jit import kernel, whole


@kernel
def row_of(letters: Bytes, offsets: NDArray[np.uint64], wanted: Bytes) -> int:
    """The row of a text among ascending ones; -1 when it is not there."""
    row = first_not_below(letters, offsets, wanted, False)
    if row == offsets.size - 1 or whole(offsets[row + 1] - offsets[row]) != wanted.size:
        return -1
    start = whole(offsets[row])
    for i in range(wanted.size):
        if letters[start + i] != wanted[i]:
            return -1
    return row


@kernel
def rows_of(
    letters: Bytes, offsets: NDArray[np.uint64], wanted: Bytes, wanted_offsets: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """`row_of` each of some texts."""
    rows = np.empty(wanted_offsets.size - 1, np.int64)
    for i in range(rows.size):
        rows[i] = row_of(letters, offsets, wanted[wanted_offsets[i] : wanted_offsets[i + 1]])
    return rows


@kernel
def first_not_below(letters: Bytes, offsets: NDArray[np.uint64], wanted: Bytes, past: bool) -> int:
    """The first of ascending texts that is not below `wanted`; or, `past`, the first behind those that begin so."""
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
def joined(letters: Bytes, offsets: NDArray[np.uint64], rows: NDArray[np.integer], end_mark: int) -> Bytes:
    """The UTF-8 of some texts of a column, each with a byte after it that none of them has."""
    size = rows.size
    for row in rows:
        size += whole(offsets[row + 1]) - whole(offsets[row])
    together = np.empty(size, np.uint8)
    end = 0
    for row in rows:
        for at in range(whole(offsets[row]), whole(offsets[row + 1])):
            together[end] = letters[at]
            end += 1
        together[end] = end_mark
        end += 1
    return together
