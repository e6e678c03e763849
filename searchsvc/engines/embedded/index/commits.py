"""Commits: the list of a build's segments and which of their documents are deleted, as Whoosh's table of contents.

Whoosh writes it to the side and renames it; here each file is on the disk before that, and the rename after.
"""

import os
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from whoosh.codec.base import Segment as WhooshSegment
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.index import TOC, clean_files

from searchsvc.docvalues.storage import sync_directory
from searchsvc.engines.embedded.index.segment import damage_named
from searchsvc.engines.embedded.schema import INDEX_NAME, whoosh_schema
from searchsvc.errors import IndexDamaged


@dataclass(frozen=True)
class Commit:
    """One commit: its number, and Whoosh's segments, which belong to the caller: each read makes new ones."""

    number: int
    segments: tuple[WhooshSegment, ...]


def latest_number(folder: Path) -> int:
    """The number of a build's last commit; -1 if there is none."""
    return int(TOC._latest_generation(FileStorage(str(folder)), INDEX_NAME))


def commit_file(folder: Path, number: int) -> Path:
    """Where the list of segments of a commit lies."""
    return folder / str(TOC._filename(INDEX_NAME, number))


def read_commit(folder: Path) -> Commit:
    """The last commit of a build. Raises IndexDamaged, or FileNotFoundError if a newer commit replaced it meanwhile."""
    number = latest_number(folder)
    if number < 0:
        raise IndexDamaged(f"{folder} has no commit", hint="run: searchsvc rebuild")
    with damage_named(f"list of {folder}"):
        # The schema is given, so that the pickled one is skipped.
        toc = TOC.read(_Folder(str(folder)), INDEX_NAME, gen=number, schema=whoosh_schema())
    return Commit(number, tuple(toc.segments))


def write_commit(folder: Path, number: int, segments: Sequence[WhooshSegment]) -> None:
    """Write a commit through to the disk, then remove the files of segments that it does not name. Raises OSError."""
    storage = _Folder(str(folder))
    TOC(whoosh_schema(), list(segments), number).write(storage, INDEX_NAME)
    sync_directory(folder)
    clean_files(storage, INDEX_NAME, number, segments)


def sweep_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Remove leftovers of writers that died: files of other segments than the named, unfinished lists, scratch
    folders.
    """
    known = set(names)
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name == f"{INDEX_NAME}.tmp":
            for file in entry.iterdir():
                file.unlink(missing_ok=True)
            entry.rmdir()
        of_segment = entry.name.startswith(f"{INDEX_NAME}_") and entry.name.partition(".")[0] not in known
        half_written = entry.name.startswith(f"_{INDEX_NAME}_") and not entry.name.endswith(".toc")
        if of_segment or half_written:
            entry.unlink(missing_ok=True)


class _Folder(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """A folder whose small files are read whole, and whose new files are sealed and on the disk before they get their
    name.
    """

    def open_file(self, name: str, **options: object) -> StructFile:
        return BufferFile(_unsealed((Path(self.folder) / name).read_bytes()), name=name)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        path = Path(self.folder) / oldname
        path.write_bytes(_sealed(path.read_bytes()))
        _sync(path)
        super().rename_file(oldname, newname, safe=safe)


# A list is a pickle, in which a flipped bit may be a segment without its name, or with fewer documents.
_SEAL = re.compile(rb"\nseal:([0-9a-f]{8})\n")
_SEAL_LENGTH = 15


def _sealed(content: bytes) -> bytes:
    return content + b"\nseal:%08x\n" % zlib.crc32(content)


def _unsealed(content: bytes) -> bytes:
    """The content without its seal. A list without one is of an early release; a list cut short is no whole pickle
    either.
    """
    seal = _SEAL.fullmatch(content[-_SEAL_LENGTH:])
    if seal is None:
        return content
    content = content[:-_SEAL_LENGTH]
    if int(seal[1], 16) != zlib.crc32(content):
        raise IndexDamaged("the list of segments is not what was written", hint="run: searchsvc rebuild")
    return content


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
