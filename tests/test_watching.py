"""`searchsvc ingest --watch` as a process of its own: real files, real signals, real time."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from searchsvc.archive.archive import Archive, open_archive
from searchsvc.settings import Settings

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds, on a machine that does much else


def page(headline: str) -> str:
    return f"{headline}\n\nGHENT, 4 May 2021\n\nThe river rose in the night, and the bridge was shut to all traffic.\n"


class Watcher:
    """The process, and the reports that it prints."""

    def __init__(self, folder: Path, index: Path, *words: str) -> None:
        self.index = index
        self.process = subprocess.Popen(
            [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "ingest", "--watch", "--json", *words,
             str(folder)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reports: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._reports.put(json.loads(line))

    def report(self) -> dict[str, Any]:
        return self._reports.get(timeout=PATIENCE)

    def is_silent(self, seconds: float) -> bool:
        try:
            self._reports.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self, number: int = signal.SIGINT) -> str:
        self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def headlines(self) -> list[str]:
        with closing(open_archive(Settings(index_dir=self.index))) as archive:
            return sorted(article.headline for article in archive.scan())


Start = Callable[..., Watcher]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "first.txt").write_text(page("First bridge is shut"))
    return folder


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[Watcher] = []

    def start(*words: str) -> Watcher:
        started.append(Watcher(folder, tmp_path / "index", *words))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.communicate()


def test_what_comes_goes_in_and_ctrl_c_ends_it_cleanly(start: Start, folder: Path) -> None:
    watcher = start()
    assert watcher.report()["added"] == 1
    (folder / "second.txt").write_text(page("Second bridge is shut"))
    assert watcher.report()["added"] == 1
    (folder / "deep").mkdir()
    third = {"id": "3", "headline": "Third bridge", "body": "It is shut."}
    (folder / "deep" / "third.jsonl").write_text(json.dumps(third))
    assert watcher.report()["added"] == 1
    (folder / "deep" / "third.jsonl").write_text(
        json.dumps({"id": "3", "headline": "Third bridge", "body": "It opens."})
    )
    assert watcher.report()["replaced"] == 1
    (folder / "second.txt").unlink()
    assert watcher.is_silent(2)
    assert watcher.headlines() == ["First bridge is shut", "Second bridge is shut", "Third bridge"]
    said = watcher.end()
    assert watcher.process.returncode == 0
    assert "No longer watching" in said
    assert "Traceback" not in said


def test_a_file_written_bit_by_bit_goes_in_whole(start: Start, folder: Path) -> None:
    watcher = start()
    watcher.report()
    with (folder / "slow.jsonl").open("w") as file:
        for number in range(12):
            file.write(json.dumps({"id": str(number), "headline": f"Story {number}", "body": "It rained."})[:-10])
            file.flush()
            time.sleep(0.2)
            file.write('t rained."}\n')
            file.flush()
    report = watcher.report()
    assert (report["added"], report["rejected"]) == (12, 0)
    assert watcher.is_silent(1.5)


def test_many_files_at_once_are_one_batch(start: Start, folder: Path, tmp_path: Path) -> None:
    watcher = start()
    watcher.report()
    new = tmp_path / "new"
    new.mkdir()
    for number in range(50):
        (new / f"{number}.txt").write_text(page(f"Bridge {number} is shut"))
    time.sleep(0.1)
    new.rename(folder / "new")
    # Their times are young, and they were put in place with their folder: so all wait together.
    assert watcher.report()["added"] == 50


def test_a_bad_file_is_said_and_the_next_goes_in(start: Start, folder: Path) -> None:
    watcher = start()
    watcher.report()
    (folder / "bad.jsonl").write_text('{"headline": "cu')
    assert watcher.report()["rejected"] == 1
    (folder / "good.txt").write_text(page("Second bridge is shut"))
    assert watcher.report()["added"] == 1


def test_a_second_start_reads_only_what_came_between(start: Start, folder: Path) -> None:
    os.utime(folder / "first.txt", (1e9, 1e9))
    watcher = start()
    watcher.report()
    assert watcher.end(signal.SIGTERM).count("Traceback") == 0
    assert watcher.process.returncode == 0
    (folder / "second.txt").write_text(page("Second bridge is shut"))
    os.utime(folder / "second.txt", (1e9, 1e9))
    report = start().report()
    assert (report["skipped"], report["added"]) == (1, 1)


def test_while_another_writes_it_waits(start: Start, folder: Path, tmp_path: Path) -> None:
    with closing(open_archive(Settings(index_dir=tmp_path / "index"))) as archive:
        assert isinstance(archive, Archive)
        with archive.engine.writer():
            watcher = start()
            assert watcher.is_silent(4)
    assert watcher.report()["added"] == 1
    assert watcher.end().count("Waiting: another process") <= 1


def test_standard_input_cannot_be_watched(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "searchsvc", "--index-dir", str(tmp_path), "ingest", "--watch", "-"],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be watched" in done.stderr
