"""Child processes: each has a pipe from its parent for jobs, and one to it for results.

A child inherits no file, lock or thread: it is spawned. Ctrl-C goes to all processes of a terminal, and the parent
answers it: children ignore it. A child ends with its parent, when the pipe that it reads from is closed.

Not for what children do: `engines.embedded.write.worker_processes` and `ingest.workers` say that.
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

    What is sent to `jobs` here, `work` receives from its `jobs`; what it sends to its `results`, arrives at `results`
    here. It is started at once, with SIGINT and SIGTERM blocked until it calls `ignore_signals`.
    """

    def __init__(self, work: Callable[..., None], arguments: tuple[object, ...]) -> None:
        jobs, self.jobs = _SPAWN.Pipe(duplex=False)
        self.results, results = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=work, args=(jobs, results, *arguments), daemon=True)
        # Python starts a tracker process with the first child, and unblocks signals in doing so: it is started before.
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
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it is running."""
        return self._process.is_alive()

    def ended_by(self) -> str:
        """What ended a child that has died, as "signal 9" or "exit code 1"; waits up to five seconds for its end."""
        self._process.join(timeout=5)
        code = self._process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def end(self) -> None:
        """Kill it, wait for its end, and close the pipes."""
        _children.discard(self)
        self._process.kill()
        self._process.join()
        self._process.close()
        self.jobs.close()
        self.results.close()


_children: WeakSet[Child] = WeakSet()


def private_mb() -> tuple[float, int]:
    """The private memory of this process and its children in MiB, and the number of children.

    Private are the pages that are not of mapped files (RssAnon in Linux). 0 MiB where the system does not say.
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
    """Ignore SIGINT and SIGTERM in this process. What a child runs calls it first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
