"""Checkouts: a module of these benchmarks in a process of its own, on the searchsvc of another checkout.

The child imports `searchsvc` from the checkout and `benchmarks` from here, so that both checkouts are measured by the
same code. Not for another environment: the child is run by this Python.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent.parent

# Once `searchsvc` is imported, all its modules come from the folder where it was found.
_CHILD = """
import runpy, sys
checkout, here, module = sys.argv[1:4]
sys.path.insert(0, checkout)
import searchsvc
sys.path[0] = here
sys.argv[:4] = [module]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def start(
    module: str, arguments: Sequence[str], checkout: Path, *, stdin: IO[str] | int | None = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    """`python -m MODULE ARGUMENTS` on the searchsvc of a checkout; its output is a pipe of text.

    Raises FileNotFoundError when the folder has no searchsvc.
    """
    if not (checkout / "searchsvc" / "__init__.py").is_file():
        raise FileNotFoundError(f"{checkout} is no checkout of searchsvc: it has no folder searchsvc")
    # -P: the working folder, which has a searchsvc of its own, is not searched.
    command = [sys.executable, "-P", "-c", _CHILD, str(checkout.resolve()), str(HERE), module, *arguments]
    return subprocess.Popen(command, cwd=HERE, stdin=stdin, stdout=subprocess.PIPE, text=True, encoding="utf-8")
