"""CSV records: articles as rows under a line of column names, with commas, semicolons or tabs between.

Streams: a row is at most some megabytes; a broken one is a Rejection and the next goes in.

>>> source = Source.from_bytes("a.csv", "titre;Texte;mots\\nPluie;Il a plu.;météo, Paris\\n".encode())
>>> options = ReadOptions(mapping={"headline": "titre", "body": "texte", "tags": "mots"})
>>> [(draft.headline, draft.body, draft.tags) for draft in CsvImporter().read(source, options)]
[('Pluie', ('Il a plu.',), ('météo', 'Paris'))]
"""

import csv
import io
from collections.abc import Iterator

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.base import MAX_LINE, ReadOptions, Source, decode, text_start
from searchsvc.ingest.importers.field_names import field_of
from searchsvc.ingest.importers.records import draft_of, our_field, rejection

MAX_ROW = 4 * MAX_LINE  # characters, with what its lines take beside them
MAX_GIVEN_BACK = 100  # rows whose lines are read once more, for a quote in them is not closed
MAX_READ_AGAIN = 2 * MAX_ROW  # characters of them all
_LINE_COST = 60  # bytes that a line takes beside its characters


class CsvImporter:
    """Rows under a line of column names; commas, semicolons or tabs between."""

    name = "csv"
    suffixes = (".csv", ".tsv", ".tab")

    def sniff(self, head: bytes, suffix: str) -> float:
        """0.9 by the suffix; 0.7 when the column names include a headline and at least half are known."""
        if suffix in self.suffixes:
            return 0.9
        columns = _best_columns(text_start(head))
        known = {field_of(column) for column in columns} - {None}
        return 0.7 if len(columns) >= 2 and {"headline"} <= known and 2 * len(known) >= len(columns) else 0.0

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Rejection]:
        """One draft per row, a Rejection for a row that cannot be read; empty rows are skipped.

        Without a headline column the whole file is one Rejection. A row of the wrong length is read, with a note.
        """
        head = source.head()
        if not head.strip():
            yield rejection(source, "", "the file is empty")
            return
        delimiter = _delimiter(text_start(head))
        lines = _TextLines(source)
        csv.field_size_limit(MAX_LINE)  # the default, 128 KiB, is less than some articles
        rows = csv.reader(lines, delimiter=delimiter)
        lines.row_begins()
        columns = _header(rows)
        fields = {column: ours for column in columns if (ours := our_field(column, options.mapping)) is not None}
        if "headline" not in fields.values():
            seen = ", ".join(columns[:20])[:300] or "none"
            yield rejection(source, "line 1", f"no headline column among: {seen}; name it with --map headline=COLUMN")
            return
        for row in _rows(rows, lines):
            position = f"line {lines.row_start}"
            if isinstance(row, str):
                yield rejection(source, position, row)
            elif any(row):
                notes = list(dict.fromkeys(lines.taken_notes()))
                if len(row) != len(columns):
                    notes.append(f"{len(row)} columns where the first line names {len(columns)}")
                record = dict(zip(columns, row, strict=False))
                yield draft_of(record, source, options, position, tuple(notes), self.name)


class _TextLines:
    """Lines as text for csv.reader, with a note when they were not UTF-8, within bounds; those of a row can go back."""

    def __init__(self, source: Source) -> None:
        self.row_start = 1
        self.ended = False
        self._row: list[str] = []
        self._row_size = 0
        self._times = self._read_again = 0
        self._given_back: list[str] = []  # the next one last
        self._notes: list[str] = []
        head = source.head()
        self._lines: Iterator[str | None]
        if b"\n" not in head and b"\r" in head:  # as old Macs end lines
            self._lines = _wrapped(source, "utf-8-sig", None)
        else:
            self._lines = self._decoded(source)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._given_back.pop() if self._given_back else next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self._row.append(line or "")
        if line is None:
            raise csv.Error(f"a line longer than {MAX_LINE // 1024**2} MiB")
        self._row_size += len(line) + _LINE_COST
        if self._row_size > MAX_ROW:
            raise csv.Error(f"a row of more than {MAX_ROW // 1024**2} MiB, or of very many lines")
        return line

    def row_begins(self) -> None:
        self.row_start += len(self._row)
        self._row = []
        self._row_size = 0

    def has_open_quote(self) -> bool:
        """Whether the row runs to the end of the file because a quote is never closed."""
        return self.ended and len(self._row) > 1 and sum(line.count('"') for line in self._row) % 2 == 1

    def give_back(self) -> None:
        """Read all but the first line of the row again, as rows of their own: a few times, for each costs all of it."""
        self._times += 1
        self._read_again += self._row_size
        if self._times > MAX_GIVEN_BACK or self._read_again > MAX_READ_AGAIN:
            return
        self._given_back.extend(reversed(self._row[1:]))
        del self._row[1:]
        self.ended = False

    def taken_notes(self) -> list[str]:
        notes, self._notes = self._notes, []
        return notes

    def _decoded(self, source: Source) -> Iterator[str | None]:
        for _, line in source.lines():
            if line is None:
                yield None
                continue
            text, note = decode(line)
            if note:
                self._notes.append(note)
            yield text


def _wrapped(source: Source, encoding: str, newline: str | None) -> Iterator[str | None]:
    lines = io.TextIOWrapper(source.stream(), encoding=encoding, errors="replace", newline=newline)
    while line := lines.readline(MAX_LINE):
        yield line


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        return [column.strip() for column in next(rows, [])]
    except csv.Error:
        return []


def _rows(rows: Iterator[list[str]], lines: _TextLines) -> Iterator[list[str] | str]:
    """The rows, and in the place of one that cannot be read, why."""
    while True:
        lines.row_begins()
        try:
            row = next(rows)
        except csv.Error as error:
            reason = str(error)
        except StopIteration:
            return
        else:
            if not lines.has_open_quote():
                yield row
                continue
            reason = "a quote is not closed"
        yield f"not a row: {reason}"
        lines.give_back()  # what the quote had swallowed


def _delimiter(start: str) -> str:
    """The one of comma, semicolon and tab that gives the most columns we know, then the most."""
    return max(",;\t", key=lambda delimiter: _merit(_columns(start, delimiter)))


def _best_columns(start: str) -> list[str]:
    return _columns(start, _delimiter(start))


def _columns(start: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(start, newline=None), delimiter=delimiter), [])
    except csv.Error:
        return []


def _merit(columns: list[str]) -> tuple[int, int]:
    return sum(field_of(column) is not None for column in columns), len(columns)
