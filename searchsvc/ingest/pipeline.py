"""Pipeline: paths to articles, one by one, with a Rejection for whatever did not get in.

One bad file or line is never an exception, and never costs the good ones beside it. What comes, and in which order, is
the same with one process and with several. Not for keeping articles: `archive` writes what comes out of here.
"""

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from searchsvc.ingest.draft import Rejection, Withdrawal
from searchsvc.ingest.finding import FoundFile, find
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.registry import importer
from searchsvc.ingest.ledger import Ledger, LedgerEntry
from searchsvc.ingest.reading import FilePart, Job, how, perform, read_whole, split
from searchsvc.ingest.seen import Seen
from searchsvc.ingest.workers import Workers
from searchsvc.model.article import Article

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all as far as known, the source's name

STANDARD_INPUT = "-"

# Below both, one process has read everything before another is ready: it takes a second to begin.
FEW_FILES = 200
FEW_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Repeat:
    """An article that came already in this run, the same in all but where it was found."""

    article: Article


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is as it was when it was read last, as the ledger says."""

    entry: LedgerEntry


Met = Article | Rejection | Withdrawal | Repeat | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRun:
    """How to go through some files: `today` is the day that dates are judged by."""

    today: date
    processes: int = 1  # that read; 1: this one
    again: bool = False  # files too that are known to be unchanged
    should_stop: Callable[[], bool] = lambda: False  # asked while there is nothing else to do


def read(
    paths: Sequence[str | Path],
    *,
    options: ReadOptions | None = None,
    run: IngestRun,
    ledger: Ledger | None = None,
    progress: Progress = lambda done, total, name: None,
) -> Generator[Met, None, None]:
    """The articles of some files and folders (`-` is standard input, and last), in the order of the files' names.

    A file is noted in the ledger when all that came of it was taken; one that it knows is given as Skipped. Raises
    UnknownFormat only for a format that `options` names wrongly.
    """
    options = options or ReadOptions()
    if options.format is not None:
        importer(options.format)
    found = find([path for path in paths if str(path) != STANDARD_INPUT])
    files = [each for each in found if isinstance(each, FoundFile)]
    yield from (each for each in found if isinstance(each, Rejection))
    repeats = _Repeats()
    yield from _read_files(files, options, run, ledger, progress, repeats)
    for _ in range(sum(str(path) == STANDARD_INPUT for path in paths)):
        source = Source("standard input", _standard_input, is_ours=False)
        for part in read_whole(source, options, run.today):
            yield from map(repeats.sort_out, part.items)
            progress(part.bytes_read, 0, source.name)


def _standard_input() -> BinaryIO:
    return sys.stdin.buffer


def _read_files(
    files: list[FoundFile],
    options: ReadOptions,
    run: IngestRun,
    ledger: Ledger | None,
    progress: Progress,
    repeats: "_Repeats",
) -> Iterator[Met]:
    total = sum(file.size for file in files)
    done = 0
    way = how(options) if ledger is not None else ""
    unread: list[FoundFile] = []
    for file in files:
        entry = ledger.unchanged(file, way) if ledger is not None and not run.again else None
        if entry is None:
            unread.append(file)
        else:
            done += file.size
            yield Skipped(entry)
    progress(done, total, "")
    reading: _Reading | None = None
    with ExitStack() as stack:
        for file, part in _parts(unread, options, run, stack):
            if reading is None or reading.file is not file:
                done += reading.file.size if reading is not None else 0
                reading = _Reading(file)
            for item in part.items:
                met = repeats.sort_out(item)
                reading.count(met)
                yield met
            reading.far = max(reading.far, part.bytes_read)
            reading.is_lost = reading.is_lost or part.is_failed
            progress(done + min(reading.far, file.size), total, file.name)
            if part.content and ledger is not None:
                reading.note(ledger, part.content, way)
    progress(total, total, "")


def _parts(
    files: list[FoundFile], options: ReadOptions, run: IngestRun, stack: ExitStack
) -> Iterator[tuple[FoundFile, FilePart]]:
    is_little = len(files) <= FEW_FILES and sum(file.size for file in files) <= FEW_BYTES
    if run.processes == 1 or is_little:
        for file in files:
            for part in perform(Job(file=file), options, run.today):
                yield file, part
        return
    workers = stack.enter_context(Workers(run.processes, options, run.today))
    work = ((file, each) for file in files for each in split(file, options))
    yield from workers.run(work, run.should_stop)


class _Repeats:
    """Remembers the content of every article of a run."""

    def __init__(self) -> None:
        self._seen = Seen()

    def sort_out(self, item: Article | Rejection | Withdrawal) -> Article | Rejection | Withdrawal | Repeat:
        if not isinstance(item, Article):
            return item
        return item if self._seen.add(hash(_content(item))) else Repeat(item)


# All but the provenance. Hashed in memory only: a tenth of the cost of Article.digest, which outlives the process.
_content = attrgetter(*(name for name in Article.__dataclass_fields__ if name != "provenance"))


class _Reading:
    """What came of the file that is being read."""

    def __init__(self, file: FoundFile) -> None:
        self.file = file
        self.far = 0  # bytes
        self.is_lost = False
        self._articles = self._rejected = 0

    def count(self, met: Met) -> None:
        if isinstance(met, Rejection):
            self._rejected += 1
            # Of the whole file: it is said each time, until the file is mended or taken away.
            self.is_lost = self.is_lost or not met.position
        else:
            self._articles += isinstance(met, Article)

    def note(self, ledger: Ledger, content: str, way: str) -> None:
        if self.is_lost:
            ledger.forget(self.file.path)
            return
        ledger.note(
            LedgerEntry(
                path=self.file.path,
                size=self.file.size,
                mtime_ns=self.file.mtime_ns if self.file.is_settled else 0,
                content=content,
                how=way,
                articles=self._articles,
                rejected=self._rejected,
            )
        )
