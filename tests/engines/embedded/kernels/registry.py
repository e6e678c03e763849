"""What is declared of kernels, gathered for tests and docs: each kernel of the package and where its test is.

Nothing here compiles.
"""

import ast
import importlib
import pkgutil
import re
import sys
from functools import cache
from pathlib import Path

from searchsvc.engines import embedded
from searchsvc.engines.embedded.kernels.jit import KERNELS, Kernel

ROOT = Path(__file__).parents[4]
_SOURCES = Path(embedded.__path__[0])
_TESTS = ROOT / "tests" / "engines" / "embedded"


def room_of(kernel: Kernel) -> str:
    """The folder of a kernel's module below `engines/embedded`: "search/kernels"."""
    return "/".join(kernel.module.removeprefix(f"{embedded.__name__}.").split(".")[:-1])


def kernels_of_the_package() -> dict[str, Kernel]:
    """Every kernel of every module of `engines/embedded`, by module and name, sorted; kernels of tests are left out."""
    for module in pkgutil.walk_packages(embedded.__path__, f"{embedded.__name__}."):
        importlib.import_module(module.name)
    return {
        name: kernel
        for name, kernel in sorted(KERNELS.items())
        if kernel.module.startswith(f"{embedded.__name__}.")
        and getattr(sys.modules[kernel.module], kernel.name, None) is kernel.function
    }


def property_test(kernel: Kernel) -> Path | None:
    """The test file that holds a kernel to plain Python or to the oracle, below `tests/engines/embedded`.

    That of the kernel's module, or of a module that imports the kernel or its module. The file imports the kernel, or
    names it in its docstring between backticks. None if there is no such file.
    """
    source = _SOURCES.joinpath(*kernel.module.removeprefix(f"{embedded.__name__}.").split(".")).with_suffix(".py")
    for path in (source, *_importers(kernel)):
        test = _TESTS / path.relative_to(_SOURCES).with_name(f"test_{path.name}")
        if test.exists() and (f"{kernel.module}.{kernel.name}" in _imported(test) or kernel.name in _named(test)):
            return test.relative_to(ROOT)
    return None


def _importers(kernel: Kernel) -> list[Path]:
    """The modules of the package that import a kernel, or the module that it is in."""
    wanted = {kernel.module, f"{kernel.module}.{kernel.name}"}
    return [path for path in sorted(_SOURCES.rglob("*.py")) if wanted & _imported(path)]


@cache
def _imported(path: Path) -> frozenset[str]:
    """Everything that a file imports, by its whole name; imports in functions too."""
    nodes = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ImportFrom)]
    return frozenset(f"{node.module}.{alias.name}" for node in nodes for alias in node.names)


@cache
def _named(path: Path) -> frozenset[str]:
    """Everything that a module's docstring has between backticks."""
    return frozenset(re.findall(r"`(\w+)`", ast.get_docstring(_tree(path)) or ""))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))
