"""Postings: for a segment, field and term, the documents, how often, and where; as whole arrays.

This is the only place that knows how postings lie in a file. With Whoosh's own codec all that a term has in all fields
travels as the bytes of one Whoosh posting, its **run**, and positions, when they are many, as those of a second one: so
a term costs one look into the dictionary, and positions are read only where a phrase or closeness asks for them.

A run is: a bit for each field it has, the number of documents that have the term in any of them, a checksum; for each
field a header (number of documents and occurrences, item sizes); for each field gaps of document numbers, frequencies,
positions; each as the smallest unsigned integers that hold them, little-endian.

>>> in_body = piece(4, np.array([3, 700]), np.array([1, 2]), np.array([5, 0, 9]))
>>> run, rest = assemble([in_body], 2)
>>> found = unpack(run).of("body")
>>> found.docnums.tolist(), found.frequencies.tolist(), unpack_positions(run, rest)["body"].tolist()
([3, 700], [1, 2], [5, 0, 9])
"""

import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docnums
from searchsvc.errors import IndexDamaged
from searchsvc.model.fields import SEARCHED_FIELDS

Integers = NDArray[Any]  # Any: whichever integer type

# Positions of more bytes than this are put apart: most terms are rare, and one piece is sooner written and read.
INLINE_BYTES = 256

_START = struct.Struct("<BII")  # a bit for each of SEARCHED_FIELDS, documents in all, checksum of all the rest
_HEADER = struct.Struct("<IIBBBB")  # documents, occurrences, item sizes of gaps, frequencies, positions; apart
_CHECKSUM = struct.Struct("<I")
_DTYPES = {size: np.dtype(f"<u{size}") for size in (1, 2, 4)}


@dataclass(frozen=True)
class Postings:
    """The documents of a term in a field, ascending (uint32), and how often it is in each (uint32)."""

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


@dataclass(frozen=True)
class TermPostings:
    """What a term has in all fields; `documents` have it in any."""

    documents: int
    fields: Mapping[str, Postings]

    def of(self, field: str) -> Postings:
        """Empty when no document has the term there."""
        return self.fields.get(field, NO_POSTINGS)

    @property
    def size_bytes(self) -> int:
        return 200 + sum(postings.size_bytes for postings in self.fields.values())


NO_POSTINGS = Postings(np.empty(0, np.uint32), np.empty(0, np.uint32))
NO_TERM = TermPostings(0, {})
NO_POSITIONS = Positions(np.empty(0, np.uint32), np.zeros(1, np.intp), np.empty(0, np.uint32))


class Piece(NamedTuple):
    """The postings of a term in one field (by its place in SEARCHED_FIELDS), packed."""

    field: int
    documents: int
    occurrences: int
    sizes: tuple[int, int, int]
    gaps: bytes
    frequencies: bytes
    positions: bytes


def piece(field: int, docnums: Integers, frequencies: Integers, positions: Integers) -> Piece:
    """Pack the postings of a term in one field."""
    packed = [_smallest(np.diff(docnums, prepend=docnums[:1] * 0)), _smallest(frequencies), _smallest(positions)]
    gap_size, frequency_size, size = (numbers.itemsize for numbers in packed)
    return Piece(
        field,
        len(docnums),
        len(positions),
        (gap_size, frequency_size, size),
        *(numbers.tobytes() for numbers in packed),
    )


def assemble(pieces: Sequence[Piece], documents_in_all: int) -> tuple[bytes, bytes]:
    """A run of the pieces, fields ascending, and the positions that go apart (else b"")."""
    mask = 0
    headers: list[bytes] = []
    data: list[bytes] = []
    apart: list[bytes] = []
    for field, documents, occurrences, sizes, gaps, frequencies, positions in pieces:
        mask |= 1 << field
        goes = len(positions) > INLINE_BYTES
        headers.append(_HEADER.pack(documents, occurrences, *sizes, goes))
        data += (gaps, frequencies)
        (apart if goes else data).append(positions)
    body = b"".join(headers + data)
    rest = b"".join(apart)
    return _START.pack(mask, documents_in_all, _checksum(mask, documents_in_all, body)) + body, _CHECKSUM.pack(
        zlib.crc32(rest)
    ) + rest if rest else b""


def unpack(run: bytes) -> TermPostings:
    """The postings of all fields. Raises IndexDamaged when the bytes are not what `assemble` gave."""
    fields = {
        part.field: Postings(
            np.cumsum(np.frombuffer(run, _DTYPES[part.gap_size], part.documents, part.offset), dtype=np.uint32),
            _frequencies(run, part),
        )
        for part in _parts(run)
    }
    return TermPostings(_START.unpack_from(run)[1], fields)


