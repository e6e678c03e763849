"""Children: worker processes, each with a pipe for jobs and a pipe for results.

A child is spawned, so it inherits no file, lock or thread. It ignores Ctrl-C, which a terminal sends to all processes:
the parent decides what happens. When the parent ends, the jobs pipe closes, and the child ends at its next read.
"""

import multiprocessing
import re
import signal
from collections.abc import Callable
from multiprocessing import resource_tracker
from pathlib import Path
from weakref import WeakSet

_PRIVATE = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)
_SPAWN = multiprocessing.get_context("spawn")


class Child:
    """A process that runs `work(jobs, results, *arguments)`.

    The parent sends to `self.jobs` and receives from `self.results`; `work` gets the other end of each pipe.
    """

    def __init__(self, work: Callable[..., None], arguments: tuple[object, ...]) -> None:
        jobs, self.jobs = _SPAWN.Pipe(duplex=False)
        self.results, results = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=work, args=(jobs, results, *arguments), daemon=True)
        # Signals are blocked while the child starts, until it ignores them. Python starts its resource tracker with the
        # first child, and that would unblock them: it is started before.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            jobs.close()
            results.close()
        _children.add(self)

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.is_alive()

    def ended_by(self) -> str:
        """How a dead child died: "signal 9" or "exit code 1"."""
        self._process.join(timeout=5)
        code = self._process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def end(self) -> None:
        """Kill the process, whatever it is doing, and close its pipes."""
        _children.discard(self)
        self._process.kill()
        self._process.join()
        self._process.close()
        self.jobs.close()
        self.results.close()


_children: WeakSet[Child] = WeakSet()


def private_mb() -> tuple[float, int]:
    """The anonymous resident memory of this process and its children, in MiB, and the number of children.

    0 MiB where there is no /proc.
    """
    pids = [child.pid for child in _children]
    return sum(map(_private_mb, ["self", *map(str, pids)])), len(pids)


def _private_mb(pid: str) -> float:
    try:
        found = _PRIVATE.search(Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def ignore_signals() -> None:
    """Ignore SIGINT and SIGTERM. A child's `work` calls this first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
