"""Machine code: what numba makes of each kernel, kept on disk under a stamp of everything that it was made from.

A kernel's machine code has constants and called functions of other modules in it. Its stamp therefore covers the file
of its module, every file of this package that the module imports, directly or not, and the versions of Python, numba,
llvmlite and numpy. Code with another stamp is never used: it is made anew and overwritten.

One file holds one variant of a kernel: its types of arguments on one kind of processor. There is no index, so processes
that write at the same time do not lose each other's variants, and a damaged file costs one variant. A file is read only
if its checksum is right and its owner is trusted.

It is kept in the first of these folders that can be written: the one of NUMBA_CACHE_DIR; `__pycache__` beside the
module; the user's cache. NUMBA_CACHE_DIR, where it is given, is the only one. Options that change code (bounds checks,
levels of optimisation) have each a folder of their own. Where nothing can be written, each process compiles for itself,
and says so once in the log.

Not for choosing what is compiled (`jit`). All that is numba's own and may change between its versions is used
here: where something is missing, kernels are compiled in memory.
"""

import errno
import hashlib
import logging
import os
import platform
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import llvmlite
import numba
import numpy as np
from numba import types

try:
    from numba.core import caching, serialize, sigutils
    from numba.misc import appdirs

    _CacheBase: Any = caching._Cache  # Any, here and below: numba's own have no types
    _ResultsBase: Any = caching.CompileResultCacheImpl
    dumps: Any = serialize.dumps
    loads: Any = serialize.loads
    normalize_signature: Any = sigutils.normalize_signature
    app_dirs: Any = appdirs.AppDirs
except (ImportError, AttributeError):  # another version of numba
    _CacheBase = _ResultsBase = object
    normalize_signature = None

log = logging.getLogger(__name__)

numba_config: Any = numba.config  # Any: its attributes come from the environment

_TUPLES: Any = types.BaseTuple  # Any: mypy does not see what it has
_PACKAGE = __name__.partition(".")[0]
_ROOT = Path(sys.modules[_PACKAGE].__path__[0]).parent  # where the package lies
_FORMAT = 1  # of the files
_ENDING = ".code"
_UNFINISHED = ".unfinished"
_DAY_S = 86_400
_has_said = False

# Options of numba that change machine code, with what they are unless told otherwise. Others that do (the name and the
# features of the processor) are in numba's description of its code generator.
_OPTIONS = {
    "BOUNDSCHECK": None,
    "OPT": 3,
    "LOOP_VECTORIZE": 1,
    "SLP_VECTORIZE": 0,
    "DEBUGINFO_DEFAULT": 0,
    "EXTEND_VARIABLE_LIFETIMES": 0,
    "LLVM_REFPRUNE_PASS": 1,
    "LLVM_REFPRUNE_FLAGS": "all",
    "USING_SVML": False,
    "JIT_COVERAGE": 0,
}


def keep(dispatcher: Any) -> None:  # Any: numba's dispatcher, or the plain function where compiling is off
    """Have a dispatcher look for its machine code on disk before it compiles, and keep there what it compiled.

    Call it where the function is defined: the stamp is of the source files as they were imported. A function that is
    made within another, or typed at a prompt, is compiled in memory.
    """
    file = dispatcher.__code__.co_filename
    if numba_config.DISABLE_JIT or "<locals>" in dispatcher.__qualname__ or file.startswith("<"):
        return
    if not _has_all_that_is_needed(dispatcher):
        _say("each process compiles its own: this version of numba keeps machine code in another way")
        return
    try:
        dispatcher._cache = MachineCode(dispatcher, Path(file))
    except OSError as error:
        _say(f"each process compiles its own: {error}")


def _has_all_that_is_needed(dispatcher: Any) -> bool:  # Any: see `keep`
    return (
        normalize_signature is not None
        and hasattr(dispatcher, "_cache")
        and hasattr(dispatcher, "targetoptions")
        and hasattr(dispatcher.targetctx.codegen(), "magic_tuple")
    )


# --- the stamp --------------------------------------------------------------------------------------------------------


class SourceFile(NamedTuple):
    """What a stamp needs of a file: a digest of its bytes, and the files of this package that it imports."""

    digest: str
    imported: frozenset[Path]


_first_seen: dict[Path, SourceFile] = {}


@cache
def stamp_of(path: Path) -> str:
    """A stamp of the module in a file, of all that it imports, and of the versions that make code. Raises OSError.

    It is of each file as it was first seen in this process, which is when it was imported. What changes in a file later
    does not change it.
    """
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) if name.partition(".")[0] == _PACKAGE else None
        if file and Path(file).is_file():
            _as_first_seen(Path(file))
    return _stamp(closure_of(path, _as_first_seen))


def stamp_now(path: Path) -> str:
    """The stamp of the files as they are now. Raises OSError."""
    return _stamp(closure_of(path, source_now))


def _stamp(sources: dict[Path, SourceFile]) -> str:
    named = sorted((_name_of(path), source.digest) for path, source in sources.items())
    versions = (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version())
    return _digest(repr((_FORMAT, versions, named)).encode())


