"""What an importer sees in a source: shared by the tests of the formats."""

from pathlib import Path

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.registry import detect

FORMATS = Path(__file__).parents[2] / "data" / "ingest" / "formats"


def drafts_of(content: bytes, name: str = "a") -> tuple[list[Draft], list[str]]:
    """The drafts of some bytes in whatever format they are found to be in, and the reasons of rejections."""
    source = Source.from_bytes(name, content)
    drafts: list[Draft] = []
    reasons: list[str] = []
    try:
        for seen in detect(source).read(source, ReadOptions()):
            if isinstance(seen, Rejection):
                reasons.append(seen.reason)
            else:
                drafts.append(seen)
    except MalformedSource as error:
        reasons.append(str(error))
    return drafts, reasons


def sample(name: str) -> tuple[list[Draft], list[str]]:
    """The same of a file in tests/data."""
    return drafts_of((FORMATS / name).read_bytes(), name)
