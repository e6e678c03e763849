"""Finding: the files that some paths stand for, in the order of their names, with a Rejection for what is none.

What is about the articles (a README) and what programs leave behind is left alone without a word; links are followed
within a folder only. Not for reading a byte of any file.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from searchsvc.ingest.draft import Rejection

NO_FILE = "no file to read in this folder"

_ABOUT = frozenset({"readme", "license", "licence", "copying", "notice", "changelog", "thumbs.db", "desktop.ini"})
_LEFTOVERS = ("~", ".bak", ".swp", ".swo", ".tmp", ".part", ".orig")

# A file changed so shortly before it was found may change again, and its time with it not: some disks keep two seconds.
_SAME_TIME_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, as it was when it was found."""

    name: str  # as shown: the path as given, and the way from there
    size: int  # bytes
    mtime_ns: int
    ctime_ns: int
    is_settled: bool = True  # its time would tell of another change

    @property
    def path(self) -> str:
        """Absolute; links are left as they are."""
        return str(Path(self.name).absolute())


def find(paths: Sequence[str | Path]) -> list[FoundFile | Rejection]:
    """The files of files and folders, each once, in the order of their names, whatever the order of the paths."""
    found = [each for path in paths for each in _given(path)]
    if len(paths) == 1:
        return found
    rejected = [each for each in found if isinstance(each, Rejection)]
    files = {Path(each.name).absolute().parts: each for each in found if isinstance(each, FoundFile)}
    return [*rejected, *(files[parts] for parts in sorted(files))]


def _given(given: str | Path) -> Iterator[FoundFile | Rejection]:
    path = Path(given)
    try:
        if not str(given):  # which Path takes for the folder we are in
            yield Rejection(reason="no such file or folder", source="(an empty name)")
        elif path.is_dir():
            yield from _folder(path)
        elif path.exists():
            yield _found(str(given), path.stat())
        else:
            yield Rejection(reason="no such file or folder", source=str(given))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        yield Rejection(reason=f"cannot be read: {error}", source=str(given))


def _found(name: str, status: os.stat_result) -> FoundFile:
    is_settled = time.time_ns() - status.st_mtime_ns > _SAME_TIME_NS
    return FoundFile(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, is_settled)


def _folder(folder: Path) -> Iterator[FoundFile | Rejection]:
    """Its files, those of its folders included; one Rejection when there is none."""
    home = folder.resolve()
    met: list[FoundFile | Rejection] = []
    _collect(str(folder), home, home, {home}, met)
    yield from met
    if all(isinstance(each, Rejection) for each in met):
        yield Rejection(reason=NO_FILE, source=str(folder))


def _collect(folder: str, real: Path, home: Path, entered: set[Path], met: list[FoundFile | Rejection]) -> None:
    """`real` is the folder with all links followed, `home` that of the folder which all must lie in."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=_name)
    except OSError as error:
        met.append(Rejection(reason=f"cannot be read: {error.strerror or error}", source=folder))
        return
    for entry in entries:
        if is_left_alone(entry.name):
            continue
        try:
            if entry.is_file(follow_symlinks=False):  # nearly all are, and there may be very many
                met.append(_found(entry.path, entry.stat(follow_symlinks=False)))
            else:
                _collect_other(entry, real, home, entered, met)
        except OSError as error:
            met.append(Rejection(reason=f"cannot be read: {error.strerror or error}", source=entry.path))
        except RecursionError:
            met.append(Rejection(reason="cannot be read: folders nested too deep", source=entry.path))
        except RuntimeError:  # as pathlib says it
            met.append(Rejection(reason="a link that leads back to itself", source=entry.path))


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _collect_other(
    entry: "os.DirEntry[str]", real: Path, home: Path, entered: set[Path], met: list[FoundFile | Rejection]
) -> None:
    """What one name in a folder stands for that is no file itself: a file, the files of a folder, or neither."""
    inner = real / entry.name if entry.is_dir(follow_symlinks=False) else None
    if entry.is_symlink():
        target = Path(entry.path).resolve()
        if not target.is_relative_to(home):
            met.append(Rejection(reason="a link out of the folder, not followed", source=entry.path))
            return
        if target in entered:
            return
        if not target.exists():
            met.append(Rejection(reason="a link to nothing", source=entry.path))
            return
        inner = target if target.is_dir() else None
    if inner is not None:
        if inner not in entered:
            entered.add(inner)
            _collect(entry.path, inner, home, entered, met)
    elif S_ISREG((status := entry.stat()).st_mode):
        met.append(_found(entry.path, status))
    else:  # it would let us wait for ever
        met.append(Rejection(reason="not a file: a pipe, a socket or a device", source=entry.path))


def is_left_alone(name: str) -> bool:
    """Whether a file in a folder is no article by its name, and need not be spoken of."""
    lower = name.lower()
    return (
        lower.startswith((".", "~$", "#"))
        or lower.endswith(_LEFTOVERS)
        or lower in _ABOUT
        or lower.rpartition(".")[0] in _ABOUT
    )
