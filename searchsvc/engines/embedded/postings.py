"""Postings: for a segment, field and term, the documents, how often, and where; as whole arrays.

This is the only place that knows how a run of postings lies in a file. With Whoosh's own codec a run travels as the
bytes of one Whoosh posting, and its positions, when they are many, as those of a second one: so a run is read with one
look into the term dictionary, and positions only where a phrase or closeness asks for them.

A run's bytes: a header (number of documents and positions, item sizes, checksum), gaps of document numbers,
frequencies, positions; each as the smallest unsigned integers that hold them, little-endian.

>>> docnums, frequencies = np.array([3, 700]), np.array([1, 2])
>>> run, rest = pack(docnums, frequencies, np.array([5, 0, 9]))
>>> unpack(run).docnums.tolist(), unpack(run).frequencies.tolist(), unpack_positions(run, rest).tolist()
([3, 700], [1, 2], [5, 0, 9])
"""

import struct
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.errors import IndexDamaged

Integers = NDArray[Any]  # Any: whichever integer type

# Positions of more bytes than this are put apart: most terms are rare, and one piece is sooner written and read.
INLINE_BYTES = 256

_HEADER = struct.Struct("<IIBBBBI")  # documents, positions, three item sizes, apart, checksum of what follows
_DTYPES = {size: np.dtype(f"<u{size}") for size in (1, 2, 4)}


@dataclass(frozen=True)
class Postings:
    """The documents of a term, ascending (uint32), and how often it is in each (uint32)."""

    docnums: Docnums
    frequencies: NDArray[np.uint32]

    @property
    def size_bytes(self) -> int:
        return 200 + self.docnums.nbytes + self.frequencies.nbytes


@dataclass(frozen=True)
class Positions:
    """Where a term is: `places[starts[i]:starts[i + 1]]` in document `docnums[i]`; ascending (uint32)."""

    docnums: Docnums
    starts: NDArray[np.intp]
    places: NDArray[np.uint32]

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """Document and place of each occurrence in one number, document << 32 | place; ascending."""
        documents = np.repeat(self.docnums.astype(np.uint64), np.diff(self.starts))
        keys: NDArray[np.uint64] = (documents << np.uint64(32)) | self.places
        return keys

    @property
    def size_bytes(self) -> int:
        return 200 + self.docnums.nbytes + self.starts.nbytes + 3 * self.places.nbytes  # with the keys


NO_POSTINGS = Postings(np.empty(0, np.uint32), np.empty(0, np.uint32))
NO_POSITIONS = Positions(np.empty(0, np.uint32), np.zeros(1, np.intp), np.empty(0, np.uint32))


def pack(docnums: Integers, frequencies: Integers, positions: Integers) -> tuple[bytes, bytes]:
    """A run as bytes, and its positions when they go apart (else b"")."""
    gaps = np.diff(docnums, prepend=0)
    pieces = [_smallest(gaps), _smallest(frequencies), _smallest(positions)]
    return _packed(len(docnums), len(positions), pieces)


def _packed(documents: int, occurrences: int, pieces: list[Integers]) -> tuple[bytes, bytes]:
    apart = pieces[2].nbytes > INLINE_BYTES
    places = pieces[2].tobytes()
    run = pieces[0].tobytes() + pieces[1].tobytes() + (b"" if apart else places)
    sizes = [piece.itemsize for piece in pieces]
    rest = struct.pack("<I", zlib.crc32(places)) + places if apart else b""
    return _HEADER.pack(documents, occurrences, *sizes, apart, zlib.crc32(run)) + run, rest


def _smallest(numbers: Integers) -> Integers:
    most = int(numbers.max()) if len(numbers) else 0
    return numbers.astype(_DTYPES[1 if most < 256 else 2 if most < 65_536 else 4])


def unpack(run: bytes) -> Postings:
    """Raises IndexDamaged when the bytes are not what `pack` gave."""
    documents, _, gap_size, frequency_size, _, _, checksum = _header(run)
    if zlib.crc32(memoryview(run)[_HEADER.size :]) != checksum:
        raise IndexDamaged("postings are damaged", hint="run: searchsvc rebuild")
    gaps = np.frombuffer(run, _DTYPES[gap_size], documents, _HEADER.size)
    frequencies = np.frombuffer(run, _DTYPES[frequency_size], documents, _HEADER.size + gaps.nbytes)
    return Postings(np.cumsum(gaps, dtype=np.uint32), frequencies.astype(np.uint32))


def unpack_positions(run: bytes, rest: bytes) -> NDArray[np.uint32]:
    """The positions of all documents, one after the other (uint32)."""
    documents, occurrences, gap_size, frequency_size, size, apart, _ = _header(run)
    if apart and zlib.crc32(memoryview(rest)[4:]) != int.from_bytes(rest[:4], "little"):
        raise IndexDamaged("positions are damaged", hint="run: searchsvc rebuild")
    offset = 4 if apart else _HEADER.size + documents * (gap_size + frequency_size)
    places: NDArray[np.uint32] = np.frombuffer(rest if apart else run, _DTYPES[size], occurrences, offset).astype(
        np.uint32
    )
    return places


def has_rest(run: bytes) -> bool:
    """Whether the positions are apart."""
    return bool(_header(run)[5])


def _header(run: bytes) -> tuple[int, int, int, int, int, int, int]:
    if len(run) < _HEADER.size:
        raise IndexDamaged("postings are cut short", hint="run: searchsvc rebuild")
    header: tuple[int, int, int, int, int, int, int] = _HEADER.unpack_from(run)
    return header


class ArrayCache:
    """What was read from segments, least recently used dropped first; at most `limit_bytes`. Safe for threads.

    Segments never change, so nothing in it is ever stale; those of a segment that is gone fall out by themselves.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._values: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> object | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: tuple[object, ...], value: object, size: int) -> None:
        if size > self._limit // 4:
            return
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value, size
            self._held += size
            while self._held > self._limit:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed
