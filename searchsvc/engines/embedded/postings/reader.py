"""PostingsReader: the postings of a segment out of its file, each page checked against its checksum before it is read.

Not for decoding: `blocks` and `positions` decode the arrays.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import AnyArray
from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.postings.format import Postings

# The arrays of `Postings` that a file has under the same name, checked as a whole when they are opened.
NAMES = (
    "counts", "first_block", "last_docid", "block_start", "position_start", "max_impact",
    "pattern_start", "pattern_keys", "pattern_tfs",
)  # fmt: skip


def postings_of(file: ArrayFile) -> Postings:
    """The postings of a file; pages of blocks and positions are not checked yet. Raises KeyError, ColumnsDamaged."""
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
    """The postings of a segment in `arrays`; a stem class may be read after one of the `check` methods had it.

    Several threads may share a reader.
    """

    def __init__(self, file: ArrayFile) -> None:
        """Raises KeyError, ColumnsDamaged."""
        self.arrays = postings_of(file)
        self._block_pages = file.pages["postings"]
        self._position_pages = file.pages["positions"]
        self._checked: tuple[set[int], set[int]] = set(), set()  # stem classes, without and with their positions

    def check(self, stem_class: int, *, positions: bool = False) -> None:
        """Check the pages of one stem class, on the first call only; those of its positions too if asked.

        Raises ColumnsDamaged.
        """
        if stem_class in self._checked[positions]:
            return
        self._check_blocks_of(stem_class, stem_class + 1, positions=positions)
        self._checked[positions].add(stem_class)

    def check_all(self, stem_classes: NDArray[np.int64]) -> None:
        """`check` each of some stem classes, without positions. Raises ColumnsDamaged."""
        for stem_class in set(stem_classes.tolist()) - self._checked[False]:
            self.check(stem_class)

    def check_range(self, stem_classes: range) -> None:
        """Check the pages of consecutive stem classes, positions included. Raises ColumnsDamaged."""
        self._check_blocks_of(stem_classes.start, stem_classes.stop, positions=True)

    def count(self, stem_class: int) -> int:
        """The number of postings of a stem class, those of deleted documents included."""
        return int(self.arrays.counts[stem_class])

    def _check_blocks_of(self, start: int, stop: int, *, positions: bool) -> None:
        """Check the pages of the stem classes `start` to `stop`."""
        postings = self.arrays
        first, end = postings.first_block[start], postings.first_block[stop]
        self._block_pages.check(int(postings.block_start[first]), int(postings.block_start[end]))
        if positions:
            self._position_pages.check(int(postings.position_start[first]), int(postings.position_start[end]))
