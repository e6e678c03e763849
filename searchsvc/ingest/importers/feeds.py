"""Feeds: RSS 0.9x to 2.0, Atom and WordPress exports, through feedparser; JSON Feed.

A feed is a stream: each item is taken out of it by `safe_xml` and read by feedparser by itself, with the head of its
channel. A short feed that is not well-formed, as many are, is given to feedparser whole, which is not so strict.

>>> feed = b"<rss version='2.0'><channel><title>Echo</title><item><guid>x1</guid><title>Rain</title>" \\
...     b"<description>It &lt;b&gt;rained&lt;/b&gt;.</description></item></channel></rss>"
>>> [draft] = FeedImporter().read(Source.from_bytes("a.rss", feed), ReadOptions())
>>> draft.id, draft.headline, draft.body, draft.publication
('x1', 'Rain', ('It rained.',), 'Echo')
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, tostring

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source, text_start
from searchsvc.ingest.importers.json_records import whole_document
from searchsvc.ingest.importers.newsml_g2 import no_article
from searchsvc.ingest.importers.origins import FEED, JSON_FEED, origins_of
from searchsvc.ingest.importers.safe_xml import elements, first, local, root_name, text_of
from searchsvc.text.cleaning import strip_markup

# Bytes of a feed that is read although it is not well-formed: that reader looks at the rest again for every tag.
MAX_LOOSE = 256 * 1024
MAX_HEAD = 2_000  # characters of one element of a channel's head that is given with each item
MAX_LISTED = 1_000  # authors, categories or contents of one item that are looked at

_HEAD = frozenset(["title", "link", "language", "author", "publisher"])
_ROOTS = frozenset(["rss", "RDF", "feed", "channel"])


class FeedImporter:
    """One article an item or entry."""

    name = "feed"
    suffixes = (".rss", ".atom", ".rdf")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 by the root element of RSS or Atom, 0.5 by the suffix alone."""
        root = root_name(head)
        if root == "RDF":
            return 0.98 if re.search(rb"purl\.org/rss|netscape\.com/rdf|<(\w+:)?channel", head) else 0.0
        if root in _ROOTS:
            return 0.98
        return 0.5 if suffix in self.suffixes else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per item, in the order of the feed.

        Up to MAX_LOOSE bytes, a feed that is not well-formed is read on by a tolerant parser, each item with a note.
        Raises MalformedSource when the rest cannot be read.
        """
        beginning = source.up_to(MAX_LOOSE + 1)
        whole = beginning if len(beginning) <= MAX_LOOSE else None
        again = Source(source.name, lambda: io.BufferedReader(_Chained(beginning, source.stream())))
        passed_over: dict[str, int] = {}
        number = articles = 0
        try:
            for number, item in enumerate(_items(again, source.name), start=1):
                if isinstance(item, str):
                    passed_over[item] = passed_over.get(item, 0) + 1
                    continue
                articles += 1
                yield item if isinstance(item, Rejection) else self._draft(item, source, options, number)
        except MalformedSource as error:
            entries = _loose(whole) if whole is not None and _is_loose(str(error)) else []
            for index, entry in enumerate(entries[number:], start=number + 1):
                note = f"{error}: read as well as could be"
                yield self._draft(replace(entry, notes=(note,)), source, options, index)
            if not entries[number:]:
                raise
            return
        if not articles:
            yield Rejection(reason=no_article(passed_over), source=source.name)

    def _draft(self, entry: "_FeedItem", source: Source, options: ReadOptions, number: int) -> Draft:
        draft = _draft_of_entry(entry.fields, entry.channel, options)
        return replace(
            draft, importer=self.name, source=source.name, position=f"item {number}", notes=entry.notes,
            origins=origins_of(draft, FEED),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _FeedItem:
    """An item as feedparser gives it, and the head of its channel."""

    fields: Mapping[str, Any]
    channel: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def _items(source: Source, name: str) -> Iterator[_FeedItem | Rejection | str]:
    """The items of a feed, one by one; of what is no article its kind, of what cannot be read a Rejection."""
    for found in elements(source, {"item", "entry"}, is_endless=True):
        position = f"item {found.number}"
        if found.element is None:
            yield Rejection(reason=found.problem, source=name, position=position)
            continue
        if kind := _other_kind(found.element):
            yield kind
            continue
        parsed = _parse(_alone(found.root, found.element))
        if not parsed:
            yield Rejection(reason="an item that cannot be read", source=name, position=position)
        for entry in parsed[:1]:
            yield replace(entry, notes=found.notes)


def _alone(root: Element, item: Element) -> bytes:
    """A feed of one item, with what the head of the channel says about all of them."""
    feed = Element(root.tag, root.attrib)
    channel = first(root, "channel")
    if channel is not None:
        holder = Element(channel.tag, channel.attrib)
        feed.append(holder)
    else:
        holder = feed
    for child in root if channel is None else channel:
        if local(child) in _HEAD and len(text_of(child)) <= MAX_HEAD:
            holder.append(child)
    (feed if local(root) == "RDF" else holder).append(item)
    content: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _is_loose(reason: str) -> bool:
    """Whether a document was merely not well-formed: of one that breaks off, the last item is not whole."""
    return "not well-formed" in reason and "breaks off" not in reason


def _loose(content: bytes) -> list[_FeedItem]:
    """The items of a feed that is not well-formed; none of a document type that declares anything."""
    return [] if re.search(rb"<!ENTITY|<!DOCTYPE[^>]*\[", content, re.IGNORECASE) else _parse(content)


def _parse(content: bytes) -> list[_FeedItem]:
    import feedparser  # here: it takes a while, which a search on the command line should not wait

    try:
        # As a file: of bytes, feedparser asks first whether they are the name of one.
        parsed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, OverflowError, RecursionError):
        return []  # on junk feedparser raises more than it documents
    return [_FeedItem(entry, parsed.feed) for entry in parsed.entries]


class _Chained(io.RawIOBase):
    """Bytes that were read already, then the stream they came from."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        self._beginning = io.BytesIO(beginning)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's is wider
        content = self._beginning.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def _other_kind(item: Element) -> str:
    """What an item of a WordPress export is that is no article; "" of an article."""
    kind, status = text_of(first(item, "post_type")), text_of(first(item, "status"))
    if kind in ("attachment", "nav_menu_item", "page", "revision", "custom_css") or kind.startswith("wp_"):
        return kind
    return status if status in ("draft", "auto-draft", "pending", "private", "trash", "future", "inherit") else ""


