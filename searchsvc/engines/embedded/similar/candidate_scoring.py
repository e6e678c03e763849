"""Candidate scoring: the similarity of candidates to an article, computed only for those that may be the most similar.

The steps of `candidates.similar_documents` that read postings. A candidate's similarity is the sum, over the key terms
that it has, of the term's weight times the saturated BM25F term frequency. Block impacts give an upper bound of it,
without patterns or lengths of fields; most candidates are dropped by this alone, as by MaxScore in a search.

The oracle is the memory engine.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint8s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.jit import part, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push
from searchsvc.engines.embedded.postings.blocks import number_at, patterns_at, read_docids
from searchsvc.engines.embedded.postings.bm25f import saturated
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK, Postings
from searchsvc.engines.embedded.postings.impacts import MAX_IMPACT, greatest_impact, score_bound
from searchsvc.engines.embedded.similar.key_term_classes import KeyTermClasses

# Each part (before, after, same days) shows its own best candidates.
SAME, BEFORE, AFTER = range(3)
PARTS = 3

# What has become of a candidate: not scored yet, scored in the first or in the second pass, or dropped.
UNSCORED, FIRST_PASS, SECOND_PASS, DROPPED = range(4)


class KeyTermQuery(NamedTuple):
    """The key terms of an article as a query on one segment, heaviest first.

    `drift` is how much greater a term frequency may be by the averages of the commit than by those that impacts were
    computed with (`View.drift`).
    """

    postings: Postings
    classes: KeyTermClasses
    weights: Float64s
    drift: float


class Candidates(NamedTuple):
    """Documents that may be shown, ascending by docid; all arrays have one value for each.

    A candidate's score is its similarity / `divisors`: 1 + days apart / HALF_SCORE_DAYS. `may_be_copy` flags those with
    a fingerprint near that of the article; they are shown apart, whatever their score.
    """

    docids: Docids
    parts: Uint8s
    divisors: Float64s
    may_be_copy: Mask


class CandidatePostings(NamedTuple):
    """The postings of candidates, by stem class of the key terms: those of class i are `first[i]` to `first[i + 1]`.

    A posting is a candidate's index and a pattern. `upper_bounds` has for each candidate the upper bound of its
    similarity by the terms read so far.
    """

    first: Int64s
    candidates: Uint32s
    patterns: Uint32s
    upper_bounds: Float64s


class CandidateScores(NamedTuple):
    """What has been computed of each candidate: its pass, its similarity so far, and the set of its key terms.

    `field_weights[candidate, field]` is what an occurrence counts (`bm25f.set_field_weights`); `tfs` is scratch memory,
    zero between calls.
    """

    passes: Uint8s
    similarity: Float64s
    shared: Uint64s
    field_weights: Float64s
    tfs: Float64s


@part
def no_postings(query: KeyTermQuery, count: int) -> CandidatePostings:
    """An empty table with room for all postings of so many candidates."""
    room = 1
    for stem_class in query.classes.numbers:
        room += whole(query.postings.counts[stem_class])
    first = np.zeros(query.classes.numbers.size + 1, np.int64)
    return CandidatePostings(first, np.empty(room, np.uint32), np.empty(room, np.uint32), np.zeros(count, np.float64))


@part
def no_scores(count: int, fields: int) -> CandidateScores:
    """Scores of so many candidates, of which none is scored yet."""
    return CandidateScores(
        np.zeros(count, np.uint8), np.zeros(count, np.float64), np.zeros(count, np.uint64),
        np.empty((count, fields), np.float64), np.zeros(count, np.float64),
    )  # fmt: skip


@part
def add_postings(
    query: KeyTermQuery, first_term: int, end_term: int, docids: Docids, candidate_of: Uint32s, table: CandidatePostings
) -> None:
    """Read the postings of some candidates (ascending docids) in some terms, and raise their upper bounds.

    Only blocks in whose range there is a candidate are decoded. `candidate_of` has for each docid the index of its
    candidate + 1, and 0 if it is none. Terms are added in order, each once.
    """
    postings, weights, drift = query.postings, query.weights, query.drift
    last_docid, first_block = postings.last_docid, postings.first_block
    numbers, first_class = query.classes.numbers, query.classes.first_class
    first, candidates, patterns, upper_bounds = table.first, table.candidates, table.patterns, table.upper_bounds
    block_docids = np.empty(BLOCK, np.uint32)
    bitmap = np.zeros(candidate_of.size // 64 + 1, np.uint64)  # `docids` again, small enough for the processor's cache
    for docid in docids:
        bitmap[docid >> np.uint32(6)] |= np.uint64(1) << np.uint64(docid & np.uint32(63))
    end = first[first_class[first_term]]
    for term in range(first_term, end_term):
        for i in range(first_class[term], first_class[term + 1]):
            stem_class = numbers[i]
            next_docid = 0  # index in `docids` of the first one not below the block
            for block in range(first_block[stem_class], first_block[stem_class + 1]):
                last = last_docid[block]
                if next_docid == docids.size:
                    break
                if last < docids[next_docid]:
                    continue
                bound = score_bound(whole(postings.max_impact[block]), weights[term], drift)
                count = read_docids(postings, stem_class, block, block_docids, 0)
                width, at = patterns_at(postings, block, count)
                start = end
                for j in range(count):  # without a branch, for it would be mispredicted
                    docid = block_docids[j]
                    candidates[end], patterns[end] = docid, j
                    end += whole((bitmap[docid >> np.uint32(6)] >> np.uint64(docid & np.uint32(63))) & np.uint64(1))
                for posting in range(start, end):
                    candidate = candidate_of[candidates[posting]] - np.uint32(1)
                    candidates[posting] = candidate
                    patterns[posting] = number_at(postings.block_bytes, at + patterns[posting] * width, width)
                    upper_bounds[candidate] += bound
                while next_docid < docids.size and docids[next_docid] <= last:
                    next_docid += 1
            first[i + 1] = end


@part
def add_scores(
    query: KeyTermQuery, first_term: int, end_term: int, table: CandidatePostings, of_pass: int, scores: CandidateScores
) -> None:
    """Add what some terms give to the similarity of the candidates of a pass, and to the set of their key terms."""
    postings, classes = query.postings, query.classes
    pattern_start, pattern_keys, pattern_tfs = postings.pattern_start, postings.pattern_keys, postings.pattern_tfs
    candidates, patterns, first = table.candidates, table.patterns, table.first
    first_class, weights, first_weight = classes.first_class, classes.weights, classes.first_weight
    passes, similarity, shared = scores.passes, scores.similarity, scores.shared
    field_weights, tfs = scores.field_weights, scores.tfs
    having = np.empty(passes.size, np.int64)  # the candidates with a term
    for term in range(first_term, end_term):
        count = 0
        for i in range(first_class[term], first_class[term + 1]):
            of_class = first_weight[i]
            for posting in range(first[i], first[i + 1]):
                candidate = candidates[posting]
                if passes[candidate] == of_pass:
                    pattern = patterns[posting]
                    tf = 0.0
                    for entry in range(pattern_start[pattern], pattern_start[pattern + 1]):
                        key = pattern_keys[entry]
                        form_weight = weights[of_class + whole(key >> FIELD_BITS)]
                        tf += form_weight * pattern_tfs[entry] * field_weights[candidate, key & FIELD_MASK]
                    if tf > 0 and tfs[candidate] == 0:
                        having[count] = candidate
                        count += 1
                    tfs[candidate] += tf
        bit, weight = np.uint64(1) << np.uint64(term), query.weights[term]
        for i in range(count):
            candidate = having[i]
            similarity[candidate] += weight * saturated(tfs[candidate])
            shared[candidate] |= bit
            tfs[candidate] = 0


@part
def likeliest(candidates: Candidates, upper_bounds: Float64s, count: int) -> Int64s:
    """Of each part the `count` candidates with the greatest bounds of their score; and all that may be copies."""
    keys, ranks = np.empty((PARTS, count), np.float64), np.zeros(count, np.uint32)
    heaps, sizes = np.empty((PARTS, count), np.int64), np.zeros(PARTS, np.int64)
    parts, divisors, may_be_copy = candidates.parts, candidates.divisors, candidates.may_be_copy
    found = np.empty(parts.size, np.int64)
    end = 0
    for candidate in range(parts.size):
        of_part, key = parts[candidate], -upper_bounds[candidate] / divisors[candidate]
        if may_be_copy[candidate]:
            found[end] = candidate
            end += 1
        elif sizes[of_part] < count or key < keys[of_part, 0]:
            sizes[of_part] = heap_push(keys[of_part], ranks, heaps[of_part], sizes[of_part], key, 0, candidate)
    for of_part in range(PARTS):
        for i in range(sizes[of_part]):
            found[end] = heaps[of_part, i]
            end += 1
    return found[:end]


@part
def may_be_best(
    candidates: Candidates, scores: CandidateScores, upper_bounds: Float64s, remaining: float, count: int
) -> Int64s:
    """The candidates whose score may be among the best `count` of their part; and all that may be copies.

    A part's threshold is the score of its `count`th best of the first pass. A candidate stays unless the upper bound
    of its score is below it: its similarity if it is of the first pass, otherwise its bound, plus `remaining`, the most
    that terms not yet read can add. Dropped ones stay dropped.
    """
    parts, divisors, may_be_copy = candidates.parts, candidates.divisors, candidates.may_be_copy
    passes, similarity = scores.passes, scores.similarity
    keys, ranks = np.empty((PARTS, count), np.float64), np.zeros(count, np.uint32)
    heap, sizes = np.empty(count, np.int64), np.zeros(PARTS, np.int64)
    for candidate in range(passes.size):
        if passes[candidate] == FIRST_PASS:
            of_part, key = parts[candidate], -similarity[candidate] / divisors[candidate]
            if sizes[of_part] < count or key < keys[of_part, 0]:
                sizes[of_part] = heap_push(keys[of_part], ranks, heap, sizes[of_part], key, 0, candidate)
    found = np.empty(passes.size, np.int64)
    end = 0
    for candidate in range(passes.size):
        of_part = parts[candidate]
        found[end] = candidate
        known = similarity[candidate] if passes[candidate] == FIRST_PASS else upper_bounds[candidate]
        bound = known + remaining * (1 + 1e-9)  # sums are rounded
        end += passes[candidate] != DROPPED and (
            sizes[of_part] < count or -bound / divisors[candidate] <= keys[of_part, 0] or may_be_copy[candidate]
        )
    return found[:end]


@part
def drop_others(candidates: Candidates, kept: Int64s, candidate_of: Uint32s, scores: CandidateScores) -> None:
    """Drop all candidates but those kept: clear their entries of `candidate_of`, and mark them in `scores`."""
    docids, passes = candidates.docids, scores.passes
    for docid in docids:
        candidate_of[docid] = 0
    for candidate in kept:
        candidate_of[docids[candidate]] = candidate + 1
    for candidate in range(docids.size):
        if not candidate_of[docids[candidate]]:
            passes[candidate] = DROPPED


@part
def remaining_bounds(query: KeyTermQuery) -> Float64s:
    """For each term, the most that it and all terms after it can add to a similarity; one more at the end, 0."""
    postings, classes, weights, drift = query.postings, query.classes, query.weights, query.drift
    bounds = np.zeros(weights.size + 1, np.float64)
    for term in range(weights.size - 1, -1, -1):
        bound = 0.0
        for i in range(classes.first_class[term], classes.first_class[term + 1]):
            impact = greatest_impact(postings, classes.numbers[i])
            bound += score_bound(impact, weights[term], drift)
        bounds[term] = bounds[term + 1] + min(bound, score_bound(MAX_IMPACT, weights[term], drift))
    return bounds
