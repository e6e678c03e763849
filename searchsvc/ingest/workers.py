"""Workers: processes that do the jobs of reading, and what came of them in the order of the jobs.

A worker that dies costs what it was reading and nothing else: another takes its place, the lines of a job are tried
again one by one, and only the one that kills is rejected. What waits for its turn is bounded: a job is begun only when
few are before it, and a worker that is far ahead has to wait. Not for what a job is (`reading`).
"""

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from multiprocessing.connection import Connection, wait
from queue import Queue
from typing import Any, Self

from searchsvc.children import Child, ignore_signals
from searchsvc.errors import IngestError
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.finding import FoundFile
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.reading import FilePart, Job, decoded, encoded, perform

AT_HAND = 2  # jobs given to a worker at once: the next is there when one is done
MOST_WAITING = 4  # jobs for each worker that wait for their turn to be given on
PARTS_AHEAD = 4  # of one job that is not next; each is some 50 articles
PATIENCE = 300.0  # seconds that a worker may be silent while it is waited for; the longest files met take some ten
MOST_DEATHS = 20  # of one file, after which its lines are not tried one by one any more
MOST_FALSE_STARTS = 5  # of processes that are killed before they have begun, as when memory is short
_LOOK = 0.2  # seconds between two looks at whether to stop


@dataclass(eq=False)
class _Task:
    """A job on its way, and what has come of it so far."""

    file: FoundFile
    job: Job | None  # None: the parts came from elsewhere
    parts: deque[FilePart] = field(default_factory=deque)
    is_done: bool = False
    is_careful: bool = False  # line by line, a part for each
    lines_done: int = 0


class Workers:
    """Processes that are started as they are needed, up to `count`; a context manager that ends them."""

    def __init__(self, count: int, options: ReadOptions, today: date, *, patience: float = PATIENCE) -> None:
        self._count = count
        self._arguments = (replace(options, mapping=dict(options.mapping)), today)
        self._patience = patience
        self._workers: list[_Worker] = []
        self._deaths: dict[str, int] = {}
        self._false_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def run(
        self, work: Iterator[tuple[FoundFile, Job | FilePart]], should_stop: Callable[[], bool]
    ) -> Iterator[tuple[FoundFile, FilePart]]:
        """The parts of all jobs, and those that came ready, in their order; ends early when told to stop.

        Raises IngestError when processes cannot be started.
        """
        tasks: deque[_Task] = deque()
        is_more = True
        while True:
            while is_more and len(tasks) < MOST_WAITING * self._count and (worker := self._idlest()) is not None:
                if (following := next(work, None)) is None:
                    is_more = False
                else:
                    tasks.append(self._begin(*following, worker))
            while tasks and (tasks[0].parts or tasks[0].is_done):
                if not tasks[0].parts:
                    tasks.popleft()
                    continue
                yield tasks[0].file, tasks[0].parts.popleft()
            if not tasks and not is_more:
                return
            if tasks and not self._receive(tasks[0], should_stop):
                return

    def _idlest(self) -> "_Worker | None":
        """The worker with the fewest jobs at hand, a new one if there may be one; None when all have enough."""
        for worker in [each for each in self._workers if not each.tasks and not each.is_alive]:
            worker.end()
            self._workers.remove(worker)
        idlest = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if (idlest is None or idlest.tasks) and len(self._workers) < self._count:
            idlest = _Worker(self._arguments)
            self._workers.append(idlest)
        return idlest if idlest is not None and len(idlest.tasks) < AT_HAND else None

    def _begin(self, file: FoundFile, work: Job | FilePart, worker: "_Worker") -> _Task:
        if isinstance(work, FilePart):
            return _Task(file, None, deque([work]), is_done=True)
        task = _Task(file, work)
        worker.give(task)
        return task

    def _receive(self, next_task: _Task, should_stop: Callable[[], bool]) -> bool:
        """Take what there is, waiting for it if need be; False when told to stop."""
        waited = 0.0
        while True:
            wanted = [worker for worker in self._workers if worker.tasks and _is_wanted(worker.tasks[0], next_task)]
            ready = wait([worker.results for worker in wanted], timeout=_LOOK)
            for worker in wanted:
                if worker.results in ready and not worker.take():
                    if worker.has_begun:
                        self._replace(worker, f"the process that read it died ({worker.ended_by()})")
                    else:
                        self._start_again(worker)
            if ready:
                return True
            if should_stop():
                return False
            waited += _LOOK
            if waited > self._patience:
                [worker] = [worker for worker in wanted if worker.tasks[0] is next_task]
                self._replace(worker, f"reading it took longer than {self._patience:,.0f} seconds")
                return True

    def _replace(self, worker: "_Worker", reason: str) -> None:
        """Another in the place of a worker that died: it tries the first job's lines one by one, then the others."""
        worker.end()
        self._workers.remove(worker)
        failed, *others = worker.tasks
        assert failed.job is not None
        deaths = self._deaths[failed.file.name] = self._deaths.get(failed.file.name, 0) + 1
        if failed.job.first_line and deaths <= MOST_DEATHS:
            if failed.is_careful:
                line = failed.job.first_line + failed.lines_done
                _reject(failed, reason, f"line {line}")
                rest = failed.job.lines[failed.lines_done + 1 :]
                failed.job = replace(failed.job, first_line=line + 1, lines=rest)
                failed.lines_done = 0
            failed.is_careful = True
        else:
            last = failed.job.first_line + len(failed.job.lines) - 1
            first = failed.job.first_line + failed.lines_done
            _reject(failed, reason, f"lines {first} to {last}" if failed.job.first_line else "")
            failed.is_done = True
        if failed.is_careful and not failed.job.lines:
            failed.is_done = True
        self._hand_over([task for task in (failed, *others) if not task.is_done])

    def _start_again(self, worker: "_Worker") -> None:
        """One that died before it had looked at anything is no fault of a file."""
        ended_by = worker.ended_by()
        worker.end()
        self._workers.remove(worker)
        self._false_starts += 1
        if not ended_by.startswith("signal") or self._false_starts > MOST_FALSE_STARTS:
            raise IngestError(
                f"a process that was to read files did not start ({ended_by})",
                hint="read with one process: --processes 1 (a script needs its `if __name__ == '__main__':` for more)",
            )
        self._hand_over(list(worker.tasks))

    def _hand_over(self, tasks: "list[_Task]") -> None:
        if tasks:
            successor = _Worker(self._arguments)
            self._workers.append(successor)
            for task in tasks:
                successor.give(task)


