"""Article: one archived piece of news, as it was printed, and how it came here.

Not for what an importer saw before cleaning (that is `ingest.draft`).

>>> a = Article(id=ArticleId("1"), headline="Rain", body="It rained.", published_on=date(2015, 9, 30),
...             date_precision=DatePrecision.DAY)
>>> Article.from_json(a.to_json()) == a
True
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NewType

from searchsvc.model.jsontext import read, written
from searchsvc.model.versions import Version

ArticleId = NewType("ArticleId", str)


class DatePrecision(StrEnum):
    """How much of the publication date the source knew."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


# Neither class has slots: `from_json` makes one by its `__dict__`, in a third of the time that its `__init__` takes.
@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where an article came from: for the person who asks "why does it look like this?"."""

    importer: str = ""
    source: str = ""  # the file, as it was named
    position: str = ""  # "line 12" within it
    saved_on: date | None = None  # the day the page was saved; never the publication date
    notes: tuple[str, ...] = ()  # what was odd and what was done about it


@dataclass(frozen=True, kw_only=True)
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
        """Which version of the article this is: tells an older copy from a newer one."""
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
        known: dict[str, Any] = {**_DEFAULTS, **values}
        if len(known) > len(_DEFAULTS):
            known = {name: known[name] for name in _NAMES}
        known["id"] = values["id"]
        for name, made in _FROM_JSON:
            if name in values:
                known[name] = made(values[name])
        article: Article = object.__new__(cls)
        object.__setattr__(article, "__dict__", known)
        return article

    @classmethod
    def from_text(cls, text: bytes | str) -> "Article":
        """The article that `to_text` wrote. Raises as `from_json`."""
        return cls.from_json(read(text, whole=_WHOLE))

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
    known: dict[str, Any] = {**_PROVENANCE_DEFAULTS, **values}
    if len(known) > len(_PROVENANCE_DEFAULTS):
        known = {name: known[name] for name in _OF_PROVENANCE}
    known["saved_on"] = date.fromisoformat(known["saved_on"]) if known["saved_on"] else None
    known["notes"] = tuple(known["notes"])
    provenance = object.__new__(Provenance)
    object.__setattr__(provenance, "__dict__", known)
    return provenance


def _precision(value: Any) -> DatePrecision:  # Any: a JSON value
    return _PRECISIONS.get(value) or DatePrecision(value)  # to ask the class takes longer


_PRECISIONS: Mapping[str, DatePrecision] = {precision.value: precision for precision in DatePrecision}
_PROVENANCE_DEFAULTS = dict(zip(_OF_PROVENANCE, _PROVENANCE_VALUES(Provenance()), strict=True))
_DEFAULTS = dict(zip(_NAMES, _VALUES(Article(id=ArticleId(""), headline="", body="")), strict=True))
_WHOLE = ("revision", "fingerprint")
_FROM_JSON: tuple[tuple[str, Callable[[Any], Any]], ...] = (  # Any: a JSON value in, a field's out
    ("tags", tuple),
    ("authors", tuple),
    ("published_on", date.fromisoformat),
    ("published_at", datetime.fromisoformat),
    ("revised_at", datetime.fromisoformat),
    ("date_precision", _precision),
    ("provenance", _provenance),
)
