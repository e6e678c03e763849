"""Relaxing: only bare words are given up."""

from datetime import date

import pytest

from searchsvc.model.query import And, Or, Query, Term
from searchsvc.querylang.parser import parse
from searchsvc.querylang.relaxing import bare_words, relax
from searchsvc.querylang.writer import write

TODAY = date(2024, 3, 19)


def read(text: str) -> Query:
    return parse(text, today=TODAY).query


@pytest.mark.parametrize(
    ("text", "relaxed"),
    [
        ("russia syria", "russia OR syria"),
        ("russia syria iran", "russia OR syria OR iran"),
        ('russia "air strikes" syria', '(russia OR syria) "air strikes"'),
        ('russia "strikes" syria', '(russia OR syria) "strikes"'),
        ("russia tag:war syria date:2015 -iran", "(russia OR syria) tag:war date:2015 -iran"),
        ("russia syria strik* putn~1", "(russia OR syria) strik* putn~1"),
        ("russia syria (iran OR iraq)", "(russia OR syria) (iran OR iraq)"),
    ],
)
def test_any_one_bare_word_is_enough_and_all_else_stays_required(text: str, relaxed: str) -> None:
    query = relax(read(text))
    assert query is not None
    assert query == read(relaxed)
    assert write(query) == relaxed


@pytest.mark.parametrize("text", ["", "russia", "russia OR syria", "russia -syria", 'russia "syria"', "russia tag:x"])
def test_there_is_nothing_to_relax_without_two_bare_words(text: str) -> None:
    assert relax(read(text)) is None


def test_bare_words_stand_at_the_top_without_field_or_quotes() -> None:
    assert bare_words(read("russia")) == (Term("russia"),)
    assert bare_words(read('a headline:b "c" -d (e OR f) g')) == (Term("a"), Term("g"))
    assert bare_words(read("a OR b")) == ()


def test_relaxing_keeps_the_places_in_the_text() -> None:
    relaxed = relax(And((Term("a", span=(0, 1)), Term("b", span=(2, 3)))))
    assert isinstance(relaxed, Or)
    assert [child.span for child in relaxed.children if isinstance(child, Term)] == [(0, 1), (2, 3)]
