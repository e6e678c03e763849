"""Records: what an article is in a record, by whatever names its fields go.

For a JSON object and for a row of a table alike; how those are found in a file is for `json_records` and `csv_records`.

>>> record = {"Title": "<b>Rain</b>", "text": "It rained.", "keywords": "weather; Paris, Texas", "by": "Jane Doe"}
>>> draft = draft_of(record, Source.from_bytes("a", b""), ReadOptions(), "line 1", (), "jsonl")
>>> draft.headline, draft.tags, draft.byline
('Rain', ('weather', 'Paris, Texas'), 'Jane Doe')
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.field_names import field_of, rank_of
from searchsvc.text.cleaning import strip_markup

JsonValue = Any  # what json.loads gives: str, int, float, bool, None, list, dict


def our_field(theirs: str, mapping: Mapping[str, str]) -> str | None:
    """Our field for a name of theirs, the given mapping before the table; None when it is none that we know."""
    for ours, name in mapping.items():
        if name.strip().lower() == theirs.strip().lower():
            return ours
    known = field_of(theirs)
    return None if known in mapping else known


def draft_of(
    record: Mapping[str, JsonValue],
    source: Source,
    options: ReadOptions,
    position: str,
    notes: tuple[str, ...],
    name: str,
) -> Draft:
    """The draft of one record; names that `options.mapping` gives go before those of the table.

    Where several names mean one field, the surest with a text counts, and `origins` has it; `name` is the importer's.
    """
    found, origins = _by_field(record, options.mapping)

    def text(field: str) -> str:
        return next((value for _, value in found.get(field, ()) if value), "")

    def values(field: str) -> tuple[str, ...]:
        return next((_list_of(raw) for raw, value in found.get(field, ()) if value), ())

    dates = tuple(DateText(value[:MAX_DATE], "record") for _, value in found.get("date", ()) if value)
    authors = values("authors") if isinstance(_first_raw(found, "authors"), list) else ()
    return Draft(
        headline=text("headline"), kicker=text("kicker"), summary=text("summary"),
        body=_paragraphs(found.get("body", [])),
        byline=text("byline") or ("" if authors else text("authors")), authors=authors,
        agency=text("agency"), publication=text("publication"), section=_one_of(found, "section"),
        place=_one_of(found, "place"), tags=values("tags"), language=text("language"), url=text("url"), id=text("id"),
        date_texts=dates, saved_text=text("saved"), revision=text("revision")[:MAX_DATE],
        revised_text=text("revised")[:MAX_DATE], withdrawn=_is_withdrawn(found),
        importer=name, source=source.name, position=position, notes=notes, origins=origins,
    )  # fmt: skip


MAX_DATE = 120  # characters; what is longer is no date

_Found = dict[str, list[tuple[JsonValue, str]]]


def _by_field(
    record: Mapping[str, JsonValue], mapping: Mapping[str, str]
) -> tuple[_Found, tuple[tuple[str, str], ...]]:
    """For each field of ours the values that the record has, as (raw, text), the surest name first; and that name."""
    found: _Found = {}
    origins: dict[str, str] = {}
    for ours, theirs in _plan(tuple(record), tuple(mapping.items())):
        raw = record[theirs]
        if raw is not None and raw != "":
            text = _text_of(raw)
            found.setdefault(ours, []).append((raw, text))
            if text or raw is True:
                origins.setdefault(_DRAFTED.get(ours, ours), theirs)
    return found, tuple(origins.items())


# Where a draft calls a field otherwise.
_DRAFTED = {"date": "date_texts", "saved": "saved_text", "revised": "revised_text"}


@lru_cache(maxsize=1000)
def _plan(names: tuple[str, ...], mapping: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Our field and their name, for the names of a record that we know, the surest first; most records are alike."""
    mapped = dict(mapping)
    ranked = [
        (rank_of(theirs) or (ours, 0), theirs, ours)
        for theirs in names
        if (ours := our_field(theirs, mapped)) is not None
    ]
    ranked.sort(key=lambda each: each[0][1] if each[2] not in mapped else -1)
    return tuple((ours, theirs) for _, theirs, ours in ranked)


_TEXT_KEYS = ("name", "title", "text", "value", "rendered", "main", "label", "#text", "content", "html", "id")


def _text_of(raw: JsonValue, depth: int = 0) -> str:
    """A value as text, markup read: of an object what it is called, of a list its items with commas."""
    match raw:
        case str():
            return strip_markup(raw)
        case bool() | None:
            return ""
        case int() | float():
            return str(raw)
        case dict() if depth < 3:
            return next((text for key in _TEXT_KEYS if (text := _text_of(raw.get(key), depth + 1))), "")
        case list() if depth < 3:
            return ", ".join(text for item in raw[:1000] if (text := _text_of(item, depth + 1)))
        case _:
            return ""


def _list_of(raw: JsonValue) -> tuple[str, ...]:
    """Several values: of a list its items; of a text what is between its bars, semicolons or commas."""
    if isinstance(raw, list):
        return tuple(text for item in raw[:1000] if (text := _text_of(item).strip()))
    text = _text_of(raw)
    separator = next((each for each in "|;\n" if each in text), ",")
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _one_of(found: _Found, field: str) -> str:
    """The first of several values, where an article has one."""
    for raw, text in found.get(field, ()):
        if text:
            return next(iter(_list_of(raw)), "") if isinstance(raw, list) else text
    return ""


def _paragraphs(values: list[tuple[JsonValue, str]]) -> tuple[str, ...]:
    for raw, text in values:
        if text.strip():
            return _list_of(raw) if isinstance(raw, list) else (text,)
    return ()


# Of true and yes, what ninjs calls the status of such a story, and what else it goes by.
_TAKEN_BACK = frozenset(("true", "yes", "1", "withdrawn", "retracted", "deleted", "canceled", "cancelled", "withheld"))


def _is_withdrawn(found: _Found) -> bool:
    return any(raw is True or text.strip().lower() in _TAKEN_BACK for raw, text in found.get("withdrawn", ()))


def _first_raw(found: _Found, field: str) -> JsonValue:
    return next((raw for raw, text in found.get(field, ()) if text), None)


def rejection(source: Source, position: str, reason: str) -> Rejection:
    """A Rejection at a position in the source, "" for the whole of it."""
    return Rejection(reason=reason, source=source.name, position=position)
