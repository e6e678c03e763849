"""Columns: the doc values of a segment, which filters, facets, sorting, completion and deduplication read.

They are stored in the segment's file as the arrays of `docvalues.columns`; each column is made when it is first read.

Not for words (`terms`, `postings`) nor for whole articles (`document_store`).
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

_SEPARATOR = 0xFF  # a byte that UTF-8 never has

HEADLINE_START = "\n"  # before the words of each headline: what follows it is the first word


class Columns:
    """The columns of a segment by name; `size` is the number of its documents, deleted ones included."""

    def __init__(self, size: int, columns: Mapping[str, Column]) -> None:
        self.size = size
        self.columns = columns
        self._documents_by_label: dict[str, tuple[Docids, NDArray[np.intp]]] = {}

    @cached_property
    def ids(self) -> TextColumn:
        """The id of each document."""
        return self._text("id")

    def ids_at(self, docids: Docids) -> list[str]:
        """The ids of some documents, in their order."""
        rows = docids.astype(np.int64)
        texts = joined(self.ids.letters, self.ids.offsets, rows, _SEPARATOR).tobytes().split(bytes([_SEPARATOR]))
        return [text.decode("utf-8", "surrogatepass") for text in texts[:-1]]

    @cached_property
    def id_ranks(self) -> NDArray[np.uint32]:
        """The rank of each document among the ids of the segment: how ties are broken within it."""
        return self._plain("id_rank")

    @cached_property
    def by_id(self) -> NDArray[np.intp]:
        """The docids in the order of their ids."""
        return np.argsort(self.id_ranks, kind="stable")

    @cached_property
    def headline_words(self) -> TextColumn:
        """Of each document HEADLINE_START and the folded words of its headline, separated by spaces."""
        return self._text("headline_words")

    @cached_property
    def instants(self) -> NumberColumn:
        """`Article.sort_instant` of each document."""
        return self._number("instant")

    @cached_property
    def days(self) -> NumberColumn:
        """`date.toordinal` of the day of publication of each document."""
        return self._number("day")

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """A hash of the stored text of each document."""
        return self._plain("digest")

    @cached_property
    def fingerprints(self) -> NDArray[np.uint64]:
        """The simhash of each document, as `Article.fingerprint`."""
        return self._plain("fingerprint")

    @cached_property
    def id_hashes(self) -> NDArray[np.uint64]:
        """`id_hash` of each document."""
        return self._plain("id_hash")

    @cached_property
    def lengths(self) -> NDArray[np.uint32]:
        """The number of tokens: a row for each of SEARCHED_FIELDS, a column for each document."""
        return self._plain("lengths").reshape(len(SEARCHED_FIELDS), self.size)

    def facet(self, field: str) -> OrdinalColumn:
        """The labels of a facet field."""
        column = self.columns["facet:" + field]
        assert isinstance(column, OrdinalColumn)
        return column

    def documents_with(self, field: str, values: Sequence[str]) -> Docids:
        """The documents that have any of these values of a facet field, in any spelling; unordered, some twice."""
        ordinals = [ordinal for value in values for ordinal in self.ordinals[field].get(value_key(value), ())]
        docids, first = self._by_label(field)
        return np.concatenate([docids[first[ordinal] : first[ordinal + 1]] for ordinal in ordinals] or [docids[:0]])

    def _by_label(self, field: str) -> tuple[Docids, NDArray[np.intp]]:
        """The docids that have label o of a facet field are `docids[first[o]:first[o + 1]]`: `docids` and `first`."""
        known = self._documents_by_label.get(field)
        if known is None:
            column = self.facet(field)
            order = np.argsort(column.ordinals, kind="stable")
            first = np.searchsorted(column.ordinals[order], np.arange(len(column.labels) + 1))
            known = self._documents_by_label[field] = column.documents[order], first
        return known

    @cached_property
    def ordinals(self) -> Mapping[str, Mapping[str, list[int]]]:
        """Of each facet field, by `value_key`, the ordinals of the labels with that key."""
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
        """The docids with this id, ascending; at most one of them is live."""
        sought = np.uint64(id_hash(id))
        low = np.searchsorted(self.id_hashes, sought, side="left", sorter=self._by_hash)
        high = np.searchsorted(self.id_hashes, sought, side="right", sorter=self._by_hash)
        return sorted(int(docid) for docid in self._by_hash[low:high] if self.ids[int(docid)] == id)

    def kept(self, keep: Mask) -> "Columns":
        """The columns of the flagged documents."""
        if keep.all():
            return self
        columns = {name: column.kept(keep) for name, column in self.columns.items() if name != "lengths"}
        columns["lengths"] = PlainColumn(self.lengths[:, keep].ravel())
        return Columns(int(np.count_nonzero(keep)), columns)

    def arrays(self) -> tuple[dict[str, AnyArray], dict[str, str]]:
        """What is stored in a file: the arrays by name, and the kind of each column (`docvalues.columns.to_arrays`)."""
        return to_arrays(self.columns)

    @classmethod
    def joined(cls, parts: Sequence["Columns"], after_each: Callable[[], None] = lambda: None) -> "Columns":
        """The documents of the parts one after the other; `after_each` is called after each column."""
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
    """The values of an article in the columns, without the words of its headline."""

    id: str
    digest: int
    fingerprint: int
    instant: int | None
    day: int | None
    facets: tuple[tuple[str, ...], ...]


def column_values(article: Article, digest: int) -> ColumnValues:
    """The values of an article. Raises what its properties raise, as OverflowError for a date out of range."""
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
    """The columns of articles, in the order of their docids.

    `headlines` are the folded words of each headline (`completion.typed_words`), `lengths` as in `Columns.lengths`.
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
    """A hash of an id, 64 bits: ids with equal hashes are compared themselves."""
    return int.from_bytes(hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _ranks(ids: Sequence[str]) -> NDArray[np.uint32]:
    """The rank of each id in their order; of equal ids the first comes first."""
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
