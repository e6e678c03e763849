"""Codec: what Whoosh knows of our segments: what its list of segments holds of each, and how it reads one.

Whoosh keeps the list of segments, the lock-step of commits and the deletions; `ArraySegment` is what it pickles into
that list, so this module keeps its path for ever. Through `ArrayCodec` Whoosh's own searcher can search an index too,
each text field as a field of exact words: slow, and the second opinion that tests ask for.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import Codec, PerDocumentReader, TermsReader
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.columns.document_store import DocumentStore
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.format import FIELD_BITS, FIELD_MASK
from searchsvc.engines.embedded.postings.reader import PostingsReader
from searchsvc.engines.embedded.schema import INDEX_NAME
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary
from searchsvc.model.fields import SEARCHED_FIELDS

EXTENSION = ".arrays"


class ArraySegment(WhooshSegment):  # type: ignore[misc]  # Whoosh has no types
    """A segment in the list of a commit: its name, how many documents it has, which of them are deleted."""

    def __init__(self, indexname: str) -> None:
        super().__init__(indexname)
        self._count = 0
        self._deleted: set[int] = set()

    @classmethod
    def named(cls, name: str, documents: int) -> "ArraySegment":
        """A segment that another process wrote."""
        segment = cls(INDEX_NAME)
        segment.segid = name
        segment.set_doc_count(documents)
        return segment

    def codec(self) -> "ArrayCodec":
        """The codec that reads the segment."""
        return ArrayCodec()

    def set_doc_count(self, doccount: int) -> None:
        """Say how many documents the segment has, deleted ones included."""
        self._count = doccount

    def doc_count_all(self) -> int:
        """How many documents the segment has, deleted ones included."""
        return self._count

    def deleted_count(self) -> int:
        """How many documents are deleted."""
        return len(self._deleted)

    def deleted_docs(self) -> Iterable[int]:
        """The docids of deleted documents, ascending."""
        return sorted(self._deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Mark a document as deleted, or with `delete=False` as live again."""
        if delete:
            self._deleted.add(docnum)
        else:
            self._deleted.discard(docnum)

    def is_deleted(self, docnum: int) -> bool:
        """Whether a document is deleted."""
        return docnum in self._deleted

    def should_assemble(self) -> bool:
        """No: a segment is one file already."""
        return False


class ArrayCodec(Codec):  # type: ignore[misc]
    """Reads segments for Whoosh; what writes them is `write.segment_writer`."""

    def new_segment(self, storage: FileStorage, indexname: str) -> ArraySegment:
        """A segment with a name of its own and no documents."""
        return ArraySegment(indexname)

    def per_document_reader(self, storage: FileStorage, segment: ArraySegment) -> "_Documents":
        """Whoosh's reader of stored articles, lengths and deletions. Raises ColumnsDamaged."""
        return _Documents(_opened(storage, segment), segment)

    def terms_reader(self, storage: FileStorage, segment: ArraySegment) -> "_Terms":
        """Whoosh's reader of terms and postings. Raises ColumnsDamaged."""
        return _Terms(_opened(storage, segment))


def _opened(storage: FileStorage, segment: ArraySegment) -> ArrayFile:
    return ArrayFile(Path(storage.folder) / segment.make_filename(EXTENSION))


