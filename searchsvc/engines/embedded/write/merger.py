"""Merging: several segments into one, deleted articles left out; and which to merge.

Many small segments make searches slow, large ones make merges slow: so small ones are merged with their like, and
none grows beyond MERGED_ARTICLES.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns.columns import Columns
from searchsvc.engines.embedded.columns.document_store import DocumentStoreWriter
from searchsvc.engines.embedded.index.segment import PostingsBuilder, Segment, SegmentBuilder
from searchsvc.engines.embedded.kernels.jit import kernel, whole
from searchsvc.engines.embedded.postings.blocks import read_block
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_BITS, FIELD_MASK, Postings
from searchsvc.engines.embedded.postings.positions import copy_positions, skip_positions
from searchsvc.engines.embedded.postings.tf_patterns import (
    TfPatterns,
    by_use,
    has_room,
    no_patterns,
    number_of,
    with_room,
)
from searchsvc.engines.embedded.postings.writer import Flat
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary, dictionary_of
from searchsvc.text.analyzer import Form

MAX_SEGMENTS = 10  # besides those that are as large as a merge may make them
MERGED_ARTICLES = 500_000

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


def to_pack(sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Groups of segments to merge so that as few are left as there can be: for a build that is done.

    >>> to_pack([(300_000, 300_000), (100, 100), (300_000, 400_000), (0, 7)])
    [[0, 1, 3], [2]]
    """
    groups = _filled(range(len(sizes)), sizes)
    return [group for group in groups if len(group) > 1 or sizes[group[0]][0] < sizes[group[0]][1]]


def _tier(articles: int) -> int:
    return int(math.log(max(articles, _SMALL), _TIER))


