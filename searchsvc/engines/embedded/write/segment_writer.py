"""SegmentWriter: the file of a segment: its articles, its inverted index, its columns.

A flush (`segment_buffer`) and a merge (`merger`) write through it. Not for commits: no list of segments names the file
until the writer commits.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.storage import ArrayFile, ArrayWriter
from searchsvc.engines.embedded.codec import EXTENSION, ArraySegment
from searchsvc.engines.embedded.columns.columns import Columns
from searchsvc.engines.embedded.columns.document_store import DocumentStoreWriter
from searchsvc.engines.embedded.index.segment import files_read
from searchsvc.engines.embedded.index.validation import remember, validate
from searchsvc.engines.embedded.postings.bm25f import averages_of, norms_of
from searchsvc.engines.embedded.postings.format import Patterns
from searchsvc.engines.embedded.postings.tf_patterns import PatternTable
from searchsvc.engines.embedded.postings.writer import PostingsWriter, UnpackedPostings, count_words, pattern_arrays
from searchsvc.engines.embedded.schema import INDEX_NAME
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary
from searchsvc.model.fields import SEARCHED_FIELDS


class SegmentWriter:
    """Writes one segment: first its articles to `store`, then an inverted index, then the columns with `finish`."""

    def __init__(self, folder: Path) -> None:
        """Begin a file in `folder`. Raises OSError."""
        self._segment = ArraySegment(INDEX_NAME)
        self._path = folder / self._segment.make_filename(EXTENSION)
        self._file = ArrayWriter(self._path)
        self.store = DocumentStoreWriter(self._file)

    def inverted_index(self, dictionary: TermDictionary, lengths: NDArray[np.uint32]) -> "InvertedIndexWriter":
        """A writer of the postings of the dictionary's stem classes.

        `lengths` are the words in each field of each document (uint32): a row for each of SEARCHED_FIELDS.
        """
        return InvertedIndexWriter(self._file, dictionary, lengths)

    def finish(self, index: "InvertedIndexWriter", columns: Columns) -> ArraySegment:
        """Complete the file, write it through to the disk, and validate it. Raises OSError, IndexDamaged."""
        arrays, kinds = columns.arrays()
        arrays |= index.arrays() | self.store.arrays()
        self._file.finish(arrays, {"size": columns.size, "kinds": kinds})
        with files_read():
            file = ArrayFile(self._path)
            validate(file)
        remember(file)
        self._segment.set_doc_count(columns.size)
        return self._segment

    def abandon(self) -> None:
        """Remove the unfinished file."""
        self._file.abandon()


class InvertedIndexWriter:
    """Writes the dictionary and the postings of a segment, and counts in how many documents each word is."""

    def __init__(self, file: ArrayWriter, dictionary: TermDictionary, lengths: NDArray[np.uint32]) -> None:
        self._dictionary = dictionary
        self._averages = averages_of([lengths])
        self._writer = PostingsWriter(file, norms_of(lengths, self._averages, SEARCHED_FIELDS))
        self._word_counts = np.zeros(len(dictionary.words), dtype=np.uint32)
        self._word_fields = np.zeros(len(dictionary.words), dtype=np.uint8)
        self._stem_class = 0  # of the next postings list
        self._patterns: dict[str, NDArray[np.generic]] = {}

    @property
    def stem_classes(self) -> int:
        """The number of stem classes in the dictionary."""
        return self._dictionary.stem_class_count

    def add(self, postings: UnpackedPostings, table: PatternTable, ranks: Patterns) -> None:
        """The postings of the next stem classes; the file has pattern p of the table under the number `ranks[p]`.

        Raises OSError.
        """
        first = self._dictionary.first_form[self._stem_class :]
        count_words(postings, table, first, self._dictionary.word_of, self._word_counts, self._word_fields)
        self._writer.add(postings, table, ranks)
        self._stem_class += len(postings.starts)

    def close(self, table: PatternTable, ranks: Patterns) -> None:
        """Take the whole table of patterns, after the last stem class."""
        self._patterns = pattern_arrays(table, ranks)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays that a segment's file has of words and postings, by name."""
        return {
            **self._dictionary.arrays(),
            **self._writer.arrays(),
            **self._patterns,
            "word_counts": self._word_counts,
            "word_fields": self._word_fields,
            "averages": np.array(self._averages, dtype=np.float64),
        }
