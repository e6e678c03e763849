"""Key term classes: the stem classes of a segment in which the key terms of an article are, and the forms that count.

A document has a key term if one of its distinctive words has the term's stem, or is one of the term's words: the stem
of a name differs between languages (`engines.more_like_this.KeyTerm`).

Not for finding the key terms (`key_terms`), nor for reading postings (`candidate_scoring`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.storage import Bytes
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s, Uint8s, Uint32s, Uint64s
from searchsvc.engines.embedded.kernels.jit import kernel, part, whole

MIN_LETTERS = 3  # of a distinctive word
UNDECIDED = 2


class DistinctiveForms(NamedTuple):
    """The forms of a segment's dictionary (`TermDictionary`), and whether each is distinctive: 1 or 0.

    The forms of the word in row w are `by_word[first_by_word[w]:first_by_word[w + 1]]`.
    """

    first_form: Uint32s
    stem_class_of: Uint32s
    by_word: NDArray[np.intp]
    first_by_word: NDArray[np.intp]
    is_distinctive: Uint8s


class KeyTermClasses(NamedTuple):
    """The stem classes of each key term: those of term t are `numbers[first_class[t]:first_class[t + 1]]`.

    Form f of the stem class `numbers[i]` counts `weights[first_weight[i] + f]`: 1, or 0 if it is not of the term.
    """

    first_class: Int64s
    numbers: Int64s
    first_weight: Int64s
    weights: Float64s


@kernel
def distinctive_flags(letters: Bytes, offsets: Uint64s, word_of: Uint32s, acronyms: Uint8s) -> Uint8s:
    """`more_like_this.is_distinctive` of each form, 1 or 0; UNDECIDED for words with other characters than ASCII."""
    flags = np.empty(word_of.size, np.uint8)
    for form in range(word_of.size):
        start, end = whole(offsets[word_of[form]]), whole(offsets[word_of[form] + 1])
        digits = others = 0
        for i in range(start, end):
            digits += 48 <= letters[i] <= 57
            others += letters[i] >= 128
        flags[form] = UNDECIDED if others else acronyms[form] or (end - start >= MIN_LETTERS and not digits)
    return flags


@kernel
def classes_of_key_terms(
    stem_classes: Int64s, first_word: Int64s, rows: Int64s, forms: DistinctiveForms
) -> KeyTermClasses:
    """The stem classes of key terms, in which distinctive forms of a term count 1.

    `stem_classes` has the class of each term's stem, -1 if there is none: all its forms are of the term. The words of
    term t have the `rows[first_word[t]:first_word[t + 1]]`, -1 if they are not there: of another stem class that has
    one of them, only this word is of the term.
    """
    first_form, stem_class_of, is_distinctive = forms.first_form, forms.stem_class_of, forms.is_distinctive
    by_word, first_by_word = forms.by_word, forms.first_by_word
    most_classes, most_weights = room_for_classes(stem_classes, rows, forms)
    first_class, numbers = np.zeros(stem_classes.size + 1, np.int64), np.empty(most_classes, np.int64)
    first_weight, weights = np.zeros(most_classes + 1, np.int64), np.zeros(most_weights, np.float64)
    count = end = 0  # of classes and of weights
    for term in range(stem_classes.size):
        stem_class = stem_classes[term]
        if stem_class >= 0:
            numbers[count] = stem_class
            count += 1
            for form in range(first_form[stem_class], first_form[stem_class + 1]):
                weights[end] = is_distinctive[form]
                end += 1
            first_weight[count] = end
        for i in range(first_word[term], first_word[term + 1]):
            if rows[i] < 0:
                continue
            for j in range(first_by_word[rows[i]], first_by_word[rows[i] + 1]):
                form = by_word[j]
                other = whole(stem_class_of[form])
                if other == stem_class:
                    continue
                index = first_class[term]
                while index < count and numbers[index] != other:
                    index += 1
                if index == count:
                    numbers[count] = other
                    count += 1
                    end += whole(first_form[other + 1]) - whole(first_form[other])
                    first_weight[count] = end
                weights[first_weight[index] + form - whole(first_form[other])] = is_distinctive[form]
        first_class[term + 1] = count
    return KeyTermClasses(first_class, numbers[:count], first_weight[: count + 1], weights[:end])


@part
def room_for_classes(stem_classes: Int64s, rows: Int64s, forms: DistinctiveForms) -> tuple[int, int]:
    """The most stem classes and form weights that `classes_of_key_terms` may find."""
    classes = weights = 0
    for stem_class in stem_classes:
        if stem_class >= 0:
            classes += 1
            weights += whole(forms.first_form[stem_class + 1]) - whole(forms.first_form[stem_class])
    for row in rows:
        if row >= 0:
            for j in range(forms.first_by_word[row], forms.first_by_word[row + 1]):
                other = forms.stem_class_of[forms.by_word[j]]
                classes += 1
                weights += whole(forms.first_form[other + 1]) - whole(forms.first_form[other])
    return classes, weights
