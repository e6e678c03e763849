"""Segment: an immutable part of a build, one file of arrays, open for reading.

Processes share its pages through the memory map, threads share its arrays. Which of its documents are deleted is the
snapshot's to know. A file is validated when it is opened, unless its note says that it was (`validation`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import FromArrays, TextColumn
from searchsvc.docvalues.storage import ArrayFile, ColumnsDamaged, ColumnsNewer
from searchsvc.engines.completion import typed_words
from searchsvc.engines.embedded.codec import EXTENSION, ArraySegment
from searchsvc.engines.embedded.columns.columns import Columns
from searchsvc.engines.embedded.columns.document_store import DocumentStore
from searchsvc.engines.embedded.index.validation import is_remembered, remember, validate
from searchsvc.engines.embedded.postings.reader import PostingsReader
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary
from searchsvc.engines.embedded.terms.word_prefixes import WordPrefixes
from searchsvc.errors import EngineError, IndexDamaged, IndexOutdated
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.jsontext import read

HINT = "run: searchsvc rebuild"


class Segment:
    """A segment open for reading: `size` documents with docids from 0. `name` is unique for ever.

    Raises IndexDamaged or IndexOutdated when it is opened, FileNotFoundError when it is gone.
    """

    def __init__(self, folder: Path, whoosh: ArraySegment) -> None:
        self.name = str(whoosh.segment_id())
        self.path = folder / whoosh.make_filename(EXTENSION)
        with self.reading():
            self.file = ArrayFile(self.path)
            self.size = int(self.file.meta["size"])
            if self.size != whoosh.doc_count_all():
                raise ColumnsDamaged(f"{self.path} has {self.size} documents, its commit {whoosh.doc_count_all()}")
            if not is_remembered(self.file):
                validate(self.file)
                remember(self.file)
            self.columns = Columns(self.size, FromArrays(self.file, self.file.meta["kinds"]))

    @cached_property
    def dictionary(self) -> TermDictionary:
        """Words, stems and forms."""
        return TermDictionary.read(self.file)

    @cached_property
    def postings(self) -> PostingsReader:
        """The postings lists, each page compared with its checksum before it is read."""
        return PostingsReader(self.file)

    @cached_property
    def store(self) -> DocumentStore:
        """The articles as JSON."""
        return DocumentStore(self.file)

    @property
    def word_counts(self) -> NDArray[np.uint32]:
        """The number of documents that each word stands in (uint32, by row of the word), deleted documents included."""
        return self.file["word_counts"]

    @property
    def word_fields(self) -> NDArray[np.uint8]:
        """The text fields that each word stands in (uint8, by row): a bit for each of SEARCHED_FIELDS, the first the
        lowest.
        """
        return self.file["word_fields"]

    @property
    def averages(self) -> NDArray[np.float64]:
        """The average words in each text field (float64): what impacts were computed with."""
        return self.file["averages"]

    @cached_property
    def words(self) -> list[str]:
        """Every word, ascending."""
        return self.dictionary.words.texts()

    @cached_property
    def headlines(self) -> WordPrefixes:
        """Finds headlines by what their words begin with; a row is a document."""
        return WordPrefixes.of(self.columns.headline_words)

    @cached_property
    def tags(self) -> WordPrefixes:
        """Finds tags by the prefix of a folded word; a row is an ordinal of the facet."""
        return WordPrefixes.of(TextColumn.of(map(typed_words, self.columns.facet("tag").labels)))

    def text(self, docid: int) -> bytes:
        """An article as JSON. Raises ColumnsDamaged."""
        return self.store.text(docid)

    def article(self, docid: int) -> Article:
        """An article. Raises IndexDamaged."""
        return self.parsed(self.text(docid))

    def parsed(self, text: bytes) -> Article:
        """The article of one of the segment's texts. Raises IndexDamaged."""
        try:
            return Article.from_text(text)
        except (KeyError, ValueError, TypeError):
            with self.reading():
                raise

    def headline(self, docid: int) -> str:
        """An article's headline as printed."""
        with self.reading():
            headline = read(self.text(docid))["headline"]
            if not isinstance(headline, str):
                raise ValueError(f"document {docid} has no headline")
            return headline

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn an error of reading a damaged file into IndexDamaged that names the segment."""
        try:
            with files_read():
                yield
        except (KeyError, ValueError, TypeError) as error:
            raise IndexDamaged(f"segment {self.name} cannot be read: {error}", hint=HINT) from error


@contextmanager
def files_read() -> Iterator[None]:
    """Turn ColumnsDamaged into IndexDamaged, ColumnsNewer into IndexOutdated; the file is named."""
    try:
        yield
    except ColumnsNewer as error:
        raise IndexOutdated(str(error), hint=HINT) from error
    except ColumnsDamaged as error:
        raise IndexDamaged(str(error), hint=HINT) from error


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn any error that Whoosh has with a damaged list of segments into IndexDamaged."""
    try:
        yield
    except (EngineError, FileNotFoundError):  # a missing file may mean that a merge came between: the caller decides
        raise
    # Whoosh checks nothing: a flipped bit shows as an error of struct, pickle, zlib, or as a bare Exception of its own.
    except Exception as error:
        raise IndexDamaged(f"segment {name} cannot be read: {error or type(error).__name__}", hint=HINT) from error


def field_bits(fields: Iterable[str]) -> int:
    """A bit for each of these text fields, as `Segment.word_fields` has them."""
    return sum(1 << SEARCHED_FIELDS.index(field) for field in fields)