def unpack_positions(run: bytes, rest: bytes) -> dict[str, NDArray[np.uint32]]:
    """By field, the positions of all documents one after the other (uint32). Raises IndexDamaged."""
    found = {}
    offset = _CHECKSUM.size
    if rest and zlib.crc32(memoryview(rest)[offset:]) != _CHECKSUM.unpack_from(rest)[0]:
        raise _damaged("positions")
    for part in _parts(run):
        dtype = _DTYPES[part.size]
        if part.apart:
            places = np.frombuffer(rest, dtype, part.occurrences, offset)
            offset += places.nbytes
        else:
            inline = part.offset + part.documents * (part.gap_size + part.frequency_size)
            places = np.frombuffer(run, dtype, part.occurrences, inline)
        found[part.field] = places.astype(np.uint32)
    return found


def has_rest(run: bytes) -> bool:
    """Whether some positions are apart."""
    return any(part.apart for part in _parts(run))


def _smallest(numbers: Integers) -> Integers:
    most = int(numbers.max()) if len(numbers) else 0
    return numbers.astype(_DTYPES[1 if most < 256 else 2 if most < 65_536 else 4])


class _Part(NamedTuple):
    field: str
    documents: int
    occurrences: int
    gap_size: int
    frequency_size: int
    size: int
    apart: int
    offset: int


def _parts(run: bytes) -> list[_Part]:
    """The header of each field, and where its data begin."""
    mask, documents_in_all, checksum = _START.unpack_from(run)
    if _checksum(mask, documents_in_all, memoryview(run)[_START.size :]) != checksum:
        raise _damaged("postings")
    names = [name for number, name in enumerate(SEARCHED_FIELDS) if mask >> number & 1]
    offset = _START.size + len(names) * _HEADER.size
    parts = []
    for number, name in enumerate(names):
        documents, occurrences, gap_size, frequency_size, size, apart = _HEADER.unpack_from(
            run, _START.size + number * _HEADER.size
        )
        parts.append(_Part(name, documents, occurrences, gap_size, frequency_size, size, apart, offset))
        offset += documents * (gap_size + frequency_size) + (0 if apart else occurrences * size)
    return parts


def _checksum(mask: int, documents_in_all: int, body: bytes | memoryview) -> int:
    """Of a run but for the checksum itself: a flipped bit of the mask is another field."""
    return zlib.crc32(body, mask << 24 ^ documents_in_all)


def _frequencies(run: bytes, part: _Part) -> NDArray[np.uint32]:
    offset = part.offset + part.documents * part.gap_size
    frequencies = np.frombuffer(run, _DTYPES[part.frequency_size], part.documents, offset)
    return frequencies.astype(np.uint32)


def _damaged(what: str) -> IndexDamaged:
    return IndexDamaged(f"{what} are damaged", hint="run: searchsvc rebuild")


class FieldRuns:
    """The postings of all terms of one field, packed at once: the piece of each is a few slices.

    Term i (`terms[i]`, ascending, is its number in all fields) has the documents `docnums[borders[i]:borders[i + 1]]`;
    the positions of posting j are `positions[starts[j]:starts[j + 1]]`. `pairs` are each term << 32 | document.
    """

    def __init__(
        self,
        field: int,
        terms: NDArray[np.uint32],
        borders: NDArray[np.intp],
        docnums: NDArray[np.uint32],
        starts: NDArray[np.intp],
        positions: NDArray[np.uint32],
    ) -> None:
        self._field = field
        self.pairs = (np.repeat(terms, np.diff(borders)).astype(np.uint64) << np.uint64(32)) | docnums
        gaps = np.diff(docnums, prepend=np.uint32(0))
        gaps[borders[:-1]] = docnums[borders[:-1]]
        self._documents = np.diff(borders).tolist()
        self._occurrences = np.diff(starts[borders]).tolist()
        self._gaps = _Packed(gaps, borders)
        self._frequencies = _Packed(np.diff(starts), borders)
        self._positions = _Packed(positions, starts[borders])
        self.terms = terms

    def pieces(self) -> Iterator[Piece]:
        """The piece of each term, in order."""
        field = self._field
        columns = (self._gaps.pieces(), self._frequencies.pieces(), self._positions.pieces())
        counts = zip(self._documents, self._occurrences, strict=True)
        for (documents, occurrences), (gap_size, gaps), (size, frequencies), (place_size, places) in zip(
            counts, *columns, strict=True
        ):
            yield Piece(field, documents, occurrences, (gap_size, size, place_size), gaps, frequencies, places)


class _Packed:
    """Numbers in groups, each group as the smallest integers that hold all of it."""

    def __init__(self, numbers: Integers, borders: NDArray[np.intp]) -> None:
        most = np.maximum.reduceat(numbers, borders[:-1])
        counts = np.diff(borders)
        self._sizes = np.where(most < 256, 1, np.where(most < 65_536, 2, 4))
        self._lengths = counts * self._sizes
        of_number = np.repeat(self._sizes.astype(np.uint8), counts)
        self._bytes = {size: numbers[of_number == size].astype(_DTYPES[size]).tobytes() for size in _DTYPES}

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """The item size and the bytes of each group."""
        read = dict.fromkeys(_DTYPES, 0)
        for size, length in zip(self._sizes.tolist(), self._lengths.tolist(), strict=True):
            start = read[size]
            read[size] = start + length
            yield size, self._bytes[size][start : start + length]


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
