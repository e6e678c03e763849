"""The laws of the house, read from the imports: arrows go down, and a library is imported in one room."""

import ast
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "searchsvc"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

EMBEDDED = "searchsvc.engines.embedded"


def rooms(*names: str) -> set[str]:
    """Rooms of the embedded engine."""
    return {f"{EMBEDDED}.{name}" for name in names}


# What each room may import of ours; the longest prefix that fits decides. Law: down, never up, never sideways.
GROUND = {"searchsvc.model", "searchsvc.errors", "searchsvc.children", "searchsvc.__version__"}
TOOLS = {"searchsvc.text", "searchsvc.querylang", "searchsvc.docvalues"}
# The floors of the embedded engine, from the ground up: what each of its rooms may import of the others.
BELOW_EMBEDDED = GROUND | TOOLS | {"searchsvc.settings", "searchsvc.__version__"} | {
    f"searchsvc.engines.{name}"
    for name in (
        "contract", "bm25f", "more_like_this", "date_histogram", "completion", "expansion", "field_lookup",
    )
}  # fmt: skip
SEGMENT_PARTS = rooms("kernels", "schema", "terms", "postings", "columns")
EMBEDDED_ROOMS = {
    "kernels": rooms("kernels"),
    "schema": set(),
    "terms": rooms("kernels", "terms"),
    "postings": rooms("kernels", "postings"),
    "columns": rooms("kernels", "columns"),
    "analysis": rooms("kernels", "analysis"),
    "codec": SEGMENT_PARTS,
    "index": SEGMENT_PARTS | rooms("codec", "index"),
    "search": SEGMENT_PARTS | rooms("index", "search"),
    "search.kernels": rooms("kernels", "terms", "postings", "search.kernels"),
    "highlight": SEGMENT_PARTS | rooms("analysis", "index", "highlight"),
    "similar": SEGMENT_PARTS | rooms("analysis", "index", "similar"),
    "suggest": SEGMENT_PARTS | rooms("index", "suggest"),
    "write": SEGMENT_PARTS | rooms("analysis", "codec", "index", "write"),
    "readiness": rooms("kernels"),
    "engine": rooms("kernels", "index", "search", "highlight", "similar", "suggest", "write", "readiness"),
}
MAY_IMPORT = {
    "searchsvc.model": {"searchsvc.model"},
    "searchsvc.errors": set(),
    "searchsvc.children": set(),
    "searchsvc.settings": {"searchsvc.errors"},
    "searchsvc.text": GROUND | {"searchsvc.text"},
    "searchsvc.querylang": GROUND | {"searchsvc.querylang", "searchsvc.text.dates"},
    "searchsvc.docvalues": GROUND | {"searchsvc.docvalues"},
    "searchsvc.engines": GROUND | TOOLS | {"searchsvc.engines", "searchsvc.settings"},
    **{f"{EMBEDDED}.{room}": BELOW_EMBEDDED | floor for room, floor in EMBEDDED_ROOMS.items()},
    "searchsvc.ingest": GROUND | TOOLS | {"searchsvc.ingest", "searchsvc.settings"},
    "searchsvc.archive.time_limit": GROUND | {"searchsvc.engines.contract"},
    "searchsvc.archive.help": GROUND | {"searchsvc.archive.time_limit", "searchsvc.querylang"},
    "searchsvc.archive.search": GROUND
    | {"searchsvc.archive.help", "searchsvc.archive.time_limit"}
    | {"searchsvc.engines.contract", "searchsvc.querylang", "searchsvc.settings"},
    "searchsvc.archive.archive": GROUND
    | {"searchsvc.archive.search", "searchsvc.engines", "searchsvc.ingest.ledger", "searchsvc.settings"},
    "searchsvc.archive.intake": GROUND | {"searchsvc.engines.contract", "searchsvc.ingest"},
    "searchsvc.archive.operations": GROUND
    | {"searchsvc.archive.archive", "searchsvc.archive.intake", "searchsvc.engines.contract", "searchsvc.ingest"},
    "searchsvc.archive": set(),
    "searchsvc.web": GROUND
    | {"searchsvc.archive.archive", "searchsvc.archive.help", "searchsvc.archive.search"}  # and no operations
    | {"searchsvc.web", "searchsvc.settings", "searchsvc.text.dates", "searchsvc.querylang.writer", "searchsvc"},
    "searchsvc.cli": {"searchsvc"},
    "searchsvc.terminal": {"searchsvc"},
    "searchsvc.serving": {"searchsvc"},
    "searchsvc.__main__": {"searchsvc"},
    "searchsvc": set(),
}  # fmt: skip

