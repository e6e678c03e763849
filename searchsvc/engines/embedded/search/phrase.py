"""Occurrences: where words stand in the text fields of one segment, as ascending keys (`postings.Keys`).

What a run or a window of words is, says `text.matching`; here they are found in whole arrays.
"""

from collections.abc import Callable, Sequence

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.kernels.docid_sets import intersection, union
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import Norms, length_norm
from searchsvc.engines.embedded.postings.format import Frequencies, Keys
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.terms.term_dictionary import Weights
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import QueryWord
from searchsvc.text.matching import windows

NO_KEYS: Keys = np.empty(0, dtype=np.uint64)

_POSITION = np.uint64(0xFFFFFFFF)
_FIELD = np.uint64(32)
_DOCUMENT = np.uint64(35)


class Occurrences:
    """Occurrences in some fields of a segment; `check` is asked between steps, and raises when time is up."""

    def __init__(self, segment: Segment, fields: Sequence[str], check: Callable[[], None]) -> None:
        self._segment = segment
        self._fields: Mask = np.array([name in fields for name in SEARCHED_FIELDS])
        self._check = check

    def of_word(self, word: QueryWord, among: Docids) -> Keys:
        """Where any of the word's terms stands, in these documents."""
        return self._keys(self._stem_classes(word), among)

    def of_row(self, words: Sequence[QueryWord], among: Docids | None) -> Keys:
        """Where rows of these words begin: each at the position after the one before; in these documents, or in all."""
        found = NO_KEYS
        stem_classes = [self._stem_classes(word) for word in words]
        candidates = self._with_all(stem_classes, among)
        # Those that stand at the fewest places first.
        for place in sorted(range(len(words)), key=lambda place: self._documents(stem_classes[place])):
            if not len(candidates):
                return NO_KEYS
            self._check()
            keys = moved_back(self._keys(stem_classes[place], candidates), place)
            found = keys if found is NO_KEYS else shared(found, keys)
            candidates = documents_of(found)
        return found

    def of_window(self, words: Sequence[QueryWord], slop: int, among: Docids | None) -> Keys:
        """Where the minimal windows of these words begin; in these documents, or in all."""
        stem_classes = [self._stem_classes(word) for word in words]
        candidates = self._with_all(stem_classes, among)
        if not len(candidates):
            return NO_KEYS
        keys = [self._keys(of_word, candidates) for of_word in stem_classes]
        near = _near(keys, slop + len(words) - 1)
        bounds = [
            (np.searchsorted(of_word, near << _FIELD), np.searchsorted(of_word, (near + np.uint64(1)) << _FIELD))
            for of_word in keys
        ]
        found: list[int] = []
        for row, text in enumerate(near.tolist()):
            self._check()
            places = [
                (of_word[lows[row] : highs[row]] & _POSITION).tolist()
                for of_word, (lows, highs) in zip(keys, bounds, strict=True)
            ]
            found += [text << 32 | first for first, _ in windows(places, slop)]
        return np.array(found, dtype=np.uint64)

    def _stem_classes(self, word: QueryWord) -> dict[int, Weights]:
        return self._segment.dictionary.form_weights(word.terms)

    def _documents(self, stem_classes: dict[int, Weights]) -> int:
        return sum(self._segment.postings.count(stem_class) for stem_class in stem_classes)

    def _keys(self, stem_classes: dict[int, Weights], among: Docids) -> Keys:
        keys = []
        for stem_class, weights in stem_classes.items():
            self._check()
            self._segment.postings.check(stem_class, positions=True)
            keys.append(occurrences(self._segment.postings.arrays, stem_class, weights > 0, self._fields, among))
        if not keys:
            return NO_KEYS
        if len(keys) == 1:
            return keys[0]
        every = np.concatenate(keys)
        every.sort(kind="stable")
        return every

    def _with_all(self, stem_classes: Sequence[dict[int, Weights]], among: Docids | None) -> Docids:
        """The documents that have a stem class of each word (whichever form, in whichever field)."""
        postings = self._segment.postings
        found = among
        for of_word in sorted(stem_classes, key=self._documents):
            self._check()
            lists = []
            for stem_class in of_word:
                postings.check(stem_class)
                lists.append(read_list(postings.arrays, stem_class)[0])
            if not lists:
                return np.empty(0, np.uint32)
            docids = lists[0]
            for other in lists[1:]:
                docids = union(docids, other)
            found = docids if found is None else intersection(found, docids)
        return np.empty(0, np.uint32) if found is None else found


@kernel
def documents_of(keys: Keys) -> Docids:
    """The different documents of some keys, ascending."""
    found = np.empty(keys.size, np.uint32)
    held = 0
    for key in keys:
        docid = np.uint32(key >> np.uint64(35))
        if held == 0 or found[held - 1] != docid:
            found[held] = docid
            held += 1
    return found[:held]


@kernel
def moved_back(keys: Keys, places: int) -> Keys:
    """The keys so many positions before; those too near to the beginning of their text are left out."""
    found = np.empty(keys.size, np.uint64)
    held = 0
    for key in keys:
        if key & np.uint64(0xFFFFFFFF) >= np.uint64(places):
            found[held] = key - np.uint64(places)
            held += 1
    return found[:held]


@kernel
def shared(one: Keys, other: Keys) -> Keys:
    """The keys in both."""
    found = np.empty(min(one.size, other.size), np.uint64)
    i = j = held = 0
    while i < one.size and j < other.size:
        if one[i] < other[j]:
            i += 1
        elif other[j] < one[i]:
            j += 1
        else:
            found[held] = one[i]
            held += 1
            i += 1
            j += 1
    return found[:held]


@kernel
def weighed(keys: Keys, norms: Norms, live: Mask) -> tuple[Docids, Frequencies]:
    """The live documents of some keys, and the weighted frequency in each: what `norms` make of an occurrence."""
    docids, found = np.empty(keys.size, np.uint32), np.empty(keys.size, np.float64)
    held = 0
    for key in keys:
        docid = whole(key >> np.uint64(35))
        field = whole(key >> np.uint64(32)) & 7
        if live.size and not live[docid]:
            continue
        if held == 0 or docids[held - 1] != docid:
            docids[held], found[held] = docid, 0.0
            held += 1
        found[held - 1] += norms.boosts[field] / length_norm(norms, field, docid)
    return docids[:held], found[:held]


def _near(keys: Sequence[Keys], reach: int) -> Keys:
    """The texts (document << 3 | field) in which, around some place of the rarest word, each has one at most so far."""
    rarest = min(keys, key=len)
    near = np.ones(len(rarest), dtype=np.bool_)
    distance = np.uint64(reach)
    for of_word in keys:
        low = np.searchsorted(of_word, rarest - np.minimum(rarest & _POSITION, distance))
        near &= np.searchsorted(of_word, rarest + distance, side="right") > low
    texts: Keys = np.unique(rarest[near] >> _FIELD)
    return texts
