"""Runs: the postings of a segment out of its file, each page held to its checksum before it is read."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import AnyArray
from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.postings.blocks import Runs

NAMES = ("counts", "first", "last", "at", "places", "most", "shape_first", "shape_keys", "shape_counts")


def runs_of(file: ArrayFile) -> Runs:
    """The postings of a file. Raises ColumnsDamaged; pages are checked by `CheckedRuns` alone."""
    arrays = cast(Mapping[str, AnyArray], file)
    sums = np.zeros(len(arrays["shape_counts"]) + 1, dtype=np.int64)
    np.cumsum(arrays["shape_counts"], out=sums[1:])
    return Runs(
        file.pages["postings"].data,
        file.pages["positions"].data,
        **{name: arrays[name] for name in NAMES},
        shape_sums=np.diff(sums[arrays["shape_first"]]).astype(np.uint32),
    )


class CheckedRuns:
    """The postings of a segment: `runs`, of which a family may be read after `check`."""

    def __init__(self, file: ArrayFile) -> None:
        self.runs = runs_of(file)
        self._postings = file.pages["postings"]
        self._positions = file.pages["positions"]
        self._checked: tuple[set[int], set[int]] = set(), set()  # families, without and with their positions

    def check(self, family: int, *, positions: bool = False) -> None:
        """Hold the pages of a family to their checksums, once. Raises ColumnsDamaged."""
        if family in self._checked[positions]:
            return
        runs = self.runs
        first, end = runs.first[family], runs.first[family + 1]
        self._postings.check(int(runs.at[first]), int(runs.at[end]))
        if positions:
            self._positions.check(int(runs.places[first]), int(runs.places[end]))
        self._checked[positions].add(family)

    def check_all(self, families: NDArray[np.int64]) -> None:
        """As `check`, of several."""
        for family in set(families.tolist()) - self._checked[False]:
            self.check(family)

    def check_range(self, families: range) -> None:
        """All of some families in a row, with their positions. Raises ColumnsDamaged."""
        runs = self.runs
        first, end = runs.first[families.start], runs.first[families.stop]
        self._postings.check(int(runs.at[first]), int(runs.at[end]))
        self._positions.check(int(runs.places[first]), int(runs.places[end]))

    def count(self, family: int) -> int:
        """How many postings a family has, those of deleted documents included."""
        return int(self.runs.counts[family])

    @property
    def families(self) -> int:
        return len(self.runs.counts)

    @property
    def size_bytes(self) -> int:
        return int(np.int64(self.runs.at[-1]) + np.int64(self.runs.places[-1]))
