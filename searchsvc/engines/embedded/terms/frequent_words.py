"""Frequent words: of the words with a prefix, those in the most documents. The plain twin is sorting."""

import numpy as np

from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.byte_strings import first_not_below, joined
from searchsvc.engines.embedded.kernels.jit import kernel

NEWLINE = 10  # in no word


@kernel
def most_frequent_with_prefix(
    letters: Bytes, offsets: Uint64s, prefix: Bytes, counts: Uint32s, limit: int
) -> tuple[Bytes, Uint32s, int]:
    """Up to `limit` words of an ascending column with a prefix and a count above 0, greatest count first, then rows.

    As UTF-8 with a newline after each, their counts, and how many words have the prefix. `counts` is by row.
    """
    low, high = first_not_below(letters, offsets, prefix, False), first_not_below(letters, offsets, prefix, True)
    rows = np.empty(min(limit, high - low), np.int64)
    size = 0
    for row in range(low, high):
        count = counts[row]
        if count and (size < rows.size or count > counts[rows[size - 1]]):
            size = min(size + 1, rows.size)
            slot = size - 1  # insertion sort; the last of a full list goes
            while slot > 0 and counts[rows[slot - 1]] < count:
                rows[slot] = rows[slot - 1]
                slot -= 1
            rows[slot] = row
    rows = rows[:size]
    return joined(letters, offsets, rows, NEWLINE), counts[rows], high - low
