"""What comes of folders of sample files in the formats of feeds, wires and web archives.

    python -m benchmarks.formats [FOLDER] [--write] [--reasons N]

Each folder within FOLDER is read by itself, all its files in whatever format they are found to be in; where there is
none this says so and ends well. `--write` puts the table into docs/formats.md, `--reasons` names more of the reasons
why files, or parts of them, were rejected.
"""

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.reporting import table, write_measured
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.pipeline import IngestRun, Repeat, read
from searchsvc.model.article import Article

HERE = Path(__file__).parent.parent
DEFAULT = HERE.parent / "shared" / "data" / "formats"
PAGE = HERE / "docs" / "formats.md"
TODAY = date(2026, 12, 31)


@dataclass(frozen=True, slots=True)
class Yield:
    """What came of one folder: how many files there are, how many gave articles, and what each importer read."""

    folder: str
    files: int
    fruitful: int
    articles: Counter[str]
    reasons: Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--write", action="store_true", help="put the table into docs/formats.md")
    parser.add_argument("--reasons", type=int, default=3, metavar="N", help="name the N commonest reasons of a folder")
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"no folder {options.folder}: nothing to measure")
        return
    text = as_table(measure(options.folder), options.reasons)
    print(text)
    if options.write:
        write_measured(PAGE, text)


def measure(folder: Path) -> list[Yield]:
    return [yield_of(each) for each in sorted(folder.iterdir()) if each.is_dir()]


def yield_of(folder: Path) -> Yield:
    fruitful: set[str] = set()
    articles: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for seen in read([folder], run=IngestRun(today=TODAY)):
        if isinstance(seen, Rejection):
            reasons[_kind(seen.reason)] += 1
            continue
        # The same article in two files, which an archive keeps once, is one of each.
        article = seen.article if isinstance(seen, Repeat) else seen
        if isinstance(article, Article):
            fruitful.add(article.provenance.source)
            articles[article.provenance.importer] += 1
    files = sum(path.is_file() for path in folder.rglob("*"))
    return Yield(folder.name, files, len(fruitful), articles, reasons)


def _kind(reason: str) -> str:
    """The reason without what differs from file to file."""
    return re.sub(r"\d[\d,]*", "N", reason.partition(" (")[0])


def as_table(measured: Sequence[Yield], reasons: int) -> str:
    rows = [
        (
            each.folder,
            each.files,
            each.fruitful,
            ", ".join(f"{name} {count:,}" for name, count in each.articles.most_common()) or "–",
            sum(each.reasons.values()),
            "; ".join(f"{reason} ({count:,})" for reason, count in each.reasons.most_common(reasons)) or "–",
        )
        for each in measured
    ]
    return table(("folder", "files", "with articles", "articles", "rejections", "most often because"), rows)


if __name__ == "__main__":
    main()
