"""The oldest allowed version of each dependency, read from pyproject.toml: what `make oldest` installs.

    python -m tests.oldest > oldest.txt

prints one pin a line, `numpy==2.0` for `numpy>=2.0`. What the dependencies need in turn is not pinned: pip takes the
newest of it.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def main() -> int:
    sys.stdout.writelines(f"{requirement.name}=={lower_bound(requirement)}\n" for requirement in dependencies())
    return 0


def dependencies(project: Path = PROJECT) -> list[Requirement]:
    """What the service itself imports, as `[project]` names it."""
    return [Requirement(line) for line in tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]]


def lower_bound(requirement: Requirement) -> str:
    """The version after `>=`. Raises ValueError when there is none, or more than one.

    >>> lower_bound(Requirement("orjson>=3.10,<3.11"))
    '3.10'
    """
    bounds = [specifier.version for specifier in requirement.specifier if specifier.operator == ">="]
    if len(bounds) != 1:
        raise ValueError(f"{requirement}: give one lower bound, as {requirement.name}>=1.2")
    return bounds[0]


if __name__ == "__main__":
    sys.exit(main())
