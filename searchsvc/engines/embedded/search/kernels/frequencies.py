"""Frequencies: the documents of postings lists, and the weighted term frequency (`postings.bm25f`) in each.

For a leaf that is not one whole postings list: a prefix, a fuzzy word, a word in some of the fields, and a word whose
forms are in several stem classes.
"""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.jit import Out, kernel, whole
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import Norms, weighted_tf
from searchsvc.engines.embedded.postings.format import Postings
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses


@kernel
def frequencies(
    postings: Postings, stem_class: int, form_weights: Float64s, norms: Norms, live: Mask
) -> tuple[Docids, Float64s]:  # fmt: skip
    """The live documents of a postings list with a form that counts, ascending, and the weighted frequency in each.

    An occurrence of form f counts `form_weights[f]`, 0 if it is not asked for. `live` has a flag for each document, or
    is empty if none is deleted.
    """
    docids, patterns = read_list(postings, stem_class)
    found = np.empty(docids.size, np.float64)
    held = 0
    for i in range(docids.size):
        docid = docids[i]
        if live.size and not live[docid]:
            continue
        frequency = weighted_tf(postings, patterns[i], docid, form_weights, 0, norms)
        if frequency > 0:
            docids[held] = docid
            found[held] = frequency
            held += 1
    return docids[:held], found[:held]


@kernel
def frequencies_of(postings: Postings, stem_classes: StemClasses, norms: Norms, live: Mask) -> tuple[Docids, Float64s]:
    """As `frequencies`, of several stem classes together: what a document has of each adds up."""
    size = whole(0)
    for stem_class in stem_classes.numbers:
        size += whole(postings.counts[stem_class])
    docids, found = np.empty(size, np.uint32), np.empty(size, np.float64)
    first = np.zeros(stem_classes.numbers.size + 1, np.int64)
    for i in range(stem_classes.numbers.size):
        weights = stem_classes.weights[stem_classes.first_weight[i] : stem_classes.first_weight[i + 1]]
        of_list, frequencies_in_list = frequencies(postings, stem_classes.numbers[i], weights, norms, live)
        first[i + 1] = first[i] + of_list.size
        docids[first[i] : first[i + 1]] = of_list
        found[first[i] : first[i + 1]] = frequencies_in_list
    return merge_lists(docids, found, first)


@kernel
def merge_lists(docids: Out[np.uint32], found: Out[np.float64], first: Int64s) -> tuple[Docids, Float64s]:
    """Merge ascending lists, list i at `first[i]` to `first[i + 1]`, into one; the frequencies of a document add up.

    Two by two, until one is left. The arrays given are overwritten.
    """
    merged_docids, merged = np.empty_like(docids), np.empty_like(found)
    while first.size > 2:
        merged_first = np.zeros(first.size // 2 + 1, np.int64)
        end = 0
        for pair in range(first.size // 2):
            i, i_end = first[2 * pair], first[2 * pair + 1]
            j, j_end = i_end, first[min(2 * pair + 2, first.size - 1)]
            while i < i_end or j < j_end:
                if j == j_end or (i < i_end and docids[i] < docids[j]):
                    merged_docids[end], merged[end] = docids[i], found[i]
                    i += 1
                elif i == i_end or docids[j] < docids[i]:
                    merged_docids[end], merged[end] = docids[j], found[j]
                    j += 1
                else:
                    merged_docids[end], merged[end] = docids[i], found[i] + found[j]
                    i += 1
                    j += 1
                end += 1
            merged_first[pair + 1] = end
        first = merged_first
        docids, merged_docids = merged_docids, docids
        found, merged = merged, found
    return docids[: first[-1]], found[: first[-1]]
