"""The best completions share the limit by kind; the best corrections are the likeliest slips."""

import pytest

from searchsvc.engines.completion import best_corrections, has_word_prefix, max_edits, share_limit, typed_words
from searchsvc.model.result import Correction, Suggestion


def some(kind: str, count: int) -> list[Suggestion]:
    return [Suggestion(text=f"{kind} {n}", kind=kind, count=1) for n in range(count)]


@pytest.mark.parametrize(
    ("limit", "tags", "headlines", "words", "shown"),
    [
        (10, 9, 9, 9, "tttthhhwww"),
        (3, 9, 9, 9, "thw"),
        (10, 1, 9, 0, "t" + "h" * 9),
        (10, 0, 0, 2, "ww"),
        (2, 9, 9, 9, "th"),
        (0, 9, 9, 9, ""),
        (10, 0, 0, 0, ""),
    ],
)
def test_kinds_share_the_limit(limit: int, tags: int, headlines: int, words: int, shown: str) -> None:
    given = share_limit(limit, some("tag", tags), some("headline", headlines), some("word", words))
    assert "".join(suggestion.kind[0] for suggestion in given) == shown
    for kind in ("tag", "headline", "word"):
        texts = [suggestion.text for suggestion in given if suggestion.kind == kind]
        assert texts == [f"{kind} {n}" for n in range(len(texts))]  # the best of each


@pytest.mark.parametrize(
    ("words", "typed", "fits"),
    [
        ("Bashar al-Assad", "ass", True),
        ("Bashar al-Assad", "al-a", True),
        ("Bashar al-Assad", "bashar as", False),
        ("Café de Paris", "CAFE", True),
        ("Café de Paris", "afe", False),
        ("Anything", "", False),
        ("Anything", "–", False),
    ],
)
def test_typed_text_matches_from_the_beginning_of_a_word(words: str, typed: str, fits: bool) -> None:
    assert has_word_prefix(typed_words(words), typed_words(typed)) is fits


def test_corrections_are_by_edits_then_first_letter_then_frequency() -> None:
    candidates = [
        ("syrup", 2, 90),
        ("suria", 1, 1),
        ("siria", 1, 5),
        ("ayria", 1, 50),
        ("syria", 0, 9),
        ("syr1a", 1, 7),
    ]
    found = best_corrections("syria", candidates, 5)
    assert found == (Correction("siria", 5), Correction("suria", 1), Correction("ayria", 50), Correction("syrup", 90))
    assert best_corrections("syria", candidates, 1) == found[:1]


def test_short_words_are_corrected_within_one_edit_and_long_ones_within_two() -> None:
    assert [max_edits(word) for word in ("is", "rain", "syria", "government")] == [1, 1, 2, 2]
