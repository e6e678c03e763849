"""What matches, against tables and the plainest reading of the definitions."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term
from searchsvc.text.analyzer import index_terms, query_words, tokenize
from searchsvc.text.matching import WordLeaf, any_of, matcher, occurrences, pattern_word, windows

TEXT = "Air strikes hit Syria's north; air-strike fears. The US and us: al-Assad, Assad"


@pytest.mark.parametrize(
    ("leaf", "found"),
    [
        (Term("strikes"), [("strikes", 1.0), ("strike", 0.7)]),
        (Term("strike"), [("strikes", 0.7), ("strike", 1.0)]),
        (Term("strikes", exact=True), [("strikes", 1.0)]),
        (Term("us"), [("US", 1.0), ("us", 1.0)]),
        (Term("US", acronym=True), [("US", 1.0), ("us", 0.05)]),
        (Term("al-Assad"), [("al-Assad", 1.0)]),
        (Term("air-strikes"), [("Air strikes", 1.0), ("air-strike", 1.0)]),
        (Term("north-fears"), []),
        (Phrase("air strikes"), [("Air strikes", 1.0)]),
        (Phrase("air strike"), [("air-strike", 1.0)]),
        (Phrase("Syria north"), [("Syria's north", 1.0)]),
        (Phrase("strike air", slop=0), [("Air strikes", 1.0), ("air-strike", 1.0)]),
        (Phrase("syria air", slop=1), [("Syria's north; air", 1.0)]),
        (Phrase("syria air", slop=2), [("Air strikes hit Syria", 1.0), ("Syria's north; air", 1.0)]),
        (Phrase("fears"), [("fears", 1.0)]),
        (Phrase("fear", slop=3), [("fears", 1.0)]),
        (Prefix("stri"), [("strikes", 1.0), ("strike", 1.0)]),
        (Prefix("STRIKES"), [("strikes", 1.0)]),
        (Fuzzy("strikse", 1), [("strikes", 1.0), ("strike", 1.0)]),
        (Fuzzy("asad", 1), [("Assad", 1.0), ("Assad", 1.0)]),
        (Term(""), []),
        (Phrase("?", slop=1), []),
        (Prefix(""), []),
        (Fuzzy("", 2), []),
    ],
)
def test_a_leaf_occurs_where_it_says(leaf: WordLeaf, found: list[tuple[str, float]]) -> None:
    tokens = tokenize(TEXT)
    runs = [(TEXT[tokens[o.first].start : tokens[o.end - 1].end], o.weight) for o in occurrences(leaf, tokens)]
    assert [text for text, _ in runs] == [text for text, _ in found]
    assert [weight for _, weight in runs] == pytest.approx([weight for _, weight in found])


def test_an_exact_request_leaves_stems_out() -> None:
    tokens = tokenize(TEXT)
    assert len(occurrences(Term("strike"), tokens, exact=True)) == 1
    assert occurrences(Phrase("air fear", slop=9), tokens, exact=True) == []
    assert occurrences(Term("air-striking"), tokens, exact=True) == []


def test_a_run_does_not_cross_a_line() -> None:
    tokens = tokenize("air\nstrikes")
    assert occurrences(Phrase("air strikes"), tokens) == occurrences(Term("air-strikes"), tokens) == []
    assert occurrences(Phrase("air strikes", slop=9), tokens) == []
    assert occurrences(Phrase("air strikes", slop=10), tokens) == [(0, 2, 1.0)]


def test_the_same_text_without_spaces_is_a_run_of_its_characters() -> None:
    tokens = tokenize("在国会上")
    assert occurrences(Term("国会"), tokens) == [(1, 3, 1.0)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Strik", "strik"),
        ("U.S.", "us"),
        ("al-Ass", "alass"),
        ("1,0", "10"),
        ("Putin's", "putin"),
        ("é", "e"),
        ("-", ""),
    ],
)
def test_a_pattern_is_one_folded_word(text: str, word: str) -> None:
    assert pattern_word(text) == word


WORDS = ("strike", "strikes", "Striking", "us", "US", "air", "café", "cafe")
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from((" ", ", ", "\n"))), max_size=8).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@given(
    text=texts,
    word=st.sampled_from(WORDS),
    acronym=st.booleans(),
    exact=st.booleans(),
    languages=st.sampled_from((("en",), ("fr",), ("en", "fr"), ())),
)
def test_a_word_occurs_by_its_index_terms(
    text: str, word: str, acronym: bool, exact: bool, languages: tuple[str, ...]
) -> None:
    tokens = tokenize(text)
    (asked,) = query_words(word, languages, exact=exact, acronym=acronym)
    weights = dict(asked.terms)
    plain = [(i, sum(weights.get(term, 0.0) for term in index_terms(token))) for i, token in enumerate(tokens)]
    found = occurrences(Term(word, acronym=acronym), tokens, languages=languages, exact=exact)
    assert [(o.first, o.end) for o in found] == [(i, i + 1) for i, weight in plain if weight]
    assert [o.weight for o in found] == pytest.approx([weight for _, weight in plain if weight])


places = st.lists(st.lists(st.integers(0, 9), max_size=4, unique=True).map(sorted), min_size=1, max_size=4)


@given(places=places, slop=st.integers(0, 8))
def test_windows_are_the_minimal_ones_of_all_ways_to_place_the_words(places: list[list[int]], slop: int) -> None:
    stops = sorted({place for of_word in places for place in of_word})
    spans = {
        (min(chosen), max(chosen))
        for chosen in permutations(stops, len(places))
        if all(place in of_word for place, of_word in zip(chosen, places, strict=True))
        and max(chosen) - min(chosen) + 1 - len(places) <= slop
    }
    minimal = {(a, b) for a, b in spans if not any((c, d) != (a, b) and a <= c and d <= b for c, d in spans)}
    assert windows(places, slop) == sorted(minimal)


@given(text=texts, beginning=st.sampled_from(("st", "u", "strike", "c")))
def test_a_prefix_is_any_of_its_words(text: str, beginning: str) -> None:
    tokens = tokenize(text)
    words = {token.word for token in tokens if token.word.startswith(beginning)}
    assert matcher(Prefix(beginning))(tokens) == any_of(words)(tokens)
