"""Columns: what each document of a segment is filtered, counted, ordered and completed by.

They lie in the segment's file as the arrays of `docvalues.columns`, and are made of them when first asked for.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import (
    AnyArray,
    Column,
    NumberColumn,
    OrdinalColumn,
    PlainColumn,
    TextColumn,
    to_arrays,
)
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.kernels.byte_strings import joined
from searchsvc.model.article import Article
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS, value_key

_NO_LETTER = 0xFF  # no UTF-8 has this byte

HEADLINE_START = "\n"  # before the words of each headline: where a match is at its beginning


class Columns:
    """The columns of a segment, by name; `size` is the number of its documents, deleted ones included."""

    def __init__(self, size: int, columns: Mapping[str, Column]) -> None:
        self.size = size
        self.columns = columns
        self._by_value: dict[str, tuple[NDArray[np.uint32], NDArray[np.intp]]] = {}

    @cached_property
    def ids(self) -> TextColumn:
        return self._text("id")

    def ids_at(self, docids: Docids) -> list[str]:
        """The ids of some documents."""
        texts = joined(self.ids.letters, self.ids.offsets, docids, _NO_LETTER).tobytes().split(bytes([_NO_LETTER]))
        return [text.decode("utf-8", "surrogatepass") for text in texts[:-1]]

    @cached_property
    def id_ranks(self) -> NDArray[np.uint32]:
        """Numbers in the order of the ids: what equal keys are ordered by within a segment."""
        return self._plain("id_rank")

    @cached_property
    def by_id(self) -> NDArray[np.intp]:
        """The documents in the order of their ids."""
        return np.argsort(self.id_ranks, kind="stable")

    @cached_property
    def headline_words(self) -> TextColumn:
        """`HEADLINE_START` and the folded words of each headline, a space between."""
        return self._text("headline_words")

    @cached_property
    def instants(self) -> NumberColumn:
        return self._number("instant")

    @cached_property
    def days(self) -> NumberColumn:
        """`date.toordinal` of the day of publication."""
        return self._number("day")

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        return self._plain("digest")

    @cached_property
    def fingerprints(self) -> NDArray[np.uint64]:
        return self._plain("fingerprint")

    @cached_property
    def id_hashes(self) -> NDArray[np.uint64]:
        return self._plain("id_hash")

    @cached_property
    def lengths(self) -> NDArray[np.uint32]:
        """Words in each text field: a row for each of SEARCHED_FIELDS, a column for each document."""
        return self._plain("lengths").reshape(len(SEARCHED_FIELDS), self.size)

    def facet(self, field: str) -> OrdinalColumn:
        """The values of a facet field, as printed."""
        column = self.columns["facet:" + field]
        assert isinstance(column, OrdinalColumn)
        return column

    def documents_with(self, field: str, values: Sequence[str]) -> NDArray[np.uint32]:
        """The documents that have any of these values of a facet, or another of the same key; some may come twice."""
        ordinals = [number for value in values for number in self.ordinals[field].get(value_key(value), ())]
        documents, first = self._documents_by_value(field)
        return np.concatenate([documents[first[number] : first[number + 1]] for number in ordinals] or [documents[:0]])

    def _documents_by_value(self, field: str) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
        """Of a facet field the documents, those of one label after those of the other, and where each one's begin."""
        known = self._by_value.get(field)
        if known is None:
            column = self.facet(field)
            order = np.argsort(column.ordinals, kind="stable")
            first = np.searchsorted(column.ordinals[order], np.arange(len(column.labels) + 1))
            known = self._by_value[field] = column.documents[order], first
        return known

    @cached_property
    def ordinals(self) -> Mapping[str, Mapping[str, list[int]]]:
        """Of each facet field, the ordinals of the labels that share a `value_key`, by it."""
        found: dict[str, dict[str, list[int]]] = {}
        for field in FACET_FIELDS:
            by_key = found[field.name] = {}
            for ordinal, label in enumerate(self.facet(field.name).labels):
                by_key.setdefault(value_key(label), []).append(ordinal)
        return found

    @cached_property
    def _by_hash(self) -> NDArray[np.intp]:
        return np.argsort(self.id_hashes, kind="stable")

    def find(self, id: str) -> list[int]:
        """The documents with this id, ascending; at most one of them is live."""
        wanted = np.uint64(id_hash(id))
        low = np.searchsorted(self.id_hashes, wanted, side="left", sorter=self._by_hash)
        high = np.searchsorted(self.id_hashes, wanted, side="right", sorter=self._by_hash)
        return sorted(int(docid) for docid in self._by_hash[low:high] if self.ids[int(docid)] == id)

    def kept(self, keep: Mask) -> "Columns":
        """Of the flagged documents only."""
        if keep.all():
            return self
        columns = {name: column.kept(keep) for name, column in self.columns.items() if name != "lengths"}
        columns["lengths"] = PlainColumn(self.lengths[:, keep].ravel())
        return Columns(int(np.count_nonzero(keep)), columns)

    def arrays(self) -> tuple[dict[str, AnyArray], dict[str, str]]:
        """What is kept in a file: the arrays, and of which kind each column is."""
        return to_arrays(self.columns)

    @classmethod
    def joined(cls, parts: Sequence["Columns"], after_each: Callable[[], None] = lambda: None) -> "Columns":
        """The documents of one part after those of the other; `after_each` is called when a column has been joined."""
        columns = {}
        for name in parts[0].columns:
            columns[name] = _joined([part.columns[name] for part in parts])
            after_each()
        ids = columns["id"]
        assert isinstance(ids, TextColumn)
        columns["id_rank"] = PlainColumn(_ranks(ids.texts()))
        columns["lengths"] = PlainColumn(np.concatenate([part.lengths for part in parts], axis=1).ravel())
        return cls(sum(part.size for part in parts), columns)

    def _text(self, name: str) -> TextColumn:
        column = self.columns[name]
        assert isinstance(column, TextColumn)
        return column

    def _plain(self, name: str) -> AnyArray:
        column = self.columns[name]
        assert isinstance(column, PlainColumn)
        return column.numbers

    def _number(self, name: str) -> NumberColumn:
        column = self.columns[name]
        assert isinstance(column, NumberColumn)
        return column


