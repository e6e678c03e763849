"""Compiling: a loop over numbers, written in Python, as machine code, kept on disk for the next start.

For loops that whole-array numpy cannot express: bytes of variable width, merges, heaps. A kernel takes and gives arrays
and numbers alone, lets other threads run meanwhile, and has a slow twin that tests compare it with, in plain Python or
in `engines.memory`. It checks no bounds: the arrays of a segment are validated before it reads them
(`index.validation`).

A kernel is declared once: its annotations are the types that it is compiled for, its docstring says what it is for, and
a test file names it. docs/kernels.md is made of that.

>>> @kernel
... def total(numbers: NDArray[np.int64]) -> int:
...     found = 0
...     for number in numbers:
...         found += number
...     return found
>>> import numpy as np
>>> total(np.arange(5))
10
"""

import inspect
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints

import numba
import numpy as np
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.event import Listener, register
from numba.extending import lower_cast
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels.machine_code import keep

_numba: Any = numba  # Any, here and below: numba's own have no types

Loop = TypeVar("Loop", bound=Callable[..., object])


class Kernel(NamedTuple):
    """A compiled loop: its name, the module that has it, and what is called."""

    name: str
    module: str
    function: Any  # Any: numba's dispatcher, or the plain function where compiling is off


KERNELS: dict[str, Kernel] = {}
"""Every compiled loop of the modules imported so far, by module and name, in the order of their definition."""


def kernel(loop: Loop) -> Loop:
    """The same function, compiled at its first call for the types of its annotations (`hold_to_annotations`).

    It may call others that are compiled. Its machine code is kept on disk for later processes (`machine_code`).
    One with an annotation that is no type of a kernel is compiled for each combination of types that it is called with.
    """
    _count_making()
    made = _jit(loop)
    keep(made)
    if _is_declared(loop):
        hold_to_annotations(made)
    KERNELS[f"{loop.__module__}.{loop.__qualname__}"] = Kernel(loop.__name__, loop.__module__, made)
    return cast(Loop, made)


def part(step: Loop) -> Loop:
    """A function that only compiled loops call: made and kept as a part of each of them."""
    return cast(Loop, _jit(step))


def inlined(step: Loop) -> Loop:
    """A part that is put where it is called: a call with many arrays costs 100 ns.

    It leaves at its end alone: with a return in its middle, numba counts references to each array at each of its uses.
    """
    return cast(Loop, _jit(step, forceinline=True))


def _jit(function: Callable[..., object], **options: bool) -> Any:
    """What numba makes of a function; with NUMBA_DISABLE_JIT the function, in which numbers wrap as in machine code."""
    if _numba.config.DISABLE_JIT:
        return np.errstate(over="ignore", divide="ignore", invalid="ignore")(function)
    return _numba.njit(nogil=True, error_model="numpy", **options)(function)


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


# --- declared types ---------------------------------------------------------------------------------------------------

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Axes:
    """Marks an array of so many axes in an annotation; one that is not marked has one."""

    count: int


@dataclass(frozen=True)
class Written:
    """Marks an array in an annotation that the kernel writes to; one that is not marked may be read-only."""


Matrix = Annotated[NDArray[Number], Axes(2)]
Out = Annotated[NDArray[Number], Written()]
OutMatrix = Annotated[NDArray[Number], Axes(2), Written()]

_types: Any = types
_lower_cast: Any = lower_cast
_compiler_lock: Any = global_compiler_lock
_SCALARS: dict[object, Any] = {
    int: _types.int64, float: _types.float64, bool: _types.boolean, type(None): _types.none
}  # fmt: skip


def declared_signature(function: Callable[..., object]) -> tuple[Any, ...]:
    """The numba types of a function's arguments, as its annotations have them. Raises TypeError for what has none.

    An array is C-contiguous, read-only and of one axis, unless it is marked `Axes` or `Written`. Numba hands a writable
    array to a kernel declared with a read-only one, not the other way round.

    >>> def gather(rows: Matrix[np.uint32], weight: float, found: Out[np.float64]) -> None: ...
    >>> for kind in declared_signature(gather):
    ...     print(kind)
    readonly array(uint32, 2d, C)
    float64
    array(float64, 1d, C)
    """
    plain: Any = getattr(function, "py_func", function)
    hints = get_type_hints(plain, include_extras=True)
    found = []
    for name in inspect.signature(plain).parameters:
        try:
            found.append(_kind_of(hints[name]))
        except (KeyError, TypeError) as error:
            raise TypeError(f"{plain.__qualname__}: {name} has no type that a kernel can be declared with") from error
    return tuple(found)


