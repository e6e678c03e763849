"""EmbeddedWriter: articles in, segments out; one writer to an index folder.

Articles are gathered in memory up to a budget, then flushed as a segment that no commit names yet; a commit merges
small segments and replaces the list of segments in one step. So an error, or the death of the process, at any moment
leaves the last commit whole: what is unnamed is removed now, or by the next writer.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.base import Outcome
from searchsvc.engines.embedded import builds
from searchsvc.engines.embedded.batch import Batch
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns import id_hash
from searchsvc.engines.embedded.commits import read_commit, sweep_leftovers, write_commit
from searchsvc.engines.embedded.merging import Part, merge, to_merge, to_pack
from searchsvc.engines.embedded.scanning import Scanners
from searchsvc.engines.embedded.segment import Segment, files_read
from searchsvc.errors import EngineError, IndexDamaged, IndexMissing
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version

# What the process needs besides the articles gathered: Python, the libraries, known words, a merge. Pages of mapped
# files are not counted: they are the system's, which takes them back at need.
BASE_MB = 250
# What a gathered token costs at the worst moment, when postings are made of them.
TOKEN_BYTES = 40
FEWEST_TOKENS = 100_000
# The words of so many lexemes are remembered from one segment to the next, some 300 bytes each.
MOST_LEXEMES = 300_000


@dataclass
class _Part:
    """A segment of the build being written, with the deletions so far."""

    whoosh: ArraySegment
    segment: Segment
    live: Mask

    def delete(self, docnum: int) -> None:
        self.live[docnum] = False
        self.whoosh.delete_document(docnum)


class EmbeddedWriter:
    """Holds the right to write from its making until it is left. `on_commit` is called after each visible commit."""

    def __init__(self, index_dir: Path, *, fresh: bool, memory_mb: int, on_commit: Callable[[], None]) -> None:
        self._index_dir = index_dir
        self._fresh = fresh
        self._on_commit = on_commit
        self._most_tokens = max(FEWEST_TOKENS, (memory_mb - BASE_MB) * 1_000_000 // TOKEN_BYTES)
        with self._failing():
            self._lock = builds.WriteLock(index_dir)
        self._parts: list[_Part] = []
        self._batch: Batch | None = None
        self._scanners = Scanners()
        self._failed = self._closed = False
        self._folder = index_dir  # of the build
        self._number = 0
        self._shown = False  # whether the build is the live one
        self._changed = True  # an empty index is better than none
        try:
            with self._failing():
                self._open()
        except BaseException:
            self._close()
            raise

    def put(self, article: Article) -> Outcome:
        """Add or replace. An article that cannot be kept raises before anything is written, and harms no other."""
        self._check_open()
        text, digest = article.to_text()
        with self._failing():
            known = self._find(article.id)
            if known is not None and self._digest(known, article.id) == digest:
                return Outcome.UNCHANGED
            batch = self._batch = self._batch or self._new_batch()
        prepared = batch.prepare(article, text, digest)
        with self._failing():
            batch.add(prepared)
            if known is not None:
                self._forget(known, article.id)
            batch.known[article.id] = batch.documents - 1, digest
            if article.version != Version():
                batch.versions[article.id] = article.version
            self._changed = True
            if batch.tokens >= self._most_tokens:
                self._flush()
        return Outcome.ADDED if known is None else Outcome.REPLACED

    def kept_version(self, id: ArticleId) -> Version | None:
        self._check_open()
        with self._failing():
            known = self._find(id)
        if isinstance(known, int):
            assert self._batch is not None
            return self._batch.versions.get(id, Version())
        return None if known is None else known[0].segment.article(known[1]).version

    def delete(self, id: ArticleId) -> bool:
        self._check_open()
        with self._failing():
            known = self._find(id)
            if known is None:
                return False
            self._forget(known, id)
        self._changed = True
        return True

    def commit(self) -> None:
        self._check_open()
        if not self._changed:
            return
        with self._failing():
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
            if error is None:
                self.commit()
                if self._fresh:
                    with self._failing():
                        self._pack()
                        self._show()
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

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """After an error in here only what is committed counts: an article may be half written."""
        try:
            with files_read():
                yield
        except FileNotFoundError as error:
            self._failed = True
            raise IndexDamaged(
                f"a file of the index is missing: {error.filename}", hint="run: searchsvc rebuild"
            ) from error
        except OSError as error:
            self._failed = True
            raise EngineError(
                f"the index in {self._index_dir} cannot be written: {error.strerror or error}",
                hint="see to the disk; what was committed is safe",
            ) from error
        except BaseException:
            self._failed = True
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("this writer is closed", hint="ask the engine for another")
        if self._failed:
            raise EngineError("this writer has failed; what was committed is safe", hint="ask for another writer")

    def _close(self) -> None:
        """Leave only what is committed, and let others write."""
        self._closed = True
        try:
            if self._batch is not None:
                self._batch.abandon()
                self._batch = None
            if not self._shown and self._folder != self._index_dir:
                shutil.rmtree(self._folder, ignore_errors=True)
            elif self._changed and self._folder != self._index_dir:
                committed = read_commit(self._folder).segments
                sweep_leftovers(self._folder, [segment.segment_id() for segment in committed])
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
        """One sorted table of the ids of all parts, by their hash: 16 bytes an article."""
        hashes = [part.segment.columns.id_hashes for part in self._parts]
        numbers = [
            (np.uint64(number << 32) | np.arange(len(of_part), dtype=np.uint64))
            for number, of_part in enumerate(hashes)
        ]
        every = np.concatenate([np.empty(0, np.uint64), *hashes])
        order = np.argsort(every, kind="stable")
        self._hashes: NDArray[np.uint64] = every[order]
        self._places: NDArray[np.uint64] = np.concatenate([np.empty(0, np.uint64), *numbers])[order]

    def _find(self, id: str) -> tuple[_Part, int] | int | None:
        """Where the live article of this id is: a part and document number, or a document number of the batch."""
        if self._batch is not None and id in self._batch.known:
            return self._batch.known[id][0]
        if not self._parts:
            return None
        wanted = np.uint64(id_hash(id))
        row = int(np.searchsorted(self._hashes, wanted))
        while row < len(self._hashes) and self._hashes[row] == wanted:
            place = int(self._places[row])
            part, docnum = self._parts[place >> 32], place & 0xFFFFFFFF
            if part.live[docnum] and part.segment.columns.ids[docnum] == id:
                return part, docnum
            row += 1
        return None

    def _digest(self, known: tuple[_Part, int] | int, id: str) -> int:
        if isinstance(known, int):
            assert self._batch is not None
            return self._batch.known[id][1]
        part, docnum = known
        return int(part.segment.columns.digests[docnum])

    def _forget(self, known: tuple[_Part, int] | int, id: str) -> None:
        if isinstance(known, int):
            assert self._batch is not None
            self._batch.forget(id)
        else:
            known[0].delete(known[1])

    def _new_batch(self) -> Batch:
        if len(self._scanners.lexemes) > MOST_LEXEMES:
            self._scanners = Scanners()
        return Batch(self._folder, self._scanners)

    # -- segments ----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Write what was gathered as a segment; no commit names it yet."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        if not batch.documents:  # every article that it was made for was refused
            batch.abandon()
            return
        try:
            whoosh = batch.finish()
        except BaseException:
            batch.abandon()
            raise
        for docnum in batch.deleted:
            whoosh.delete_document(docnum)
        self._add_part(whoosh, batch.deleted)
        self._index_ids()

    def _add_part(self, whoosh: ArraySegment, deleted: list[int]) -> None:
        segment = Segment(self._folder, whoosh)
        live = np.ones(segment.size, dtype=np.bool_)
        live[deleted] = False
        self._parts.append(_Part(whoosh, segment, live))

    def _merge(self) -> None:
        self._merge_groups(to_merge(self._sizes()))

    def _pack(self) -> None:
        """Leave a build that is done in as few segments as there can be."""
        groups = to_pack(self._sizes())
        if groups:
            self._merge_groups(groups)
            self._number += 1
            write_commit(self._folder, self._number, [part.whoosh for part in self._parts])

    def _sizes(self) -> list[tuple[int, int]]:
        """The live documents and all documents of each segment."""
        return [(int(np.count_nonzero(part.live)), part.segment.size) for part in self._parts]

    def _merge_groups(self, groups: Sequence[Sequence[int]]) -> None:
        gone = {place for group in groups for place in group}
        old, self._parts = self._parts, [part for place, part in enumerate(self._parts) if place not in gone]
        for group in groups:
            parts = [Part(old[place].segment, old[place].live) for place in group if old[place].live.any()]
            if parts:
                self._add_part(merge(self._folder, parts), [])
        if groups:
            self._index_ids()
