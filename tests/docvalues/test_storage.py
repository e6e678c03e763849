"""Columns come back from their file as they were, or with a named error."""

import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchsvc.docvalues import storage
from searchsvc.docvalues.storage import (
    ALIGNMENT,
    DTYPES,
    PAGE,
    ArrayFile,
    ArrayWriter,
    ColumnsDamaged,
    ColumnsNewer,
    write_arrays,
)

ARRAYS: dict[str, NDArray[Any]] = {
    "days": np.array([3, -1, 2**40], dtype=np.int64),
    "flags": np.array([1], dtype=np.uint8),
    "nothing": np.empty(0, dtype=np.uint32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "arrays"
    write_arrays(path, ARRAYS, {"articles": 3})
    return path


def test_what_is_written_is_read(path: Path) -> None:
    arrays = ArrayFile(path)
    assert arrays.meta == {"articles": 3}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize("kind", DTYPES)
def test_each_kind_of_number_is_kept(tmp_path: Path, kind: str) -> None:
    array = np.arange(70).astype(kind)
    write_arrays(tmp_path / "a", {"first": np.ones(1, np.uint8), "second": array})
    found = ArrayFile(tmp_path / "a")["second"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    assert found.ctypes.data % ALIGNMENT == 0


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="is kept"):
        write_arrays(tmp_path / "a", {"texts": np.array(["a"])})
    with pytest.raises(TypeError, match="2 dimensions"):
        write_arrays(tmp_path / "a", {"table": np.zeros((2, 2))})


def test_an_array_cannot_be_written_to(path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        ArrayFile(path)["days"][0] = 1


def test_a_flipped_byte_is_noticed_wherever_it_is(path: Path) -> None:
    whole = path.read_bytes()
    _, _, length, _ = struct.unpack_from("<8sIII", whole)
    base = -(-(20 + length) // ALIGNMENT) * ALIGNMENT
    data = [*range(base, base + 24), base + ALIGNMENT]  # what lies between arrays is nobody's
    for offset in [*range(20 + length), *data]:
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 0x10]) + whole[offset + 1 :])
        with pytest.raises(ColumnsDamaged):
            dict(ArrayFile(path))


def test_a_file_cut_short_is_noticed_wherever_it_is_cut(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ColumnsDamaged):
            dict(ArrayFile(path))


def test_a_newer_version_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "VERSION", storage.VERSION + 1)
    write_arrays(path, ARRAYS)
    monkeypatch.undo()
    with pytest.raises(ColumnsNewer, match="version 3; this release reads 2"):
        ArrayFile(path)


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()  # the rename cannot succeed
    with pytest.raises(OSError, match="a"):
        write_arrays(tmp_path / "a", ARRAYS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_arrays_stay_readable_when_the_file_is_gone(path: Path) -> None:
    arrays = ArrayFile(path)
    path.unlink()
    assert arrays["days"].tolist() == [3, -1, 2**40]


# --- paged arrays -----------------------------------------------------------------------------------------------------


def write_paged(path: Path, pieces: list[bytes]) -> list[int]:
    writer = ArrayWriter(path)
    writer.append("none", b"")
    offsets = [writer.append("letters", piece) for piece in pieces]
    writer.finish(ARRAYS, {})
    return offsets


@settings(max_examples=20)
@given(lengths=st.lists(st.sampled_from((0, 1, 7, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE)), min_size=1, max_size=5))
def test_pieces_of_a_paged_array_come_back_from_where_they_were_put(tmp_path: Path, lengths: list[int]) -> None:
    pieces = [random.Random(number).randbytes(length) for number, length in enumerate(lengths)]
    offsets = write_paged(tmp_path / "a", pieces)
    file = ArrayFile(tmp_path / "a")
    pages = file.pages["letters"]
    for piece, offset in zip(pieces, offsets, strict=True):
        assert pages.read(offset, offset + len(piece)) == piece
    assert bytes(pages.data) == b"".join(pieces)
    assert len(file.pages["none"].data) == 0
    assert file["days"].tolist() == ARRAYS["days"].tolist()
    with pytest.raises(ColumnsDamaged, match=r"letters in .* does not reach"):
        pages.read(0, sum(lengths) + 1)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_page_is_held_to_its_checksum_when_it_is_first_read_and_the_others_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_paged(path, [random.Random(1).randbytes(4 * PAGE + 100)])
    whole = path.read_bytes()
    start = len(whole) - 4 * PAGE - 100
    for offset in (2 * PAGE, 2 * PAGE + 1, 3 * PAGE - 1):
        path.write_bytes(whole[: start + offset] + bytes([whole[start + offset] ^ 1]) + whole[start + offset + 1 :])
        pages = ArrayFile(path).pages["letters"]
        for first, end in ((0, 2 * PAGE), (3 * PAGE, 4 * PAGE + 100), (5, 5)):
            assert pages.read(first, end) == whole[start + first : start + end]
        for first, end in ((2 * PAGE, 2 * PAGE + 1), (0, 4 * PAGE), (3 * PAGE - 1, 3 * PAGE + 1), (0, 4 * PAGE)):
            with pytest.raises(ColumnsDamaged, match=r"letters in .*/a is damaged"):
                pages.read(first, end)


def test_pages_cut_off_are_noticed_on_opening(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_paged(path, [bytes(PAGE + 10)])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ColumnsDamaged, match="cut short"):
        ArrayFile(path)


def test_a_writer_given_up_leaves_nothing(tmp_path: Path) -> None:
    writer = ArrayWriter(tmp_path / "a")
    writer.append("letters", bytes(10))
    assert len(list(tmp_path.iterdir())) == 1
    writer.abandon()
    assert list(tmp_path.iterdir()) == []
