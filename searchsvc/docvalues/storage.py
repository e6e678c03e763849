"""Storage: named arrays in one memory-mapped file, with a checksum of each.

The file is: magic, version, length and checksum of a directory, the directory (JSON), then each array at a multiple of
64 bytes. Numbers are little-endian. Nothing in it is executable, so a file from anywhere can be opened; a file that
differs from what was written raises ColumnsDamaged.

Opening reads the directory alone; an array is compared with its checksum when it is first read. A **paged** array is of
bytes and read in small pieces: each of its pages has a checksum of its own, compared when the page is first read.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "arrays"
>>> write_arrays(path, {"days": np.array([3, 1, 2], dtype=np.int32)}, {"articles": 3})
>>> file = ArrayFile(path)
>>> file["days"].tolist(), file.meta
([3, 1, 2], {'articles': 3})
"""

import json
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]  # Any: an array of whichever of DTYPES
Bytes = np.ndarray[tuple[Any, ...], np.dtype[np.uint8]]

MAGIC = b"newscols"
VERSION = 2
ALIGNMENT = 64
DTYPES = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")

# The bytes of a page: what is read and checked for one byte of a paged array.
PAGE = 1 << 16

_HEADER = struct.Struct("<8sIII")  # magic, version, length of the directory, its checksum
_CHECKSUMS = "checksums:"  # prefix of the name of a paged array's checksums


class ColumnsDamaged(ValueError):
    """A file of arrays differs from what was written."""


class ColumnsNewer(ColumnsDamaged):
    """A file of arrays was written by another version of this module."""


class ArrayWriter:
    """Writes one file of arrays, durably and atomically: the file is complete, or does not exist.

    Paged arrays are appended piece by piece to temporary files of their own; the others are given to `finish`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spools: dict[str, _Spool] = {}

    def append(self, name: str, piece: bytes | Bytes) -> int:
        """Append bytes to a paged array; returns the offset of the first. Raises OSError."""
        spool = self._spools.get(name)
        if spool is None:
            spool = self._spools[name] = _Spool(self._path.with_name(f"{self._path.name}.{name}.new"))
        return spool.append(memoryview(piece) if isinstance(piece, bytes) else piece.data)

    def finish(self, arrays: Mapping[str, AnyArray], meta: Mapping[str, Any]) -> None:
        """Write the file: one-dimensional arrays of DTYPES, and `meta`, plain JSON.

        Raises TypeError for other arrays, OSError when writing fails; no file is left then.
        """
        temporary = self._path.with_name(self._path.name + ".new")
        try:
            plain = {name: _plain(name, array) for name, array in arrays.items()}
            for name, spool in self._spools.items():
                plain[_CHECKSUMS + name] = spool.checksums()
            with temporary.open("wb") as file:
                self._write(file, plain, meta)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            self.abandon()
        sync_directory(self._path.parent)

    def abandon(self) -> None:
        """Remove the temporary files of paged arrays."""
        for spool in self._spools.values():
            spool.remove()
        self._spools.clear()

    def _write(self, file: BinaryIO, arrays: Mapping[str, AnyArray], meta: Mapping[str, Any]) -> None:
        directory: list[tuple[str, str, int, int, int]] = []
        offset = 0
        for name, array in arrays.items():
            directory.append((name, array.dtype.str[1:], len(array), offset, zlib.crc32(array.data)))
            offset = _aligned(offset + array.nbytes)
        paged: list[tuple[str, int, int]] = []
        for name, spool in self._spools.items():
            paged.append((name, spool.length, offset))
            offset = _aligned(offset + spool.length)
        head = json.dumps({"arrays": directory, "paged": paged, "meta": dict(meta)}, separators=(",", ":")).encode()
        file.write(_HEADER.pack(MAGIC, VERSION, len(head), zlib.crc32(head)))
        file.write(head)
        base = _aligned(_HEADER.size + len(head))
        for (_, _, _, at, _), array in zip(directory, arrays.values(), strict=True):
            file.write(bytes(base + at - file.tell()))
            file.write(array.data)
        for (_, _, at), spool in zip(paged, self._spools.values(), strict=True):
            file.write(bytes(base + at - file.tell()))
            spool.copy_to(file)


class _Spool:
    """The bytes of a paged array in a temporary file, and the checksums of its pages."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w+b")
        self._checksums: list[int] = []
        self._page = 0  # checksum of the last page, while it is not full
        self.length = 0

    def append(self, piece: memoryview) -> int:
        start = self.length
        self._file.write(piece)
        taken = 0
        while taken < len(piece):
            part = piece[taken : taken + PAGE - self.length % PAGE]
            self._page = zlib.crc32(part, self._page)
            taken += len(part)
            self.length += len(part)
            if self.length % PAGE == 0:
                self._checksums.append(self._page)
                self._page = 0
        return start

    def checksums(self) -> NDArray[np.uint32]:
        last = [self._page] if self.length % PAGE else []
        return np.array(self._checksums + last, dtype=np.uint32)

    def copy_to(self, file: BinaryIO) -> None:
        self._file.seek(0)
        shutil.copyfileobj(self._file, file, 1 << 20)

    def remove(self) -> None:
        with suppress(OSError):  # closing writes what was buffered: once more in vain where the disk is full
            self._file.close()
        self._path.unlink(missing_ok=True)


