"""Alike: of a segment the documents about the same as an article, by its key terms, in one compiled loop.

First the documents with enough of the strongest terms are found by their numbers alone, and what the closeness of each
may be at most. The likeliest are reckoned by the strongest terms; those of the others that cannot come up to these go.
Then the weaker terms are read, and whatever may still be among the best is reckoned.
What is telling, how candidates are shown, and why, says `engines.more_like_this`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.bits import count_bits
from searchsvc.engines.embedded.kernels.jit import inlined, kernel, whole
from searchsvc.engines.embedded.kernels.top_k import heap_push
from searchsvc.engines.embedded.postings.blocks import number_at, patterns_at, read_docids
from searchsvc.engines.embedded.postings.bm25f import Norms, set_field_weights
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, Frequencies, Postings
from searchsvc.engines.embedded.similar.candidate_scoring import (
    FIRST,
    IS_NEAR,
    MANY,
    NEVER,
    SECOND,
    WAITING,
    Bits,
    KeyTermClasses,
    Numbers,
    add_hits,
    add_up,
    leave_out,
    likeliest,
    most_left,
    no_hits,
    possible,
)
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary, Weights
from searchsvc.engines.more_like_this import HALF_SCORE_DAYS, MAX_COPY_BITS, STRONG_TERMS, is_distinctive
from searchsvc.model.result import SAME_DAYS

SAME, BEFORE, AFTER, NEAR = range(4)  # parts
SAME_DAYS_APART = SAME_DAYS.days

_ASK = 2  # of a form that is not ASCII: whether it is telling is not for the loop to say


class TellingWords(NamedTuple):
    """Of a segment's dictionary what `stem_classes_of` needs.

    Word w has the forms `by_word` from `by_word_first[w]` to the next word's; `is_distinctive` has 1 or 0 a form.
    """

    first: NDArray[np.uint32]  # of the forms of each stem class
    stem_class_of: NDArray[np.uint32]
    by_word: NDArray[np.intp]
    by_word_first: NDArray[np.intp]
    is_telling: NDArray[np.uint8]


class Beside(NamedTuple):
    """What documents are compared by with the article: its day, MISSING when undated, and its fingerprint, or 0.

    With `parts` those before, after and of the same days are told apart, and those that may be copies.
    """

    days: NDArray[np.int64]
    day: int
    ranks: NDArray[np.uint32]
    fingerprints: NDArray[np.uint64]
    fingerprint: np.uint64
    parts: bool


class Among(NamedTuple):
    """Which documents come into question: `live` flags them, or is empty; they are in one of the wanted languages.

    `wanted` flags languages by their ordinals, those of a document being `ordinals` from `starts` on; empty for any.
    `tagged` share a tag with the article; others have `needed` of its strongest terms.
    """

    needed: int
    tagged: Docids
    live: Mask
    starts: NDArray[np.uint32]
    ordinals: NDArray[np.int32]
    wanted: Mask


class BestCandidates(NamedTuple):
    """The best of each part, and all that may be copies (part NEAR); in no order. `keys` are what a part goes by."""

    parts: Numbers
    keys: Frequencies
    docids: Docids
    closeness: Frequencies
    shared: Bits


def telling_words(dictionary: TermDictionary) -> TellingWords:
    """What a segment keeps of its dictionary for `stem_classes_of`."""
    words, word_of = dictionary.words, dictionary.word_of
    telling = telling_flags(words.letters, words.offsets, word_of, dictionary.acronyms)
    unsure = np.flatnonzero(telling == _ASK)
    texts = zip(words.at(word_of[unsure]), dictionary.acronyms[unsure].tolist(), strict=True)
    telling[unsure] = [is_distinctive(word, bool(acronym)) for word, acronym in texts]
    return TellingWords(dictionary.first_form, dictionary.stem_class_of, *dictionary.forms_by_word, telling)


@kernel
def telling_flags(
    letters: Bytes, offsets: NDArray[np.uint64], word_of: NDArray[np.uint32], acronyms: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """As `relatedness.is_telling`, of each form; _ASK where its word is not ASCII."""
    flags = np.empty(word_of.size, np.uint8)
    for form in range(word_of.size):
        start, end = whole(offsets[word_of[form]]), whole(offsets[word_of[form] + 1])
        digits = others = 0
        for i in range(start, end):
            digits += 48 <= letters[i] <= 57
            others += letters[i] >= 128
        flags[form] = _ASK if others else acronyms[form] or (end - start >= 3 and not digits)
    return flags


@kernel
def stem_classes_of(
    stem_stem_classes: Numbers, term_first: Numbers, rows: Numbers, words: TellingWords
) -> KeyTermClasses:
    """The stem classes that have the stem of a key term, or one of its words; of the latter only that word counts.

    `stem_stem_classes` has -1 for a stem that is nowhere; the words of term t have the `rows` from `term_first[t]` to
    `term_first[t + 1]`, -1 where they are nowhere. What is not telling counts 0.
    """
    count = size = 0
    for term in range(stem_stem_classes.size):
        stem_class = stem_stem_classes[term]
        if stem_class >= 0:
            count += 1
            size += whole(words.first[stem_class + 1]) - whole(words.first[stem_class])
        for i in range(term_first[term], term_first[term + 1]):
            if rows[i] >= 0:
                for place in range(words.by_word_first[rows[i]], words.by_word_first[rows[i] + 1]):
                    other = words.stem_class_of[words.by_word[place]]
                    count += 1
                    size += whole(words.first[other + 1]) - whole(words.first[other])
    first, numbers = np.zeros(stem_stem_classes.size + 1, np.int64), np.empty(count, np.int64)
    weight_first, weights = np.zeros(count + 1, np.int64), np.zeros(size, np.float64)
    held = end = 0
    for term in range(stem_stem_classes.size):
        stem_class = stem_stem_classes[term]
        if stem_class >= 0:
            numbers[held] = stem_class
            held += 1
            for form in range(words.first[stem_class], words.first[stem_class + 1]):
                weights[end] = words.is_telling[form]
                end += 1
            weight_first[held] = end
        for i in range(term_first[term], term_first[term + 1]):
            if rows[i] < 0:
                continue
            for place in range(words.by_word_first[rows[i]], words.by_word_first[rows[i] + 1]):
                form = words.by_word[place]
                other = whole(words.stem_class_of[form])
                if other == stem_class:
                    continue
                at = first[term]
                while at < held and numbers[at] != other:
                    at += 1
                if at == held:
                    numbers[held] = other
                    held += 1
                    end += whole(words.first[other + 1]) - whole(words.first[other])
                    weight_first[held] = end
                weights[weight_first[at] + form - whole(words.first[other])] = words.is_telling[form]
        first[term + 1] = held
    return KeyTermClasses(first, numbers[:held], weight_first[: held + 1], weights[:end])


@kernel
def about_the_same(
    postings: Postings, stem_classes: KeyTermClasses, term_weights: Frequencies, norms: Norms, drift: float,
    chosen: Among, beside: Beside, count: int,
) -> BestCandidates:  # fmt: skip
    """The best `count` of each part, of those about the same, by closeness and days apart; and what may be copies.

    `drift` is how much more an occurrence may count than by the average lengths that impacts were reckoned with.
    """
    terms = term_weights.size
    among, slots = with_enough(postings, stem_classes, min(terms, STRONG_TERMS), chosen, beside.days.size)
    held = among.size
    parts, divisors = np.empty(held, np.int8), np.empty(held, np.float64)
    set_beside(among, beside, parts, divisors)
    for row in range(held):
        slots[among[row]] = row + 1
    most = most_left(postings, stem_classes, term_weights, drift)
    hits = no_hits(postings, stem_classes, held)
    closeness, shared, found = np.zeros(held, np.float64), np.zeros(held, np.uint64), np.zeros(held, np.float64)
    scales = np.empty((held, norms.boosts.size), np.float64)
    turns = np.zeros(held, np.uint8)
    strong = min(terms, STRONG_TERMS)
    add_hits(postings, stem_classes, term_weights, drift, 0, strong, among, slots, hits)
    rows = likeliest(hits.bounds, parts, divisors, MANY * count)
    turns[rows] = FIRST
    set_field_weights(among, rows, norms, scales)
    add_up(postings, stem_classes, term_weights, hits, 0, strong, turns, FIRST, scales, found, closeness, shared)
    if strong < terms:
        left = possible(closeness, hits.bounds, most[strong], parts, divisors, turns, count)
        leave_out(among, left, turns, slots)
        add_hits(postings, stem_classes, term_weights, drift, strong, terms, among[left], slots, hits)
        add_up(
            postings, stem_classes, term_weights, hits, strong, terms, turns, FIRST, scales, found, closeness, shared
        )
    rows = possible(closeness, hits.bounds, 0.0, parts, divisors, turns, count)
    rows = rows[turns[rows] == WAITING]
    if rows.size:
        turns[rows] = SECOND
        set_field_weights(among, rows, norms, scales)
        add_up(postings, stem_classes, term_weights, hits, 0, terms, turns, SECOND, scales, found, closeness, shared)
    closeness[turns == NEVER] = 0
    return best_of_parts(among, closeness, shared, parts, divisors, beside.ranks, count)


@kernel
def with_enough(
    postings: Postings, stem_classes: KeyTermClasses, strong: int, chosen: Among, size: int
) -> tuple[Docids, Docids]:
    """The documents, of `size`, with enough of the first `strong` terms, or tagged; and an array of `size` zeros."""
    bits = np.zeros(size, np.uint32)
    docids = np.empty(BLOCK, np.uint32)
    for term in range(strong):
        bit = np.uint32(1 << term)
        for i in range(stem_classes.first[term], stem_classes.first[term + 1]):
            weights = stem_classes.weights[stem_classes.weight_first[i] : stem_classes.weight_first[i + 1]]
            every = True
            for weight in weights:
                every &= weight > 0
            stem_class = stem_classes.numbers[i]
            for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
                count = read_docids(postings, stem_class, block, docids, 0)
                if every:
                    for j in range(count):
                        bits[docids[j]] |= bit
                else:
                    width, at = patterns_at(postings, block, count)
                    for j in range(count):
                        if counts_any(postings, number_at(postings.block_bytes, at + j * width, width), weights):
                            bits[docids[j]] |= bit
    for docid in chosen.tagged:
        bits[docid] |= np.uint32(3 << STRONG_TERMS)  # enough
    # Without a branch, so that the compiler takes several at once. Two are enough, where there are two terms.
    flags = np.zeros((size + 7) // 8 * 8, np.bool_)
    dropped = np.uint32(chosen.needed > 1)
    for docid in range(size):
        flags[docid] = (bits[docid] & (bits[docid] - dropped)) != np.uint32(0)
    bits[:] = 0
    found = np.empty(size, np.uint32)
    held = 0
    eights = flags.view(np.uint64)
    for eight in range(eights.size):
        if eights[eight]:
            for docid in range(8 * eight, 8 * eight + 8):
                if flags[docid] and (not chosen.live.size or chosen.live[docid]):
                    is_wanted = not chosen.wanted.size
                    if not is_wanted:
                        for place in range(chosen.starts[docid], chosen.starts[docid + 1]):
                            is_wanted |= chosen.wanted[chosen.ordinals[place]]
                    found[held] = docid
                    held += is_wanted
    return found[:held].copy(), bits


@inlined
def counts_any(postings: Postings, pattern: int, weights: Weights) -> bool:
    """Whether a form of a pattern counts."""
    found = False
    for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
        found |= weights[postings.pattern_keys[entry] >> FIELD_BITS] > 0
    return found


@kernel
def set_beside(among: Docids, beside: Beside, parts: NDArray[np.int8], divisors: Frequencies) -> None:
    """The part of each document, IS_NEAR added, and by what its closeness is divided for the days between.

    Arrays have names of their own here, as in other loops: numba counts references each time one comes out of a tuple.
    """
    days, day, fingerprints, fingerprint = beside.days, beside.day, beside.fingerprints, beside.fingerprint
    for row in range(among.size):
        part, divisor = SAME, 1.0
        theirs = days[among[row]]
        if day != MISSING and theirs != MISSING:
            apart = theirs - day
            divisor = 1 + abs(apart) / HALF_SCORE_DAYS
            if beside.parts and abs(apart) > SAME_DAYS_APART:
                part = BEFORE if apart < 0 else AFTER
        parts[row], divisors[row] = part, divisor
    if beside.parts and fingerprint != 0:
        for row in range(among.size):
            other = fingerprints[among[row]]
            if other != 0 and count_bits(fingerprint ^ other) <= MAX_COPY_BITS:
                parts[row] += IS_NEAR


@kernel
def best_of_parts(
    among: Docids, closeness: Frequencies, shared: Bits, parts: NDArray[np.int8], divisors: Frequencies,
    doc_ranks: NDArray[np.uint32], count: int,
) -> BestCandidates:  # fmt: skip
    """As `about_the_same`, out of documents with all that they have; equal keys by `doc_ranks`."""
    keys, ranks = np.empty((3, count), np.float64), np.empty((3, count), np.uint32)
    rows, held = np.empty((3, count), np.int64), np.zeros(3, np.int64)
    near = np.empty(among.size, np.int64)
    near_held = 0
    for row in range(among.size):
        if closeness[row] > 0:
            part = parts[row] & 3
            key = -closeness[row] / divisors[row]
            if parts[row] >= IS_NEAR:
                near[near_held] = row
                near_held += 1
            if held[part] < count or key <= keys[part, 0]:
                held[part] = heap_push(keys[part], ranks[part], rows[part], held[part], key, doc_ranks[among[row]], row)
    total = held.sum() + near_held
    all_parts, all_keys, found = np.empty(total, np.int64), np.empty(total, np.float64), np.empty(total, np.int64)
    end = 0
    for part in range(3):
        for i in range(held[part]):
            all_parts[end], all_keys[end], found[end] = part, keys[part, i], rows[part, i]
            end += 1
    for i in range(near_held):
        all_parts[end], all_keys[end], found[end] = NEAR, 0.0, near[i]
        end += 1
    return BestCandidates(all_parts, all_keys, among[found], closeness[found], shared[found])
