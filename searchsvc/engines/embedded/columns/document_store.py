"""Document store: the articles of a segment as JSON texts in compressed blocks, as Lucene's stored fields.

A block joins the texts of consecutive documents by newlines (JSON has none within) and is compressed by Zstandard. It
holds about BLOCK_BYTES of text, so a hit costs the decompression of a few kilobytes, and a segment takes about half of
the bytes of its texts.

Not for parsing: a text comes back as the bytes that were added.
"""

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import count
from typing import NamedTuple, cast

import numpy as np
import zstandard

from searchsvc.docvalues.columns import AnyArray
from searchsvc.docvalues.storage import ArrayFile, ArrayWriter, ColumnsDamaged
from searchsvc.engines.embedded.kernels.lru_cache import LruCache

BLOCK_BYTES = 8_192
LEVEL = 3  # of Zstandard

# Blocks that are compressed by one job of the background thread: handing over a job costs some tens of microseconds.
BLOCKS_PER_JOB = 64

# No block decompresses to more. An article of more than BLOCK_BYTES is a block by itself, and no source gives so much.
MAX_BLOCK_BYTES = 1 << 28

# Decompressed blocks that a process keeps, in bytes, about: hits of one query often share a block.
CACHE_BYTES = 4_000_000
_BYTES_OBJECT = 41  # bytes of a Python `bytes` object besides its content

_block_cache = LruCache(CACHE_BYTES)
_store_numbers = count()


class DocumentStoreWriter:
    """Writes the texts of a segment in the order of their docids; compresses in a background thread."""

    def __init__(self, file: ArrayWriter) -> None:
        self._file = file
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._open_block: list[bytes] = []  # texts
        self._open_bytes = 0
        self._full: list[_StoredBlock] = []  # not yet compressed
        self._job: Future[list[bytes]] | None = None  # compresses blocks with `_job_documents` documents each
        self._job_documents: list[int] = []
        self._documents = 0  # in blocks that are written
        self._first: list[int] = []  # docid of each written block
        self._offsets: list[int] = []  # of each written block
        self._end = file.append("articles", b"")

    def add(self, text: bytes) -> None:
        """Add the text of the next document. Raises OSError."""
        self._open_block.append(text)
        self._open_bytes += len(text)
        if self._open_bytes >= BLOCK_BYTES:
            self._close_block()

    def add_block(self, compressed: bytes, documents: int) -> None:
        """Add a whole block of another segment as it is, with so many documents. Raises OSError."""
        self._close_block()
        self._write_full()
        self._write(compressed, documents)

    def arrays(self) -> dict[str, AnyArray]:
        """Write what is left; the first docid (uint32) and the offset (uint64) of each block, and both ends."""
        self._close_block()
        self._write_full()
        return {
            "article_first": np.array([*self._first, self._documents], dtype=np.uint32),
            "article_at": np.array([*self._offsets, self._end], dtype=np.uint64),
        }

    def _close_block(self) -> None:
        if self._open_block:
            self._full.append(_StoredBlock(b"\n".join(self._open_block), len(self._open_block)))
            self._open_block, self._open_bytes = [], 0
        if len(self._full) >= BLOCKS_PER_JOB:
            self._submit()

    def _write_full(self) -> None:
        """Compress and write all full blocks; waits for the background thread."""
        while self._full or self._job is not None:
            self._submit()

    def _submit(self) -> None:
        """Write the blocks of the previous job, and start one for the full blocks."""
        if self._job is not None:
            for compressed, documents in zip(self._job.result(), self._job_documents, strict=True):
                self._write(compressed, documents)
        blocks, self._full = self._full, []
        texts = [block.text for block in blocks]
        self._job = _background().submit(_compress, self._compressor, texts) if texts else None
        self._job_documents = [block.documents for block in blocks]

    def _write(self, compressed: bytes, documents: int) -> None:
        self._first.append(self._documents)
        self._offsets.append(self._file.append("articles", compressed))
        self._documents += documents
        self._end = self._offsets[-1] + len(compressed)


class _StoredBlock(NamedTuple):
    text: bytes
    documents: int


def _compress(compressor: zstandard.ZstdCompressor, texts: Sequence[bytes]) -> list[bytes]:
    blocks = compressor.multi_compress_to_buffer(list(texts))
    return [blocks[number].tobytes() for number in range(len(blocks))]


@cache
def _background() -> ThreadPoolExecutor:
    """One thread for all writers of the process."""
    return ThreadPoolExecutor(1, thread_name_prefix="searchsvc-compression")


class DocumentStore:
    """Reads the texts of a segment; for threads. All stores of a process share one cache of decompressed blocks."""

    def __init__(self, file: ArrayFile) -> None:
        self._pages = file.pages["articles"]
        # Python's arrays: a look-up of one number takes NumPy many times as long.
        self._first = array("I", file["article_first"].astype(np.uintc).tobytes())
        self._offsets = array("Q", file["article_at"].astype(np.ulonglong).tobytes())
        self._path = file.path
        first, at = file["article_first"], file["article_at"]
        if len(first) != len(at) or not ((first[1:] > first[:-1]).all() and (at[1:] >= at[:-1]).all()):
            raise ColumnsDamaged(f"article_first in {file.path} is damaged: blocks that do not ascend")
        self.number = next(_store_numbers)  # keys the cache: a path does not, one may be of a damaged copy
        self._local = threading.local()  # a decompressor must not be shared

    def text(self, docid: int) -> bytes:
        """The JSON of an article, from a cached block or a decompressed one. Raises ColumnsDamaged."""
        block = bisect_right(self._first, docid) - 1
        texts = cast("list[bytes] | None", _block_cache.get((self.number, block)))
        if texts is None:
            texts = self.texts(block)
            _block_cache.put((self.number, block), texts, sum(map(len, texts)) + _BYTES_OBJECT * len(texts))
        row = docid - self._first[block]
        if row >= len(texts):
            raise ColumnsDamaged(f"{self._path} has fewer articles than documents")
        return texts[row]

    @property
    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """Of each block its number, its first docid, and the first docid after it."""
        first = self._first.tolist()
        return zip(range(len(first) - 1), first, first[1:], strict=False)

    def compressed(self, block: int) -> bytes:
        """A block as it is in the file. Raises ColumnsDamaged."""
        return bytes(self._pages.read(self._offsets[block], self._offsets[block + 1]))

    def texts(self, block: int) -> list[bytes]:
        """Decompress the texts of a block, past the cache. Raises ColumnsDamaged."""
        decompressor = getattr(self._local, "decompressor", None)
        if decompressor is None:
            decompressor = self._local.decompressor = zstandard.ZstdDecompressor()
        compressed = self._pages.read(self._offsets[block], self._offsets[block + 1])
        try:
            text: bytes = decompressor.decompress(compressed, max_output_size=MAX_BLOCK_BYTES)
        except zstandard.ZstdError as error:
            raise ColumnsDamaged(f"articles in {self._path} cannot be decompressed: {error}") from error
        return text.split(b"\n")
