"""Columns: what each document of a segment has in a field, by document number.

- `NumberColumn`: one whole number, or none.
- `PlainColumn`: one number of any kind, always.
- `OrdinalColumn`: any number of values out of a dictionary.
- `TextColumn`: one short text (ids, words), decoded only where it is asked for.

Knows neither articles nor an index; `storage` keeps them in a file, as the arrays that `to_arrays` gives.

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

MISSING = int(np.iinfo(np.int64).min)  # of a document without a number


@dataclass(frozen=True)
class NumberColumn:
    """One whole number a document (int64), MISSING where there is none."""

    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: Iterable[int | None]) -> NumberColumn:
        return cls(np.array([MISSING if n is None else n for n in numbers], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def present(self) -> Mask:
        """Which documents have one."""
        return np.not_equal(self.numbers, MISSING)

    def kept(self, keep: Mask) -> NumberColumn:
        return NumberColumn(self.numbers[keep])

    @classmethod
    def joined(cls, columns: Sequence[NumberColumn]) -> NumberColumn:
        return cls(np.concatenate([column.numbers for column in columns]))


@dataclass(frozen=True)
class PlainColumn:
    """One number a document, of any of `storage.DTYPES`."""

    numbers: AnyArray

    def __len__(self) -> int:
        return len(self.numbers)

    def kept(self, keep: Mask) -> PlainColumn:
        return PlainColumn(self.numbers[keep])

    @classmethod
    def joined(cls, columns: Sequence[PlainColumn]) -> PlainColumn:
        return cls(np.concatenate([column.numbers for column in columns]))


@dataclass(frozen=True)
class OrdinalColumn:
    """Several values a document: those of document d are `ordinals[starts[d]:starts[d + 1]]`, places in `labels`.

    `labels` ascend; `starts` is uint32 of one more than the documents, `ordinals` int32. No value twice in a document.
    """

    labels: tuple[str, ...]
    starts: NDArray[np.uint32]
    ordinals: Ordinals

    @classmethod
    def of(cls, values: Sequence[tuple[str, ...]]) -> OrdinalColumn:
        kinds = {of_document: number for number, of_document in enumerate(dict.fromkeys(values))}  # many are alike
        of_kinds = [tuple(dict.fromkeys(kind)) for kind in kinds]
        labels = tuple(sorted({label for kind in of_kinds for label in kind}))
        place = {label: ordinal for ordinal, label in enumerate(labels)}
        of_kind = np.array([place[label] for kind in of_kinds for label in kind], dtype=np.int32)
        lengths = np.array([len(kind) for kind in of_kinds], dtype=np.int64)
        kind_starts = np.cumsum(lengths) - lengths
        chosen = np.fromiter(map(kinds.__getitem__, values), dtype=np.intp, count=len(values))
        counts = lengths[chosen]
        starts = np.zeros(len(values) + 1, dtype=np.uint32)
        np.cumsum(counts, out=starts[1:])
        taken = np.repeat(kind_starts[chosen] - starts[:-1], counts) + np.arange(int(starts[-1]))
        return cls(labels, starts, of_kind[taken])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def values(self, docid: int) -> tuple[str, ...]:
        """What one document has, in its own order."""
        return tuple(self.labels[o] for o in self.ordinals[self.starts[docid] : self.starts[docid + 1]])

    @cached_property
    def documents(self) -> Docids:
        """The document of each of `ordinals` (uint32)."""
        return np.repeat(np.arange(len(self), dtype=np.uint32), np.diff(self.starts))

    @cached_property
    def single(self) -> Ordinals | None:
        """The one ordinal of each document, -1 for none; None when some document has several."""
        lengths = np.diff(self.starts)
        if len(lengths) and int(lengths.max()) > 1:
            return None
        single = np.full(len(self), -1, dtype=np.int32)
        single[lengths == 1] = self.ordinals
        return single

    def having(self, ordinals: Iterable[int]) -> Mask:
        """Which documents have any of these ordinals."""
        wanted = np.zeros(len(self.labels), dtype=np.bool_)
        wanted[np.fromiter(ordinals, dtype=np.int64)] = True
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.documents[wanted[self.ordinals]]] = True
        return mask

    def kept(self, keep: Mask) -> OrdinalColumn:
        """Only the flagged documents, with only the labels that they use."""
        ordinals = self.ordinals[keep[self.documents]]
        used, moved = np.unique(ordinals, return_inverse=True)
        starts = np.zeros(int(np.count_nonzero(keep)) + 1, dtype=np.uint32)
        np.cumsum(np.diff(self.starts)[keep], out=starts[1:])
        return OrdinalColumn(tuple(self.labels[i] for i in used), starts, moved.astype(np.int32))

    @classmethod
    def joined(cls, columns: Sequence[OrdinalColumn]) -> OrdinalColumn:
        """The documents of one column after those of the other."""
        labels = tuple(sorted({label for column in columns for label in column.labels}))
        place = {label: ordinal for ordinal, label in enumerate(labels)}
        ordinals = []
        starts = [np.zeros(1, dtype=np.uint32)]
        held = 0
        for column in columns:
            moved = np.array([place[label] for label in column.labels], dtype=np.int32)
            ordinals.append(moved[column.ordinals] if len(moved) else column.ordinals)
            starts.append(column.starts[1:] + np.uint32(held))
            held += len(column.ordinals)
        return cls(labels, np.concatenate(starts), np.concatenate(ordinals).astype(np.int32))


@dataclass(frozen=True)
class TextColumn:
    """One text a row: that of row r is the UTF-8 in `letters[offsets[r]:offsets[r + 1]]` (uint8; uint64)."""

    letters: NDArray[np.uint8]
    offsets: NDArray[np.uint64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> TextColumn:
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
        """Those of some rows."""
        letters = self.letters.data
        bounds = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        return [bytes(letters[start:end]).decode("utf-8", "surrogatepass") for start, end in bounds]

    def kept(self, keep: Mask) -> TextColumn:
        lengths = np.diff(self.offsets)[keep]
        offsets = np.zeros(len(lengths) + 1, dtype=np.uint64)
        np.cumsum(lengths, out=offsets[1:])
        return TextColumn(self.letters[np.repeat(keep, np.diff(self.offsets).astype(np.intp))], offsets)

    @classmethod
    def joined(cls, columns: Sequence[TextColumn]) -> TextColumn:
        offsets = [np.zeros(1, dtype=np.uint64)]
        held = 0
        for column in columns:
            offsets.append(column.offsets[1:] + np.uint64(held))
            held += len(column.letters)
        return cls(np.concatenate([column.letters for column in columns]), np.concatenate(offsets))

    def texts(self) -> list[str]:
        """All of them."""
        letters, offsets = self.letters.tobytes(), self.offsets.tolist()
        return [letters[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(offsets)]


Column = NumberColumn | PlainColumn | OrdinalColumn | TextColumn


def to_arrays(columns: Mapping[str, Column]) -> tuple[dict[str, AnyArray], dict[str, str]]:
    """The arrays that columns are kept as, and the kind of each column by its name."""
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
    """The columns again, each made when it is first asked for. Raises KeyError when an array is not there."""

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
