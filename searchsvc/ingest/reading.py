"""Reading: one file, or some lines of a large one, to articles; the same in whichever process.

A job is small enough to be done by one process, and what comes of it is given in parts, as it comes. Not for which
files are read, nor for who does it (`pipeline`, `workers`).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from searchsvc import __version__
from searchsvc.errors import IngestError, MalformedSource
from searchsvc.ingest.archives import is_archive, members
from searchsvc.ingest.draft import Rejection, Withdrawal
from searchsvc.ingest.finding import FoundFile, is_left_alone
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import MAX_LINE, Importer, ReadOptions, ReadsByLine, Source
from searchsvc.ingest.importers.registry import detect, importer
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version

Item = Article | Rejection | Withdrawal

PART_ITEMS = 50
SPLIT_FROM = 1024 * 1024  # bytes of a file on disk, from which its lines are worth sharing out
JOB_LINES = 200
JOB_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A whole file, or some lines of it."""

    file: FoundFile
    first_line: int = 0  # 0: the whole file
    lines: tuple[bytes, ...] = ()
    format: str | None = None  # of the lines, which do not tell themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """Some of what came of a job, in the order in which it was met."""

    items: tuple[Item, ...] = ()
    bytes_read: int = 0  # of the file, from its start; 0 where only another part can tell
    content: str = ""  # a hash of all the bytes of the file: with its last part, when it was read to its end
    is_failed: bool = False  # something was lost for a reason that may not be there the next time


def perform(job: Job, options: ReadOptions, today: date) -> Iterator[FilePart]:
    """Do a job. Never raises for what is in the file, or that it is not there."""
    if job.first_line:
        source = Source.of_lines(job.file.name, job.lines, first_line=job.first_line)
        yield FilePart(items=tuple(_finished(importer(job.format or ""), source, options, today)))
        return
    source = Source.from_path(Path(job.file.name), job.file.name, size=job.file.size)
    yield from read_whole(source, options, today)


def read_whole(source: Source, options: ReadOptions, today: date) -> Iterator[FilePart]:
    """All of one source, and close it."""
    items: list[Item] = []
    try:
        for item in _read(source, options, today):
            items.append(item)
            if len(items) == PART_ITEMS:
                yield FilePart(items=tuple(items), bytes_read=source.bytes_read)
                items.clear()
        content = source.content_hash()
        yield FilePart(items=tuple(items), bytes_read=source.bytes_read, content=content)
    except OSError as error:
        yield FilePart(items=(*items, _unreadable(source, error)), bytes_read=source.bytes_read, is_failed=True)
    finally:
        source.close()


def split(file: FoundFile, options: ReadOptions) -> Iterator[Job | FilePart]:
    """The jobs that a file is worth: itself, or its lines, when it is long and each line stands for itself."""
    if file.size < SPLIT_FROM:
        yield Job(file=file)
        return
    source = Source.from_path(Path(file.name), file.name, size=file.size)
    try:
        chosen = None if _is_blank(source) or is_archive(source) else _chosen(source, options)
        if isinstance(chosen, ReadsByLine):
            yield from _line_jobs(file, source, chosen.name)
            yield FilePart(bytes_read=source.bytes_read, content=source.content_hash())
        else:
            yield Job(file=file)
    except MalformedSource as error:
        rejection = Rejection(reason=str(error), source=source.name, position=error.position)
        yield FilePart(items=(rejection,), bytes_read=source.bytes_read, content=source.content_hash())
    except IngestError:
        yield FilePart(items=(_unknown(source),), content=source.content_hash())
    except OSError as error:
        yield FilePart(items=(_unreadable(source, error),), is_failed=True)
    finally:
        source.close()


def _line_jobs(file: FoundFile, source: Source, format: str) -> Iterator[Job | FilePart]:
    first, lines, size = 1, list[bytes](), 0

    def job() -> Job:
        return Job(file=file, first_line=first, lines=tuple(lines), format=format)

    try:
        for number, line in source.lines():
            if lines and (line is None or len(lines) == JOB_LINES or size + len(line) > JOB_BYTES):
                yield job()
                yield FilePart(bytes_read=source.bytes_read)
                first, lines, size = number, [], 0
            if line is None:
                reason = f"longer than {MAX_LINE // 1024**2} MiB"
                yield FilePart(items=(Rejection(reason=reason, source=file.name, position=f"line {number}"),))
                first = number + 1
            else:
                lines.append(line)
                size += len(line)
    except MalformedSource:
        if lines:  # before the place where it breaks off
            yield job()
        raise
    if lines:
        yield job()


