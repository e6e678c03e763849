"""Reckoning: the closeness of documents to an article by its key terms, of those that may be the closest alone.

A step of `alike`. Documents have rows here; a hit says that a row has a stem class. All hits of a row, by what the
impacts of their blocks allow, give a bound of its closeness, and most rows need no more than that.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push
from searchsvc.engines.embedded.postings.blocks import number_at, patterns_at, read_docids
from searchsvc.engines.embedded.postings.bm25f import saturated
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK, Frequencies, Postings
from searchsvc.engines.embedded.postings.impacts import MOST, greatest_impact, score_bound
from searchsvc.engines.embedded.terms.term_dictionary import Weights

Bits = NDArray[np.uint64]  # of each document, the key terms that it has
Numbers = NDArray[np.int64]
Turns = NDArray[np.uint8]

IS_NEAR = 4  # added to the part of a document that may be a copy

# First so many times as many documents as asked are reckoned: those that may be the closest.
MANY = 8

# The turns of documents: they are reckoned first, because they may be the closest; second, because nothing shows that
# they are not; or never.
WAITING, FIRST, SECOND, NEVER = range(4)


class KeyTermClasses(NamedTuple):
    """The stem classes of each key term: those of term t have the places `first[t]` to `first[t + 1]`.

    The forms of the stem class at place i count by `weights` from `weight_first[i]` on.
    """

    first: Numbers
    numbers: Numbers
    weight_first: Numbers
    weights: Weights


class Hits(NamedTuple):
    """Where documents have the stem classes of key terms: those of the stem class at place i are `first[i]` to `first[i
    + 1]`.

    Of each the row of the document, and its pattern; `bounds` has of each row what its closeness is at most.
    """

    first: Numbers
    rows: NDArray[np.uint32]
    patterns: NDArray[np.uint32]
    bounds: Frequencies


@kernel
def no_hits(postings: Postings, stem_classes: KeyTermClasses, size: int) -> Hits:
    """Room for the hits of so many documents."""
    room = 1
    for stem_class in stem_classes.numbers:
        room += whole(postings.counts[stem_class])
    first = np.zeros(stem_classes.numbers.size + 1, np.int64)
    return Hits(first, np.empty(room, np.uint32), np.empty(room, np.uint32), np.zeros(size, np.float64))


@kernel
def add_hits(
    postings: Postings, stem_classes: KeyTermClasses, term_weights: Frequencies, drift: float, first_term: int,
    end_term: int,
    among: Docids, slots: Docids, hits: Hits,
) -> None:  # fmt: skip
    """Add the hits of some documents by some terms; only blocks that may have one are read.

    `slots` has the row of each document plus one.
    """
    lasts, firsts = postings.last_docid, postings.first_block
    numbers, term_first = stem_classes.numbers, stem_classes.first
    first, rows, patterns, bounds = hits.first, hits.rows, hits.patterns, hits.bounds
    docids = np.empty(BLOCK, np.uint32)
    flags = np.zeros(slots.size // 64 + 1, np.uint64)  # small enough to stay at hand
    for docid in among:
        flags[docid >> np.uint32(6)] |= np.uint64(1) << np.uint64(docid & np.uint32(63))
    held = first[term_first[first_term]]
    for term in range(first_term, end_term):
        for i in range(term_first[term], term_first[term + 1]):
            stem_class = numbers[i]
            place = 0
            for block in range(firsts[stem_class], firsts[stem_class + 1]):
                last = lasts[block]
                if place == among.size:
                    break
                if last < among[place]:
                    continue
                bound = score_bound(whole(postings.max_impact[block]), term_weights[term], drift)
                count = read_docids(postings, stem_class, block, docids, 0)
                width, at = patterns_at(postings, block, count)
                begin = held
                for j in range(count):  # without a branch: nobody can tell which way the next one goes
                    docid = docids[j]
                    rows[held], patterns[held] = docid, j
                    held += whole((flags[docid >> np.uint32(6)] >> np.uint64(docid & np.uint32(63))) & np.uint64(1))
                for hit in range(begin, held):
                    row = slots[rows[hit]] - np.uint32(1)
                    rows[hit], patterns[hit] = row, number_at(postings.block_bytes, at + patterns[hit] * width, width)
                    bounds[row] += bound
                while place < among.size and among[place] <= last:
                    place += 1
            first[i + 1] = held


@kernel
def likeliest(bounds: Frequencies, parts: NDArray[np.int8], divisors: Frequencies, count: int) -> Numbers:
    """Of each part the `count` rows with the greatest bounds, and all that may be copies."""
    keys, ranks = np.empty((3, count), np.float64), np.zeros(count, np.uint32)
    rows, held = np.empty((3, count), np.int64), np.zeros(3, np.int64)
    found = np.empty(parts.size, np.int64)
    end = 0
    for row in range(parts.size):
        part, key = parts[row] & 3, -bounds[row] / divisors[row]
        if parts[row] >= IS_NEAR:
            found[end] = row
            end += 1
        elif held[part] < count or key < keys[part, 0]:
            held[part] = heap_push(keys[part], ranks, rows[part], held[part], key, 0, row)
    for part in range(3):
        for i in range(held[part]):
            found[end] = rows[part, i]
            end += 1
    return found[:end]


@kernel
def possible(
    closeness: Frequencies, bounds: Frequencies, more: float, parts: NDArray[np.int8], divisors: Frequencies,
    turns: Turns, count: int,
) -> Numbers:  # fmt: skip
    """The rows that may be in the best `count` of their part when `more` is added, and those that may be copies.

    Of the rows of the first turn the closeness is known but for that, of the others the bounds.
    """
    keys, ranks = np.empty((3, count), np.float64), np.zeros(count, np.uint32)
    rows, held = np.empty(count, np.int64), np.zeros(3, np.int64)
    for row in range(turns.size):
        if turns[row] == FIRST:
            part, key = parts[row] & 3, -closeness[row] / divisors[row]
            if held[part] < count or key < keys[part, 0]:
                held[part] = heap_push(keys[part], ranks, rows, held[part], key, 0, row)
    found = np.empty(turns.size, np.int64)
    end = 0
    for row in range(turns.size):
        part = parts[row] & 3
        found[end] = row
        most = (closeness[row] if turns[row] == FIRST else bounds[row]) + more * (1 + 1e-9)
        end += turns[row] != NEVER and (
            held[part] < count or -most / divisors[row] <= keys[part, 0] or parts[row] >= IS_NEAR
        )
    return found[:end]


@kernel
def leave_out(among: Docids, left: Numbers, turns: Turns, slots: Docids) -> None:
    """Take the slots of all rows but those that are left; their turn comes never."""
    for row in range(among.size):
        slots[among[row]] = 0
    for row in left:
        slots[among[row]] = row + 1
    for row in range(among.size):
        if not slots[among[row]]:
            turns[row] = NEVER


@kernel
def add_up(
    postings: Postings, stem_classes: KeyTermClasses, term_weights: Frequencies, hits: Hits, first_term: int,
    end_term: int,
    turns: Turns, turn: int, scales: Frequencies, found: Frequencies, closeness: Frequencies, shared: Bits,
) -> None:  # fmt: skip
    """Add up what some terms give to the closeness of the rows whose turn it is, and which of the terms they have.

    `found` is zeros, and is left so.
    """
    pattern_first, pattern_keys, pattern_counts = postings.pattern_start, postings.pattern_keys, postings.pattern_tfs
    rows, patterns, first = hits.rows, hits.patterns, hits.first
    term_first, weights, weight_first = stem_classes.first, stem_classes.weights, stem_classes.weight_first
    touched = np.empty(turns.size, np.int64)
    for term in range(first_term, end_term):
        held = 0
        for i in range(term_first[term], term_first[term + 1]):
            own = weight_first[i]
            for hit in range(first[i], first[i + 1]):
                row = rows[hit]
                if turns[row] == turn:
                    pattern = patterns[hit]
                    total = 0.0
                    for entry in range(pattern_first[pattern], pattern_first[pattern + 1]):
                        key = pattern_keys[entry]
                        of_form = weights[own + whole(key >> FIELD_BITS)]
                        total += of_form * pattern_counts[entry] * scales[row, key & FIELD_MASK]
                    if total > 0 and found[row] == 0:
                        touched[held] = row
                        held += 1
                    found[row] += total
        bit, weight = np.uint64(1) << np.uint64(term), term_weights[term]
        for i in range(held):
            row = touched[i]
            closeness[row] += weight * saturated(found[row])
            shared[row] |= bit
            found[row] = 0


@kernel
def most_left(postings: Postings, stem_classes: KeyTermClasses, term_weights: Frequencies, drift: float) -> Frequencies:
    """What each term and those after it can add to the closeness of a document at most."""
    most = np.zeros(term_weights.size + 1, np.float64)
    for term in range(term_weights.size - 1, -1, -1):
        bound = 0.0
        for i in range(stem_classes.first[term], stem_classes.first[term + 1]):
            impact = greatest_impact(postings, stem_classes.numbers[i])
            bound += score_bound(impact, term_weights[term], drift)
        most[term] = most[term + 1] + min(bound, score_bound(MOST, term_weights[term], drift))
    return most
