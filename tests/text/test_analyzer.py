"""What is a word: the hard cases of the news."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.analyzer import (
    ACRONYM_MARK,
    LINE_GAP,
    MAX_WORD,
    SMALL_WORD_WEIGHT,
    STEM_MARK,
    STEM_WEIGHT,
    fold,
    index_terms,
    query_words,
    tokenize,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("–…!?", []),
        ("Russia's Putin", ["russia", "putin"]),
        ("the Joneses' house", ["the", "joneses", "house"]),
        ("PUTIN’S plan", ["putin", "plan"]),
        ("don't", ["don", "t"]),
        ("al-Assad", ["al", "assad"]),
        ("U.S. and U.S, U.K.'s", ["us", "and", "us", "uk"]),
        ("U.S.A; U.S.-led t.co", ["usa", "us", "led", "t", "co"]),
        ("J.K.Rowling", ["jk", "rowling"]),
        ("IS WHO it", ["is", "who", "it"]),
        ("1,000 at 3.5 or 30.09.2015", ["1000", "at", "3.5", "or", "30.09.2015"]),
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("Łódź, Straße, ﬁre, Ærø", ["lodz", "strasse", "fire", "aero"]),
        ("Ａｉｒ ２０１５", ["air", "2015"]),  # full width
        ("国会x開く", ["国", "会", "x", "開", "く"]),
        ("COVID-19 F-16", ["covid", "19", "f", "16"]),
        ("Россия́ Ελλάδα", ["россия", "ελλαδα"]),
        ("snake_case", ["snake", "case"]),
        ("a" * 100, ["a" * MAX_WORD]),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert [token.word for token in tokenize(text)] == words


@pytest.mark.parametrize(
    ("printed", "language", "stem"),
    [
        ("strikes", "en", "strike"),
        ("Striking", "en", "strike"),
        ("STRIKES", "en", "strike"),
        ("grèves", "fr", "grev"),
        ("strikes", "xx", "strikes"),
        ("Häuser", "de", "haus"),
        ("café", "en", "cafe"),
    ],
)
def test_a_stem_is_that_of_the_language(printed: str, language: str, stem: str) -> None:
    assert tokenize(printed, language)[0].stem == stem


@pytest.mark.parametrize(
    ("printed", "acronym"),
    [("IS", True), ("U.S.", True), ("UNICEF", True), ("A", False), ("MOSCOWS", False), ("Is", False), ("F16", False)],
)
def test_capitals_are_remembered(printed: str, acronym: bool) -> None:
    (token,) = tokenize(printed)
    assert token.acronym is acronym
    assert (ACRONYM_MARK + token.word in index_terms(token)) is acronym


def test_lines_are_apart() -> None:
    assert [token.position for token in tokenize("one two\nthree\n\nfour")] == [0, 1, 2 + LINE_GAP, 3 + 3 * LINE_GAP]


@given(text=st.text(max_size=60), language=st.sampled_from(("en", "fr", "xx")))
def test_tokens_are_in_order_and_in_place(text: str, language: str) -> None:
    tokens = tokenize(text, language)
    end, position = 0, -1
    for token in tokens:
        assert end <= token.start < token.end <= len(text)
        assert token.position > position
        assert token.word
        assert not set(token.word) & {STEM_MARK, ACRONYM_MARK, "\n", " "}
        end, position = token.end, token.position


@given(text=st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize("printed", ["strike", "strikes", "Striking", "café", "news", "IS"])
def test_an_occurrence_of_the_typed_word_counts_one_and_of_its_stem_less(printed: str) -> None:
    (asked,) = query_words(printed)
    weights = dict(asked.terms)
    (same,) = tokenize(printed)
    assert sum(weights.get(term, 0) for term in index_terms(same)) == pytest.approx(1)
    for other in ("strike", "strikes", "striking", "striker"):
        (token,) = tokenize(other)
        if token.word != asked.word and token.stem == same.stem:
            assert sum(weights.get(term, 0) for term in index_terms(token)) == pytest.approx(STEM_WEIGHT)


def test_a_word_in_several_languages_still_counts_one() -> None:
    (asked,) = query_words("nationales", ("en", "fr", "de"))
    weights = dict(asked.terms)
    for language in ("en", "fr", "de"):
        (token,) = tokenize("nationales", language)
        assert sum(weights.get(term, 0) for term in index_terms(token)) >= 1 - 1e-9


def test_an_acronym_prefers_capitals_and_finds_both() -> None:
    (asked,) = query_words("US", acronym=True)
    assert dict(asked.terms) == pytest.approx({"us": SMALL_WORD_WEIGHT, "^us": 1 - SMALL_WORD_WEIGHT})


@pytest.mark.parametrize(("asked", "other"), [("willingness", "willing"), ("pleased", "pleas"), ("strikes", "strike")])
def test_a_word_that_looks_like_a_stem_is_found_by_it_only_where_it_is_its_own(asked: str, other: str) -> None:
    (word,) = query_words(asked)
    (token,) = tokenize(other)
    assert (other in dict(word.terms)) == (token.stem == other)
