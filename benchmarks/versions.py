"""Versions: two checkouts of searchsvc side by side in one run: is any question slower than it was?

    python -m benchmarks.versions --other ../before                  # Reuters-21578; without it, 20,000 articles
    python -m benchmarks.versions --other ../before --sizes 20000 200000
    python -m benchmarks.versions --other ../before --classes page --rounds 20

Each checkout runs in a process of its own, on an index that it made itself of the same articles, and is asked through
the same adapter (`peers.embedded`): the query classes of `benchmarks.compare`, and autocomplete. First each answers
every question once, which is the warm-up, and the answers are compared. Then every round has the questions in a new
order, each asked of both in turn, another first every time. The clock is read inside the process that answers: wall
time, and processor time of the whole process.

The ratios are this checkout's figure by the other's. On a machine that has other work to do, a p50 of the same code may
differ by a tenth; so of each question the fastest answers are compared too, and the median taken of their ratios. A
class is slower when it is by all three: p50 by the clock, p50 of processor time, fastest answers; the exit code is
then 1. The indexes are kept in `--work` until code that makes them changes; `--fresh` makes them anew.
"""

import argparse
import gc
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import checkouts
from benchmarks.checkouts import HERE
from benchmarks.corpora import Corpus, read_articles, reuters, synthetic
from benchmarks.peers.base import Answer
from benchmarks.peers.embedded import EmbeddedPeer
from benchmarks.queries import QueryClass, class_from_json, class_to_json, queries
from benchmarks.reporting import percentile, table
from benchmarks.timing import SEED

OURS, OTHER = "this", "other"
AUTOCOMPLETE = "autocomplete"
SUGGESTIONS = 8  # as the API has it when a request does not say
FIRST = "results page, first time"
BOUND = 1.05
HEADER = (
    "class", "found", "this, ms", "other, ms", "by the other: p50", "p95", "p50 of processor time",
    "fastest answers", "", "other answers",
)  # fmt: skip

Say = Callable[[str], None]


@dataclass(slots=True)
class Times:
    """Milliseconds of each answer; and by the number of the question, of the fastest answer to it."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    fastest: dict[int, float] = field(default_factory=dict)

    def add(self, number: int, wall: float, processor: float) -> None:
        self.wall.append(wall)
        self.processor.append(processor)
        self.fastest[number] = min(wall, self.fastest.get(number, wall))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One class: the times of both checkouts; `found` is the median total, `differing` how many answers differ."""

    name: str
    found: int
    differing: int
    times: Mapping[str, Times]

    def wall_ratio(self, percent: int) -> float:
        """A percentile of this checkout by the same of the other."""
        return percentile(self.times[OURS].wall, percent) / percentile(self.times[OTHER].wall, percent)

    def processor_ratio(self) -> float:
        """The median of processor time by that of the other."""
        return percentile(self.times[OURS].processor, 50) / percentile(self.times[OTHER].processor, 50)

    def fastest_ratio(self) -> float:
        """Of each question the fastest answer by the other's fastest; the median over the questions."""
        ours, other = self.times[OURS].fastest, self.times[OTHER].fastest
        return median(ours[number] / other[number] for number in ours)

    def is_slower(self, bound: float) -> bool:
        """Whether all three are above the bound."""
        return min(self.wall_ratio(50), self.processor_ratio(), self.fastest_ratio()) > bound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", type=Path, required=True, help="the other checkout: a folder with searchsvc/")
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help="of synthetic corpora")
    parser.add_argument("--rounds", type=int, default=10, help="times that each question is timed")
    parser.add_argument("--classes", default="", help="only those whose name has this text")
    parser.add_argument("--bound", type=float, default=BOUND, help="the ratio above which a class is slower")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "searchsvc-benchmarks")
    parser.add_argument("--fresh", action="store_true", help="index anew")
    chosen = parser.parse_args()
    slower = []
    for corpus in corpora(chosen.sizes, chosen.work):
        if chosen.fresh:
            shutil.rmtree(_indexes(chosen.work, corpus), ignore_errors=True)
        found = compare(
            corpus, {OURS: HERE, OTHER: chosen.other}, chosen.work,
            rounds=chosen.rounds, classes=chosen.classes, say=say,
        )  # fmt: skip
        print(f"\n{corpus.name}, {corpus.count:,} articles, {chosen.rounds} rounds; p50 / p95\n")
        print(table(HEADER, [_row(each, chosen.bound) for each in found]))
        slower += [f"{corpus.name}: {each.name}" for each in found if each.is_slower(chosen.bound)]
    print(f"\nSlower by more than {chosen.bound - 1:.0%}: {'; '.join(slower) or 'no class'}.")
    sys.exit(bool(slower))


