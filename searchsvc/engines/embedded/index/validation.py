"""Validation: a segment's file is trusted by its meaning, not by its checksums alone.

Kernels look at no bounds, so each number that leads to an array must be right. What is checked: that all arrays are
there with their types and lengths; that offsets ascend and end where their bytes do; that docids, ordinals, patterns,
forms and words exist; that texts are UTF-8 and ascend where they are searched; that what is counted twice adds up; and
of some documents that the columns say what the stored article says.

It reads the whole file, so it is done once: a writer does it before a commit names the segment, and a note beside the
file remembers it. The note names the checksum of the file's directory, which has the checksums of all arrays; a segment
without such a note is validated when it is opened.

Not for finding flipped bits of a file that was right: checksums do that (`docvalues.storage`).
"""

import codecs
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING, AnyArray, FromArrays, TextColumn
from searchsvc.docvalues.storage import ArrayFile, ColumnsDamaged
from searchsvc.engines.embedded.columns.columns import HEADLINE_START, Columns, column_values, id_hash
from searchsvc.engines.embedded.columns.document_store import DocumentStore
from searchsvc.engines.embedded.postings.bm25f import averages_of, norms_of
from searchsvc.engines.embedded.postings.format import BLOCK, FIELD_MASK
from searchsvc.engines.embedded.postings.reader import postings_of
from searchsvc.engines.embedded.postings.validation import FAULTY_ARRAY, WHOLE, Counted, Forms, Sample, check_lists
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary
from searchsvc.model.article import Article
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS

VERSION = 1  # of what is checked: a note of an older one counts for nothing
NOTE = "valid"  # the ending of the note beside a segment's file

# So many documents are compared with their stored articles.
SAMPLED = 32

# How much is decoded at a time: bytes of texts, and rows.
PIECE, ROWS_TOGETHER = 1 << 20, 10_000

# Beyond these no article has a day (`date.max`) or an instant (of the year 10000).
LAST_DAY, LAST_INSTANT = 3_652_059, 253_402_300_800
FIRST_INSTANT = -62_135_683_200


_UTF_8 = codecs.getincrementaldecoder("utf-8")


def validate(file: ArrayFile) -> None:
    """Raises ColumnsDamaged, which names the array, if a file breaks an invariant of a segment."""
    _Validation(file).run()


def is_remembered(file: ArrayFile) -> bool:
    """Whether a note beside the file says that it was validated."""
    with suppress(OSError):
        return note_path(file.path).read_text("ascii") == _note(file)
    return False


def remember(file: ArrayFile) -> None:
    """Note beside the file that it was validated; where that cannot be written, it is validated again next time."""
    with suppress(OSError):
        temporary = note_path(file.path).with_suffix(f".{NOTE}.new")
        temporary.write_text(_note(file), "ascii")
        temporary.replace(note_path(file.path))


def note_path(path: Path) -> Path:
    """Where the note of a segment's file is."""
    return path.with_suffix(f".{NOTE}")


def _note(file: ArrayFile) -> str:
    return f"{VERSION} {file.checksum:08x} {file.size_bytes}\n"


