"""EmbeddedWriter: articles in, segments out; one writer to an index folder.

Articles are buffered up to a memory budget, then flushed as segments that no commit names yet. A commit merges small
segments and replaces the list of segments in one step. So after an error, or the death of the process, at any moment
the last commit is whole: files that it does not name are removed by this writer or the next.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import ColumnsDamaged
from searchsvc.engines.contract import Outcome
from searchsvc.engines.embedded.analysis.fast_tokenizer import MAX_FORMS, Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns.columns import id_hash
from searchsvc.engines.embedded.index import builds
from searchsvc.engines.embedded.index.commits import read_commit, sweep_leftovers, write_commit
from searchsvc.engines.embedded.index.segment import Segment, files_read
from searchsvc.engines.embedded.write.buffer import WriteBuffer
from searchsvc.engines.embedded.write.id_table import IdTable
from searchsvc.engines.embedded.write.memory_budget import MemoryBudget
from searchsvc.engines.embedded.write.merge_policy import SegmentSize, find_full_merges, find_merges
from searchsvc.engines.embedded.write.merger import MergeSource, merge
from searchsvc.engines.embedded.write.segment_buffer import CheckedArticle, check_article
from searchsvc.engines.embedded.write.worker_processes import WorkerProcesses
from searchsvc.errors import EngineError, IndexDamaged, IndexMissing
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version


@dataclass
class _WritableSegment:
    """A segment of the build, with the deletions so far: `live` flags its documents."""

    entry: ArraySegment  # in the list of segments of the next commit
    segment: Segment
    live: Mask

    def delete(self, docid: int) -> None:
        """Delete a document from the next commit on."""
        self.live[docid] = False
        self.entry.delete_document(docid)


class _LiveArticle(NamedTuple):
    """Where the live article of an id is: in the buffer, or in a segment under a docid."""

    id: str
    digest: int
    holder: WriteBuffer | _WritableSegment
    docid: int = 0

    def version(self) -> Version:
        """The version of its content."""
        if isinstance(self.holder, WriteBuffer):
            return self.holder.versions.get(self.id, Version())
        return self.holder.segment.article(self.docid).version

    def delete(self) -> None:
        """Delete it from the next commit on."""
        if isinstance(self.holder, WriteBuffer):
            self.holder.delete(self.id)
        else:
            self.holder.delete(self.docid)


class _FailureGuard:
    """A context in which any error makes the writer unusable: an article may be half written.

    Errors of files become what engines raise: EngineError, IndexDamaged, IndexOutdated.
    """

    def __init__(self, index_dir: Path) -> None:
        self._index_dir = index_dir
        self.has_failed = False

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        self.has_failed = True
        with files_read():
            if isinstance(error, FileNotFoundError):
                raise IndexDamaged(
                    f"a file of the index is missing: {error.filename}", hint="run: searchsvc rebuild"
                ) from error
            if isinstance(error, OSError):
                raise EngineError(
                    f"the index in {self._index_dir} cannot be written: {error.strerror or error}",
                    hint="see to the disk; what was committed is safe",
                ) from error
            if isinstance(error, ColumnsDamaged):
                raise error


class EmbeddedWriter:
    """Adds, replaces and deletes articles of an index, whose folder it locks until it is left.

    `fresh` begins a new build, which becomes the live one when the writer is left without an error. `memory_mb` is the
    budget of all `processes` together. `on_commit` is called after each commit that searches can see.
    """

    def __init__(
        self, index_dir: Path, *, fresh: bool, memory_mb: int, processes: int = 1, on_commit: Callable[[], None]
    ) -> None:
        self._index_dir = index_dir
        self._fresh = fresh
        self._on_commit = on_commit
        self._processes = processes
        self._budget = MemoryBudget(memory_mb)
        self._guard = _FailureGuard(index_dir)
        with self._guard:
            self._lock = builds.WriteLock(index_dir)
        self._segments: list[_WritableSegment] = []
        self._buffer: WriteBuffer | None = None
        self._tokenizers = Tokenizers()
        self._workers: WorkerProcesses | None = None
        self._ids = IdTable()  # of all segments
        self._closed = False
        self._folder = index_dir  # of the build
        self._number = 0  # of the last commit
        self._is_published = False  # whether the build is the live one
        self._changed = True  # since the last commit; a build without articles is committed, too
        try:
            with self._guard:
                self._open()
        except BaseException:
            self._close()
            raise

    def put(self, article: Article) -> Outcome:
        """Add or replace an article. One that cannot be kept raises before anything is written, and harms no other.

        Raises TypeError or AttributeError for a value of another type than its field's, and EngineError.
        """
        self._check_open()
        text, digest = article.to_text()
        with self._guard:
            known = self._find(article.id)
            if known is not None and known.digest == digest:
                return Outcome.UNCHANGED
        check_article(article)
        with self._guard:
            if known is not None:
                known.delete()
            buffer = self._buffer = self._buffer or self._new_buffer()
            buffer.put(CheckedArticle(article, text, digest))
            self._changed = True
            if buffer.is_full:
                self._flush()
        return Outcome.ADDED if known is None else Outcome.REPLACED

    def kept_version(self, id: ArticleId) -> Version | None:
        """The version of the live article of an id, or None. Raises EngineError."""
        self._check_open()
        with self._guard:
            known = self._find(id)
        return None if known is None else known.version()

    def delete(self, id: ArticleId) -> bool:
        """Delete the article of an id; False if there is none. Raises EngineError."""
        self._check_open()
        with self._guard:
            known = self._find(id)
            if known is None:
                return False
            known.delete()
        self._changed = True
        return True

    def commit(self) -> None:
        """Flush, merge, and make what was put and deleted part of the index in one step. Raises EngineError."""
        self._check_open()
        if not self._changed:
            return
        with self._guard:
            self._flush()
            self._merge()
            self._number += 1
            write_commit(self._folder, self._number, [writable.entry for writable in self._segments])
            self._changed = False
            if not self._fresh:
                self._publish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._fresh:
                self._check_open()
                with self._guard:
                    self._flush()
                    self._merge_fully()
                    self._publish()
            elif error is None:
                self.commit()
        finally:
            self._close()

    # -- opening and closing -----------------------------------------------------------------------------------------

    def _open(self) -> None:
        """Begin a build, or continue the live one."""
        try:
            live = builds.current_build(self._index_dir)
        except IndexMissing:
            live = ""
        except IndexDamaged:
            if not self._fresh:
                raise
            live = ""
        builds.sweep(self._index_dir, {live})
        if self._fresh or not live:
            self._folder = builds.new_build(self._index_dir)
            return
        self._folder = self._index_dir / live
        self._is_published = True
        self._changed = False
        builds.check_build(self._folder)
        commit = read_commit(self._folder)
        self._number = commit.number
        sweep_leftovers(self._folder, [segment.segment_id() for segment in commit.segments])
        for entry in commit.segments:
            self._add_segment(entry, list(entry.deleted_docs()))
        self._index_ids()

    def _check_open(self) -> None:
        """Raise EngineError if the writer is closed or has failed."""
        if self._closed:
            raise EngineError("this writer is closed", hint="ask the engine for another")
        if self._guard.has_failed:
            raise EngineError("this writer has failed; what was committed is safe", hint="ask for another writer")

    def _close(self) -> None:
        """Remove what is not committed, and release the lock."""
        self._closed = True
        try:
            if self._workers is not None:
                self._workers.end()
            if self._buffer is not None:
                self._buffer.abandon()
                self._buffer = None
            if not self._is_published and self._folder != self._index_dir:
                shutil.rmtree(self._folder, ignore_errors=True)
            elif self._changed and self._folder != self._index_dir:
                committed = read_commit(self._folder).segments
                sweep_leftovers(self._folder, [segment.segment_id() for segment in committed])
            self._segments.clear()  # their files are unmapped with them
        finally:
            self._lock.release()

    def _publish(self) -> None:
        """Let searches see the last commit."""
        if not self._is_published:
            builds.show_build(self._folder)
            self._is_published = True
            builds.sweep(self._index_dir, {self._folder.name})
        self._on_commit()

    # -- finding articles --------------------------------------------------------------------------------------------

    def _index_ids(self) -> None:
        """Make the table of ids anew, after segments were opened or merged."""
        self._ids = IdTable()
        for number, writable in enumerate(self._segments):
            self._ids.add(number, writable.segment.columns.id_hashes)

    def _find(self, id: str) -> _LiveArticle | None:
        """The live article of an id."""
        if self._buffer is not None and (digest := self._buffer.digest(id)) is not None:
            return _LiveArticle(id, digest, self._buffer)
        for number, docid in self._ids.find(id_hash(id)):
            writable = self._segments[number]
            columns = writable.segment.columns
            if writable.live[docid] and columns.ids[docid] == id:
                return _LiveArticle(id, int(columns.digests[docid]), writable, docid)
        return None

    # -- segments ----------------------------------------------------------------------------------------------------

    def _new_buffer(self) -> WriteBuffer:
        if len(self._tokenizers.forms) > MAX_FORMS:
            self._tokenizers = Tokenizers()
        if self._workers is None:
            self._workers = WorkerProcesses(self._folder, self._processes - 1)
        return WriteBuffer(self._folder, self._tokenizers, self._workers, self._budget)

    def _flush(self) -> None:
        """Write the buffered articles as segments; no commit names them yet."""
        buffer, self._buffer = self._buffer, None
        if buffer is None:
            return
        try:
            flushed = buffer.flush()
        except BaseException:
            buffer.abandon()
            raise
        for entry, deleted in flushed:
            for docid in deleted:
                entry.delete_document(docid)
            self._add_segment(entry, deleted)
            self._ids.add(len(self._segments) - 1, self._segments[-1].segment.columns.id_hashes)

    def _add_segment(self, entry: ArraySegment, deleted: list[int]) -> None:
        """Open a segment of the build, of which these docids are deleted."""
        segment = Segment(self._folder, entry)
        live = np.ones(segment.size, dtype=np.bool_)
        live[deleted] = False
        self._segments.append(_WritableSegment(entry, segment, live))

    def _merge(self) -> None:
        """Merge what the merge policy chooses after a flush."""
        groups = find_merges(self._sizes())
        if groups:
            self._merge_groups(groups)
            self._index_ids()

    def _merge_fully(self) -> None:
        """Commit a finished build in as few segments as possible. Nothing can be put afterwards."""
        self._tokenizers, self._ids = Tokenizers(), IdTable()  # their memory is needed for the merge
        groups = find_full_merges(self._sizes())
        self._merge_groups(groups)
        if groups or self._changed:
            self._number += 1
            write_commit(self._folder, self._number, [writable.entry for writable in self._segments])
            self._changed = False

    def _sizes(self) -> list[SegmentSize]:
        return [SegmentSize(int(np.count_nonzero(each.live)), each.segment.size) for each in self._segments]

    def _merge_groups(self, groups: Sequence[Sequence[int]]) -> None:
        """Replace the segments of each group by one, which comes last; a group without live documents just goes."""
        merged = {number for group in groups for number in group}
        before = self._segments
        self._segments = [writable for number, writable in enumerate(before) if number not in merged]
        for group in groups:
            sources = [MergeSource(before[n].segment, before[n].live) for n in group if before[n].live.any()]
            if sources:
                self._add_segment(merge(self._folder, sources, in_background=self._processes > 1), [])
