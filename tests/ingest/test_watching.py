"""Which files are read while a folder is watched, on real files; only the clock is made."""

import os
import time
from pathlib import Path

import pytest

from searchsvc.ingest.finding import FoundFile
from searchsvc.ingest.watching import STILL_SECONDS, Watch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def watch(folder: Path, clock: Clock) -> Watch:
    return Watch([folder], clock)


def ready(watch: Watch) -> list[str]:
    files, _ = watch.look()
    watch.took(files)
    return [Path(file.name).name for file in files]


def old(path: Path) -> Path:
    os.utime(path, (1e9, 1e9))
    return path


def test_what_lies_there_is_read_at_once_and_only_once(folder: Path, watch: Watch) -> None:
    for name in ("b.txt", "a.txt"):
        old(folder / name) if (folder / name).write_text("x") else None
    assert ready(watch) == ["a.txt", "b.txt"]
    assert ready(watch) == []


def test_a_file_is_read_when_it_has_been_still_for_a_moment(folder: Path, watch: Watch, clock: Clock) -> None:
    with (folder / "a.txt").open("w") as file:
        for _ in range(5):
            file.write("half a line")
            file.flush()
            clock.now += STILL_SECONDS
            assert ready(watch) == []
    clock.now += STILL_SECONDS / 2
    assert ready(watch) == []
    clock.now += STILL_SECONDS
    assert ready(watch) == ["a.txt"]


def test_a_file_that_is_renamed_into_place_is_read_at_once(folder: Path, watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("x")
    time.sleep(0.05)  # beyond the tick of the file system's clock
    (tmp_path / "new").rename(folder / "a.txt")
    assert ready(watch) == ["a.txt"]


def test_a_name_of_something_unfinished_is_waited_for(folder: Path, watch: Watch) -> None:
    old(folder / "a.txt.part") if (folder / "a.txt.part").write_text("x") else None
    assert ready(watch) == []
    (folder / "a.txt.part").rename(folder / "a.txt")
    assert ready(watch) == ["a.txt"]


def test_a_changed_file_is_read_again_and_a_touched_one_when_its_time_is_another(folder: Path, watch: Watch) -> None:
    path = folder / "a.txt"
    path.write_text("x")
    old(path)
    assert ready(watch) == ["a.txt"]
    path.write_text("y and more")
    old(path)
    assert ready(watch) == ["a.txt"]
    assert ready(watch) == []


def test_what_was_not_taken_comes_again(folder: Path, watch: Watch) -> None:
    (folder / "a.txt").write_text("x")
    old(folder / "a.txt")
    assert len(watch.look()[0]) == len(watch.look()[0]) == 1


def test_a_file_that_goes_and_comes_back_is_read_again(folder: Path, watch: Watch) -> None:
    for _ in range(2):
        (folder / "a.txt").write_text("x")
        old(folder / "a.txt")
        assert ready(watch) == ["a.txt"]
        (folder / "a.txt").unlink()
        assert ready(watch) == []


def test_folders_that_come_later_are_watched_too(tmp_path: Path, clock: Clock) -> None:
    watch = Watch([tmp_path / "later"], clock)
    files, rejections = watch.look()
    assert (files, [each.reason for each in rejections]) == ([], ["no such file or folder"])
    assert watch.look() == ([], [])  # said once
    (tmp_path / "later" / "2015" / "09").mkdir(parents=True)
    assert watch.look() == ([], [])  # empty, and nothing is wrong with it
    (tmp_path / "later" / "2015" / "09" / "a.txt").write_text("x")
    old(tmp_path / "later" / "2015" / "09" / "a.txt")
    assert ready(watch) == ["a.txt"]


def test_what_is_wrong_is_said_once_and_again_when_it_was_mended_between(folder: Path, watch: Watch) -> None:
    link = folder / "a.txt"
    for _ in range(2):
        link.symlink_to(folder / "nowhere")
        assert [each.reason for each in watch.look()[1]] == ["a link to nothing"]
        assert watch.look()[1] == []
        link.unlink()
        assert watch.look()[1] == []


def test_looking_takes_a_third_of_the_time_at_most(folder: Path) -> None:
    """With as many files as take two seconds to look at."""
    work = iter([0.0, 2.0])
    watch = Watch([folder], work=lambda: next(work))
    watch.look()
    assert watch.pause == pytest.approx(4.0)


def test_a_file_of_the_future_is_read_when_it_is_still(folder: Path, watch: Watch, clock: Clock) -> None:
    path = folder / "a.txt"
    path.write_text("x")
    at = time.time() + 3_600
    os.utime(path, (at, at))
    file = watch.look()[0]
    clock.now += 1
    assert not file
    assert all(isinstance(each, FoundFile) for each in watch.look()[0])
    assert ready(watch) == ["a.txt"]
