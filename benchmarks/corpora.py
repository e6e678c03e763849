"""Corpora: the articles that engines are compared on, the same ones each time.

Two kinds. **Reuters-21578**, where it lies beside the checkout, read by our own ingest. **Synthetic** ones of any size:
paragraphs, headlines, tags, places and authors of real articles, recombined by a seeded generator. A shorter synthetic
corpus is the beginning of a longer one. Where there are no real articles beside the checkout, the demo archive's are
recombined, with made-up words among them so that there are rare ones too.

Both are kept as JSON Lines in a working folder and read as a stream: never is a whole corpus in memory.
"""

import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.fields import value_key
from searchsvc.text.fingerprints import simhash

HERE = Path(__file__).resolve().parent.parent
SHARED = HERE.parent / "shared" / "data"
DEMO = HERE / "examples" / "archive"
TODAY = date(2026, 12, 31)  # the day that dates in a source are judged by

SEED = 20_150_930
VERSION = 1  # raised whenever the same seed gives other articles: what is kept of the old ones is left alone
PART = 20_000  # articles in a file
FIRST_DAY, DAYS = date(1990, 1, 1), 10_957  # to the end of 2019
SECTIONS = ("World", "Business", "Markets", "Politics", "Sport", "Technology", "Health", "Science", "Arts", "Opinion")
SECTION_WEIGHTS = (22, 20, 16, 12, 10, 7, 5, 3, 3, 2)
PARAGRAPHS = (1, 2, 3, 4, 5)  # of an article
PARAGRAPH_WEIGHTS = (20, 20, 8, 4, 1)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A name for people and folders, how many articles, and the files that they are read from."""

    name: str
    count: int
    files: tuple[Path, ...]

    def articles(self) -> Iterator[Article]:
        """Every article, in the order of the files; each time anew."""
        return islice(chain.from_iterable(map(read_articles, self.files)), self.count)


@dataclass(frozen=True, slots=True)
class Material:
    """What synthetic articles are made of. Values occur as often as in the real articles."""

    paragraphs: tuple[str, ...]
    headlines: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]  # of one article each
    places: tuple[str, ...]
    authors: tuple[tuple[str, ...], ...]


# --- the corpora ------------------------------------------------------------------------------------------------------


def reuters(work: Path) -> Corpus | None:
    """Reuters-21578 as our ingest reads it; None where it is not beside the checkout."""
    source = SHARED / "reuters21578"
    if not source.is_dir():
        return None
    kept = work / "corpora" / "reuters.jsonl.gz"
    if not kept.exists():
        write_articles(kept, _ingested(source))
    with gzip.open(kept, "rb") as lines:
        count = sum(1 for _ in lines)
    return Corpus("reuters", count, (kept,))


def _ingested(source: Path) -> Iterator[Article]:
    """The articles that our ingest reads of a folder."""
    # Not above: `versions` reads what is kept with another checkout's package, whose ingest may have other names.
    from searchsvc.ingest.pipeline import IngestRun, read

    return (each for each in read([source], run=IngestRun(today=TODAY)) if isinstance(each, Article))


def synthetic(count: int, work: Path, *, processes: int = 2) -> Corpus:
    """The first `count` synthetic articles; what is not there yet is made, by so many processes."""
    folder = work / "corpora" / f"synthetic-{VERSION}{'' if has_real_articles() else '-demo'}"
    files = tuple(folder / f"part-{number:04d}.jsonl.gz" for number in range(-(-count // PART)))
    missing = [number for number, path in enumerate(files) if not path.exists()]
    if len(missing) > 2:
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(partial(_write_parts, folder), [missing[at::processes] for at in range(processes)]))
    else:
        _write_parts(folder, missing)
    return Corpus(f"synthetic-{count}", count, files)


def has_real_articles() -> bool:
    return (SHARED / "reuters21578").is_dir() and (SHARED / "reuters_2006_2010").is_dir()


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """JSON Lines, gzipped; the file appears when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with gzip.open(partial, "wt", compresslevel=1, encoding="utf-8") as lines:
        lines.writelines(json.dumps(article.to_json(), ensure_ascii=False) + "\n" for article in articles)
    partial.rename(path)


def read_articles(path: Path) -> Iterator[Article]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (Article.from_json(json.loads(line)) for line in lines)


# --- synthetic articles -----------------------------------------------------------------------------------------------


