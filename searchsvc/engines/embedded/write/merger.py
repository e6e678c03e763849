"""The merger: several segments into one, without their deleted documents.

Blocks of articles are copied as they are where all of them live, columns are joined, and postings are copied some stem
classes at a time: so a merge takes little memory, however large the segments are.

Not for choosing what is merged (`merge_policy`).
"""

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
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.postings.format import Patterns
from searchsvc.engines.embedded.postings.tf_patterns import PatternTable, empty_table, ranks_by_use
from searchsvc.engines.embedded.postings.writer import UnpackedPostings
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary, dictionary_of
from searchsvc.engines.embedded.write.merge_kernels import DELETED, NumberMap, add_patterns, copy_stem_classes
from searchsvc.engines.embedded.write.segment_writer import InvertedIndexWriter, SegmentWriter
from searchsvc.text.analyzer import Form

# What a posting takes in memory while it is copied, and how many bytes of postings and positions are copied at a time.
POSTING_BYTES = 24
CHUNK_BYTES = 16_000_000
# After so many blocks of articles, some 4 KB each, the pages read are given back to the system.
RELEASE_BLOCKS = 4_000


class MergeSource(NamedTuple):
    """A segment to merge, and which of its documents are live."""

    segment: Segment
    live: Mask


def merge(folder: Path, sources: Sequence[MergeSource], *, in_background: bool = False) -> ArraySegment:
    """Write one segment of the live documents of the sources, in their order; no commit names it yet.

    `in_background`: postings are encoded in a second thread while the next are copied. Raises OSError, IndexDamaged,
    ColumnsDamaged.
    """
    writer = SegmentWriter(folder)
    try:
        for segment, live in sources:
            with segment.reading():
                _copy_articles(writer.store, segment, live)
            segment.file.release()
        columns = Columns.joined([segment.columns.kept(live) for segment, live in sources], partial(_release, sources))
        dictionary, maps = _merge_dictionaries(sources)
        _release(sources)
        index = writer.inverted_index(dictionary, columns.lengths)
        _copy_postings(index, sources, maps, in_background=in_background)
        return writer.finish(index, columns)
    except BaseException:
        writer.abandon()
        raise


def _release(sources: Sequence[MergeSource]) -> None:
    """Give the pages read so far back to the system: sources are read one after the other."""
    for segment, _ in sources:
        segment.file.release()


def _copy_articles(store: DocumentStoreWriter, segment: Segment, live: Mask) -> None:
    """Copy a block as it is where all its articles live; else its live articles one by one."""
    for number, (block, first, end) in enumerate(segment.store.blocks, 1):
        if number % RELEASE_BLOCKS == 0:
            segment.file.release()
        kept = live[first:end]
        if kept.all() and end < segment.size:  # the last block of a segment is seldom full
            store.add_block(segment.store.compressed(block), end - first)
        elif kept.any():
            for text, is_live in zip(segment.store.texts(block), kept.tolist(), strict=True):
                if is_live:
                    store.add(text)


# --- dictionaries -----------------------------------------------------------------------------------------------------


def _merge_dictionaries(sources: Sequence[MergeSource]) -> tuple[TermDictionary, list[NumberMap]]:
    """The dictionary of the words of all sources, and what becomes of the numbers of each."""
    all_forms: dict[Form, int] = {}
    forms_of = []  # of each source: the indices of its forms among all
    for segment, _ in sources:  # the forms of one at a time: as Python objects they take much memory
        forms = segment.dictionary.forms()
        forms_of.append(np.array([all_forms.setdefault(form, len(all_forms)) for form in forms], dtype=np.intp))
        segment.file.release()
    dictionary, stem_classes, numbers = dictionary_of(list(all_forms))
    maps = []
    base = 0  # live documents of the sources before
    for (segment, live), indices in zip(sources, forms_of, strict=True):
        docids = np.where(live, np.cumsum(live) + (base - 1), DELETED).astype(np.uint32)
        base += int(np.count_nonzero(live))
        maps.append(_number_map(segment, docids, stem_classes[indices], numbers[indices]))
    return dictionary, maps


def _number_map(
    segment: Segment, docids: NDArray[np.uint32], stem_classes: NDArray[np.uint32], numbers: NDArray[np.uint32]
) -> NumberMap:
    """The map of a source, of the new docid of each document, and of each form its new stem class and number in it."""
    first_form = segment.dictionary.first_form
    starts = first_form[:-1].astype(np.intp)
    is_same = numbers == np.arange(len(numbers)) - np.repeat(starts, np.diff(first_form))
    has_same_forms = np.logical_and.reduceat(is_same, starts) if len(starts) else np.empty(0, np.bool_)
    patterns = np.full(len(segment.postings.arrays.pattern_tf_sums), -1, np.int32)
    return NumberMap(docids, stem_classes[starts], numbers, first_form, has_same_forms, patterns)


