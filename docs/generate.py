"""Write the reference pages of docs/ from the code that they describe: settings, command line, API, kernels.

`python docs/generate.py` writes them; with `--check` it only says which are stale, and fails if any is.
"""

import dataclasses
import inspect
import re
import sys
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
import numpy as np  # noqa: E402

from searchsvc.cli import command  # noqa: E402
from searchsvc.engines.embedded.kernels.jit import Axes, Kernel, Written  # noqa: E402
from searchsvc.model.fields import FIELDS, FieldKind  # noqa: E402
from searchsvc.settings import CONFIG_FILE, PREFIX, Settings  # noqa: E402
from searchsvc.web.parameters import PARAMETERS  # noqa: E402
from tests.engines.embedded.kernels.registry import kernels_of_the_package, property_test, room_of  # noqa: E402

MADE_BY = "<!-- Made by docs/generate.py: change the code, then run `make docs`. -->\n"


def main() -> int:
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run make docs")
        return int(bool(stale))
    for path in stale:
        path.write_text(pages()[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def pages() -> dict[Path, str]:
    """Each generated page's path and what should stand in it."""
    docs = ROOT / "docs"
    return {
        docs / "settings.md": settings_page(),
        docs / "cli.md": cli_page(),
        docs / "api.md": api_page(),
        docs / "kernels.md": kernels_page(),
    }


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        MADE_BY,
        f"Each can stand in `{CONFIG_FILE}` in the project's folder, or in the environment as `{PREFIX}` and its",
        "name in capitals, which wins; what the command line gives wins over both. A name that is not in this table",
        f"is an error. `{PREFIX}CONFIG` names another file than `{CONFIG_FILE}`.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    for option in dataclasses.fields(Settings):
        default = "" if option.default in (dataclasses.MISSING, "") else f"`{option.default}`"
        lines.append(f"| `{option.name}` | {default} | {_cell(option.metadata['help'])}{_bounds(option)} |")
    lines += [
        "",
        "```toml",
        'title = "The Harbour Gazette, 1969 to today"',
        "workers = 4",
        "",
        "[synonyms]",
        'US = ["U.S.", "United States"]',
        'IS = ["Islamic State", "ISIS"]',
        "```",
    ]
    return "\n".join(lines) + "\n"


def _bounds(option: "dataclasses.Field[object]") -> str:
    least, most = option.metadata.get("least"), option.metadata.get("most")
    if least is None:
        return ""
    return f" ({least} to {most})" if most is not None else f" (at least {least})"


def cli_page() -> str:
    lines = ["# Command line", "", MADE_BY, "```", _help_of(command, "searchsvc"), "```"]
    for name in command.list_commands(click.Context(command)):
        lines += ["", f"## searchsvc {name}", "", "```", _help_of(command.commands[name], f"searchsvc {name}"), "```"]
    lines += [
        "",
        "## Exit codes",
        "",
        "| code | means |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | done, but look at it: nothing was found, something was rejected, a fault was found |",
        "| 2 | the command or a setting is wrong |",
        "| 3 | the index cannot answer: missing, outdated, damaged or locked; the second line says what to do |",
        "| 130 | interrupted; an ingest kept what was read so far |",
    ]
    return "\n".join(lines) + "\n"


def _help_of(part: click.Command, name: str) -> str:
    context = click.Context(
        part, info_name=name, terminal_width=100, max_content_width=100,
        help_option_names=command.context_settings["help_option_names"],  # which commands inherit
    )  # fmt: skip
    return part.get_help(context)


def api_page() -> str:
    lines = [
        "# API",
        "",
        MADE_BY,
        (ROOT / "docs" / "api-introduction.md").read_text("utf-8").strip(),
        "",
        "## Parameters of a search",
        "",
        "| parameter | what it is |",
        "|---|---|",
    ]
    lines += [f"| `{parameter.name}` | {_cell(parameter.help)} |" for parameter in PARAMETERS]
    lines += ["", "## Fields", "", "| field | also | kind | what it holds |", "|---|---|---|---|"]
    kinds = {FieldKind.TEXT: "words", FieldKind.FACET: "facet", FieldKind.DATE: "date"}
    for field in FIELDS:
        also = ", ".join(f"`{alias}`" for alias in field.aliases)
        lines.append(f"| `{field.name}` | {also} | {kinds[field.kind]} | {field.help} |")
    return "\n".join(lines) + "\n"


def kernels_page() -> str:
    """Every kernel by room, as it is declared; nothing is compiled."""
    kernels = sorted(kernels_of_the_package().values(), key=lambda kernel: (room_of(kernel), kernel.name))
    lines = [
        "# Kernels",
        "",
        MADE_BY,
        "A kernel is a loop over numbers that numba compiles to machine code"
        " ([0003](decisions/0003-compiled-loops-with-numba.md)).",
        "Each is compiled once, for the types of its annotations, and has a test that holds it to plain Python or an",
        f"oracle. There are {len(kernels)}, by the rooms of `engines/embedded`",
        "([architecture.md](architecture.md#the-embedded-engine)). `uint32[]` is an array, `uint32[,]` a table;",
        "one that is `out` is written to.",
    ]
    for room in sorted({room_of(kernel) for kernel in kernels}):
        lines += ["", f"## {room}", "", "| kernel | what it is for | parameters | test |", "|---|---|---|---|"]
        lines += [_kernel_row(kernel) for kernel in kernels if room_of(kernel) == room]
    return "\n".join(lines) + "\n"


def _kernel_row(kernel: Kernel) -> str:
    function = getattr(kernel.function, "py_func", kernel.function)
    purpose = re.split(r"(?<=[.;:])\s|\n\n", inspect.getdoc(function) or "")[0].replace("\n", " ").rstrip(":;")
    hints = get_type_hints(function, include_extras=True)
    parameters = "; ".join(f"`{name}` {_short(hints[name])}" for name in inspect.signature(function).parameters)
    test = property_test(kernel)
    module = kernel.module.rpartition(".")[2]
    where = f"[{test.stem}](../{test.as_posix()})" if test else ""
    return f"| `{module}.{kernel.name}` | {_cell(purpose)} | {parameters} | {where} |"


def _short(hint: Any) -> str:
    """A type of a parameter: `int`, `uint32[]`, `out float64[,]`, or the name of a NamedTuple."""
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    array = get_args(hint)[0] if marks else hint
    if get_origin(array) is not np.ndarray:
        return str(hint.__name__)
    _, dtype = get_args(array)
    (number,) = get_args(dtype)
    axes = next((mark.count for mark in marks if isinstance(mark, Axes)), 1)
    return f"{'out ' * (Written() in marks)}{np.dtype(number).name}[{',' * (axes - 1)}]"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
