import pytest

from searchsvc.engines import registry
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.errors import SettingsError
from searchsvc.settings import Settings


@pytest.fixture
def readied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of engines that were made ready, of two in the registry: one has nothing to do for it."""
    done: list[str] = []
    plain = registry.Registration(open=lambda settings: MemoryEngine())
    slow = registry.Registration(open=lambda settings: MemoryEngine(), make_ready=lambda: done.append("slow"))
    monkeypatch.setattr(registry, "ENGINES", {"plain": plain, "slow": slow})
    return done


def test_an_engine_is_made_ready_if_it_needs_to_be(readied: list[str]) -> None:
    registry.make_ready(Settings(engine="plain"))
    assert readied == []
    registry.make_ready(Settings(engine="slow"))
    assert readied == ["slow"]


def test_an_engine_that_is_not_there_is_an_error_that_names_the_near_one(readied: list[str]) -> None:
    for use in (registry.open_engine, registry.make_ready):
        with pytest.raises(SettingsError) as caught:
            use(Settings(engine="plan"))
        assert caught.value.hint == "engine can be: plain"
