"""Unpacking: gzip taken off, and how much may come out of all that is packed in a file, in however many layers.

A hundred bytes for each one that is read of the file itself, and never more than 64 MiB ahead of that. So a bomb is
stopped within 64 MiB of the place where it begins, be it after gigabytes of an honest archive; and an honest archive
may be of any size, for whatever is read is a stream. How much is held in memory at once is for those who read.

>>> allowance = Allowance()
>>> allowance.earn(10_000)
>>> allowance.spend(1_000_000, "news.jsonl.gz")
>>> allowance.spend(1_000_000, "news.jsonl.gz")
Traceback (most recent call last):
searchsvc.errors.MalformedSource: unpacks to more than 100 times its size: the rest is not read
"""

import gzip
import io
import zlib
from typing import BinaryIO, Optional

from searchsvc.errors import MalformedSource

# Plain text packs to a fifth, repetitive records to a thirtieth; beyond a hundred it is a bomb, not an archive.
MAX_RATIO = 100
MAX_AHEAD = 64 * 1024 * 1024  # bytes that may come out for which less than a hundredth was read
GRACE = 256 * 1024  # bytes unpacked before the ratio counts: a tiny file may well be all blanks


class Allowance:
    """How many bytes may yet be unpacked of one file, the layers within it counted too.

    `size` is that of what is read again and again (a zip): bytes that are read twice are earned once. What is held in
    memory and read by itself (a zip in a zip) has an allowance of its own, and what is spent there is spent `outside`
    as well.
    """

    def __init__(self, *, size: int | None = None, outside: Optional["Allowance"] = None) -> None:
        self._ahead = GRACE
        self._total = GRACE
        self._unread = size
        self._outside = outside

    def earn(self, count: int) -> None:
        """So many packed bytes were read."""
        if self._unread is not None:
            count = min(count, self._unread)
            self._unread -= count
        self._ahead = min(self._ahead + MAX_RATIO * count, MAX_AHEAD)
        self._total += MAX_RATIO * count

    def spend(self, count: int, name: str) -> None:
        """So many bytes came out. Raises MalformedSource, of the source of this name, when they are too many."""
        self._ahead -= count
        self._total -= count
        if self._ahead < 0 or self._total < 0:
            raise MalformedSource(f"{OVERBLOWN}: the rest is not read", source=name)
        if self._outside is not None:
            self._outside.spend_unread(count, name)

    def spend_unread(self, count: int, name: str) -> None:
        """So many bytes came out of what had been read before. Raises MalformedSource as `spend` does."""
        self._total -= count
        if self._total < 0:
            raise MalformedSource(f"{OVERBLOWN}: the rest is not read", source=name)
        if self._outside is not None:
            self._outside.spend_unread(count, name)

    def is_spent(self) -> bool:
        """Whether more was spent than earned, here or in the archive around it: `spend` has raised."""
        return self._ahead < 0 or self._total < 0 or (self._outside is not None and self._outside.is_spent())


OVERBLOWN = f"unpacks to more than {MAX_RATIO} times its size"


def most_of(packed: int) -> int:
    """Bytes that may come out of so many, of one thing by itself: a file of a zip, a page in an answer of HTTP."""
    return max(GRACE, MAX_RATIO * packed)


class Unpacked(io.RawIOBase):
    """Gzip taken off, piece by piece. What could be unpacked before it broke is given."""

    def __init__(self, packed: BinaryIO, name: str, allowance: Allowance) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed, mode="rb")
        self._name = name
        self._allowance = allowance
        self._broken: Exception | None = None

    def readable(self) -> bool:
        """True: this is a stream to read from."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's is wider
        """Raises MalformedSource on broken or overblown gzip."""
        count = 0
        while count < len(buffer) and self._broken is None:
            try:
                piece = self._gzip.read1(len(buffer) - count)
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                self._broken = error
                break
            if not piece:
                break
            self._allowance.spend(len(piece), self._name)
            buffer[count : count + len(piece)] = piece
            count += len(piece)
        if count == 0 and self._broken is not None:
            raise MalformedSource(f"broken gzip: {self._broken}", source=self._name) from self._broken
        return count
