"""Charts: the figures of a run as SVG, for those who look at pictures first."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from benchmarks.goals import Figures
from benchmarks.peers.registry import OURS

# Told apart also without colour: lines by their labels, bars by their names.
COLOURS = ("#0b6e4f", "#c8553d", "#3d5a98", "#8a6d1d", "#6b4c8a")
_STYLE = "font-family='system-ui, sans-serif' font-size='13' fill='#222'"


def class_chart(corpus: str, section: Figures) -> str:
    """Bars on a scale of powers of ten: each engine's p50 of a class by ours, ours being the line at 1."""
    rows = [
        (
            each["name"],
            {
                key: each["latency"][key]["p50"] / each["latency"][OURS]["p50"]
                for key in section["engines"]
                if key != OURS and key in each["latency"]
            },
        )
        for each in section["classes"]
        if OURS in each["latency"]
    ]
    engines = [key for key in section["engines"] if key != OURS]
    title = (
        f"{corpus}, {section['articles']:,} articles: p50 of each engine by ours (right of the line: slower than ours)"
    )
    return _bars(title, rows, engines)


def growth_chart(sizes: Sequence[Figures]) -> str:
    """Lines, both scales in powers of ten: p50 of a page by the number of articles."""
    lines = {
        f"{key}, {name}": [(each["articles"], each[page][key]["p50"]) for each in sizes]
        for page, name in (("common", "common term"), ("rare", "rare term"))
        for key in sizes[0][page]
    }
    return _lines("A page of results by the number of articles: milliseconds, p50", lines)


def _bars(title: str, rows: Sequence[tuple[str, Mapping[str, float]]], engines: Sequence[str]) -> str:
    values = [value for _, ratios in rows for value in ratios.values()] or [1.0]
    low = math.floor(math.log10(min(*values, 0.5)))
    high = math.ceil(math.log10(max(*values, 2.0)))
    left, width, bar, gap, top = 180, 700, 9, 12, 66
    group = bar * len(engines) + gap

    def x(value: float) -> float:
        return left + width * (math.log10(value) - low) / (high - low)

    parts = [_text(10, 22, title, weight=600)]
    for number, key in enumerate(engines):
        parts.append(_rect(left + number * 110, 36, 12, 12, COLOURS[1 + number]))
        parts.append(_text(left + 18 + number * 110, 47, key))
    bottom = top + group * len(rows)
    for power in range(low, high + 1):
        parts.append(_line(x(10**power), top - 6, x(10**power), bottom, "#ddd"))
        parts.append(_text(x(10**power), bottom + 16, f"{10**power:g}×", anchor="middle"))
    for row, (name, ratios) in enumerate(rows):
        y = top + row * group
        parts.append(_text(left - 10, y + group / 2, name, anchor="end"))
        for number, key in enumerate(engines):
            if key in ratios:
                from_x, to_x = sorted((x(1), x(ratios[key])))
                label = f"{name}: {key} {ratios[key]:.2f}×"
                parts.append(
                    _rect(from_x, y + number * bar, max(1.0, to_x - from_x), bar - 1, COLOURS[1 + number], label)
                )
    parts.append(_line(x(1), top - 6, x(1), bottom, COLOURS[0], 2))
    return _svg(left + width + 40, bottom + 30, title, parts)


def _lines(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    points = [point for line in lines.values() for point in line]
    xs, ys = [math.log10(point[0]) for point in points], [math.log10(point[1]) for point in points]
    low_x, high_x, low_y, high_y = min(xs), max(xs), math.floor(min(ys)), math.ceil(max(ys))
    left, top, width, height = 70, 50, 560, 320

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = (math.log10(point[0]) - low_x) / ((high_x - low_x) or 1)
        up = (math.log10(point[1]) - low_y) / ((high_y - low_y) or 1)
        return left + width * across, top + height * (1 - up)

    parts = [_text(10, 22, title, weight=600)]
    for power in range(low_y, high_y + 1):
        _, y = place((10**low_x, 10**power))
        parts.append(_line(left, y, left + width, y, "#ddd"))
        parts.append(_text(left - 8, y + 4, f"{10**power:g}", anchor="end"))
    for size in sorted({point[0] for point in points}):
        x, _ = place((size, 10**low_y))
        parts.append(_line(x, top, x, top + height, "#eee"))
        parts.append(_text(x, top + height + 18, f"{size:,}", anchor="middle"))
    for label_y, (number, (name, line)) in _spread_labels(lines, place):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, line))
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in map(place, line)]
        parts.append(_text(left + width + 10, label_y + 4, name, colour=colour))
    return _svg(left + width + 220, top + height + 40, title, parts)


def _spread_labels(
    lines: Mapping[str, Sequence[tuple[float, float]]], place: object
) -> Iterator[tuple[float, tuple[int, tuple[str, Sequence[tuple[float, float]]]]]]:
    """Where the label of each line stands: at its end, or lower where another stands there."""
    assert callable(place)
    ends = sorted((place(line[-1])[1], number, name) for number, (name, line) in enumerate(lines.items()))
    lowest = -math.inf
    for y, number, name in ends:
        lowest = max(y, lowest + 16)
        yield lowest, (number, (name, lines[name]))


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}' role='img' {_STYLE}>"
        f"<title>{escape(title)}</title><rect width='100%' height='100%' fill='#fff'/>"
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: int = 400, colour: str = "#222") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-weight='{weight}' fill='{colour}'>"
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' stroke-width='{width}'/>"


def _rect(x: float, y: float, width: float, height: float, colour: str, label: str = "") -> str:
    title = f"<title>{escape(label)}</title>" if label else ""
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height}' fill='{colour}'>{title}</rect>"