def corpora(sizes: Sequence[int], work: Path) -> Iterator[Corpus]:
    """Reuters-21578 where it is, and synthetic ones; at least one."""
    real = reuters(work)
    if real is not None:
        yield real
    for size in sizes or ([] if real else [20_000]):
        yield synthetic(size, work)


def compare(
    corpus: Corpus,
    trees: Mapping[str, Path],
    work: Path,
    *,
    rounds: int,
    classes: str = "",
    say: Say = lambda _: None,
) -> list[Compared]:
    """Time every class whose name has `classes`. A checkout indexes the corpus first if its code has changed since."""
    asked = queries(corpus, work)
    with ExitStack() as stack:
        sides = {}
        for key, tree in trees.items():
            folder = _indexes(work, corpus) / f"{key}-{stamp(tree)}"
            if not folder.is_dir():
                for earlier in folder.parent.glob(f"{key}-*"):
                    shutil.rmtree(earlier)
                say(f"{corpus.name}: {tree} indexes")
                with Side(tree) as builder:
                    builder.build(corpus, folder)
            sides[key] = stack.enter_context(Side(tree))
            sides[key].ask({"do": "open", "folder": str(folder)})
        found = []
        for of_class in asked:
            if classes in of_class.name:
                say(f"{corpus.name}: {of_class.name}")
                found.append(time_class(of_class, sides, rounds))
        starts = next(each for each in asked if each.name.startswith("beginning"))
        if classes in AUTOCOMPLETE:
            say(f"{corpus.name}: {AUTOCOMPLETE}")
            found.append(time_class(QueryClass(AUTOCOMPLETE, starts.asked), sides, rounds))
        if classes in FIRST:
            say(f"{corpus.name}: {FIRST}")
            pages = tuple(one for of_class in asked if of_class.pages for one in of_class.asked)
            found.append(time_first(QueryClass(FIRST, pages), sides, rounds))
    return found


class Side:
    """One checkout, answering in a process of its own: a line of JSON for each that it is sent."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._process = checkouts.start("benchmarks.versions", [CHILD], tree, stdin=subprocess.PIPE)

    def __enter__(self) -> "Side":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends with what it reads from
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def ask(self, task: Mapping[str, object]) -> dict[str, Any]:  # Any: JSON
        """What the process answers to a task. Raises RuntimeError when it has died, having said why itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has nothing more to say either
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self._tree} has ended at {str(dict(task))[:200]}")
        said: dict[str, Any] = json.loads(line)
        return said

    def build(self, corpus: Corpus, folder: Path) -> None:
        """Index a corpus; the folder appears when it is complete."""
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        files = list(map(str, corpus.files))
        self.ask({"do": "build", "files": files, "count": corpus.count, "folder": str(partial)})
        partial.rename(folder)

    def question(self, number: int, times: Times | None = None) -> dict[str, Any]:  # Any: JSON
        """The answer to a question of the class that it has, its times added to `times`."""
        said = self.ask({"do": "answer", "number": number})
        if times is not None:
            times.add(number, said["ms"], said["processor_ms"])
        return said


def time_class(of_class: QueryClass, sides: Mapping[str, Side], rounds: int) -> Compared:
    """Every question of a class asked of each side: once to warm up and compare, then `rounds` times to the clock."""
    given = {"do": "take", "class": class_to_json(of_class)}
    for side in sides.values():
        side.ask(given)
    numbers = range(len(of_class.asked))
    answers = [{key: side.question(number)["answer"] for key, side in sides.items()} for number in numbers]
    times = {key: Times() for key in sides}
    chance = random.Random(SEED)
    turn = list(sides)
    for _ in range(rounds):
        for number in chance.sample(numbers, len(numbers)):
            turn.append(turn.pop(0))
            for key in turn:
                sides[key].question(number, times[key])
    return _compared(of_class.name, answers, times)


