"""The loops of `key_terms`: counting the stems of a text, choosing the heaviest, and finding their words.

The plain twin is `more_like_this.key_terms`.
"""

from typing import NamedTuple

import numpy as np

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int32s, Int64s, Uint32s
from searchsvc.engines.embedded.kernels.jit import Out, kernel

NOT_LOOKED_UP = -2


class FormTable(NamedTuple):
    """Of each form of a vocabulary: whether it is distinctive, and the numbers of its stem and of its word.

    Arrays may be longer than there are forms.
    """

    is_distinctive: Mask
    stem_of: Int32s
    word_of: Int32s


@kernel
def count_stems(
    forms: Uint32s, starts: Uint32s, table: FormTable, stem_count: int, headline_end: int, headline_weight: int
) -> tuple[Int64s, Int64s]:
    """The distinctive stems of a text in order of first appearance, and the weighted number of occurrences of each.

    `forms` and `starts` are the text's tokens; a token before character `headline_end` counts `headline_weight`,
    another one 1. `stem_count` is the number of stems of the vocabulary.
    """
    index_of = np.full(stem_count, -1, np.int32)
    stems, counts = np.empty(forms.size, np.int64), np.empty(forms.size, np.int64)
    size = 0
    for i in range(forms.size):
        form = forms[i]
        if table.is_distinctive[form]:
            stem = table.stem_of[form]
            index = index_of[stem]
            if index < 0:
                index = index_of[stem] = size
                stems[size], counts[size] = stem, 0
                size += 1
            counts[index] += headline_weight if starts[i] < headline_end else 1
    return stems[:size], counts[:size]


@kernel
def heaviest_stems(
    stems: Int64s, counts: Int64s, frequencies: Int64s, articles: int, limit: int, min_share: float
) -> tuple[Float64s, Int64s, bool]:
    """The weights and numbers of the `limit` heaviest stems, heaviest first; and whether any weights are equal.

    A stem weighs (1 + ln count) * idf, as in `more_like_this.key_terms`; `frequencies` are document frequencies. Stems
    below `min_share` of the greatest weight are left out. Those that tie with the last one are returned beyond `limit`.
    """
    weights = np.empty(counts.size, np.float64)
    for i in range(counts.size):
        idf = np.log1p((articles - frequencies[i] + 0.5) / (frequencies[i] + 0.5))
        weights[i] = (1 + np.log1p(counts[i] - 1)) * idf
    order = np.argsort(-weights)
    size = 0
    has_ties = False
    while size < order.size and weights[order[size]] >= min_share * weights[order[0]]:
        is_tie = size > 0 and weights[order[size]] == weights[order[size - 1]]
        if size >= limit and not is_tie:
            break
        has_ties |= is_tie
        size += 1
    order = order[:size]
    return weights[order], stems[order], has_ties


@kernel
def words_of_stems(forms: Uint32s, table: FormTable, stems: Int64s, stem_count: int) -> tuple[Int64s, Int64s, Int64s]:
    """The distinctive words of a text that have some stems, each once, and the first token of each.

    Words of stem i are those from `first[i]` to `first[i + 1]`, in order of appearance; returned are `first`, the
    numbers of the words, and the indices of the tokens.
    """
    index_of = np.full(stem_count, -1, np.int32)
    for index in range(stems.size):
        index_of[stems[index]] = index
    indices, words, tokens = np.empty(forms.size, np.int64), np.empty(forms.size, np.int64), np.empty_like(forms)
    first = np.zeros(stems.size + 2, np.int64)
    size = 0
    for i in range(forms.size):
        index = index_of[table.stem_of[forms[i]]]
        if index >= 0 and table.is_distinctive[forms[i]]:
            word = table.word_of[forms[i]]
            is_known = False
            for j in range(size):
                is_known |= words[j] == word and indices[j] == index
            if not is_known:
                indices[size], words[size], tokens[size] = index, word, i
                first[index + 2] += 1
                size += 1
    for index in range(stems.size):  # counting sort: `first` is moved up by one while the words are placed
        first[index + 2] += first[index + 1]
    sorted_words, sorted_tokens = np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(size):
        at = first[indices[i] + 1]
        sorted_words[at], sorted_tokens[at] = words[i], tokens[i]
        first[indices[i] + 1] += 1
    return first[:-1], sorted_words, sorted_tokens


@kernel
def look_up(known: Int32s, numbers: Int64s) -> tuple[Int64s, bool]:
    """`known[numbers]` (int64), and whether none of them is NOT_LOOKED_UP."""
    found = np.empty(numbers.size, np.int64)
    are_known = True
    for i in range(numbers.size):
        found[i] = known[numbers[i]]
        are_known &= found[i] != NOT_LOOKED_UP
    return found, are_known


@kernel
def add_document_counts(counts: Uint32s, stem_classes: Int64s, totals: Out[np.int64]) -> None:
    """Add the number of documents of each stem class to the totals; nothing for stem class -1."""
    for i in range(stem_classes.size):
        if stem_classes[i] >= 0:
            totals[i] += counts[stem_classes[i]]
