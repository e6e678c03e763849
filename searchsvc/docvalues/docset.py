"""DocSet: matching document numbers of one segment, and / or / not.

Kept as ascending numbers while few, as one flag a document when many; both give the same set.

>>> few = DocSet.of(10, np.array([1, 3, 5], dtype=np.uint32))
>>> (few & ~DocSet.of(10, np.array([3], dtype=np.uint32))).docnums().tolist(), len(few | DocSet.all(10))
([1, 5], 10)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Docnums = NDArray[np.uint32]
Mask = NDArray[np.bool_]

# A set of more than one in so many documents is handled as flags.
DENSE = 32


class DocSet:
    """An immutable set of document numbers below `size`. Make it with `of`, `of_mask`, `all` or `none`."""

    __slots__ = ("_count", "_docnums", "_mask", "size")

    def __init__(self, size: int, docnums: Docnums | None, mask: Mask | None) -> None:
        self.size = size
        self._docnums = docnums
        self._mask = mask
        self._count = -1 if docnums is None else len(docnums)

    @classmethod
    def of(cls, size: int, docnums: Docnums) -> DocSet:
        """The set of these numbers: ascending, none twice."""
        return cls(size, docnums, None)

    @classmethod
    def of_mask(cls, mask: Mask) -> DocSet:
        """The set of the numbers whose flag is true; one flag for each of the documents."""
        return cls(len(mask), None, mask)

    @classmethod
    def all(cls, size: int) -> DocSet:
        return cls(size, None, np.ones(size, dtype=np.bool_))

    @classmethod
    def none(cls, size: int) -> DocSet:
        return cls(size, np.empty(0, dtype=np.uint32), None)

    def docnums(self) -> Docnums:
        """The numbers, ascending (uint32)."""
        if self._docnums is None:
            self._docnums = np.flatnonzero(self.mask()).astype(np.uint32)
        return self._docnums

    def mask(self) -> Mask:
        """One flag a document; not to be written to."""
        if self._mask is None:
            mask = np.zeros(self.size, dtype=np.bool_)
            mask[self._docnums] = True
            self._mask = mask
        return self._mask

    def __len__(self) -> int:
        if self._count < 0:
            self._count = int(np.count_nonzero(self.mask()))
        return self._count

    def __and__(self, other: DocSet) -> DocSet:
        if self._is_sparse() or other._is_sparse():
            few, many = (self, other) if self._is_sparse() and len(self) <= _upper(other) else (other, self)
            if not few._is_sparse():
                few, many = many, few
            return DocSet.of(self.size, few.docnums()[many.mask()[few.docnums()]])
        return DocSet.of_mask(self.mask() & other.mask())

    def __or__(self, other: DocSet) -> DocSet:
        if self._is_sparse() and other._is_sparse() and (len(self) + len(other)) * DENSE < self.size:
            return DocSet.of(self.size, union([self.docnums(), other.docnums()]))
        return DocSet.of_mask(self.mask() | other.mask())

    def __invert__(self) -> DocSet:
        return DocSet.of_mask(~self.mask())

    def _is_sparse(self) -> bool:
        return self._docnums is not None and self._mask is None and len(self._docnums) * DENSE < self.size


Numbers = TypeVar("Numbers", bound=np.unsignedinteger[Any])  # Any: of whichever width


def union(lists: Sequence[NDArray[Numbers]]) -> NDArray[Numbers]:
    """The numbers of one or more ascending lists, ascending, each once.

    Lists one after the other are sorted in one pass by a sort that looks for runs; `np.unique` would hash them.
    """
    if len(lists) == 1:
        return lists[0]
    numbers = np.concatenate(lists)
    numbers.sort(kind="stable")
    first = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers[first]


def _upper(docset: DocSet) -> int:
    return len(docset) if docset._is_sparse() else docset.size
