"""WriteBuffer: the articles put since the last flush, spread over the segment buffers of all processes.

Articles wait until there is a chunk of them. A chunk goes to a worker process that has room for it, else into the
segment buffer of this process. Workers know nothing of ids: an article that is replaced or deleted before the flush
stays in its segment as a deleted document.
"""

from array import array
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.write.memory_budget import MemoryBudget
from searchsvc.engines.embedded.write.segment_buffer import CheckedArticle, SegmentBuffer
from searchsvc.engines.embedded.write.worker_processes import WorkerProcesses
from searchsvc.model.versions import Version

# The JSON text of a chunk: a call of the tokenizer costs as much as some hundred words, a message to a worker more.
CHUNK_BYTES = 100_000

_OWN = -1  # instead of a worker's number: the segment buffer of this process


class FlushedSegment(NamedTuple):
    """A segment that no commit names yet, and the docids of its deleted documents, ascending."""

    segment: ArraySegment
    deleted: list[int]


class _Chunk(NamedTuple):
    """Articles that went into one segment buffer together: the first one's number and docid, and whose buffer it is."""

    first: int
    first_docid: int
    worker: int  # or _OWN


class WriteBuffer:
    """Articles by id until they are flushed. They are numbered in the order in which they are put, from 0.

    `versions` has the version of each live id whose article has a revision.
    """

    def __init__(self, folder: Path, tokenizers: Tokenizers, workers: WorkerProcesses, budget: MemoryBudget) -> None:
        self.versions: dict[str, Version] = {}
        self.is_full = False  # the rest of the memory budget is needed for the flush
        self._budget = budget
        self._folder = folder
        self._tokenizers = tokenizers
        self._workers = workers
        self._own: SegmentBuffer | None = None
        self._numbers: dict[str, int] = {}  # of live ids
        self._digests = array("Q")  # by number
        self._deleted: list[int] = []  # numbers
        self._waiting: list[CheckedArticle] = []
        self._waiting_bytes = 0
        self._chunks: list[_Chunk] = []

    def digest(self, id: str) -> int | None:
        """The digest of a live article; None if it is not here."""
        number = self._numbers.get(id)
        return None if number is None else self._digests[number]

    def put(self, checked: CheckedArticle) -> None:
        """Add an article whose id is not here. Raises OSError, and EngineError when a worker process has died."""
        article = checked.article
        self._numbers[article.id] = len(self._digests)
        self._digests.append(checked.digest)
        if article.revision or article.revised_at is not None:
            self.versions[article.id] = article.version
        self._waiting.append(checked)
        self._waiting_bytes += len(checked.text)
        if self._waiting_bytes >= CHUNK_BYTES:
            self._assign_chunk()

    def delete(self, id: str) -> None:
        """Delete an article that is here, also before another version of it is put."""
        self.versions.pop(id, None)
        self._deleted.append(self._numbers.pop(id))

    def flush(self) -> list[FlushedSegment]:
        """Write the segment buffers of all processes as segments. Nothing can be put afterwards. Raises as `put`."""
        self._assign_chunk()
        self._workers.start_flush()
        segments = {_OWN: self._own.finish()} if self._own is not None else {}
        self._own = None
        segments |= self._workers.flushed()
        deleted: dict[int, list[int]] = {worker: [] for worker in segments}
        firsts = [chunk.first for chunk in self._chunks]
        for number in self._deleted:
            chunk = self._chunks[bisect_right(firsts, number) - 1]
            deleted[chunk.worker].append(chunk.first_docid + number - chunk.first)
        return [FlushedSegment(segment, sorted(deleted[worker])) for worker, segment in sorted(segments.items())]

    def abandon(self) -> None:
        """Remove the unfinished file of this process."""
        if self._own is not None:
            self._own.abandon()

    def _assign_chunk(self) -> None:
        """Hand the waiting articles to a worker process, or add them to the segment buffer of this process."""
        waiting, size = self._waiting, self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        if not waiting:
            return
        first = len(self._digests) - len(waiting)
        worker = self._workers.available(size)
        if worker is not None:
            self._chunks.append(_Chunk(first, worker.documents, worker.number))
            worker.send(waiting)
        else:
            if self._own is None:
                self._own = SegmentBuffer(self._folder, self._tokenizers)
            self._chunks.append(_Chunk(first, self._own.documents, _OWN))
            self._own.add(waiting)
        own_tokens = self._own.tokens if self._own is not None else 0
        self.is_full = self._budget.is_spent(own_tokens + self._workers.tokens)
