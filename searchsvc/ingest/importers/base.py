"""Source and Importer: what an importer is given, and what it must be.

A source is read as a stream and only as far as is asked for; gzip is taken off on the way, within bounds
(`unpacking`), so that neither a long line nor a small file that unpacks to a terabyte fills the memory or the day.

>>> source = Source.from_bytes("a.jsonl", b'{"headline": "Rain"}\\n')
>>> source.suffix, list(source.lines())
('.jsonl', [(1, b'{"headline": "Rain"}\\n')])
"""

import codecs
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import BinaryIO, Protocol, runtime_checkable

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.importers.unpacking import Allowance, Unpacked

HEAD = 64 * 1024  # bytes that tell the kind of a file
MAX_LINE = 8 * 1024 * 1024  # bytes; no article is longer, so a longer line is not one
MAX_PAGE = 8 * 1024 * 1024  # bytes of a file that is one article
MAX_DOCUMENT = 64 * 1024 * 1024  # bytes of what is one document, and no stream of records: JSON, a file of a wire


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read sources, where they do not say it themselves."""

    format: str | None = None  # an importer's name, instead of finding out
    mapping: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # our field to theirs
    source_name: str = ""  # the paper or site, for articles that do not name one
    language: str | None = None  # for articles that do not say, and are too short to tell
    day_first: bool = False  # 03/04/2015 is the third of April


class Importer(Protocol):
    """Reads one format. `sniff` is asked with the first bytes; `read` gives drafts as it meets them."""

    @property
    def name(self) -> str:
        """The format's name, as settings, provenance and reports print it."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of file names that suggest the format: in lower case, with their dot."""
        ...

    def sniff(self, head: bytes, suffix: str) -> float:
        """How sure it is, from 0 (not mine) to 1 (certainly)."""
        ...

    def read(self, source: "Source", options: ReadOptions) -> Iterator[Draft | Rejection]:
        """Raises MalformedSource when the rest of the source cannot be read."""
        ...


@runtime_checkable
class ReadsByLine(Protocol):
    """An importer that takes a source from `Source.lines`, each line for itself: a large one can be shared out."""

    reads_by_line: bool


class Source:
    """One file, or standard input: its name as shown, and its bytes, from the start and only once."""

    def __init__(
        self,
        name: str,
        open_raw: Callable[[], BinaryIO],
        *,
        size: int | None = None,
        is_ours: bool = True,
        path: Path | None = None,
        within: Allowance | None = None,
    ) -> None:
        self.name = name
        self.path = path  # where it lies on a disk, for a format that is read from its end
        self.allowance = within or Allowance()  # for what it unpacks to: that of the archive which it lies in
        self.size = size  # bytes on disk; None when nobody knows before the end
        self._first_line = 1
        earns = None if within is not None else self.allowance
        self._raw = _Counting(open_raw, is_ours, earns)  # what is not ours (standard input) stays open
        self._stream: io.BufferedReader | None = None

    @classmethod
    def from_path(cls, path: Path, name: str, *, size: int | None = None) -> "Source":
        """A file; its size is looked up where it is not known."""
        known = path.stat().st_size if size is None else size
        return cls(name, lambda: path.open("rb", buffering=0), size=known, path=path)

    @classmethod
    def from_bytes(cls, name: str, content: bytes) -> "Source":
        """A source of bytes in memory; gzip among them is unpacked as in a file."""
        return cls(name, lambda: io.BytesIO(content), size=len(content))

    @classmethod
    def of_lines(cls, name: str, lines: Iterable[bytes], *, first_line: int) -> "Source":
        """Some lines that another source gave, of which the first has this number there."""
        source = cls.from_bytes(name, b"")
        source._stream = io.BufferedReader(io.BytesIO(b"".join(lines)))
        source._first_line = first_line
        return source

    @property
    def suffix(self) -> str:
        """In lower case, `.gz` left out: what is inside. Of a file in an archive, its own."""
        path = PurePath(self.name.lower().rpartition(":")[2])
        return PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix

    @property
    def bytes_read(self) -> int:
        """Of those on disk: how far a progress bar has come."""
        return self._raw.count

    def head(self) -> bytes:
        """The first 64 KiB, or all there is; they stay to be read. Raises MalformedSource on broken gzip."""
        return self.stream().peek(HEAD)[:HEAD]

    def stream(self) -> io.BufferedReader:
        """The bytes, unpacked; UTF-16 that says so is UTF-8 here, for its line ends are two bytes.

        Reading raises MalformedSource on broken or overblown gzip, OSError on a bad disk.
        """
        if self._stream is None:
            raw = io.BufferedReader(self._raw, HEAD)
            is_packed = raw.peek(2)[:2] == b"\x1f\x8b"
            unpacked = Unpacked(raw, self.name, self.allowance) if is_packed else _Plain(raw)
            self._stream = io.BufferedReader(unpacked, 2 * HEAD)
            if _is_utf16(self._stream.peek(HEAD)):
                self._stream = io.BufferedReader(_Recoded(self._stream), 2 * HEAD)
        return self._stream

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Lines with their numbers from 1; None in the place of a line longer than 8 MiB, which is skipped."""
        stream = self.stream()
        number = self._first_line - 1
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) <= MAX_LINE or line.endswith(b"\n"):
                yield number, line
                continue
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield number, None

    def whole(self, limit: int = MAX_PAGE) -> bytes:
        """All the bytes. Raises MalformedSource when there are more than `limit`."""
        content = self.up_to(limit + 1)
        if len(content) > limit:
            raise MalformedSource(f"larger than {limit // 1024**2} MiB, too large for one article", source=self.name)
        return content

    def content_hash(self) -> str:
        """A hash of all the bytes on disk; those not read yet are read. Raises OSError on a bad disk."""
        return self._raw.hash_of_all()

    def up_to(self, count: int) -> bytes:
        """The next bytes, `count` at the most; piece by piece, for a reader sets aside all that it is asked for."""
        pieces: list[bytes] = []
        while count > 0 and (piece := self.stream().read(min(count, 16 * HEAD))):
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close the file, unless it is standard input; nothing can be read after that."""
        self._raw.close()