def _filled(places: Sequence[int], sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The places in groups, each into the first that has room for its articles."""
    groups: list[list[int]] = []
    held: list[int] = []
    for place in places:
        live = sizes[place][0]
        fits = next((number for number, count in enumerate(held) if count + live <= MERGED_ARTICLES), None)
        if fits is None:
            groups.append([place])
            held.append(live)
        else:
            groups[fits].append(place)
            held[fits] += live
    return groups


def merge(folder: Path, parts: Sequence[Part], *, beside: bool = False) -> ArraySegment:
    """Write one segment of the live documents of the parts; on the disk, but not yet in any commit. Raises OSError.

    `beside`: with another thread, for a second processor.
    """
    builder = SegmentBuilder(folder)
    try:
        for segment, live in parts:
            with segment.reading():
                _copy_articles(builder.store, segment, live)
            segment.file.release()
        columns = Columns.joined([segment.columns.kept(live) for segment, live in parts], partial(_release, parts))
        dictionary, moves = _dictionaries(parts)
        _release(parts)
        postings = builder.postings(dictionary, columns.lengths)
        _copy_postings(postings, parts, moves, beside=beside)
        return builder.finish(postings, columns)
    except BaseException:
        builder.abandon()
        raise


def _release(parts: Sequence[Part]) -> None:
    """What is read of many segments one after the other need not stay in memory together."""
    for segment, _ in parts:
        segment.file.release()


def _copy_articles(store: DocumentStoreWriter, segment: Segment, live: Mask) -> None:
    """Blocks as they are where all of them lives and they are not small; else the articles one by one."""
    for number, (block, first, end) in enumerate(segment.store.blocks, 1):
        if number % BLOCKS_HELD == 0:
            segment.file.release()
        kept = live[first:end]
        if kept.all() and end < segment.size:  # the last of a segment is seldom full
            store.add_block(segment.store.compressed(block), end - first)
        elif kept.any():
            for text, keep in zip(segment.store.texts(block), kept.tolist(), strict=True):
                if keep:
                    store.add(text)


# --- postings ---------------------------------------------------------------------------------------------------------


class Moves(NamedTuple):
    """What becomes of a part: its documents, stem classes and forms (of stem class f from `dictionary.first_form[f]`
    on).
    """

    docids: NDArray[np.uint32]  # GONE for a deleted one
    stem_classes: NDArray[np.uint32]
    locals: NDArray[np.uint32]  # of each form, its number within the stem class


GONE = 0xFFFFFFFF


def _dictionaries(parts: Sequence[Part]) -> tuple[TermDictionary, list[Moves]]:
    """The dictionary of all parts' words, and what becomes of each part."""
    place: dict[Form, int] = {}
    of_parts = []
    for segment, _ in parts:  # one part's words at a time: as Python objects they take much room
        forms = segment.dictionary.forms()
        of_parts.append(np.array([place.setdefault(form, len(place)) for form in forms], dtype=np.intp))
        segment.file.release()
    dictionary, stem_class_of, local_of = dictionary_of(list(place))
    moves = []
    base = 0
    for (segment, live), numbers in zip(parts, of_parts, strict=True):
        docids = np.where(live, np.cumsum(live) + (base - 1), GONE).astype(np.uint32)
        base += int(np.count_nonzero(live))
        stem_classes = stem_class_of[numbers[segment.dictionary.first_form[:-1]]] if len(numbers) else stem_class_of[:0]
        moves.append(Moves(docids, stem_classes, local_of[numbers]))
    return dictionary, moves


class Moving(NamedTuple):
    """What the loop that copies a part's postings looks things up in."""

    docids: NDArray[np.uint32]  # as of Moves
    stem_classes: NDArray[np.uint32]
    locals: NDArray[np.uint32]
    form_first: NDArray[np.uint32]
    keeps: NDArray[np.bool_]  # stem classes whose forms all keep their numbers within it
    patterns: NDArray[np.int32]  # what becomes of each pattern in these; below 0 where it is not known yet
    totals: NDArray[np.int64]  # of each pattern: how many positions a posting has

    @classmethod
    def of(cls, segment: Segment, moves: Moves) -> "Moving":
        first = segment.dictionary.first_form
        starts = first[:-1].astype(np.intp)
        stays = moves.locals == np.arange(len(moves.locals)) - np.repeat(starts, np.diff(first))
        keeps = np.logical_and.reduceat(stays, starts) if len(starts) else np.empty(0, np.bool_)
        postings = segment.postings.arrays
        totals = np.concatenate(([0], np.cumsum(postings.pattern_tfs, dtype=np.int64)))
        of_patterns = totals[postings.pattern_start[1:]] - totals[postings.pattern_start[:-1]]
        unknown = np.full(len(of_patterns), -1, np.int32)
        return cls(moves.docids, moves.stem_classes, moves.locals, first, keeps, unknown, of_patterns)


def _copy_postings(builder: PostingsBuilder, parts: Sequence[Part], moves: Sequence[Moves], *, beside: bool) -> None:
    """The postings of all parts, some stem classes at a time; `beside`: the last are written while others are
    copied.
    """
    patterns = no_patterns()
    for segment, _ in parts:
        patterns = add_patterns(patterns, segment.postings.arrays, segment.file["pattern_uses"])
        segment.file.release()
    # Frequent patterns have small numbers; those met first while merging come behind.
    numbers = by_use(patterns)
    patterns.used[:] = 0  # counted anew while they are written
    moving = [Moving.of(part.segment, moved) for part, moved in zip(parts, moves, strict=True)]
    stem_classes = builder.stem_classes
    sizes, position_sizes = np.zeros(stem_classes, dtype=np.int64), np.zeros(stem_classes, dtype=np.int64)
    for (segment, _), moved in zip(parts, moves, strict=True):
        postings = segment.postings.arrays
        sizes[moved.stem_classes] += postings.counts
        position_sizes[moved.stem_classes] += np.diff(
            postings.position_start[postings.first_block].astype(np.int64)
        ).astype(np.int64)
        segment.file.release()
    with Beside(beside) as writing:
        for low, high in _chunks(sizes * POSTING_BYTES + position_sizes):
            flat = _empty_flat(sizes[low:high], position_sizes[low:high])
            for (segment, _), moves_of in zip(parts, moving, strict=True):
                first, end = np.searchsorted(moves_of.stem_classes, (low, high)).tolist()
                with segment.reading():
                    segment.postings.check_range(range(first, end))
                patterns = copy_stem_classes(segment.postings.arrays, first, end, moves_of, low, flat, patterns)
                segment.file.release()
            held = int(patterns.sizes[0])
            if held > len(numbers):
                numbers = np.concatenate([numbers, np.arange(len(numbers), held, dtype=np.uint32)])
            # What it reads of the table stays as it is while others are added: greater arrays are new ones.
            writing.do(partial(builder.add, flat, patterns, numbers))
    builder.close(patterns, numbers)


class Beside:
    """Does one thing after the other, in a thread beside this one where that is wanted; one at most waits."""

    def __init__(self, wanted: bool) -> None:
        self._pool = ThreadPoolExecutor(1) if wanted else None
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def do(self, work: Callable[[], None]) -> None:
        """Raises what the work before raised."""
        if self._pool is None:
            work()
            return
        if self._last is not None:
            self._last.result()
        self._last = self._pool.submit(work)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if self._last is not None and kind is None:
            self._last.result()


# What a posting costs in memory while it is copied, and how much is copied at a time.
POSTING_BYTES = 24
CHUNK_BYTES = 16_000_000
# So many blocks of articles, some 4 KB each, are copied before their pages are given back.
BLOCKS_HELD = 4_000


def _chunks(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Postings of stem classes of about CHUNK_BYTES each."""
    ends = np.cumsum(sizes)
    borders = [0]
    while borders[-1] < len(sizes):
        before = int(ends[borders[-1] - 1]) if borders[-1] else 0
        borders.append(max(borders[-1] + 1, int(np.searchsorted(ends, before + CHUNK_BYTES, side="right"))))
    return list(pairwise(borders))


def _empty_flat(sizes: NDArray[np.int64], position_sizes: NDArray[np.int64]) -> Flat:
    """Room for so many postings and bytes of positions of each stem class; `ends` move on as they come."""
    starts = np.concatenate(([0], np.cumsum(sizes)))
    place_starts = np.concatenate(([0], np.cumsum(position_sizes)))
    return Flat(
        starts[:-1],
        starts[:-1].copy(),
        np.empty(starts[-1], dtype=np.uint32),
        np.empty(starts[-1], dtype=np.uint32),
        np.empty(starts[-1], dtype=np.int64),
        place_starts[:-1].copy(),
        np.empty(place_starts[-1], dtype=np.uint8),
    )


@kernel
def add_patterns(patterns: TfPatterns, postings: Postings, used: NDArray[np.int64]) -> TfPatterns:
    """The table with the patterns of a part in it too, and how often they are used there."""
    for pattern in range(used.size):
        start, end = postings.pattern_start[pattern], postings.pattern_start[pattern + 1]
        if not has_room(patterns, 1, whole(end) - whole(start)):
            patterns = with_room(patterns, whole(end) - whole(start))
        number = number_of(
            patterns, postings.pattern_keys[start:end], postings.pattern_tfs[start:end], whole(end) - whole(start)
        )
        patterns.used[number] += used[pattern] - 1
    return patterns


@kernel
def copy_stem_classes(
    postings: Postings, first: int, end: int, moving: Moving, low: int, flat: Flat, patterns: TfPatterns
) -> TfPatterns:
    """Copy the live postings of some stem classes of a part behind what is in `flat`, whose first stem class is
    `low`.
    """
    docids, numbers = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    longest = 1
    for pattern in range(postings.pattern_start.size - 1):
        longest = max(longest, whole(postings.pattern_start[pattern + 1]) - whole(postings.pattern_start[pattern]))
    keys, counts = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    for stem_class in range(first, end):
        to = whole(moving.stem_classes[stem_class]) - low
        for block in range(postings.first_block[stem_class], postings.first_block[stem_class + 1]):
            while not has_room(patterns, BLOCK, BLOCK * longest):
                patterns = with_room(patterns, BLOCK * longest)
            in_block = read_block(postings, stem_class, block, docids, numbers, 0)
            copy_block(
                postings, stem_class, block, moving, to, flat, patterns, docids[:in_block], numbers, keys, counts
            )
    return patterns


@kernel
def copy_block(
    postings: Postings, stem_class: int, block: int, moving: Moving, to: int, flat: Flat, patterns: TfPatterns,
    docids: NDArray[np.uint32], numbers: NDArray[np.uint32], keys: NDArray[np.uint32], counts: NDArray[np.uint32],
) -> None:  # fmt: skip
    """The live postings of a block, into a table of patterns that has room for them all.

    Apart from what gives more room: where an array may become another, numba counts references at each of its uses.
    """
    held, place = flat.ends[to], flat.place_ends[to]
    base = whole(moving.form_first[stem_class])
    keeps = moving.keeps[stem_class]
    at = whole(postings.position_start[block])
    for i in range(docids.size):
        left = moving.totals[numbers[i]]
        docid = moving.docids[docids[i]]
        if docid == GONE:
            at = skip_positions(postings.position_bytes, at, left)
            continue
        number = whole(moving.patterns[numbers[i]]) if keeps else -1
        if number >= 0:
            patterns.used[number] += 1
        else:
            start, stop = whole(postings.pattern_start[numbers[i]]), whole(postings.pattern_start[numbers[i] + 1])
            for entry in range(start, stop):
                key = postings.pattern_keys[entry]
                local = moving.locals[base + whole(key >> FIELD_BITS)]
                keys[entry - start] = local << FIELD_BITS | key & FIELD_MASK
                counts[entry - start] = postings.pattern_tfs[entry]
            number = number_of(patterns, keys, counts, stop - start)
            if keeps:
                moving.patterns[numbers[i]] = number
        flat.docids[held] = docid
        flat.patterns[held] = number
        flat.places[held] = place
        held += 1
        at, place = copy_positions(postings.position_bytes, at, left, flat.positions, place)
    flat.ends[to], flat.place_ends[to] = held, place
