"""Synonyms: beside their word, told, and undone by quotes."""

from datetime import date

import pytest

from searchsvc.model.query import Or, Phrase, Query, Term, leaves
from searchsvc.model.result import NoticeKind
from searchsvc.querylang.parser import parse
from searchsvc.querylang.synonyms import expand
from searchsvc.querylang.writer import write

TODAY = date(2024, 3, 19)
TABLE = {
    "IS": ("ISIS", "Islamic State"),
    "Islamic State": ("IS",),
    "petrol": ("gasoline",),
    "petrol station": ("filling station",),
    "nothing": (),
}


def read(text: str) -> Query:
    return parse(text, today=TODAY).query


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("strikes IS", 'strikes (IS OR ISIS OR "Islamic State")'),
        ("petrol", "petrol OR gasoline"),
        ("Petrol", "Petrol OR gasoline"),
        ("petrol OR diesel", "petrol OR gasoline OR diesel"),
        ("islamic state syria", "(islamic state OR IS) syria"),  # several words next to each other
        ("cheap petrol station", 'cheap (petrol station OR "filling station")'),  # the longest key
        ("(petrol OR coal) tax", "(petrol OR gasoline OR coal) tax"),
    ],
)
def test_alternatives_stand_beside_the_word(text: str, expanded: str) -> None:
    query, rewrites = expand(read(text), TABLE)
    assert write(query) == expanded
    assert len(rewrites) == 1


@pytest.mark.parametrize(
    "text",
    [
        "this is it",  # a key in capitals matches capitals only
        "RUSSIA IS SAYING",  # and not where all is shouted
        '"IS"',
        "headline:petrol",
        "tag:IS",
        "-petrol",  # no more is excluded than was typed
        "islamic -x state",
        "state islamic",
        "petrol*",
        "nothing",
        "",
    ],
)
def test_what_was_not_meant_is_left_alone(text: str) -> None:
    assert expand(read(text), TABLE) == (read(text), ())


def test_each_change_is_told_and_undone_by_quotes() -> None:
    query = read("petrol tax IS -petrol")
    expanded, rewrites = expand(query, TABLE)
    assert [(rewrite.kind, rewrite.message, rewrite.undo) for rewrite in rewrites] == [
        (NoticeKind.SYNONYM, "petrol also finds gasoline.", '"petrol" tax IS -petrol'),
        (NoticeKind.SYNONYM, "IS also finds ISIS and Islamic State.", 'petrol tax "IS" -petrol'),
    ]
    for rewrite in rewrites:
        _, left = expand(read(rewrite.undo), TABLE)
        assert len(left) == 1
    assert expanded != query


def test_alternatives_have_no_place_in_the_text() -> None:
    expanded, _ = expand(read("IS"), TABLE)
    assert expanded == Or((Term("IS", acronym=True), Term("ISIS", acronym=True), Phrase("Islamic State")))
    assert [leaf.span for leaf in leaves(expanded)] == [(0, 2), None, None]
