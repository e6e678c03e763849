"""EmbeddedWriter: articles in, segments out; one writer to an index folder.

Articles are gathered in memory up to a budget, then flushed as a segment that no commit names yet; a commit merges
small segments and replaces the list of segments in one step. So an error, or the death of the process, at any moment
leaves the last commit whole: what is unnamed is removed now, or by the next writer.
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
from searchsvc.engines.embedded.write.merger import Part, merge, to_merge, to_pack
from searchsvc.engines.embedded.write.segment_buffer import Offered, check
from searchsvc.engines.embedded.write.worker_processes import WorkerProcesses
from searchsvc.errors import EngineError, IndexDamaged, IndexMissing
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version


@dataclass
class _Part:
    """A segment of the build being written, with the deletions so far."""

    whoosh: ArraySegment
    segment: Segment
    live: Mask

    def delete(self, docid: int) -> None:
        self.live[docid] = False
        self.whoosh.delete_document(docid)


class _Known(NamedTuple):
    """Where an article is: in what was gathered, or in a part under a document number."""

    id: str
    digest: int
    place: WriteBuffer | _Part
    docid: int = 0

    def version(self) -> Version:
        if isinstance(self.place, WriteBuffer):
            return self.place.versions.get(self.id, Version())
        return self.place.segment.article(self.docid).version


class _Failing:
    """After an error in here only what is committed counts: an article may be half written."""

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
    """Holds the right to write from its making until it is left. `on_commit` is called after each visible commit."""

    def __init__(
        self, index_dir: Path, *, fresh: bool, memory_mb: int, processes: int = 1, on_commit: Callable[[], None]
    ) -> None:
        self._index_dir = index_dir
        self._fresh = fresh
        self._on_commit = on_commit
        self._processes = processes
        self._budget = MemoryBudget(memory_mb)
        self._failing = _Failing(index_dir)
        with self._failing:
            self._lock = builds.WriteLock(index_dir)
        self._parts: list[_Part] = []
        self._gathering: WriteBuffer | None = None
        self._tokenizers = Tokenizers()
        self._helpers: WorkerProcesses | None = None
        self._ids = IdTable()  # of all parts
        self._closed = False
        self._folder = index_dir  # of the build
        self._number = 0
        self._shown = False  # whether the build is the live one
        self._changed = True  # an empty index is better than none
        try:
            with self._failing:
                self._open()
        except BaseException:
            self._close()
            raise

    def put(self, article: Article) -> Outcome:
        """Add or replace. An article that cannot be kept raises before anything is written, and harms no other."""
        self._check_open()
        text, digest = article.to_text()
        with self._failing:
            known = self._find(article.id)
            if known is not None and known.digest == digest:
                return Outcome.UNCHANGED
        check(article)
        with self._failing:
            if known is not None:
                self._forget(known)
            gathering = self._gathering = self._gathering or self._new_gathering()
            gathering.put(Offered(article, text, digest))
            self._changed = True
            if gathering.is_full:
                self._flush()
        return Outcome.ADDED if known is None else Outcome.REPLACED

    def kept_version(self, id: ArticleId) -> Version | None:
        self._check_open()
        with self._failing:
            known = self._find(id)
        return None if known is None else known.version()

    def delete(self, id: ArticleId) -> bool:
        self._check_open()
        with self._failing:
            known = self._find(id)
            if known is None:
                return False
            self._forget(known)
        self._changed = True
        return True

    def commit(self) -> None:
        self._check_open()
        if not self._changed:
            return
        with self._failing:
            self._flush()
            self._merge()
            self._number += 1
            write_commit(self._folder, self._number, [part.whoosh for part in self._parts])
            self._changed = False
            if not self._fresh:
                self._show()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._fresh:
                self._check_open()
                with self._failing:
                    self._flush()
                    self._pack()
                    self._show()
            elif error is None:
                self.commit()
        finally:
            self._close()

    # -- opening and closing -----------------------------------------------------------------------------------------

    def _open(self) -> None:
        """Begin a build, or go on with the live one."""
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
        self._shown = True
        self._changed = False
        builds.check_build(self._folder)
        commit = read_commit(self._folder)
        self._number = commit.number
        sweep_leftovers(self._folder, [segment.segment_id() for segment in commit.segments])
        for whoosh in commit.segments:
            self._add_part(whoosh, list(whoosh.deleted_docs()))
        self._index_ids()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("this writer is closed", hint="ask the engine for another")
        if self._failing.has_failed:
            raise EngineError("this writer has failed; what was committed is safe", hint="ask for another writer")

    def _close(self) -> None:
        """Leave only what is committed, and let others write."""
        self._closed = True
        try:
            if self._helpers is not None:
                self._helpers.end()
            if self._gathering is not None:
                self._gathering.abandon()
                self._gathering = None
            if not self._shown and self._folder != self._index_dir:
                shutil.rmtree(self._folder, ignore_errors=True)
            elif self._changed and self._folder != self._index_dir:
                committed = read_commit(self._folder).segments
                sweep_leftovers(self._folder, [segment.segment_id() for segment in committed])
            self._parts.clear()  # their files are unmapped with them
        finally:
            self._lock.release()

    def _show(self) -> None:
        if not self._shown:
            builds.show_build(self._folder)
            self._shown = True
            builds.sweep(self._index_dir, {self._folder.name})
        self._on_commit()

    # -- which articles are there ------------------------------------------------------------------------------------

    def _index_ids(self) -> None:
        """Anew, of all parts: their numbers have changed."""
        self._ids = IdTable()
        for number, part in enumerate(self._parts):
            self._ids.add(number, part.segment.columns.id_hashes)

    def _find(self, id: str) -> "_Known | None":
        """Where the live article of this id is."""
        if self._gathering is not None and (digest := self._gathering.digest(id)) is not None:
            return _Known(id, digest, self._gathering)
        for number, docid in self._ids.places(id_hash(id)):
            part = self._parts[number]
            if part.live[docid] and part.segment.columns.ids[docid] == id:
                return _Known(id, int(part.segment.columns.digests[docid]), part, docid)
        return None

    def _forget(self, known: "_Known") -> None:
        if isinstance(known.place, WriteBuffer):
            known.place.forget(known.id)
        else:
            known.place.delete(known.docid)

    def _new_gathering(self) -> WriteBuffer:
        if len(self._tokenizers.forms) > MAX_FORMS:
            self._tokenizers = Tokenizers()
        if self._helpers is None:
            self._helpers = WorkerProcesses(self._folder, self._processes - 1)
        return WriteBuffer(self._folder, self._tokenizers, self._helpers, self._budget)

    # -- segments ----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Write what was gathered as segments; no commit names them yet."""
        gathering, self._gathering = self._gathering, None
        if gathering is None:
            return
        try:
            gathered = gathering.finish()
        except BaseException:
            gathering.abandon()
            raise
        for whoosh, deleted in gathered:
            for docid in deleted:
                whoosh.delete_document(docid)
            self._add_part(whoosh, deleted)
            self._ids.add(len(self._parts) - 1, self._parts[-1].segment.columns.id_hashes)

    def _add_part(self, whoosh: ArraySegment, deleted: list[int]) -> None:
        segment = Segment(self._folder, whoosh)
        live = np.ones(segment.size, dtype=np.bool_)
        live[deleted] = False
        self._parts.append(_Part(whoosh, segment, live))

    def _merge(self) -> None:
        groups = to_merge(self._sizes())
        if groups:
            self._merge_groups(groups)
            self._index_ids()

    def _pack(self) -> None:
        """Leave a build that is done in as few segments as there can be. Nothing more may be put."""
        self._tokenizers, self._ids = Tokenizers(), IdTable()  # room for the merge
        groups = to_pack(self._sizes())
        self._merge_groups(groups)
        if groups or self._changed:
            self._number += 1
            write_commit(self._folder, self._number, [part.whoosh for part in self._parts])
            self._changed = False

    def _sizes(self) -> list[tuple[int, int]]:
        """The live documents and all documents of each segment."""
        return [(int(np.count_nonzero(part.live)), part.segment.size) for part in self._parts]

    def _merge_groups(self, groups: Sequence[Sequence[int]]) -> None:
        gone = {place for group in groups for place in group}
        old, self._parts = self._parts, [part for place, part in enumerate(self._parts) if place not in gone]
        for group in groups:
            parts = [Part(old[place].segment, old[place].live) for place in group if old[place].live.any()]
            if parts:
                self._add_part(merge(self._folder, parts, beside=self._processes > 1), [])
