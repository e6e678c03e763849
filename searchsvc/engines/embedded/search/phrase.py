"""Occurrences: where words and phrases stand in the text fields of one segment, as ascending keys (`postings.format`).

What an exact phrase and a window of words are is defined in `text.matching`; here they are found in whole arrays.
"""

from collections.abc import Callable, Sequence

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.kernels.docid_sets import NONE, intersection, union
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.format import Keys
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.search.kernels.occurrence_sets import common_keys, documents_of, moved_back
from searchsvc.engines.embedded.terms.term_dictionary import Weights
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import QueryWord
from searchsvc.text.matching import windows

NO_KEYS: Keys = np.empty(0, dtype=np.uint64)

_POSITION = np.uint64(0xFFFFFFFF)
_POSITION_BITS = np.uint64(32)


class Occurrences:
    """Occurrences in some fields of a segment.

    `check_time` is called between steps, and raises when time is up. All methods raise ColumnsDamaged.
    """

    def __init__(self, segment: Segment, fields: Sequence[str], check_time: Callable[[], None]) -> None:
        self._segment = segment
        self._fields: Mask = np.array([name in fields for name in SEARCHED_FIELDS])
        self._check_time = check_time

    def of_word(self, word: QueryWord, among: Docids) -> Keys:
        """Where any of the word's terms stands, in these (ascending) documents."""
        return self._keys(self._stem_classes(word), among)

    def of_phrase(self, words: Sequence[QueryWord], among: Docids | None) -> Keys:
        """Where the words begin to stand one right after the other; in these documents, or in all.

        The rarest word first: the others are looked for only in the documents left.
        """
        found: Keys | None = None
        stem_classes = [self._stem_classes(word) for word in words]
        docids = self._with_all(stem_classes, among)
        for offset in sorted(range(len(words)), key=lambda offset: self._documents(stem_classes[offset])):
            if not len(docids):
                return NO_KEYS
            self._check_time()
            begins = moved_back(self._keys(stem_classes[offset], docids), offset)
            found = begins if found is None else common_keys(found, begins)
            docids = documents_of(found)
        return NO_KEYS if found is None else found

    def of_sloppy_phrase(self, words: Sequence[QueryWord], slop: int, among: Docids | None) -> Keys:
        """Where the minimal windows of these words begin; in these documents, or in all."""
        stem_classes = [self._stem_classes(word) for word in words]
        docids = self._with_all(stem_classes, among)
        if not len(docids):
            return NO_KEYS
        keys = [self._keys(of_word, docids) for of_word in stem_classes]
        texts = _texts_in_reach(keys, slop + len(words) - 1)
        bounds = [
            (
                np.searchsorted(of_word, texts << _POSITION_BITS),
                np.searchsorted(of_word, (texts + np.uint64(1)) << _POSITION_BITS),
            )
            for of_word in keys
        ]
        found: list[int] = []
        for i, text in enumerate(texts.tolist()):
            self._check_time()
            positions = [
                (of_word[starts[i] : ends[i]] & _POSITION).tolist()
                for of_word, (starts, ends) in zip(keys, bounds, strict=True)
            ]
            found += [text << 32 | first for first, _ in windows(positions, slop)]
        return np.array(found, dtype=np.uint64)

    def _stem_classes(self, word: QueryWord) -> dict[int, Weights]:
        return self._segment.dictionary.form_weights(word.terms)

    def _documents(self, stem_classes: dict[int, Weights]) -> int:
        return sum(self._segment.postings.count(stem_class) for stem_class in stem_classes)

    def _keys(self, stem_classes: dict[int, Weights], among: Docids) -> Keys:
        keys = []
        for stem_class, weights in stem_classes.items():
            self._check_time()
            self._segment.postings.check(stem_class, positions=True)
            keys.append(occurrences(self._segment.postings.arrays, stem_class, weights > 0, self._fields, among))
        if not keys:
            return NO_KEYS
        if len(keys) == 1:
            return keys[0]
        joined = np.concatenate(keys)
        joined.sort(kind="stable")
        return joined

    def _with_all(self, stem_classes: Sequence[dict[int, Weights]], among: Docids | None) -> Docids:
        """The documents that have a stem class of each word, whichever form, in whichever field."""
        postings = self._segment.postings
        found = among
        for of_word in sorted(stem_classes, key=self._documents):
            self._check_time()
            lists = []
            for stem_class in of_word:
                postings.check(stem_class)
                lists.append(read_list(postings.arrays, stem_class)[0])
            if not lists:
                return NONE
            docids = lists[0]
            for other in lists[1:]:
                docids = union(docids, other)
            found = docids if found is None else intersection(found, docids)
        return NONE if found is None else found


def _texts_in_reach(keys: Sequence[Keys], reach: int) -> Keys:
    """The texts (docid << 3 | field) in which each word stands at most so far from some occurrence of the rarest."""
    rarest = min(keys, key=len)
    has_all = np.ones(len(rarest), dtype=np.bool_)
    distance = np.uint64(reach)
    for of_word in keys:
        first = np.searchsorted(of_word, rarest - np.minimum(rarest & _POSITION, distance))
        has_all &= np.searchsorted(of_word, rarest + distance, side="right") > first
    texts: Keys = np.unique(rarest[has_all] >> _POSITION_BITS)
    return texts
