"""Children: processes that work for this one, each with a pipe to it and one from it.

A child inherits nothing: no file, no lock, no thread. Ctrl-C goes to all processes of a terminal, and it is the
parent's to answer: a child is born deaf to it. It ends when the parent does, at the end of the pipe that it reads from.
"""

import multiprocessing
import re
import signal
from collections.abc import Callable
from multiprocessing import resource_tracker
from pathlib import Path
from weakref import WeakSet

_OWN = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)
_SPAWN = multiprocessing.get_context("spawn")


class Child:
    """Runs `work(jobs, results, *arguments)`: it receives what is sent to `jobs` here, and `results` what it sends."""

    def __init__(self, work: Callable[..., None], arguments: tuple[object, ...]) -> None:
        jobs, self.jobs = _SPAWN.Pipe(duplex=False)
        self.results, results = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=work, args=(jobs, results, *arguments), daemon=True)
        # (The tracker is a process that Python starts beside the first child; starting it, it lifts the block.)
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
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ended_by(self) -> str:
        """Of one that has died: "signal 9" or "exit code 1"."""
        self._process.join(timeout=5)
        code = self._process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def end(self) -> None:
        """At once, whatever it does."""
        _children.discard(self)
        self._process.kill()
        self._process.join()
        self._process.close()
        self.jobs.close()
        self.results.close()


_children: WeakSet[Child] = WeakSet()


def own_mb() -> tuple[float, int]:
    """What this process and its children have in memory of their own, in MiB, and how many children there are.

    0 MiB where the system does not say.
    """
    pids = [child.pid for child in _children]
    return sum(map(_own_mb, ["self", *map(str, pids)])), len(pids)


def _own_mb(pid: str) -> float:
    try:
        found = _OWN.search(Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def stay_deaf() -> None:
    """To be called first by what a child runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
