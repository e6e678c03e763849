"""Article: one archived piece of news, as it was printed, and how it came here.

Not for what an importer saw before cleaning (that is `ingest.draft`).

>>> a = Article(id=ArticleId("1"), headline="Rain", body="It rained.", published_on=date(2015, 9, 30),
...             date_precision=DatePrecision.DAY)
>>> Article.from_json(a.to_json()) == a
True
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NewType

from searchsvc.model.jsontext import written
from searchsvc.model.versions import Version

ArticleId = NewType("ArticleId", str)


class DatePrecision(StrEnum):
    """How much of the publication date the source knew."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where an article came from: for the person who asks "why does it look like this?"."""

    importer: str = ""
    source: str = ""  # the file, as it was named
    position: str = ""  # "line 12" within it
    saved_on: date | None = None  # the day the page was saved; never the publication date
    notes: tuple[str, ...] = ()  # what was odd and what was done about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article. `published_on` is the day (of its month or year the first, when only that is known)."""

    id: ArticleId
    headline: str
    body: str  # paragraphs, a blank line between
    kicker: str = ""  # the line above the headline
    summary: str = ""
    byline: str = ""  # as printed
    authors: tuple[str, ...] = ()  # the names in the byline
    agency: str = ""  # Reuters, AFP
    publication: str = ""  # the paper or site that ran it
    section: str = ""
    place: str = ""  # of the dateline, as printed
    tags: tuple[str, ...] = ()  # no two alike but for case
    language: str = "en"  # ISO 639-1
    url: str = ""
    published_on: date | None = None
    published_at: datetime | None = None  # aware, when the source gives an instant
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    date_source: str = ""  # "dateline", "meta", "record", "url"…
    revision: int = 0  # the number of this version, of sources that count them from 1
    revised_at: datetime | None = None  # when this version was made, aware; midnight UTC when only the day is known
    fingerprint: int = 0  # 64-bit simhash of the text: copies of one wire story lie near
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def version(self) -> Version:
        return Version(self.revision, self.revised_at)

    @property
    def sort_instant(self) -> int | None:
        """Seconds since 1970 by which articles are ordered: the instant, else midnight UTC of the day."""
        if self.published_at is not None:
            return int(self.published_at.timestamp())
        if self.published_on is not None:
            return (self.published_on.toordinal() - _EPOCH) * 86_400
        return None

    def to_json(self) -> dict[str, Any]:  # Any: a JSON object
        """Plain JSON values, empty fields left out; `from_json` gives the same article back."""
        return _filled(_NAMES, _VALUES(self))

    def to_text(self) -> tuple[bytes, int]:
        """The JSON of `to_json` in one line of UTF-8, and the digest: both in one go."""
        plain = {name: value for name, value in zip(_NAMES, _VALUES(self), strict=True) if value or name in _ALWAYS}
        for name in _WITH_DATES:
            if name in plain:
                plain[name] = plain[name].isoformat()
        provenance = _filled(_OF_PROVENANCE, _PROVENANCE_VALUES(plain.pop("provenance")))
        content = written(plain)
        digest = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
        if provenance:
            content = b'%b,"provenance":%b}' % (content[:-1], written(provenance))
        return content, digest

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Article":
        """The article that `to_json` described. Raises KeyError, ValueError or TypeError on anything else."""
        known: dict[str, Any] = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        for name in ("tags", "authors"):
            known[name] = tuple(known.get(name, ()))
        for name in ("headline", "body"):
            known.setdefault(name, "")
        if "published_on" in known:
            known["published_on"] = date.fromisoformat(known["published_on"])
        if "published_at" in known:
            known["published_at"] = datetime.fromisoformat(known["published_at"])
        if "revised_at" in known:
            known["revised_at"] = datetime.fromisoformat(known["revised_at"])
        known["date_precision"] = DatePrecision(known.get("date_precision", "unknown"))
        known["provenance"] = _provenance(known.get("provenance", {}))
        return cls(**known)

    def digest(self) -> int:
        """64 bits of the content, provenance apart: equal when a source has not changed.

        The version counts: the same text under a higher number has to be written, or what lies between the two
        could replace it later.
        """
        return self.to_text()[1]


_EPOCH = date(1970, 1, 1).toordinal()
_ALWAYS = ("headline", "language")  # empty is not what `from_json` would take for it, or reads oddly without


_NAMES = tuple(Article.__dataclass_fields__)
_VALUES = attrgetter(*_NAMES)
_OF_PROVENANCE = tuple(Provenance.__dataclass_fields__)
_PROVENANCE_VALUES = attrgetter(*_OF_PROVENANCE)
_WITH_DATES = ("published_on", "published_at", "revised_at")


def _filled(names: tuple[str, ...], values: Iterable[Any]) -> dict[str, Any]:  # Any: as _plain
    """The fields that have something, as JSON values."""
    filled: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        if type(value) is str:  # most are
            if value or name in _ALWAYS:
                filled[name] = value
        elif value and (plain := _plain(value)):
            filled[name] = plain
    return filled


def _plain(value: Any) -> Any:  # Any: a field's value in, a JSON value out
    kind = type(value)
    if kind is tuple:
        return list(value)
    if kind is int:
        return value
    if kind is DatePrecision:
        return value.value
    if kind is Provenance:
        return _filled(_OF_PROVENANCE, _PROVENANCE_VALUES(value))
    return value.isoformat()  # a date or an instant


def _provenance(values: Mapping[str, Any]) -> Provenance:
    saved = values.get("saved_on")
    return Provenance(
        importer=values.get("importer", ""),
        source=values.get("source", ""),
        position=values.get("position", ""),
        saved_on=date.fromisoformat(saved) if saved else None,
        notes=tuple(values.get("notes", ())),
    )
