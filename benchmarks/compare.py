"""Our embedded engine beside its peers, in one run: searching, indexing, growth, and pages over HTTP.

    python -m benchmarks.compare --write            # everything; puts it into docs/benchmarks.md, .json and charts
    python -m benchmarks.compare --quick            # 20,000 articles and few rounds, while developing
    python -m benchmarks.compare --only search      # or index, growth, http; the rest of the report stays

Articles, questions and indexes are kept in a working folder (`--work`) and used again while the code that made them is
the same; `--fresh` makes the indexes anew. Engines that are not installed are named with the reason.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import charts, report
from benchmarks.building import MEMORY_MB, build, first_answer_ms
from benchmarks.corpora import HERE, Corpus, has_real_articles, reuters, synthetic
from benchmarks.growing import commits_section, growth_section
from benchmarks.ingesting import ARCHIVE, ingest_section
from benchmarks.peers.base import Asked
from benchmarks.peers.embedded import writes_with_processes
from benchmarks.peers.registry import OURS, PEERS, present
from benchmarks.queries import MIXED_PAGE, VERSION, queries
from benchmarks.rendering import costs_section
from benchmarks.reporting import write_measured
from benchmarks.searching import search_section
from benchmarks.serving import http_section

DOCS = HERE / "docs"
PAGE, FIGURES, CHARTS = "benchmarks.md", "benchmarks.json", "images"  # in a folder of docs
PARTS = ("search", "index", "growth", "http")
TELL_OF_CLASSES = ("search", "commits", "growth")  # the figures that are of query classes
SLOW = {"whoosh": 25_000}  # engines to the largest corpus that they are asked on: beyond, minutes a class
NOT_QUICK = {"whoosh"}  # it indexes for a minute and a half
SMALL, MIDDLE, LARGE = 20_000, 200_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is measured, and how patiently."""

    sizes: tuple[int, ...]  # of synthetic corpora
    rounds: int
    http_seconds: float
    is_quick: bool
    memory_mb: int
    work: Path

    @property
    def searched(self) -> tuple[int, ...]:
        """Sizes on which every class is asked; beyond, only growth is measured."""
        return tuple(size for size in self.sizes if size <= MIDDLE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part only; may be given again")
    parser.add_argument("--quick", action="store_true", help="20,000 articles, few rounds: while developing")
    parser.add_argument("--sizes", type=int, nargs="+", default=[SMALL, MIDDLE, LARGE], help="of synthetic corpora")
    parser.add_argument("--rounds", type=int, default=5, help="times that each question is timed")
    parser.add_argument("--memory-mb", type=int, default=MEMORY_MB, help="the setting ingest_memory_mb")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "searchsvc-benchmarks")
    parser.add_argument("--fresh", action="store_true", help="index anew")
    parser.add_argument("--write", action="store_true", help="put the report into docs/")
    chosen = parser.parse_args()
    run = Run(
        sizes=(SMALL,) if chosen.quick else tuple(sorted(chosen.sizes)),
        rounds=2 if chosen.quick else chosen.rounds,
        http_seconds=2 if chosen.quick else 8,
        is_quick=chosen.quick,
        memory_mb=chosen.memory_mb,
        work=chosen.work,
    )
    if not has_real_articles():
        say("There are no real articles beside the checkout: the synthetic ones are made of the demo archive's words.")
    if chosen.fresh:
        shutil.rmtree(chosen.work / "indexes", ignore_errors=True)
    kept = chosen.work / "figures.json"
    known = next((path for path in (kept, DOCS / FIGURES) if path.exists()), None) if chosen.only else None
    figures = of_these_classes(json.loads(known.read_text("utf-8"))) if known else {"classes": VERSION}
    for part in chosen.only or PARTS:
        figures |= MEASURES[part](run)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(figures, indent=1), "utf-8")
    print(report.as_markdown(figures))
    for line in report.summary(figures):
        say(line)
    if chosen.write:
        write(figures, DOCS)


