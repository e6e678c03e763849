"""How well "more stories" finds what belongs to a story, by how many of its words are looked for.

    python -m benchmarks.related [FOLDER] [--terms N ...] [--write]

FOLDER has collections, each a folder with `docs.jsonl` (or `.jsonl.gz`) and `qrels.tsv`; one that is not there is left
out. Of each asked article (or headline alone) the stories shown before, after and of the same days are put in one
order by their scores; nDCG@10 says how well the ten best agree with the judgements. `--write` puts the table into
docs/related.md.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log2
from pathlib import Path
from statistics import mean, median

from benchmarks.reporting import table, write_measured
from searchsvc.engines import more_like_this
from searchsvc.engines.contract import Engine
from searchsvc.engines.registry import open_engine
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.model.article import Article, ArticleId
from searchsvc.settings import Settings

HERE = Path(__file__).parent.parent
DEFAULT = HERE.parent / "shared" / "data"
PAGE = HERE / "docs" / "related.md"
TODAY = date(2024, 1, 1)
TERMS = (5, 10, 15, 20, 25, 30, 40, 60)
SHOWN = 10

Gains = Mapping[str, float]  # by the id of an article


@dataclass(frozen=True, slots=True)
class Collection:
    """Articles to index, and what belongs to each that is asked: one of them or, where `headlines` are, a headline."""

    name: str
    documents: Path
    judgements: Path
    headlines: Path | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--terms", nargs="+", type=int, default=TERMS, help="how many key terms to try")
    parser.add_argument("--write", action="store_true", help="put the table into docs/related.md")
    options = parser.parse_args()
    rows: dict[int, list[object]] = {terms: [terms] for terms in options.terms}
    header = ["key terms"]
    for collection in collections(options.folder):
        if not collection.judgements.exists():
            print(f"no {collection.name} in {options.folder}")
            continue
        header += [f"{collection.name}: nDCG@10", "ms"]
        for terms, quality, ms in measured(collection, options.terms):
            rows[terms] += [f"{quality:.3f}", f"{ms:.1f}"]
    measure = table(header, list(rows.values()))
    print(measure)
    if options.write:
        write_measured(PAGE, measure)


def collections(folder: Path) -> Iterator[Collection]:
    """Those that this measures, in the order of the table."""
    for name, documents, judged, headlines in (
        ("running stories", "reuters_2006_2010", "related/reuters_slug", ""),
        ("one event in three papers", "related/basil", "related/basil", ""),
        ("likeness as people see it", "related/lee/docs.jsonl", "related/lee", ""),
        ("a headline alone", "ranking/fnc1_headline_to_body", "ranking/fnc1_headline_to_body", "queries.tsv"),
    ):
        judgements = folder / judged / "qrels.tsv"
        yield Collection(name, folder / documents, judgements, judgements.with_name(headlines) if headlines else None)


def measured(collection: Collection, terms: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """For each number of key terms the mean nDCG@10 and the median processor time of a question, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(Settings(index_dir=Path(folder)))
        with engine.writer() as writer:
            for article in read([str(collection.documents)], run=IngestRun(today=TODAY)):
                if isinstance(article, Article):
                    writer.put(article)
        asked = list(questions(collection, engine))
        for number in terms:
            more_like_this.KEY_TERMS = number
            engine.related(asked[0][0])
            quality, times = [], []
            for article, gains in asked:
                began = time.thread_time()
                found = engine.related(article, limit=SHOWN)
                times.append((time.thread_time() - began) * 1000)
                hits = sorted(found.before + found.after + found.angles, key=lambda hit: -hit.score)
                quality.append(ndcg([hit.article.id for hit in hits], gains))
            yield number, mean(quality), median(times)
        engine.close()


def questions(collection: Collection, engine: Engine) -> Iterator[tuple[Article, Gains]]:
    """The asked articles and what belongs to each; those of which nothing is archived are left out."""
    archived = {article.id: article for article in engine.scan()}
    asked = dict(archived) if collection.headlines is None else {}
    if collection.headlines is not None:
        for line in collection.headlines.read_text("utf-8").splitlines():
            id, headline = line.split("\t")[:2]
            asked[ArticleId(id)] = Article(id=ArticleId(id), headline=headline, body="")
    gains: dict[str, dict[str, float]] = {}
    for id, found, gain in judged(collection.judgements.read_text("utf-8").splitlines()):
        if found in archived and gain > 0:
            gains.setdefault(id, {})[found] = gain
    for asked_id, of_article in gains.items():
        if asked_id in asked:
            yield asked[ArticleId(asked_id)], of_article


def judged(lines: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    """Question, article and gain of each line: TREC's four columns, or three, perhaps under a header."""
    for line in lines:
        parts = line.split()
        try:
            yield parts[0], parts[-2], float(parts[-1])
        except ValueError:
            continue


def ndcg(found: Sequence[str], gains: Gains) -> float:
    """How much of the gain the first ten of an order have, those further down counting less, by the most they could.

    >>> ndcg(["a", "b"], {"a": 1}), ndcg(["b", "a"], {"a": 1}) < 1, ndcg([], {"a": 1})
    (1.0, True, 0.0)
    """

    def total(of: Iterable[float]) -> float:
        return sum(gain / log2(place + 2) for place, gain in zip(range(SHOWN), of, strict=False))

    return total(gains.get(id, 0.0) for id in found) / total(sorted(gains.values(), reverse=True))


if __name__ == "__main__":
    main()
