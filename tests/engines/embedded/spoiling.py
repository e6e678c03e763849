"""Spoiling a segment's file on purpose: where its arrays lie, and flipping bits of them."""

from pathlib import Path

from searchsvc.docvalues.storage import PAGE, ArrayFile


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


def _address(file: ArrayFile) -> int:
    """Where the file is mapped."""
    name = next(name for name in file if len(file[name]))
    return int(file[name].ctypes.data) - file._base - int(file._entries[name][2])
