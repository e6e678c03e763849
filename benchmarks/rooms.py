"""Rooms: how many modules, floors and arrows the embedded engine has, read from its imports.

    python -m benchmarks.rooms                          # each file, and each folder as one room
    python -m benchmarks.rooms --checkout ../other      # the same of another checkout of searchsvc
    python -m benchmarks.rooms --package searchsvc      # of another package

An arrow goes from a module to one that it imports, wherever in the file the import stands; two imports of one module
are one arrow. A module that imports no other stands on floor 1; every other stands one floor above the highest of those
that it imports, so the number of floors is the length of the longest chain of imports. Modules that import each other
in a circle stand on one floor. A room is a folder with the modules directly or deeper in it; each module directly in
the package is a room of its own.

Not for the laws on which room may import which: tests/test_architecture.py holds them.
"""

import argparse
import ast
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from benchmarks.checkouts import HERE
from benchmarks.reporting import table

PACKAGE = "searchsvc.engines.embedded"
HEADER = ("", "modules", "floors", "arrows")

Graph = Mapping[str, Set[str]]  # a module or room to those that it imports


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of an import graph. `circle` names modules that import each other, () when there is no circle."""

    modules: int
    floors: int
    arrows: int
    circle: tuple[str, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=Path, default=HERE, help="the folder that has searchsvc/")
    parser.add_argument("--package", default=PACKAGE)
    chosen = parser.parse_args()
    print(rooms_table(chosen.checkout, chosen.package))
    modules = import_graph(chosen.checkout, chosen.package)
    for name, graph in (("module", modules), ("room", by_room(modules))):
        print(f"\nFloors, each {name} on its own:\n")
        for number, of_floor in enumerate(floors(graph), 1):
            print(f"{number:3}  {' '.join(sorted(of_floor))}")


def rooms_table(checkout: Path, package: str = PACKAGE) -> str:
    """Modules, floors and arrows, per file and per room, as a Markdown table. A circle of imports gets a row."""
    modules = import_graph(checkout, package)
    rows: list[tuple[object, ...]] = []
    for name, graph in (("files", modules), ("rooms", by_room(modules))):
        shape = shape_of(graph)
        rows.append((f"{package}: {name}", shape.modules, shape.floors, shape.arrows))
        if shape.circle:
            rows.append((f"a circle among its {name}: {', '.join(shape.circle)}", len(shape.circle), "", ""))
    return table(HEADER, rows)


def import_graph(checkout: Path, package: str = PACKAGE) -> dict[str, set[str]]:
    """The modules of a package, named from the package on, each with those of the package that it imports.

    An `__init__` is left out: it has no code, by a law of the project. Raises FileNotFoundError without such a package.
    """
    root = checkout / package.replace(".", "/")
    if not root.is_dir():
        raise FileNotFoundError(f"{checkout} has no package {package}")
    paths = {
        ".".join(path.relative_to(root).with_suffix("").parts): path
        for path in sorted(root.rglob("*.py"))
        if path.name != "__init__.py"
    }
    return {
        name: {other for other in _imported(path, package, paths.keys()) if other != name}
        for name, path in paths.items()
    }


def _imported(path: Path, package: str, known: Set[str]) -> Iterator[str]:
    """Modules of the package that a file imports; `from package.room import module` is an import of the module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            candidates = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for candidate in candidates:
            name = candidate.removeprefix(f"{package}.")
            if name != candidate and name in known:
                yield name


def by_room(modules: Graph) -> dict[str, set[str]]:
    """The graph of the rooms: what a folder's modules import, without the arrows within the folder.

    >>> by_room({"engine": {"search.planner"}, "search.planner": {"search.filters"}, "search.filters": set()})
    {'engine': {'search'}, 'search': set()}
    """
    rooms: dict[str, set[str]] = {}
    for name, imported in modules.items():
        room = _room(name)
        rooms.setdefault(room, set()).update(_room(other) for other in imported)
        rooms[room].discard(room)
    return rooms


def _room(name: str) -> str:
    return name.partition(".")[0]


def shape_of(graph: Graph) -> Shape:
    """How many modules, floors and arrows a graph has."""
    return Shape(len(graph), len(floors(graph)), sum(map(len, graph.values())), circle_in(graph))


def circle_in(graph: Graph) -> tuple[str, ...]:
    """Modules that import each other, the first again at the end; () when there is no such circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def floors(graph: Graph) -> list[set[str]]:
    """The modules of each floor, the lowest first; those of one circle stand together.

    >>> floors({"engine": {"search", "jit"}, "search": {"jit"}, "jit": set()})
    [{'jit'}, {'search'}, {'engine'}]
    """
    reached = {name: _reached(graph, name) for name in graph}

    @cache
    def floor(name: str) -> int:
        below = [other for other in reached[name] if name not in reached[other]]
        return 1 + max(map(floor, below), default=0)

    found: list[set[str]] = [set() for _ in range(max(map(floor, graph), default=0))]
    for name in graph:
        found[floor(name) - 1].add(name)
    return found


def _reached(graph: Graph, start: str) -> set[str]:
    """All modules that a module imports, directly or through others; itself only if it stands in a circle."""
    found: set[str] = set()
    left = [start]
    while left:
        new = graph[left.pop()] - found
        found |= new
        left += new
    return found


if __name__ == "__main__":
    main()