# A library to the rooms that may import it.
FENCES = {
    "whoosh": ("searchsvc.engines.embedded",),
    "orjson": ("searchsvc.model.jsontext",),
    "Stemmer": ("searchsvc.text.stemmers",),
    "numpy": ("searchsvc.docvalues", "searchsvc.engines.embedded"),
    "numba": ("searchsvc.engines.embedded.kernels.jit", "searchsvc.engines.embedded.kernels.machine_code"),
    "llvmlite": ("searchsvc.engines.embedded.kernels.machine_code",),
    "zstandard": ("searchsvc.engines.embedded.columns.document_store",),
    "rapidfuzz": ("searchsvc.text.distance",),
    "dateutil": ("searchsvc.text.dates",),
    "py3langid": ("searchsvc.text.languages",),
    "feedparser": ("searchsvc.ingest.importers.feeds",),
    "warcio": ("searchsvc.ingest.importers.warc",),
    "defusedxml": ("searchsvc.ingest.importers.safe_xml",),
    "lxml": ("searchsvc.ingest.webpage",),
    "trafilatura": ("searchsvc.ingest.webpage.body",),
    "flask": ("searchsvc.web",),
    "werkzeug": ("searchsvc.web",),
    "jinja2": ("searchsvc.web",),
    "markupsafe": ("searchsvc.web",),
    "click": ("searchsvc.cli", "searchsvc.terminal"),
    "tqdm": ("searchsvc.cli", "searchsvc.terminal"),
    "gunicorn": ("searchsvc.serving",),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it; `from searchsvc.model import query` as the longer name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its arrow"
            assert node.module is not None
            if (PACKAGE.parent / node.module.replace(".", "/")).is_dir():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def is_within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def names(path: Path) -> str:
    return module_name(path)


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_arrows_go_down(path: Path) -> None:
    name = module_name(path)
    room = max((room for room in MAY_IMPORT if is_within(name, room)), key=len)
    if room == "searchsvc" and name != "searchsvc":
        pytest.fail(f"{name} is in no known room")
    for imported in imports(path):
        if is_within(imported, "searchsvc"):
            allowed = any(is_within(imported, other) for other in MAY_IMPORT[room])
            assert allowed, f"{name} imports {imported}: an arrow up or sideways"


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_library_is_imported_in_one_room(path: Path) -> None:
    name = module_name(path)
    for imported in imports(path):
        top = imported.partition(".")[0]
        if top in sys.stdlib_module_names or top == "searchsvc":
            continue
        assert top in FENCES, f"{name} imports {top}, which has no room yet"
        assert any(is_within(name, room) for room in FENCES[top]), f"{name} imports {top}, which lives elsewhere"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=names)
def test_a_room_opens_with_its_promise_and_no_code(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), f"{path} has no promise"
    allowed = 2 if path.parent == PACKAGE else 1  # the version
    assert len(tree.body) <= allowed, f"{path}: Python runs it before any child; code here is a hidden arrow up"


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_every_module_opens_with_its_promise(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_no_file_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 450


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_nothing_dangerous_is_called(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}, f"{path}:{node.lineno}"
    assert not any(
        is_within(imported, banned) for imported in imports(path) for banned in ("pickle", "shelve", "marshal")
    )


# Who may read the machine's clock: the roof says what day it is, and passes it down; a commit is stamped.
CLOCK_READERS = {
    "date.today": ("searchsvc.cli", "searchsvc.web.app"),
    "datetime.now": ("searchsvc.terminal", "searchsvc.engines"),
    "datetime.today": (),
    "datetime.utcnow": (),
}


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_the_day_comes_from_the_roof(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            call = f"{node.value.id}.{node.attr}"
            allowed = any(is_within(module_name(path), room) for room in CLOCK_READERS.get(call, ("searchsvc",)))
            assert allowed, f"{path}:{node.lineno} reads the clock: take the day as an argument"


def test_a_class_name_means_one_class() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(module_name(path))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__main__.py"], ids=names)
def test_each_module_can_be_imported_alone(path: Path) -> None:
    importlib.import_module(module_name(path))