def of_these_classes(figures: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Figures without what was measured of classes that asked something else, which is said to be left out."""
    if figures.get("classes") == VERSION:
        return figures
    left_out = [name for name in TELL_OF_CLASSES if name in figures]
    if left_out:
        say(f"Left out: {', '.join(left_out)}, measured when the classes asked something else.")
    return {name: each for name, each in figures.items() if name not in TELL_OF_CLASSES} | {"classes": VERSION}


def write(figures: dict[str, Any], docs: Path) -> None:  # Any: JSON
    """The page (what stands around its tables is there already), its figures, its pictures."""
    (docs / CHARTS).mkdir(exist_ok=True)
    (docs / FIGURES).write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    pictures = {}
    for corpus, section in figures.get("search", {}).items():
        path = docs / CHARTS / f"classes-{corpus}.svg"
        path.write_text(charts.class_chart(corpus, section), "utf-8")
        pictures[f"{corpus}: the time of each engine by ours, a bar a class"] = f"{CHARTS}/{path.name}"
    if len(figures.get("growth", [])) > 1:
        path = docs / CHARTS / "growth.svg"
        path.write_text(charts.growth_chart(figures["growth"]), "utf-8")
        pictures["The time of a page by the number of articles"] = f"{CHARTS}/{path.name}"
    figures_too = f"The same figures as JSON: [{FIGURES}]({FIGURES})."
    write_measured(docs / PAGE, f"{figures_too}\n\n{report.as_markdown(figures, pictures)}")


# --- the parts --------------------------------------------------------------------------------------------------------


def measure_search(run: Run) -> dict[str, Any]:
    sections = {}
    for corpus in _corpora(run):
        sections[corpus.name] = search_section(
            corpus, _engines(corpus, run), run.work,
            rounds=run.rounds, brute_force=corpus.name == "reuters", say=say,
        ) | _machine()  # fmt: skip
    return {"search": sections}


def measure_index(run: Run) -> dict[str, Any]:
    sections: dict[str, Any] = {}
    for corpus in _corpora(run):
        engines: dict[str, Any] = {}
        here, _ = present(_engines(corpus, run))
        word = _common_terms(corpus, run)[0].words[0]
        for key in here:
            say(f"{corpus.name}: {key} indexes")
            folder, built = build(corpus, key, run.work)
            engines[key] = asdict(built) | {"rate": built.rate, "first_answer_ms": first_answer_ms(key, folder, word)}
        notes = []
        if writes_with_processes():
            say(f"{corpus.name}: ours indexes with two processes")
            _, built = build(corpus, OURS, run.work, processes=2)
            engines[f"{OURS}, 2 processes"] = asdict(built) | {"rate": built.rate}
            notes.append("With two processes, memory is that of the first.")
        else:
            notes.append("Ours writes with one process only.")
        sections[corpus.name] = {"articles": corpus.count, "engines": engines, "notes": notes} | _machine()
    archive = [] if run.is_quick else [folder for folder in ARCHIVE if folder.is_dir()]
    if not archive:
        return {"index": sections}
    say("a real archive through the command line")
    ingested = ingest_section(archive, run.work / "indexes" / "ingested", run.memory_mb)
    return {"index": sections, "ingest": {"what": "a real archive"} | ingested | _machine()}


def measure_growth(run: Run) -> dict[str, Any]:
    small = synthetic(SMALL, run.work)
    rounds = max(2, run.rounds // 2)
    runs = commits_section(small, (OURS, "tantivy"), run.work, rounds=rounds, say=say)
    sizes = sorted({*run.sizes, *(size // 10 for size in run.sizes if size >= 10 * SMALL)})
    grown = growth_section(
        [synthetic(size, run.work) for size in sizes], (OURS, "tantivy"), run.work,
        rounds=run.rounds, memory_mb=run.memory_mb, say=say,
    )  # fmt: skip
    found: dict[str, Any] = {
        "commits": {"articles": small.count, "runs": runs} | _machine(),
        "growth": [each | _machine() for each in grown],
    }
    if max(sizes) >= LARGE:
        say(f"{max(sizes):,} articles through the command line")
        files = synthetic(max(sizes), run.work).files
        ingested = ingest_section(files, run.work / "indexes" / "ingested-large", run.memory_mb)
        found["ingest_large"] = {"what": "a synthetic archive"} | ingested | _machine()
    return found


def measure_http(run: Run) -> dict[str, Any]:
    corpus = synthetic(max(run.searched), run.work)
    folder, _ = build(corpus, OURS, run.work)
    asked = next(each.asked for each in queries(corpus, run.work) if each.name == MIXED_PAGE)
    say(f"{corpus.name}: pages over HTTP")
    served = http_section(folder, asked, seconds=run.http_seconds)
    small = synthetic(SMALL, run.work)
    say(f"{small.name}: pages in one process")
    served["costs"] = [asdict(each) for each in costs_section(small, run.work, rounds=6 * run.rounds)]
    return {"http": {"corpus": corpus.name} | served | _machine()}


MEASURES: dict[str, Callable[[Run], dict[str, Any]]] = {
    "search": measure_search,
    "index": measure_index,
    "growth": measure_growth,
    "http": measure_http,
}


def _corpora(run: Run) -> list[Corpus]:
    found = reuters(run.work) if not run.is_quick else None
    return [*([found] if found else []), *(synthetic(size, run.work) for size in run.searched)]


def _engines(corpus: Corpus, run: Run) -> list[str]:
    left_out = NOT_QUICK if run.is_quick else set()
    return [key for key in PEERS if corpus.count <= SLOW.get(key, corpus.count) and key not in left_out]


def _common_terms(corpus: Corpus, run: Run) -> Sequence[Asked]:
    return queries(corpus, run.work)[0].asked


def _machine() -> dict[str, str]:
    """What the figures of a section are of: told with each, for a part may be measured another day."""
    return {
        "machine": f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, {platform.system()}"
    }


_STARTED = time.monotonic()


def say(text: str) -> None:
    """Progress, for who waits."""
    print(f"[{time.monotonic() - _STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
