"""Each kernel is declared once: what it is for, the types of its arguments, and the test that holds it."""

import pytest

from searchsvc.engines.embedded.kernels.jit import Kernel, declared_signature
from tests.engines.embedded.kernels.registry import kernels_of_the_package, property_test

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
