"""Storing: the articles of a segment as JSON texts, a few together packed by Zstandard.

A block holds about BLOCK_BYTES of texts, a newline between (JSON has none within); so a hit costs unpacking a few
kilobytes, and the whole takes about half of what the texts do.
"""

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import count
from typing import cast

import numpy as np
import zstandard

from searchsvc.docvalues.columns import AnyArray
from searchsvc.docvalues.storage import ArrayFile, ArrayWriter, ColumnsDamaged
from searchsvc.engines.embedded.kernels.lru_cache import LruCache

BLOCK_BYTES = 8_192
LEVEL = 3
# So many blocks are packed at once, in a thread beside the writer's: to hand over costs some tens of microseconds.
TOGETHER = 64

# No block is larger: an article of more is one block by itself, and what the largest source may give is less.
MOST_BYTES = 1 << 28


# Of unpacked blocks a process keeps so many bytes, about: what is found together often lies together.
KEPT_BYTES = 4_000_000
_TEXT_BYTES = 41  # of a text, beside its own

_kept = LruCache(KEPT_BYTES)
_numbers = count()


class DocumentStoreWriter:
    """Takes the texts of a segment in the order of their documents."""

    def __init__(self, file: ArrayWriter) -> None:
        self._file = file
        self._packer = zstandard.ZstdCompressor(level=LEVEL)
        self._waiting: list[bytes] = []  # texts of the next block
        self._bytes = 0
        self._full: list[bytes] = []  # blocks that wait to be packed
        self._sizes: list[int] = []  # documents of each
        self._packed: Future[list[bytes]] | None = None  # of blocks that are being packed
        self._packed_sizes: list[int] = []
        self._documents = 0
        self._first: list[int] = []  # documents of blocks
        self._at: list[int] = []
        self._end = file.append("articles", b"")

    def add(self, text: bytes) -> None:
        """The next article. Raises OSError."""
        self._waiting.append(text)
        self._bytes += len(text)
        if self._bytes >= BLOCK_BYTES:
            self._flush()

    def add_block(self, packed: bytes, documents: int) -> None:
        """A whole block of another segment, as it is."""
        if self._waiting or self._full or self._packed is not None:
            self._flush()
            self._put_packed()
        self._put(packed, documents)

    def arrays(self) -> dict[str, AnyArray]:
        """Where blocks begin, after the last text."""
        self._flush()
        self._put_packed()
        return {
            "article_first": np.array([*self._first, self._documents], dtype=np.uint32),
            "article_at": np.array([*self._at, self._end], dtype=np.uint64),
        }

    def _flush(self) -> None:
        if self._waiting:
            self._full.append(b"\n".join(self._waiting))
            self._sizes.append(len(self._waiting))
            self._waiting, self._bytes = [], 0
        if len(self._full) >= TOGETHER:
            self._pack()

    def _pack(self) -> None:
        """Begin to pack what is full, when what was being packed has been written."""
        if self._packed is not None:
            for packed, documents in zip(self._packed.result(), self._packed_sizes, strict=True):
                self._put(packed, documents)
        self._packed = _beside().submit(_packed_blocks, self._packer, self._full) if self._full else None
        self._packed_sizes = self._sizes
        self._full, self._sizes = [], []

    def _put_packed(self) -> None:
        """Write all that is full."""
        while self._full or self._packed is not None:
            self._pack()

    def _put(self, packed: bytes, documents: int) -> None:
        self._first.append(self._documents)
        self._at.append(self._file.append("articles", packed))
        self._documents += documents
        self._end = self._at[-1] + len(packed)


def _packed_blocks(packer: zstandard.ZstdCompressor, blocks: Sequence[bytes]) -> list[bytes]:
    packed = packer.multi_compress_to_buffer(list(blocks))
    return [packed[number].tobytes() for number in range(len(packed))]


@cache
def _beside() -> ThreadPoolExecutor:
    """One thread, for all writers of the process."""
    return ThreadPoolExecutor(1, thread_name_prefix="searchsvc-packing")


class DocumentStore:
    """Reads texts; for threads. What was read of late is kept, for all stores together; each has a `number`."""

    def __init__(self, file: ArrayFile) -> None:
        self._pages = file.pages["articles"]
        # Looked into often and for one number each, which takes NumPy many times as long.
        self._first = array("I", file["article_first"].astype(np.uintc).tobytes())
        self._at = array("Q", file["article_at"].astype(np.ulonglong).tobytes())
        self._path = file.path
        self.number = next(_numbers)  # two stores of one name may differ: one may be of a damaged copy
        self._local = threading.local()  # an unpacker must not be shared

    def text(self, docid: int) -> bytes:
        """The JSON of an article. Raises ColumnsDamaged."""
        block = bisect_right(self._first, docid) - 1
        texts = cast("list[bytes] | None", _kept.get((self.number, block)))
        if texts is None:
            texts = self.texts(block)
            _kept.put((self.number, block), texts, sum(map(len, texts)) + _TEXT_BYTES * len(texts))
        place = docid - self._first[block]
        if place >= len(texts):
            raise ColumnsDamaged(f"{self._path} has fewer articles than documents")
        return texts[place]

    @property
    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """The number, the first document and the end of each block."""
        first = self._first.tolist()
        return zip(range(len(first) - 1), first, first[1:], strict=False)

    def compressed(self, block: int) -> bytes:
        """A block as it lies there. Raises ColumnsDamaged."""
        return bytes(self._pages.read(self._at[block], self._at[block + 1]))

    def texts(self, block: int) -> list[bytes]:
        """The texts of a block. Raises ColumnsDamaged."""
        unpacker = getattr(self._local, "unpacker", None)
        if unpacker is None:
            unpacker = self._local.unpacker = zstandard.ZstdDecompressor()
        packed = self._pages.read(self._at[block], self._at[block + 1])
        try:
            whole: bytes = unpacker.decompress(packed, max_output_size=MOST_BYTES)
        except zstandard.ZstdError as error:
            raise ColumnsDamaged(f"articles in {self._path} cannot be unpacked: {error}") from error
        return whole.split(b"\n")
