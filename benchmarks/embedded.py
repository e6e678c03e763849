"""The embedded engine on a real archive: ingest rate, memory, size, and how long a page takes.

    python -m benchmarks.embedded            # reuses the index of the last run
    python -m benchmarks.embedded --fresh    # ingests first

Reads the news beside the checkout (../shared/data); without it there is nothing to measure. Queries are made from the
archive itself by a seeded generator, in classes after what makes them dear.
"""

import argparse
import gzip
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import IndexMissing, IndexOutdated
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.query import And, DateRange, Or, Phrase, Prefix, Query, Term
from searchsvc.model.request import FacetRequest, HistogramRequest, SearchRequest, Sort
from searchsvc.text.analyzer import tokenize
from searchsvc.text.fingerprints import simhash

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEED = 20_150_930
QUERIES = 100  # of each class
FACETS = tuple(FacetRequest(field=name) for name in ("tag", "place", "author"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--index", type=Path, default=Path("/tmp/searchsvc-benchmark"))
    options.add_argument("--fresh", action="store_true", help="ingest first")
    options.add_argument("--memory-mb", type=int, default=512)
    options.add_argument("--limit", type=int, default=0, help="ingest so many articles only")
    chosen = options.parse_args()
    if not DATA.is_dir():
        sys.exit(f"there is no archive in {DATA}")
    engine = EmbeddedEngine(chosen.index, memory_mb=chosen.memory_mb)
    try:
        engine.status()
    except (IndexMissing, IndexOutdated):
        chosen.fresh = True
    if chosen.fresh:
        ingest(engine, chosen.limit)
    status = engine.status()
    print(f"{status.articles:,} articles, {status.segments} segments, {status.size_bytes / 1e6:,.0f} MB")
    measure(engine)
    engine.close()


def ingest(engine: EmbeddedEngine, limit: int) -> None:
    """All articles into a fresh build. Reading and decoding the files is in the time; the fingerprint is not."""
    started, cpu = time.perf_counter(), time.process_time()
    aside = 0.0
    count = 0
    with engine.writer(fresh=True) as writer:
        for values in records():
            before = time.perf_counter()
            fingerprint = simhash(values.get("body") or "")
            aside += time.perf_counter() - before
            writer.put(article_of(values, fingerprint))
            count += 1
            if count == limit:
                break
        last = time.perf_counter()
    ended = time.perf_counter()
    took = ended - started - aside
    busy = time.process_time() - cpu - aside  # what it takes on a machine that does nothing else, about
    print(f"ingest: {count:,} articles in {took:.1f} s, {count / took:,.0f} a second; last commit {ended - last:.1f} s")
    print(f"of processor time: {busy:.1f} s, {count / busy:,.0f} a second")
    print(f"peak memory: {peak_mb():.0f} MB")


def records() -> Iterator[dict[str, str]]:
    for path in sorted([*(DATA / "reuters_2006_2010").glob("*.jsonl.gz"), *(DATA / "digitalgov").glob("*.jsonl.gz")]):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def article_of(values: dict[str, str], fingerprint: int) -> Article:
    instant = None
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            instant = datetime.strptime(values.get("date") or "", form)
            break
        except ValueError:
            continue
    byline = values.get("byline") or ""
    return Article(
        id=ArticleId(values["id"]),
        headline=values.get("headline") or "",
        body=values.get("body") or "",
        summary=values.get("deck") or "",
        byline=byline,
        authors=(byline,) if byline else tuple(values.get("authors") or ()),
        publication=values.get("source") or "",
        section=values.get("section") or "",
        place=values.get("dateline_place") or "",
        tags=tuple(values.get("tags") or ()),
        url=values.get("url") or "",
        published_on=instant.date() if instant else None,
        published_at=instant,
        date_precision=DatePrecision.INSTANT if instant else DatePrecision.UNKNOWN,
        fingerprint=fingerprint,
    )


def measure(engine: EmbeddedEngine) -> None:
    """Each class cold (an engine just opened, once) and warm (asked again), in milliseconds."""
    classes = queries(engine)
    print(f"{'class':<28}{'cold p50':>10}{'p95':>9}{'warm p50':>10}{'p95':>9}{'hits':>9}")
    for name, asked in classes.items():
        colds, warms, hits = [], [], []
        cold = EmbeddedEngine(engine._index_dir)
        cold.status()
        for request in asked:
            colds.append(_took(cold, request)[0])
        for request in asked:
            took, total = _took(cold, request)
            warms.append(took)
            hits.append(total)
        cold.close()
        print(
            f"{name:<28}{_p(colds, 50):>10.2f}{_p(colds, 95):>9.2f}{_p(warms, 50):>10.2f}{_p(warms, 95):>9.2f}", end=""
        )
        print(f"{statistics.median(hits):>9,.0f}")
    sample = random.Random(SEED).sample([a.id for a in engine.scan()], 40)
    times = []
    for id in sample:
        article = engine.get(id)
        before = time.perf_counter()
        engine.related(article)
        times.append((time.perf_counter() - before) * 1000)
    print(f"{'more stories':<28}{_p(times, 50):>10.2f}{_p(times, 95):>9.2f}")
    for name, ask in (("suggest", engine.suggest), ("spell", engine.spell)):
        engine.suggest("a")
        engine.spell("aaaa")
        times = []
        for word in ("presid", "obam", "oil pr", "governmnt", "minster", "israeel", "fe", "str", "market", "chna"):
            before = time.perf_counter()
            ask(word)
            times.append((time.perf_counter() - before) * 1000)
        print(f"{name:<28}{_p(times, 50):>10.2f}{_p(times, 95):>9.2f}")
    print(f"peak memory of all: {peak_mb():.0f} MB")


def queries(engine: EmbeddedEngine) -> dict[str, list[SearchRequest]]:
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

    def some(words: list[str], number: int) -> tuple[Term, ...]:
        return tuple(Term(word) for word in chance.sample(words, number))

    made: dict[str, list[Query]] = {
        "common word": [some(common, 1)[0] for _ in range(QUERIES)],
        "rare word": [some(rare, 1)[0] for _ in range(QUERIES)],
        "and of 2-3": [And(some(middle, chance.choice((2, 3)))) for _ in range(QUERIES)],
        "or of 3-5": [Or(some(middle, chance.choice((3, 4, 5)))) for _ in range(QUERIES)],
        "phrase": [Phrase(run) for run in chance.sample(runs, QUERIES)],
        "prefix": [Prefix(chance.choice(middle)[:4]) for _ in range(QUERIES)],
    }
    year = [DateRange(datetime(y, 1, 1).date(), datetime(y, 12, 31).date()) for y in range(2007, 2011)]
    made["word in a year"] = [And((some(middle, 1)[0], chance.choice(year))) for _ in range(QUERIES)]
    top: dict[str, list[SearchRequest]] = {
        name: [SearchRequest(query=query, snippets=False, timeout_ms=60_000) for query in asked]
        for name, asked in made.items()
    }
    top["newest, common word"] = [
        SearchRequest(query=query, sort=Sort.NEWEST, snippets=False) for query in made["common word"]
    ]
    for name in ("common word", "rare word", "and of 2-3", "or of 3-5", "phrase"):
        top[f"page: {name}"] = [
            SearchRequest(query=query, facets=FACETS, histogram=HistogramRequest(), timeout_ms=60_000)
            for query in made[name]
        ]
    top["page: everything"] = [SearchRequest(facets=FACETS, histogram=HistogramRequest())] * 20
    return top


def peak_mb() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1000


def _took(engine: EmbeddedEngine, request: SearchRequest) -> tuple[float, int]:
    before = time.perf_counter()
    result = engine.search(request)
    return (time.perf_counter() - before) * 1000, result.total.value


def _p(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


if __name__ == "__main__":
    main()
