"""Places: where words stand in a text field of one segment, as sorted keys, document << 32 | position.

What a run or a window of words is, says `text.matching`; here they are found in whole arrays.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums, union
from searchsvc.engines.embedded.postings import Positions
from searchsvc.engines.embedded.segment import Segment
from searchsvc.text.analyzer import QueryWord
from searchsvc.text.matching import windows

Keys = NDArray[np.uint64]
Sorted = NDArray[np.unsignedinteger[Any]]  # Any: of whichever width

NONE: Keys = np.empty(0, dtype=np.uint64)

_PLACE = np.uint64(0xFFFFFFFF)
_DOCUMENT = np.uint64(32)

# A list of occurrences in more documents than so many times those wanted is read for these alone.
SELECT = 4


def documents_of(keys: Keys) -> Docnums:
    """The document of each key (uint32)."""
    return (keys >> _DOCUMENT).astype(np.uint32)


def word_keys(segment: Segment, field: str, word: QueryWord, among: Docnums | None = None) -> Keys:
    """Where any of the word's terms stands; only in the documents `among`, when given."""
    keys = [_among(positions, among) for positions in _positions(segment, field, word)]
    if not keys:
        return NONE
    return union(keys)


def row_keys(segment: Segment, field: str, words: Sequence[QueryWord], check: Callable[[], None]) -> Keys:
    """Where rows of these words begin: each at the position after the one before."""
    candidates = _documents_with_all(segment, field, words, check)
    if candidates is None or not len(candidates):
        return NONE
    shifted = []
    for number, word in enumerate(words):
        check()
        keys = word_keys(segment, field, word, candidates)
        offset = np.uint64(number)
        shifted.append(keys[(keys & _PLACE) >= offset] - offset if number else keys)
    shifted.sort(key=len)
    found = shifted[0]
    for keys in shifted[1:]:
        found = found[contained(found, keys)]
    return found


def window_keys(segment: Segment, field: str, words: Sequence[QueryWord], slop: int, check: Callable[[], None]) -> Keys:
    """Where the minimal windows of these words begin."""
    candidates = _documents_with_all(segment, field, words, check)
    if candidates is None or not len(candidates):
        return NONE
    keys = [word_keys(segment, field, word, candidates) for word in words]
    near = _near(keys, slop + len(words) - 1)
    found: list[int] = []
    bounds = [
        (np.searchsorted(of_word, near << _DOCUMENT), np.searchsorted(of_word, (near + np.uint64(1)) << _DOCUMENT))
        for of_word in keys
    ]
    for row, docnum in enumerate(near.tolist()):
        check()
        places = [
            (of_word[lows[row] : highs[row]] & _PLACE).tolist()
            for of_word, (lows, highs) in zip(keys, bounds, strict=True)
        ]
        found += [docnum << 32 | first for first, _ in windows(places, slop)]
    return np.array(found, dtype=np.uint64)


def contained(some: Sorted, others: Sorted) -> NDArray[np.bool_]:
    """Which of `some` are in `others`; both ascending. Cost: one search in `others` for each of `some`."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    places = np.searchsorted(others, some)
    places[places == len(others)] = 0
    same: NDArray[np.bool_] = others[places] == some
    return same


def _positions(segment: Segment, field: str, word: QueryWord) -> list[Positions]:
    terms = [term for term, weight in word.terms if weight > 0 and len(segment.postings(field, term).docnums)]
    return [segment.positions(field, term) for term in terms]


def _documents_with_all(
    segment: Segment, field: str, words: Sequence[QueryWord], check: Callable[[], None]
) -> Docnums | None:
    """The documents that have each word in the field; None when some word is in none."""
    of_words = []
    for word in words:
        check()
        lists = [segment.postings(field, term).docnums for term, weight in word.terms if weight > 0]
        lists = [docnums for docnums in lists if len(docnums)]
        if not lists:
            return None
        of_words.append(union(lists))
    of_words.sort(key=len)
    found = of_words[0]
    for docnums in of_words[1:]:
        found = found[contained(found, docnums)]
    return found


def _among(positions: Positions, among: Docnums | None) -> Keys:
    if among is None or len(among) * SELECT >= len(positions.docnums):
        return positions.keys
    rows = np.searchsorted(positions.docnums, among)
    rows[rows == len(positions.docnums)] = 0
    rows = rows[positions.docnums[rows] == among]
    starts, lengths = positions.starts[rows], positions.starts[rows + 1] - positions.starts[rows]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    chosen = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    documents = np.repeat(positions.docnums[rows].astype(np.uint64), lengths)
    keys: Keys = (documents << _DOCUMENT) | positions.places[chosen]
    return keys


def _near(keys: Sequence[Keys], reach: int) -> Keys:
    """The documents in which, around some place of the rarest word, each word has one at most `reach` away."""
    rarest = min(keys, key=len)
    near = np.ones(len(rarest), dtype=np.bool_)
    span = np.uint64(reach)
    for of_word in keys:
        low = np.searchsorted(of_word, rarest - np.minimum(rarest & _PLACE, span))
        near &= np.searchsorted(of_word, rarest + span, side="right") > low
    documents: Keys = np.unique(rarest[near] >> _DOCUMENT)
    return documents
