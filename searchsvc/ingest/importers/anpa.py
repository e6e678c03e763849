"""Wire text: ANPA 1312 and IPTC 7901, the messages of control characters that agencies sent before XML, and still send.

A message begins at SOH, its text at STX, and ends at ETX; a file or a day's log holds any number. Lines that a caret
begins (ANPA) are the headline, the byline and notes to editors; in IPTC 7901 an equals sign ends the headline.

>>> message = b"\\x01eca062 4 i 211 dpa 061\\r\\n\\r\\nWeather/\\r\\n\\x02Rain closes bridge =\\r\\n\\r\\n" \\
...     b"   Ghent (dpa) - It rained\\r\\nall night.\\r\\n\\x03131137 GMT Nov 13\\r\\n\\x04"
>>> [draft] = AnpaImporter().read(Source.from_bytes("a.txt", message), ReadOptions())
>>> draft.headline, draft.body, draft.date_texts[0].text
('Rain closes bridge', ('Ghent (dpa) - It rained all night.',), '13 Nov 13 11:37 GMT')
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from searchsvc.ingest.credits import agency_name, dateline
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import HEAD, MAX_PAGE, ReadOptions, Source, decode
from searchsvc.ingest.importers.origins import WIRE, origins_of

_SOH, _STX, _ETX = b"\x01", b"\x02", b"\x03"


class AnpaImporter:
    """Any number of messages a file."""

    name = "anpa"
    suffixes = (".tst", ".anpa", ".7901")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.98 when a message with SOH and STX begins the file, 0.4 by the suffix alone."""
        if _BEGINNING.match(head):
            return 0.98
        return 0.4 if suffix in self.suffixes else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per message; a Rejection for one too large, empty or not text, and for a file without any."""
        number = 0
        for number, message in enumerate(_messages(source), start=1):
            position = f"message {number}"
            if message is None:
                reason = f"larger than {MAX_PAGE // 1024**2} MiB, too large for one article"
                yield Rejection(reason=reason, source=source.name, position=position)
                continue
            seen = _read_message(message, source.name, position, self.name)
            yield seen if isinstance(seen, Rejection) else replace(seen, origins=origins_of(seen, WIRE))
        if not number:
            yield Rejection(reason="no wire message in it: nothing begins with SOH", source=source.name)


_BEGINNING = re.compile(rb"[\x16\0\r\n\x7f\x04 ]{0,64}\x01\w[^\x02]{6,1500}\x02")


def _messages(source: Source) -> Iterator[bytes | None]:
    """What is between one SOH and the next; None in the place of what is too large."""
    stream = source.stream()
    buffer: bytes | None = b""
    begun = False
    while piece := stream.read(HEAD):
        first, *others = piece.split(_SOH)
        buffer = _joined(buffer, first)
        for other in others:
            if begun:
                yield buffer
            begun, buffer = True, other
    if begun:
        yield buffer


def _joined(buffer: bytes | None, more: bytes) -> bytes | None:
    return None if buffer is None or len(buffer) + len(more) > MAX_PAGE else buffer + more


def _read_message(message: bytes, source: str, position: str, importer: str) -> Draft | Rejection:
    header, stx, rest = message.partition(_STX)
    if not stx:
        return Rejection(reason="a wire message without a text: no STX", source=source, position=position)
    content, etx, trailer = rest.partition(_ETX)
    text, note = decode(content)
    if note and sum(c > "\x7f" for c in text) > MAX_FOREIGN * len(text):
        return Rejection(reason="not text in an encoding that is known", source=source, position=position)
    notes = tuple(filter(None, (note, "" if etx else "the message breaks off: no ETX")))
    heading, body = _anpa(text) if text.startswith("^") or "\n^" in text[:2000] else _iptc(text)
    headline, byline, summary = heading
    if not (headline or body):
        return Rejection(reason="no headline and no text", source=source, position=position)
    top = header.decode("latin-1")
    end = trailer.split(b"\x04")[0].decode("latin-1")
    line = dateline(body[0]) if body else None
    return Draft(
        headline=headline,
        summary=summary,
        body=body,
        byline=byline,
        agency=_agency(top, end) or (line.agency if line else ""),
        section=_section(top),
        date_texts=tuple(DateText(text, "record") for text in _dates(end)),
        importer=importer,
        source=source,
        position=position,
        notes=notes,
    )


MAX_FOREIGN = 0.3  # of what is not UTF-8, letters beyond ASCII; Western text has a tenth

_Heading = tuple[str, str, str]  # headline, byline, summary

# What stands among the headlines of a wire and is for editors only.
_FOR_EDITORS = re.compile(
    r"\(?(?:eds?:|editors?\b|ap photos?\b|with\b|apnewsnow|moved on|note|hfr\b|stand-alone|precede|all times)|\W*$|\*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:urgent|extra|refile|alert|roundup|preview|update\W*\d*|correction|kill|\d+(?:st|nd|rd|th) (?:ld|lead)\W*\w*"
    r"|\(achtung\)|eil|blitz)\b[ :=-]*)+$",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?:By|Von|Par|Por)\s+\S")
_NOTEBOOK = re.compile(r"#+ (?:Notebook|Notizblock|Note)")  # what follows the story for the desk


def _anpa(text: str) -> tuple[_Heading, tuple[str, ...]]:
    """ANPA 1312: the slug, then lines with a caret; after those, what is indented or a row begins a paragraph."""
    lines = _lines(text)
    begins = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("^")), len(lines))
    headline = byline = summary = ""
    after_byline = False
    for plain in map(_plain, lines[1:begins]):
        if not plain or _FOR_EDITORS.match(plain):
            continue
        if _BYLINE.match(plain):
            byline, after_byline = plain, True
        elif after_byline and not plain.isupper():
            byline, after_byline = f"{byline}, {plain}", False  # who they are
        elif not headline:
            headline = plain
        else:
            summary = summary or plain
    body: list[list[str]] = [[]]
    for line in lines[begins:]:
        if line[:1] in " \t^\b":
            body.append([])
        body[-1].append(_plain(line))
    return (headline, byline, summary), _paragraphs(body)


def _iptc(text: str) -> tuple[_Heading, tuple[str, ...]]:
    """IPTC 7901: headline and byline up to an equals sign, then paragraphs with a blank line or an indent between."""
    top, sign, rest = text.partition("=\r\n") if "=\r\n" in text[:2000] else text.partition("=\n")
    if not sign or len(top) > 2000:
        top, _, rest = text.partition("\n")
    byline = ""
    headline: list[str] = []
    for line in map(_plain, _lines(top)):
        if _BYLINE.match(line):
            byline = line
        elif line and not _LEAD.match(line):
            headline.append(line)
    body: list[list[str]] = [[]]
    for line in _lines(rest):
        if _NOTEBOOK.match(line):
            break
        if not line.strip() or line.startswith("   "):
            body.append([])
        body[-1].append(_plain(line))
    return (" ".join(headline), byline, ""), _paragraphs(body)


def _paragraphs(body: list[list[str]]) -> tuple[str, ...]:
    return tuple(text for lines in body if (text := " ".join(filter(None, lines))))


def _lines(text: str) -> list[str]:
    """Not str.splitlines, which breaks at the separators of columns too."""
    return text.replace("\r\n", "\n").split("\n")


# Of the wires' small character set: quotes of two marks, a dash, fractions, and marks of typesetting.
_SIGNS = ((" _ ", " — "), ("``", "“"), ("''", "”"))
_TYPESETTING = re.compile(r"\^+|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")


def _plain(line: str) -> str:
    """A line without the marks of typesetting; the columns of a table with bars between."""
    text = line.strip().strip("^").rstrip("<=^ \t")
    columns = text.count(";") > 2 and "; " not in text
    for sign, meant in _SIGNS:
        text = text.replace(sign, meant)
    text = _TYPESETTING.sub(" ", text)
    return " ".join((text.replace(";", " ") if columns else text).split())


def _agency(header: str, trailer: str) -> str:
    """By the end of an ANPA message (`AP-WF-11-13-13`), or the keyword of IPTC 7901 (`dpa 061`)."""
    for match in (
        re.match(r"\s*([A-Z]{2,5})-[A-Z]{2}-\d", trailer),
        re.search(r" (\w{2,5})[\w-]* \d+\s", header + " "),
    ):
        if match is not None and (agency := agency_name(match[1])):
            return agency
    return ""


# The categories that mean the same on all wires, of ANPA 1312.
_SECTIONS = {
    "a": "National", "e": "Entertainment", "f": "Business", "i": "International", "k": "Commentary", "l": "Lifestyle",
    "p": "Politics", "s": "Sports", "t": "Travel", "w": "Washington",
}  # fmt: skip
_CATEGORY = re.compile(r"\w+ \d ([a-z])[a-z]{0,2} \d|\n[a-z] ([a-z])[\x11-\x14]")


def _section(header: str) -> str:
    found = _CATEGORY.search(header)
    return _SECTIONS.get(found[1] or found[2], "") if found is not None else ""


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _dates(trailer: str) -> Iterator[str]:
    """When it was sent: `11-13-13 0745GMT` is month, day and year, `131137 GMT Nov 13` is day, time, month and year."""
    if (sent := re.search(r"(\d{2})-(\d{2})-(\d{2})\s+(\d{2})(\d{2})\s?GMT", trailer)) and 1 <= int(sent[1]) <= 12:
        yield f"{sent[2]} {_MONTHS[int(sent[1]) - 1]} {sent[3]} {sent[4]}:{sent[5]} GMT"
    if sent := re.match(r"\s*(\d{2})(\d{2})(\d{2})\s+(GMT )?\s*([A-Za-z]{3})\w*\s+(\d{2,4})", trailer):
        yield f"{sent[1]} {sent[5]} {sent[6]}" + (f" {sent[2]}:{sent[3]} GMT" if sent[4] else "")
