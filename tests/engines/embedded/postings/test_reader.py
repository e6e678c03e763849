"""A reader checks the pages of a stem class before it is read, and no others."""

from pathlib import Path

import numpy as np
import pytest

from searchsvc.docvalues.storage import PAGE, ArrayFile, ArrayWriter, ColumnsDamaged
from searchsvc.engines.embedded.postings.format import BLOCK, Postings
from searchsvc.engines.embedded.postings.reader import NAMES, PostingsReader
from tests.engines.embedded.postings.plain import Posting, encode
from tests.engines.embedded.spoiling import flip, regions

SIZES = (3, 0, 400 * BLOCK, 1)  # the third has more than one page


@pytest.fixture
def postings() -> Postings:
    return encode([[Posting(docid, {docid % 3 << 3: [1, 2]}) for docid in range(size)] for size in SIZES])


@pytest.fixture
def path(tmp_path: Path, postings: Postings) -> Path:
    file = ArrayWriter(tmp_path / "a")
    file.append("postings", postings.block_bytes)
    file.append("positions", postings.position_bytes)
    file.finish({name: getattr(postings, name) for name in NAMES}, {})
    return tmp_path / "a"


def test_the_arrays_are_those_of_the_file(path: Path, postings: Postings) -> None:
    reader = PostingsReader(ArrayFile(path))
    for name, array in postings._asdict().items():
        assert getattr(reader.arrays, name).dtype == array.dtype, name
        assert getattr(reader.arrays, name).tolist() == array.tolist(), name
    assert [reader.count(stem_class) for stem_class in range(len(SIZES))] == list(SIZES)


def test_whole_pages_can_be_read(path: Path) -> None:
    reader = PostingsReader(ArrayFile(path))
    for stem_class in range(len(SIZES)):
        reader.check(stem_class, positions=True)
    reader.check_all(np.arange(len(SIZES)))
    reader.check_range(range(len(SIZES)))
    reader.check_range(range(0))


def test_a_damaged_block_is_named_by_whatever_comes_to_it(path: Path, postings: Postings) -> None:
    assert int(postings.block_start[-1]) > 2 * PAGE
    flip(path, regions(path)["postings"][-1])
    reader = PostingsReader(ArrayFile(path))
    reader.check(0, positions=True)  # on the first page
    reader.check_range(range(2))
    for _ in range(2):  # again: what was not whole is not remembered as whole
        with pytest.raises(ColumnsDamaged, match="postings"):
            reader.check(3)
    with pytest.raises(ColumnsDamaged, match="postings"):
        reader.check_all(np.array([0, 2]))
    with pytest.raises(ColumnsDamaged, match="postings"):
        reader.check_range(range(2, 4))


def test_positions_are_checked_where_they_are_asked_for(path: Path) -> None:
    flip(path, regions(path)["positions"][0])
    reader = PostingsReader(ArrayFile(path))
    reader.check(0)
    reader.check(0)
    with pytest.raises(ColumnsDamaged, match="positions"):
        reader.check(0, positions=True)
    with pytest.raises(ColumnsDamaged, match="positions"):
        reader.check_range(range(1))
