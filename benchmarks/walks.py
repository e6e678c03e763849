"""Walks: how many Python files a question goes through, and how often it moves from one to another.

    python -m benchmarks.walks                             # three walks on the demo archive
    python -m benchmarks.walks --index-dir index           # on an index that is there already
    python -m benchmarks.walks --checkout ../other         # of another checkout of searchsvc, counted by this script
    python -m benchmarks.walks --moves 20                  # and the 20 most frequent moves of each walk
    python -m benchmarks.walks --write docs/page.md        # put the tables into a page

The walks are `GET /search?q=…` through Flask's test client, the more stories of one article (`Archive.related`), and
`searchsvc ingest` of one page of text into a new index, up to the commit. Each is walked once, which imports modules,
compiles loops and fills caches, and counted the second time.

A file is touched when a function of it runs. A move is a call, or a return, that passes from one file of searchsvc to
another; libraries between the two (Flask, Jinja, `sorted`) are looked through. Threads that a walk starts are counted
with it. Compiled loops, and methods that `dataclass` makes, run without a Python frame and are not seen.

`--write PAGE` replaces what stands between `<!-- measured -->` and `<!-- /measured -->` of that page, by default of
docs/architecture.md, with the table of the walks and that of `benchmarks.rooms`.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote_plus

import searchsvc
from benchmarks import checkouts
from benchmarks.checkouts import HERE
from benchmarks.reporting import table, write_measured
from benchmarks.rooms import rooms_table

ARCHIVE = HERE / "examples" / "archive"
PAGE = ARCHIVE / "pages" / "001_apollo-11-lifts-off.txt"
DOCS = HERE / "docs" / "architecture.md"
QUERY = "oil trade"
EMBEDDED = "engines/embedded/"
HEADER = ("walk", "files", "moves", "files in `engines/embedded`", "moves between those")

_PACKAGE = f"{Path(searchsvc.__file__).parent}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What was counted of one walk. Files are relative to searchsvc/; `moves` counts (from, to)."""

    name: str
    files: tuple[str, ...]
    moves: tuple[tuple[str, str, int], ...]  # the most frequent first

    @property
    def row(self) -> tuple[object, ...]:
        """The walk in the columns of HEADER."""
        return (
            self.name,
            len(self.files),
            sum(times for _, _, times in self.moves),
            sum(file.startswith(EMBEDDED) for file in self.files),
            sum(
                times for start, end, times in self.moves if start.startswith(EMBEDDED) and end.startswith(EMBEDDED)
            ),
        )  # fmt: skip


class Counting:
    """A profile function that counts files and moves, in every thread on its own."""

    def __init__(self, package: str = _PACKAGE) -> None:
        self._package = package
        self._files: dict[int, set[str]] = defaultdict(set)
        self._moves: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event not in ("call", "return") or not file.startswith(self._package):
            return
        thread = threading.get_ident()
        self._files[thread].add(file)
        caller = self._caller(frame)
        if caller not in ("", file):
            self._moves[thread][(caller, file) if event == "call" else (file, caller)] += 1

    def _caller(self, frame: FrameType) -> str:
        """The file of ours from which a frame was called, perhaps by way of a library; "" when there is none."""
        back = frame.f_back
        while back is not None and not back.f_code.co_filename.startswith(self._package):
            back = back.f_back
        return "" if back is None else back.f_code.co_filename

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what runs in this thread and in those that are started meanwhile."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def walk(self, name: str) -> Walk:
        """What was counted in all threads."""
        moves: Counter[tuple[str, str]] = sum(self._moves.values(), Counter())
        return Walk(
            name=name,
            files=tuple(sorted(map(self._short, set().union(*self._files.values())))),
            moves=tuple((self._short(start), self._short(end), times) for (start, end), times in moves.most_common()),
        )

    def _short(self, file: str) -> str:
        return file.removeprefix(self._package)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=Path, default=HERE, help="the folder whose searchsvc/ is walked through")
    parser.add_argument("--index-dir", type=Path, help="an index of that checkout; else the demo archive is indexed")
    parser.add_argument("--query", default=QUERY)
    parser.add_argument("--article", default="", help="the id whose more stories are asked for; else any")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page of text to ingest")
    parser.add_argument("--moves", type=int, default=0, help="show so many of the most frequent moves")
    parser.add_argument("--write", type=Path, nargs="?", const=DOCS, help="put the tables into this page")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)  # the child's
    chosen = parser.parse_args()
    if chosen.write and not chosen.write.is_file():
        parser.error(f"--write: there is no page {chosen.write}")
    if chosen.json:
        print(json.dumps([asdict(each) for each in counted(chosen)]))
        return
    walks = walks_of(chosen.checkout, sys.argv[1:])
    tables = f"{table(HEADER, [walk.row for walk in walks])}\n\n{rooms_table(chosen.checkout)}"
    print(tables)
    for walk in walks if chosen.moves else ():
        print(f"\n{walk.name}: {len(walk.moves)} different moves\n")
        for start, end, times in walk.moves[: chosen.moves]:
            print(f"{times:6,}  {start} → {end}")
    if chosen.write:
        write_measured(chosen.write, tables)


