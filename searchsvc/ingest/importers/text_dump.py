"""Text dumps: a page saved as plain text, with its menus, buttons and notices, to the story on it.

General signals only, no rules for one site: see `ingest.page`. The date over the masthead is the day of saving.

>>> page = b"Home\\n\\nRiver closes bridge\\n\\nGHENT, 4 May 2021\\n\\nThe river rose, and the bridge is shut.\\n"
>>> [draft] = TextDumpImporter().read(Source.from_bytes("a.txt", page), ReadOptions())
>>> draft.headline, draft.place, draft.date_texts[0].text
('River closes bridge', 'GHENT', '4 May 2021')
"""

from collections.abc import Iterator

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import ReadOptions, Source, decode
from searchsvc.ingest.page.heading import find_heading
from searchsvc.ingest.page.lines import read_lines
from searchsvc.ingest.page.sections import publication_below, section_below
from searchsvc.ingest.page.story import find_story
from searchsvc.ingest.page.tags import find_tags

MIN_TEXT = 80  # characters of a file of one line; a brief has more, a stray note or a lock file has not
MAX_LINES = 100_000  # each is weighed by itself; a long page has some thousands
_BINARY = 0.1  # of the first bytes, control characters beyond which it is no text


class TextDumpImporter:
    """One article a file."""

    name = "text"
    suffixes = (".txt", ".text")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.6 by the suffix; 0.3 for a file without any suffix and with few control characters."""
        if suffix in self.suffixes:
            return 0.6
        if suffix or not head.strip():
            return 0.0
        control = sum(byte < 9 or 13 < byte < 32 for byte in head[:4096])
        return 0.3 if control <= _BINARY * len(head[:4096]) else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """The draft of the page, or a Rejection. Raises MalformedSource when it is larger than MAX_PAGE."""
        text, note = decode(source.whole())
        if text.count("\n") > MAX_LINES:
            yield Rejection(reason=f"more than {MAX_LINES:,} lines, too many for one article", source=source.name)
            return
        if _is_noise(text[:4096]):
            yield Rejection(reason="not text: full of control characters", source=source.name)
            return
        lines = read_lines(text)
        if not lines:
            yield Rejection(reason="no words in the file", source=source.name)
            return
        story = find_story(lines)
        if len(lines) == 1 and len(text) < MIN_TEXT:
            yield Rejection(reason=f"one line of {len(text.strip())} characters is no page", source=source.name)
            return
        heading = find_heading(lines, story)
        yield Draft(
            headline=heading.headline, kicker=heading.kicker, summary=heading.summary,
            body=tuple(lines[i].text for i in story.kept if i >= heading.body_from),
            byline=heading.byline, agency=heading.agency, place=heading.place,
            publication=options.source_name or publication_below(lines, story.end),
            section=heading.section or section_below(lines, story.end),
            tags=find_tags(lines, heading.body_from, story),
            date_texts=heading.dates, saved_text=heading.saved_text,
            importer=self.name, source=source.name, notes=(note,) if note else (),
        )  # fmt: skip


def _is_noise(text: str) -> bool:
    """Whether no paper was ever written so. NUL does not count: it is in every second byte of unmarked UTF-16."""
    noise = sum(c == "\ufffd" or "\0" < c < "\t" or "\r" < c < " " for c in text)
    return noise > _BINARY * len(text)
