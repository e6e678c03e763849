"""Report: the figures of a run as the tables of docs/benchmarks.md. Figures in, Markdown out; no row is left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from benchmarks.goals import Figures, class_ratios, goals, page_ratios
from benchmarks.reporting import cost_table, table


def as_markdown(figures: Figures, pictures: Mapping[str, str] = MappingProxyType({})) -> str:
    """Every section that was measured, the goals first; before them pictures, by what they show."""
    parts = [f"![{title}]({path})" for title, path in pictures.items()]
    for name, write in SECTIONS.items():
        if name == "goals" or figures.get(name):
            parts += write(figures)
    return "\n\n".join(parts)


def _goals(figures: Figures) -> Iterator[str]:
    rows = list(goals(figures))
    if not rows:
        return
    reached = sum(goal.is_reached for goal in rows)
    yield "## Goals"
    yield f"{reached} of {len(rows)} reached."
    yield table(
        ("goal", "figure", "bound", ""),
        [
            (goal.name, goal.figure, f"{'≤' if goal.at_most else '≥'} {goal.bound:g}", _verdict(goal.is_reached))
            for goal in rows
        ],
    )


def _search(figures: Figures) -> Iterator[str]:
    yield "## Searching"
    for corpus, section in figures["search"].items():
        yield f"### {corpus}: {section['articles']:,} articles"
        yield _machine(section)
        yield _engines(section)
        yield latency_table(section["classes"], list(section["engines"]))
        yield from _left_out(section["classes"])
        yield from _offered(section["classes"])
        if "brute_force" in section:
            yield _brute_force(section["brute_force"])


def latency_table(classes: Sequence[Figures], engines: Sequence[str]) -> str:
    """Milliseconds of each class and engine, p50 / p95, and ours by the best other."""
    rows: list[tuple[object, ...]] = []
    for each in classes:
        best, page = class_ratios(each), page_ratios(each)
        cells = [_milliseconds(each["latency"].get(key)) for key in engines]
        rows.append(
            (
                each["name"],
                each["found"] or "",
                *cells,
                f"{best.p50:.2f} / {best.p95:.2f}" if best else each["too_loose"] or "–",
                f"{page.p50:.2f} / {page.p95:.2f}" if page else "",
            )
        )
    return table(("class", "found", *engines, "by the best peer's", "page, by tantivy's"), rows)


def _left_out(classes: Sequence[Figures]) -> Iterator[str]:
    asked = sum(each["asked"] for each in classes)
    left_out = [(each["name"], line) for each in classes for line in each["left_out"]]
    if not left_out:
        yield f"All engines agreed on all {asked} questions."
        return
    yield f"Left out for all, because engines found different articles: {len(left_out)} of {asked} questions."
    yield "\n".join(f"- {name}: {line}" for name, line in left_out)


def _offered(classes: Sequence[Figures]) -> Iterator[str]:
    for each in classes:
        if each.get("meant"):
            counts = ", ".join(f"{key} {count}" for key, count in each["meant"].items())
            asked = each["asked"] - len(each["left_out"])
            yield f"Of {asked} misspelt words the one that was meant, or its stem, is among those offered: {counts}."


def _brute_force(found: Figures) -> str:
    differences = found["differences"]
    if not differences:
        return (
            f"Each of {found['asked']} different questions was also answered by the memory engine, which scores every "
            "article in plain Python: the same totals, counts and ten best."
        )
    lines = [f"- {line}" for line in differences]
    return "\n".join([f"Brute force differs on {len(differences)} of {found['asked']} questions:", "", *lines])


def _index(figures: Figures) -> Iterator[str]:
    yield "## Indexing"
    for corpus, section in figures["index"].items():
        yield f"### Indexing {corpus}: {section['articles']:,} articles"
        yield _machine(section)
        yield table(
            (
                "engine", "articles a second", "a second of processor time", "memory, MiB", "with mapped files",
                "index, MiB", "open and first answer, ms",
            ),
            [
                (
                    name,
                    round(each["rate"]),
                    round(each["articles"] / each["processor_seconds"]),
                    round(each["own_mib"]),
                    round(each["added_mib"]),
                    round(each["size_bytes"] / 2**20, 1),
                    each.get("first_answer_ms", ""),
                )
                for name, each in section["engines"].items()
            ],
        )  # fmt: skip
        yield from section["notes"]


def _ingest(figures: Figures) -> Iterator[str]:
    sections = [figures[key] for key in ("ingest", "ingest_large") if key in figures]
    yield "## Through the command line"
    yield _machine(sections[0])
    rows: dict[str, Callable[[Figures], object]] = {
        "articles": lambda each: each["articles"],
        "rejected": lambda each: each["rejected"],
        "articles a second": lambda each: round(each["rate"]),
        "processor seconds, of seconds": lambda each: f"{each['processor_seconds']:.0f} of {each['seconds']:.0f}",
        "memory at most, MiB": lambda each: round(each["peak_mib"]),
        "of that no file's": lambda each: round(each["own_mib"]),
        "memory allowed (`ingest_memory_mb`), MiB": lambda each: each["memory_mb"],
        "index, MiB": lambda each: round(each["size_bytes"] / 2**20),
        "segments": lambda each: each["segments"],
    }
    yield table(
        ("`searchsvc ingest --fresh`", *(each["what"] for each in sections)),
        [(name, *map(told, sections)) for name, told in rows.items()],
    )


def _commits(figures: Figures) -> Iterator[str]:
    section = figures["commits"]
    yield "## Many commits"
    yield _machine(section)
    engines = list(section["runs"][0]["seconds"])
    yield table(
        (f"{section['articles']:,} articles in", *(f"{key}, seconds to index" for key in engines)),
        [
            (f"{run['commits']} commit{'s' * (run['commits'] > 1)}", *(run["seconds"][key] for key in engines))
            for run in section["runs"]
        ],
    )
    by_class: dict[str, list[str]] = {}
    for run in section["runs"]:
        for each in run["classes"]:
            by_class.setdefault(each["name"], []).extend(_milliseconds(each["latency"].get(key)) for key in engines)
    header = [f"{key}, {run['commits']}" for run in section["runs"] for key in engines]
    yield table(("class, commits", *header), [(name, *cells) for name, cells in by_class.items()])


def _growth(figures: Figures) -> Iterator[str]:
    sizes = figures["growth"]
    yield "## Growth"
    yield _machine(sizes[-1])
    engines = list(sizes[0]["common"])
    yield table(
        ("articles", *(f"{key}, {page} page" for page in ("common-term", "rare-term") for key in engines)),
        [
            (each["articles"], *(_milliseconds(each[page][key]) for page in ("common", "rare") for key in engines))
            for each in sizes
        ],
    )
    yield table(
        ("articles", *(f"{key}, {what}" for key in engines for what in _BUILD_COLUMNS)),
        [
            (each["articles"], *(read(each["builds"][key]) for key in engines for read in _BUILD_COLUMNS.values()))
            for each in sizes
        ],
    )
    yield (
        f"Ours was told to keep within {sizes[-1]['memory_mb']} MiB (`ingest_memory_mb`). Of more than 200,000 "
        "articles 20,000 at a time are in memory besides, and the clock stands while the next are read."
    )


_BUILD_COLUMNS: Mapping[str, Callable[[Figures], object]] = {
    "articles a second": lambda built: round(built["rate"]),
    "memory, MiB": lambda built: round(built["own_mib"]),
    "with mapped files": lambda built: round(built["added_mib"]),
    "index, MiB": lambda built: round(built["size_bytes"] / 2**20),
}


def _http(figures: Figures) -> Iterator[str]:
    section = figures["http"]
    yield "## Pages over HTTP"
    yield _machine(section)
    yield (
        f"`searchsvc serve --workers {section['workers']}` on {section['corpus']}, {section['queries']} mixed queries, "
        f"{section['seconds']:g} seconds each; the client runs on the same machine."
    )
    yield table(
        ("path", "connections", "pages a second", "ms, p50", "p95"),
        [
            (each["path"], each["connections"], round(each["rate"]), each["p50"], each["p95"])
            for each in section["loads"]
        ],
    )
    if "costs" in section:
        yield "### What a page costs beside its search"
        yield (
            "Milliseconds of processor time a page, in one process: the fastest of some rounds of each address, and of "
            "those the mean."
        )
        yield cost_table(section["costs"])


SECTIONS: Mapping[str, Callable[[Figures], Iterator[str]]] = {
    "goals": _goals,
    "search": _search,
    "index": _index,
    "ingest": _ingest,
    "commits": _commits,
    "growth": _growth,
    "http": _http,
}


def _machine(section: Figures) -> str:
    return f"*{section['machine']}*"


def _engines(section: Figures) -> str:
    here = ", ".join(section["engines"].values())
    absent = "".join(f" Not measured: {key} ({reason})." for key, reason in section["absent"].items())
    return f"Milliseconds, p50 / p95 of {section['rounds']} rounds, of {here}.{absent}"


def _milliseconds(latency: Figures | None) -> str:
    """Three digits that mean something.

    >>> _milliseconds({"p50": 0.01234, "p95": 123.4}), _milliseconds(None)
    ('0.012 / 123', '–')
    """
    if latency is None:
        return "–"
    return f"{_three_digits(latency['p50'])} / {_three_digits(latency['p95'])}"


def _three_digits(value: float) -> str:
    return (
        f"{value:.3f}"
        if value < 1
        else f"{value:.2f}"
        if value < 10
        else f"{value:.1f}"
        if value < 100
        else f"{value:,.0f}"
    )


def _verdict(is_reached: bool) -> str:
    return "reached" if is_reached else "**not reached**"


def summary(figures: Figures) -> list[str]:
    """A line for the terminal for each goal missed."""
    return [f"not reached: {each.name}: {each.figure:.2f}" for each in goals(figures) if not each.is_reached]