def _read(source: Source, options: ReadOptions, today: date, depth: int = 0) -> Iterator[Item]:
    try:
        if _is_blank(source):
            yield Rejection(reason="the file is empty", source=source.name)
            return
        if is_archive(source):
            yield from _read_archive(source, options, today, depth)
            return
        yield from _finished(_chosen(source, options), source, options, today)
    except MalformedSource as error:
        yield Rejection(reason=str(error), source=source.name, position=error.position)
    except IngestError:
        yield _unknown(source)


def _read_archive(source: Source, options: ReadOptions, today: date, depth: int) -> Iterator[Item]:
    """What is in the files of an archive, those about it left alone as in a folder."""
    count = 0
    for member in members(source, depth):
        if isinstance(member, Rejection):
            yield member
        elif any(map(is_left_alone, member.name[len(source.name) + 1 :].split("/"))):
            continue
        else:
            yield from _read_member(member, options, today, depth + 1)
        count += 1
    if not count:
        yield Rejection(reason="no file to read in this archive", source=source.name)


def _read_member(source: Source, options: ReadOptions, today: date, depth: int) -> Iterator[Item]:
    try:
        yield from _read(source, options, today, depth)
    except OSError as error:
        yield _unreadable(source, error)
    finally:
        source.close()


def _is_blank(source: Source) -> bool:
    return not source.head().strip(b"\0 \t\r\n\v\f")


def _chosen(source: Source, options: ReadOptions) -> Importer:
    return importer(options.format) if options.format is not None else detect(source)


def _finished(chosen: Importer, source: Source, options: ReadOptions, today: date) -> Iterator[Item]:
    for draft in chosen.read(source, options):
        if isinstance(draft, Rejection):
            yield draft
            continue
        yield finish(
            draft,
            today=today,
            default_language=options.language,
            source_name=options.source_name,
            day_first=options.day_first,
        )


def _unknown(source: Source) -> Rejection:
    return Rejection(reason="unknown format: no importer knows this kind of file", source=source.name)


def _unreadable(source: Source, error: OSError) -> Rejection:
    return Rejection(reason=f"cannot be read: {error.strerror or error}", source=source.name)


def how(options: ReadOptions) -> str:
    """A name of the way that files are read: another one after any change of this code or of the options."""
    name = hashlib.blake2b(digest_size=8)
    for room in ("ingest", "text"):
        for path in sorted((Path(__file__).parents[1] / room).rglob("*.py")):
            name.update(path.read_bytes())
    mapping = sorted(options.mapping.items())
    name.update(repr((__version__, options.format, mapping, options.source_name, options.language)).encode())
    name.update(b"day first" if options.day_first else b"")
    return name.hexdigest()


# --- between processes ------------------------------------------------------------------------------------------------


def encoded(part: FilePart) -> bytes:
    """A part as JSON, to be sent from one process to another. (A pickle would run what a hostile file made of us.)"""
    plain: dict[str, Any] = {
        "items": [_plain(item) for item in part.items],
        "bytes_read": part.bytes_read,
        "content": part.content,
        "is_failed": part.is_failed,
    }
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decoded(content: bytes) -> FilePart:
    """The part that was encoded."""
    plain = json.loads(content)
    plain["items"] = tuple(map(_item, plain["items"]))
    return FilePart(**plain)


def _plain(item: Item) -> dict[str, Any]:
    match item:
        case Article():
            return {"article": item.to_json()}
        case Withdrawal():
            at = item.version.revised_at
            version = [item.version.revision, at and at.isoformat()]
            return {"withdrawn": item.id, "version": version, "source": item.source, "position": item.position}
        case Rejection():
            return {"reason": item.reason, "source": item.source, "position": item.position}


def _item(plain: dict[str, Any]) -> Item:
    if (article := plain.get("article")) is not None:
        return Article.from_json(article)
    if (id := plain.get("withdrawn")) is not None:
        revision, at = plain["version"]
        version = Version(revision, at and datetime.fromisoformat(at))
        return Withdrawal(id=ArticleId(id), version=version, source=plain["source"], position=plain["position"])
    return Rejection(**plain)
