"""ninjs: news in JSON of the IPTC, 1.x to 3.x, one object, a list, JSON Lines, or the answer of an agency's API.

Associations (the pictures beside a story) are no articles; pictures, videos and events of their own are passed over
beside articles, and a file of nothing else is one Rejection that says what is in it.

>>> story = b'{"uri": "urn:x:1", "version": "2", "pubstatus": "usable", "headlines": [{"value": "Rain"}], ' \\
...     b'"bodies": [{"contenttype": "text/html", "value": "<p>It rained.</p>"}]}'
>>> [draft] = NinjsImporter().read(Source.from_bytes("a.json", story), ReadOptions())
>>> draft.id, draft.revision, draft.headline, draft.body
('urn:x:1', '2', 'Rain', ('It rained.',))
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from searchsvc.errors import MalformedSource
from searchsvc.ingest.credits import agency_name
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source, text_start
from searchsvc.ingest.importers.json_records import items_of_document, items_of_lines
from searchsvc.ingest.importers.newsml_g2 import no_article
from searchsvc.ingest.importers.nitf import WITHDRAWN, draft_of_nitf
from searchsvc.ingest.importers.origins import NINJS, origins_of
from searchsvc.ingest.importers.safe_xml import elements
from searchsvc.text.cleaning import strip_markup

JsonObject = Mapping[str, Any]  # what json.loads gives for an object

MAX_LISTED = 1_000  # values of one list that are looked at: subjects, bodies, items within an answer
_WRAPPERS = ("data", "item", "items")  # what an answer keeps its items in, one in another
# Types that are no article; agencies have names of their own for those that are.
_OTHERS = ("picture", "photo", "graphic", "audio", "video", "animation", "event", "planning", "package", "component")


class NinjsImporter:
    """Any number of articles a file."""

    name = "ninjs"
    suffixes = (".ninjs",)

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 for JSON with the suffix, or with an id and another key that only ninjs has; else 0."""
        start = text_start(head)
        if not start.startswith(("{", "[")):
            return 0.0
        if suffix in self.suffixes:
            return 0.98
        return 0.98 if _NAMED.search(start) and _OWN.search(start) else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per article, in the order of the file; a Rejection for JSON that cannot be read.

        Raises MalformedSource as `items_of_document` does.
        """
        passed_over: dict[str, int] = {}
        others = 0
        for item in items_of_lines(source) if _is_lines(source) else items_of_document(source):
            if item.problem:
                others += 1
                yield Rejection(reason=item.problem, source=source.name, position=item.position)
                continue
            for number, record in enumerate(_articles(item.value), start=1):
                if kind := _other_kind(record):
                    passed_over[kind] = passed_over.get(kind, 0) + 1
                    continue
                others += 1
                position = item.position or (f"item {number}" if number > 1 else "")
                draft = draft_of_ninjs(record)
                notes = (item.note,) if item.note else ()
                yield replace(
                    draft, importer=self.name, source=source.name, position=position, notes=notes,
                    origins=origins_of(draft, NINJS),
                )  # fmt: skip
        if not others:
            yield Rejection(reason=no_article(passed_over), source=source.name)


# Keys, not what stands within a text: there, quotes have a backslash before them.
_NAMED = re.compile(r'(?<!\\)"(?:uri|guid)"\s*:')
_OWN = re.compile(
    r'(?<!\\)"(?:versioncreated|versionCreated|pubstatus|pubStatus|headlines|bodies|body_xhtml|body_main|ninjs'
    r'|copyrightnotice|representationtype|representationType|altids|description_text|standard|eventDetails)"\s*:'
)


def _is_lines(source: Source) -> bool:
    """Whether each line is an object: the first ends where it began, and the next begins another."""
    lines = [line.strip() for line in text_start(source.head()).splitlines()[:3]]
    return len(lines) > 1 and lines[0][:1] == "{" and lines[0][-1:] == "}" and lines[1][:1] == "{"


def _articles(value: Any, depth: int = 0) -> Iterator[JsonObject]:
    """The objects that are items, out of what an answer of an API wraps them in."""
    if isinstance(value, list):
        for each in value[:MAX_LISTED]:
            yield from _articles(each, depth)
    elif isinstance(value, dict):
        inner = next((value[key] for key in _WRAPPERS if isinstance(value.get(key), dict | list)), None)
        if inner is not None and depth < len(_WRAPPERS) + 1 and not ("uri" in value or "guid" in value):
            yield from _articles(inner, depth + 1)
        else:
            yield value


def _other_kind(record: JsonObject) -> str:
    """What an item is that is no article; "" of an article."""
    kind = _text(record, "type").lower()
    if kind in _OTHERS:
        return kind
    keys = {key.lower() for key in record}
    if not keys & {"uri", "guid", "pubstatus", "versioncreated"}:
        return "object that is not ninjs"
    if not any(key.startswith(("headline", "bod", "title")) for key in keys):
        return "" if _is_withdrawn(record) else "item without headline and text"
    return ""


def draft_of_ninjs(record: JsonObject) -> Draft:
    """The draft of a ninjs object, its importer, source and position left empty."""
    headline = _headline(record)
    provider = (
        _text(record, "provider") or _text(record, "source") or _text(record, "copyrightholder", "copyrightHolder")
    )
    uri = _text(record, "uri") or _text(record, "guid")
    revised = _text(record, "versioncreated", "versionCreated")
    dates = (
        _text(record, "firstpublished"),
        _text(record, "firstcreated", "firstCreated"),
        _text(record, "contentcreated", "contentCreated"),
        revised,
    )
    byline = _text(record, "byline", "by")
    return Draft(
        headline=headline,
        summary=_summary(record),
        body=_body(record, headline),
        byline=byline,
        authors=() if byline else tuple(_names(record, "authors")),
        agency=agency_name(provider),
        publication=provider,
        section=next(_names(record, "service", "services"), ""),
        place=_text(record, "located") or next(_names(record, "place", "places"), ""),
        tags=tuple(dict.fromkeys(_names(record, *_TAGS))),
        language=_text(record, "language"),
        url=uri if uri.startswith(("http://", "https://")) else "",
        id=_id(record, uri),
        date_texts=tuple(DateText(text, "record") for text in dates if text),
        revision=_text(record, "version"),
        revised_text=revised,
        withdrawn=_is_withdrawn(record),
    )


_TAGS = ("subject", "subjects", "keywords", "person", "people", "organisation", "organisations")


def _is_withdrawn(record: JsonObject) -> bool:
    return _text(record, "pubstatus", "pubStatus").lower().rpartition(":")[2] in WITHDRAWN


def _id(record: JsonObject, uri: str) -> str:
    """The uri; where that is the address of a request, which changes with every one, the id among the `altids`."""
    if uri and not ("?" in uri and uri.startswith("http")):
        return uri
    given = record.get("altids", record.get("altIds"))
    if isinstance(given, dict):
        named = {str(role).lower(): value for role, value in given.items()}
    else:
        named = {str(each.get("role", "")).lower(): each.get("value") for each in _objects(given)}
    for role in ("itemid", "id", "guid", ""):
        if isinstance(value := named.get(role), str | int) and value:
            return str(value)
    return uri


def _headline(record: JsonObject) -> str:
    """The main one; 1.x has `headline` and names such as `headline_main`, 2.x a list with roles."""
    given = _by_role(record, "headlines", ("main", "headline"))
    prefixed = (strip_markup(_text(record, key)) for key in record if key.startswith("headline_"))
    return strip_markup(_text(record, "headline") or given) or next(prefixed, "") or _text(record, "title")


def _summary(record: JsonObject) -> str:
    texts = (_text(record, key) for key in ("description_text", "description_summary", "description_lead"))
    return strip_markup(next(filter(None, texts), "") or _by_role(record, "descriptions", ("summary", "lead", "text")))


def _body(record: JsonObject, headline: str) -> tuple[str, ...]:
    """The text with markup, for its paragraphs, before the plain one, before NITF."""
    keys = sorted((key for key in record if key.startswith("body")), key=_markup_first)
    texts = [text for key in keys if (text := _text(record, key))]
    given = [(_text(each, "contenttype", "contentType").lower(), each) for each in _objects(record.get("bodies"))]
    given.sort(key=lambda each: not _is_html(*each))
    texts.extend(text for kind, each in given if not _is_nitf(kind, text := _text(each, "value")))
    for text in texts:
        body = [part.strip() for part in strip_markup(_HEAD.sub(" ", text)).split("\n\n") if part.strip()]
        if body := body[body[:1] == [headline] :]:
            return tuple(body)
    nitf = (_nitf_body(text) for kind, each in given if _is_nitf(kind, text := _text(each, "value")))
    return next(filter(None, nitf), ())


_HEAD = re.compile(r"<head>.{0,20000}?</head>|<head\s[^>]{0,200}>.{0,20000}?</head>", re.DOTALL | re.IGNORECASE)


def _markup_first(key: str) -> tuple[bool, str]:
    return ("html" not in key and "richtext" not in key, key)


def _is_html(kind: str, body: JsonObject) -> bool:
    return "html" in kind or "html" in _text(body, "role").lower()


def _is_nitf(kind: str, text: str) -> bool:
    return "nitf" in kind or text.startswith(("<?xml", "<nitf"))


def _nitf_body(text: str) -> tuple[str, ...]:
    try:
        found = next(elements(Source.from_bytes("body", text.encode("utf-8", "replace")), {"nitf"}), None)
    except MalformedSource:
        return ()
    return draft_of_nitf(found.element).body if found is not None and found.element is not None else ()


def _by_role(record: JsonObject, key: str, roles: tuple[str, ...]) -> str:
    """The value of the list with the first of these roles, or else the first."""
    given = {_text(each, "role").lower(): _text(each, "value") for each in reversed(_objects(record.get(key)))}
    first = next((text for each in _objects(record.get(key)) if (text := _text(each, "value"))), "")
    return next((given[role] for role in roles if given.get(role)), first)


def _names(record: JsonObject, *keys: str) -> Iterator[str]:
    """What the values of some lists are called: of objects their names, texts as they are."""
    for key in keys:
        given = record.get(key)
        for each in given[:MAX_LISTED] if isinstance(given, list) else ():
            name = each if isinstance(each, str) else _text(each, "name") if isinstance(each, dict) else ""
            if name.strip():
                yield strip_markup(name)


def _objects(value: Any) -> list[JsonObject]:
    return [each for each in value[:MAX_LISTED] if isinstance(each, dict)] if isinstance(value, list) else []


def _text(record: JsonObject, *keys: str) -> str:
    """The first of these that is a text or a number."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