class _Documents(PerDocumentReader):  # type: ignore[misc]
    """Stored articles, lengths and deletions."""

    def __init__(self, file: ArrayFile, segment: ArraySegment) -> None:
        self._file = file
        self._segment = segment
        self._store = DocumentStore(file)

    def close(self) -> None:
        pass

    def doc_count(self) -> int:
        return self._segment.doc_count_all() - self._segment.deleted_count()

    def doc_count_all(self) -> int:
        return self._segment.doc_count_all()

    def has_deletions(self) -> bool:
        return self._segment.deleted_count() > 0

    def is_deleted(self, docnum: int) -> bool:
        return self._segment.is_deleted(docnum)

    def deleted_docs(self) -> Iterable[int]:
        return self._segment.deleted_docs()

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(_lengths(self._file, fieldname)[docnum])

    def field_length(self, fieldname: str) -> int:
        return int(_lengths(self._file, fieldname).sum(dtype=np.int64))

    def min_field_length(self, fieldname: str) -> int:
        return int(_lengths(self._file, fieldname).min(initial=0))

    def max_field_length(self, fieldname: str) -> int:
        return int(_lengths(self._file, fieldname).max(initial=0))

    def has_column(self, fieldname: str) -> bool:
        return False

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def stored_fields(self, docnum: int) -> dict[str, str]:
        return {"article": self._store.text(docnum).decode("utf-8", "surrogatepass")}


def _lengths(file: ArrayFile, fieldname: str) -> NDArray[np.uint32]:
    """The number of words in a text field of each document (uint32)."""
    lengths: NDArray[np.uint32] = file["lengths"].reshape(len(SEARCHED_FIELDS), -1)[SEARCHED_FIELDS.index(fieldname)]
    return lengths


class _Terms(TermsReader):  # type: ignore[misc]
    """The words of each text field, as exact words: the postings of a word are those of all its forms."""

    def __init__(self, file: ArrayFile) -> None:
        self._file = file
        self._dictionary = TermDictionary.read(file)
        self._postings_of = PostingsReader(file)

    def close(self) -> None:
        pass

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return bool(self._postings(*term))

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for fieldname in SEARCHED_FIELDS:
            for word in self._dictionary.words.texts():
                encoded = word.encode("utf-8", "surrogatepass")
                if (fieldname, encoded) in self:
                    yield fieldname, encoded

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        return (term for term in self.terms() if term[0] == fieldname and term[1] >= prefix)

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        postings = self._postings(fieldname, text)
        if not postings:
            raise TermNotFound((fieldname, text))
        lengths = _lengths(self._file, fieldname)[list(postings)]
        return TermInfo(
            weight=float(sum(postings.values())), df=len(postings), maxweight=float(max(postings.values())),
            minlength=int(lengths.min()), maxlength=int(lengths.max()), minid=min(postings), maxid=max(postings),
        )  # fmt: skip

    def frequency(self, fieldname: str, text: bytes) -> float:
        return float(sum(self._postings(fieldname, text).values()))

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return len(self._postings(fieldname, text))

    def matcher(self, fieldname: str, text: bytes, format_: object, scorer: object = None) -> ListMatcher:
        postings = self._postings(fieldname, text)
        if not postings:
            raise TermNotFound((fieldname, text))
        return ListMatcher(
            list(postings), weights=[float(times) for times in postings.values()], format=format_, scorer=scorer,
            term=(fieldname, text), terminfo=self.term_info(fieldname, text),
        )  # fmt: skip

    def _postings(self, fieldname: str, text: bytes) -> dict[int, int]:
        """The docids that have a word in a field, ascending, each with the term frequency."""
        row = self._dictionary.word_row(text.decode("utf-8", "surrogatepass"))
        found: dict[int, int] = {}
        if row is None:
            return found
        field = SEARCHED_FIELDS.index(fieldname)
        postings = self._postings_of.arrays
        stem_classes = self._dictionary.classes_of_words(np.array([row]))
        for number, stem_class in enumerate(stem_classes.numbers.tolist()):
            weights = stem_classes.weights[stem_classes.first_weight[number] : stem_classes.first_weight[number + 1]]
            self._postings_of.check(stem_class)
            for docnum, pattern in zip(*map(np.ndarray.tolist, read_list(postings, stem_class)), strict=True):
                for entry in range(postings.pattern_start[pattern], postings.pattern_start[pattern + 1]):
                    key = int(postings.pattern_keys[entry])
                    if key & FIELD_MASK == field and weights[key >> FIELD_BITS]:
                        found[docnum] = found.get(docnum, 0) + int(postings.pattern_tfs[entry])
        return dict(sorted(found.items()))
