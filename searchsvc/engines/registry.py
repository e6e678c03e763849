"""ENGINES: the one place where an engine is registered, by the name that the setting `engine` gives it."""

from collections.abc import Callable
from difflib import get_close_matches

from searchsvc.engines.contract import Engine
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import SettingsError
from searchsvc.settings import Settings


def _embedded(settings: Settings) -> Engine:
    return EmbeddedEngine(settings.index_dir, memory_mb=settings.ingest_memory_mb)


ENGINES: dict[str, Callable[[Settings], Engine]] = {"embedded": _embedded}


def open_engine(settings: Settings) -> Engine:
    """The engine that the settings name; opening never fails for want of an index, searching does."""
    if settings.engine not in ENGINES:
        near = get_close_matches(settings.engine, ENGINES, n=1)
        raise SettingsError(
            f"there is no engine {settings.engine!r}", hint=f"engine can be: {', '.join(near or ENGINES)}"
        )
    return ENGINES[settings.engine](settings)
