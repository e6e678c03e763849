"""How well stories, headlines, dates and tags are found on saved web pages, beside two public tools.

    python -m benchmarks.pages [FOLDER ...] [--write] [--half 0|1] [--worst MEASURE]

Each FOLDER has `gold.jsonl` (one page a line: `file`, and what is known of it) and the pages that it names, gzipped;
where there is none this says so and ends well. `--write` puts the tables into docs/web-pages.md. `--half` takes the
sites of one half only, by a hash of their names; `--worst` names the pages that we read wrongly.

The tools are trafilatura with its own metadata, and newspaper4k (benchmarks/newspaper_reader.py, in an environment of
its own: it needs an older python-dateutil than ours). All read the same pages in the same run, one process each.
"""

import argparse
import gzip
import hashlib
import json
import logging
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlsplit

from trafilatura import bare_extraction
from trafilatura.settings import Document

from benchmarks.reporting import table, write_measured
from benchmarks.text_dumps import f1
from searchsvc.ingest.draft import Draft
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.html import drafts_of_page
from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.text.dates import read_date

HERE = Path(__file__).parent.parent
DEFAULT = HERE.parent / "shared" / "data" / "pages"
PEERS = HERE / ".venv" / "peers" / "bin" / "python"
PAGE = HERE / "docs" / "web-pages.md"
TODAY = date(2026, 12, 31)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader saw on a page, as plain texts; a reader that found none has a list of none."""

    headline: str = ""
    day: str = ""  # as ISO 8601
    tags: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    body: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its set, what is true of it, and what each reader saw."""

    set: str
    gold: dict[str, Any]  # Any: JSON
    content: bytes
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.gold.get("url") or "").netloc.removeprefix("www.") or str(self.gold["id"])

    @property
    def half(self) -> int:
        return hashlib.blake2b(self.host.encode(), digest_size=1).digest()[0] % 2


OURS, TRAFILATURA, NEWSPAPER = "searchsvc", "trafilatura", "newspaper4k"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=sorted(DEFAULT.glob("*")))
    parser.add_argument("--write", action="store_true", help="put the tables into docs/web-pages.md")
    parser.add_argument("--half", type=int, choices=(0, 1), help="the sites of one half only")
    parser.add_argument("--worst", choices=("headline", "date", "tags", "section", "body"), help="name our mistakes")
    parser.add_argument("--alone", action="store_true", help="without the other tools")
    options = parser.parse_args()
    folders = [folder for folder in options.folders if (folder / "gold.jsonl").exists()]
    if not folders:
        print(f"no gold.jsonl in a folder of {DEFAULT}: nothing to measure")
        return
    logging.disable(logging.CRITICAL)  # the tools tell of what they cannot read
    pages = [page for folder in folders for page in pages_of(folder) if options.half in (None, page.half)]
    read_all(pages, alone=options.alone)
    text = as_tables(pages)
    print(text)
    if options.worst:
        name_worst(pages, options.worst)
    if options.write:
        write_measured(PAGE, text)


def pages_of(folder: Path) -> list[Page]:
    with (folder / "gold.jsonl").open(encoding="utf-8") as lines:
        golds = [json.loads(line) for line in lines]
    return [Page(folder.name, gold, gzip.decompress((folder / gold["file"]).read_bytes())) for gold in golds]


# --- readers ----------------------------------------------------------------------------------------------------------


def read_all(pages: Sequence[Page], *, alone: bool = False) -> None:
    """Let each reader read each page: ours and trafilatura in turn, newspaper4k beside them in its own process."""
    with nullcontext() if alone or not PEERS.exists() else reading_by_newspaper(pages):
        for page in pages:
            page.readings[OURS] = read_by_us(page)
            if not alone:
                page.readings[TRAFILATURA] = read_by_trafilatura(page)


def read_by_us(page: Page) -> Reading:
    start = time.process_time()
    [draft] = drafts_of_page(page.content, url=page.gold.get("url") or "", source=page.gold["file"])
    seconds = time.process_time() - start
    article = finish(draft, today=TODAY) if isinstance(draft, Draft) else draft
    if not isinstance(article, Article):
        return Reading(seconds=seconds)
    day = article.published_on.isoformat() if article.published_on else ""
    sections = (article.section,) if article.section else ()
    return Reading(article.headline, day, article.tags, sections, article.body, seconds)


