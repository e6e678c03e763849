"""Draft: what an importer saw of one article, before cleaning; Rejection: what it could not use, and why; Withdrawal.

Everything is optional and raw: `finishing.finish` cleans, reads dates and decides.
"""

from dataclasses import dataclass

from searchsvc.model.article import ArticleId, Provenance
from searchsvc.model.versions import Version


@dataclass(frozen=True, slots=True)
class DateText:
    """A publication date as printed, and where it stood: "dateline", "page", "record", "url"."""

    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One article as an importer read it, nothing cleaned or parsed; empty fields are those that the source lacks."""

    headline: str = ""
    kicker: str = ""
    summary: str = ""
    body: tuple[str, ...] = ()  # paragraphs, or texts of several
    byline: str = ""
    authors: tuple[str, ...] = ()  # when the source lists names; else they are read from the byline
    agency: str = ""
    publication: str = ""
    section: str = ""
    place: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    url: str = ""
    id: str = ""
    date_texts: tuple[DateText, ...] = ()  # best first
    saved_text: str = ""  # the day the page was saved, as printed
    revision: str = ""  # the version's number, of sources that count them
    revised_text: str = ""  # when this version was made, as printed
    withdrawn: bool = False  # the source takes the article back: it is to be removed
    importer: str = ""
    source: str = ""
    position: str = ""  # within the source: "line 12"; empty when the source is one article
    notes: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()  # of each field, where its value came from
    origin: Provenance | None = None  # of an article that was finished before: it comes from an export of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One file, line or article that did not get in: counted and shown, never dropped in silence."""

    reason: str
    source: str
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A source takes back an article, up to this version: it is removed, and does not come back but as a newer one."""

    id: ArticleId
    version: Version = Version()
    source: str
    position: str = ""
