"""The format of postings: what lies in a segment's file for each stem class.

A **form** is a word as cut from text: its folded spelling, its stem, and whether it stands in capitals. The forms that
share a stem are a **stem class**, and have numbers within it. All postings of a stem class are one **postings list**:
a query for a word reads one list, and a word of a text is written once.

A **posting** is a docid and a **term-frequency pattern**: how often each form of the stem class stands in each field
of the document. Patterns are few (most are "one form, once, in the body"), so a segment keeps each of them once:
pattern p has the entries `pattern_start[p]` to `pattern_start[p + 1]`, each a key (form within the stem class << 3 |
field, ascending) and a term frequency.

A list is cut into **blocks** of 128 postings, the last one shorter. The bytes of a block of n postings:

    1 byte         width of a gap: 1, 2 or 4
    1 byte         width of a pattern number: 1, 2 or 4
    n * width      gaps between docids, little-endian; the first from the last docid of the block before (from 0)
    n * width      pattern numbers, little-endian
    n bytes        impacts

An **impact** is an upper bound of what a posting adds to a score, quantised to a byte (`impacts`). The **skip data** of
a block lie in arrays: its last docid, where its bytes and its positions begin, and its greatest impact. So a search for
the top ten skips blocks, and within blocks postings, that cannot be among them.

Positions lie apart: for each posting, for each entry of its pattern, as many as its term frequency, ascending, each the
gap from the position before, seven bits a byte, the lowest first, the eighth bit set in all bytes but the last.

Not for reading or writing: `blocks` and `positions` decode, `writer` encodes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.storage import Bytes

BLOCK = 128  # postings
FIELD_BITS = 3  # of a pattern's key
FIELD_MASK = 7

Frequencies = NDArray[np.float64]  # weighted term frequencies, and other numbers by document
Keys = NDArray[np.uint64]  # occurrences: docid << 35 | field << 32 | position
Patterns = NDArray[np.uint32]  # pattern numbers


class Postings(NamedTuple):
    """The postings lists of a segment.

    Stem class c has the blocks `first_block[c]` to `first_block[c + 1]`, and `counts[c]` postings.
    """

    block_bytes: Bytes
    position_bytes: Bytes
    counts: NDArray[np.uint32]
    first_block: NDArray[np.uint32]  # by stem class; one more at the end
    last_docid: NDArray[np.uint32]  # of each block
    block_start: NDArray[np.uint64]  # of each block in `block_bytes`; one more at the end
    position_start: NDArray[np.uint64]  # of each block in `position_bytes`; one more at the end
    max_impact: NDArray[np.uint8]  # of each block
    pattern_start: NDArray[np.uint32]  # by pattern; one more at the end
    pattern_keys: NDArray[np.uint32]
    pattern_tfs: NDArray[np.uint32]
    pattern_tf_sums: NDArray[np.uint32]  # by pattern; made when a file is opened