def decode(content: bytes) -> tuple[str, str]:
    """The text of some bytes, and a note when it is not UTF-8: by its mark, else as Windows writes Western text.

    >>> decode(b"caf\\xe9")
    ('café', 'not UTF-8: read as Windows-1252')
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), ""
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
        # A few broken bytes among letters that are UTF-8 do not make it another encoding.
        broken = text.count("\ufffd")
        if sum(c > "\x7f" for c in text) - broken > broken:
            return text, "not quite UTF-8: broken bytes replaced"
        return content.decode("cp1252", "replace"), "not UTF-8: read as Windows-1252"


def text_start(head: bytes) -> str:
    """The beginning as text, for a look only: white space before it is left out."""
    return decode(head)[0].lstrip("\ufeff \t\r\n")


def _is_utf16(head: bytes) -> bool:
    """Marked as such, and with line ends or many letters of two bytes: a mark alone may be two broken bytes."""
    ends = {codecs.BOM_UTF16_LE: b"\n\0", codecs.BOM_UTF16_BE: b"\0\n"}
    return head[:2] in ends and (ends[head[:2]] in head or head.count(0) > len(head) / 8)


_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class _Counting(io.RawIOBase):
    """The raw file, opened at the first byte, counting what was read, and earning an allowance by it."""

    def __init__(self, open_raw: Callable[[], BinaryIO], is_ours: bool, allowance: Allowance | None) -> None:
        self.count = 0
        self._allowance = allowance
        self._hash = hashlib.blake2b(digest_size=16)
        self._open = open_raw
        self._is_ours = is_ours
        self._file: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is wider
        if self._file is None:
            self._file = self._open()
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self.count += len(content)
        if self._allowance is not None:
            self._allowance.earn(len(content))
        self._hash.update(content)
        return len(content)

    def hash_of_all(self) -> str:
        rest = bytearray(HEAD)
        while self.readinto(rest):
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        if self._file is not None and self._is_ours:
            self._file.close()
        super().close()


class _Plain(io.RawIOBase):
    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._inner.read(len(buffer))  # all that fits: the buffer above then holds a whole head
        buffer[: len(content)] = content
        return len(content)


class _Recoded(io.RawIOBase):
    """UTF-16 as UTF-8, its mark left out."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while len(self._ready) < len(buffer):  # all that fits, as above
            piece = self._inner.read(HEAD)
            self._ready += self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            if not piece:
                break
        content, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(content)] = content
        return len(content)
