"""Normal form: one meaning, one tree."""

import pytest

from searchsvc.model.query import And, MatchAll, MatchNone, Not, Or, Query, Term
from searchsvc.querylang.normal import conjunction, disjunction, negation

A, B, C = Term("a"), Term("b"), Term("c")


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        (conjunction(()), MatchAll()),
        (conjunction((A,)), A),
        (conjunction((A, And((B, C)))), And((A, B, C))),
        (conjunction((A, MatchAll())), A),
        (conjunction((A, MatchNone())), MatchNone()),
        (conjunction((A, Or((B, C)))), And((A, Or((B, C))))),
        (disjunction(()), MatchNone()),
        (disjunction((A,)), A),
        (disjunction((A, Or((B, C)))), Or((A, B, C))),
        (disjunction((A, MatchAll())), MatchAll()),
        (disjunction((A, MatchNone())), A),
        (negation(A), Not(A)),
        (negation(Not(A)), A),
        (negation(MatchAll()), MatchNone()),
        (negation(MatchNone()), MatchAll()),
    ],
)
def test_parts_are_put_together_in_normal_form(query: Query, normal: Query) -> None:
    assert query == normal
