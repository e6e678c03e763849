"""The docs say what the code does: generated pages are fresh, and the steps of the cookbook run."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from flask.testing import FlaskClient

from searchsvc.archive.archive import open_archive
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples" / "README.md"]
DECISIONS = ROOT / "docs" / "decisions"
STEPS = re.findall(r"^\$ (searchsvc .*|curl .*)$", (ROOT / "docs" / "cookbook.md").read_text("utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh(generator: ModuleType) -> None:
    stale = [path.name for path, text in generator.pages().items() if path.read_text("utf-8") != text]
    assert not stale, f"{stale}: run make docs"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo archive beside an index of its own, where the steps are run in order."""
    folder = tmp_path_factory.mktemp("workshop")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


@pytest.fixture(scope="module")
def client(workshop: Path) -> Iterator[FlaskClient]:
    settings = Settings.load(root=workshop, environ={})
    with closing(open_archive(settings)) as archive:
        yield create_app(settings, archive).test_client()


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_cookbook_runs(step: str, workshop: Path, client: FlaskClient) -> None:
    words = shlex.split(step)
    if words[0] == "curl":
        answer = client.get(words[-1].removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200, answer.text
        return
    command = [sys.executable, "-m", "searchsvc", "--root", str(workshop), *words[1:]]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=workshop, capture_output=True, text=True, timeout=120, check=False, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout or done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_names_every_page_of_docs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        if page.name != "api-introduction.md":  # a part of api.md
            assert f"docs/{page.name}" in readme
    assert "docs/decisions/README.md" in readme


def test_each_decision_has_its_number_its_parts_and_its_line_in_the_list() -> None:
    listed = (DECISIONS / "README.md").read_text("utf-8")
    records = sorted(DECISIONS.glob("[0-9]*.md"))
    for number, record in enumerate(records, start=1):
        text = record.read_text("utf-8")
        assert text.startswith(f"# {number:04}: ")
        assert record.name.startswith(f"{number:04}-")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert f"[{number:04}]({record.name})" in listed


def test_what_the_page_on_the_house_calls_a_test_is_one() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "architecture.md").read_text("utf-8"))
    assert named
    assert [name for name in named if f"def {name}(" not in tests] == []
