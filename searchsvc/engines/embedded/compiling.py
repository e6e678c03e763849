"""Compiling: a loop over numbers, written in Python, as machine code, kept on disk for the next start.

Not to be imported by a module that starts the program: numba takes a quarter of a second to load. Compiled loops live
in modules of their own, which are loaded when the first one is needed.

>>> @compiled
... def total(numbers):
...     found = 0
...     for number in numbers:
...         found += number
...     return found
>>> import numpy as np
>>> total(np.arange(5))
10
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """The same function, compiled at its first call with arguments of each type; it may call others that are compiled.

    The machine code is kept beside the module or, where that cannot be written, in the user's cache (NUMBA_CACHE_DIR
    names another folder); where there is neither, each process compiles for itself. It is made anew when the file of
    the loop has changed, and only then: so a loop takes what it needs of other modules as arguments.
    """
    try:
        return cast(Loop, njit(cache=True)(loop))
    except RuntimeError:  # numba found no folder to write to
        return cast(Loop, njit(loop))


def part(function: Loop) -> Loop:
    """A function that only compiled loops call: made and kept as a part of each of them."""
    return cast(Loop, njit(function))


def inlined(function: Loop) -> Loop:
    """A part that is put where it is called: a few lines run for every word, where a call would cost as much again."""
    return cast(Loop, njit(forceinline=True)(function))