def _is_declared(function: Callable[..., object]) -> bool:
    """Whether each annotation of a function is a type that a kernel can be declared with."""
    try:
        declared_signature(function)
    except TypeError:
        return False
    return True


def _kind_of(hint: Any) -> Any:
    """A numba type of an annotation."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        return _array_of(arguments[0], arguments[1:])
    if get_origin(hint) is np.ndarray:
        return _array_of(hint, ())
    if get_origin(hint) is tuple:
        return _types.BaseTuple.from_types(tuple(map(_kind_of, arguments)))
    if issubclass(hint, np.generic):
        return _numba.from_dtype(np.dtype(hint))
    if issubclass(hint, tuple) and hasattr(hint, "_fields"):
        fields = get_type_hints(hint, include_extras=True)
        return _types.BaseTuple.from_types(tuple(_kind_of(fields[name]) for name in hint._fields), hint)
    raise TypeError(hint)


def _array_of(hint: Any, marks: tuple[object, ...]) -> Any:
    _, dtype = get_args(hint)
    (of,) = get_args(dtype)
    if not issubclass(of, np.generic):  # also where it is Any, or may be several
        raise TypeError(hint)
    axes = next((mark.count for mark in marks if isinstance(mark, Axes)), 1)
    return _types.Array(_numba.from_dtype(np.dtype(of)), axes, "C", readonly=Written() not in marks)


def hold_to_annotations(function: Any) -> None:
    """Give a compiled loop one specialisation, that of its annotations, made at its first use.

    Arguments are converted, as numba does it: a writable array to a read-only one, also in named tuples; any number to
    the number declared (a float to an int is cut off, without a word). Others raise TypeError. Loops that call it are
    given the same specialisation.
    """
    if _numba.config.DISABLE_JIT:
        return
    _let_named_tuples_convert()
    compile_one = function.compile

    def compile_declared(signature: Any) -> Any:
        with _compiler_lock:  # as numba does: threads may come to a kernel at the same time
            if not function.signatures:
                compile_one(declared_signature(function))
                function.disable_compile()
        (declared,) = function.signatures
        given = signature if isinstance(signature, tuple) else signature.args
        if not function.typingctx.install_possible_conversions(given, declared):
            raise TypeError(f"{function.__name__} is declared with {declared}, and called with {given}")
        return function.overloads[declared].entry_point

    function.compile = compile_declared


@cache
def _let_named_tuples_convert() -> None:
    """Have numba convert a named tuple to another of the same class, part by part, as it does with plain tuples."""
    both = (_types.NamedTuple, _types.NamedUniTuple)

    def can_convert_to(given: Any, context: Any, wanted: Any) -> Any:
        if not isinstance(wanted, both) or wanted.instance_class is not given.instance_class:
            return None
        found = [context.can_convert(*pair) for pair in zip(given.types, wanted.types, strict=True)]
        return None if None in found else max(found)

    def converted(context: Any, builder: Any, given: Any, wanted: Any, value: Any) -> Any:
        parts = [
            context.cast(builder, builder.extract_value(value, place), *pair)
            for place, pair in enumerate(zip(given.types, wanted.types, strict=True))
        ]
        return context.make_tuple(builder, wanted, parts)

    for given in both:
        given.can_convert_to = can_convert_to
        for wanted in both:
            _lower_cast(given, wanted)(converted)


def make_declared() -> None:
    """Compile each kernel of the modules imported so far that nothing has called yet."""
    if _numba.config.DISABLE_JIT:
        return
    for kernel in KERNELS.values():
        if not kernel.function.signatures and _is_declared(kernel.function):
            kernel.function.compile(declared_signature(kernel.function))


def specialisations() -> dict[str, int]:
    """How many specialisations each compiled loop has by now, by module and name."""
    return {name: len(getattr(kernel.function, "signatures", ())) for name, kernel in KERNELS.items()}


def mismatches() -> dict[str, dict[str, list[str]]]:
    """The compiled loops that have more than one specialisation, and the types of each argument that differs."""
    found = {}
    for name, kernel in KERNELS.items():
        signatures = getattr(kernel.function, "signatures", ())
        if len(signatures) > 1:
            arguments = inspect.signature(kernel.function.py_func).parameters
            kinds = {
                argument: [str(of) for of in each]
                for argument, each in zip(arguments, zip(*signatures, strict=True), strict=True)
            }
            found[name] = {argument: of for argument, of in kinds.items() if len(set(of)) > 1}
    return found
