"""Storage: named arrays in one memory-mapped file, with a checksum of each.

The file is: magic, version, length and checksum of a directory, the directory (JSON), then each array at a multiple of
64 bytes. Numbers are little-endian. Nothing in it is executable, so a file from anywhere can be opened; one that is not
what was written is a ColumnsDamaged, never a wrong number.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "arrays"
>>> write_arrays(path, {"days": np.array([3, 1, 2], dtype=np.int32)}, {"articles": 3})
>>> arrays, meta = read_arrays(path)
>>> arrays["days"].tolist(), meta
([3, 1, 2], {'articles': 3})
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]  # Any: an array of whichever of DTYPES

MAGIC = b"newscols"
VERSION = 1
ALIGNMENT = 64
DTYPES = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")

_HEADER = struct.Struct("<8sIII")  # magic, version, length of the directory, its checksum


class ColumnsDamaged(ValueError):
    """A file of arrays is not what was written, or was written by a newer version of this module."""


def write_arrays(path: Path, arrays: Mapping[str, AnyArray], meta: Mapping[str, Any] | None = None) -> None:
    """Write one-dimensional arrays durably: the file is there whole, or not at all. `meta` is plain JSON.

    Raises OSError when the disk does not take it; nothing is left behind then.
    """
    plain = {name: np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")) for name, array in arrays.items()}
    directory: list[tuple[str, str, int, int, int]] = []
    offset = 0
    for name, array in plain.items():
        kind = array.dtype.str[1:]
        if kind not in DTYPES or array.ndim != 1:
            raise TypeError(f"{name} is {array.dtype} of {array.ndim} dimensions; one of {DTYPES} is kept")
        directory.append((name, kind, len(array), offset, zlib.crc32(array.data)))
        offset = _aligned(offset + array.nbytes)
    head = json.dumps({"arrays": directory, "meta": dict(meta or {})}, separators=(",", ":")).encode()
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("wb") as file:
            file.write(_HEADER.pack(MAGIC, VERSION, len(head), zlib.crc32(head)))
            file.write(head)
            base = _aligned(_HEADER.size + len(head))
            for (_, _, _, at, _), array in zip(directory, plain.values(), strict=True):
                file.write(bytes(base + at - file.tell()))
                file.write(array.data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def read_arrays(path: Path) -> tuple[dict[str, AnyArray], dict[str, Any]]:  # Any: JSON
    """The arrays, read-only and mapped, and the meta of a file; all checksums are compared.

    Raises ColumnsDamaged, or OSError when the file cannot be opened.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _HEADER.size:
            raise ColumnsDamaged(f"{path} is cut short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, version, length, checksum = _HEADER.unpack_from(mapped)
    if magic != MAGIC:
        raise ColumnsDamaged(f"{path} is no file of columns")
    if version != VERSION:
        raise ColumnsDamaged(f"{path} has version {version}; this release reads {VERSION}")
    head = mapped[_HEADER.size : _HEADER.size + length]
    if len(head) != length or zlib.crc32(head) != checksum:
        raise ColumnsDamaged(f"the directory of {path} is damaged")
    directory = json.loads(head)
    base = _aligned(_HEADER.size + length)
    arrays = {}
    for name, kind, count, at, expected in directory["arrays"]:
        dtype = np.dtype("<" + kind)
        if base + at + count * dtype.itemsize > size:
            raise ColumnsDamaged(f"{path} is cut short in {name}")
        array: AnyArray = (
            np.frombuffer(mapped, dtype=dtype, count=count, offset=base + at) if count else np.empty(0, dtype)
        )
        if zlib.crc32(array.data) != expected:
            raise ColumnsDamaged(f"{name} in {path} is damaged")
        arrays[name] = array
    return arrays, directory["meta"]


def sync_directory(path: Path) -> None:
    """Make renames and deletions in a directory durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
