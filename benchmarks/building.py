"""Building: an index made by one engine in a process of its own, and what it took.

    python -m benchmarks.building '{"engine": "tantivy", …}'     # the child; prints JSON

The clock runs while the engine has the articles: up to IN_MEMORY of them are objects in memory before it starts; of
more, it stands while the next ones are read. Each engine makes its own documents of them, and the JSON text that it
keeps, inside the timed part. Before, each indexes a few articles elsewhere, so that libraries are loaded and, in our
case, compiled loops are compiled, which happens once on a machine and is then kept. Indexes stay for the next run, as
long as neither engine nor articles have changed.
"""

import gc
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.corpora import HERE, Corpus, read_articles
from benchmarks.peers.base import Asked, Kind, Peer
from benchmarks.peers.embedded import EmbeddedPeer
from benchmarks.peers.registry import OURS, PEERS
from searchsvc.model.article import Article

IN_MEMORY = 200_000  # articles, some 600 MB
MEMORY_MB = 512  # which our engine is told to keep within, where nothing else is said
WARM_UP = 500  # articles
OPENED = 3  # fresh processes, of which the median counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which engine indexes what, where, and how."""

    engine: str
    files: tuple[str, ...]
    count: int
    folder: str
    commits: int = 1
    processes: int = 1  # ours only
    memory_mb: int = MEMORY_MB  # ours only: the setting ingest_memory_mb


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build took. Memory is what the process took above what it held when it began."""

    articles: int
    seconds: float
    processor_seconds: float
    added_mib: float
    peak_mib: float  # of the whole process, articles in memory included
    size_bytes: int

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds


def build(corpus: Corpus, engine: str, work: Path, **how: int) -> tuple[Path, Built]:
    """The folder of the index, and what it took when it was made. `how`: see Plan."""
    name = "-".join([corpus.name, engine, *(f"{key}{value}" for key, value in sorted(how.items()))])
    folder, facts = work / "indexes" / name, work / "indexes" / f"{name}.json"
    plan = Plan(engine=engine, files=tuple(map(str, corpus.files)), count=corpus.count, folder=str(folder), **how)
    stamp = _stamp(engine)
    if facts.exists() and folder.exists():
        known = json.loads(facts.read_text("utf-8"))
        if known.pop("stamp") == stamp:
            return folder, _built(known)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    said = _child({"build": asdict(plan)})
    facts.write_text(json.dumps({**said, "stamp": stamp}), "utf-8")
    return folder, _built(said)


def first_answer_ms(engine: str, folder: Path, word: str) -> float:
    """Milliseconds to open an index and answer a first question, in a process with everything imported already."""
    taken = [_child({"open": {"engine": engine, "folder": str(folder), "word": word}}) for _ in range(OPENED)]
    return float(sorted(each["ms"] for each in taken)[OPENED // 2])


def _built(said: Mapping[str, float]) -> Built:
    return Built(
        articles=int(said["articles"]),
        seconds=said["seconds"],
        processor_seconds=said["processor_seconds"],
        added_mib=said["added_mib"],
        peak_mib=said["peak_mib"],
        size_bytes=int(said["size_bytes"]),
    )


def _child(task: dict[str, object]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.building", json.dumps(task)],
        cwd=HERE, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def _stamp(engine: str) -> str:
    """Changes with the code that writes the index."""
    sources = [HERE / "benchmarks" / name for name in ("building.py", "corpora.py", "peers/base.py")]
    if engine == OURS:
        for room in ("engines", "docvalues", "model", "text"):
            sources += sorted((HERE / "searchsvc" / room).rglob("*.py"))
    else:
        sources.append(HERE / "benchmarks" / "peers" / f"{engine}.py")
    told = hashlib.blake2b(PEERS[engine].make().name.encode(), digest_size=8)
    for path in sources:
        told.update(path.read_bytes())
    return told.hexdigest()


# --- in the child -----------------------------------------------------------------------------------------------------


class Feed:
    """Articles from files, some at a time; `seconds` and `processor_seconds` went into reading them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.seconds = self.processor_seconds = 0.0
        self._all = list(self._read()) if plan.count <= IN_MEMORY else None
        self.seconds = self.processor_seconds = 0.0

    def __iter__(self) -> Iterator[Article]:
        return iter(self._all) if self._all is not None else self._read()

    def _read(self) -> Iterator[Article]:
        left = self._plan.count
        for path in self._plan.files:
            before, processor_before = time.perf_counter(), time.process_time()
            articles = list(read_articles(Path(path)))[:left]
            self.seconds += time.perf_counter() - before
            self.processor_seconds += time.process_time() - processor_before
            left -= len(articles)
            yield from articles


def read_articles_of(plan: Plan, count: int) -> list[Article]:
    return list(islice(read_articles(Path(plan.files[0])), count))


def run_build(plan: Plan) -> Built:
    peer: Peer = PEERS[plan.engine].make()
    if plan.engine == OURS:
        peer = EmbeddedPeer(memory_mb=plan.memory_mb, processes=plan.processes)
    feed = Feed(plan)
    gc.collect()
    gc.freeze()  # what we hold is not the engine's to look through
    held = memory_mib("VmRSS")
    with tempfile.TemporaryDirectory(dir=Path(plan.folder).parent) as elsewhere:
        peer.build(read_articles_of(plan, WARM_UP), Path(elsewhere) / "index")
    before, processor_before = time.perf_counter(), _processor_seconds()
    peer.build(feed, Path(plan.folder), commit_every=-(-plan.count // plan.commits) if plan.commits > 1 else 0)
    seconds = time.perf_counter() - before - feed.seconds
    processor_seconds = _processor_seconds() - processor_before - feed.processor_seconds
    peak = memory_mib("VmHWM")
    return Built(
        articles=plan.count,
        seconds=seconds,
        processor_seconds=processor_seconds,
        added_mib=peak - held,
        peak_mib=peak,
        size_bytes=sum(path.stat().st_size for path in Path(plan.folder).rglob("*") if path.is_file()),
    )


def run_open(engine: str, folder: str, word: str) -> float:
    peer = PEERS[engine].make()
    before = time.perf_counter()
    peer.open(Path(folder))
    peer.answer(Asked(kind=Kind.TERM, words=(word,)))
    taken = (time.perf_counter() - before) * 1000
    peer.close()
    return taken


def memory_mib(which: str) -> float:
    """Of this process: VmRSS, what it has in memory now; VmHWM, the most it ever had.

    From the kernel's own account: the peak that `getrusage` gives a child includes its parent's before the child began.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("ascii").splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) / 1024
    unit = 1024 if sys.platform == "darwin" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / unit


def _processor_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    task = json.loads(sys.argv[1])
    if "build" in task:
        print(json.dumps(asdict(run_build(Plan(**task["build"])))))
    else:
        print(json.dumps({"ms": run_open(**task["open"])}))


if __name__ == "__main__":
    main()
