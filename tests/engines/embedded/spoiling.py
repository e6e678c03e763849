"""Spoiling a segment's file on purpose: where its arrays lie, flipping bits of them, and replacing one of them."""

import json
import zlib
from pathlib import Path

from searchsvc.docvalues.storage import _CHECKSUMS, _HEADER, PAGE, ArrayFile, _aligned


def regions(path: Path) -> dict[str, range]:
    """Of each array of a file, paged ones too, its bytes; "directory" is all before the first."""
    file = ArrayFile(path)
    found = {"directory": range(file._base)}
    for name in file:
        kind, count, at, _ = file._entries[name]
        found[name] = range(file._base + at, file._base + at + count * int(kind[1:]))
    for name, pages in file.pages.items():
        offset = pages.data.ctypes.data - _address(file)
        found[name] = range(offset, offset + len(pages.data))
    return found


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Flip one bit of a file, in its place."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def spoil(path: Path, array: str) -> None:
    """Flip a bit in the middle of an array; of a paged one in the middle of its first page."""
    region = regions(path)[array]
    flip(path, region[min(len(region), PAGE) // 2])


def replace_array(path: Path, name: str, data: bytes) -> None:
    """Put other bytes, as many, in place of an array, paged ones too; every checksum is right afterwards."""
    content = bytearray(path.read_bytes())
    magic, version, length, _ = _HEADER.unpack_from(content)
    directory = json.loads(content[_HEADER.size : _HEADER.size + length])
    base = _aligned(_HEADER.size + length)
    entries = {entry[0]: entry for entry in directory["arrays"]}
    if name in entries:
        _put(content, base, entries[name], data)
    else:
        ((_, count, at),) = [paged for paged in directory["paged"] if paged[0] == name]
        assert len(data) == count
        content[base + at : base + at + count] = data
        sums = [zlib.crc32(data[start : start + PAGE]).to_bytes(4, "little") for start in range(0, count, PAGE)]
        _put(content, base, entries[_CHECKSUMS + name], b"".join(sums))
    head = json.dumps(directory, separators=(",", ":")).encode()
    start = _HEADER.pack(magic, version, len(head), zlib.crc32(head)) + head
    path.write_bytes(start + bytes(_aligned(len(start)) - len(start)) + content[base:])


def _put(content: bytearray, base: int, entry: list[str | int], data: bytes) -> None:
    """Replace an array's bytes in a file's content, and its checksum in its entry of the directory."""
    _, kind, count, at, _ = entry
    assert len(data) == int(count) * int(str(kind)[1:])
    content[base + int(at) : base + int(at) + len(data)] = data
    entry[4] = zlib.crc32(data)


def _address(file: ArrayFile) -> int:
    """Where the file is mapped."""
    name = next(name for name in file if len(file[name]))
    return int(file[name].ctypes.data) - file._base - int(file._entries[name][2])
