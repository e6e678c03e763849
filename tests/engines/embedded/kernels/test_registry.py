"""Each kernel is declared once: what it is for, the types of its arguments, and the test that holds it."""

import json
import subprocess
import sys

import pytest

from searchsvc.engines.embedded.kernels.jit import Kernel, declared_signature
from tests.engines.embedded.kernels.registry import kernels_of_the_package, property_test

MAX_SPECIALISATIONS = 180  # a first start compiles them all

KERNELS_OF_THE_PACKAGE = kernels_of_the_package()

each_kernel = pytest.mark.parametrize("kernel", KERNELS_OF_THE_PACKAGE.values(), ids=KERNELS_OF_THE_PACKAGE)


@each_kernel
def test_a_kernel_says_what_it_is_for(kernel: Kernel) -> None:
    assert kernel.function.__doc__


@each_kernel
def test_a_kernel_can_be_declared_with_its_annotations(kernel: Kernel) -> None:
    declared_signature(kernel.function)


@each_kernel
def test_a_kernel_has_a_property_test(kernel: Kernel) -> None:
    assert property_test(kernel), f"no test file imports {kernel.name} or names it in its docstring"


MADE_AT_A_FIRST_START = """
import json
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.kernels.jit import specialisations
EmbeddedEngine.make_ready()
print(json.dumps(specialisations()))
"""


def test_a_first_start_makes_each_kernel_once() -> None:
    """In a process of its own: tests compile more. What was compiled before is loaded."""
    done = subprocess.run([sys.executable, "-c", MADE_AT_A_FIRST_START], capture_output=True, text=True, check=True)
    made: dict[str, int] = json.loads(done.stdout)
    assert set(made) == set(KERNELS_OF_THE_PACKAGE)
    assert set(made.values()) == {1}
    assert sum(made.values()) <= MAX_SPECIALISATIONS
