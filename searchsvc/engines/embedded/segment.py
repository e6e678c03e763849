"""Segment: one immutable part of a build, as files: written once, then read by any number of snapshots.

Whoosh's codec keeps the term dictionary, the bytes of postings and the stored articles; `sidecar` the columns.

Threads: Whoosh's readers seek and read on one file, so each look into them holds the segment's lock. What they give
is kept as arrays in a cache that all threads share, so a term is read once and the lock is seldom waited for.
"""

import json
import mmap
import threading
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import numpy as np
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.reading import TermNotFound

from searchsvc.docvalues.storage import ColumnsDamaged
from searchsvc.engines.completing import typed_words
from searchsvc.engines.embedded.inverting import TermRun
from searchsvc.engines.embedded.postings import (
    NO_POSITIONS,
    NO_TERM,
    ArrayCache,
    Positions,
    Postings,
    TermPostings,
    has_rest,
    unpack,
    unpack_positions,
)
from searchsvc.engines.embedded.schema import FORMAT, INDEX_NAME, STORED, TERMS, whoosh_codec, whoosh_schema
from searchsvc.engines.embedded.sidecar import EXTENSION, Sidecar, sidecar_of
from searchsvc.errors import EngineError, IndexDamaged
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS

HINT = "run: searchsvc rebuild"


class SegmentFiles:
    """A segment being written: articles one after the other, then the runs of postings of them all."""

    def __init__(self, folder: Path) -> None:
        self._storage = _OpenFiles(str(folder), mapped=False)
        self._codec = whoosh_codec()
        self.whoosh = self._codec.new_segment(self._storage, INDEX_NAME)
        self._articles = self._codec.per_document_writer(self._storage, self.whoosh)
        self._count = 0

    def add(self, text: str) -> None:
        """The next article, as JSON text."""
        self._articles.start_doc(self._count)
        self._articles.add_field(STORED, None, text, 0)
        self._articles.finish_doc()
        self._count += 1

    def finish(self, runs: Iterable[TermRun]) -> WhooshSegment:
        """Write the postings, terms by rising bytes."""
        self._articles.close()
        terms = self._codec.field_writer(self._storage, self.whoosh)
        terms.start_field(TERMS, whoosh_schema()[TERMS])
        for term, run, rest in runs:
            terms.start_term(term)
            terms.add(0, 1.0, run, 0)
            if rest:
                terms.add(1, 1.0, rest, 0)
            terms.finish_term()
        terms.finish_field()
        terms.close()
        self.whoosh.set_doc_count(self._count)
        # Goes into the commit with the segment: a flipped bit in a term would else only be a word that is not there.
        self.whoosh.terms_checksum = self._storage.checksum(_terms_file(self.whoosh))
        return self.whoosh

    def abandon(self) -> None:
        """Close the files that were begun; they stay for the sweep. Whoosh's own way would write on, to a full disk."""
        self._storage.close()


