"""Merging: several segments into one, deleted articles left out; and which to merge.

Many small segments make searches slow, large ones make merges slow: so small ones are merged with their like, and
none grows beyond MERGED_ARTICLES.
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import groupby, repeat
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import Segment as WhooshSegment

from searchsvc.docvalues.columns import Column
from searchsvc.docvalues.docset import Mask, union
from searchsvc.engines.embedded.inverting import TermRun
from searchsvc.engines.embedded.postings import Piece, assemble, piece
from searchsvc.engines.embedded.segment import Segment, SegmentFiles
from searchsvc.engines.embedded.sidecar import EXTENSION, Sidecar, tokens_of, word_columns
from searchsvc.model.fields import SEARCHED_FIELDS

MAX_SEGMENTS = 10  # besides those that are as large as a merge may make them
MERGED_ARTICLES = 200_000

_TIER = 4  # segments whose sizes differ by less than this factor are alike
_SMALL = 250  # articles; below, all are alike


class Part(NamedTuple):
    """A segment and which of its documents live."""

    segment: Segment
    live: Mask


def to_merge(sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Groups of segments to merge, by place; `sizes` are the live documents and all documents of each.

    A segment without a live document is in a group by itself, as is one of which more than half is deleted and which
    nothing else is merged with.

    >>> to_merge([(50_000, 50_000)] + [(10, 10)] * 10)
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
    >>> to_merge([(50_000, 50_000), (0, 10), (3, 9)])
    [[1], [2]]
    """
    places = sorted(range(len(sizes)), key=lambda place: sizes[place][0])
    full = sum(live * 2 > MERGED_ARTICLES for live, _ in sizes)
    groups: list[list[int]] = []
    excess = len(sizes) - MAX_SEGMENTS - full
    if excess > 0:
        chosen: list[int] = []
        for index, place in enumerate(places):
            fits_more = index + 1 < len(places) and _tier(sizes[places[index + 1]][0]) == _tier(sizes[place][0])
            chosen.append(place)
            if len(chosen) > max(1, excess) and not fits_more:
                break
        groups = [group for group in _filled(sorted(chosen), sizes) if len(group) > 1]
    taken = {place for group in groups for place in group}
    groups += [[place] for place in range(len(sizes)) if place not in taken and sizes[place][0] * 2 < sizes[place][1]]
    return groups


def _tier(articles: int) -> int:
    return int(math.log(max(articles, _SMALL), _TIER))


def _filled(places: Sequence[int], sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    held = 0
    for place in places:
        if groups[-1] and held + sizes[place][0] > MERGED_ARTICLES:
            groups.append([])
            held = 0
        groups[-1].append(place)
        held += sizes[place][0]
    return groups


def merge(folder: Path, parts: Sequence[Part]) -> WhooshSegment:
    """Write one segment of the live documents of the parts, and its sidecar; not yet synced nor in any commit."""
    files = SegmentFiles(folder)
    try:
        for segment, live in parts:
            for docnum in np.flatnonzero(live).tolist():
                files.add(segment.text(docnum))
        whoosh = files.finish(_runs(parts))
    except BaseException:
        files.abandon()
        raise
    sidecar = Sidecar.joined([segment.sidecar.kept(live) for segment, live in parts], _words(parts))
    sidecar.write(folder / f"{whoosh.segment_id()}{EXTENSION}")
    return whoosh


def _runs(parts: Sequence[Part]) -> Iterator[TermRun]:
    moved = []  # new document numbers of the old
    base = 0
    for part in parts:
        moved.append((np.cumsum(part.live) + (base - 1)).astype(np.uint32))
        base += int(np.count_nonzero(part.live))
    # Terms ascend by code point, which is the order of their bytes too.
    numbered = [zip(part.segment.terms(), repeat(number)) for number, part in enumerate(parts)]
    for term, having in groupby(heapq.merge(*numbered), key=itemgetter(0)):
        pieces, documents = _pieces(term, [(parts[number], moved[number]) for _, number in having])
        if pieces:
            yield TermRun(term.encode("utf-8", "surrogatepass"), *assemble(pieces, documents))


def _pieces(term: str, parts: Sequence[tuple[Part, NDArray[np.uint32]]]) -> tuple[list[Piece], int]:
    """What the merged segment has of a term, and in how many documents."""
    by_field: dict[str, list[tuple[NDArray[np.uint32], NDArray[np.intp], NDArray[np.uint32]]]] = {}
    for (segment, live), moved in parts:
        for field, found in segment.all_positions(term).items():
            keep = live[found.docnums]
            counts = np.diff(found.starts)
            if keep.all():
                kept = moved[found.docnums], counts, found.places
            elif keep.any():
                kept = moved[found.docnums[keep]], counts[keep], found.places[np.repeat(keep, counts)]
            else:
                continue
            by_field.setdefault(field, []).append(kept)
    pieces = []
    documents = []
    for number, field in enumerate(SEARCHED_FIELDS):
        if field in by_field:
            docnums, counts, places = map(np.concatenate, zip(*by_field[field], strict=True))
            documents.append(docnums)
            pieces.append(piece(number, docnums, counts, places))
    return pieces, len(union(documents)) if documents else 0


def _words(parts: Sequence[Part]) -> dict[str, Column]:
    """The columns about words of the merged: counts added up, those of deleted documents taken off."""
    counts: dict[str, int] = {}
    fields: dict[str, int] = {}
    for segment, live in parts:
        sidecar = segment.sidecar
        columns = (sidecar.words.texts(), sidecar.word_counts.tolist(), sidecar.word_fields.tolist())
        for word, count, mask in zip(*columns, strict=True):
            counts[word] = counts.get(word, 0) + count
            fields[word] = fields.get(word, 0) | mask
        for docnum in np.flatnonzero(~live).tolist():
            tokens = tokens_of(segment.article(docnum))
            for word in {token.word for of_field in tokens.values() for token in of_field}:
                counts[word] -= 1
    words = sorted(word for word, count in counts.items() if count > 0)
    return word_columns(
        words,
        np.array([counts[word] for word in words], dtype=np.uint32),
        np.array([fields[word] for word in words], dtype=np.uint8),
    )