def _is_wanted(task: _Task, next_task: _Task) -> bool:
    return task is next_task or len(task.parts) < PARTS_AHEAD


def _reject(task: _Task, reason: str, position: str) -> None:
    rejection = Rejection(reason=reason, source=task.file.name, position=position)
    task.parts.append(FilePart(items=(rejection,), is_failed=True))


class _Worker:
    """One process, with a pipe to it and one from it."""

    def __init__(self, arguments: tuple[ReadOptions, date]) -> None:
        self._child = Child(_work, arguments)
        self.results = self._child.results
        self.tasks: deque[_Task] = deque()  # at hand, in the order of their doing
        self.has_begun = False

    @property
    def is_alive(self) -> bool:
        return self._child.is_alive

    def give(self, task: _Task) -> None:
        assert task.job is not None
        self.tasks.append(task)
        job = task.job
        file = [getattr(job.file, name) for name in FoundFile.__dataclass_fields__]
        about = {"file": file, "first_line": job.first_line, "format": job.format, "lines": len(job.lines)}
        # One that has just died is met when its results are waited for.
        with contextlib.suppress(BrokenPipeError):
            self._child.jobs.send_bytes(json.dumps({**about, "is_careful": task.is_careful}).encode())
            for line in job.lines:
                self._child.jobs.send_bytes(line)

    def take(self) -> bool:
        """One part; False when the process is no more."""
        try:
            content = self.results.recv_bytes()
        except (EOFError, OSError):
            return False
        if content == _BEGUN:
            self.has_begun = True
            return True
        task = self.tasks[0]
        task.parts.append(decoded(content[1:]))
        task.lines_done += task.is_careful
        if content[:1] == _LAST:
            self.tasks.popleft().is_done = True
        return True

    def ended_by(self) -> str:
        return self._child.ended_by()

    def end(self) -> None:
        self._child.end()


def _work(jobs: Connection, results: Connection, options: ReadOptions, today: date) -> None:
    """A worker's life: until there are no more jobs, or nobody who wants to know."""
    ignore_signals()
    at_hand: Queue[tuple[Job, bool] | None] = Queue()
    # Jobs are taken off the pipe while another is done, so that whoever sends one never waits for who is sending too.
    threading.Thread(target=_fetch, args=(jobs, at_hand), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        results.send_bytes(_BEGUN)
        while (task := at_hand.get()) is not None:
            job, is_careful = task
            if not is_careful:
                for part in perform(job, options, today):
                    # Of lines there is one part; the last of a whole file has its hash, or says that it failed.
                    is_last = job.first_line or part.content or part.is_failed
                    results.send_bytes((_LAST if is_last else _MORE) + encoded(part))
                continue
            for place, one in enumerate(_lines_of(job), start=1):
                [part] = perform(one, options, today)
                results.send_bytes((_LAST if place == len(job.lines) else _MORE) + encoded(part))


_BEGUN = b"!"
_MORE, _LAST = b"+", b"."  # whether another part of the same job will come


def _lines_of(job: Job) -> Iterator[Job]:
    for number, line in enumerate(job.lines, start=job.first_line):
        yield replace(job, first_line=number, lines=(line,))


def _fetch(jobs: Connection, at_hand: "Queue[tuple[Job, bool] | None]") -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            about: dict[str, Any] = json.loads(jobs.recv_bytes())  # Any: as `give` wrote it
            lines = tuple(jobs.recv_bytes() for _ in range(about.pop("lines")))
            is_careful = about.pop("is_careful")
            at_hand.put((Job(file=FoundFile(*about.pop("file")), lines=lines, **about), is_careful))
    at_hand.put(None)