def _name_of(path: Path) -> str:
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def closure_of(path: Path, look: Callable[[Path], SourceFile]) -> dict[Path, SourceFile]:
    """A file and every file of this package that it imports, directly or not, each as `look` sees it."""
    found: dict[Path, SourceFile] = {}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found[file] = look(file)
            waiting += found[file].imported
    return found


def _as_first_seen(path: Path) -> SourceFile:
    if path not in _first_seen:
        _first_seen[path] = source_now(path)
    return _first_seen[path]


def source_now(path: Path) -> SourceFile:
    """A file as it is now. Raises OSError."""
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1_024)
def _read(path: Path, mtime_ns: int, size: int) -> SourceFile:
    data = path.read_bytes()
    package = path.parent.relative_to(_ROOT).as_posix().replace("/", ".") if path.is_relative_to(_ROOT) else ""
    return SourceFile(_digest(data), frozenset(_files_of(imported_names(data.decode("utf-8", "replace"), package))))


# Imports are found in the text, wherever they stand: to parse all files takes as long as to load numba. It may find
# one in a string; it misses none (tests/engines/embedded/kernels/test_machine_code.py compares it with `ast`).
_IMPORT = re.compile(r"\bfrom\s*(\.*\s*[\w.]*)\s*\bimport\b\s*(\([^)]*\)|[^\n;]*)|\bimport\b\s*([^\n;]*)")
_SKIPPED = re.compile(r"#[^\n]*|\\\n")


def imported_names(text: str, package: str) -> set[str]:
    """The dotted names that a module's text imports; a name from a module also as a module of its own.

    >>> sorted(imported_names("from searchsvc.model import (  # comment\\n    query as q,\\n)\\nimport os", ""))
    ['os', 'searchsvc.model', 'searchsvc.model.query']
    >>> sorted(imported_names("def f(): from . import best", "searchsvc.engines"))
    ['searchsvc.engines', 'searchsvc.engines.best']
    """
    names = set()
    for origin, listed, modules in _IMPORT.findall(_SKIPPED.sub(" ", text)):
        if modules:
            names |= _first_words(modules)
            continue
        origin = "".join(origin.split())
        module = origin.lstrip(".")
        if dots := len(origin) - len(module):
            above = package.split(".")[: len(package.split(".")) - dots + 1]
            module = ".".join([*above, *([module] if module else [])])
        names |= {module, *(f"{module}.{name}" for name in _first_words(listed.strip("()")))}
    return names


def _first_words(listed: str) -> set[str]:
    return {words[0] for part in listed.split(",") if (words := part.split())}


def _files_of(names: Iterable[str]) -> set[Path]:
    """The files of this package behind dotted names, and those of the packages above: Python runs them first."""
    parts = [name.split(".") for name in names]
    above = {".".join(each[:size]) for each in parts if each[0] == _PACKAGE for size in range(1, len(each) + 1)}
    return {path for path in map(_file_of, above) if path}


@cache
def _file_of(name: str) -> Path | None:
    place = _ROOT.joinpath(*name.split("."))
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


# --- the files --------------------------------------------------------------------------------------------------------


