"""Expansion: the postings lists of many words as one: documents, and the weighted term frequency in each.

For a prefix, a word with near spellings, and a word whose forms are in several stem classes.
"""

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import Norms, weighted_tf
from searchsvc.engines.embedded.postings.format import Frequencies, Postings
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses


@kernel
def frequencies(
    postings: Postings, stem_class: int, weights: Frequencies, norms: Norms, live: Mask
) -> tuple[Docids, Frequencies]:
    """The documents in which an asked form is in an asked field, ascending, and the weighted frequency in each.

    `weights` has what an occurrence of each form of the stem class counts, 0 when it is not asked; `live` a flag for
    each document, or is empty when none is deleted.
    """
    docids, patterns = read_list(postings, stem_class)
    found = np.empty(docids.size, np.float64)
    held = 0
    for i in range(docids.size):
        docid = docids[i]
        if live.size and not live[docid]:
            continue
        frequency = weighted_tf(postings, patterns[i], docid, weights, 0, norms)
        if frequency > 0:
            docids[held] = docid
            found[held] = frequency
            held += 1
    return docids[:held], found[:held]


@kernel
def frequencies_of(
    postings: Postings, stem_classes: StemClasses, norms: Norms, live: Mask
) -> tuple[Docids, Frequencies]:
    """As `frequencies`, of several stem classes together."""
    size = whole(0)
    for stem_class in stem_classes.numbers:
        size += whole(postings.counts[stem_class])
    docids, found = np.empty(size, np.uint32), np.empty(size, np.float64)
    borders = np.zeros(stem_classes.numbers.size + 1, np.int64)
    for i in range(stem_classes.numbers.size):
        weights = stem_classes.weights[stem_classes.first_weight[i] : stem_classes.first_weight[i + 1]]
        of_stem_class, worths = frequencies(postings, stem_classes.numbers[i], weights, norms, live)
        borders[i + 1] = borders[i] + of_stem_class.size
        docids[borders[i] : borders[i + 1]] = of_stem_class
        found[borders[i] : borders[i + 1]] = worths
    return merged(docids, found, borders)


@kernel
def merged(docids: Docids, found: Frequencies, borders: NDArray[np.int64]) -> tuple[Docids, Frequencies]:
    """Ascending lists, one after the other between `borders`, as one; frequencies of a document add up."""
    other_docids, other_found = np.empty_like(docids), np.empty_like(found)
    while borders.size > 2:
        kept = np.zeros(borders.size // 2 + 1, np.int64)
        end = 0
        for pair in range(borders.size // 2):
            i, i_end = borders[2 * pair], borders[2 * pair + 1]
            j, j_end = i_end, borders[min(2 * pair + 2, borders.size - 1)]
            while i < i_end or j < j_end:
                if j == j_end or (i < i_end and docids[i] < docids[j]):
                    other_docids[end], other_found[end] = docids[i], found[i]
                    i += 1
                elif i == i_end or docids[j] < docids[i]:
                    other_docids[end], other_found[end] = docids[j], found[j]
                    j += 1
                else:
                    other_docids[end], other_found[end] = docids[i], found[i] + found[j]
                    i += 1
                    j += 1
                end += 1
            kept[pair + 1] = end
        borders = kept
        docids, other_docids = other_docids, docids
        found, other_found = other_found, found
    return docids[: borders[-1]], found[: borders[-1]]
