"""Archives: the files in a zip or tar, each a source of its own, named `news.zip:folder/a.xml`.

Nothing is unpacked to disk, and each file is read as a stream, within the bounds that gzip has (`unpacking`), those of
an archive and of the archives in it together. A file that cannot be, or may not be, is a Rejection and the next goes
in. What a file holds is for `importers.registry`.

>>> packed = io.BytesIO()
>>> with zipfile.ZipFile(packed, "w") as archive:
...     archive.writestr("b/rain.txt", "It rained.")
...     archive.writestr("../up.txt", "It climbed.")
>>> for member in members(Source.from_bytes("news.zip", packed.getvalue())):
...     member.source if isinstance(member, Rejection) else (member.name, member.whole())
('news.zip:b/rain.txt', b'It rained.')
'news.zip:../up.txt'
"""

import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import IO, BinaryIO

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import HEAD, MAX_DOCUMENT, Source
from searchsvc.ingest.importers.unpacking import OVERBLOWN, Allowance, most_of

MAX_DEPTH = 2  # an archive in an archive, and no further
MAX_MEMBERS = 100_000  # files of one archive: each takes memory, and a second for some hundreds
MAX_DIRECTORY = 16 * 1024 * 1024  # bytes of a zip's list of files, which is read whole
MAX_NESTED = MAX_DOCUMENT  # bytes of a zip that does not lie on a disk: it is read from its end, so held whole
MAX_NAMES = 64 * 1024  # bytes of a name, or of what else a tar says of one file
MAX_SHOWN = 300  # characters of a name in provenance and messages

_BLOCK = 512  # of which a tar is made


def is_archive(source: Source) -> bool:
    """Whether it is a zip or a tar; books, parcels and office documents, zips as well, are not meant."""
    return _is_zip(source) or _is_tar(source)


def members(source: Source, depth: int = 0) -> Iterator[Source | Rejection]:
    """The files of an archive in their order; each is to be read before the next is asked for.

    `depth` is that of the archive: 0 when it lies in none. Raises MalformedSource where the rest cannot be read.
    """
    if depth >= MAX_DEPTH:
        raise MalformedSource(f"archives nested more than {MAX_DEPTH} deep are not opened", source=source.name)
    for number, member in enumerate(_zip(source) if _is_zip(source) else _tar(source), start=1):
        if number > MAX_MEMBERS:
            raise MalformedSource(f"more than {MAX_MEMBERS:,} files: the rest is not read", source=source.name)
        yield member


def _is_zip(source: Source) -> bool:
    return source.head()[:4] in (b"PK\x03\x04", b"PK\x05\x06") and source.suffix in (".zip", ".tar", ".tgz", "")


def _is_tar(source: Source) -> bool:
    return source.head()[257:262] == b"ustar" or source.suffix in (".tar", ".tgz")


def _problem(path: str) -> str:
    """Why a file is not read, by its path; "" when it may be."""
    parts = re.split(r"[/\\]", path)
    if parts[0] == "" or re.match(r"[A-Za-z]:", path):
        return "an absolute path"
    return "a path that leads out of the archive" if ".." in parts else ""


def _name(source: Source, path: str) -> str:
    shown = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "?", path)
    return f"{source.name}:{shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + '…'}"


# --- zip --------------------------------------------------------------------------------------------------------------


def _zip(source: Source) -> Iterator[Source | Rejection]:
    with closing(_seekable(source)) as file:
        if _directory_size(file) > MAX_DIRECTORY:
            raise MalformedSource("a zip with a list of files larger than 16 MiB", source=source.name)
        file.seek(0)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError) as error:
            raise MalformedSource(f"broken zip: {error}", source=source.name) from error
        for info in archive.infolist():
            if info.is_dir():
                continue
            if file.allowance.is_spent():
                raise MalformedSource(f"{OVERBLOWN}: the rest is not read", source=source.name)
            name = _name(source, info.filename)
            if problem := _problem(info.filename) or _zip_problem(info):
                yield Rejection(reason=problem, source=name)
                continue
            yield Source(name, partial(_opened, archive, info, name, file.allowance), within=file.allowance)


