"""ENGINES: the one place where an engine is registered, by the name that the setting `engine` gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from searchsvc.engines.contract import Engine
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import SettingsError
from searchsvc.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How an engine is opened and, where its first use would be slow, made ready before."""

    open: Callable[[Settings], Engine]
    make_ready: Callable[[], None] | None = None


def _embedded(settings: Settings) -> Engine:
    return EmbeddedEngine(settings.index_dir, memory_mb=settings.ingest_memory_mb)


ENGINES = {"embedded": Registration(open=_embedded, make_ready=EmbeddedEngine.make_ready)}


def open_engine(settings: Settings) -> Engine:
    """The engine that the settings name. A missing index raises on use, not here. Raises SettingsError."""
    return _registered(settings).open(settings)


def make_ready(settings: Settings) -> None:
    """Do what the engine needs once after an installation, as compiling its loops; nothing where it needs nothing.

    Raises SettingsError, and OSError where its files cannot be written.
    """
    prepare = _registered(settings).make_ready
    if prepare is not None:
        prepare()


def _registered(settings: Settings) -> Registration:
    if settings.engine not in ENGINES:
        near = get_close_matches(settings.engine, ENGINES, n=1)
        raise SettingsError(
            f"there is no engine {settings.engine!r}", hint=f"engine can be: {', '.join(near or ENGINES)}"
        )
    return ENGINES[settings.engine]
