"""WriteBuffer: what was put since the last flush: which articles, and in whose batch each of them is.

Articles wait until there are some together: a chunk goes to a helper that has room, or else into this process's own
batch. A helper knows nothing of ids: what of its batch has been replaced since, is said when it is done.
"""

from array import array
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.write.memory_budget import MemoryBudget
from searchsvc.engines.embedded.write.segment_buffer import Offered, SegmentBuffer
from searchsvc.engines.embedded.write.worker_processes import WorkerProcesses
from searchsvc.model.versions import Version

# Articles wait for so many characters: a call costs as much as some hundred words, a message to a helper more.
TOGETHER = 100_000

_OWN = -1  # of the batches: that of this process; others are the helpers' by their place


class Gathered(NamedTuple):
    """A segment that no commit names yet, and which of its documents are gone."""

    whoosh: ArraySegment
    deleted: list[int]


class _Chunk(NamedTuple):
    """Some articles that went into one batch together: the first one's number here, and there."""

    start: int
    batch: int
    docid: int


class WriteBuffer:
    """`versions` has the version of each id that has one. Articles are numbered in the order in which they are put."""

    def __init__(self, folder: Path, tokenizers: Tokenizers, helpers: WorkerProcesses, budget: MemoryBudget) -> None:
        self.versions: dict[str, Version] = {}
        self.is_full = False  # the memory that is left is needed for writing
        self._budget = budget
        self._folder = folder
        self._tokenizers = tokenizers
        self._helpers = helpers
        self._batch: SegmentBuffer | None = None
        self._numbers: dict[str, int] = {}  # of live ids
        self._digests = array("Q")
        self._gone: list[int] = []
        self._waiting: list[Offered] = []
        self._characters = 0  # that wait
        self._chunks: list[_Chunk] = []

    def digest(self, id: str) -> int | None:
        """Of a live article; None when it is not here."""
        number = self._numbers.get(id)
        return None if number is None else self._digests[number]

    def put(self, offered: Offered) -> None:
        """Add an article whose id is not here. Raises OSError, and EngineError when a helper has died."""
        article = offered.article
        self._numbers[article.id] = len(self._digests)
        self._digests.append(offered.digest)
        if article.revision or article.revised_at is not None:
            self.versions[article.id] = article.version
        self._waiting.append(offered)
        self._characters += len(offered.text)
        if self._characters >= TOGETHER:
            self._deal()

    def forget(self, id: str) -> None:
        """An article that is here is replaced or taken out."""
        self.versions.pop(id, None)
        self._gone.append(self._numbers.pop(id))

    def finish(self) -> list[Gathered]:
        """Write all batches as segments. Nothing more may be put. Raises as `put`."""
        self._deal()
        self._helpers.begin_to_finish()
        segments = {_OWN: self._batch.finish()} if self._batch is not None else {}
        self._batch = None
        segments |= self._helpers.finished()
        deleted: dict[int, list[int]] = {batch: [] for batch in segments}
        starts = [chunk.start for chunk in self._chunks]
        for number in self._gone:
            chunk = self._chunks[bisect_right(starts, number) - 1]
            deleted[chunk.batch].append(chunk.docid + number - chunk.start)
        return [Gathered(whoosh, sorted(deleted[batch])) for batch, whoosh in sorted(segments.items())]

    def abandon(self) -> None:
        """Leave nothing behind of the own batch."""
        if self._batch is not None:
            self._batch.abandon()

    def _deal(self) -> None:
        waiting, self._waiting, self._characters = self._waiting, [], 0
        if not waiting:
            return
        start = len(self._digests) - len(waiting)
        helper = self._helpers.with_room(sum(len(each.text) for each in waiting))
        if helper is not None:
            self._chunks.append(_Chunk(start, helper.number, helper.documents))
            helper.give(waiting)
        else:
            if self._batch is None:
                self._batch = SegmentBuffer(self._folder, self._tokenizers)
            self._chunks.append(_Chunk(start, _OWN, self._batch.documents))
            self._batch.add(waiting)
        own_tokens = self._batch.tokens if self._batch is not None else 0
        self.is_full = self._budget.is_spent(own_tokens + self._helpers.tokens)
