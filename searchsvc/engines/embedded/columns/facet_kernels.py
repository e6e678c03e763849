"""Facet kernels: count the ordinals of documents, and choose the top buckets with a heap.

The loops of `facet_counter`, which says what labels, keys and global ordinals are. Labels are counted first; the count
of a key is the sum over its labels, less one for each time that a document has a further label of the same key.

>>> key_of = np.array([0, 1, 1], dtype=np.uint32)  # of the labels "gas", "Oil" and "oil"
>>> label_counts, key_counts = np.array([1, 3, 1]), np.array([0, -1])  # one document has both "Oil" and "oil"
>>> keys, label_of_key, total = top_buckets(label_counts, key_counts, key_of, np.empty(0, np.bool_), False, 10)
>>> keys.tolist(), key_counts.tolist(), label_of_key.tolist(), total
([1, 0], [1, 3], [0, 1], 4)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import Ordinals
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.docid_sets import gallop
from searchsvc.engines.embedded.kernels.jit import Out, kernel, part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push, heap_sort

Counts = NDArray[np.int64]
Starts = NDArray[np.uint32]
GlobalOrdinals = NDArray[np.uint32]

NO_ORDINALS: Ordinals = np.empty(0, dtype=np.int32)


class SegmentFacet(NamedTuple):
    """The ordinals of one segment: document d has `ordinals[starts[d]:starts[d + 1]]`."""

    starts: Starts
    ordinals: Ordinals
    single: Ordinals  # the only ordinal of each document, -1 for none; empty when some document has several
    global_ordinals: GlobalOrdinals  # of each ordinal's label
    repeating: Docids  # documents in which two labels have one key, ascending


@kernel
def top_buckets_of_segment(
    segment: SegmentFacet, docids: Docids, key_of: GlobalOrdinals, keys: int, has_prefix: Mask, latest_first: bool,
    size: int,
) -> tuple[NDArray[np.int64], GlobalOrdinals, int, Counts, int]:  # fmt: skip
    """`count_segment` and `top_buckets` in one call: top keys, label of each key, total, counts of keys, missing."""
    label_counts, key_counts = np.zeros(key_of.size, np.int64), np.zeros(keys, np.int64)
    missing = count_segment(segment, docids, key_of, label_counts, key_counts)
    top_keys, label_of_key, total = top_buckets(label_counts, key_counts, key_of, has_prefix, latest_first, size)
    return top_keys, label_of_key, total, key_counts, missing


@kernel
def count_segment(
    segment: SegmentFacet,
    docids: Docids,
    key_of: GlobalOrdinals,
    label_counts: Out[np.int64],
    key_counts: Out[np.int64],
) -> int:
    """Add the documents of a segment to `label_counts`; returns how many have no value.

    From `key_counts` is subtracted what the sum over a key's labels counts more than once of a document.
    """
    if segment.single.size:
        missing = _count_single(segment, docids, label_counts)
    else:
        missing = _count_multiple(segment, docids, label_counts)
    if segment.repeating.size:
        _subtract_repeats(segment, docids, key_of, key_counts)
    return missing


@part
def _count_single(segment: SegmentFacet, docids: Docids, label_counts: Counts) -> int:
    """Count in the segment's own ordinals, then add up by global ordinal: one look-up a document."""
    single, global_ordinals = segment.single, segment.global_ordinals
    counts = np.zeros(global_ordinals.size + 1, np.int64)  # at 0: documents without a value
    for docid in docids:
        counts[single[docid] + 1] += 1
    for ordinal in range(global_ordinals.size):
        label_counts[global_ordinals[ordinal]] += counts[ordinal + 1]
    return whole(counts[0])


@part
def _count_multiple(segment: SegmentFacet, docids: Docids, label_counts: Counts) -> int:
    starts, ordinals, global_ordinals = segment.starts, segment.ordinals, segment.global_ordinals
    missing = whole(0)
    for docid in docids:
        start, end = starts[docid], starts[docid + 1]
        missing += start == end
        for i in range(start, end):
            label_counts[global_ordinals[ordinals[i]]] += 1
    return missing


@part
def _subtract_repeats(segment: SegmentFacet, docids: Docids, key_of: GlobalOrdinals, key_counts: Counts) -> None:
    """Subtract one from a key for each further label of it that a counted document has."""
    starts, ordinals, global_ordinals = segment.starts, segment.ordinals, segment.global_ordinals
    i = 0
    for docid in segment.repeating:
        i = gallop(docids, i, docid)
        if i == docids.size:
            break
        if docids[i] != docid:
            continue
        start, end = starts[docid], starts[docid + 1]
        for j in range(start, end):
            key = key_of[global_ordinals[ordinals[j]]]
            is_repeated = False
            for k in range(start, j):
                is_repeated |= key_of[global_ordinals[ordinals[k]]] == key
            key_counts[key] -= is_repeated


@kernel
def top_buckets(
    label_counts: Counts,
    key_counts: Out[np.int64],
    key_of: GlobalOrdinals,
    has_prefix: Mask,
    latest_first: bool,
    size: int,
) -> tuple[NDArray[np.int64], GlobalOrdinals, int]:
    """The `size` keys of the most documents, equal ones by label; with `latest_first` those of the last labels.

    Adds `label_counts` to `key_counts`. Returns the top keys in their order (int64), the label that each key is shown
    as, and the total of all counted keys. Only keys flagged in `has_prefix` take part; all, when it is empty.
    """
    for label in range(label_counts.size):
        key_counts[key_of[label]] += label_counts[label]
    label_of_key = _most_frequent_labels(label_counts, key_of, key_counts.size)
    capacity = min(size, key_counts.size)
    orders, ranks, keys = np.empty(capacity, np.float64), np.empty(capacity, np.uint32), np.empty(capacity, np.int64)
    held = total = whole(0)
    for key in range(key_counts.size):
        if key_counts[key] and (not has_prefix.size or has_prefix[key]):
            total += key_counts[key]
            order = -float(label_of_key[key]) if latest_first else -float(key_counts[key])
            if capacity and (held < capacity or order <= orders[0]):
                held = heap_push(orders, ranks, keys, held, order, label_of_key[key], key)
    heap_sort(orders, ranks, keys, held)
    return keys[:held], label_of_key, total


@part
def _most_frequent_labels(label_counts: Counts, key_of: GlobalOrdinals, keys: int) -> GlobalOrdinals:
    """For each key its label of the most documents, the first of equal ones."""
    best = np.zeros(keys, np.uint32)
    best_counts = np.full(keys, -1, np.int64)
    for label in range(label_counts.size):
        key = key_of[label]
        if label_counts[label] > best_counts[key]:
            best[key], best_counts[key] = label, label_counts[label]
    return best


@kernel
def repeating_documents(starts: Starts, ordinals: Ordinals, key_of_ordinal: GlobalOrdinals) -> Docids:
    """The documents that have two labels of one key, ascending; `key_of_ordinal` is of the segment's ordinals."""
    found = np.empty(starts.size - 1, np.uint32)
    held = 0
    for docid in range(starts.size - 1):
        is_repeating = False
        for i in range(starts[docid], starts[docid + 1]):
            for j in range(starts[docid], i):
                is_repeating |= key_of_ordinal[ordinals[i]] == key_of_ordinal[ordinals[j]]
        found[held] = docid
        held += is_repeating
    return found[:held].copy()
