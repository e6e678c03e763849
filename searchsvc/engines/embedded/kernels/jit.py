"""Compiling: a loop over numbers, written in Python, as machine code, kept on disk for the next start.

For what arrays whole cannot say: runs of bytes of different widths, merging, a queue of the best. A compiled loop takes
and gives arrays and numbers alone, lets other threads run meanwhile, and has beside it, or in `engines.memory`, a slow
twin that tests hold it to. It checks no bounds: what it reads was held to its checksum before.

>>> @kernel
... def total(numbers):
...     found = 0
...     for number in numbers:
...         found += number
...     return found
>>> import numpy as np
>>> total(np.arange(5))
10
"""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.event import Listener, register

from searchsvc.engines.embedded.kernels.machine_code import keep

Loop = TypeVar("Loop", bound=Callable[..., object])


def kernel(loop: Loop) -> Loop:
    """The same function, compiled at its first call with arguments of each type; it may call others that are compiled.

    Its machine code is kept on disk for later processes (`machine_code`).
    """
    _count_making()
    made = numba.njit(nogil=True, error_model="numpy")(loop)
    keep(made)
    return cast(Loop, made)


def part(step: Loop) -> Loop:
    """A function that only compiled loops call: made and kept as a part of each of them."""
    return cast(Loop, numba.njit(nogil=True, error_model="numpy")(step))


def inlined(step: Loop) -> Loop:
    """A part that is put where it is called: a call with many arrays costs 100 ns.

    It leaves at its end alone: with a return in its middle, numba counts references to each array at each of its uses.
    """
    return cast(Loop, numba.njit(nogil=True, error_model="numpy", forceinline=True)(step))


def made_s() -> float:
    """For how many seconds this process has been making loops, or waiting for what was kept of them."""
    return _clock.total_s


class _Clock(Listener):
    """Adds up, in each thread, the outermost times between asking for numba's lock and giving it back."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._begun: dict[int, list[float]] = {}

    def on_start(self, event: object) -> None:
        self._begun.setdefault(threading.get_ident(), []).append(time.monotonic())

    def on_end(self, event: object) -> None:
        begun = self._begun[threading.get_ident()]
        first = begun.pop()
        if not begun:
            self.total_s += time.monotonic() - first


_clock = _Clock()


@cache
def _count_making() -> None:
    """Begin to count what compiling and loading take."""
    register("numba:compiler_lock", _clock)  # type: ignore[no-untyped-call]


@inlined
def whole(number: Any) -> int:  # Any: a number of whichever width
    """A signed whole number of 64 bits. Unsigned ones of 64 bits become floats when reckoned with signed ones."""
    return np.int64(number)  # type: ignore[return-value]  # an int to the compiled loops