def _draft_of_entry(entry: Mapping[str, Any], channel: Mapping[str, Any], options: ReadOptions) -> Draft:
    contents = [_text(each.get("value")) for each in _dicts(entry.get("content"))]
    content = max(contents, key=len, default="")
    description = _of(entry, "summary")
    published = next(filter(None, (_of(entry, key) for key in ("published", "created", "issued"))), "")
    updated = _of(entry, "updated")
    authors = tuple(filter(None, (_text(each.get("name")) for each in _dicts(entry.get("authors")))))
    return Draft(
        headline=strip_markup(_of(entry, "title")),
        summary=strip_markup(description).strip() if content and description != content else "",
        body=_paragraphs(content or description or _of(entry, "media_description")),
        byline=", ".join(authors) or _of(entry, "author"),
        authors=authors if len(authors) > 1 else (),
        publication=options.source_name or _text(entry.get("source", {}).get("title")) or _of(channel, "title"),
        tags=tuple(filter(None, (strip_markup(_label(each)) for each in _dicts(entry.get("tags"))))),
        language=_of(entry, "language") or _of(channel, "language") or _language(entry),
        url=_address(_of(entry, "link")),
        id=_of(entry, "id"),
        date_texts=tuple(DateText(text, "feed") for text in (published, updated) if text),
        revised_text=updated,
    )