def make_articles(material: Material, part: int, count: int = PART) -> Iterator[Article]:
    """The articles of one part: the same for the same material and number, whatever else is made."""
    chance = random.Random(f"{SEED}/{part}")
    for number in range(part * PART, part * PART + count):
        body = "\n\n".join(chance.choices(material.paragraphs, k=chance.choices(PARAGRAPHS, PARAGRAPH_WEIGHTS)[0]))
        headline = chance.choice(material.headlines)
        authors = chance.choice(material.authors)
        published_on = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        yield Article(
            id=ArticleId(f"synthetic/{number:07d}"),
            headline=headline,
            body=body,
            byline=f"By {' and '.join(authors)}" if authors else "",
            authors=authors,
            publication="Reuters",
            section=chance.choices(SECTIONS, SECTION_WEIGHTS)[0],
            place=chance.choice(material.places),
            tags=chance.choice(material.tags),
            url=f"https://archive.example/{published_on:%Y/%m/%d}/{number:07d}",
            published_on=published_on,
            published_at=datetime(
                published_on.year, published_on.month, published_on.day, chance.randrange(24), tzinfo=UTC
            ),
            date_precision=DatePrecision.INSTANT,
            date_source="record",
            fingerprint=simhash(body),
        )


def _write_parts(folder: Path, numbers: list[int]) -> None:
    material = find_material() if numbers else None
    for number in numbers:
        assert material is not None
        write_articles(folder / f"part-{number:04d}.jsonl.gz", make_articles(material, number))


def find_material() -> Material:
    """From the real articles beside the checkout; else from the demo archive."""
    if has_real_articles():
        return material_of(chain(_records(SHARED / "reuters21578", 1), _records(SHARED / "reuters_2006_2010", 3)))
    demo = list(_ingested(DEMO))
    return material_of(map(_record, demo), made_up=0.5)


def material_of(records: Iterable[dict[str, Any]], *, made_up: float = 0.0) -> Material:  # Any: JSON
    """Cut records (headline, body, tags, authors, place) up; `made_up` is the share of paragraphs with a made-up word.

    A value that occurs in several spellings is taken in the one met first, so that engines that fold case and engines
    that do not count the same.
    """
    chance = random.Random(SEED)
    paragraphs: list[str] = []
    headlines, tags, places, authors = [], [], [], []
    spellings: dict[str, str] = {}

    def one_spelling(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spellings.setdefault(value_key(value), value) for value in values))

    for record in records:
        paragraphs += cut_paragraphs(record["body"], chance)
        headlines.append(record["headline"])
        tags.append(one_spelling(record["tags"]))
        places.append("".join(one_spelling([record["place"]])))
        authors.append(one_spelling(record["authors"]))
    if made_up:
        words = sorted({word for text in paragraphs for word in re.findall(r"\b[a-z]{5,9}\b", text)})
        paragraphs = [
            f"{text} {chance.choice(words)[:4].capitalize()}{chance.choice(words)[-4:]} agreed."
            if chance.random() < made_up
            else text
            for text in paragraphs
            for _ in range(50)
        ]
    return Material(tuple(paragraphs), tuple(headlines), tuple(tags), tuple(places), tuple(authors))


_SENTENCE_END = re.compile(r"(?<=[a-z0-9)]\.)\s+(?=[A-Z\"])")


def cut_paragraphs(body: str, chance: random.Random) -> Iterator[str]:
    """Paragraphs of one to three sentences of a text; a last one that is too short to say anything is left out."""
    sentences = _SENTENCE_END.split(" ".join(body.split()))
    at = 0
    while at < len(sentences):
        size = chance.randint(1, 3)
        text = " ".join(sentences[at : at + size])
        at += size
        if 40 <= len(text) <= 1_500:
            yield text


def _records(folder: Path, step: int) -> Iterator[dict[str, Any]]:  # Any: JSON
    """Every `step`-th record of a folder's files that has a body."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for record in map(json.loads, islice(lines, 0, None, step)):
                if record["body"] and record["headline"]:
                    byline = record.get("byline") or ""
                    yield {
                        "headline": " ".join(record["headline"].split()),
                        "body": record["body"],
                        "tags": record["tags"] or [],
                        "place": record.get("dateline_place") or next(iter(record.get("places") or []), ""),
                        "authors": [name for name in re.split(r", | and ", byline) if 4 < len(name) < 40],
                    }


def _record(article: Article) -> dict[str, Any]:  # Any: JSON
    return {
        "headline": article.headline,
        "body": article.body,
        "tags": list(article.tags),
        "place": article.place,
        "authors": list(article.authors),
    }