def time_first(of_class: QueryClass, sides: Mapping[str, Side], rounds: int) -> Compared:
    """Every other question, asked once of engines opened anew that have answered the others; as often as `rounds`."""
    times = {key: Times() for key in sides}
    answers = []
    turn = list(sides)
    given = {"do": "take", "class": class_to_json(of_class)}
    for _ in range(rounds):
        for side in sides.values():
            side.ask({"do": "reopen"})
            side.ask(given)
            for number in range(0, len(of_class.asked), 2):
                side.question(number)
        for number in range(1, len(of_class.asked), 2):
            turn.append(turn.pop(0))
            answers.append({key: sides[key].question(number, times[key])["answer"] for key in turn})
    return _compared(of_class.name, answers, times)


def _compared(name: str, answers: Sequence[Mapping[str, Any]], times: Mapping[str, Times]) -> Compared:
    totals = sorted(each[OURS]["total"] for each in answers)
    return Compared(
        name=name,
        found=totals[len(totals) // 2] if totals else 0,
        differing=sum(each[OURS] != each[OTHER] for each in answers),
        times=times,
    )


def _row(each: Compared, bound: float) -> tuple[object, ...]:
    cells = [
        f"{percentile(of.wall, 50):.3f} / {percentile(of.wall, 95):.3f}"
        for of in (each.times[OURS], each.times[OTHER])
    ]  # fmt: skip
    ratios = (each.wall_ratio(50), each.wall_ratio(95), each.processor_ratio(), each.fastest_ratio())
    return (each.name, each.found, *cells, *ratios, "**slower**" if each.is_slower(bound) else "", each.differing or "")


def stamp(tree: Path) -> str:
    """Changes with any code of the checkout that may go into an index, and with the place where it stands."""
    told = hashlib.blake2b(str(tree.resolve()).encode(), digest_size=6)
    for path in sorted((tree / "searchsvc").rglob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()


def _indexes(work: Path, corpus: Corpus) -> Path:
    return work / "versions" / corpus.name


# --- in the child -----------------------------------------------------------------------------------------------------

CHILD = "child"


class Answering:
    """What a side does: it builds, opens, takes the questions of a class and answers them."""

    def __init__(self) -> None:
        self._peer = EmbeddedPeer()
        self._folder = Path()
        self._class = QueryClass("", ())

    def build(self, files: Sequence[str], count: int, folder: str) -> dict[str, Any]:
        articles = (article for path in files for article in read_articles(Path(path)))
        self._peer.build(islice(articles, count), Path(folder))
        return {}

    def open(self, folder: str) -> dict[str, Any]:
        self._folder = Path(folder)
        self._peer.open(self._folder)
        return {}

    def reopen(self) -> dict[str, Any]:
        self._peer.close()
        self._peer.open(self._folder)
        return {}

    def take(self, **given: Any) -> dict[str, Any]:
        self._class = class_from_json(given["class"])
        gc.collect()
        return {}

    def answer(self, number: int) -> dict[str, Any]:
        """The milliseconds of an answer, and what tells it from another."""
        asked = self._class.asked[number]
        if self._class.name == AUTOCOMPLETE:
            typed = asked.words[0]
            processor, wall = time.process_time_ns(), time.perf_counter_ns()
            answer = self._peer.suggest(typed, limit=SUGGESTIONS)
        else:
            processor, wall = time.process_time_ns(), time.perf_counter_ns()
            answer = self._peer.answer(asked)
        wall_after, processor_after = time.perf_counter_ns(), time.process_time_ns()
        return {
            "ms": (wall_after - wall) / 1e6,
            "processor_ms": (processor_after - processor) / 1e6,
            "answer": told(answer),
        }


def told(answer: Answer) -> dict[str, Any]:  # Any: JSON
    """What both checkouts must give alike; scores as far as they are printed."""
    return {
        "total": answer.total,
        "articles": [article.id for article in answer.articles],
        "scores": [f"{key:.4g}" for key in answer.keys],
        "facets": {name: dict(counts) for name, counts in answer.facets.items()},
        "bars": dict(answer.bars),
        "snippets": answer.snippets,
        "words": answer.words,
    }


def serve() -> None:
    """Do what each line says, until there are no more."""
    out, sys.stdout = sys.stdout, sys.stderr
    answering = Answering()
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(getattr(answering, task.pop("do"))(**task)), file=out, flush=True)


_STARTED = time.monotonic()


def say(text: str) -> None:
    """Progress, for who waits."""
    print(f"[{time.monotonic() - _STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == [CHILD]:
        serve()
    else:
        main()