class Segment:
    """A segment open for reading. `name` is unique for ever; deletions are the snapshot's, not the segment's.

    `mapped` for those who search: processes share the pages, and none moves another's place in a file, not even after
    a fork. A writer reads each page once and does without, so that they do not count as its memory.
    """

    def __init__(self, folder: Path, whoosh: WhooshSegment, cache: ArrayCache, *, mapped: bool) -> None:
        self.name = str(whoosh.segment_id())
        self.size = int(whoosh.doc_count_all())
        self._cache = cache
        self._lock = threading.Lock()
        self._storage = _OpenFiles(str(folder), mapped=mapped)
        try:
            self._terms_file = _terms_file(whoosh)
            self._unchecked: int | None = getattr(whoosh, "terms_checksum", None)  # older segments have none
            with damage_named(self.name):
                self._terms = whoosh.codec().terms_reader(self._storage, whoosh)
                self._stored = whoosh.codec().per_document_reader(self._storage, whoosh)
                if self.size:
                    self._stored.stored_fields(0)  # opens the file now: it may be unlinked while we read
            self.sidecar_damage = ""
            self.sidecar = self._read_sidecar(folder / (self.name + EXTENSION))
        except BaseException:
            self.close()
            raise

    def term(self, term: str) -> TermPostings:
        """What a term has in all fields."""
        key = (self.name, term)
        found = self._cache.get(key)
        if not isinstance(found, TermPostings):
            run, _ = self._run(term, positions=False)
            with damage_named(self.name):
                found = unpack(run) if run else NO_TERM
            self._cache.put(key, found, found.size_bytes)
        return found

    def postings(self, field: str, term: str) -> Postings:
        """Empty when no document has the term there."""
        return self.term(term).of(field)

    def positions(self, field: str, term: str) -> Positions:
        """Empty when no document has the term there."""
        key = (self.name, field, term)
        found = self._cache.get(key)
        if not isinstance(found, Positions):
            of_fields = self.all_positions(term)
            for name, positions in of_fields.items():
                self._cache.put((self.name, name, term), positions, positions.size_bytes)
            found = of_fields.get(field, NO_POSITIONS)
        return found

    def all_positions(self, term: str) -> dict[str, Positions]:
        """Where a term stands, by field; read anew."""
        run, rest = self._run(term, positions=True)
        if not run:
            return {}
        with damage_named(self.name):
            places = unpack_positions(run, rest)
            return {
                field: Positions(
                    postings.docnums,
                    np.concatenate(([0], np.cumsum(postings.frequencies, dtype=np.intp))),
                    places[field],
                )
                for field, postings in unpack(run).fields.items()
            }

    @cached_property
    def words(self) -> list[str]:
        """Every word of any text field, ascending."""
        return self.sidecar.words.texts()

    def word_row(self, word: str) -> int | None:
        """The place of a word among `words`."""
        row = bisect_left(self.words, word)
        return row if row < len(self.words) and self.words[row] == word else None

    def has_word(self, word: str, field: str) -> bool:
        """Whether a word is in a field of any document, deleted ones included."""
        row = self.word_row(word)
        return row is not None and bool(int(self.sidecar.word_fields[row]) >> SEARCHED_FIELDS.index(field) & 1)

    @cached_property
    def tag_words(self) -> list[str]:
        """The folded words of each form of the tags."""
        return [typed_words(form) for form in self.sidecar.facet("tag").forms]

    def of_length(self, length: int) -> Sequence[str]:
        """The words of so many letters."""
        return self._by_length.get(length, ())

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        by_length: dict[int, list[str]] = {}
        for word in self.words:
            by_length.setdefault(len(word), []).append(word)
        return by_length

    def terms(self) -> Iterator[str]:
        """All terms, ascending; for merging, by one thread alone."""
        with damage_named(self.name):
            self._check_terms()
            for _, term in self._terms.terms_from(TERMS, b""):
                yield term.decode("utf-8", "surrogatepass")

    def text(self, docnum: int) -> str:
        """An article as JSON text."""
        with self._lock, damage_named(self.name):
            text: str = self._stored.stored_fields(docnum)[STORED]
            return text

    def article(self, docnum: int) -> Article:
        text = self.text(docnum)
        with damage_named(self.name):
            return Article.from_json(json.loads(text))

    def close(self) -> None:
        self._storage.close()

    def _run(self, term: str, *, positions: bool) -> tuple[bytes, bytes]:
        encoded = term.encode("utf-8", "surrogatepass")
        with self._lock, damage_named(self.name):
            self._check_terms()
            try:
                matcher = self._terms.matcher(TERMS, encoded, FORMAT)
            except TermNotFound:
                return b"", b""
            run: bytes = matcher.value()
            if not run:
                raise IndexDamaged(f"a term of segment {self.name} has lost its postings", hint=HINT)
            rest = b""
            if positions and has_rest(run):
                matcher.next()
                rest = matcher.value()
            return run, rest

    def _check_terms(self) -> None:
        """Once, before the first look for a term: the whole dictionary is what was written."""
        if self._unchecked is not None:
            if self._storage.checksum(self._terms_file) != self._unchecked:
                raise IndexDamaged(f"{self._terms_file} is not what was written", hint=HINT)
            self._unchecked = None

    def _read_sidecar(self, path: Path) -> Sidecar:
        """The columns from their file; made again from the stored articles, slowly, when it is gone or damaged."""
        try:
            sidecar = Sidecar.read(path)
            if sidecar.size == self.size:
                return sidecar
            self.sidecar_damage = f"{path} has {sidecar.size} documents, the segment {self.size}"
        except (ColumnsDamaged, OSError) as error:
            self.sidecar_damage = str(error)
        return sidecar_of(self.article(docnum) for docnum in range(self.size))


class _OpenFiles(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """A folder that remembers which files are open, for Whoosh forgets them when it meets an error."""

    def __init__(self, folder: str, *, mapped: bool) -> None:
        super().__init__(folder)
        self._mapped = mapped
        self._opened: list[StructFile] = []
        self._maps: dict[str, mmap.mmap] = {}

    def open_file(self, name: str, **options: object) -> StructFile:
        file = super().open_file(name, **options)
        if self._mapped and self.file_length(name):
            with file.raw_file() as raw:
                self._maps[name] = mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ)
            file = StructFile(self._maps[name], name=name, **options)
        self._opened.append(file)
        return file

    def create_file(self, name: str, **options: object) -> StructFile:
        file = super().create_file(name, **options)
        self._opened.append(file)
        return file

    def checksum(self, name: str) -> int:
        """Of a whole file; of an open one that is mapped, also when it is unlinked by now."""
        if name in self._maps:
            return zlib.crc32(self._maps[name])
        checksum = 0
        with (Path(self.folder) / name).open("rb") as plain:
            while piece := plain.read(1 << 20):
                checksum = zlib.crc32(piece, checksum)
        return checksum

    def temp_storage(self, name: str | None = None) -> "_OpenFiles":
        folder = Path(super().temp_storage(name).folder)
        inner = _OpenFiles(str(folder), mapped=False)
        inner._opened = self._opened
        return inner

    def close(self) -> None:
        for file in self._opened:
            with suppress(OSError):  # what a full disk did not take
                file.raw_file().close()


def _terms_file(whoosh: WhooshSegment) -> str:
    return str(whoosh.make_filename(W3Codec.TERMS_EXT))


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn whatever Whoosh meets in a damaged file into IndexDamaged."""
    try:
        yield
    except (EngineError, FileNotFoundError):  # a file that is gone: perhaps a merge came between; the caller knows
        raise
    # Whoosh checks nothing itself: a flipped bit shows as any error of struct, pickle, zlib or its own bare Exception.
    except Exception as error:
        raise IndexDamaged(f"segment {name} cannot be read: {error or type(error).__name__}", hint=HINT) from error
