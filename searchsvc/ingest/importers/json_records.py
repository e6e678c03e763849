"""JSON records: articles as JSON Lines, as a JSON list, or as one JSON object.

Streams: a list is never in memory whole; a broken line or item is a Rejection and the next goes in.

>>> source = Source.from_bytes("a.jsonl", b'{"title": "Rain", "text": "It rained."}\\n{"title": "Sn')
>>> [getattr(seen, "headline", None) or seen.reason for seen in JsonLinesImporter().read(source, ReadOptions())]
['Rain', 'not JSON: it breaks off']
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import HEAD, MAX_DOCUMENT, MAX_LINE, ReadOptions, Source, decode, text_start
from searchsvc.ingest.importers.exports import draft_of_export
from searchsvc.ingest.importers.field_names import field_of
from searchsvc.ingest.importers.records import JsonValue, draft_of, rejection

MAX_VALUES = 5_000_000  # of a JSON file that is read whole; each takes memory, up to forty times its own bytes
MAX_BROKEN = 100  # items of one JSON list; after so many it is not the items that are broken


class JsonLinesImporter:
    """One JSON object a line."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson", ".jl")
    reads_by_line = True

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.95 by the suffix; else 0.97 for lines of objects, 0.85 for one such line unless the suffix is `.json`."""
        start = text_start(head)
        if suffix in self.suffixes:
            return 0.95
        if not start.startswith("{"):
            return 0.0
        lines = start.splitlines()
        if len(lines) > 1 and lines[1][:1] == "{" and _is_json(lines[0]):
            return 0.97
        return 0.85 if _is_json(lines[0]) and suffix != ".json" else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per line, or a Rejection; blank lines are skipped."""
        for item in items_of_lines(source):
            yield _from_json(item, source, options, self.name)


class JsonImporter:
    """A JSON list of articles, one article, or an object with a list of them in it (`{"articles": […]}`)."""

    name = "json"
    suffixes = (".json",)

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.9 for a list or object in a file of the suffix, 0.8 for one in another file, 0.5 by the suffix alone."""
        start = text_start(head)
        if not start.startswith(("[", "{")):
            return 0.5 if suffix in self.suffixes else 0.0
        if suffix in self.suffixes:
            return 0.9
        return 0.8 if re.match(r"\[\s*\{|\{\s*\"", start) else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per item of the list, or a Rejection; raises MalformedSource as `items_of_document` does."""
        for item in items_of_document(source):
            yield _from_json(item, source, options, self.name)


@dataclass(frozen=True, slots=True)
class JsonItem:
    """One value of a file: where it stood ("line 12"), or why it cannot be read, and what was odd about its bytes."""

    value: JsonValue
    position: str
    problem: str = ""
    note: str = ""


def items_of_lines(source: Source) -> Iterator[JsonItem]:
    """The values of JSON Lines, blank lines left out."""
    for number, line in source.lines():
        position = f"line {number}"
        if line is None:
            yield JsonItem(None, position, f"longer than {MAX_LINE // 1024**2} MiB")
            continue
        text, note = decode(line)
        if text.isspace() or not text:
            continue
        try:
            yield JsonItem(json.loads(text.lstrip("\ufeff")), position, note=note)
        except (ValueError, RecursionError) as error:
            yield JsonItem(None, position, _json_reason(text, error))


def items_of_document(source: Source) -> Iterator[JsonItem]:
    """The items of the list that a document is or holds under a usual name, one by one; else the one value it is.

    Raises MalformedSource when it is not a list and larger than MAX_DOCUMENT.
    """
    start = text_start(source.head())
    if (opening := _LIST.match(start)) is not None:
        for index, (record, reason) in enumerate(_items(source, opening), start=1):
            yield JsonItem(record, f"item {index}", reason)
        return
    document = whole_document(source)
    records = None if document.problem else _list_within(document.value)
    if records is None:
        yield document
        return
    for index, record in enumerate(records, start=1):
        yield JsonItem(record, f"item {index}", note=document.note)


def whole_document(source: Source) -> JsonItem:
    """All of a file as one value. Raises MalformedSource when it is larger than MAX_DOCUMENT."""
    text, note = decode(source.whole(MAX_DOCUMENT))
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        return JsonItem(None, "", f"JSON with more than {MAX_VALUES:,} values")
    try:
        return JsonItem(json.loads(text), "", note=note)
    except (ValueError, RecursionError) as error:
        return JsonItem(None, "", _json_reason(text, error))


