"""Ingesting: a real archive read by the command line, as its owner would: articles a second, memory, size.

Unlike indexing articles that are in memory (`building`), this is all of it: files read, dates and bylines found,
repeats left out, articles indexed.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpora import HERE, SHARED
from searchsvc.engines.registry import open_engine
from searchsvc.settings import Settings

ARCHIVE = (SHARED / "reuters_2006_2010", SHARED / "digitalgov")
LOOK_EVERY = 0.1  # seconds between two looks at the memory


def ingest_section(folders: Sequence[Path], index: Path, memory_mb: int) -> dict[str, Any]:  # Any: JSON
    """What `searchsvc ingest --fresh` took, in a process of its own."""
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "ingest", "--fresh", "--json"]
    environ = {**os.environ, "SEARCHSVC_INGEST_MEMORY_MB": str(memory_mb)}
    started, spent = time.perf_counter(), os.times()
    process = subprocess.Popen(
        [*command, *map(str, folders)], cwd=HERE, env=environ, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    watch = Watch(process.pid)
    watch.start()
    said = json.loads(process.communicate()[0])
    seconds, spent_then = time.perf_counter() - started, os.times()
    watch.join()
    engine = open_engine(Settings(index_dir=index))
    status = engine.status()
    engine.close()
    return {
        "articles": status.articles,
        "rejected": said["rejected"],
        "seconds": seconds,
        "rate": said["added"] / seconds,
        "processor_seconds": sum(spent_then[2:4]) - sum(spent[2:4]),
        "peak_mib": watch.peak_mib,
        "own_mib": watch.own_mib,
        "memory_mb": memory_mb,
        "size_bytes": status.size_bytes,
        "segments": status.segments,
    }


class Watch(threading.Thread):
    """Looks at the memory of a process and of those that it started, together, until it ends.

    `peak_mib` is the most that it saw: resident pages, mapped files included, those that processes share counted once;
    `own_mib` the most of that which is no file's. 0 where there is no /proc.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.peak_mib = self.own_mib = 0.0

    def run(self) -> None:
        while (taken := _taken_mib(self._pid))[0]:
            self.peak_mib, self.own_mib = max(self.peak_mib, taken[0]), max(self.own_mib, taken[1])
            time.sleep(LOOK_EVERY)


def _taken_mib(pid: int) -> tuple[float, float]:
    """Of the process and its children: in all, and of its own; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return 0.0, 0.0
    kib = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
    taken, own = kib["Pss:"] / 1024, kib["Anonymous:"] / 1024
    for child in children:
        of_child = _taken_mib(int(child))
        taken, own = taken + of_child[0], own + of_child[1]
    return taken, own