def write_arrays(path: Path, arrays: Mapping[str, AnyArray], meta: Mapping[str, Any] | None = None) -> None:
    """Write a file of arrays that are all in memory; as `ArrayWriter.finish`."""
    ArrayWriter(path).finish(arrays, meta or {})


class ArrayFile(Mapping[str, AnyArray]):
    """The arrays of a file by name, read-only and memory-mapped; they stay readable when the file is removed.

    Opening raises OSError when the file cannot be read, ColumnsNewer when another version wrote it, ColumnsDamaged when
    its directory is damaged or it is too short. Reading an array raises ColumnsDamaged when its checksum differs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._size = os.fstat(file.fileno()).st_size
            if self._size < _HEADER.size:
                raise ColumnsDamaged(f"{path} is cut short")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, version, length, checksum = _HEADER.unpack_from(self._map)
        if magic != MAGIC:
            raise ColumnsDamaged(f"{path} is no file of columns")
        if version != VERSION:
            raise ColumnsNewer(f"{path} has version {version}; this release reads {VERSION}")
        head = self._map[_HEADER.size : _HEADER.size + length]
        if len(head) != length or zlib.crc32(head) != checksum:
            raise ColumnsDamaged(f"the directory of {path} is damaged")
        directory = json.loads(head)
        self.checksum: int = checksum  # of the directory, which has the checksums of all arrays
        self._base = _aligned(_HEADER.size + length)
        self._entries = {name: rest for name, *rest in directory["arrays"]}
        self._checked: dict[str, AnyArray] = {}
        self.meta: dict[str, Any] = directory["meta"]  # Any: JSON
        self.pages = {name: self._paged(name, count, at) for name, count, at in directory["paged"]}
        last = max((self._end(np.dtype(kind), count, at) for kind, count, at, _ in self._entries.values()), default=0)
        if last > self._size:
            raise ColumnsDamaged(f"{path} is cut short")

    def __getitem__(self, name: str) -> AnyArray:
        array = self._checked.get(name)
        if array is None:
            kind, count, at, expected = self._entries[name]
            array = self._array("<" + kind, count, at)
            if zlib.crc32(array.data) != expected:
                raise ColumnsDamaged(f"{name} in {self.path} is damaged")
            self._checked[name] = array
        return array

    @property
    def size_bytes(self) -> int:
        """How long the file is."""
        return self._size

    def release(self) -> None:
        """Let the system drop the pages of the file from memory; they are loaded again when they are read again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _paged(self, name: str, count: int, at: int) -> "Pages":
        if self._base + at + count > self._size:
            raise ColumnsDamaged(f"{self.path} is cut short in {name}")
        return Pages(self, name, self._array("<u1", count, at))

    def _array(self, kind: str, count: int, at: int) -> AnyArray:
        if not count:
            empty: AnyArray = np.empty(0, kind)
            empty.flags.writeable = False
            return empty
        return np.frombuffer(self._map, dtype=kind, count=count, offset=self._base + at)

    def _end(self, dtype: np.dtype[Any], count: int, at: int) -> int:
        return self._base + at + count * dtype.itemsize


class Pages:
    """A paged array: `data` are all its bytes (uint8), to be read only after a `check` of them."""

    def __init__(self, file: ArrayFile, name: str, data: Bytes) -> None:
        self.data = data
        self._file = file
        self._name = name
        self._unread = bytearray(b"\1" * (-(-len(data) // PAGE)))

    def check(self, start: int, end: int) -> None:
        """Compare the pages of these bytes with their checksums, each page once. Raises ColumnsDamaged."""
        last = (end + PAGE - 1) // PAGE
        page = self._unread.find(1, start // PAGE, last)
        while page >= 0:
            expected = self._file[_CHECKSUMS + self._name]
            if page >= len(expected) or zlib.crc32(self.data[page * PAGE : (page + 1) * PAGE].data) != expected[page]:
                raise ColumnsDamaged(f"{self._name} in {self._file.path} is damaged")
            self._unread[page] = 0
            page = self._unread.find(1, page, last)

    def read(self, start: int, end: int) -> memoryview:
        """The bytes from `start` to `end`. Raises ColumnsDamaged, also when the array is shorter."""
        if not 0 <= start <= end <= len(self.data):
            raise ColumnsDamaged(f"{self._name} in {self._file.path} does not reach to {end}")
        self.check(start, end)
        return self.data[start:end].data


def sync_directory(path: Path) -> None:
    """Make renames and deletions in a directory durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(name: str, array: AnyArray) -> AnyArray:
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    if plain.dtype.str[1:] not in DTYPES or array.ndim != 1:
        raise TypeError(f"{name} is {array.dtype} of {array.ndim} dimensions; one of {DTYPES} is kept")
    return plain


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
