"""docs/query-language.md is true: every example reads as the page says."""

import re
from datetime import date
from pathlib import Path

import pytest

from searchsvc.model.fields import field_names
from searchsvc.querylang.leaves import MAX_SLOP
from searchsvc.querylang.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse

PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
TODAY = date(2024, 3, 19)
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def rows(header: str) -> list[tuple[str, str]]:
    tables = re.findall(rf"^\| typed \| {header} \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [row for table in tables for row in ROW.findall(table)]


@pytest.mark.parametrize("text", [text for text, _ in rows("means")])
def test_an_example_is_read_without_a_notice(text: str) -> None:
    assert parse(text, today=TODAY).notices == ()


@pytest.mark.parametrize(("text", "message"), rows("the notice"))
def test_odd_typing_gets_the_notice_that_the_page_says(text: str, message: str) -> None:
    assert [notice.message for notice in parse(text, today=TODAY).notices] == [message]


def test_the_page_has_examples() -> None:
    assert len(rows("means")) > 40
    assert len(rows("the notice")) > 15


@pytest.mark.parametrize("name", field_names())
def test_every_field_and_alias_is_on_the_page(name: str) -> None:
    assert f"`{name}:" in PAGE


@pytest.mark.parametrize(
    "bound",
    [f"{MAX_LENGTH} characters", f"{MAX_TERMS} words", f"{MAX_DEPTH} brackets", f"{MAX_SLOP} words"],
)
def test_the_bounds_are_those_of_the_page(bound: str) -> None:
    assert f"| {bound}" in PAGE
