"""Pipeline: paths to articles, one by one, with a Rejection for whatever did not get in.

One bad file or line is never an exception, and never costs the good ones beside it.
Not for keeping articles: `archive` writes what comes out of here.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from searchsvc.errors import IngestError, MalformedSource
from searchsvc.ingest.archives import is_archive, members
from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.registry import detect, importer
from searchsvc.model.article import Article

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all as far as known, the source's name

STANDARD_INPUT = "-"

# In a folder these are about the articles, not articles: left alone without a word.
_ABOUT = frozenset({"readme", "license", "licence", "copying", "notice", "changelog", "thumbs.db", "desktop.ini"})
_LEFTOVERS = ("~", ".bak", ".swp", ".swo", ".tmp", ".part", ".orig")


def read(
    paths: Sequence[str | Path],
    *,
    options: ReadOptions | None = None,
    today: date,
    progress: Progress | None = None,
    on_repeat: Callable[[Article], None] | None = None,
) -> Iterator[Article | Rejection]:
    """The articles of some files and folders (`-` is standard input), files of a folder in the order of their names.

    `today` is the day that dates are judged by. An article that came already, the same in all but where it was
    found, is left out and told to `on_repeat`. Raises UnknownFormat only for a format that `options` names wrongly.
    """
    options = options or ReadOptions()
    if options.format is not None:
        importer(options.format)
    found = list(_sources(paths))
    total = sum(each.size or 0 for each in found if isinstance(each, Source))
    done = 0
    seen: set[int] = set()
    for each in found:
        if isinstance(each, Rejection):
            yield each
            continue
        for result in _read_source(each, options, today):
            if isinstance(result, Article):
                key = hash(_content(result))
                if key in seen:
                    if on_repeat is not None:
                        on_repeat(result)
                    continue
                seen.add(key)
            yield result
            if progress is not None:
                progress(done + each.bytes_read, total, each.name)
        done += max(each.size or 0, each.bytes_read)
        if progress is not None:
            progress(done, total, each.name)


# All but the provenance. Hashed in memory only: a tenth of the cost of Article.digest, which outlives the process.
_content = attrgetter(*(name for name in Article.__dataclass_fields__ if name != "provenance"))


def _read_source(source: Source, options: ReadOptions, today: date, depth: int = 0) -> Iterator[Article | Rejection]:
    try:
        if not source.head().strip(b"\0 \t\r\n\v\f"):
            yield Rejection(reason="the file is empty", source=source.name)
            return
        if is_archive(source):
            yield from _read_archive(source, options, today, depth)
            return
        chosen = importer(options.format) if options.format is not None else detect(source)
        for draft in chosen.read(source, options):
            yield draft if isinstance(draft, Rejection) else _finished(draft, options, today)
    except MalformedSource as error:
        yield Rejection(reason=str(error), source=source.name, position=error.position)
    except IngestError:
        yield Rejection(reason="unknown format: no importer knows this kind of file", source=source.name)
    except OSError as error:
        yield Rejection(reason=f"cannot be read: {error.strerror or error}", source=source.name)
    finally:
        source.close()


def _read_archive(source: Source, options: ReadOptions, today: date, depth: int) -> Iterator[Article | Rejection]:
    """The articles of the files in an archive, those about it left alone as in a folder."""
    count = 0
    for member in members(source, depth):
        if isinstance(member, Rejection):
            yield member
        elif any(map(_is_left_alone, member.name[len(source.name) + 1 :].split("/"))):
            continue
        else:
            yield from _read_source(member, options, today, depth + 1)
        count += 1
    if not count:
        yield Rejection(reason="no file to read in this archive", source=source.name)


def _finished(draft: Draft, options: ReadOptions, today: date) -> Article | Rejection:
    return finish(
        draft,
        today=today,
        default_language=options.language,
        source_name=options.source_name,
        day_first=options.day_first,
    )


# --- finding files ----------------------------------------------------------------------------------------------------


def _sources(paths: Iterable[str | Path]) -> Iterator[Source | Rejection]:
    for given in paths:
        if str(given) == STANDARD_INPUT:
            yield Source("standard input", _standard_input, is_ours=False)
            continue
        path = Path(given)
        try:
            if not str(given):  # which Path takes for the folder we are in
                yield Rejection(reason="no such file or folder", source="(an empty name)")
                continue
            if path.is_dir():
                yield from _folder(path)
            elif path.exists():
                yield Source.from_path(path, str(given))
            else:
                yield Rejection(reason="no such file or folder", source=str(given))
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            yield Rejection(reason=f"cannot be read: {error}", source=str(given))


def _standard_input() -> BinaryIO:
    return sys.stdin.buffer


def _folder(folder: Path) -> Iterator[Source | Rejection]:
    """Its files, those of its folders included; one Rejection when there is none."""
    count = 0
    home = folder.resolve()
    for path in _files(folder, home, {home}):
        if isinstance(path, Rejection):
            yield path
            continue
        count += 1
        try:
            yield Source.from_path(path, str(path))
        except OSError as error:
            yield Rejection(reason=f"cannot be read: {error.strerror or error}", source=str(path))
    if not count:
        yield Rejection(reason="no file to read in this folder", source=str(folder))


def _files(folder: Path, home: Path, entered: set[Path]) -> Iterator[Path | Rejection]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        yield Rejection(reason=f"cannot be read: {error.strerror or error}", source=str(folder))
        return
    for entry in entries:
        if _is_left_alone(entry.name):
            continue
        try:
            yield from _entry(entry, home, entered)
        except OSError as error:
            yield Rejection(reason=f"cannot be read: {error.strerror or error}", source=str(entry))
        except RecursionError:
            yield Rejection(reason="cannot be read: folders nested too deep", source=str(entry))
        except RuntimeError:  # as pathlib says it
            yield Rejection(reason="a link that leads back to itself", source=str(entry))


def _entry(entry: Path, home: Path, entered: set[Path]) -> Iterator[Path | Rejection]:
    """What one name in a folder stands for: a file, the files of a folder, or neither."""
    if entry.is_symlink():
        target = entry.resolve()
        if not target.is_relative_to(home):
            yield Rejection(reason="a link out of the folder, not followed", source=str(entry))
            return
        if target in entered:
            return
        if not target.exists():
            yield Rejection(reason="a link to nothing", source=str(entry))
            return
    if entry.is_dir():
        inner = entry.resolve()
        if inner not in entered:
            entered.add(inner)
            yield from _files(entry, home, entered)
    elif entry.is_file():
        yield entry
    else:  # it would let us wait for ever
        yield Rejection(reason="not a file: a pipe, a socket or a device", source=str(entry))


def _is_left_alone(name: str) -> bool:
    lower = name.lower()
    return (
        lower.startswith((".", "~$", "#"))
        or lower.endswith(_LEFTOVERS)
        or lower in _ABOUT
        or lower.rpartition(".")[0] in _ABOUT
    )