# --- postings ---------------------------------------------------------------------------------------------------------


def _copy_postings(
    index: InvertedIndexWriter, sources: Sequence[MergeSource], maps: Sequence[NumberMap], *, in_background: bool
) -> None:
    """Copy the postings of all sources, a chunk of stem classes at a time."""
    table = _patterns_of(sources)
    # Frequent patterns have small numbers; those that only the merge makes come after them.
    ranks = ranks_by_use(table)
    table.uses[:] = 0  # counted anew while postings are copied
    counts, position_bytes = _list_sizes(index.stem_classes, sources, maps)
    with BackgroundJobs(in_background) as jobs:
        for low, high in chunks(counts * POSTING_BYTES + position_bytes):
            merged = _room_for(counts[low:high], position_bytes[low:high])
            for (segment, _), numbers in zip(sources, maps, strict=True):
                first, end = np.searchsorted(numbers.stem_classes, (low, high)).tolist()
                with segment.reading():
                    segment.postings.check_range(range(first, end))
                table = copy_stem_classes(segment.postings.arrays, first, end, numbers, low, merged, table)
                segment.file.release()
            ranks = _with_new_ranks(ranks, int(table.size[0]))
            # Patterns that are there stay as they are: an enlarged table has arrays of its own.
            jobs.run(partial(index.add, merged, table, ranks))
    index.close(table, ranks)


def _patterns_of(sources: Sequence[MergeSource]) -> PatternTable:
    """The patterns of all sources, and how often each is used there."""
    table = empty_table()
    for segment, _ in sources:
        table = add_patterns(table, segment.postings.arrays, segment.file["pattern_uses"])
        segment.file.release()
    return table


def _with_new_ranks(ranks: Patterns, patterns: int) -> Patterns:
    """The ranks of so many patterns: those that have none yet come last."""
    return np.concatenate([ranks, np.arange(len(ranks), patterns, dtype=np.uint32)]) if patterns > len(ranks) else ranks


def _list_sizes(
    stem_classes: int, sources: Sequence[MergeSource], maps: Sequence[NumberMap]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Upper bounds for each merged list: of its postings, and of the bytes of their positions (int64)."""
    counts, position_bytes = np.zeros(stem_classes, dtype=np.int64), np.zeros(stem_classes, dtype=np.int64)
    for (segment, _), numbers in zip(sources, maps, strict=True):
        postings = segment.postings.arrays
        counts[numbers.stem_classes] += postings.counts
        position_bytes[numbers.stem_classes] += np.diff(
            postings.position_start[postings.first_block].astype(np.int64)
        ).astype(np.int64)
        segment.file.release()
    return counts, position_bytes


def chunks(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Consecutive ranges of stem classes of at most CHUNK_BYTES each; a larger stem class is a range of its own.

    `sizes` are the bytes of each stem class.
    """
    ends = np.cumsum(sizes)
    borders = [0]
    while borders[-1] < len(sizes):
        before = int(ends[borders[-1] - 1]) if borders[-1] else 0
        borders.append(max(borders[-1] + 1, int(np.searchsorted(ends, before + CHUNK_BYTES, side="right"))))
    return list(pairwise(borders))


def _room_for(counts: NDArray[np.int64], position_bytes: NDArray[np.int64]) -> UnpackedPostings:
    """Empty lists with room for so many postings and bytes of positions each; their `ends` move as they are filled."""
    starts = np.concatenate(([0], np.cumsum(counts)))
    position_starts = np.concatenate(([0], np.cumsum(position_bytes)))
    return UnpackedPostings(
        starts[:-1],
        starts[:-1].copy(),
        np.empty(starts[-1], dtype=np.uint32),
        np.empty(starts[-1], dtype=np.uint32),
        np.empty(starts[-1], dtype=np.int64),
        position_starts[:-1].copy(),
        np.empty(position_starts[-1], dtype=np.uint8),
    )


class BackgroundJobs:
    """Runs jobs one after the other: in a background thread if `in_background`, else at once.

    A context manager: leaving it waits for the last job, and raises its exception if nothing else is raised.
    """

    def __init__(self, in_background: bool) -> None:
        self._thread = ThreadPoolExecutor(1) if in_background else None
        self._last: Future[None] | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Run `work` in the background thread, after the previous job; re-raises the previous job's exception."""
        if self._thread is None:
            work()
            return
        if self._last is not None:
            self._last.result()
        self._last = self._thread.submit(work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        if self._last is not None and kind is None:
            self._last.result()
