"""What is said in two places is the same in both: dependencies and pins, `make lint` and the hooks of a commit."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from searchsvc import __version__
from tests.oldest import dependencies, lower_bound

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IN_TURN = "# What those need in turn."


def pins(text: str) -> dict[str, str]:
    """Canonical name to pinned version. Every line must be a pin."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            [specifier] = requirement.specifier
            assert specifier.operator == "==", f"{line}: not pinned"
            found[canonicalize_name(requirement.name)] = specifier.version
    return found


OURS, THEIRS = (pins(part) for part in (ROOT / "requirements.txt").read_text("utf-8").split(IN_TURN))


def needed(requirement: Requirement, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The canonical names of what an installed distribution needs here, with what those need."""
    extras: list[dict[str, str]] = [{"extra": canonicalize_name(extra)} for extra in requirement.extras] or [
        {"extra": ""}
    ]
    for line in requires(requirement.name) or ():
        found = Requirement(line)
        if found.marker is None or any(map(found.marker.evaluate, extras)):
            name = canonicalize_name(found.name)
            yield name
            if name not in known:
                yield from needed(found, known | {name})


def test_what_is_depended_on_is_what_is_pinned() -> None:
    assert {canonicalize_name(requirement.name) for requirement in dependencies()} == set(OURS)


@pytest.mark.parametrize("requirement", dependencies(), ids=lambda requirement: requirement.name)
def test_a_pin_is_within_its_bounds(requirement: Requirement) -> None:
    pinned = OURS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned)
    assert Version(lower_bound(requirement)) <= Version(pinned)


@pytest.mark.parametrize("requirement", dependencies(), ids=lambda requirement: requirement.name)
def test_what_a_dependency_needs_is_pinned_too(requirement: Requirement) -> None:
    assert set(needed(requirement)) <= set(OURS) | set(THEIRS)


def test_every_tool_of_a_checkout_is_pinned() -> None:
    groups = PROJECT["dependency-groups"]
    included = {entry["include-group"] for entry in groups["dev"]}
    assert included == set(groups) - {"dev"}
    assert pins("\n".join(line for name in included for line in groups[name]))


def test_the_hooks_run_what_make_lint_runs() -> None:
    rule = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert rule is not None
    linted = [line.strip().replace("$(BIN)", ".venv/bin") for line in rule[1].splitlines()]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE) == linted
    assert set(re.findall(r"^ +language: (.+)$", hooks, re.MULTILINE)) == {"system"}


def test_the_changelog_has_a_section_for_this_version_below_what_is_to_come() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d", headings[1])
