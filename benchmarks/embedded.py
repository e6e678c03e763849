"""The embedded engine on a real archive: ingest, memory, size, and how long searches and served pages take.

    python -m benchmarks.embedded [FOLDER …]           # reuses the index of the last run
    python -m benchmarks.embedded [FOLDER …] --fresh   # ingests first

Everything is done as a user would: `searchsvc ingest` reads the folders in a process of its own, `searchsvc serve`
answers over HTTP. Queries are made from the archive itself by a seeded generator that does not know the engine.
`--write` puts the tables into docs/embedded.md. Without folders it takes the news beside the checkout; where there is
none it says so and ends well.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_plus

from benchmarks.reporting import percentile, table, write_measured
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import EngineError
from searchsvc.model.query import And, DateRange, Or, Phrase, Prefix, Query, Term
from searchsvc.model.request import FacetRequest, HistogramRequest, SearchRequest, Sort
from searchsvc.text.analyzer import tokenize

HERE = Path(__file__).resolve().parent.parent
SHARED = HERE.parent / "shared" / "data"
DEFAULT = (SHARED / "reuters_2006_2010", SHARED / "digitalgov")
PAGE = HERE / "docs" / "embedded.md"
SEED = 20_150_930
QUERIES = 100  # of each class
T = TypeVar("T")
FACETS = tuple(FacetRequest(field=name) for name in ("tag", "place", "author"))
PATIENT_MS = 60_000  # nothing measured is cut short


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[each for each in DEFAULT if each.is_dir()])
    parser.add_argument("--index", type=Path, default=Path(tempfile.gettempdir()) / "searchsvc-benchmark")
    parser.add_argument("--fresh", action="store_true", help="ingest first")
    parser.add_argument("--memory-mb", type=int, default=512, help="the setting ingest_memory_mb")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/embedded.md")
    chosen = parser.parse_args()
    if not chosen.folders:
        print("There is no news beside the checkout: name a folder to measure on.")
        return
    report = chosen.index / "ingest.json"
    if chosen.fresh or not report.exists():
        ingest(chosen.folders, chosen.index, chosen.memory_mb, report)
    sections = [ingest_table(chosen.index, json.loads(report.read_text("utf-8")))]
    engine = EmbeddedEngine(chosen.index)
    asked = requests(engine)
    sections += [search_table(chosen.index, asked), other_table(engine)]
    engine.close()
    sections.append(served_table(chosen.index, asked))
    print("\n\n".join(sections))
    if chosen.write:
        write_measured(PAGE, "\n\n".join(sections))


# --- ingest -----------------------------------------------------------------------------------------------------------


def ingest(folders: Iterable[Path], index: Path, memory_mb: int, report: Path) -> None:
    """Ingest in a process of its own, and keep what it said, its seconds and its peak memory (resident, MiB)."""
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "ingest", "--fresh", "--json"]
    environ = {**os.environ, "SEARCHSVC_INGEST_MEMORY_MB": str(memory_mb)}
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, *map(str, folders)], cwd=HERE, env=environ, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    _, _, usage = os.wait4(process.pid, 0)
    said["seconds"] = time.perf_counter() - started
    said["processor_seconds"] = usage.ru_utime + usage.ru_stime
    said["peak_mib"] = usage.ru_maxrss / 1024
    said["memory_mb"] = memory_mb
    said["rejections"] = len(said["rejections"])
    report.write_text(json.dumps(said), "utf-8")


def ingest_table(index: Path, said: dict[str, float]) -> str:
    engine = EmbeddedEngine(index)
    status = engine.status()
    engine.close()
    rows = [
        ("articles", status.articles),
        ("rejected", int(said["rejected"])),
        ("articles a second", round(said["added"] / said["seconds"])),
        ("articles a second of processor time", round(said["added"] / said["processor_seconds"])),
        ("peak memory of ingest, MiB", round(said["peak_mib"])),
        ("memory allowed (`ingest_memory_mb`), MiB", int(said["memory_mb"])),
        ("index, MiB", round(status.size_bytes / 2**20)),
        ("segments", status.segments),
    ]
    return table(("ingest", ""), rows)


# --- searches ---------------------------------------------------------------------------------------------------------


def requests(engine: EmbeddedEngine) -> dict[str, list[SearchRequest]]:
    """Requests by class, from words and runs of words of the archive."""
    chance = random.Random(SEED)
    counts: Counter[str] = Counter()
    runs: list[str] = []
    for number, article in enumerate(engine.scan()):
        if number % 12 == 0:
            words = [token.word for token in tokenize(article.body, "en")]
            counts.update(set(words))
            if len(words) > 40:
                place = chance.randrange(len(words) - 3)
                runs.append(" ".join(words[place : place + chance.choice((2, 3))]))
    ranked = [word for word, _ in counts.most_common() if word.isalpha() and len(word) > 2]
    common, middle = ranked[20:300], ranked[300:3_000]
    rare = [word for word in ranked if counts[word] == 2]

    def some(words: Sequence[str], number: int) -> tuple[Term, ...]:
        return tuple(Term(word) for word in chance.sample(words, number))

    def many(make: Callable[[], Query]) -> list[Query]:
        return [make() for _ in range(QUERIES)]

    years = [DateRange(date(year, 1, 1), date(year, 12, 31)) for year in range(2007, 2011)]
    made = {
        "common word": many(lambda: some(common, 1)[0]),
        "rare word": many(lambda: some(rare, 1)[0]),
        "2 or 3 words, all": many(lambda: And(some(middle, chance.choice((2, 3))))),
        "3 to 5 words, any": many(lambda: Or(some(middle, chance.choice((3, 4, 5))))),
        "phrase": many(lambda: Phrase(chance.choice(runs))),
        "prefix": many(lambda: Prefix(chance.choice(middle)[:4])),
        "word in a year": many(lambda: And((some(middle, 1)[0], chance.choice(years)))),
    }
    asked = {
        name: [SearchRequest(query=query, snippets=False, timeout_ms=PATIENT_MS) for query in queries]
        for name, queries in made.items()
    }
    asked["common word, newest first"] = [
        SearchRequest(query=query, sort=Sort.NEWEST, snippets=False, timeout_ms=PATIENT_MS)
        for query in made["common word"]
    ]
    for name in ("common word", "rare word", "2 or 3 words, all", "3 to 5 words, any", "phrase"):
        asked[f"page: {name}"] = [
            SearchRequest(query=query, facets=FACETS, histogram=HistogramRequest(), timeout_ms=PATIENT_MS)
            for query in made[name]
        ]
    return asked


def search_table(index: Path, asked: dict[str, list[SearchRequest]]) -> str:
    """Milliseconds of each class: in an engine just opened, each request for the first time; then all again."""
    rows = []
    for name, of_class in asked.items():
        engine = EmbeddedEngine(index)
        engine.status()
        cold = [timed(engine.search, request) for request in of_class]
        warm = [timed(engine.search, request) for request in of_class]
        found = [engine.search(request).total.value for request in of_class]
        engine.close()
        quantiles = (percentile(cold, 50), percentile(cold, 95), percentile(warm, 50), percentile(warm, 95))
        rows.append((name, int(percentile(found, 50)), *quantiles))
    return table(("milliseconds", "found", "first time, p50", "p95", "again, p50", "p95"), rows)


def other_table(engine: EmbeddedEngine) -> str:
    articles = random.Random(SEED).sample(list(engine.scan()), 40)
    words = ("presid", "obam", "oil pr", "governmnt", "minster", "israeel", "fe", "str", "market", "chna")
    rows: list[tuple[object, ...]] = []
    for name, of_class in (
        ("more stories", [timed(engine.related, article) for article in articles]),
        ("autocomplete", [timed(engine.suggest, word) for word in words]),
        ("did you mean", [timed(engine.spell, word) for word in words]),
    ):
        rows.append((name, percentile(of_class, 50), percentile(of_class, 95)))
    return table(("milliseconds", "p50", "p95"), rows)


def timed(call: Callable[[T], object], argument: T) -> float:
    """The milliseconds that a call takes."""
    before = time.perf_counter()
    call(argument)
    return (time.perf_counter() - before) * 1000


# --- served pages -----------------------------------------------------------------------------------------------------


def served_table(index: Path, asked: dict[str, list[SearchRequest]]) -> str:
    """Pages over HTTP from `searchsvc serve` with two processes: one by one, and by 8 readers at once."""
    terms = [request.query for name in ("common word", "rare word") for request in asked[name]]
    texts = [query.text for query in terms if isinstance(query, Term)]
    random.Random(SEED).shuffle(texts)
    server = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "serve", "--port", "0", "--workers", "2"],
        cwd=HERE, stdout=subprocess.PIPE, text=True, env={**os.environ, "SEARCHSVC_TIMEOUT_MS": str(PATIENT_MS)},
    )  # fmt: skip
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split("http://127.0.0.1:")[1].split()[0])
        rows: list[tuple[object, ...]] = []
        for name, path in (("/search", "/search?q="), ("/api/v1/search", "/api/v1/search?q=")):
            paths = [path + quote_plus(text) for text in texts]
            for each in paths:
                fetch(port, each)  # each worker meets the words once
            times = [timed(partial(fetch, port), each) for each in paths]
            before = time.perf_counter()
            with ThreadPoolExecutor(8) as readers:
                list(readers.map(lambda each: fetch(port, each), paths * 2))
            rate = 2 * len(paths) / (time.perf_counter() - before)
            rows.append((name, percentile(times, 50), percentile(times, 95), round(rate)))
    finally:
        server.terminate()
        server.wait(10)
    return table(("served", "ms, p50", "p95", "a second, 8 readers"), rows)


def fetch(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise EngineError(f"{path}: {answer.status}")
    return body


if __name__ == "__main__":
    main()
