"""Compiled: plain loops over arrays, made machine code by numba the first time they run, and kept on the disk then.

For what arrays whole cannot say: runs of bytes of different widths, merging, a queue of the best. A compiled function
takes and gives arrays and numbers alone, lets other threads run meanwhile, and has beside it, or in `engines.memory`,
a slow twin that tests hold it to.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """The function as machine code, a version for each combination of its arguments' types."""
    return cast(Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))


@compiled
def whole(number: Any) -> int:  # Any: a number of whichever width
    """A signed whole number of 64 bits. Unsigned ones of 64 bits become floats when reckoned with signed ones."""
    return np.int64(number)  # type: ignore[return-value]  # an int to the compiled loops
