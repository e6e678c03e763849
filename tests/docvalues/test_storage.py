"""Columns come back from their file as they were, or with a named error."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from searchsvc.docvalues import storage
from searchsvc.docvalues.storage import ALIGNMENT, DTYPES, ColumnsDamaged, read_arrays, write_arrays

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
    arrays, meta = read_arrays(path)
    assert meta == {"articles": 3}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize("kind", DTYPES)
def test_each_kind_of_number_is_kept(tmp_path: Path, kind: str) -> None:
    array = np.arange(70).astype(kind)
    write_arrays(tmp_path / "a", {"first": np.ones(1, np.uint8), "second": array})
    found = read_arrays(tmp_path / "a")[0]["second"]
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
        read_arrays(path)[0]["days"][0] = 1


def test_a_flipped_byte_is_noticed_wherever_it_is(path: Path) -> None:
    whole = path.read_bytes()
    _, _, length, _ = struct.unpack_from("<8sIII", whole)
    base = -(-(20 + length) // ALIGNMENT) * ALIGNMENT
    data = [*range(base, base + 24), base + ALIGNMENT]  # what lies between arrays is nobody's
    for place in [*range(20 + length), *data]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(ColumnsDamaged):
            read_arrays(path)


def test_a_file_cut_short_is_noticed_wherever_it_is_cut(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ColumnsDamaged):
            read_arrays(path)


def test_a_newer_version_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "VERSION", storage.VERSION + 1)
    write_arrays(path, ARRAYS)
    monkeypatch.undo()
    with pytest.raises(ColumnsDamaged, match="version 2; this release reads 1"):
        read_arrays(path)


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()  # the rename cannot succeed
    with pytest.raises(OSError, match="a"):
        write_arrays(tmp_path / "a", ARRAYS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_arrays_stay_readable_when_the_file_is_gone(path: Path) -> None:
    arrays, _ = read_arrays(path)
    path.unlink()
    assert arrays["days"].tolist() == [3, -1, 2**40]
