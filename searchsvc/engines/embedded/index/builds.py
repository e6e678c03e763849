"""Builds: what lies in the index folder, and who may write there.

    CURRENT           the name of the live build
    write.lock        held, as a lock of the operating system, by the one writer; it vanishes with its process
    20261122T164000-7f3a/   a build: meta.json, Whoosh's list of segments, of each segment a file and a note

A build is made beside the live one and shown by replacing CURRENT. Files that are not ours are left alone.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from searchsvc import __version__
from searchsvc.docvalues.storage import sync_directory
from searchsvc.engines.embedded.schema import schema_version
from searchsvc.errors import IndexDamaged, IndexLocked, IndexMissing, IndexOutdated

CURRENT = "CURRENT"
LOCK = "write.lock"
META = "meta.json"

ANEW = "build it anew from your sources or an export: searchsvc ingest --fresh PATH"

_BUILD_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")


def current_build(index_dir: Path) -> str:
    """The name of the live build. Raises IndexMissing, or IndexDamaged when CURRENT names none."""
    try:
        name = (index_dir / CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise IndexMissing(f"there is no index in {index_dir}", hint="run: searchsvc ingest PATH") from error
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{index_dir / CURRENT} cannot be read: {error}", hint=ANEW) from error
    if not _BUILD_NAME.fullmatch(name):
        raise IndexDamaged(f"{index_dir / CURRENT} names no build: {name!r}", hint=ANEW)
    return name


def check_build(folder: Path) -> None:
    """Raises IndexOutdated for a build of another schema or analyzer, IndexDamaged where meta.json cannot be read."""
    meta = read_meta(folder)
    if meta.get("schema") != schema_version():
        raise IndexOutdated(
            f"the index in {folder} was made with other fields or another analyzer, by {meta.get('made_by', '?')}",
            hint="run: searchsvc rebuild",
        )


def read_meta(folder: Path) -> dict[str, Any]:  # Any: JSON
    """What meta.json of a build says. Raises IndexDamaged."""
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if not isinstance(meta, dict):
            raise TypeError("not an object")
        return meta
    except (OSError, ValueError, TypeError) as error:
        hint = "run: searchsvc rebuild" if folder.is_dir() else ANEW
        raise IndexDamaged(f"{folder / META} cannot be read: {error}", hint=hint) from error


def new_build(index_dir: Path) -> Path:
    """The folder of a new, empty build, which is not live yet. Raises OSError."""
    now = datetime.now(UTC)
    folder = index_dir / f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    meta = {"schema": schema_version(), "made_at": now.isoformat(timespec="seconds"), "made_by": __version__}
    try:
        write_durably(folder / META, json.dumps(meta, indent=1) + "\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def show_build(folder: Path) -> None:
    """Make a build the live one; it is so on the disk when this returns. Raises OSError."""
    sync_directory(folder.parent)
    write_durably(folder.parent / CURRENT, folder.name + "\n")


def sweep(index_dir: Path, keep: set[str]) -> None:
    """Remove the builds that are not kept, and leftovers of writers that died. The caller holds the lock.

    Readers of a build that goes keep what they have opened: the files live until they are closed.
    """
    for entry in index_dir.iterdir():
        if _BUILD_NAME.fullmatch(entry.name) and entry.name not in keep and entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name == CURRENT + ".new":
            entry.unlink(missing_ok=True)


def size_bytes(folder: Path) -> int:
    """The size of a build's files. A file that a merge removes meanwhile counts 0."""
    total = 0
    for entry in folder.iterdir():
        with suppress(FileNotFoundError):
            total += entry.stat().st_size
    return total


def write_durably(path: Path, text: str) -> None:
    """Replace a small file in one step; it is on the disk when this returns. Raises OSError."""
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


class WriteLock:
    """The right to write to an index folder, from construction until `release`. Raises IndexLocked if another has
    it.
    """

    def __init__(self, index_dir: Path) -> None:
        self._handle = -1
        index_dir.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(index_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip()
            self.release()
            raise IndexLocked(
                f"another process{f' ({holder})' if holder else ''} is writing to {index_dir}",
                hint="wait until it is done; a writer that has died holds nothing",
            ) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, str(os.getpid()).encode(), 0)

    @property
    def held(self) -> bool:
        """Whether the lock is held."""
        return self._handle >= 0

    def release(self) -> None:
        """Give the lock back; more than once does no harm."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        self.release()
