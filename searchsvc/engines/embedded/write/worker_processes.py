"""Helping: processes that make segments beside the writer's own.

The writer deals articles out, as the JSON texts that are stored anyway; a helper cuts them into words, gathers them and
writes a segment when it is told to. It never commits, and knows of no other segment: so whatever becomes of it, the
last commit is whole.
"""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Queue

import numpy as np

from searchsvc.children import Child, stay_deaf
from searchsvc.engines.embedded.analysis.fast_tokenizer import MAX_FORMS, Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.write.segment_buffer import Offered, SegmentBuffer
from searchsvc.errors import EngineError
from searchsvc.model.article import Article

AT_HAND = 3  # chunks given to a helper at once: the next are there when one is done
# Below so many bytes of articles, one process has written everything before another is ready.
FEW_BYTES = 24_000_000


class WorkerProcesses:
    """Up to `count` helpers that write into a folder, started when there is enough to do; to be ended."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count
        self._met = 0  # bytes
        self._helpers: list[Helper] = []

    @property
    def tokens(self) -> int:
        """In the batches of all, as far as known."""
        return sum(helper.tokens for helper in self._helpers)

    def with_room(self, size: int) -> "Helper | None":
        """One that can take articles of so many bytes at once, if there is one. Raises as `Helper.give`."""
        if not self._count:
            return None
        self._met += size
        if self._met <= FEW_BYTES:
            return None
        if len(self._helpers) < self._count:
            self._helpers.append(Helper(len(self._helpers), self._folder))
        idlest = min(self._helpers, key=lambda helper: helper.waiting)
        return idlest if idlest.waiting < AT_HAND else None

    def begin_to_finish(self) -> None:
        """Tell all to write their segments. Raises as `Helper.give`."""
        for helper in self._helpers:
            helper.begin_to_finish()

    def finished(self) -> dict[int, ArraySegment]:
        """The segment of each that had articles. Raises as `Helper.give`."""
        segments = ((helper.number, helper.finished()) for helper in self._helpers)
        return {number: segment for number, segment in segments if segment is not None}

    def end(self) -> None:
        """At once; what they have not finished is lost, and may lie about."""
        for helper in self._helpers:
            helper.end()
        self._helpers.clear()


class Helper:
    """One process, seen from the writer's."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.documents = 0  # given since it last finished
        self.tokens = 0  # of those that it has taken
        self._waiting = 0  # chunks
        self._has_begun = False
        self._segment: ArraySegment | None = None
        self._child = Child(help_writing, (str(folder),))

    @property
    def waiting(self) -> int:
        """Chunks that it was given and has not begun."""
        while self._child.results.poll():
            self._take()
        return self._waiting

    def give(self, articles: Sequence[Offered]) -> None:
        """Articles for its batch. Raises EngineError when it has died, OSError when it could not write."""
        self._send(_ARTICLES + np.array([each.digest for each in articles], dtype=np.uint64).tobytes())
        self._send(b"\n".join([each.text for each in articles]))
        self.documents += len(articles)
        self._waiting += 1

    def begin_to_finish(self) -> None:
        if self.documents:
            self._send(_FINISH)

    def finished(self) -> ArraySegment | None:
        """The segment that it has written, waited for; None when there were no articles. Raises as `give`."""
        while self.documents:
            self._take()
        segment, self._segment = self._segment, None
        return segment

    def end(self) -> None:
        self._child.end()

    def _send(self, message: bytes) -> None:
        try:
            self._child.jobs.send_bytes(message)
        except OSError:  # it has died, perhaps with a word why
            while True:
                self._take()

    def _take(self) -> None:
        """What it says next."""
        try:
            said = json.loads(self._child.results.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._died() from error
        self._has_begun = True
        if "errno" in said:
            raise OSError(said["errno"], said["strerror"], said["filename"])
        if "segment" in said:
            self._segment = ArraySegment.named(said["segment"], said["documents"])
            self.documents = self.tokens = 0
        elif "tokens" in said:
            self.tokens = said["tokens"]
            self._waiting -= 1

    def _died(self) -> EngineError:
        ended_by = self._child.ended_by()
        if self._has_begun:
            return EngineError(
                f"a process that helped to write died ({ended_by})",
                hint="what was committed is safe; if memory is short, write with one process: --processes 1",
            )
        return EngineError(
            f"a process that was to help writing did not start ({ended_by})",
            hint="write with one process: --processes 1 (a script needs its `if __name__ == '__main__':` for more)",
        )


# --- in the helper's own process --------------------------------------------------------------------------------------

_ARTICLES, _FINISH = b"+", b"."


def help_writing(jobs: Connection, results: Connection, folder: str) -> None:
    """A helper's life: until nobody wants anything any more."""
    stay_deaf()
    at_hand: Queue[tuple[bytes, bytes] | None] = Queue()
    # Chunks are taken off the pipe while another is worked on, so that the writer never waits to be rid of one.
    threading.Thread(target=_fetch, args=(jobs, at_hand), daemon=True).start()
    tokenizers = Tokenizers()
    batch: SegmentBuffer | None = None
    with suppress(BrokenPipeError):
        results.send_bytes(b"{}")
        try:
            while (message := at_hand.get()) is not None:
                kind, texts = message
                if batch is None:
                    tokenizers = tokenizers if len(tokenizers.forms) <= MAX_FORMS else Tokenizers()
                    batch = SegmentBuffer(Path(folder), tokenizers)
                if kind[:1] == _FINISH:
                    documents, whoosh = batch.documents, batch.finish()
                    batch = None
                    said = {"segment": whoosh.segid, "documents": documents}
                    results.send_bytes(json.dumps(said).encode())
                    continue
                digests = np.frombuffer(kind, np.uint64, offset=1).tolist()
                results.send_bytes(json.dumps({"tokens": batch.tokens}).encode())
                batch.add([_offered(text, digest) for text, digest in zip(texts.split(b"\n"), digests, strict=True)])
        except OSError as error:
            said = {"errno": error.errno, "strerror": error.strerror, "filename": error.filename}
            results.send_bytes(json.dumps(said, default=str).encode())
        finally:
            if batch is not None:
                batch.abandon()


def _offered(text: bytes, digest: int) -> Offered:
    return Offered(Article.from_json(json.loads(text.decode("utf-8", "surrogatepass"))), text, digest)


def _fetch(jobs: Connection, at_hand: "Queue[tuple[bytes, bytes] | None]") -> None:
    with suppress(EOFError, OSError):
        while True:
            kind = jobs.recv_bytes()
            at_hand.put((kind, jobs.recv_bytes() if kind[:1] == _ARTICLES else b""))
    at_hand.put(None)
