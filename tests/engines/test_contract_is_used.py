"""The contract is no wider than its use: the archive calls every method, and no engine has public ones besides."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchsvc import archive
from searchsvc.engines.contract import Engine, Writer
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.memory.engine import MemoryEngine

BY_REGISTRY = {"make_ready"}  # called by `engines.registry` before there is an engine


def public(kind: type) -> set[str]:
    return {name for name, value in vars(kind).items() if callable(getattr(kind, name)) and not name.startswith("_")}


def calls_on(receiver: str) -> Iterator[str]:
    """Methods that the archive calls on a name or an attribute `receiver`: as `self._engine.search(...)`."""
    for path in Path(archive.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=method)):
                    if name.removeprefix("_") == receiver:
                        yield method


@pytest.mark.parametrize(("contract", "receiver"), [(Engine, "engine"), (Writer, "writer")])
def test_the_archive_calls_every_method_of_the_contract(contract: type, receiver: str) -> None:
    assert public(contract)
    assert public(contract) - set(calls_on(receiver)) == set()


@pytest.mark.parametrize("engine", [MemoryEngine, EmbeddedEngine])
def test_an_engine_has_no_public_method_beside_the_contract(engine: type) -> None:
    assert public(engine) - BY_REGISTRY == public(Engine)