_64_BITS = 2**64 - 1


class ColumnValues(NamedTuple):
    """What an article has in each column, its headline's words apart."""

    id: str
    digest: int
    fingerprint: int
    instant: int | None
    day: int | None
    facets: tuple[tuple[str, ...], ...]


def column_values(article: Article, digest: int) -> ColumnValues:
    """What the columns keep of an article. Raises whatever is wrong with it, as a date beyond all calendars."""
    return ColumnValues(
        article.id,
        digest,
        article.fingerprint & _64_BITS,
        article.sort_instant,
        article.published_on.toordinal() if article.published_on else None,
        tuple([values(article) for values in _FACET_VALUES]),
    )


_FACET_VALUES = tuple(field.values for field in FACET_FIELDS)


def columns_of(rows: Sequence[ColumnValues], headlines: Sequence[str], lengths: NDArray[np.uint32]) -> Columns:
    """The columns of articles in the order of their document numbers.

    `headlines` are the folded words of each (`completing.typed_words`); `lengths` as `Columns.lengths`.
    """
    ids, digests, fingerprints, instants, days, facets = zip(*rows, strict=True)
    columns: dict[str, Column] = {
        "id": TextColumn.of(ids),
        "id_hash": PlainColumn(np.array([id_hash(id) for id in ids], dtype=np.uint64)),
        "digest": PlainColumn(np.array(digests, dtype=np.uint64)),
        "fingerprint": PlainColumn(np.array(fingerprints, dtype=np.uint64)),
        "instant": NumberColumn.of(instants),
        "day": NumberColumn.of(days),
        "headline_words": TextColumn.of([HEADLINE_START + words for words in headlines]),
        "id_rank": PlainColumn(_ranks(ids)),
        "lengths": PlainColumn(lengths.ravel()),
    }
    for field, values in zip(FACET_FIELDS, zip(*facets, strict=True), strict=True):
        columns["facet:" + field.name] = OrdinalColumn.of(values)
    return Columns(len(ids), columns)


def id_hash(id: str) -> int:
    """64 bits that find an id among many; the ids themselves are compared then."""
    return int.from_bytes(hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _ranks(ids: Sequence[str]) -> NDArray[np.uint32]:
    ranks = np.empty(len(ids), dtype=np.uint32)
    ranks[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.uint32)
    return ranks


def _joined(columns: Sequence[Column]) -> Column:
    match columns[0]:
        case NumberColumn():
            return NumberColumn.joined([column for column in columns if isinstance(column, NumberColumn)])
        case PlainColumn():
            return PlainColumn.joined([column for column in columns if isinstance(column, PlainColumn)])
        case OrdinalColumn():
            return OrdinalColumn.joined([column for column in columns if isinstance(column, OrdinalColumn)])
        case TextColumn():
            return TextColumn.joined([column for column in columns if isinstance(column, TextColumn)])
