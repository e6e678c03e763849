"""Reporting: tables of what was measured, and their place in the docs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

COSTS = ("parse", "engine", "presenters", "templates", "rest")  # the parts of a page
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def write_measured(page: Path, text: str) -> None:
    """Put the text between the markers of a page of docs."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers with a fraction get two digits."""
    lines = [header, ["---"] * len(header), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cost_table(costs: Sequence[dict[str, Any]]) -> str:  # Any: JSON, as asdict(Cost) has it
    """The costs of pages by part, as Markdown."""
    rows = []
    for each in costs:
        parts = each["parts"]
        beside = sum(parts.values()) - parts["engine"]
        cells = [f"{parts[name]:.2f}" for name in COSTS]
        rows.append((each["corpus"], each["path"], round(each["size"] / 1024), *cells, f"{beside:.2f}"))
    return table(("articles", "path", "KiB", *COSTS, "all but engine"), rows)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of a hundred are not above."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
