"""Walks and rooms: what is counted on a small package, and that the project's own tree can be counted."""

import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import checkouts
from benchmarks.checkouts import HERE
from benchmarks.rooms import by_room, circle_in, floors, import_graph, rooms_table, shape_of
from benchmarks.walks import Counting, walks_of

FILES = {
    "paper/__init__.py": '"""A package."""\n',
    "paper/desk.py": "from paper.room import press\n\ndef ask(number):\n    return press.printed(press.many(number))\n",
    "paper/room/__init__.py": '"""A room."""\n',
    "paper/room/press.py": (
        "from paper.room.ink import drop\n\n"
        "def printed(drops):\n    return sorted(drops, key=lambda each: drop(each))\n\n"
        "def many(number):\n    return [drop(each) for each in range(number)]\n"
    ),
    "paper/room/ink.py": "def drop(each):\n    return -each\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def desk(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(checkout))
    yield importlib.import_module("paper.desk")
    for name in [name for name in sys.modules if name.partition(".")[0] == "paper"]:
        del sys.modules[name]


def test_a_move_is_a_call_or_a_return_from_one_file_to_another(desk: ModuleType, checkout: Path) -> None:
    counting = Counting(f"{checkout}/paper/")
    with counting.watching():
        desk.ask(3)
    walk = counting.walk("three")
    assert walk.files == ("desk.py", "room/ink.py", "room/press.py")
    assert {(start, end): times for start, end, times in walk.moves} == {
        ("desk.py", "room/press.py"): 2,
        ("room/press.py", "desk.py"): 2,
        ("room/press.py", "room/ink.py"): 6,  # three of them by way of `sorted`
        ("room/ink.py", "room/press.py"): 6,
    }
    assert walk.row == ("three", 3, 16, 0, 0)


def test_a_thread_that_a_walk_starts_is_counted_with_it(desk: ModuleType, checkout: Path) -> None:
    counting = Counting(f"{checkout}/paper/")
    with counting.watching():
        thread = threading.Thread(target=desk.ask, args=(1,))
        thread.start()
        thread.join()
    desk.ask(1)  # after the walk
    assert sum(times for _, _, times in counting.walk("one").moves) == 8


def test_modules_and_arrows_are_read_from_the_imports(checkout: Path) -> None:
    graph = import_graph(checkout, "paper")
    assert graph == {"desk": {"room.press"}, "room.press": {"room.ink"}, "room.ink": set()}
    assert floors(graph) == [{"room.ink"}, {"room.press"}, {"desk"}]
    assert by_room(graph) == {"desk": {"room"}, "room": set()}
    page = rooms_table(checkout, "paper")
    assert "| paper: files | 3 | 3 | 2 |" in page
    assert "| paper: rooms | 2 | 2 | 1 |" in page


def test_a_circle_stands_on_one_floor_and_is_named(checkout: Path) -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert floors(graph) == [{"d"}, {"b", "c"}, {"a"}]
    assert set(circle_in(graph)) == {"b", "c"}
    assert shape_of(graph).floors == 3
    (checkout / "paper" / "room" / "ink.py").write_text("from paper.desk import ask\n", "utf-8")
    assert "a circle among its rooms: " in rooms_table(checkout, "paper")


def test_a_folder_without_searchsvc_is_named(checkout: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no checkout of searchsvc"):
        checkouts.start("benchmarks.walks", [], checkout)
    with pytest.raises(FileNotFoundError, match="has no package"):
        rooms_table(checkout, "searchsvc.engines.embedded")


def test_the_three_walks_of_this_checkout_are_counted() -> None:
    search, related, page = walks_of(HERE)
    for walk in (search, related, page):
        assert any(file.startswith("archive") for file in walk.files), walk.name
        _, files, moves, files_inside, moves_inside = walk.row
        assert isinstance(files, int)
        assert isinstance(moves, int)
        assert files > 10 < moves, walk.name
        assert 0 < files_inside < files, walk.name  # type: ignore[operator]  # numbers after the name
        assert 0 < moves_inside < moves, walk.name  # type: ignore[operator]
    assert any(file.startswith("web/") for file in search.files)
    assert not any(file.startswith("web/") for file in related.files)
    assert any(file.startswith("ingest/") for file in page.files)
