"""Machine code is of today's sources or made anew, and no state of the folder that it is kept in stops a kernel."""

import ast
import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from searchsvc.engines.embedded.kernels import machine_code
from searchsvc.engines.embedded.kernels.machine_code import (
    MachineCode,
    closure_of,
    described,
    folders_for,
    imported_names,
    numba_config,
    source_now,
    stamp_now,
)

PACKAGE = Path(machine_code.__file__).parents[3]
PROBE = '''"""A kernel."""
from searchsvc.engines.embedded.kernels.jit import kernel

@kernel
def twice(number):
    return number + number
'''
OF_RANKING = '''"""A kernel with a constant of another room in it."""
from searchsvc.engines.embedded.kernels.jit import kernel
from searchsvc.engines.embedded.postings.impacts import impact_of_tf

@kernel
def impact(frequency):
    return impact_of_tf(frequency)
'''

typeof: Any = numba.typeof  # Any: it has no types


class Pair(NamedTuple):
    first: NDArray[np.float64]
    second: int


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that NUMBA_CACHE_DIR names; nothing has been said yet."""
    monkeypatch.setattr(numba_config, "CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(machine_code, "_has_said", False)
    return tmp_path / "kept"


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ModuleType]:
    """Imports the probe anew, as another process would."""
    path = tmp_path / "probe.py"
    path.write_text(PROBE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def imported() -> ModuleType:
        machine_code.stamp_of.cache_clear()
        machine_code._sweep_once.cache_clear()
        machine_code._first_seen.pop(path, None)
        monkeypatch.delitem(sys.modules, "probe", raising=False)
        return importlib.import_module("probe")

    return imported


def with_probe(tmp_path: Path, kept_in: Path) -> dict[str, str]:
    """The environment of a process that can import the probe."""
    return {
        **os.environ,
        "NUMBA_CACHE_DIR": str(kept_in),
        "PYTHONPATH": f"{PACKAGE.parent}{os.pathsep}{tmp_path}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def was_loaded(kernel: Any) -> bool:  # Any: a dispatcher
    return bool(kernel.stats.cache_hits) and not kernel.stats.cache_misses


# --- what a stamp covers ----------------------------------------------------------------------------------------------


def test_a_changed_constant_of_another_room_changes_scores_and_a_changed_page_compiles_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(PACKAGE, copy / "searchsvc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "templates", copy / "templates")
    (copy / "searchsvc/engines/embedded/probe.py").write_text(OF_RANKING, "utf-8")
    lines = (
        "from searchsvc.engines.embedded.probe import impact",
        "print(impact(3.0), sum(impact.stats.cache_hits.values()))",
    )

    def run(folder: str) -> list[str]:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert not done.stderr
        return done.stdout.split()

    def change(path: str, old: str, new: str) -> None:
        text = (copy / path).read_text("utf-8")
        assert old in text
        (copy / path).write_text(text.replace(old, new), "utf-8")

    with_old, loaded = run("kept")
    assert loaded == "0"
    change("templates/base.html", "<body", "<body id=changed")
    change("searchsvc/web/app.py", "import", "import io\nimport")
    assert run("kept") == [with_old, "1"]
    change("searchsvc/engines/bm25f.py", "K1 = 1.2", "K1 = 3.0")
    with_new, loaded = run("kept")
    assert loaded == "0"
    assert [with_new, "0"] == run("empty")
    assert with_new != with_old
    assert len(kept_files(tmp_path / "kept")) == 1  # the old one was overwritten


def _imported_names_by_ast(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_import_of_any_module_is_missed() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        found = imported_names(path.read_text("utf-8"), ".".join(path.parent.relative_to(PACKAGE.parent).parts))
        assert _imported_names_by_ast(path) <= found, path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import searchsvc.text.dates as d, os", {"searchsvc.text.dates", "os"}),
        ("if True: import searchsvc.errors; import json", {"searchsvc.errors", "json"}),
        ("from searchsvc \\\n    import errors", {"searchsvc", "searchsvc.errors"}),
        ("from os import (  # a bracket)\n  path,\n  fork as m)", {"os", "os.path", "os.fork"}),
        ("def f():\n    from . import best", {"searchsvc.engines", "searchsvc.engines.best"}),
        ("from .best import keep", {"searchsvc.engines.best", "searchsvc.engines.best.keep"}),
        ("from ..model.query import Term", {"searchsvc.model.query", "searchsvc.model.query.Term"}),
        ("from .. import model", {"searchsvc", "searchsvc.model"}),
    ],
)  # fmt: skip
def test_imports_are_found_however_they_are_written(text: str, wanted: set[str]) -> None:
    assert imported_names(text, "searchsvc.engines") == wanted


def test_a_stamp_covers_packages_above_and_what_is_imported_further_on_but_not_the_pages() -> None:
    covered = {
        path.relative_to(PACKAGE).as_posix()
        for path in closure_of(PACKAGE / "engines/embedded/postings/impacts.py", source_now)
    }
    assert {"__init__.py", "engines/__init__.py", "engines/bm25f.py", "docvalues/storage.py"} <= covered
    assert {"engines/embedded/kernels/machine_code.py", "engines/embedded/kernels/jit.py"} <= covered
    assert "engines/embedded/postings/impacts.py" not in {
        path.relative_to(PACKAGE).as_posix()
        for path in closure_of(PACKAGE / "engines/embedded/kernels/docid_sets.py", source_now)
    }
    assert not any(name.startswith(("web/", "ingest/", "archive", "cli")) for name in covered)


def test_equal_types_have_the_same_words_and_named_tuples_say_of_which_module() -> None:
    assert f"{__name__}.Pair('first', 'second')" in described(typeof(Pair(np.zeros(1), 2)))
    assert described(typeof((1, 2.0))) == described(typeof((3, 4.0))) != described(typeof((1.0, 2)))


def test_a_source_that_changed_since_it_was_imported_keeps_nothing(
    probe: Callable[[], ModuleType], kept_in: Path, tmp_path: Path
) -> None:
    module = probe()
    (tmp_path / "probe.py").write_text(PROBE.replace("number + number", "number * 3"), "utf-8")
    assert module.twice(4) == 8
    assert kept_files(kept_in) == []
    assert probe().twice(4) == 12


# --- where it is kept -------------------------------------------------------------------------------------------------


def test_a_variant_is_compiled_once_and_loaded_by_later_processes(
    probe: Callable[[], ModuleType], kept_in: Path
) -> None:
    first, second = probe().twice, probe().twice
    assert first(4) == 8
    assert second(4) == 8
    assert not was_loaded(first)
    assert was_loaded(second)
    assert len(kept_files(kept_in)) == 1


def test_bounds_checks_have_a_folder_of_their_own(
    probe: Callable[[], ModuleType], kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_config, "BOUNDSCHECK", None)  # also where all tests run with it
    assert probe().twice(4) == 8
    monkeypatch.setattr(numba_config, "BOUNDSCHECK", 1)
    checked = probe().twice
    assert checked(4) == 8
    assert not was_loaded(checked)
    assert [path.parent.name.endswith(".boundscheck-1") for path in kept_files(kept_in)] == [False, True]
    monkeypatch.setattr(numba_config, "BOUNDSCHECK", None)
    unchecked = probe().twice
    assert unchecked(4) == 8
    assert was_loaded(unchecked)


def test_beside_the_module_and_then_in_the_users_cache(
    probe: Callable[[], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "of-user"))
    beside, of_user = folders_for(tmp_path / "probe.py")
    assert beside.parent == tmp_path / "__pycache__"
    assert of_user.is_relative_to(tmp_path / "of-user")
    (tmp_path / "__pycache__").write_text("a file, where a folder would be made")
    assert probe().twice(4) == 8
    assert len(kept_files(of_user)) == 1
    assert machine_code._has_said is False
    again = probe().twice
    assert again(4) == 8
    assert was_loaded(again)


def test_what_nobody_will_read_again_is_removed(probe: Callable[[], ModuleType], tmp_path: Path) -> None:
    (folder,) = folders_for(tmp_path / "probe.py")
    folder.mkdir(parents=True)
    old, new = (folder / f"probe.twice-{age}.code.1.unfinished" for age in ("old", "new"))
    stale = [folder / "probe.renamed-0123456789abcdef.code", folder / "gone.kernel-0123456789abcdef.code", old]
    for path in (*stale, new):
        path.write_bytes(b"other stamp\n")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    assert probe().twice(4) == 8
    left = kept_files(folder)
    assert new in left
    assert not set(stale) & set(left)
    assert len(left) == 2


def test_two_processes_that_write_one_folder_keep_the_variants_of_both(
    probe: Callable[[], ModuleType], kept_in: Path, tmp_path: Path
) -> None:
    environment = with_probe(tmp_path, kept_in)
    probe()
    running = [
        subprocess.Popen([sys.executable, "-c", f"from probe import twice; twice({value})"], env=environment)
        for value in ("1", "1.0")
    ]
    assert [process.wait() for process in running] == [0, 0]
    loaded = probe().twice
    assert (loaded(4), loaded(4.5)) == (8, 9.0)
    assert was_loaded(loaded)


# --- when it cannot be kept -------------------------------------------------------------------------------------------


def said(caplog: pytest.LogCaptureFixture) -> str:
    """The one line in the log."""
    (record,) = caplog.records
    return record.getMessage()


def test_where_no_folder_can_be_written_kernels_run_and_one_line_says_so(
    probe: Callable[[], ModuleType], tmp_path: Path
) -> None:
    probe()
    (tmp_path / "a-file").write_text("no folder")
    environment = with_probe(tmp_path, tmp_path / "a-file")
    done = subprocess.run(
        [sys.executable, "-c", "from probe import twice; print(twice(4), twice(4.5))"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "8 9.0\n"
    (line,) = done.stderr.splitlines()
    assert "each process compiles its own" in line
    assert "NUMBA_CACHE_DIR" in line


def test_a_full_disk_costs_a_line_and_leaves_nothing(
    probe: Callable[[], ModuleType], kept_in: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert probe().twice(4) == 8
    (path,) = kept_files(kept_in)
    path.unlink()
    # What is written to /dev/full fails as on a full disk, in the system call and not before.
    path.with_name(f"{path.name}.{os.getpid()}.unfinished").symlink_to("/dev/full")
    assert probe().twice(4) == 8
    assert "No space left" in said(caplog)
    assert kept_files(kept_in) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1],
        lambda content: content[:-1000] + b"?" + content[-999:],
    ],
    ids=["empty", "cut in its head", "cut at its end", "one byte changed"],
)
def test_a_damaged_file_is_made_anew(
    probe: Callable[[], ModuleType],
    kept_in: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[bytes], bytes],
) -> None:
    assert probe().twice(4) == 8
    (path,) = kept_files(kept_in)
    path.write_bytes(spoil(path.read_bytes()))
    assert probe().twice(4) == 8
    assert "damaged" in said(caplog)
    mended = probe().twice
    assert mended(4) == 8
    assert was_loaded(mended)


def test_a_file_of_another_version_is_made_anew(
    probe: Callable[[], ModuleType], kept_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as other:
        other.setattr(numba, "__version__", "0.1")
        assert probe().twice(4) == 8
    kernel = probe().twice
    assert kernel(4) == 8
    assert not was_loaded(kernel)
    assert len(kept_files(kept_in)) == 1
    assert caplog.records == []


def test_what_another_user_may_have_written_is_not_run(
    probe: Callable[[], ModuleType], kept_in: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert probe().twice(4) == 8
    (path,) = kept_files(kept_in)
    path.chmod(0o666)
    kernel = probe().twice
    assert kernel(4) == 8
    assert not was_loaded(kernel)
    assert "another user" in said(caplog)
    assert path.stat().st_mode & 0o777 == 0o644  # overwritten by our own


def test_a_folder_that_others_write_to_is_not_written_to(
    probe: Callable[[], ModuleType], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder,) = folders_for(tmp_path / "probe.py")
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert probe().twice(4) == 8
    assert "another user" in said(caplog)
    assert kept_files(folder) == []


@pytest.mark.parametrize(("owner", "mode", "wanted"), [(0, 0o644, True), (4242, 0o644, False), (0, 0o646, False)])
def test_trusted_are_root_this_user_and_the_owner_of_the_source(
    tmp_path: Path, owner: int, mode: int, wanted: bool
) -> None:
    status = os.stat_result((0o100_000 | mode, 1, 1, 1, owner, 0, 10, 0, 0, 0))
    assert machine_code._is_trusted(status, tmp_path) is wanted
    if wanted:
        mine = os.stat_result((0o100_000 | mode, 1, 1, 1, tmp_path.stat().st_uid, 0, 10, 0, 0, 0))
        assert machine_code._is_trusted(mine, tmp_path)


def test_in_another_version_of_numba_kernels_are_compiled_in_memory(
    probe: Callable[[], ModuleType], kept_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(machine_code, "normalize_signature", None)
    kernel = probe().twice
    assert not isinstance(kernel._cache, MachineCode)
    assert kernel(4) == 8
    assert kept_files(kept_in) == []
    assert "this version of numba" in said(caplog)


def test_without_compiling_a_kernel_is_the_plain_function(
    probe: Callable[[], ModuleType], kept_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(numba_config, "DISABLE_JIT", 1)
    assert probe().twice("ab") == "abab"
    assert caplog.records == []
    assert kept_files(kept_in) == []


def test_a_stamp_is_the_same_in_every_process_and_that_of_now_until_something_changes() -> None:
    path = PACKAGE / "engines/embedded/kernels/docid_sets.py"
    assert machine_code.stamp_of(path) == stamp_now(path)
