"""EmbeddedWriter: articles in, segments and their sidecars out; one writer to an index folder.

Articles are gathered in memory up to a budget, then flushed as a segment that no commit names yet; a commit merges
small segments and replaces the list of segments in one step. So an error, or the death of the process, at any moment
leaves the last commit whole: what is unnamed is removed now, or by the next writer.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import Segment as WhooshSegment

from searchsvc.docvalues.docset import Mask
from searchsvc.engines.base import Outcome
from searchsvc.engines.embedded import builds
from searchsvc.engines.embedded.commits import read_commit, sweep_leftovers, sync_segment, write_commit
from searchsvc.engines.embedded.inverting import Inverter
from searchsvc.engines.embedded.merging import Part, merge, to_merge
from searchsvc.engines.embedded.postings import ArrayCache
from searchsvc.engines.embedded.segment import Segment, SegmentFiles
from searchsvc.engines.embedded.sidecar import EXTENSION, SidecarBuilder, id_hash, tokens_of
from searchsvc.errors import EngineError, IndexDamaged, IndexMissing
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version

# What the process needs besides the articles gathered: Python, the libraries, remembered stems.
BASE_MB = 250
# What a gathered token costs at the worst moment, when a field's postings are sorted.
TOKEN_BYTES = 70
FEWEST_TOKENS = 100_000


@dataclass
class _Part:
    """A segment of the build being written, with the deletions so far."""

    whoosh: WhooshSegment
    segment: Segment
    live: Mask

    def delete(self, docnum: int) -> None:
        self.live[docnum] = False
        self.whoosh.delete_document(docnum)


class _Batch:
    """Articles gathered for the next segment."""

    def __init__(self, folder: Path) -> None:
        self.files = SegmentFiles(folder)
        self.inverter = Inverter()
        self.sidecar = SidecarBuilder()
        self.known: dict[str, tuple[int, int]] = {}  # document number and digest of each live id
        self.versions: dict[str, Version] = {}  # of the live ids that have one
        self.deleted: list[int] = []

    def forget(self, id: str) -> None:
        self.versions.pop(id, None)
        self.deleted.append(self.known.pop(id)[0])


class EmbeddedWriter:
    """Holds the right to write from its making until it is left. `on_commit` is called after each visible commit."""

    def __init__(self, index_dir: Path, *, fresh: bool, memory_mb: int, on_commit: Callable[[], None]) -> None:
        self._index_dir = index_dir
        self._fresh = fresh
        self._on_commit = on_commit
        self._most_tokens = max(FEWEST_TOKENS, (memory_mb - BASE_MB) * 1_000_000 // TOKEN_BYTES)
        self._lock = builds.WriteLock(index_dir)
        self._parts: list[_Part] = []
        self._opened: list[Segment] = []
        self._batch: _Batch | None = None
        self._cache = ArrayCache(0)  # a writer reads each run once
        self._failed = self._closed = False
        self._folder = index_dir  # of the build
        self._number = 0
        self._shown = False  # whether the build is the live one
        self._changed = True  # an empty index is better than none
        try:
            self._open()
        except FileNotFoundError as error:
            self._close()
            raise IndexDamaged(
                f"a file of the index is missing: {error.filename}", hint="run: searchsvc rebuild"
            ) from error
        except BaseException:
            self._close()
            raise

    def put(self, article: Article) -> Outcome:
        """Add or replace. An article that cannot be kept raises before anything is written, and harms no other."""
        self._check_open()
        digest = article.digest()
        known = self._find(article.id)
        if known is not None and self._digest(known, article.id) == digest:
            return Outcome.UNCHANGED
        tokens = tokens_of(article)
        text = json.dumps(article.to_json(), ensure_ascii=False, separators=(",", ":"))
        with self._failing():
            batch = self._batch = self._batch or _Batch(self._folder)
        batch.sidecar.add(article, tokens, digest)
        with self._failing():
            batch.files.add(text)
            batch.inverter.add(tokens)
            if known is not None:
                self._forget(known, article.id)
            batch.known[article.id] = batch.inverter.documents - 1, digest
            if article.version != Version():
                batch.versions[article.id] = article.version
            self._changed = True
            if batch.inverter.tokens >= self._most_tokens:
                self._flush()
        return Outcome.ADDED if known is None else Outcome.REPLACED

    def kept_version(self, id: ArticleId) -> Version | None:
        self._check_open()
        known = self._find(id)
        if isinstance(known, int):
            assert self._batch is not None
            return self._batch.versions.get(id, Version())
        return None if known is None else known[0].segment.article(known[1]).version

    def delete(self, id: ArticleId) -> bool:
        self._check_open()
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
            yield
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
                self._batch.files.abandon()
                self._batch = None
            for segment in self._opened:
                segment.close()
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
        hashes = [part.segment.sidecar.id_hashes for part in self._parts]
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
            if part.live[docnum] and part.segment.sidecar.ids[docnum] == id:
                return part, docnum
            row += 1
        return None

    def _digest(self, known: tuple[_Part, int] | int, id: str) -> int:
        if isinstance(known, int):
            assert self._batch is not None
            return self._batch.known[id][1]
        part, docnum = known
        return int(part.segment.sidecar.digests[docnum])

    def _forget(self, known: tuple[_Part, int] | int, id: str) -> None:
        if isinstance(known, int):
            assert self._batch is not None
            self._batch.forget(id)
        else:
            known[0].delete(known[1])

    # -- segments ----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Write what was gathered as a segment; no commit names it yet."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            whoosh = batch.files.finish(batch.inverter.runs())
            sidecar = batch.sidecar.finish(batch.inverter)
        except BaseException:
            batch.files.abandon()
            raise
        sidecar.write(self._folder / f"{whoosh.segment_id()}{EXTENSION}")
        for docnum in batch.deleted:
            whoosh.delete_document(docnum)
        sync_segment(self._folder, whoosh)
        self._add_part(whoosh, batch.deleted)
        self._index_ids()

    def _add_part(self, whoosh: WhooshSegment, deleted: list[int]) -> None:
        segment = Segment(self._folder, whoosh, self._cache, mapped=False)
        self._opened.append(segment)
        live = np.ones(segment.size, dtype=np.bool_)
        live[deleted] = False
        self._parts.append(_Part(whoosh, segment, live))

    def _merge(self) -> None:
        groups = to_merge([(int(np.count_nonzero(part.live)), part.segment.size) for part in self._parts])
        gone = {place for group in groups for place in group}
        old, self._parts = self._parts, [part for place, part in enumerate(self._parts) if place not in gone]
        for group in groups:
            parts = [Part(old[place].segment, old[place].live) for place in group if old[place].live.any()]
            if parts:
                whoosh = merge(self._folder, parts)
                sync_segment(self._folder, whoosh)
                self._add_part(whoosh, [])
            for place in group:
                old[place].segment.close()
        if groups:
            self._index_ids()
