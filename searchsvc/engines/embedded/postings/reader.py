"""Postings: the postings of a segment out of its file, each page held to its checksum before it is read."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import AnyArray
from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.postings.format import Postings

NAMES = (
    "counts", "first_block", "last_docid", "block_start", "position_start", "max_impact",
    "pattern_start", "pattern_keys", "pattern_tfs",
)  # fmt: skip


def postings_of(file: ArrayFile) -> Postings:
    """The postings of a file. Raises ColumnsDamaged; pages are checked by `PostingsReader` alone."""
    arrays = cast(Mapping[str, AnyArray], file)
    sums = np.zeros(len(arrays["pattern_tfs"]) + 1, dtype=np.int64)
    np.cumsum(arrays["pattern_tfs"], out=sums[1:])
    return Postings(
        file.pages["postings"].data,
        file.pages["positions"].data,
        **{name: arrays[name] for name in NAMES},
        pattern_tf_sums=np.diff(sums[arrays["pattern_start"]]).astype(np.uint32),
    )


class PostingsReader:
    """The postings of a segment: `postings`, of which a stem class may be read after `check`."""

    def __init__(self, file: ArrayFile) -> None:
        self.arrays = postings_of(file)
        self._postings = file.pages["postings"]
        self._positions = file.pages["positions"]
        self._checked: tuple[set[int], set[int]] = set(), set()  # stem classes, without and with their positions

    def check(self, stem_class: int, *, positions: bool = False) -> None:
        """Hold the pages of a stem class to their checksums, once. Raises ColumnsDamaged."""
        if stem_class in self._checked[positions]:
            return
        postings = self.arrays
        first, end = postings.first_block[stem_class], postings.first_block[stem_class + 1]
        self._postings.check(int(postings.block_start[first]), int(postings.block_start[end]))
        if positions:
            self._positions.check(int(postings.position_start[first]), int(postings.position_start[end]))
        self._checked[positions].add(stem_class)

    def check_all(self, stem_classes: NDArray[np.int64]) -> None:
        """As `check`, of several."""
        for stem_class in set(stem_classes.tolist()) - self._checked[False]:
            self.check(stem_class)

    def check_range(self, stem_classes: range) -> None:
        """All of some stem classes in a row, with their positions. Raises ColumnsDamaged."""
        postings = self.arrays
        first, end = postings.first_block[stem_classes.start], postings.first_block[stem_classes.stop]
        self._postings.check(int(postings.block_start[first]), int(postings.block_start[end]))
        self._positions.check(int(postings.position_start[first]), int(postings.position_start[end]))

    def count(self, stem_class: int) -> int:
        """How many postings a stem class has, those of deleted documents included."""
        return int(self.arrays.counts[stem_class])

    @property
    def stem_classes(self) -> int:
        return len(self.arrays.counts)

    @property
    def size_bytes(self) -> int:
        return int(np.int64(self.arrays.block_start[-1]) + np.int64(self.arrays.position_start[-1]))
