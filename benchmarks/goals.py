"""Goals: what we set out to reach beside the best of the others, and whether a run reached it.

Pure: figures in, rows out. A goal that was not measured has no row; one that was missed has one, and says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.peers.registry import OURS
from benchmarks.timing import Latency, ratios

Figures = Mapping[str, Any]  # Any: JSON, as in docs/benchmarks.json

CLASS_RATIO = 1.0  # ours by the best other engine's, p50 and p95
PAGE_RATIO = 0.5  # of a whole page, by tantivy's
TWO_PROCESSES = 1.7  # indexing rate, by that of one
SIZE_RATIO = 1.0  # index on disk, by FTS5's
TEN_TIMES = 10.0  # a common term's page on ten times the articles, by that on one time
UNCHANGED = 1.25  # a rare term's page on any size, by that on the smallest


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One row: what was measured, by what it is judged, and the bound."""

    name: str
    figure: float
    bound: float
    at_most: bool = True

    @property
    def is_reached(self) -> bool:
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound


def class_ratios(of_class: Figures) -> Latency | None:
    """Ours by the best other engine's."""
    return ratios(_latencies(of_class), OURS)


def page_ratios(of_class: Figures) -> Latency | None:
    """Ours by tantivy's, of a whole page; None of other classes."""
    both = {key: each for key, each in _latencies(of_class).items() if key in (OURS, "tantivy")}
    return ratios(both, OURS) if of_class["pages"] else None


def goals(figures: Figures) -> Iterator[Goal]:
    """Every goal that the figures tell of."""
    for corpus, section in figures.get("search", {}).items():
        for of_class in section["classes"]:
            yield from _of_class(corpus, of_class)
    for corpus, builds in figures.get("index", {}).items():
        yield from _of_builds(corpus, builds["engines"])
    for key in ("ingest", "ingest_large"):
        if taken := figures.get(key):
            name = f"memory of `searchsvc ingest`, {taken['articles']:,} articles, MiB"
            yield Goal(name=name, figure=taken["peak_mib"], bound=taken["memory_mb"])
    yield from _of_growth(figures.get("growth", []))


def _of_class(corpus: str, of_class: Figures) -> Iterator[Goal]:
    for found, bound, whose in (
        (class_ratios(of_class), CLASS_RATIO, "the best peer's"),
        (page_ratios(of_class), PAGE_RATIO, "tantivy's"),
    ):
        if found is not None:
            for percent, ratio in (("p50", found.p50), ("p95", found.p95)):
                yield Goal(name=f"{corpus}: {of_class['name']}, {percent} by {whose}", figure=ratio, bound=bound)


def _of_builds(corpus: str, engines: Figures) -> Iterator[Goal]:
    ours, two = engines.get(OURS), engines.get(f"{OURS}, 2 processes")
    if ours is None:
        return
    if "tantivy" in engines:
        yield Goal(
            name=f"{corpus}: indexing rate by tantivy's",
            figure=ours["rate"] / engines["tantivy"]["rate"], bound=1.0, at_most=False,
        )  # fmt: skip
    if two is not None:
        yield Goal(
            name=f"{corpus}: indexing rate of two processes by that of one",
            figure=two["rate"] / ours["rate"], bound=TWO_PROCESSES, at_most=False,
        )  # fmt: skip
    if "fts5" in engines:
        yield Goal(
            name=f"{corpus}: size of the index by FTS5's",
            figure=ours["size_bytes"] / engines["fts5"]["size_bytes"], bound=SIZE_RATIO,
        )  # fmt: skip


def _of_growth(sizes: list[Figures]) -> Iterator[Goal]:
    by_size = {each["articles"]: each for each in sizes}
    for size, each in by_size.items():
        tenth = by_size.get(size // 10)
        if tenth is not None:
            yield Goal(
                name=f"common-term page at {size:,} articles by that at {size // 10:,}, p50",
                figure=each["common"][OURS]["p50"] / tenth["common"][OURS]["p50"], bound=TEN_TIMES,
            )  # fmt: skip
        if OURS in each["builds"]:
            yield Goal(
                name=f"memory to index {size:,} articles, MiB",
                figure=each["builds"][OURS]["own_mib"], bound=each["memory_mb"],
            )  # fmt: skip
    if len(by_size) > 1:
        first, last = min(by_size), max(by_size)
        yield Goal(
            name=f"rare-term page at {last:,} articles by that at {first:,}, p50",
            figure=by_size[last]["rare"][OURS]["p50"] / by_size[first]["rare"][OURS]["p50"], bound=UNCHANGED,
        )  # fmt: skip


def _latencies(of_class: Figures) -> dict[str, Latency]:
    return {key: Latency(**each) for key, each in of_class["latency"].items()}