def _paragraphs(markup: str) -> tuple[str, ...]:
    """The paragraphs of HTML; without the line that WordPress adds to them."""
    found = [text for part in strip_markup(markup).split("\n\n") if (text := part.strip())]
    if found and _APPEARED.match(found[-1]):
        found.pop()
    return tuple(found)


_APPEARED = re.compile(r"The post .{1,500} (?:appeared first on|first appeared on) .{1,200}$", re.DOTALL)


def _label(tag: Mapping[str, Any]) -> str:
    return _text(tag.get("label")) or _text(tag.get("term"))


def _language(entry: Mapping[str, Any]) -> str:
    details = (entry.get(key) for key in ("title_detail", "summary_detail"))
    return next((text for each in details if isinstance(each, dict) and (text := _text(each.get("language")))), "")


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value[:MAX_LISTED] if isinstance(each, dict)] if isinstance(value, list) else []


def _of(fields: Mapping[str, Any], key: str) -> str:
    """The text of this very name: feedparser's own dictionary gives the day of publication for that of an update."""
    return _text(dict.get(fields, key)) if isinstance(fields, dict) else ""


def _address(link: str) -> str:
    return link if link.startswith(("http://", "https://")) else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


# --- JSON Feed --------------------------------------------------------------------------------------------------------


class JsonFeedImporter:
    """JSON Feed 1.0 and 1.1: one article an item."""

    name = "jsonfeed"
    suffixes = ()

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.99 when a JSON object names a version of JSON Feed, else 0."""
        start = text_start(head)
        return 0.99 if start.startswith("{") and _JSON_FEED.search(start) else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per item. Raises MalformedSource when the file is larger than MAX_DOCUMENT."""
        document = whole_document(source)
        feed = document.value if isinstance(document.value, dict) else {}
        items = feed.get("items")
        if document.problem or not isinstance(items, list):
            yield Rejection(reason=document.problem or "a JSON Feed without a list of items", source=source.name)
            return
        notes = (document.note,) if document.note else ()
        for number, item in enumerate(items, start=1):
            position = f"item {number}"
            if not isinstance(item, dict):
                yield Rejection(reason="not an article: not a JSON object", source=source.name, position=position)
                continue
            draft = _draft_of_item(item, feed, options)
            yield replace(
                draft, importer=self.name, source=source.name, position=position, notes=notes,
                origins=origins_of(draft, JSON_FEED),
            )  # fmt: skip


def _draft_of_item(item: Mapping[str, Any], feed: Mapping[str, Any], options: ReadOptions) -> Draft:
    published, updated = _text(item.get("date_published")), _text(item.get("date_modified"))
    people = _dicts(item.get("authors")) or _dicts([item.get("author")])
    authors = tuple(filter(None, (_text(each.get("name")) for each in people)))
    summary = _text(item.get("summary"))
    content = _text(item.get("content_html")) or _text(item.get("content_text"))
    tags = item.get("tags")
    return Draft(
        headline=strip_markup(_text(item.get("title"))),
        summary=summary if content and summary != content else "",
        body=_paragraphs(content or summary),
        byline=", ".join(authors),
        authors=authors if len(authors) > 1 else (),
        publication=options.source_name or _text(feed.get("title")),
        tags=tuple(filter(None, map(_text, tags[:MAX_LISTED]))) if isinstance(tags, list) else (),
        language=_text(item.get("language")) or _text(feed.get("language")),
        url=_address(_text(item.get("url")) or _text(item.get("external_url"))),
        id=str(item["id"]) if isinstance(item.get("id"), str | int | float) else "",
        date_texts=tuple(DateText(text, "feed") for text in (published, updated) if text),
        revised_text=updated,
    )


_JSON_FEED = re.compile(r'(?<!\\)"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org')
