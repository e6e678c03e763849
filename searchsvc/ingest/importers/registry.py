"""IMPORTERS: the formats that can be read, and which of them a source is in.

>>> detect(Source.from_bytes("news.csv", b"headline,body\\nRain,It rained.\\n")).name
'csv'
>>> importer("jsonl").name
'jsonl'
"""

import difflib

from searchsvc.errors import UnknownFormat
from searchsvc.ingest.importers.anpa import AnpaImporter
from searchsvc.ingest.importers.base import Importer, Source
from searchsvc.ingest.importers.csv_records import CsvImporter
from searchsvc.ingest.importers.feeds import FeedImporter, JsonFeedImporter
from searchsvc.ingest.importers.html import HtmlImporter
from searchsvc.ingest.importers.json_records import JsonImporter, JsonLinesImporter
from searchsvc.ingest.importers.newsml_1 import Newsml1Importer
from searchsvc.ingest.importers.newsml_g2 import NewsmlG2Importer
from searchsvc.ingest.importers.ninjs import NinjsImporter
from searchsvc.ingest.importers.nitf import NitfImporter
from searchsvc.ingest.importers.sitemap import SitemapImporter
from searchsvc.ingest.importers.text_dump import TextDumpImporter
from searchsvc.ingest.importers.warc import WarcImporter

IMPORTERS: tuple[Importer, ...] = (
    JsonLinesImporter(),
    JsonImporter(),
    CsvImporter(),
    HtmlImporter(),
    TextDumpImporter(),
    FeedImporter(),
    JsonFeedImporter(),
    SitemapImporter(),
    NinjsImporter(),
    NitfImporter(),
    NewsmlG2Importer(),
    Newsml1Importer(),
    AnpaImporter(),
    WarcImporter(),
)


def detect(source: Source) -> Importer:
    """The importer that is surest by the content and the suffix. Raises UnknownFormat when none is."""
    head, suffix = source.head(), source.suffix
    sureness, best = max(((each.sniff(head, suffix), each) for each in IMPORTERS), key=lambda pair: pair[0])
    if sureness <= 0:
        raise UnknownFormat(f"{source.name}: no importer knows this kind of file", hint=f"formats: {_names()}")
    return best


def importer(name: str) -> Importer:
    """The importer of this name. Raises UnknownFormat, with the near one."""
    for each in IMPORTERS:
        if each.name == name.lower():
            return each
    near = difflib.get_close_matches(name.lower(), [each.name for each in IMPORTERS], n=1)
    raise UnknownFormat(f"no format {name!r}", hint=f"did you mean {near[0]}?" if near else f"formats: {_names()}")


def _names() -> str:
    return ", ".join(each.name for each in IMPORTERS)