class MachineCode(_CacheBase):  # type: ignore[misc]  # numba has no types
    """The variants of one kernel that are on disk: what numba calls a cache of a dispatcher."""

    def __init__(self, dispatcher: Any, source: Path) -> None:  # Any: numba's dispatcher
        self._name = f"{source.stem}.{dispatcher.__qualname__}"
        self._source = source
        self._options = repr(sorted(dispatcher.targetoptions.items()))
        self._stamp = stamp_of(source)
        self._numbas = _Numbas(source, dispatcher.__code__.co_firstlineno)
        self._is_on = True

    @property
    def cache_path(self) -> str:
        """The folder where variants are kept first."""
        return str(next(folders_for(self._source)))

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # Any: numba's own, here and below
        """The compiled variant for a signature, ready to be called; None where there is none that can be used."""
        target_context.refresh()
        variant = self._variant(sig, target_context.codegen())
        if not self._is_on or variant is None:
            return None
        for folder in folders_for(self._source):
            payload = self._payload(folder / self._file_name(variant), variant)
            if payload is not None:
                return self._numbas.rebuild(target_context, loads(payload))
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled variant in the first folder that takes it."""
        variant = self._variant(sig, data.codegen)
        if not self._is_on or variant is None or not self._numbas.check_cachable(data) or self._is_outdated():
            return
        payload = dumps(self._numbas.reduce(data))
        content = b"\n".join((self._of_what(variant), _digest(payload).encode(), payload))
        fault = None
        for folder in folders_for(self._source):
            try:
                _make_own(folder, self._source)
                _sweep_once(folder, self._source, self._stamp)
                _write(folder / self._file_name(variant), content)
                return
            except OSError as error:
                fault = fault or error
        _say(f"each process compiles its own: {fault}. NUMBA_CACHE_DIR can name a folder to keep them in")

    def enable(self) -> None:
        """Look for variants on disk, and keep new ones there."""
        self._is_on = True

    def disable(self) -> None:
        """Compile in memory from now on."""
        self._is_on = False

    def flush(self) -> None:
        """Forget all variants."""
        for folder in folders_for(self._source):
            for path in folder.glob(f"{self._name}-*{_ENDING}"):
                with suppress(OSError):
                    path.unlink()

    def _variant(self, sig: Any, codegen: Any) -> str | None:
        """A digest of what tells variants of one source apart; None for types that have no lasting name."""
        args, returned = normalize_signature(sig)
        of_types = ", ".join(map(described, args))
        text = f"({of_types}) {returned} {codegen.magic_tuple()} {self._options}"
        return None if " at 0x" in text else _digest(text.encode())

    def _file_name(self, variant: str) -> str:
        return f"{self._name}-{variant[:16]}{_ENDING}"

    def _payload(self, path: Path, variant: str) -> bytes | None:
        """What a file holds, if it is of this stamp and variant, whole, and written by someone trusted."""
        try:
            with path.open("rb") as file:
                if not _is_trusted(os.fstat(file.fileno()), self._source):
                    _say(f"compiled anew what another user may have written: {path}")
                    return None
                content = file.read()
        except OSError:
            return None  # there is none, or none to be had; what cannot be written either is told then
        of_what, _, rest = content.partition(b"\n")
        checksum, _, payload = rest.partition(b"\n")
        if of_what == self._of_what(variant) and checksum == _digest(payload).encode():
            return payload
        if of_what == self._of_what(variant) or not rest:
            _say(f"compiled anew what was damaged: {path}")
        return None

    def _of_what(self, variant: str) -> bytes:
        return f"{self._stamp} {variant}".encode()

    def _is_outdated(self) -> bool:
        """Whether a source has changed since it was imported: no later process looks for this stamp."""
        try:
            return stamp_now(self._source) != self._stamp
        except OSError:
            return True


class _Numbas(_ResultsBase):  # type: ignore[misc]  # numba has no types
    """What numba knows of compiled variants: to take them apart, to put them together, and which cannot be kept."""

    def __init__(self, source: Path, line: int) -> None:
        self._locator = SimpleNamespace(_py_file=str(source))  # named in numba's warning of what cannot be kept
        self._lineno = line


def described(kind: Any) -> str:  # Any: a type of numba's
    """A numba type in words that are the same in every process, with the module of each class of named tuples."""
    if isinstance(kind, _TUPLES):
        named = getattr(kind, "instance_class", tuple)
        fields = getattr(kind, "fields", ())
        return f"{named.__module__}.{named.__qualname__}{fields}({', '.join(map(described, kind.types))})"
    return str(kind)


def folders_for(source: Path) -> Iterator[Path]:
    """The folders where a module's machine code may be, best first, with the options of numba that now hold."""
    options = "".join(
        f".{name.lower()}-{value}"
        for name, usual in _OPTIONS.items()
        if (value := getattr(numba_config, name, usual)) != usual
    )
    folder = f"kernels.{sys.implementation.cache_tag}{options}"
    apart = f"{source.parent.name}-{_digest(str(source.parent).encode())[:16]}"  # for equal names in other checkouts
    if numba_config.CACHE_DIR:
        yield Path(numba_config.CACHE_DIR) / apart / folder
    else:
        yield source.parent / "__pycache__" / folder
        of_user = Path(app_dirs(_PACKAGE, appauthor=False).user_cache_dir)
        if of_user.is_absolute():  # the user has a home
            yield of_user / apart / folder


def _make_own(folder: Path, source: Path) -> None:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not _is_trusted(folder.stat(), source):
        raise PermissionError(errno.EPERM, "another user may write there", str(folder))


def _is_trusted(status: os.stat_result, source: Path) -> bool:
    """Whether only this user, the owner of the source file, or root has written a file or folder."""
    if not hasattr(os, "geteuid"):
        return True  # Windows
    return status.st_uid in {os.geteuid(), source.stat().st_uid, 0} and not status.st_mode & stat.S_IWOTH


def _write(path: Path, content: bytes) -> None:
    """Put a file in place at once, whatever other processes do. Raises OSError, and leaves nothing then."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}{_UNFINISHED}")
    try:
        with open(unfinished, "wb", opener=_for_others_to_read) as file:  # Path.open takes no opener
            file.write(content)
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _for_others_to_read(path: str, flags: int) -> int:
    return os.open(path, flags, 0o644)


@cache
def _sweep_once(folder: Path, source: Path, stamp: str) -> None:
    """Remove what no process will read again: other stamps of the module, modules that are gone, unfinished files."""
    for path in folder.iterdir():
        module = path.name.partition(".")[0]
        is_stale = not (source.parent / f"{module}.py").is_file()
        with suppress(OSError):
            if path.name.endswith(_UNFINISHED):
                is_stale = path.lstat().st_mtime < time.time() - _DAY_S
            elif module == source.stem and not is_stale:
                with path.open("rb") as file:
                    is_stale = not file.readline().startswith(stamp.encode())
            if is_stale:
                path.unlink()


def _say(what: str) -> None:
    """One line in the log of this process, the first that there is to say."""
    global _has_said
    if not _has_said:
        log.warning("Compiled kernels: %s", what)
    _has_said = True
