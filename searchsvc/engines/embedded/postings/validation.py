"""Validation of postings by their meaning: every byte of every list is decoded, and nothing is read out of bounds.

For a file whose checksums are right and whose numbers may not be: by a fault of a writer, or of a machine's memory.
Counts derived from the lists are returned, to be compared with the segment's other arrays.

Not for every start: it reads the whole segment. `index.validation` remembers that it was done.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.jit import Out, OutMatrix, inlined, kernel, part, whole
from searchsvc.engines.embedded.postings.blocks import (
    block_size,
    docid_before,
    gaps_at,
    impacts_at,
    number_at,
    patterns_at,
)
from searchsvc.engines.embedded.postings.bm25f import Norms, full_tf
from searchsvc.engines.embedded.postings.format import FIELD_BITS, FIELD_MASK, Postings
from searchsvc.engines.embedded.postings.impacts import impact_of_tf

# What can be wrong, as `check_lists` returns it, and the array that it is wrong in.
WHOLE, WIDTHS, DOCIDS, LAST_DOCID, PATTERNS, FORMS, IMPACTS, MAX_IMPACT, POSITIONS = range(9)
FAULTY_ARRAY = {
    WIDTHS: "postings", DOCIDS: "postings", LAST_DOCID: "last_docid", PATTERNS: "postings", FORMS: "pattern_keys",
    IMPACTS: "postings", MAX_IMPACT: "max_impact", POSITIONS: "positions",
}  # fmt: skip

# The most bytes of one gap between positions: 32 bits, seven a byte.
GAP_BYTES = 5


class Forms(NamedTuple):
    """The forms of the term dictionary: stem class c has the forms `first[c]` to `first[c + 1]`; `word_of` says of
    which word.
    """

    first: NDArray[np.uint32]
    word_of: NDArray[np.uint32]


class Counted(NamedTuple):
    """Counts accumulated while the lists are decoded; all zeros before.

    `tokens` has a row for each text field, a column for each document; `pattern_uses` the postings with each pattern;
    `word_counts` the documents with each word, `word_fields` a bit for each text field that it stands in.
    """

    tokens: OutMatrix[np.int64]
    pattern_uses: Out[np.int64]
    word_counts: Out[np.uint32]
    word_fields: Out[np.uint8]


class Sample(NamedTuple):
    """Occurrences in some documents: `is_sampled` flags these, `keys` takes their occurrences, `held` says how many.

    An occurrence is a key as in `format.Keys`; `keys` has room for as many as the documents have words.
    """

    is_sampled: NDArray[np.bool_]
    keys: Out[np.uint64]
    held: Out[np.int64]


@kernel
def check_lists(postings: Postings, forms: Forms, norms: Norms, counted: Counted, sample: Sample) -> tuple[int, int]:
    """Decode all lists; what is wrong first (WHOLE: nothing), and in which stem class.

    Relies on what `index.validation` has checked of the arrays before: that they have the right lengths, that starts
    ascend and end where the bytes do, and that the keys of patterns name text fields.
    """
    for stem_class in range(postings.counts.size):
        for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
            fault = _check_block(postings, stem_class, block, forms, norms, counted, sample)
            if fault != WHOLE:
                return fault, stem_class
    return WHOLE, 0


@part
def _check_block(
    postings: Postings, stem_class: int, block: int, forms: Forms, norms: Norms, counted: Counted, sample: Sample
) -> int:  # fmt: skip
    size = block_size(postings, stem_class, block)
    start, end = whole(postings.block_start[block]), whole(postings.block_start[block + 1])
    if end - start < 2:
        return WIDTHS
    data, documents = postings.block_bytes, sample.is_sampled.size
    gap_width, gaps = gaps_at(postings, block)
    pattern_width = whole(data[start + 1])
    if not (_is_width(gap_width) and _is_width(pattern_width)):
        return WIDTHS
    if end - start != 2 + size * (gap_width + pattern_width + 1):
        return WIDTHS
    _, patterns = patterns_at(postings, block, size)
    impacts = impacts_at(postings, block, size)
    docid = docid_before(postings, stem_class, block)
    is_first = block == postings.first_block[stem_class]
    at, limit = whole(postings.position_start[block]), whole(postings.position_start[block + 1])
    max_impact = whole(0)
    for i in range(size):
        gap = number_at(data, gaps + i * gap_width, gap_width)
        docid += gap
        if docid >= documents or (gap == 0 and not (is_first and i == 0)):
            return DOCIDS
        pattern = number_at(data, patterns + i * pattern_width, pattern_width)
        if pattern >= counted.pattern_uses.size:
            return PATTERNS
        if not _count(postings, stem_class, docid, pattern, forms, counted):
            return FORMS
        tf = full_tf(postings.pattern_start, postings.pattern_keys, postings.pattern_tfs, pattern, docid, norms)
        impact = whole(data[impacts + i])
        if abs(impact - impact_of_tf(tf)) > 1:  # another processor may round otherwise
            return IMPACTS
        max_impact = max(max_impact, impact)
        at = _check_positions(postings, pattern, docid, at, limit, sample)
        if at < 0:
            return POSITIONS
    if docid != whole(postings.last_docid[block]):
        return LAST_DOCID
    if max_impact != whole(postings.max_impact[block]):
        return MAX_IMPACT
    return WHOLE if at == limit else POSITIONS


@inlined
def _is_width(width: int) -> bool:
    return width == 1 or width == 2 or width == 4  # a tuple is slower in a kernel


@part
def _count(
    postings: Postings, stem_class: int, docid: int, pattern: int, forms: Forms, counted: Counted
) -> bool:  # fmt: skip
    """Count a posting; False where its pattern names a form that the stem class has not."""
    first, size = whole(forms.first[stem_class]), whole(forms.first[stem_class + 1]) - whole(forms.first[stem_class])
    counted.pattern_uses[pattern] += 1
    before = whole(-1)
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        key = postings.pattern_keys[entry]
        form, field = whole(key >> FIELD_BITS), whole(key & FIELD_MASK)
        if form >= size:
            return False
        counted.tokens[field, docid] += postings.pattern_tfs[entry]
        word = whole(forms.word_of[first + form])
        if word != before:  # the forms of a word are neighbours
            counted.word_counts[word] += 1
            before = word
        counted.word_fields[word] |= 1 << field
    return True


@part
def _check_positions(postings: Postings, pattern: int, docid: int, at: int, limit: int, sample: Sample) -> int:
    """Where the positions of a posting end; -1 where they do not ascend, or go beyond `limit`."""
    data = postings.position_bytes
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        field = whole(postings.pattern_keys[entry] & FIELD_MASK)
        position = whole(0)
        for number in range(postings.pattern_tfs[entry]):
            gap, at = _checked_gap(data, at, limit)
            position += gap
            if at < 0 or position > 0xFFFFFFFF or (gap == 0 and number > 0):
                return -1
            if sample.is_sampled[docid]:
                if sample.held[0] == sample.keys.size:
                    return -1
                text = np.uint64(docid) << np.uint64(35) | np.uint64(field) << np.uint64(32)
                sample.keys[sample.held[0]] = text | np.uint64(position)
                sample.held[0] += 1
    return at


@part
def _checked_gap(data: Bytes, at: int, limit: int) -> tuple[int, int]:
    """As `positions.read_gap`, with a look at the limit and at the length; the offset is -1 if the gap is too long, or
    passes the limit.
    """
    gap, shift = whole(0), whole(0)
    for _ in range(GAP_BYTES):
        if at >= limit:
            return 0, -1
        byte = whole(data[at])
        at += 1
        gap |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return gap, at
    return 0, -1