def _zip_problem(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link, not followed"
    if info.flag_bits & 1:
        return "encrypted: unpack it first"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others take as much memory as a file says they need.
        return f"packed in a way that is not read (method {info.compress_type}): unpack it first"
    return ""


def _seekable(source: Source) -> "_Seekable":
    """The file itself where it lies on a disk as it is; else all of it in memory, within MAX_NESTED."""
    if source.path is not None and source.path.suffix.lower() != ".gz":
        file = source.path.open("rb")
        return _Seekable(file, Allowance(size=file.seek(0, io.SEEK_END)))
    content = source.up_to(MAX_NESTED + 1)
    if len(content) > MAX_NESTED:
        reason = f"a zip of more than {MAX_NESTED // 1024**2} MiB that is not a file by itself: unpack it first"
        raise MalformedSource(reason, source=source.name)
    return _Seekable(io.BytesIO(content), Allowance(size=len(content), outside=source.allowance))


class _Seekable(io.RawIOBase):
    """A zip as zipfile reads it, here and there, earning an allowance by what is read."""

    def __init__(self, file: BinaryIO, allowance: Allowance) -> None:
        self.allowance = allowance
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's is wider
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self.allowance.earn(len(content))
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()


def _directory_size(file: _Seekable) -> int:
    """Bytes of a zip's list of files, as its end tells; 0 when there is no such end."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 66_000))  # the longest comment, and what is before it
    end = file.read()
    found = end.rfind(b"PK\x05\x06")
    if found < 0 or len(end) < found + 16:
        return 0
    told: int = struct.unpack("<I", end[found + 12 : found + 16])[0]
    if (longer := end.rfind(b"PK\x06\x06", 0, found)) >= 0 and len(end) >= longer + 48:
        told = max(told if told != 0xFFFFFFFF else 0, struct.unpack("<Q", end[longer + 40 : longer + 48])[0])
    return told


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, allowance: Allowance) -> BinaryIO:
    try:
        file = archive.open(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, struct.error, ValueError) as error:
        raise MalformedSource(f"broken zip: {error}", source=name) from error
    return io.BufferedReader(_ZipMember(file, info.compress_size, name, allowance))


class _ZipMember(io.RawIOBase):
    """One file of a zip, unpacked piece by piece."""

    def __init__(self, file: IO[bytes], packed: int, name: str, allowance: Allowance) -> None:
        self._file = file
        self._left = most_of(packed)
        self._name = name
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's is wider
        try:
            content = self._file.read(min(len(buffer), HEAD, self._left + 1))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise MalformedSource(f"broken zip: {error}", source=self._name) from error
        self._left -= len(content)
        if self._left < 0:  # and so much less is spent on it, or a few bombs would cost the other files
            raise MalformedSource(OVERBLOWN, source=self._name)
        self._allowance.spend(len(content), self._name)
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


# --- tar --------------------------------------------------------------------------------------------------------------


def _tar(source: Source) -> Iterator[Source | Rejection]:
    """Read forwards only, so that it may be packed or come from standard input.

    Not with tarfile.open, which reads whatever length a header names into memory at once.
    """
    stream = source.stream()
    told: dict[str, str] = {}  # of the next file, by records before it
    while (header := stream.read(_BLOCK)).strip(b"\0"):
        info = _header(header, source)
        if info.type in _RECORDS:
            told.update(_record(info, _padded(stream, info.size, source), source))
            continue
        size = int(told["size"]) if told.get("size", "").isascii() and told.get("size", "").isdigit() else info.size
        path = told.get("path", info.name)
        sparse = any(key.startswith("GNU.sparse") for key in told)
        told = {}
        if info.isdir():
            size = 0
        content = _TarMember(stream, size, source)
        name = _name(source, path)
        if problem := _problem(path) or _tar_problem(info, sparse):
            yield Rejection(reason=problem, source=name)
        elif not info.isdir():
            yield Source(name, partial(io.BufferedReader, content), within=source.allowance)
        content.skip()


_LONG_NAME, _LONG_LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
_RECORDS = (_LONG_NAME, _LONG_LINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)


def _header(header: bytes, source: Source) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise MalformedSource(f"broken tar: {error}", source=source.name) from error
    if info.size < 0:
        raise MalformedSource("broken tar: a file of less than no bytes", source=source.name)
    return info


def _tar_problem(info: tarfile.TarInfo, sparse: bool) -> str:
    if info.issym() or info.islnk():
        return "a link, not followed"
    if sparse or info.type == tarfile.GNUTYPE_SPARSE:
        return "a sparse file: unpack it first"
    return "" if info.isdir() or info.isreg() else "not a file: a pipe, a socket or a device"


def _record(info: tarfile.TarInfo, content: bytes, source: Source) -> dict[str, str]:
    """What stands before a file about it: its long name, or lines of `length key=value`."""
    if info.type == _LONG_NAME:
        return {"path": content.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    if info.type in (_LONG_LINK, tarfile.XGLTYPE):
        return {}
    records: dict[str, str] = {}
    while content:
        length, _, _ = content.partition(b" ")
        if not length.isdigit() or not 0 < int(length[:9]) <= len(content):
            raise MalformedSource("broken tar: records without a length", source=source.name)
        key, _, value = content[len(length) + 1 : int(length)].partition(b"=")
        records[key.decode("utf-8", "replace")] = value.rstrip(b"\n").decode("utf-8", "surrogateescape")
        content = content[int(length) :]
    return records


def _padded(stream: BinaryIO, size: int, source: Source) -> bytes:
    if size > MAX_NAMES:
        raise MalformedSource(f"a tar with a name longer than {MAX_NAMES // 1024} KiB", source=source.name)
    content = _TarMember(stream, size, source)
    whole = b"".join(iter(content.some, b""))
    content.skip()
    return whole


class _TarMember(io.RawIOBase):
    """So many of the next bytes of a tar."""

    def __init__(self, stream: BinaryIO, size: int, source: Source) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _BLOCK
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's is wider
        content = self.some(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def some(self, size: int = HEAD) -> bytes:
        """At most so many bytes, none at the end. Raises MalformedSource where the tar breaks off."""
        content = self._stream.read(min(size, HEAD, self._left))
        if not content and self._left and size:
            raise MalformedSource("broken tar: it breaks off", source=self._source.name)
        self._left -= len(content)
        return content

    def skip(self) -> None:
        """Go on to the next header. Raises MalformedSource when there is no more."""
        while self.some():
            pass
        self._stream.read(self._padding)
