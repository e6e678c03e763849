"""Ingesting: a real archive read by the command line, as its owner would: articles a second, memory, size.

Unlike indexing articles that are in memory (`building`), this is all of it: files read, dates and bylines found,
repeats left out, articles indexed.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.corpora import HERE, SHARED
from searchsvc.engines.embedded.engine import EmbeddedEngine

FOLDERS = ("reuters_2006_2010", "digitalgov")


def ingest_section(work: Path, memory_mb: int) -> dict[str, Any] | None:  # Any: JSON
    """What it took, in a process of its own; None where there is no such archive beside the checkout.

    Memory is the most that the process, or one that it started, had resident.
    """
    folders = [SHARED / name for name in FOLDERS if (SHARED / name).is_dir()]
    if not folders:
        return None
    index = work / "indexes" / "ingested"
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "ingest", "--fresh", "--json"]
    environ = {**os.environ, "SEARCHSVC_INGEST_MEMORY_MB": str(memory_mb)}
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, *map(str, folders)], cwd=HERE, env=environ, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    _, _, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    engine = EmbeddedEngine(index)
    status = engine.status()
    engine.close()
    return {
        "articles": status.articles,
        "rejected": said["rejected"],
        "seconds": seconds,
        "rate": said["added"] / seconds,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
        "memory_mb": memory_mb,
        "size_bytes": status.size_bytes,
        "segments": status.segments,
    }
