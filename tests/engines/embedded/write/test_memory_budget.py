"""A writer keeps to its budget on a real archive, while it buffers, flushes and merges."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from benchmarks.ingesting import Watch
from searchsvc.engines.embedded.write import memory_budget
from searchsvc.engines.embedded.write.memory_budget import (
    BASE_MB,
    EACH_MB,
    FLUSH_BYTES,
    LIBRARIES_EACH_MB,
    LIBRARIES_MB,
    MIN_TOKENS,
    SPARE_MB,
    START_MB,
    TOKEN_BYTES,
    MemoryBudget,
)

ROOT = Path(__file__).parents[4]
DATA = ROOT.parent / "shared" / "data" / "reuters_2006_2010" / "2006.jsonl.gz"
BUDGET_MB = 300

# Counted is what the process has for itself: pages of mapped files are the system's, which takes them back at need.
PROGRAM = """
    import gzip, json, sys, threading, time
    from pathlib import Path
    from searchsvc.engines.embedded.write import merge_policy
    from searchsvc.engines.embedded.engine import EmbeddedEngine
    from searchsvc.model.article import Article, ArticleId

    def own_mb():
        fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
        return int(fields["RssAnon"].split()[0]) / 1_000

    def watch():
        while True:
            most[0] = max(most[0], own_mb())
            time.sleep(0.02)

    most = [0.0]
    threading.Thread(target=watch, daemon=True).start()
    merge_policy.MAX_SEGMENTS = 1
    engine = EmbeddedEngine(Path(sys.argv[1]), memory_mb=int(sys.argv[3]))
    with gzip.open(sys.argv[2], "rt") as file, engine.writer() as writer:
        for number, line in zip(range(int(sys.argv[4])), file):
            record = json.loads(line)
            headline, body = record.get("headline") or "", record.get("body") or record.get("text") or ""
            writer.put(Article(id=ArticleId(str(number)), headline=headline, body=body))
    print(engine.status().segments, most[0])
"""


@pytest.mark.parametrize("others", [0, 2])
@pytest.mark.parametrize("held_before", [START_MB, START_MB + 500])
def test_a_budget_is_spent_when_a_flush_needs_the_rest(
    monkeypatch: pytest.MonkeyPatch, others: int, held_before: int
) -> None:
    """What the process had before the ingest does not count, but what it begins to write with."""
    monkeypatch.setattr(memory_budget, "private_mb", lambda: (float(held_before), others))
    budget = MemoryBudget(1_000)
    taken = START_MB + LIBRARIES_MB + LIBRARIES_EACH_MB * others + SPARE_MB
    last = int((1_000 - taken) * 1e6 / FLUSH_BYTES)
    assert not budget.is_spent(last - 1)
    assert budget.is_spent(last + 1)
    monkeypatch.setattr(memory_budget, "private_mb", lambda: (10_000.0, others))
    assert budget.is_spent(MIN_TOKENS)
    assert not budget.is_spent(MIN_TOKENS - 1)


def test_a_budget_is_estimated_where_the_system_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_budget, "private_mb", lambda: (0.0, 2))
    budget = MemoryBudget(1_000)
    last = int((1_000 - BASE_MB - 2 * EACH_MB) * 1e6 / TOKEN_BYTES)
    assert not budget.is_spent(last - 1)
    assert budget.is_spent(last + 1)


def peak_mb(index_dir: Path, articles: int) -> tuple[int, float]:
    """How many segments there are after, and the most megabytes that the process had."""
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(PROGRAM), *map(str, (index_dir, DATA, BUDGET_MB))]
    done = subprocess.run([*command, str(articles)], capture_output=True, text=True, cwd=ROOT, check=True)
    segments, most = done.stdout.split()
    return int(segments), float(most)


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.exists(), reason="no corpora beside the checkout")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to measure by")
def test_a_writer_keeps_to_its_budget(tmp_path: Path) -> None:
    peak_mb(tmp_path / "first", 50)  # loops are compiled here if they never were: that takes memory of its own
    segments, most = peak_mb(tmp_path / "index", 12_000)
    assert segments < 5  # so that segments were merged
    assert most < BUDGET_MB


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.exists(), reason="no corpora beside the checkout")
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no /proc to measure by")
def test_all_processes_of_an_ingest_keep_to_it_together(tmp_path: Path) -> None:
    """With all the pages that they map, counted once where they share them; of the two that read each has a model."""
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(tmp_path / "index"), "ingest", "--fresh"]
    environ = {**os.environ, "SEARCHSVC_INGEST_MEMORY_MB": "512"}
    process = subprocess.Popen(
        [*command, "--processes", "2", str(DATA.with_name("2008.jsonl.gz"))],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.DEVNULL,
    )
    watch = Watch(process.pid)
    watch.start()
    assert process.wait() in (0, 1)  # 1: some were rejected
    watch.join()
    assert 350 < watch.peak_mib < 512
