"""Lexer: tokens cover what was typed, each in its place."""

import pytest
from hypothesis import given

from searchsvc.querylang.lexer import QUOTES, TokenKind, has_word, tokenize
from tests.querylang.texts import ANY_TEXT


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a AND b", "WORD AND WORD"),
        ("a and b", "WORD WORD WORD"),
        ("AND, ANDY -AND +OR", "WORD WORD MINUS WORD PLUS WORD"),
        ("(NOT a)", "OPEN NOT WORD CLOSE"),
        ('"a"OR"b"', "QUOTED OR QUOTED"),
        ("tag:AND", "FIELD WORD"),
        ("tag:(a)", "FIELD OPEN WORD CLOSE"),
        ("date:>2015", "FIELD WORD"),
        ("tag: -a", "FIELD MINUS WORD"),
        ("date: -14d", "FIELD WORD"),
        ("tag: a", "FIELD WORD"),
        ("tag: headline:a", "FIELD FIELD WORD"),
        ("foo:AND", "UNKNOWN_FIELD WORD"),
        ("http://a C:x 10:30 foo: x", "WORD WORD WORD WORD WORD"),
        ("* a* -*", "EVERYTHING WORD MINUS EVERYTHING"),
        ('"a"* "a", ...', "QUOTED JUNK QUOTED JUNK"),
    ],
)
def test_kinds_of_tokens(text: str, kinds: str) -> None:
    assert " ".join(token.kind.name for token in tokenize(text)) == kinds


@pytest.mark.parametrize("quote", QUOTES)
def test_any_quote_opens_and_any_closes(quote: str) -> None:
    for text in (f'{quote}a b"~5', f'"a b{quote}~5'):
        (token,) = tokenize(text)
        assert (token.kind, token.text, token.slop, token.closed) == (TokenKind.QUOTED, "a b", "5", True)


@given(ANY_TEXT)
def test_tokens_follow_each_other_and_leave_out_no_word(text: str) -> None:
    at = 0
    for token in tokenize(text):
        assert at <= token.start < token.end <= len(text)
        assert not has_word(text[at : token.start])
        assert token.text in text[token.start : token.end]
        at = token.end
    assert not has_word(text[at:])
