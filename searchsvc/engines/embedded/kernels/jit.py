"""Compiling: a loop over numbers, written in Python, as machine code, kept on disk for the next start.

For what arrays whole cannot say: runs of bytes of different widths, merging, a queue of the best. A compiled loop takes
and gives arrays and numbers alone, lets other threads run meanwhile, and has beside it, or in `engines.memory`, a slow
twin that tests hold it to. It checks no bounds: what it reads was held to its checksum before.

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

import shutil
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.event import Listener, register

Loop = TypeVar("Loop", bound=Callable[..., object])

numba_config: Any = numba.config  # Any: its attributes come from the environment

_HERE = Path(__file__).parents[1]
_KEPT = "loops-"
_OF_LOOPS = b"kernels.jit import"  # in each file that has any
OUTLIVED_S = 30 * 86_400


def compiled(loop: Loop) -> Loop:
    """The same function, compiled at its first call with arguments of each type; it may call others that are compiled.

    The machine code is kept beside the modules (or where NUMBA_CACHE_DIR says) or, where that cannot be written, in the
    user's cache; where there is neither, each process compiles for itself.
    """
    _keep_apart()
    try:
        return cast(Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:  # numba found no folder to write to
        return cast(Loop, numba.njit(nogil=True, error_model="numpy")(loop))


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
def _keep_apart() -> None:
    """Begin to count what compiling and loading take, and name the folder of machine code by what all loops say.

    Numba makes code anew when the file of its loop has changed, but not when a loop that it calls has, in another file.
    """
    register("numba:compiler_lock", _clock)  # type: ignore[no-untyped-call]
    sources = [path.read_bytes() for path in sorted(_HERE.rglob("*.py"))]
    state = zlib.crc32(b"".join(source for source in sources if _OF_LOOPS in source))
    given = numba_config.CACHE_DIR
    home = Path(given) if given else _HERE / "__pycache__"
    folder = home / f"{_KEPT}{state:08x}"
    with suppress(OSError):  # numba then finds a folder itself
        for old in home.glob(f"{_KEPT}*"):
            if old.stat().st_mtime < time.time() - OUTLIVED_S:  # others may run from newer ones
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        numba_config.CACHE_DIR = str(folder)


@inlined
def whole(number: Any) -> int:  # Any: a number of whichever width
    """A signed whole number of 64 bits. Unsigned ones of 64 bits become floats when reckoned with signed ones."""
    return np.int64(number)  # type: ignore[return-value]  # an int to the compiled loops
