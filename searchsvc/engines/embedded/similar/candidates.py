"""Candidates: the documents of a segment that are the most similar to an article, by its key terms, in one loop.

1. Documents with a tag of the article, or enough of its strongest key terms, are the candidates: read off docids alone.
2. Block impacts of the strong terms give each an upper bound of its score; the likeliest are scored by these terms.
3. Candidates that cannot reach the best of these are dropped. The weaker terms are read for the rest.
4. Of the candidates not scored so far, those whose upper bound still reaches the best are scored in a second pass.

What is shown of the result, and why, is decided by `engines.more_like_this`. The oracle is the memory engine.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.columns import MISSING, Ordinals
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.bits import count_bits
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, part
from searchsvc.engines.embedded.kernels.top_k import heap_push
from searchsvc.engines.embedded.postings.blocks import number_at, patterns_at, read_docids
from searchsvc.engines.embedded.postings.bm25f import Norms, set_field_weights
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, Postings
from searchsvc.engines.embedded.similar.candidate_scoring import (
    AFTER,
    BEFORE,
    DROPPED,
    FIRST_PASS,
    PARTS,
    SAME,
    SECOND_PASS,
    UNSCORED,
    Candidates,
    CandidateScores,
    KeyTermQuery,
    add_postings,
    add_scores,
    drop_others,
    likeliest,
    may_be_best,
    no_postings,
    no_scores,
    remaining_bounds,
)

COPIES = PARTS  # of those that may be copies, in addition to their own part

# Candidates of each part that are scored in the first pass, times as many as asked for.
FIRST_PASS_FACTOR = 8

# A document with a tag of the article is a candidate without any term: two bits above those of the strong terms.
TAGGED = np.uint32(3 << 30)


class Criteria(NamedTuple):
    """The numbers of `engines.more_like_this` by which candidates are chosen and compared.

    Of the `strong_terms` heaviest key terms (at most 30) a candidate has `needed`, 1 or 2, unless it shares a tag.
    """

    strong_terms: int
    needed: int
    same_days: int
    half_score_days: float
    max_copy_bits: int


class CandidateFilter(NamedTuple):
    """Which documents may be candidates. `tagged` are those that share a tag with the article.

    `live` flags documents, and is empty for all. The languages of document d are `ordinals[starts[d]:starts[d + 1]]`;
    one of them is flagged in `wanted`, which is empty for any language.
    """

    tagged: Docids
    live: Mask
    starts: Uint32s
    ordinals: Ordinals
    wanted: Mask


class Comparison(NamedTuple):
    """What the article and the documents of a segment (by docid) are compared by, besides key terms.

    Days are ordinals, or MISSING; fingerprints are 0 if there is none. Ties are ordered by `id_ranks`.
    """

    day: int
    days: Int64s
    fingerprint: np.uint64
    fingerprints: Uint64s
    id_ranks: Uint32s


class SimilarDocuments(NamedTuple):
    """The best candidates of each part, and all that may be copies once more as part COPIES; in no particular order.

    `keys` are minus the score (0 of COPIES); `shared` has a bit for each key term that a document has, the lowest for
    the heaviest.
    """

    parts: Int64s
    keys: Float64s
    docids: Docids
    similarity: Float64s
    shared: Uint64s


@kernel
def similar_documents(
    query: KeyTermQuery, norms: Norms, accepted: CandidateFilter, comparison: Comparison, criteria: Criteria, count: int
) -> SimilarDocuments:
    """The best `count` candidates of each part by score, ties by id; and all candidates that may be copies."""
    terms = query.weights.size
    strong = min(terms, criteria.strong_terms)
    docids, candidate_of = find_candidates(query, strong, criteria.needed, accepted, comparison.days.size)
    candidates = compare(docids, comparison, criteria)
    for candidate in range(docids.size):
        candidate_of[docids[candidate]] = candidate + 1
    table = no_postings(query, docids.size)
    scores = no_scores(docids.size, norms.boosts.size)

    add_postings(query, 0, strong, docids, candidate_of, table)
    first = likeliest(candidates, table.upper_bounds, FIRST_PASS_FACTOR * count)
    scores.passes[first] = FIRST_PASS
    set_field_weights(docids, first, norms, scores.field_weights)
    add_scores(query, 0, strong, table, FIRST_PASS, scores)
    if strong < terms:
        remaining = remaining_bounds(query)[strong]
        kept = may_be_best(candidates, scores, table.upper_bounds, remaining, count)
        drop_others(candidates, kept, candidate_of, scores)
        add_postings(query, strong, terms, docids[kept], candidate_of, table)
        add_scores(query, strong, terms, table, FIRST_PASS, scores)

    second = may_be_best(candidates, scores, table.upper_bounds, 0.0, count)
    second = second[scores.passes[second] == UNSCORED]
    if second.size:
        scores.passes[second] = SECOND_PASS
        set_field_weights(docids, second, norms, scores.field_weights)
        add_scores(query, 0, terms, table, SECOND_PASS, scores)
    scores.similarity[scores.passes == DROPPED] = 0
    return best_of_parts(candidates, scores, comparison.id_ranks, count)


@part
def find_candidates(
    query: KeyTermQuery, strong: int, needed: int, accepted: CandidateFilter, size: int
) -> tuple[Docids, Uint32s]:
    """The accepted documents, of `size`, with `needed` (1 or 2) of the first `strong` terms, or with a tag.

    Also an array of `size` zeros: the memory that this took, to be used again.
    """
    bits = np.zeros(size, np.uint32)
    for term in range(strong):
        add_term_bit(query, term, bits)
    for docid in accepted.tagged:
        bits[docid] |= TAGGED
    # No branch, so that the compiler vectorises the loop: clearing the lowest bit leaves some if there are two or more.
    flags = np.zeros((size + 7) // 8 * 8, np.bool_)
    cleared = np.uint32(needed > 1)
    for docid in range(size):
        flags[docid] = (bits[docid] & (bits[docid] - cleared)) != np.uint32(0)
    bits[:] = 0
    docids = np.empty(size, np.uint32)
    count = 0
    eights = flags.view(np.uint64)
    for eight in range(eights.size):
        if eights[eight]:
            for docid in range(8 * eight, 8 * eight + 8):
                if flags[docid] and (not accepted.live.size or accepted.live[docid]):
                    is_wanted = not accepted.wanted.size
                    if not is_wanted:
                        for i in range(accepted.starts[docid], accepted.starts[docid + 1]):
                            is_wanted |= accepted.wanted[accepted.ordinals[i]]
                    docids[count] = docid
                    count += is_wanted
    return docids[:count].copy(), bits


@part
def add_term_bit(query: KeyTermQuery, term: int, bits: Uint32s) -> None:
    """Set the term's bit of each document that has it."""
    postings, classes = query.postings, query.classes
    block_docids = np.empty(BLOCK, np.uint32)
    bit = np.uint32(1 << term)
    for i in range(classes.first_class[term], classes.first_class[term + 1]):
        stem_class = classes.numbers[i]
        weights = classes.weights[classes.first_weight[i] : classes.first_weight[i + 1]]
        all_count = True
        for weight in weights:
            all_count &= weight > 0
        for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
            count = read_docids(postings, stem_class, block, block_docids, 0)
            if all_count:
                for j in range(count):
                    bits[block_docids[j]] |= bit
            else:
                width, at = patterns_at(postings, block, count)
                for j in range(count):
                    if any_form_counts(postings, number_at(postings.block_bytes, at + j * width, width), weights):
                        bits[block_docids[j]] |= bit


