"""Watching: which files of some folders are new or changed, and are not being written any more.

By looking again and again, not by being told: folders that news is dropped into are often mounted from elsewhere,
where nobody tells, and what is told of a file is never that it is finished. A look at 30,000 files takes a quarter of
a second of one core (measured; 9 µs a file, of which its `stat` is a third). A file that is gone is forgotten, and its
article is not: an archive keeps what was printed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.finding import NO_FILE, FoundFile, find

LOOK_SECONDS = 0.4  # from one look to the next, at least
LOOK_SHARE = 1 / 3  # of the time that may be spent on looking: with very many files, looks come less often
STILL_SECONDS = 0.7  # that a file has to be as it is, before it is read

_Signature = tuple[int, int]  # bytes, nanoseconds


class Watch:
    """Looks at files and folders; `clock` counts seconds, `work` those that this process was at work."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        clock: Callable[[], float] = time.monotonic,
        work: Callable[[], float] = time.process_time,
    ) -> None:
        self._paths = paths
        self._clock = clock
        self._work = work
        self._taken: dict[str, _Signature] = {}
        self._restless: dict[str, tuple[_Signature, float]] = {}
        self._said: set[Rejection] = set()
        self.pause = LOOK_SECONDS  # until the next look

    def look(self) -> tuple[list[FoundFile], list[Rejection]]:
        """The files to read now, in the order of their names, and what was not said before about the rest."""
        started = self._work()
        met = find(self._paths)
        files = {each.name: each for each in met if isinstance(each, FoundFile)}
        rejections = {each for each in met if isinstance(each, Rejection) and each.reason != NO_FILE}
        unsaid = [each for each in met if each in rejections and each not in self._said]
        self._said = rejections  # what was mended and broke again is said again
        self._taken = {name: known for name, known in self._taken.items() if name in files}
        self._restless = {name: known for name, known in self._restless.items() if name in files}
        now = self._clock()
        ready = [file for file in files.values() if self._is_ready(file, now)]
        self.pause = max(LOOK_SECONDS, (self._work() - started) * (1 / LOOK_SHARE - 1))
        return ready, unsaid

    def took(self, files: Iterable[FoundFile]) -> None:
        """These were read, as they were at the last look: they come again when they change."""
        for file in files:
            self._taken[file.name] = _signature(file)
            self._restless.pop(file.name, None)

    def _is_ready(self, file: FoundFile, now: float) -> bool:
        signature = _signature(file)
        if self._taken.get(file.name) == signature:
            return False
        if file.is_settled or _was_put_in_place(file):
            return True
        known, since = self._restless.get(file.name, (None, now))
        if known != signature:
            self._restless[file.name] = signature, now
            return False
        return now - since >= STILL_SECONDS


def _signature(file: FoundFile) -> _Signature:
    return file.size, file.mtime_ns


def _was_put_in_place(file: FoundFile) -> bool:
    """Renamed, or given the time of its original, after the last byte was written: only what is finished is."""
    return file.size > 0 and file.ctime_ns > file.mtime_ns