def walks_of(checkout: Path, arguments: Sequence[str] = ()) -> list[Walk]:
    """The walks of a checkout, counted in a process that has imported its searchsvc and no other."""
    with checkouts.start("benchmarks.walks", [*arguments, "--json"], checkout) as child:
        said, _ = child.communicate()
    if child.returncode:
        raise SystemExit(child.returncode)
    return [
        Walk(name=each["name"], files=tuple(each["files"]), moves=tuple(tuple(move) for move in each["moves"]))
        for each in json.loads(said.splitlines()[-1])
    ]


# --- in the child -----------------------------------------------------------------------------------------------------


def counted(chosen: argparse.Namespace) -> Iterator[Walk]:
    """Take each walk once, and count it the second time."""
    with tempfile.TemporaryDirectory() as folder:
        index = chosen.index_dir
        if index is None:
            index = Path(folder) / "demo"
            ingest(ARCHIVE, index)
        indexes = (Path(folder) / f"page-{number}" for number in range(2))  # an index anew for each time
        ways: dict[str, Callable[[], Any]] = {  # Any: what a walk comes to is not looked at
            f"`GET /search?q={quote_plus(chosen.query)}`": searching(index, chosen.query),
            "more stories of an article": relating(index, chosen.article),
            "a page of text, up to the commit": lambda: ingest(chosen.page, next(indexes)),
        }
        for name, way in ways.items():
            way()
            counting = Counting()
            with counting.watching():
                way()
            yield counting.walk(name)


def searching(index: Path, query: str) -> Callable[[], object]:
    """A request for a page of results."""
    client = _app(index).test_client()
    address = f"/search?q={quote_plus(query)}"

    def get() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"GET {address} gives {response.status}")

    return get


def relating(index: Path, id: str) -> Callable[[], object]:
    """A question for the more stories of an article."""
    archive = _app(index).extensions["searchsvc"].archive
    asked = id or next(archive.scan()).id
    return lambda: archive.related(asked)


def ingest(path: Path, index: Path) -> None:
    """As the command line does, in this process alone."""
    from searchsvc.cli import command  # not imported by the parent, which may be of another checkout

    arguments = ["--index-dir", str(index), "ingest", "--processes", "1", str(path)]
    with redirect_stdout(sys.stderr):
        code = command.main(arguments, standalone_mode=False)
    if code:
        raise RuntimeError(f"searchsvc {' '.join(arguments)} ended with exit code {code}")


def _app(index: Path) -> Any:  # Any: flask.Flask, whose extensions have no types
    from searchsvc.settings import Settings
    from searchsvc.web.app import create_app

    return create_app(Settings(index_dir=index.resolve()))


if __name__ == "__main__":
    main()
