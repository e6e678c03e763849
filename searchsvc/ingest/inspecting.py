"""Inspecting: what an importer sees in one file, step by step: for whoever asks why an article came out wrong.

Nothing is put anywhere. Not for judging an extraction by its gold (benchmarks).

>>> inspection = inspect_source(Source.from_bytes("a.jsonl", b'{"title": "Rain"}'), ReadOptions(), date(2024, 3, 19))
>>> inspection.importer, inspection.sureness["jsonl"], inspection.seen[0].draft["headline"]
('jsonl', 0.95, 'Rain')
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from searchsvc.errors import IngestError, MalformedSource
from searchsvc.ingest.draft import Draft, Rejection, Withdrawal
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.registry import IMPORTERS, detect, importer
from searchsvc.model.article import Article

Plain = Mapping[str, Any]  # JSON values


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenArticle:
    """One article of the file: as it was seen, and what was made of it: an article, a withdrawal or a rejection."""

    position: str
    draft: Plain = field(default_factory=dict)  # what is empty is left out
    origins: Plain = field(default_factory=dict)  # of each field, where its value came from, if the importer says
    article: Plain = field(default_factory=dict)
    withdrawal: Plain = field(default_factory=dict)
    rejection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A file: who was chosen to read it, and what was seen in it."""

    file: str
    importer: str = ""
    why: str = ""
    sureness: Mapping[str, float] = field(default_factory=dict)  # of each importer, from 0 to 1
    seen: tuple[SeenArticle, ...] = ()
    is_cut: bool = False  # there are more
    fault: str = ""  # why it was not read, or not to its end


def inspect(path: Path, options: ReadOptions, *, today: date, limit: int = 10) -> Inspection:
    """What comes of the first articles of a file. Raises UnknownFormat for a format that `options` names wrongly."""
    if options.format is not None:
        importer(options.format)
    try:
        source = Source.from_path(path, str(path))
        return inspect_source(source, options, today, limit=limit)
    except OSError as error:
        return Inspection(file=str(path), fault=f"cannot be read: {error.strerror or error}")


def inspect_source(source: Source, options: ReadOptions, today: date, *, limit: int = 10) -> Inspection:
    """As `inspect`, of any source, which is closed after. Raises OSError."""
    inspection = Inspection(file=source.name)
    seen: list[SeenArticle] = []
    try:
        head = source.head()
        sureness = {each.name: each.sniff(head, source.suffix) for each in IMPORTERS}
        inspection = replace(inspection, sureness=sureness)
        chosen = importer(options.format) if options.format is not None else detect(source)
        why = "it was asked for" if options.format is not None else "it is the surest"
        inspection = replace(inspection, importer=chosen.name, why=why)
        drafts = chosen.read(source, options)
        seen.extend(_seen(islice(drafts, limit), options, today))
        return replace(inspection, seen=tuple(seen), is_cut=len(seen) == limit and next(drafts, None) is not None)
    except IngestError as error:
        where = f", {error.position}" if isinstance(error, MalformedSource) and error.position else ""
        return replace(inspection, seen=tuple(seen), fault=f"{error}{where}")
    finally:
        source.close()


def _seen(drafts: Iterator[Draft | Rejection], options: ReadOptions, today: date) -> Iterator[SeenArticle]:
    for draft in drafts:
        if isinstance(draft, Rejection):
            yield SeenArticle(position=draft.position, rejection=draft.reason)
            continue
        made = finish(
            draft,
            today=today,
            default_language=options.language,
            source_name=options.source_name,
            day_first=options.day_first,
        )
        yield SeenArticle(
            position=draft.position,
            draft={name: value for name, value in asdict(draft).items() if value and name not in _APART},
            origins=dict(draft.origins),
            article=made.to_json() if isinstance(made, Article) else {},
            withdrawal=asdict(made) if isinstance(made, Withdrawal) else {},
            rejection=made.reason if isinstance(made, Rejection) else "",
        )


_APART = ("origins", "importer", "source", "position")