def read_by_trafilatura(page: Page) -> Reading:
    start = time.process_time()
    found = bare_extraction(page.content, url=page.gold.get("url") or None, with_metadata=True, include_comments=False)
    seconds = time.process_time() - start
    if not isinstance(found, Document):
        return Reading(seconds=seconds)
    return Reading(
        found.title or "", found.date or "", tuple(found.tags or ()), tuple(found.categories or ()),
        found.text or "", seconds,
    )  # fmt: skip


@contextmanager
def reading_by_newspaper(pages: Sequence[Page]) -> Iterator[None]:
    """Pages go in by line, readings come out by line; they are there at the end of the block."""
    with TemporaryFile("w+", encoding="utf-8") as given, TemporaryFile("w+", encoding="utf-8") as found:
        for page in pages:
            text = page.content.decode("utf-8", "replace")
            given.write(json.dumps({"html": text, "url": page.gold.get("url") or ""}) + "\n")
        given.seek(0)
        command = [str(PEERS), str(HERE / "benchmarks" / "newspaper_reader.py")]
        process = subprocess.Popen(command, stdin=given, stdout=found, stderr=subprocess.DEVNULL)
        yield
        if process.wait() != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        found.seek(0)
        for page, line in zip(pages, found, strict=True):
            values = json.loads(line)
            page.readings[NEWSPAPER] = Reading(
                values["headline"], values["day"], tuple(values["tags"]), (), values["body"], values["seconds"]
            )


# --- measures ---------------------------------------------------------------------------------------------------------


def gold_headline(page: Page) -> str:
    return page.gold.get("headline") or page.gold.get("title") or ""


def gold_day(page: Page) -> str:
    text = page.gold.get("date") or ""
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return str(text[:10])
    found = read_date(text, today=TODAY) if text else None
    return found.on.isoformat() if found else ""


def gold_sections(page: Page) -> list[str]:
    return [each for each in page.gold.get("categories") or () if each]


def has_right_headline(page: Page, reading: Reading) -> bool:
    return plain(reading.headline) == plain(gold_headline(page))


def plain(text: str) -> str:
    """A headline without what is a matter of typography: case, space, shapes of quotes and dashes, signs without width.

    >>> plain("“It rained”  –  so what…") == plain('"it rained" - so what...')
    True
    """
    return value_key(re.sub("[\u00ad\u200b\u2060]", "", text.translate(_PLAIN)))


_PLAIN = str.maketrans({
    **dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "...",
})  # fmt: skip


def has_right_day(page: Page, reading: Reading) -> bool:
    return reading.day == gold_day(page)


def takes_crawl_day(page: Page, reading: Reading) -> bool:
    crawled = (page.gold.get("crawl_date") or "")[:10]
    return bool(crawled) and reading.day == crawled != gold_day(page)


def tag_counts(page: Page, reading: Reading) -> tuple[int, int, int]:
    """Right, found, gold."""
    found, gold = ({value_key(tag) for tag in tags if tag} for tags in (reading.tags, page.gold["tags"]))
    return len(found & gold), len(found), len(gold)


def has_right_section(page: Page, reading: Reading) -> bool:
    return bool({value_key(each) for each in reading.sections} & {value_key(each) for each in gold_sections(page)})


def body_f1(page: Page, reading: Reading) -> float:
    return f1(reading.body, page.gold["body"])


def segment_counts(page: Page, reading: Reading) -> tuple[int, int, int]:
    """Pieces of text that belong to the story and are in it; that are in it, both kinds; that belong to it."""
    body = " ".join(reading.body.split())
    right = sum(" ".join(each.split()) in body for each in page.gold["with_"])
    wrong = sum(" ".join(each.split()) in body for each in page.gold["without"])
    return right, right + wrong, len(page.gold["with_"])


def has_beginning(page: Page, reading: Reading) -> bool:
    return " ".join(page.gold["body_prefix"].split()) in " ".join(reading.body.split())


# --- tables -----------------------------------------------------------------------------------------------------------

_HEADER = ("", "pages", OURS, TRAFILATURA, NEWSPAPER)


def as_tables(pages: Sequence[Page]) -> str:
    """A table for each set, and one for all together, in Markdown."""
    sets = dict.fromkeys(page.set for page in pages)
    parts = [f"All sets, {len({page.host for page in pages})} sites:", "", table(_HEADER, rows(pages))]
    for name in sets:
        some = [page for page in pages if page.set == name]
        parts += ["", f"`{name}`, {len({page.host for page in some})} sites:", "", table(_HEADER, rows(some))]
    return "\n".join(parts)