class _Validation:
    """The checks of one file, each by its name; all that a step reads was checked by the steps before it."""

    def __init__(self, file: ArrayFile) -> None:
        self._file = file
        self._arrays: dict[str, AnyArray] = {}  # those of DTYPES, once their types are right
        self._size = int(file.meta["size"])
        self._fields = len(SEARCHED_FIELDS)

    def run(self) -> None:
        """Raises ColumnsDamaged."""
        self._check_types()
        self._check_texts()
        self._check_columns()
        self._check_dictionary()
        self._check_starts()
        self._check_lists()
        self._check_articles()

    def _require(self, is_right: object, name: str, what: str) -> None:
        if not is_right:
            raise ColumnsDamaged(f"{name} in {self._file.path} is damaged: {what}")

    def _array(self, name: str) -> AnyArray:
        return self._arrays[name]

    # -- what is there -----------------------------------------------------------------------------------------------

    def _check_types(self) -> None:
        """All arrays, of their types, as long as others say."""
        file, size = self._file, self._size
        self._require(size >= 0, "directory", "fewer documents than none")
        for name in PAGED:
            self._require(name in file.pages, name, "it is not there")
            file.pages[name].check(0, len(file.pages[name].data))
        kinds = file.meta.get("kinds")
        self._require(kinds == COLUMN_KINDS, "directory", "other columns than a segment has")
        for name, dtype in DTYPES.items():
            self._require(name in file, name, "it is not there")
            array = self._arrays[name] = file[name]
            self._require(array.dtype == np.dtype(dtype), name, f"numbers of type {array.dtype}")
        blocks = len(self._arrays["last_docid"])
        lengths = {
            "stem_class_first": self._rows("stems") + 1, "counts": self._rows("stems"),
            "first_block": self._rows("stems") + 1, "form_acronyms": len(self._arrays["form_words"]),
            "max_impact": blocks,
            "block_start": blocks + 1, "position_start": blocks + 1, "pattern_tfs": len(self._arrays["pattern_keys"]),
            "pattern_uses": len(self._arrays["pattern_start"]) - 1, "word_counts": self._rows("words"),
            "word_fields": self._rows("words"), "averages": self._fields, "lengths": self._fields * size,
            "article_at": len(self._arrays["article_first"]),
            **dict.fromkeys(("id_hash", "digest", "fingerprint", "instant", "day", "id_rank"), size),
            **dict.fromkeys(("id:offsets", "headline_words:offsets"), size + 1),
            **{f"facet:{field.name}:starts": size + 1 for field in FACET_FIELDS},
        }  # fmt: skip
        for name, length in lengths.items():
            held = len(self._arrays[name])
            self._require(held == length, name, f"{held:,} numbers where {length:,} belong")

    def _rows(self, name: str) -> int:
        return len(self._arrays[f"{name}:offsets"]) - 1

    def _check_offsets(self, name: str, end: int) -> None:
        """That offsets begin at 0, ascend, and end at `end`."""
        offsets = self._array(name)
        is_right = (
            len(offsets) > 0 and offsets[0] == 0 and offsets[-1] == end and bool((offsets[1:] >= offsets[:-1]).all())
        )
        self._require(is_right, name, "offsets that do not ascend to the end")

    # -- texts -------------------------------------------------------------------------------------------------------

    def _check_texts(self) -> None:
        texts = {"id", "headline_words", "stems", "words", *(f"facet:{field.name}" for field in FACET_FIELDS)}
        for name in sorted(texts):
            letters, offsets = self._array(f"{name}:letters"), self._array(f"{name}:offsets")
            self._check_offsets(f"{name}:offsets", len(letters))
            starts = offsets[offsets < len(letters)].astype(np.intp)
            begins_within = (letters[starts] & 0xC0) == 0x80
            self._require(not begins_within.any(), f"{name}:offsets", "a text that begins within a character")
            decoder = _UTF_8("surrogatepass")
            try:
                for start in range(0, len(letters), PIECE):
                    decoder.decode(letters[start : start + PIECE].tobytes())
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._require(False, f"{name}:letters", "no UTF-8")

    def _texts(self, name: str, rows: NDArray[np.integer]) -> Iterator[str]:
        """The texts of some rows, some of them at a time: as Python objects all of them take much room."""
        column = TextColumn(self._array(f"{name}:letters"), self._array(f"{name}:offsets"))
        for start in range(0, len(rows), ROWS_TOGETHER):
            yield from column.at(rows[start : start + ROWS_TOGETHER])

    def _check_ascending(self, name: str) -> None:
        texts = self._texts(name, np.arange(self._rows(name)))
        self._require(all(one < other for one, other in pairwise(texts)), f"{name}:letters", "texts out of order")

    # -- columns -----------------------------------------------------------------------------------------------------

    def _check_columns(self) -> None:
        size, array = self._size, self._array
        ranks = array("id_rank")
        is_order = bool((np.bincount(ranks[ranks < size], minlength=size) == 1).all()) if size else True
        self._require(is_order and bool((ranks < size).all()), "id_rank", "no order of the documents")
        ids = self._texts("id", np.argsort(ranks, kind="stable"))
        self._require(all(one <= other for one, other in pairwise(ids)), "id_rank", "not the order of the ids")
        starts = array("headline_words:offsets").astype(np.intp)
        begins = array("headline_words:letters")[starts[:-1]] if (starts[1:] > starts[:-1]).all() else np.zeros(1)
        self._require((begins == ord(HEADLINE_START)).all(), "headline_words:letters", "a headline without a beginning")
        self._check_span("day", 1, LAST_DAY)
        self._check_span("instant", FIRST_INSTANT, LAST_INSTANT)
        for field in FACET_FIELDS:
            self._check_facet(f"facet:{field.name}")
        lengths = array("lengths").reshape(self._fields, size)
        averages = np.array(averages_of([lengths]))
        self._require((averages == array("averages")).all(), "averages", "not those of the lengths")

    def _check_span(self, name: str, low: int, high: int) -> None:
        numbers = self._array(name)
        is_within = (numbers == MISSING) | ((numbers >= low) & (numbers <= high))
        self._require(is_within.all(), name, "a number beyond all calendars")

    def _check_facet(self, name: str) -> None:
        ordinals, starts = self._array(f"{name}:ordinals"), self._array(f"{name}:starts")
        self._check_offsets(f"{name}:starts", len(ordinals))
        self._check_ascending(name)
        is_known = (ordinals >= 0) & (ordinals < self._rows(name))
        self._require(is_known.all(), f"{name}:ordinals", "a value that is not there")
        documents = np.repeat(np.arange(self._size, dtype=np.int64), (starts[1:] - starts[:-1]).astype(np.int64))
        pairs = np.sort(documents << 32 | ordinals)
        self._require(not (pairs[1:] == pairs[:-1]).any(), f"{name}:ordinals", "a value twice in a document")
        used = np.bincount(ordinals, minlength=self._rows(name))
        self._require(used.all(), f"{name}:ordinals", "a value that no document has")

    # -- words and postings ------------------------------------------------------------------------------------------

    def _check_dictionary(self) -> None:
        array = self._array
        self._check_ascending("stems")
        self._check_ascending("words")
        form_words, acronyms = array("form_words"), array("form_acronyms")
        self._check_offsets("stem_class_first", len(form_words))
        first = array("stem_class_first").astype(np.int64)
        self._require((first[1:] > first[:-1]).all(), "stem_class_first", "a stem class without a form")
        self._require((form_words < self._rows("words")).all(), "form_words", "a word that is not there")
        self._require((acronyms <= 1).all(), "form_acronyms", "neither 0 nor 1")
        keys = form_words.astype(np.int64) << 1 | acronyms
        is_next = np.diff(keys) > 0
        if len(keys):
            is_next[first[1:-1] - 1] = True  # another stem class begins
        self._require(is_next.all(), "form_words", "forms out of order")

    def _check_starts(self) -> None:
        """The arrays of postings that lead to bytes, and the table of patterns."""
        array, pages = self._array, self._file.pages
        blocks = -(-array("counts").astype(np.int64) // BLOCK)
        expected = np.concatenate(([0], np.cumsum(blocks)))
        self._require(expected[-1] == len(array("last_docid")), "counts", "other blocks than there are")
        self._require((array("first_block") == expected).all(), "first_block", "not what the counts say")
        self._check_offsets("block_start", len(pages["postings"].data))
        self._check_offsets("position_start", len(pages["positions"].data))
        keys, starts = array("pattern_keys").astype(np.int64), array("pattern_start")
        self._check_offsets("pattern_start", len(keys))
        self._require((np.diff(starts.astype(np.int64)) > 0).all(), "pattern_start", "a pattern without entries")
        self._require((keys & FIELD_MASK < self._fields).all(), "pattern_keys", "a text field that is not there")
        tfs = array("pattern_tfs")
        self._require((tfs > 0).all(), "pattern_tfs", "a form that stands nowhere")
        is_next = np.diff(keys) > 0
        if len(keys):
            is_next[starts[1:-1].astype(np.intp) - 1] = True  # another pattern begins
        self._require(is_next.all(), "pattern_keys", "entries out of order")

    def _check_lists(self) -> None:
        """Every posting; and what they add up to."""
        size, array = self._size, self._array
        dictionary = TermDictionary.read(self._file)
        lengths = array("lengths").reshape(self._fields, size)
        norms = norms_of(lengths, array("averages").tolist(), SEARCHED_FIELDS)
        counted = Counted(
            np.zeros((self._fields, size), np.int64), np.zeros(len(array("pattern_uses")), np.int64),
            np.zeros(len(dictionary.words), np.uint32), np.zeros(len(dictionary.words), np.uint8),
        )  # fmt: skip
        is_sampled = np.zeros(size, np.bool_)
        is_sampled[self._sampled()] = True
        room = int(lengths[:, is_sampled].sum(dtype=np.int64))
        self._require(room <= len(self._file.pages["positions"].data), "lengths", "more words than positions")
        sample = Sample(is_sampled, np.empty(room, np.uint64), np.zeros(1, np.int64))
        forms = Forms(dictionary.first_form, dictionary.word_of)
        fault, stem_class = check_lists(postings_of(self._file), forms, norms, counted, sample)
        self._require(fault == WHOLE, FAULTY_ARRAY.get(fault, ""), f"the postings list of stem class {stem_class}")
        self._require((counted.tokens == lengths).all(), "lengths", "other numbers of words than the postings have")
        for name, of_lists in (
            ("pattern_uses", counted.pattern_uses), ("word_counts", counted.word_counts),
            ("word_fields", counted.word_fields),
        ):  # fmt: skip
            self._require((array(name) == of_lists).all(), name, "not what the postings add up to")
        keys = np.sort(sample.keys)
        self._require(not (keys[1:] == keys[:-1]).any(), "positions", "two words at one position")

    # -- stored articles ---------------------------------------------------------------------------------------------

    def _sampled(self) -> NDArray[np.intp]:
        """Some documents, spread over all."""
        return np.unique(np.linspace(0, self._size - 1, min(SAMPLED, self._size)).astype(np.intp))

    def _check_articles(self) -> None:
        """Where articles begin; and of some documents what the columns say of them."""
        self._check_offsets("article_first", self._size)
        self._check_offsets("article_at", len(self._file.pages["articles"].data))
        store = DocumentStore(self._file)
        columns = Columns(self._size, FromArrays(self._file, self._file.meta["kinds"]))
        for docid in self._sampled().tolist():
            text = store.text(docid)
            try:
                article = Article.from_text(text)
            except (KeyError, ValueError, TypeError) as error:
                raise ColumnsDamaged(f"articles in {self._file.path} is damaged: {error}") from error
            self._compare(docid, columns, article, digest_of(text))

    def _compare(self, docid: int, columns: Columns, article: Article, digest: int) -> None:
        """A document's columns with its article."""
        values = column_values(article, digest)
        pairs: Sequence[tuple[str, object, object]] = (
            ("id:letters", columns.ids[docid], values.id),
            ("id_hash", int(columns.id_hashes[docid]), id_hash(values.id)),
            ("digest", int(columns.digests[docid]), digest),
            ("fingerprint", int(columns.fingerprints[docid]), values.fingerprint),
            ("instant", int(columns.instants.numbers[docid]), MISSING if values.instant is None else values.instant),
            ("day", int(columns.days.numbers[docid]), MISSING if values.day is None else values.day),
            *(
                (
                    f"facet:{field.name}:ordinals",
                    columns.facet(field.name).values(docid),
                    tuple(dict.fromkeys(of_field)),
                )
                for field, of_field in zip(FACET_FIELDS, values.facets, strict=True)
            ),
        )
        for name, found, wanted in pairs:
            self._require(found == wanted, name, f"another value than the article of document {docid} has")


def digest_of(text: bytes) -> int:
    """The digest of a stored article, as `Article.to_text` makes it: of all but the provenance."""
    at = text.rfind(b',"provenance":{')
    content = text if at < 0 else text[:at] + b"}"
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


# What a segment's file has: the arrays read whole, with their types; the paged ones; and the kinds of its columns.
PAGED = ("postings", "positions", "articles")
COLUMN_KINDS: Mapping[str, str] = {
    "id": "text", "id_hash": "plain", "digest": "plain", "fingerprint": "plain", "instant": "number", "day": "number",
    "headline_words": "text", "id_rank": "plain", "lengths": "plain",
    **{f"facet:{field.name}": "ordinal" for field in FACET_FIELDS},
}  # fmt: skip
DTYPES: Mapping[str, str] = {
    **{f"{name}:letters": "u1" for name, kind in COLUMN_KINDS.items() if kind in ("text", "ordinal")},
    **{f"{name}:offsets": "u8" for name, kind in COLUMN_KINDS.items() if kind in ("text", "ordinal")},
    **{f"{name}:starts": "u4" for name, kind in COLUMN_KINDS.items() if kind == "ordinal"},
    **{f"{name}:ordinals": "i4" for name, kind in COLUMN_KINDS.items() if kind == "ordinal"},
    "id_hash": "u8", "digest": "u8", "fingerprint": "u8", "instant": "i8", "day": "i8", "id_rank": "u4",
    "lengths": "u4", "stems:letters": "u1", "stems:offsets": "u8", "words:letters": "u1", "words:offsets": "u8",
    "stem_class_first": "u4", "form_words": "u4", "form_acronyms": "u1", "word_counts": "u4", "word_fields": "u1",
    "averages": "f8", "counts": "u4", "first_block": "u4", "last_docid": "u4", "block_start": "u8",
    "position_start": "u8", "max_impact": "u1", "pattern_start": "u4", "pattern_keys": "u4", "pattern_tfs": "u4",
    "pattern_uses": "i8", "article_first": "u4", "article_at": "u8",
}  # fmt: skip
