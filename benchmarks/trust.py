"""Which arrays of a segment can be wrong without a word: each is replaced in turn, with right checksums.

    python -m benchmarks.trust            # prints the table
    python -m benchmarks.trust --write    # puts it into docs/file-format.md

Each replaced array is tried in a process of its own: a crash is an outcome, not the end.
"""

import argparse
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.corpora import HERE, synthetic
from benchmarks.reporting import table, write_measured
from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.validation import is_remembered, validate
from searchsvc.errors import IndexDamaged
from searchsvc.model.query import And, Or, Phrase, Prefix, Term
from searchsvc.model.request import DateFilter, FacetRequest, HistogramRequest, SearchRequest, Sort
from tests.engines.embedded.spoiling import regions, replace_array

ARTICLES = 400
PATIENCE_S = 60  # of one try


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/file-format.md")
    parser.add_argument("--timed", type=int, default=200_000, help="articles of the segment whose validation is timed")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "searchsvc-benchmarks")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = _outcomes(_segment(Path(folder), chosen.work, ARTICLES))
    with tempfile.TemporaryDirectory() as folder:
        timed = _timed(_segment(Path(folder), chosen.work, chosen.timed), chosen.timed)
    report = f"{_summary(rows)}\n\n{table(('array', *CHANGES), rows)}\n\n{timed}"
    print(report)
    if chosen.write:
        write_measured(HERE / "docs" / "file-format.md", report)


def _segment(folder: Path, work: Path, count: int) -> Path:
    """The file of an index of one segment."""
    engine = EmbeddedEngine(folder)
    with engine.writer(fresh=True) as writer:
        for article in synthetic(count, work).articles():
            writer.put(article)
    engine.close()
    (path,) = folder.glob("*/*.arrays")
    return path


def _outcomes(path: Path) -> list[tuple[str, ...]]:
    """Of each array, what comes of each change: "named", "answers" (all questions), or what went wrong."""
    whole, chance = path.read_bytes(), random.Random(1)
    file = ArrayFile(path)
    rows = []
    for name, region in sorted(regions(path).items()):
        data = whole[region.start : region.stop]
        if name == "directory" or not data:
            continue
        size = file[name].dtype.itemsize if name in file else 1
        outcomes = []
        for change in CHANGES.values():
            changed = change(data, size, chance)
            if changed == data:
                outcomes.append("as it was")
                continue
            replace_array(path, name, changed)
            outcomes.append(_tried(path))
            path.write_bytes(whole)
        rows.append((name, *outcomes))
    return rows


def _random(data: bytes, size: int, chance: random.Random) -> bytes:
    return chance.randbytes(len(data))


def _permuted(data: bytes, size: int, chance: random.Random) -> bytes:
    numbers = [data[at : at + size] for at in range(0, len(data), size)]
    chance.shuffle(numbers)
    return b"".join(numbers)


CHANGES = {"random": _random, "permuted": _permuted}


def _tried(path: Path) -> str:
    """What comes of asking a damaged index, in a process that may die of it."""
    context = multiprocessing.get_context("fork")  # everything is loaded there already
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_ask, args=(path, theirs))
    process.start()
    theirs.close()
    outcome = "hangs"
    if ours.poll(PATIENCE_S):
        try:
            outcome = ours.recv()
        except EOFError:
            process.join()
            outcome = f"dies of signal {-(process.exitcode or 0)}"
    process.kill()
    process.join()
    return outcome


def _ask(path: Path, outcome: Connection) -> None:
    engine = EmbeddedEngine(path.parents[1])
    try:
        for request in REQUESTS:
            engine.search(request)
        first = next(engine.scan())
        engine.related(first)
        engine.suggest(first.headline[:2])
        engine.spell("goverment")
        outcome.send("answers")
    except IndexDamaged:
        outcome.send("named")
    except Exception as error:  # what a reader would see as a traceback is an outcome here
        outcome.send(f"{type(error).__name__}")


_FACETS = tuple(FacetRequest(field=name) for name in ("tag", "section", "year", "place"))
REQUESTS = (
    SearchRequest(query=Term("said"), facets=_FACETS, histogram=HistogramRequest()),
    SearchRequest(query=And((Term("oil"), Term("prices")))),
    SearchRequest(query=Or((Term("oil"), Term("trade"), Term("bank")))),
    SearchRequest(query=Phrase("said that")),
    SearchRequest(query=Prefix("pr"), sort=Sort.NEWEST),
    SearchRequest(query=Term("year"), dates=DateFilter(start=date(1995, 1, 1), end=date(2005, 1, 1))),
)


def _summary(rows: list[tuple[str, ...]]) -> str:
    """How many arrays came to which outcome."""
    parts = []
    for column, change in enumerate(CHANGES, 1):
        counts = Counter(row[column] for row in rows)
        parts.append(f"{change}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    return f"{len(rows)} arrays; " + "; ".join(parts) + "."


def _timed(path: Path, count: int) -> str:
    """What validation takes once, and what a look at its note takes, beside opening the file."""
    times = []
    for _ in range(3):
        started = time.process_time()
        validate(ArrayFile(path))
        times.append(time.process_time() - started)
    file = ArrayFile(path)
    started = time.perf_counter()
    assert is_remembered(file)
    noted_ms = (time.perf_counter() - started) * 1_000
    return (
        f"A segment of {count:,} articles is validated in {min(times):.2f} s of processor time, once; to find its note "
        f"takes {noted_ms:.2f} ms at each later opening."
    )


if __name__ == "__main__":
    main()
