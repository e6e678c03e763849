"""Columns: the doc values of one field of a segment, by docid.

- `NumberColumn`: one integer or none a document.
- `PlainColumn`: one number of any dtype a document.
- `OrdinalColumn`: any number of labels a document, as ordinals in a dictionary of labels.
- `TextColumn`: one short text (id, word) a row, decoded only when it is read.

Not for files: `to_arrays` gives the arrays that `storage` writes, and `FromArrays` makes columns of them.

>>> column = OrdinalColumn.of([("b", "a"), (), ("b",)])
>>> column.labels, [column.values(docid) for docid in range(3)]
(('a', 'b'), [('b', 'a'), (), ('b',)])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.docset import Docids, Mask

Ordinals = NDArray[np.int32]
AnyArray = NDArray[Any]  # Any: whichever dtype the column has

MISSING = int(np.iinfo(np.int64).min)  # the number of a document that has none


@dataclass(frozen=True)
class NumberColumn:
    """One integer a document (int64), MISSING where there is none."""

    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: Iterable[int | None]) -> NumberColumn:
        """The column of these numbers, one a document."""
        return cls(np.array([MISSING if n is None else n for n in numbers], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def present(self) -> Mask:
        """Which documents have a number."""
        return np.not_equal(self.numbers, MISSING)

    def kept(self, keep: Mask) -> NumberColumn:
        """The rows of the flagged documents."""
        return NumberColumn(self.numbers[keep])

    @classmethod
    def joined(cls, columns: Sequence[NumberColumn]) -> NumberColumn:
        """The columns one after the other."""
        return cls(np.concatenate([column.numbers for column in columns]))


@dataclass(frozen=True)
class PlainColumn:
    """One number a document, of any of `storage.DTYPES`."""

    numbers: AnyArray

    def __len__(self) -> int:
        return len(self.numbers)

    def kept(self, keep: Mask) -> PlainColumn:
        """The rows of the flagged documents."""
        return PlainColumn(self.numbers[keep])

    @classmethod
    def joined(cls, columns: Sequence[PlainColumn]) -> PlainColumn:
        """The columns one after the other."""
        return cls(np.concatenate([column.numbers for column in columns]))


@dataclass(frozen=True)
class OrdinalColumn:
    """Any number of labels a document: document d has the ordinals `ordinals[starts[d]:starts[d + 1]]`.

    A label is a value as printed, its ordinal its index in `labels`. A document has no label twice.
    """

    labels: tuple[str, ...]  # ascending, each once
    starts: NDArray[np.uint32]  # one more than there are documents
    ordinals: Ordinals  # of one document after the other, each in the document's own order

    @classmethod
    def of(cls, values: Sequence[tuple[str, ...]]) -> OrdinalColumn:
        """The column of these labels, a tuple a document; a label that is repeated in a tuple counts once."""
        tuples = {of_document: number for number, of_document in enumerate(dict.fromkeys(values))}  # few are distinct
        distinct = [tuple(dict.fromkeys(each)) for each in tuples]
        labels = tuple(sorted({label for each in distinct for label in each}))
        ordinal_of = {label: ordinal for ordinal, label in enumerate(labels)}
        ordinals_of_distinct = np.array([ordinal_of[label] for each in distinct for label in each], dtype=np.int32)
        lengths = np.array([len(each) for each in distinct], dtype=np.int64)
        starts_of_distinct = np.cumsum(lengths) - lengths
        chosen = np.fromiter(map(tuples.__getitem__, values), dtype=np.intp, count=len(values))
        counts = lengths[chosen]
        starts = np.zeros(len(values) + 1, dtype=np.uint32)
        np.cumsum(counts, out=starts[1:])
        indices = np.repeat(starts_of_distinct[chosen] - starts[:-1], counts) + np.arange(int(starts[-1]))
        return cls(labels, starts, ordinals_of_distinct[indices])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def values(self, docid: int) -> tuple[str, ...]:
        """The labels of one document, in its own order."""
        return tuple(self.labels[ordinal] for ordinal in self.ordinals[self.starts[docid] : self.starts[docid + 1]])

    @cached_property
    def documents(self) -> Docids:
        """The docid of each of `ordinals` (uint32)."""
        return np.repeat(np.arange(len(self), dtype=np.uint32), np.diff(self.starts))

    @cached_property
    def single(self) -> Ordinals | None:
        """The only ordinal of each document, -1 for none (int32); None when some document has several."""
        lengths = np.diff(self.starts)
        if len(lengths) and int(lengths.max()) > 1:
            return None
        single = np.full(len(self), -1, dtype=np.int32)
        single[lengths == 1] = self.ordinals
        return single

    def having(self, ordinals: Iterable[int]) -> Mask:
        """Which documents have any of these ordinals."""
        is_sought = np.zeros(len(self.labels), dtype=np.bool_)
        is_sought[np.fromiter(ordinals, dtype=np.int64)] = True
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.documents[is_sought[self.ordinals]]] = True
        return mask

    def kept(self, keep: Mask) -> OrdinalColumn:
        """The rows of the flagged documents, with the labels that they use."""
        ordinals = self.ordinals[keep[self.documents]]
        used, new_ordinals = np.unique(ordinals, return_inverse=True)
        starts = np.zeros(int(np.count_nonzero(keep)) + 1, dtype=np.uint32)
        np.cumsum(np.diff(self.starts)[keep], out=starts[1:])
        return OrdinalColumn(tuple(self.labels[i] for i in used), starts, new_ordinals.astype(np.int32))

    @classmethod
    def joined(cls, columns: Sequence[OrdinalColumn]) -> OrdinalColumn:
        """The columns one after the other, with one dictionary of labels."""
        labels = tuple(sorted({label for column in columns for label in column.labels}))
        ordinal_of = {label: ordinal for ordinal, label in enumerate(labels)}
        ordinals = []
        starts = [np.zeros(1, dtype=np.uint32)]
        end = 0
        for column in columns:
            new_ordinals = np.array([ordinal_of[label] for label in column.labels], dtype=np.int32)
            ordinals.append(new_ordinals[column.ordinals] if len(new_ordinals) else column.ordinals)
            starts.append(column.starts[1:] + np.uint32(end))
            end += len(column.ordinals)
        return cls(labels, np.concatenate(starts), np.concatenate(ordinals).astype(np.int32))


@dataclass(frozen=True)
class TextColumn:
    """One text a row: row r is the UTF-8 in `letters[offsets[r]:offsets[r + 1]]` (uint8; uint64)."""

    letters: NDArray[np.uint8]
    offsets: NDArray[np.uint64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> TextColumn:
        """The column of these texts, one a row; lone surrogates are allowed."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        offsets = np.zeros(len(encoded) + 1, dtype=np.uint64)
        np.cumsum([len(e) for e in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        start, end = self.offsets[row], self.offsets[row + 1]
        return self.letters[start:end].tobytes().decode("utf-8", "surrogatepass")

    def at(self, rows: NDArray[np.integer]) -> list[str]:
        """The texts of some rows, in their order."""
        letters = self.letters.data
        bounds = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        return [bytes(letters[start:end]).decode("utf-8", "surrogatepass") for start, end in bounds]

    def kept(self, keep: Mask) -> TextColumn:
        """The flagged rows."""
        lengths = np.diff(self.offsets)[keep]
        offsets = np.zeros(len(lengths) + 1, dtype=np.uint64)
        np.cumsum(lengths, out=offsets[1:])
        return TextColumn(self.letters[np.repeat(keep, np.diff(self.offsets).astype(np.intp))], offsets)

    @classmethod
    def joined(cls, columns: Sequence[TextColumn]) -> TextColumn:
        """The columns one after the other."""
        offsets = [np.zeros(1, dtype=np.uint64)]
        end = 0
        for column in columns:
            offsets.append(column.offsets[1:] + np.uint64(end))
            end += len(column.letters)
        return cls(np.concatenate([column.letters for column in columns]), np.concatenate(offsets))

    def texts(self) -> list[str]:
        """The texts of all rows."""
        letters, offsets = self.letters.tobytes(), self.offsets.tolist()
        return [letters[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(offsets)]


Column = NumberColumn | PlainColumn | OrdinalColumn | TextColumn


def to_arrays(columns: Mapping[str, Column]) -> tuple[dict[str, AnyArray], dict[str, str]]:
    """The one-dimensional arrays that columns are stored as, and the kind of each column, both by name."""
    arrays: dict[str, AnyArray] = {}
    kinds = {}
    for name, column in columns.items():
        match column:
            case NumberColumn():
                kinds[name] = "number"
                arrays[name] = column.numbers
            case PlainColumn():
                kinds[name] = "plain"
                arrays[name] = column.numbers
            case OrdinalColumn():
                kinds[name] = "ordinal"
                labels = TextColumn.of(column.labels)
                arrays[name + ":starts"], arrays[name + ":ordinals"] = column.starts, column.ordinals
                arrays[name + ":letters"], arrays[name + ":offsets"] = labels.letters, labels.offsets
            case TextColumn():
                kinds[name] = "text"
                arrays[name + ":letters"], arrays[name + ":offsets"] = column.letters, column.offsets
    return arrays, kinds


class FromArrays(Mapping[str, Column]):
    """The columns that `to_arrays` took apart, each made when it is first read. Raises KeyError without its arrays."""

    def __init__(self, arrays: Mapping[str, AnyArray], kinds: Mapping[str, str]) -> None:
        self._arrays = arrays
        self._kinds = kinds
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        column = self._made.get(name)
        if column is None:
            column = self._made[name] = _column(self._arrays, name, self._kinds[name])
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


def _column(arrays: Mapping[str, AnyArray], name: str, kind: str) -> Column:
    match kind:
        case "number":
            return NumberColumn(arrays[name])
        case "plain":
            return PlainColumn(arrays[name])
        case "ordinal":
            labels = TextColumn(arrays[name + ":letters"], arrays[name + ":offsets"])
            return OrdinalColumn(tuple(labels.texts()), arrays[name + ":starts"], arrays[name + ":ordinals"])
        case "text":
            return TextColumn(arrays[name + ":letters"], arrays[name + ":offsets"])
        case _:
            raise KeyError(f"no kind of column: {kind}")
