"""Settings: every option, with its type, default and help.

A value comes from the command line, else from `SEARCHSVC_*` in the environment, else from `searchsvc.toml`, else it is
the default. Settings are loaded once, at the start, and passed down.

>>> Settings.load(environ={"SEARCHSVC_PAGE_SIZE": "25"}).page_size
25
"""

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from searchsvc.errors import SettingsError

CONFIG_FILE = "searchsvc.toml"
PREFIX = "SEARCHSVC_"


def _option(default: Any, help: str, *, least: int | None = None, most: int | None = None) -> Any:  # Any: as `field`
    return field(default=default, metadata={"help": help, "least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All options. Each can be set in `searchsvc.toml` by its name, or in the environment as `SEARCHSVC_` + NAME."""

    engine: str = _option("embedded", "the engine that finds: `embedded` (Whoosh on this machine)")
    index_dir: Path = _option(Path("index"), "where the embedded index lives; relative to the project's folder")
    title: str = _option("News archive", "the archive's name, on every page")
    base_url: str = _option("", "the address readers use, as `https://archive.example`; empty: as each request came")
    language: str = _option("en", "the language of readers: whose stems the words of a query take (ISO 639-1)")
    page_size: int = _option(10, "hits on a page when a request does not say", least=1, most=200)
    max_page_size: int = _option(200, "hits on a page at the most", least=1, most=1000)
    max_offset: int = _option(
        10_000, "how deep paging by number reaches, in hits; a cursor reaches further", least=10, most=1_000_000
    )
    timeout_ms: int = _option(1000, "how long one query may take, in milliseconds", least=10, most=60_000)
    facet_size: int = _option(10, "values listed of a facet when a request does not say", least=1, most=200)
    related_size: int = _option(5, 'stories in each part of "More stories"', least=1, most=50)
    max_related_text: int = _option(65_536, "bytes of pasted text that related coverage is looked for", least=1024)
    ingest_memory_mb: int = _option(
        512,
        "memory of all processes of an ingest together, in MiB; at least 230, and 110 more for each that reads",
        least=192,
    )
    ingest_processes: int = _option(
        0, "processes that read for an ingest, half as many write; 1: none beside its own, 0: one a core, up to 8",
        least=0, most=64,
    )  # fmt: skip
    host: str = _option("127.0.0.1", "the address that `serve` listens on")
    port: int = _option(8000, "the port that `serve` listens on", least=0, most=65_535)
    workers: int = _option(2, "processes that `serve` starts", least=1, most=64)
    synonyms: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={
            "help": 'words that are searched together, a table in `searchsvc.toml`: `[synonyms]`, `US = ["U.S."]`'
        },
    )

    @classmethod
    def load(
        cls,
        *,
        root: Path = Path(),
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,  # Any: values as the options are typed
    ) -> "Settings":
        """The settings of the project in the folder `root`; relative paths start there.

        `environ` defaults to the environment of the process. Overrides that are None are left out. Raises SettingsError
        for an unknown name or an invalid value.
        """
        environ = os.environ if environ is None else environ
        given: dict[str, tuple[Any, str]] = {}
        path = Path(environ.get(PREFIX + "CONFIG", "") or root / CONFIG_FILE)
        for name, value in _read_toml(path, required=PREFIX + "CONFIG" in environ).items():
            given[name] = (value, str(path))
        for variable, text in environ.items():
            if variable.startswith(PREFIX) and variable != PREFIX + "CONFIG":
                given[variable.removeprefix(PREFIX).lower()] = (text, f"the environment's {variable}")
        for name, value in (overrides or {}).items():
            if value is not None:
                given[name] = (value, "the command line")
        options = {option.name: option for option in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for name, (value, where) in given.items():
            if name not in options:
                near = get_close_matches(name, options, n=1)
                raise SettingsError(
                    f"{where}: there is no setting {name!r}",
                    hint=f"did you mean {near[0]!r}?" if near else "run: searchsvc settings, which lists them all",
                )
            values[name] = _converted(options[name], value, where)
        settings = cls(**values)
        return dataclasses.replace(settings, index_dir=(root / settings.index_dir).absolute())


def _read_toml(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        if required:
            raise SettingsError(f"{path}: no such file", hint=f"correct or unset {PREFIX}CONFIG") from error
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}", hint="mend the file; docs/settings.md shows an example") from error


def _converted(option: "dataclasses.Field[Any]", value: Any, where: str) -> Any:
    """`value` converted to the option's type; `where` names its source in errors."""
    wanted = option.type
    if wanted is int:
        return _number(option, value, where)
    if wanted is Path and isinstance(value, str | Path):
        return Path(value)
    if wanted is str and isinstance(value, str):
        return value
    if option.name == "synonyms" and isinstance(value, Mapping):
        return MappingProxyType({word: _words(word, words, where) for word, words in value.items()})
    raise SettingsError(f"{where}: {option.name} cannot be {value!r}", hint=f"{option.name}: {option.metadata['help']}")


def _number(option: "dataclasses.Field[Any]", value: Any, where: str) -> int:
    least, most = option.metadata["least"], option.metadata["most"]
    bounds = f"a whole number from {least}" + (f" to {most}" if most is not None else "")
    try:
        if isinstance(value, bool | float):
            raise ValueError
        number = int(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {option.name} is not a number: {value!r}", hint=f"give {bounds}") from error
    if number < least or (most is not None and number > most):
        raise SettingsError(f"{where}: {option.name} cannot be {number}", hint=f"give {bounds}")
    return number


def _words(word: str, words: Any, where: str) -> tuple[str, ...]:
    words = [words] if isinstance(words, str) else words
    if not isinstance(words, list | tuple) or not all(isinstance(each, str) and each.strip() for each in words):
        raise SettingsError(
            f"{where}: the synonyms of {word!r} are not a list of words",
            hint=f'write: {word} = ["one", "another word"]',
        )
    return tuple(words)
