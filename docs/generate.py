"""Write the reference pages of docs/ from the code that they describe: settings, command line, API.

`python docs/generate.py` writes them; with `--check` it only says which are stale, and fails if any is.
"""

import dataclasses
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import click  # noqa: E402

from searchsvc.cli import command  # noqa: E402
from searchsvc.model.fields import FIELDS, FieldKind  # noqa: E402
from searchsvc.settings import CONFIG_FILE, PREFIX, Settings  # noqa: E402
from searchsvc.web.parameters import PARAMETERS  # noqa: E402

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
    return {docs / "settings.md": settings_page(), docs / "cli.md": cli_page(), docs / "api.md": api_page()}


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


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
