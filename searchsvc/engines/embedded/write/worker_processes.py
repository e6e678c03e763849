"""WorkerProcesses: processes that tokenize and write segments for the writer.

The writer sends chunks of articles as the JSON texts that are stored anyway; a worker buffers them and writes a segment
when it is told to flush. A worker never commits and knows of no other segment: whatever becomes of it, the last commit
is whole.

Not for deciding which process gets a chunk's ids: `buffer` keeps them.
"""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Queue

import numpy as np

from searchsvc.children import Child, ignore_signals
from searchsvc.engines.embedded.analysis.fast_tokenizer import MAX_FORMS, Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.write.segment_buffer import CheckedArticle, SegmentBuffer
from searchsvc.errors import EngineError
from searchsvc.model.article import Article

MAX_QUEUED = 3  # chunks sent to a worker ahead: the next are there when it has done one
# Below so many bytes of articles, one process has written everything before a worker has started.
START_BYTES = 24_000_000


class WorkerProcesses:
    """Up to `count` worker processes that write into a folder, started once there is enough to do."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count
        self._bytes = 0  # of all articles so far
        self._workers: list[Worker] = []

    @property
    def tokens(self) -> int:
        """Tokens buffered in all worker processes, as last reported."""
        return sum(worker.tokens for worker in self._workers)

    def available(self, size: int) -> "Worker | None":
        """A worker with room in its queue, for a chunk of so many bytes; None if the writer should take it itself.

        Raises as `Worker.send`.
        """
        if not self._count:
            return None
        self._bytes += size
        if self._bytes <= START_BYTES:
            return None
        if len(self._workers) < self._count:
            self._workers.append(Worker(len(self._workers), self._folder))
        idlest = min(self._workers, key=lambda worker: worker.queued)
        return idlest if idlest.queued < MAX_QUEUED else None

    def start_flush(self) -> None:
        """Tell all workers to write their segments. Raises as `Worker.send`."""
        for worker in self._workers:
            worker.start_flush()

    def flushed(self) -> dict[int, ArraySegment]:
        """The segments that the workers have written, by worker number; waits for them. Raises as `Worker.send`."""
        segments = ((worker.number, worker.flushed()) for worker in self._workers)
        return {number: segment for number, segment in segments if segment is not None}

    def end(self) -> None:
        """Kill all workers; files that they have not finished stay in the folder."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()


class Worker:
    """One worker process, seen from the writer's."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.documents = 0  # sent since the last flush
        self.tokens = 0  # in its buffer, as last reported
        self._queued = 0
        self._has_started = False
        self._segment: ArraySegment | None = None
        self._child = Child(run_worker, (str(folder),))

    @property
    def queued(self) -> int:
        """Chunks that were sent and not begun. Raises as `send`."""
        while self._child.results.poll():
            self._receive()
        return self._queued

    def send(self, articles: Sequence[CheckedArticle]) -> None:
        """Send a chunk of articles. Raises EngineError when the worker has died, OSError when it could not write."""
        self._send(_ARTICLES + np.array([each.digest for each in articles], dtype=np.uint64).tobytes())
        self._send(b"\n".join([each.text for each in articles]))
        self.documents += len(articles)
        self._queued += 1

    def start_flush(self) -> None:
        """Tell the worker to write its segment, if it was sent any articles. Raises as `send`."""
        if self.documents:
            self._send(_FLUSH)

    def flushed(self) -> ArraySegment | None:
        """The segment that the worker has written; waits for it. None if it was sent no articles. Raises as `send`."""
        while self.documents:
            self._receive()
        segment, self._segment = self._segment, None
        return segment

    def end(self) -> None:
        """Kill the process."""
        self._child.end()

    def _send(self, message: bytes) -> None:
        try:
            self._child.jobs.send_bytes(message)
        except OSError:  # it has died; perhaps it has sent why
            while True:
                self._receive()

    def _receive(self) -> None:
        """Wait for the worker's next message, and take note of it."""
        try:
            message = json.loads(self._child.results.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._died() from error
        self._has_started = True
        if "errno" in message:
            raise OSError(message["errno"], message["strerror"], message["filename"])
        if "segment" in message:
            self._segment = ArraySegment.named(message["segment"], message["documents"])
            self.documents = self.tokens = 0
        elif "tokens" in message:
            self.tokens = message["tokens"]
            self._queued -= 1

    def _died(self) -> EngineError:
        ended_by = self._child.ended_by()
        if self._has_started:
            return EngineError(
                f"a process that helped to write died ({ended_by})",
                hint="what was committed is safe; if memory is short, write with one process: --processes 1",
            )
        return EngineError(
            f"a process that was to help writing did not start ({ended_by})",
            hint="write with one process: --processes 1 (a script needs its `if __name__ == '__main__':` for more)",
        )


# --- in the worker's process ------------------------------------------------------------------------------------------

# First bytes of messages to a worker: a chunk (with digests; a message with the texts follows), and an order to flush.
_ARTICLES, _FLUSH = b"+", b"."


def run_worker(jobs: Connection, results: Connection, folder: str) -> None:
    """Buffer the articles that come, and write a segment at each order to flush, until `jobs` is closed.

    Messages to the writer are JSON objects: `{}` at the start, `{"tokens": …}` when a chunk is begun (those buffered
    before), `{"segment": …, "documents": …}` after a flush, `{"errno": …}` for an error of the disk.
    """
    ignore_signals()
    queue: Queue[tuple[bytes, bytes] | None] = Queue()
    # Chunks are taken off the pipe while another is worked on, so that the writer never waits to send one.
    threading.Thread(target=_fetch, args=(jobs, queue), daemon=True).start()
    tokenizers = Tokenizers()
    buffer: SegmentBuffer | None = None
    with suppress(BrokenPipeError):
        results.send_bytes(b"{}")
        try:
            while (message := queue.get()) is not None:
                kind, texts = message
                if buffer is None:
                    tokenizers = tokenizers if len(tokenizers.forms) <= MAX_FORMS else Tokenizers()
                    buffer = SegmentBuffer(Path(folder), tokenizers)
                if kind[:1] == _FLUSH:
                    documents, segment = buffer.documents, buffer.finish()
                    buffer = None
                    results.send_bytes(json.dumps({"segment": segment.segid, "documents": documents}).encode())
                    continue
                digests = np.frombuffer(kind, np.uint64, offset=1).tolist()
                results.send_bytes(json.dumps({"tokens": buffer.tokens}).encode())
                buffer.add([_parsed(text, digest) for text, digest in zip(texts.split(b"\n"), digests, strict=True)])
        except OSError as error:
            failure = {"errno": error.errno, "strerror": error.strerror, "filename": error.filename}
            results.send_bytes(json.dumps(failure, default=str).encode())
        finally:
            if buffer is not None:
                buffer.abandon()


def _parsed(text: bytes, digest: int) -> CheckedArticle:
    return CheckedArticle(Article.from_json(json.loads(text.decode("utf-8", "surrogatepass"))), text, digest)


def _fetch(jobs: Connection, queue: "Queue[tuple[bytes, bytes] | None]") -> None:
    """Put each message into the queue, a chunk with its texts; None when the pipe is closed."""
    with suppress(EOFError, OSError):
        while True:
            kind = jobs.recv_bytes()
            queue.put((kind, jobs.recv_bytes() if kind[:1] == _ARTICLES else b""))
    queue.put(None)
