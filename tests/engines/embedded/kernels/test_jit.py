"""Kernels are registered, and one that is held to its annotations has one specialisation whoever calls it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.docid_sets import union
from searchsvc.engines.embedded.kernels.jit import (
    KERNELS,
    Matrix,
    Out,
    OutMatrix,
    declared_signature,
    kernel,
    mismatches,
    specialisations,
)


class Pair(NamedTuple):
    first: NDArray[np.uint32]
    second: NDArray[np.uint32]


class Job(NamedTuple):
    pair: Pair
    weight: float
    found: Out[np.float64]


def arrays(
    numbers: NDArray[np.uint32], rows: Matrix[np.uint8], table: OutMatrix[np.int64], mask: NDArray[np.bool_]
) -> None: ...


def scalars(count: int, weight: float, is_last: bool, key: np.uint64, both: tuple[int, float], job: Job) -> None: ...


def test_annotations_become_numba_types() -> None:
    assert [str(kind) for kind in declared_signature(arrays)] == [
        "readonly array(uint32, 1d, C)", "readonly array(uint8, 2d, C)", "array(int64, 2d, C)",
        "readonly array(bool, 1d, C)",
    ]  # fmt: skip
    pair = "Pair(readonly array(uint32, 1d, C) x 2)"
    assert [str(kind) for kind in declared_signature(scalars)] == [
        "int64", "float64", "bool", "uint64", "Tuple(int64, float64)", f"Job({pair}, float64, array(float64, 1d, C))",
    ]  # fmt: skip


def unannotated(number) -> None: ...  # type: ignore[no-untyped-def]  # that is the case


def of_any(number: Any) -> None: ...


def of_text(text: str) -> None: ...


def of_any_array(numbers: NDArray[Any]) -> None: ...


@pytest.mark.parametrize("function", [unannotated, of_any, of_text, of_any_array])
def test_what_has_no_type_for_a_kernel_is_named(function: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match=f"{function.__name__}: (number|text|numbers) has no type"):
        declared_signature(function)


def read_only(numbers: NDArray[Any]) -> NDArray[Any]:
    held = numbers.copy()
    held.flags.writeable = False
    return held


FIRST, SECOND = np.array([1, 2], dtype=np.uint32), np.array([3, 4], dtype=np.uint32)


def test_specialisations_are_counted_and_the_types_that_differ_are_named() -> None:
    @kernel
    def total(numbers: Any, weight: float) -> float:  # Any: of no declared type
        return float(numbers.sum()) * weight

    (name,) = (name for name, kernel in KERNELS.items() if kernel.function is total)
    assert specialisations()[name] == 0
    total(FIRST, 2.0)
    assert specialisations()[name] == 1
    assert name not in mismatches()
    total(read_only(FIRST), 2.0)
    assert mismatches()[name] == {"numbers": ["array(uint32, 1d, C)", "readonly array(uint32, 1d, C)"]}
    del KERNELS[name]


def test_a_kernel_held_to_its_annotations_has_one_specialisation_whoever_calls(tmp_path: Path) -> None:
    @kernel
    def total(pair: Pair, weight: float) -> float:
        return float(pair.first.sum() + pair.second.sum()) * weight

    @kernel
    def of_own(size: int) -> float:
        return total(Pair(np.ones(size, np.uint32), np.ones(size, np.uint32)), 1)

    @kernel
    def of_given(pair: Pair) -> float:
        return total(pair, 0.5)

    FIRST.tofile(tmp_path / "numbers")
    mapped = np.asarray(np.memmap(tmp_path / "numbers", dtype=np.uint32, mode="r"))
    assert total(Pair(FIRST, SECOND), 2) == 20.0
    assert total(Pair(read_only(FIRST), SECOND), 2.0) == 20.0
    assert total(Pair(mapped, read_only(SECOND)), float(np.float32(2))) == 20.0
    assert of_own(3) == 6.0
    assert of_given(Pair(FIRST, SECOND)) == of_given(Pair(read_only(FIRST), SECOND)) == 5.0
    names = [name for name, kernel in KERNELS.items() if kernel.function in (total, of_own, of_given)]
    assert [specialisations()[name] for name in names] == [1, 1, 1]
    for name in names:
        del KERNELS[name]


@pytest.mark.parametrize(
    "numbers",
    [FIRST.astype(np.int64), np.zeros((2, 2), np.uint32), np.zeros(4, np.uint32)[::2]],
    ids=["dtype", "axes", "steps"],
)
@pytest.mark.parametrize("is_first_call", [True, False])
def test_other_arrays_than_declared_are_refused(numbers: NDArray[Any], is_first_call: bool) -> None:
    @kernel
    def size(numbers: NDArray[np.uint32]) -> int:
        return numbers.size

    if not is_first_call:
        assert size(FIRST) == 2
    with pytest.raises(TypeError):
        size(numbers)
    with pytest.raises(TypeError):
        size(numbers)
    assert size(FIRST) == 2
    for name in [name for name, each in KERNELS.items() if each.function is size]:
        del KERNELS[name]


def test_an_array_that_is_written_to_must_be_writable() -> None:
    @kernel
    def cleared(found: Out[np.uint32]) -> int:
        found[:] = 0
        return found.size

    assert cleared(FIRST.copy()) == 2
    with pytest.raises(TypeError):
        cleared(read_only(FIRST))
    for name in [name for name, each in KERNELS.items() if each.function is cleared]:
        del KERNELS[name]


def test_loading_what_was_compiled_before_counts_as_making() -> None:
    lines = (
        "import numpy as np",
        "from searchsvc.engines.embedded.kernels.jit import made_s",
        "from searchsvc.engines.embedded.kernels.docid_sets import union",
        "few = np.arange(3, dtype=np.uint32)",
        "union(few, few)",
        "first = made_s()",
        "union(few, few)",
        "print(first > 0, made_s() == first)",
    )
    few = np.arange(3, dtype=np.uint32)
    assert union(few, few).tolist() == [0, 1, 2]  # compiled by now, and kept
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