_LIST_NAMES = "articles|items|docs|documents|records|results|stories|entries|news|data|response"
_LIST = re.compile(rf'\s*(?:\{{\s*"(?:{_LIST_NAMES})"\s*:\s*)?\[')


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _json_reason(text: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "not JSON that can be read: nested too deep"
    if not isinstance(error, json.JSONDecodeError):
        return f"not JSON that can be read: {error}"
    if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated string"):
        return "not JSON: it breaks off"
    return f"not JSON: {error.msg} at character {error.pos + 1}"


def _list_within(document: JsonValue) -> list[JsonValue] | None:
    """The list of records in a document that is not itself an article."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict) or "headline" in map(field_of, document):
        return None
    lists = [document[name] for name in _LIST_NAMES.split("|") if name in document]
    for within in lists:
        if isinstance(within, list):
            return within
        if isinstance(within, dict) and (deeper := _list_within(within)) is not None:
            return deeper
    return None


def _items(source: Source, opening: re.Match[str]) -> Iterator[tuple[JsonValue, str]]:
    """The items of a JSON list one by one, each as (item, "") or (None, why it cannot be read)."""
    stream = io.TextIOWrapper(source.stream(), encoding="utf-8-sig", errors="replace")
    scan = json.JSONDecoder().raw_decode
    buffer = stream.read(HEAD)
    position = buffer.index("[") + 1
    ended = False
    broken = 0
    wanted = HEAD
    while True:
        position = _after_gap(buffer, position)
        reason = ""
        if position < len(buffer):
            if buffer[position] == "]":
                return
            try:
                item, position = scan(buffer, position)
            except RecursionError:
                reason, failed_at = "nested too deep", position + 1
            except json.JSONDecodeError as error:
                failed_at = error.pos
                if ended or not (error.pos > len(buffer) - 16 or error.msg.startswith("Unterminated")):
                    reason = _json_reason(buffer, error)
                elif len(buffer) - position > MAX_LINE:
                    reason = f"longer than {MAX_LINE // 1024**2} MiB"
            except ValueError as error:  # a number of more than 4,300 digits
                reason, failed_at = str(error), position + 1
            else:
                wanted = HEAD
                yield item, ""
                continue
        elif ended:
            yield None, "not JSON: the list breaks off"
            return
        if not reason:
            more = stream.read(wanted)
            wanted *= 2  # so that a long item is not scanned from its start again for every 64 KiB
            ended = not more
            buffer, position = buffer[position:] + more, 0
            continue
        yield None, reason
        broken += 1
        buffer, failed_at = buffer[failed_at:], 0
        while (following := _NEXT_ITEM.search(buffer, failed_at)) is None and not ended and len(buffer) <= MAX_LINE:
            failed_at = max(0, len(buffer) - _LONGEST_GAP)
            more = stream.read(wanted)
            wanted *= 2
            ended = not more
            buffer += more
        wanted = HEAD
        if following is None or broken == MAX_BROKEN:
            if not ended:
                yield None, "the rest of the list was not read"
            return
        position = following.end() - 1


_NEXT_ITEM = re.compile(r"[}\"]\s{0,99},\s{0,99}\{")
_LONGEST_GAP = 200  # characters that _NEXT_ITEM matches, at the most
_GAP = re.compile(r"[\s,]*")


def _after_gap(buffer: str, position: int) -> int:
    gap = _GAP.match(buffer, position)
    return position if gap is None else gap.end()


def _from_json(item: JsonItem, source: Source, options: ReadOptions, name: str) -> Draft | Rejection:
    record = item.value
    if item.problem:
        return rejection(source, item.position, item.problem)
    if not isinstance(record, dict):
        return rejection(source, item.position, f"not an article: a JSON {_KINDS.get(type(record), 'value')}")
    if (exported := draft_of_export(record)) is not None:
        return replace(exported, importer=name, source=source.name, position=item.position)
    return draft_of(record, source, options, item.position, (item.note,) if item.note else (), name)


_KINDS: dict[type, str] = {
    list: "list",
    str: "string",
    int: "number",
    float: "number",
    bool: "truth",
    type(None): "null",
}
