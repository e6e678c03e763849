"""Several processes read what one reads, in the same order; one that dies takes nothing good with it."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from searchsvc.ingest import pipeline
from searchsvc.ingest.draft import Rejection, Withdrawal
from searchsvc.ingest.finding import FoundFile, find
from searchsvc.ingest.importers.base import MAX_LINE, ReadOptions
from searchsvc.ingest.pipeline import IngestRun, Met, read
from searchsvc.ingest.reading import JOB_LINES, SPLIT_FROM, FilePart, Job, decoded, encoded, split
from searchsvc.ingest.workers import Workers
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.versions import Version

TODAY = date(2024, 3, 19)
ROOT = Path(__file__).parents[2]
FILLER = "It was a long day in the harbour, and the ferries were late again because of the wind. " * 20


def record(number: int, headline: str = "", **fields: object) -> str:
    return json.dumps({"id": f"{number:05d}", "headline": headline or f"Story {number}", "body": FILLER} | fields)


@pytest.fixture(autouse=True)
def _no_folder_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every test would have to be a large one for there to be several processes."""
    monkeypatch.setattr(pipeline, "FEW_FILES", 0)


def met(processes: int, *paths: Path) -> list[Met]:
    return list(read([*map(str, paths)], run=IngestRun(today=TODAY, processes=processes)))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with a bit of everything, some of it broken, more than one process would read alone."""
    folder = tmp_path / "in"
    folder.mkdir()
    lines = [record(n) for n in range(700)]
    lines[17] = '{"headline": "cut'
    lines[400] = record(400, body="x" * (MAX_LINE + 10))
    lines[401] = record(400, withdrawn=True, version=3, updated="2015-09-30T14:05:00Z")
    lines[600] = ""
    assert sum(map(len, lines)) > SPLIT_FROM
    text = "\n".join(lines)
    (folder / "a.jsonl").write_text(text)
    (folder / "b.jsonl").write_bytes(text.encode("utf-16"))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(os.urandom(SPLIT_FROM).hex().encode() + text.encode()))
    packed = gzip.compress(("\n".join(record(n + 5_000, os.urandom(900).hex()) for n in range(900))).encode())
    (folder / "d.jsonl.gz").write_bytes(packed[: len(packed) - 200])
    (folder / "e.csv").write_text("headline,body\n" + "".join(f"Row {n},{FILLER}\n" for n in range(300)))
    (folder / "f.json").write_text(f"[{','.join(record(n + 9_000) for n in range(300))}]")
    (folder / "g.jpg").write_bytes(b"\xff\xd8" * SPLIT_FROM)
    (folder / "h.jsonl").write_bytes(b"\0" * 2 * SPLIT_FROM)
    for number in range(30):
        (folder / f"page{number:02d}.txt").write_text(f"Bridge {number} is shut\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    return folder


def test_several_processes_give_what_one_gives_in_the_same_order(mixed: Path) -> None:
    one, three = met(1, mixed), met(3, mixed)
    assert len(one) > 2_500
    assert {type(each).__name__ for each in one} == {"Article", "Rejection", "Withdrawal", "Repeat"}
    assert three == one


def test_lines_of_a_large_file_are_shared_out_and_those_of_a_small_one_are_not(tmp_path: Path) -> None:
    large, small = tmp_path / "large.jsonl", tmp_path / "small.jsonl"
    large.write_text("\n".join(record(n) for n in range(1_000)))
    small.write_text("\n".join(record(n) for n in range(10)))
    [found] = [each for each in find([large]) if isinstance(each, FoundFile)]
    jobs = [each for each in split(found, ReadOptions()) if isinstance(each, Job)]
    assert len(jobs) >= 1_000 / JOB_LINES
    assert [job.first_line for job in jobs[:2]] == [1, 1 + len(jobs[0].lines)]
    assert sum(len(job.lines) for job in jobs) == 1_000
    [found] = [each for each in find([small]) if isinstance(each, FoundFile)]
    assert list(split(found, ReadOptions())) == [Job(file=found)]


ARTICLE = Article(
    id=ArticleId("é/1"), headline="Rain", body="It rained.\n\nس", tags=("a, b",), published_on=date(2015, 9, 30),
    revision=2, revised_at=datetime.fromisoformat("2015-09-30T14:05:00+00:00"), fingerprint=2**64 - 1,
)  # fmt: skip


def test_what_is_sent_between_processes_arrives_as_it_was() -> None:
    withdrawals = (
        Withdrawal(id=ArticleId("1"), source="a"),
        Withdrawal(id=ArticleId("2"), version=Version(3, ARTICLE.revised_at), source="a\udce9", position="line 1"),
    )
    rejection = Rejection(reason="broken", source="caf\udce9.txt", position="line 3")
    part = FilePart(items=(ARTICLE, *withdrawals, rejection), bytes_read=9, content="ab", is_failed=True)
    assert decoded(encoded(part)) == part


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a headline with DIE in it kills the process that reads it, and one with SLEEP never ends.

    No document is known to do so. A module that Python loads when a process begins puts the fault there.
    """
    folder = tmp_path / "fault"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import os, sys, time\n"
        "if 'spawn_main' in ' '.join(sys.orig_argv):\n"
        "    import searchsvc.ingest.reading as reading\n"
        "    real = reading.finish\n"
        "    def finish(draft, **options):\n"
        "        if 'DIE' in draft.headline:\n"
        "            os.kill(os.getpid(), 9)\n"
        "        while 'SLEEP' in draft.headline:\n"
        "            time.sleep(1)\n"
        "        return real(draft, **options)\n"
        "    reading.finish = finish\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{ROOT}")
    inside = tmp_path / "in"
    inside.mkdir()
    return inside