def rows(pages: Sequence[Page]) -> list[tuple[object, ...]]:
    with_body = [page for page in pages if page.gold.get("body")]
    with_segments = [page for page in pages if page.gold.get("with_")]
    with_beginning = [page for page in pages if page.gold.get("body_prefix")]
    with_headline = [page for page in pages if gold_headline(page)]
    with_day = [page for page in pages if gold_day(page)]
    crawled = [page for page in with_day if (page.gold.get("crawl_date") or "")[:10] not in ("", gold_day(page))]
    tagged = [page for page in pages if page.gold.get("tags")]
    sectioned = [page for page in pages if gold_sections(page)]
    found = [
        _row("body F1", with_body, _mean(body_f1)),
        _row("segments F1", with_segments, _micro_f1(segment_counts)),
        _row("body's beginning found", with_beginning, _mean(has_beginning)),
        _row("headline exact", with_headline, _mean(has_right_headline)),
        _row("date exact", with_day, _mean(has_right_day)),
        _row(
            "crawl date taken for it",
            crawled,
            lambda some, name: sum(takes_crawl_day(p, p.readings[name]) for p in some),
        ),
        _row("tags F1", tagged, _micro_f1(tag_counts)),
        _row("tags precision", tagged, lambda some, name: _micro(tag_counts, some, name)[0]),
        _row("tags recall", tagged, lambda some, name: _micro(tag_counts, some, name)[1]),
        _row("section right", sectioned, _mean(has_right_section)),
        _row(
            "pages a second", pages, lambda some, name: f"{len(some) / sum(p.readings[name].seconds for p in some):.1f}"
        ),
    ]
    return [row for row in found if row[1]]


Measure = Callable[[Sequence[Page], str], object]


def _row(name: str, pages: Sequence[Page], measure: Measure) -> tuple[object, ...]:
    readers = (OURS, TRAFILATURA, NEWSPAPER)
    return (
        name,
        len(pages),
        *(measure(pages, each) if pages and each in pages[0].readings else "" for each in readers),
    )


def _mean(measure: Callable[[Page, Reading], float]) -> Measure:
    return lambda pages, name: f"{sum(measure(page, page.readings[name]) for page in pages) / len(pages):.3f}"


def _micro_f1(counts: Callable[[Page, Reading], tuple[int, int, int]]) -> Measure:
    def measure(pages: Sequence[Page], name: str) -> str:
        precision, recall = map(float, _micro(counts, pages, name))
        return f"{2 * precision * recall / max(1e-9, precision + recall):.3f}"

    return measure


def _micro(
    counts: Callable[[Page, Reading], tuple[int, int, int]], pages: Sequence[Page], name: str
) -> tuple[str, str]:
    """Precision and recall of all pages together."""
    right, found, gold = map(sum, zip(*(counts(page, page.readings[name]) for page in pages), strict=True))
    return f"{right / max(1, found):.3f}", f"{right / max(1, gold):.3f}"


def name_worst(pages: Sequence[Page], measure: str) -> None:
    for page in pages:
        ours = page.readings[OURS]
        match measure:
            case "headline" if gold_headline(page) and not has_right_headline(page, ours):
                print(f"{page.gold['id']}\n  gold {gold_headline(page)}\n  ours {ours.headline}")
            case "date" if gold_day(page) and not has_right_day(page, ours):
                print(f"{page.gold['id']}\n  gold {page.gold['date']}\n  ours {ours.day}")
            case "tags" if page.gold.get("tags") and tag_counts(page, ours)[:1] * 2 != tag_counts(page, ours)[1:]:
                print(f"{page.gold['id']}\n  gold {page.gold['tags']}\n  ours {list(ours.tags)}")
            case "section" if gold_sections(page) and not has_right_section(page, ours):
                print(f"{page.gold['id']}\n  gold {gold_sections(page)}\n  ours {list(ours.sections)}")
            case "body" if page.gold.get("body") and body_f1(page, ours) < 0.95:
                print(f"{body_f1(page, ours):.3f} {page.gold['id']}")
            case _:
                pass


if __name__ == "__main__":
    main()
