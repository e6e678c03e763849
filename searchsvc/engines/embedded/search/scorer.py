"""Scorer: the scores of documents that an evaluation found, by the formulas of `engines.bm25f`, over whole arrays.

The same numbers as there, up to rounding: document frequencies, lengths and the newest article are those of the commit,
so a score depends neither on how the index is cut into segments nor on what was deleted.
"""

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import inverse_document_frequency
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int64s
from searchsvc.engines.embedded.kernels.docid_sets import contained
from searchsvc.engines.embedded.search.evaluator import Evaluation, is_text
from searchsvc.engines.embedded.search.kernels.proximity import proximity
from searchsvc.engines.embedded.search.kernels.scores import ScoredList, add_frequencies, add_list, make_keys
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term, positive_leaves
from searchsvc.text.matching import WordLeaf


class Scorer:
    """Scores for one request. All methods raise EngineTimeout past its deadline."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        articles = evaluation.snapshot.articles
        self._leaves: list[WordLeaf] = [
            leaf
            for leaf in positive_leaves(evaluation.request.query)
            if isinstance(leaf, Term | Phrase | Prefix | Fuzzy) and is_text(leaf)
        ]
        self._idfs = [
            inverse_document_frequency(articles, evaluation.document_frequency(leaf)) for leaf in self._leaves
        ]
        positional = [leaf for leaf in self._leaves if isinstance(leaf, Term | Phrase)]
        self._positional: list[Term | Phrase] = list(dict.fromkeys(positional))

    def keys(self, number: int, docids: Docids) -> Float64s:
        """Minus the scores of these (ascending) documents of segment `number`, without proximity."""
        view = self._evaluation.snapshot.views[number]
        scores = np.zeros(len(docids))
        if not self._leaves:
            scores += 1
        for leaf, idf in zip(self._leaves, self._idfs, strict=True):
            lists = self._evaluation.term_lists(leaf)
            if lists is None:
                found = self._evaluation.matches(leaf)[number]
                add_frequencies(docids, found.docids, found.frequencies, idf, scores)
            elif lists[number].documents:
                scored = ScoredList(*self._evaluation.read_list(view, lists[number]), lists[number].form_weights)
                norms = view.norms(SEARCHED_FIELDS, self._evaluation.snapshot.averages)
                add_list(docids, view.segment.postings.arrays, scored, norms, idf, scores)
        make_keys(docids, view.recency(self._evaluation.snapshot.newest), scores)
        return scores

    @property
    def uses_proximity(self) -> bool:
        """Whether there are two different words or phrases at least; else all factors are 1."""
        return len(self._positional) > 1

    def has_all(self, segments: Int64s, docids: Docids) -> Mask:
        """Which of these documents have all words and phrases, somewhere: the factor of the others is 1."""
        found = np.ones(len(docids), dtype=np.bool_)
        for leaf in self._positional:
            for number, of_leaf in enumerate(self._evaluation.docids(leaf)):
                of_segment = np.flatnonzero(found & (segments == number))
                found[of_segment] = contained(docids[of_segment], of_leaf)
        return found

    def proximity(self, number: int, docids: Docids) -> Float64s:
        """The factor of each of these (ascending) documents of segment `number`: at least 1."""
        view = self._evaluation.snapshot.views[number]
        keys = []
        for leaf in self._positional:
            self._evaluation.deadline.check()
            keys.append(self._evaluation.occurrences(leaf, view, docids))
        first = np.concatenate(([0], np.cumsum([len(of_leaf) for of_leaf in keys])))
        return proximity(np.concatenate(keys), first, docids)