def test_a_line_that_kills_its_process_is_rejected_and_no_other_is_lost(deadly: Path) -> None:
    lines = [record(n) for n in range(1_200)]
    for bad in (5, 6, 700, 1_199):
        lines[bad] = record(bad, "DIE")
    (deadly / "a.jsonl").write_text("\n".join(lines))
    (deadly / "b.txt").write_text(f"Bridge is shut\n\n{FILLER}\n")
    seen = met(2, deadly)
    assert [each.id for each in seen if isinstance(each, Article)][:-1] == [
        f"{n:05d}" for n in range(1_200) if n not in (5, 6, 700, 1_199)
    ]
    rejections = [each for each in seen if isinstance(each, Rejection)]
    assert [each.position for each in rejections] == ["line 6", "line 7", "line 701", "line 1200"]
    assert all("died (signal 9)" in each.reason for each in rejections)


def test_a_page_that_kills_its_process_is_rejected_and_no_other_is_lost(deadly: Path) -> None:
    for number in range(40):
        headline = "DIE DIE DIE" if number % 10 == 3 else f"Bridge {number} is shut"
        (deadly / f"{number:02d}.txt").write_text(f"{headline}\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    seen = met(2, deadly)
    assert [type(each).__name__ for each in seen] == [
        "Rejection" if number % 10 == 3 else "Article" for number in range(40)
    ]


def test_a_page_that_is_never_read_to_its_end_is_given_up(deadly: Path) -> None:
    (deadly / "a.txt").write_text(f"SLEEP\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    (deadly / "b.txt").write_text(f"Bridge is shut\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    work: Iterator[tuple[FoundFile, Job | FilePart]] = (
        (each, Job(file=each)) for each in find([deadly]) if isinstance(each, FoundFile)
    )
    with Workers(2, ReadOptions(), TODAY, patience=3) as workers:
        items = [item for _, part in workers.run(work, lambda: False) for item in part.items]
    assert isinstance(items[0], Rejection)
    assert "longer than 3 seconds" in items[0].reason
    assert isinstance(items[1], Article)


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()]


def is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds its workers in /proc")
def test_a_worker_killed_from_outside_costs_no_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(record(n) for n in range(3_000)))
    seen: list[Met] = []
    for count, each in enumerate(read([tmp_path], run=IngestRun(today=TODAY, processes=2))):
        seen.append(each)
        if count in (100, 900):
            os.kill(next(pid for pid in children() if is_worker(pid)), signal.SIGKILL)
    assert [each.id for each in seen if isinstance(each, Article)] == [f"{n:05d}" for n in range(3_000)]
    assert len(seen) == 3_000
    assert not [pid for pid in children() if is_worker(pid)]


def test_processes_that_cannot_start_are_an_error_and_no_fault_of_the_files(tmp_path: Path) -> None:
    """As in a script that says what to do without asking whether it is the main one."""
    (tmp_path / "a.jsonl").write_text("\n".join(record(n) for n in range(2_500)))
    script = tmp_path / "script.py"
    script.write_text(
        "from datetime import date\n"
        "from searchsvc.ingest.pipeline import IngestRun, read\n"
        "run = IngestRun(today=date(2024, 3, 19), processes=2)\n"
        f"print(len(list(read([{str(tmp_path / 'a.jsonl')!r}], run=run))))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=100, check=False, env=environ
    )
    assert done.returncode == 1
    assert "IngestError: a process that was to read files did not start (exit code 1)" in done.stderr


def test_stopping_does_not_wait_for_what_is_being_read(deadly: Path) -> None:
    (deadly / "a.txt").write_text(f"SLEEP\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    (deadly / "b.jsonl").write_text("\n".join(record(n) for n in range(1_000)))
    started = time.monotonic()
    assert list(read([deadly], run=IngestRun(today=TODAY, processes=2, should_stop=lambda: True))) == []
    assert time.monotonic() - started < 30


def test_what_is_ahead_of_its_turn_is_bounded(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03d}.txt").write_text(f"Bridge {number} is shut\n\nGHENT, 4 May 2021\n\n{FILLER}\n")
    asked = 0

    def work() -> Iterator[tuple[FoundFile, Job | FilePart]]:
        nonlocal asked
        for each in find([tmp_path]):
            assert isinstance(each, FoundFile)
            asked += 1
            yield each, Job(file=each)

    with Workers(2, ReadOptions(), TODAY) as workers:
        for given, _ in enumerate(workers.run(work(), lambda: False)):
            assert asked - given <= 10
    assert asked == 300
