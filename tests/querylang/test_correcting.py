"""Correcting: only the words change, in the case that they were typed in."""

import pytest

from searchsvc.model.query import Span
from searchsvc.querylang.correcting import replace_words


@pytest.mark.parametrize(
    ("text", "corrections", "corrected"),
    [
        ("putn syira", {(0, 4): "putin", (5, 10): "syria"}, "putin syria"),
        ("Putn", {(0, 4): "putin"}, "Putin"),
        ("PUTN", {(0, 4): "putin"}, "PUTIN"),
        ("P", {(0, 1): "putin"}, "Putin"),
        ("putn", {(0, 4): "Putin"}, "Putin"),
        ('headline:"putn"  -(x)', {(10, 14): "putin"}, 'headline:"putin"  -(x)'),
        ("élysee", {(0, 6): "élysée"}, "élysée"),
        ("putn", {}, "putn"),
        ("putn syria", {(0, 4): "putin", (2, 8): "x"}, "putin syria"),  # the first of two that overlap
        ("putn", {(0, 9): "putin", (3, 3): "x", (-1, 2): "y"}, "putn"),  # places that are not in the text
    ],
)
def test_the_words_are_replaced_in_their_case(text: str, corrections: dict[Span, str], corrected: str) -> None:
    assert replace_words(text, corrections) == corrected
