"""How well stories, headlines, dates and tags are found on pages saved as plain text.

    python -m benchmarks.text_dumps [FOLDER] [--write] [--worst N]

FOLDER has `gold.jsonl` (one page a line: `file`, `body`, and where known `headline`, `date`, `crawl_date`, `tags`) and
the pages that it names; where there is none this says so and ends well. `--write` puts the table into
docs/text-dumps.md. Body F1 counts words, each as often as it stands there. The two halves (by a hash of the pages'
names) show how far the figures depend on which pages they are.
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.reporting import write_measured
from searchsvc.ingest.draft import Draft
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.text_dump import TextDumpImporter
from searchsvc.ingest.page.printed_dates import find_dates
from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.text.dates import read_date

HERE = Path(__file__).parent.parent
DEFAULT = HERE.parent / "shared" / "data" / "text_dumps"
PAGE = HERE / "docs" / "text-dumps.md"
TODAY = date(2026, 12, 31)
LONG_LINE = 15  # words


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what is true of it, all its text, and what was found."""

    gold: dict[str, Any]  # Any: JSON
    text: str
    article: Article | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--write", action="store_true", help="put the table into docs/text-dumps.md")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name the N pages with the worst bodies")
    options = parser.parse_args()
    if not (options.folder / "gold.jsonl").exists():
        print(f"no gold.jsonl in {options.folder}: nothing to measure")
        return
    pages = read_pages(options.folder)
    table = as_table(pages)
    print(table)
    for page in sorted(pages, key=body_f1)[: options.worst]:
        print(f"{body_f1(page):.3f}  {page.gold['id'][:50]}")
    if options.write:
        write_measured(PAGE, table)


def read_pages(folder: Path) -> list[Page]:
    """Every page of the gold file, read as the command line would read it."""
    with (folder / "gold.jsonl").open(encoding="utf-8") as lines:
        golds = [json.loads(line) for line in lines]
    return [Page(gold, *_read(folder / gold["file"])) for gold in golds]


def _read(path: Path) -> tuple[str, Article | None]:
    source = Source.from_path(path, path.name)
    drafts = [each for each in TextDumpImporter().read(source, ReadOptions()) if isinstance(each, Draft)]
    source.close()
    finished = [finish(draft, today=TODAY) for draft in drafts]
    article = next((each for each in finished if isinstance(each, Article)), None)
    return path.read_text(encoding="utf-8", errors="replace"), article


# --- measures ---------------------------------------------------------------------------------------------------------


def f1(found: str, gold: str) -> float:
    """Of two bags of words: twice what they share by what they have.

    >>> f1("rain in Spain", "Rain, rain in Spain") == 6 / 7
    True
    """
    a, b = Counter(re.findall(r"\w+", found.lower())), Counter(re.findall(r"\w+", gold.lower()))
    return 2 * (a & b).total() / (a.total() + b.total()) if a or b else 1.0


def body_f1(page: Page) -> float:
    return f1(page.article.body if page.article else "", page.gold["body"])


def all_text_f1(page: Page) -> float:
    return f1(page.text, page.gold["body"])


def long_lines_f1(page: Page) -> float:
    return f1("\n".join(line for line in page.text.splitlines() if len(line.split()) >= LONG_LINE), page.gold["body"])


def gold_day(page: Page) -> date | None:
    text = page.gold.get("date")
    return date.fromisoformat(text[:10]) if text else None


def has_day_in_text(page: Page) -> bool:
    """Whether the day of publication stands on the page as a date."""
    days = (
        read_date(printed.day, today=TODAY)
        for line in page.text.splitlines()
        if len(line) < 2000
        for printed in find_dates(" ".join(line.split()))
    )
    return any(found is not None and found.on == gold_day(page) for found in days)


def has_right_day(page: Page) -> bool:
    return page.article is not None and page.article.published_on == gold_day(page)


def takes_crawl_day(page: Page) -> bool:
    """Whether the day of saving was taken for the day of publication, where they differ."""
    saved = (page.gold.get("crawl_date") or "")[:10]
    found = page.article.published_on if page.article else None
    return found is not None and found.isoformat() == saved and found != gold_day(page)


def has_right_headline(page: Page) -> bool:
    return page.article is not None and _plain(page.article.headline) == _plain(page.gold["headline"])


def _plain(text: str) -> str:
    return value_key(text.translate(str.maketrans("‘’“”", "''\"\"")))


def tag_scores(pages: Sequence[Page]) -> tuple[float, float]:
    """Precision and recall of all tags together, case apart."""
    found = [{value_key(tag) for tag in page.article.tags} if page.article else set() for page in pages]
    gold = [{value_key(tag) for tag in page.gold["tags"]} for page in pages]
    right = sum(len(a & b) for a, b in zip(found, gold, strict=True))
    return right / max(1, sum(map(len, found))), right / max(1, sum(map(len, gold)))


# --- table ------------------------------------------------------------------------------------------------------------


def as_table(pages: list[Page]) -> str:
    """The measures as a Markdown table: all pages, and the two halves."""
    halves = [[page for page in pages if _half(page) == half] for half in (0, 1)]
    groups = [pages, *halves]
    rows = [
        ("", "all pages", "one half", "other half"),
        ("---", "---", "---", "---"),
        ("pages", *(str(len(group)) for group in groups)),
        ("body F1", *(_mean(body_f1, group) for group in groups)),
        ("body F1, all the text", *(_mean(all_text_f1, group) for group in groups)),
        (f"body F1, lines of {LONG_LINE} words or more", *(_mean(long_lines_f1, group) for group in groups)),
        ("date right, of pages that print it", *(_share(has_right_day, _dated(group)) for group in groups)),
        ("day of saving taken for it", *(_share(takes_crawl_day, _with(group, "date")) for group in groups)),
        ("headline right to the letter", *(_share(has_right_headline, _with(group, "headline")) for group in groups)),
        ("tags: precision, recall", *("{:.2f}, {:.2f}".format(*tag_scores(_with(group, "tags"))) for group in groups)),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _half(page: Page) -> int:
    return hashlib.blake2b(page.gold["id"].encode(), digest_size=1).digest()[0] % 2


def _with(pages: list[Page], field: str) -> list[Page]:
    return [page for page in pages if page.gold.get(field)]


def _dated(pages: list[Page]) -> list[Page]:
    return [page for page in _with(pages, "date") if has_day_in_text(page)]


def _mean(measure: Callable[[Page], float], pages: list[Page]) -> str:
    return f"{sum(map(measure, pages)) / max(1, len(pages)):.3f}"


def _share(test: Callable[[Page], bool], pages: list[Page]) -> str:
    return f"{sum(map(test, pages))} of {len(pages)}"


if __name__ == "__main__":
    main()
