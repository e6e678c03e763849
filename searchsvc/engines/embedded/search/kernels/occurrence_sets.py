"""Occurrence sets: where words stand, as ascending keys (uint64: docid << 35 | field << 32 | position).

What a phrase is made of: moved back, intersected, and turned into documents.
"""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.bm25f import Norms, occurrence_weight
from searchsvc.engines.embedded.postings.format import Keys


@kernel
def documents_of(keys: Keys) -> Docids:
    """The documents of some keys, each once."""
    found = np.empty(keys.size, np.uint32)
    held = 0
    for key in keys:
        docid = np.uint32(key >> np.uint64(35))
        if held == 0 or found[held - 1] != docid:
            found[held] = docid
            held += 1
    return found[:held]


@kernel
def moved_back(keys: Keys, distance: int) -> Keys:
    """The keys so many positions earlier; without those that would be before the beginning of their text."""
    found = np.empty(keys.size, np.uint64)
    held = 0
    for key in keys:
        if key & np.uint64(0xFFFFFFFF) >= np.uint64(distance):
            found[held] = key - np.uint64(distance)
            held += 1
    return found[:held]


@kernel
def common_keys(one: Keys, other: Keys) -> Keys:
    """The keys in both."""
    found = np.empty(min(one.size, other.size), np.uint64)
    i = j = held = 0
    while i < one.size and j < other.size:
        if one[i] < other[j]:
            i += 1
        elif other[j] < one[i]:
            j += 1
        else:
            found[held] = one[i]
            held += 1
            i += 1
            j += 1
    return found[:held]


@kernel
def key_frequencies(keys: Keys, norms: Norms, live: Mask) -> tuple[Docids, Float64s]:
    """The live documents of some keys, and the weighted frequency in each: every key counts as an occurrence.

    `live` has a flag for each document, or is empty if none is deleted.
    """
    docids, found = np.empty(keys.size, np.uint32), np.empty(keys.size, np.float64)
    held = 0
    for key in keys:
        docid = whole(key >> np.uint64(35))
        field = whole(key >> np.uint64(32)) & 7
        if live.size and not live[docid]:
            continue
        if held == 0 or docids[held - 1] != docid:
            docids[held], found[held] = docid, 0.0
            held += 1
        found[held - 1] += occurrence_weight(norms, field, docid)
    return docids[:held], found[:held]