@inlined
def any_form_counts(postings: Postings, pattern: int, weights: Float64s) -> bool:
    """Whether some form of a pattern has a weight above 0."""
    found = False
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        found |= weights[postings.pattern_keys[entry] >> FIELD_BITS] > 0
    return found


@part
def compare(docids: Docids, comparison: Comparison, criteria: Criteria) -> Candidates:
    """Candidates with their part, the divisor of their score, and whether they may be copies."""
    # Local names for arrays: numba counts references each time one is taken out of a tuple.
    days, fingerprints = comparison.days, comparison.fingerprints
    parts, divisors = np.empty(docids.size, np.uint8), np.empty(docids.size, np.float64)
    may_be_copy = np.zeros(docids.size, np.bool_)
    for candidate in range(docids.size):
        of_part, divisor = SAME, 1.0
        day = days[docids[candidate]]
        if comparison.day != MISSING and day != MISSING:
            apart = day - comparison.day
            divisor = 1 + abs(apart) / criteria.half_score_days
            if abs(apart) > criteria.same_days:
                of_part = BEFORE if apart < 0 else AFTER
        parts[candidate], divisors[candidate] = of_part, divisor
    if comparison.fingerprint != 0:
        for candidate in range(docids.size):
            other = fingerprints[docids[candidate]]
            may_be_copy[candidate] = other != 0 and (
                count_bits(comparison.fingerprint ^ other) <= criteria.max_copy_bits
            )
    return Candidates(docids, parts, divisors, may_be_copy)


@part
def best_of_parts(candidates: Candidates, scores: CandidateScores, id_ranks: Uint32s, count: int) -> SimilarDocuments:
    """The best `count` of each part, ties by id, and all that may be copies; of those with a similarity above 0."""
    keys, ranks = np.empty((PARTS, count), np.float64), np.empty((PARTS, count), np.uint32)
    heaps, sizes = np.empty((PARTS, count), np.int64), np.zeros(PARTS, np.int64)
    docids, similarity = candidates.docids, scores.similarity
    copies = np.empty(docids.size, np.int64)
    copy_count = 0
    for candidate in range(docids.size):
        if similarity[candidate] > 0:
            of_part = candidates.parts[candidate]
            key = -similarity[candidate] / candidates.divisors[candidate]
            if candidates.may_be_copy[candidate]:
                copies[copy_count] = candidate
                copy_count += 1
            if sizes[of_part] < count or key <= keys[of_part, 0]:
                sizes[of_part] = heap_push(
                    keys[of_part], ranks[of_part], heaps[of_part], sizes[of_part],
                    key, id_ranks[docids[candidate]], candidate,
                )  # fmt: skip
    total = sizes.sum() + copy_count
    all_parts, all_keys, found = np.empty(total, np.int64), np.empty(total, np.float64), np.empty(total, np.int64)
    end = 0
    for of_part in range(PARTS):
        for i in range(sizes[of_part]):
            all_parts[end], all_keys[end], found[end] = of_part, keys[of_part, i], heaps[of_part, i]
            end += 1
    for i in range(copy_count):
        all_parts[end], all_keys[end], found[end] = COPIES, 0.0, copies[i]
        end += 1
    return SimilarDocuments(all_parts, all_keys, docids[found], similarity[found], scores.shared[found])
