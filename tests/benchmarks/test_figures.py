"""Agreement, percentiles, ratios, goals, and the page that they are written on."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.agreement import Checked, differing
from benchmarks.charts import class_chart, growth_chart
from benchmarks.compare import of_these_classes, write
from benchmarks.goals import Goal, goals
from benchmarks.peers.base import Answer, Asked, Kind
from benchmarks.queries import VERSION, QueryClass
from benchmarks.report import as_markdown
from benchmarks.reporting import BEGIN, END, percentile
from benchmarks.timing import Latency, compare, ratios
from searchsvc.model.article import Article, ArticleId

TERM = Asked(kind=Kind.TERM, words=("rain",))
FACETS = Asked(kind=Kind.TERM, words=("rain",), facets=("tag",), hits=0)
BARS = Asked(kind=Kind.TERM, words=("rain",), bars="year", hits=0)
RAIN = Article(id=ArticleId("rain"), headline="Rain", body="It rained.")


def answer(total: int, *keys: float, **facet: int) -> Answer:
    return Answer(total=total, keys=list(keys), articles=[RAIN] * len(keys), facets={"tag": facet})


@pytest.mark.parametrize(
    ("asked", "one", "other", "difference"),
    [
        (TERM, answer(2, 9.0, 8.0), answer(2, 3.0, 1.0), ""),  # scores are each engine's own
        (TERM, answer(2, 9.0, 8.0), answer(3, 9.0, 8.0, 7.0), "totals"),
        (TERM, answer(2, 9.0, 8.0), answer(2, 9.0), "1 hits of 2"),
        (FACETS, answer(2, a=2, b=1), answer(2, a=2, c=1), ""),  # which of equal ones is shown last is free
        (FACETS, answer(2, a=2, b=1), answer(2, c=2, b=1), "counts of tag"),
        (FACETS, answer(2, a=2, b=1), answer(2, a=2, b=2), "counts of tag"),
        (Asked(kind=Kind.TERM, newest=True), answer(1, 5.0), answer(1, 4.0), "newest"),
        (TERM, answer(1, 5.0), Answer(total=1, keys=[4.0]), "loads 0 articles of 1"),
        (Asked(kind=Kind.TERM, snippets=True), answer(1, 5.0), answer(1, 4.0), "0 snippets of 1"),
        (BARS, Answer(total=2, bars={"1987": 2}), Answer(total=2, bars={"1987": 2}), ""),
        (BARS, Answer(total=2, bars={"1987": 2}), Answer(total=2, bars={"1987": 1, "1988": 1}), "counts by year"),
        (Asked(kind=Kind.CORRECT), answer(0), answer(4), ""),  # corrections are each engine's own
        (Asked(kind=Kind.ALIKE), answer(3, 1.0), answer(4), ""),  # and so is likeness
    ],
)
def test_engines_agree_on_what_is_found(asked: Asked, one: Answer, other: Answer, difference: str) -> None:
    found = differing(asked, {"we": one, "they": other})
    assert difference in found
    assert bool(found) == bool(difference)


@pytest.mark.parametrize(("kept", "left_out", "is_strict_enough"), [(4, 1, True), (3, 1, False), (0, 0, True)])
def test_a_fifth_of_a_class_may_be_left_out(kept: int, left_out: int, is_strict_enough: bool) -> None:
    checked = Checked(QueryClass("term", (TERM,) * kept), ("totals differ",) * left_out)
    assert checked.is_strict_enough == is_strict_enough


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 51), (95, 96), (100, 100)])
def test_a_percentile_is_a_value_that_was_measured(percent: int, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == value
    assert percentile([7.0], percent) == 7.0


def test_the_best_peer_may_be_another_at_each_percentile() -> None:
    latencies = {"we": Latency(1, 6), "a": Latency(2, 6), "b": Latency(4, 3)}
    assert ratios(latencies, "we") == Latency(0.5, 2.0)
    assert ratios({"we": Latency(1, 6)}, "we") is None
    assert ratios({"a": Latency(1, 6), "b": Latency(1, 6)}, "we") is None


class Counting:
    """An engine that knows terms only, and counts what it is asked."""

    name = "counting"
    kinds = frozenset({Kind.TERM})

    def __init__(self) -> None:
        self.times = 0

    def build(self, *_: object, **__: object) -> None: ...

    def open(self, *_: object) -> None: ...

    def answer(self, _: Asked) -> Answer:
        self.times += 1
        return Answer()

    def close(self) -> None: ...


def test_every_engine_is_asked_every_question_in_every_round() -> None:
    peers = {"a": Counting(), "b": Counting()}
    assert set(compare([TERM, FACETS], peers, rounds=3)) == {"a", "b"}
    assert [peer.times for peer in peers.values()] == [6, 6]
    assert compare([Asked(kind=Kind.ALIKE)], peers, rounds=3) == {}


def of_class(name: str, ours: float, tantivy: float, *, pages: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "pages": pages,
        "asked": 20,
        "left_out": ["term 'rain': totals ours 1, tantivy 2"],
        "too_loose": "",
        "found": 7,
        "latency": {"searchsvc": {"p50": ours, "p95": ours}, "tantivy": {"p50": tantivy, "p95": tantivy}},
    }


def built(rate: float, size: int) -> dict[str, float]:
    return {
        "articles": 20_000, "seconds": 20_000 / rate, "processor_seconds": 20_000 / rate, "own_mib": 0.5,
        "added_mib": 1.0, "peak_mib": 2.0, "size_bytes": size, "rate": rate, "first_answer_ms": 3.0,
    }  # fmt: skip


def of_size(size: int, ms: float) -> dict[str, Any]:
    latency = {"searchsvc": {"p50": ms, "p95": ms}, "tantivy": {"p50": 1.0, "p95": 1.0}}
    builds = {"searchsvc": built(20.0, 5), "tantivy": built(10.0, 5)}
    return {"articles": size, "memory_mb": 512, "builds": builds, "common": latency, "rare": latency, "machine": "m"}


FIGURES: dict[str, Any] = {
    "search": {
        "reuters": {
            "articles": 20_000,
            "engines": {"searchsvc": "searchsvc 1", "tantivy": "tantivy 2"},
            "absent": {"xapian": "not installed"},
            "rounds": 5,
            "classes": [of_class("common term", 1.0, 2.0), of_class("page, mixed", 1.2, 2.0, pages=True)],
            "brute_force": {"asked": 3, "differences": []},
            "machine": "m",
        }
    },
    "index": {
        "reuters": {
            "articles": 20_000,
            "engines": {
                "searchsvc": built(20.0, 5), "searchsvc, 2 processes": built(30.0, 5), "tantivy": built(10.0, 9),
                "fts5": built(10.0, 4),
            },
            "notes": [],
            "machine": "m",
        }
    },
    "growth": [of_size(20_000, 1.0), of_size(100_000, 1.0), of_size(1_000_000, 10.5)],
}  # fmt: skip


def test_a_goal_is_judged_by_its_own_bound() -> None:
    reached = {goal.name: goal.is_reached for goal in goals(FIGURES)}
    assert reached["reuters: common term, p50 by the best peer's"]
    assert reached["reuters: page, mixed, p95 by the best peer's"]
    assert not reached["reuters: page, mixed, p95 by tantivy's"]  # 0.6 of it, and a half was the goal
    assert reached["reuters: indexing rate by tantivy's"]
    assert not reached["reuters: indexing rate of two processes by that of one"]
    assert not reached["reuters: size of the index by FTS5's"]
    assert not reached["common-term page at 1,000,000 articles by that at 100,000, p50"]
    assert not reached["rare-term page at 1,000,000 articles by that at 20,000, p50"]


@pytest.mark.parametrize(
    ("figure", "at_most", "is_reached"), [(1.0, True, True), (1.01, True, False), (0.99, False, False)]
)
def test_a_bound_is_itself_within(figure: float, at_most: bool, is_reached: bool) -> None:
    assert Goal(name="g", figure=figure, bound=1.0, at_most=at_most).is_reached == is_reached


def test_the_page_tells_every_row_missed_goals_too() -> None:
    page = as_markdown(json.loads(json.dumps(FIGURES)))
    assert "**not reached**" in page
    assert "| common term | 7 | 1.00 / 1.00 | 2.00 / 2.00 | 0.50 / 0.50 |  |" in page
    assert "xapian (not installed)" in page
    assert "Left out for all, because engines found different articles: 2 of 40 questions." in page
    assert page.count("| page, mixed |") == 1


def test_the_report_is_put_between_the_markers_with_its_figures_and_pictures(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"Before.\n{BEGIN}\nof another day\n{END}\nAfter.\n", "utf-8")
    write(FIGURES, tmp_path)
    text = page.read_text("utf-8")
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "of another day" not in text
    assert json.loads((tmp_path / "benchmarks.json").read_text("utf-8")) == FIGURES
    for path in ("images/classes-reuters.svg", "images/growth.svg"):
        assert f"({path})" in text
        assert (tmp_path / path).exists()


def test_figures_of_classes_that_asked_something_else_are_left_out() -> None:
    known = {"search": {}, "commits": {}, "growth": [], "http": {"workers": 2}}
    assert of_these_classes(known) == {"http": {"workers": 2}, "classes": VERSION}
    assert of_these_classes(known | {"classes": VERSION}) == known | {"classes": VERSION}


def test_charts_name_what_they_draw() -> None:
    bars = class_chart("reuters", FIGURES["search"]["reuters"])
    lines = growth_chart(FIGURES["growth"])
    assert "common term: tantivy 2.00×" in bars
    assert "1,000,000" in lines
    assert bars.count("<svg") == lines.count("</svg>") == 1
