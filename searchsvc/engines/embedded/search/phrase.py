"""Places: where words stand in the text fields of one segment, as ascending keys (`postings.Keys`).

What a run or a window of words is, says `text.matching`; here they are found in whole arrays.
"""

from collections.abc import Callable, Sequence

import numpy as np

from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.kernels.docid_sets import intersection, union
from searchsvc.engines.embedded.kernels.jit import compiled, whole
from searchsvc.engines.embedded.postings.blocks import Frequencies, Keys, Norms, occurrences, read_run
from searchsvc.engines.embedded.terms.term_dictionary import Weights
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.text.analyzer import QueryWord
from searchsvc.text.matching import windows

NO_KEYS: Keys = np.empty(0, dtype=np.uint64)

_POSITION = np.uint64(0xFFFFFFFF)
_FIELD = np.uint64(32)
_DOCUMENT = np.uint64(35)


class Places:
    """Occurrences in some fields of a segment; `check` is asked between steps, and raises when time is up."""

    def __init__(self, segment: Segment, fields: Sequence[str], check: Callable[[], None]) -> None:
        self._segment = segment
        self._fields: Mask = np.array([name in fields for name in SEARCHED_FIELDS])
        self._check = check

    def of_word(self, word: QueryWord, among: Docnums) -> Keys:
        """Where any of the word's terms stands, in these documents."""
        return self._keys(self._families(word), among)

    def of_row(self, words: Sequence[QueryWord], among: Docnums | None) -> Keys:
        """Where rows of these words begin: each at the position after the one before; in these documents, or in all."""
        found = NO_KEYS
        families = [self._families(word) for word in words]
        candidates = self._with_all(families, among)
        # Those that stand at the fewest places first.
        for place in sorted(range(len(words)), key=lambda place: self._documents(families[place])):
            if not len(candidates):
                return NO_KEYS
            self._check()
            keys = moved_back(self._keys(families[place], candidates), place)
            found = keys if found is NO_KEYS else shared(found, keys)
            candidates = documents_of(found)
        return found

    def of_window(self, words: Sequence[QueryWord], slop: int, among: Docnums | None) -> Keys:
        """Where the minimal windows of these words begin; in these documents, or in all."""
        families = [self._families(word) for word in words]
        candidates = self._with_all(families, among)
        if not len(candidates):
            return NO_KEYS
        keys = [self._keys(of_word, candidates) for of_word in families]
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

    def _families(self, word: QueryWord) -> dict[int, Weights]:
        return self._segment.dictionary.weighted(word.terms)

    def _documents(self, families: dict[int, Weights]) -> int:
        return sum(self._segment.postings.count(family) for family in families)

    def _keys(self, families: dict[int, Weights], among: Docnums) -> Keys:
        keys = []
        for family, weights in families.items():
            self._check()
            self._segment.postings.check(family, positions=True)
            keys.append(occurrences(self._segment.postings.runs, family, weights > 0, self._fields, among))
        if not keys:
            return NO_KEYS
        if len(keys) == 1:
            return keys[0]
        every = np.concatenate(keys)
        every.sort(kind="stable")
        return every

    def _with_all(self, families: Sequence[dict[int, Weights]], among: Docnums | None) -> Docnums:
        """The documents that have a family of each word (whichever lexeme, in whichever field)."""
        postings = self._segment.postings
        found = among
        for of_word in sorted(families, key=self._documents):
            self._check()
            lists = []
            for family in of_word:
                postings.check(family)
                lists.append(read_run(postings.runs, family)[0])
            if not lists:
                return np.empty(0, np.uint32)
            docnums = lists[0]
            for other in lists[1:]:
                docnums = union(docnums, other)
            found = docnums if found is None else intersection(found, docnums)
        return np.empty(0, np.uint32) if found is None else found


@compiled
def documents_of(keys: Keys) -> Docnums:
    """The different documents of some keys, ascending."""
    found = np.empty(keys.size, np.uint32)
    held = 0
    for key in keys:
        docnum = np.uint32(key >> np.uint64(35))
        if held == 0 or found[held - 1] != docnum:
            found[held] = docnum
            held += 1
    return found[:held]


@compiled
def moved_back(keys: Keys, places: int) -> Keys:
    """The keys so many positions before; those too near to the beginning of their text are left out."""
    found = np.empty(keys.size, np.uint64)
    held = 0
    for key in keys:
        if key & np.uint64(0xFFFFFFFF) >= np.uint64(places):
            found[held] = key - np.uint64(places)
            held += 1
    return found[:held]


@compiled
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


@compiled
def weighed(keys: Keys, norms: Norms, live: Mask) -> tuple[Docnums, Frequencies]:
    """The live documents of some keys, and the weighted frequency in each: what `norms` make of an occurrence."""
    docnums, found = np.empty(keys.size, np.uint32), np.empty(keys.size, np.float64)
    held = 0
    for key in keys:
        docnum = whole(key >> np.uint64(35))
        field = whole(key >> np.uint64(32)) & 7
        if live.size and not live[docnum]:
            continue
        if held == 0 or docnums[held - 1] != docnum:
            docnums[held], found[held] = docnum, 0.0
            held += 1
        found[held - 1] += norms.boosts[field] / (norms.base[field] + norms.slope[field] * norms.lengths[field, docnum])
    return docnums[:held], found[:held]


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
