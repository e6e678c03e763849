"""Compiled tokens are those of `analyzer.tokenize` for every text and language, and words that were learnt stay apart.

This is also the test of the kernels in `tokenizer_kernels`, `tokenize_texts`, `tokenize_ascii_texts`, `insert_words`
and `rehash`: their table shows in the forms of tokens, whose oracle is the analyzer.
"""

import gzip
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.analysis import fast_tokenizer
from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.analysis.tokenizer_kernels import (
    ALPHANUMERIC,
    DIGIT,
    LATIN,
    NEWLINE,
    ONE_CHARACTER,
    WORD,
)
from searchsvc.engines.embedded.analysis.tokens import Tokens
from searchsvc.model.query import Phrase, Term
from searchsvc.text import analyzer
from searchsvc.text.analyzer import LINE_GAP, MAX_WORD, Token, index_terms, query_words, tokenize
from searchsvc.text.matching import matcher

LANGUAGES = ("", "en", "fr", "de", "xx")
SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"

# One for all random texts: words learnt from some must not show in others.
LEARNT = Tokenizers()

# What the rules of a word depend on, more often than by chance.
_HARD = st.sampled_from(
    [*"aAbsSeßéÉİıﬁ019٣²½国くⅷ⺀〇𠀀\u0301\u0300\u036f\u0370'’‘.,·_- \n\t\x00\r\u2028\ud800\udfff\U0001f600"]
    + ["U.S.", "J.K.", "'s", "’S", "1,000", "3.5", "strikes", "Häuser", "grèves", "x" * MAX_WORD, "Ａｉｒ"]
)
TEXTS = st.one_of(
    st.lists(_HARD, max_size=25).map("".join),
    st.lists(st.one_of(_HARD, st.characters(exclude_categories=())), max_size=15).map("".join),
    st.text(alphabet="abS.,'1 \n", max_size=30),
    st.text(alphabet="aé\u0301国.’s1٣,", max_size=30),
)


def tokens_of(tokenizers: Tokenizers, text: str, language: str) -> list[Token]:
    return tokenizers.to_tokens(tokenizers.of(language).tokenize(text))


@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_compiled_tokens_are_those_of_the_plain_tokenizer(text: str, language: str) -> None:
    expected = tokenize(text, language)
    assert tokens_of(LEARNT, text, language) == expected
    assert tokens_of(LEARNT, text, language) == expected  # when all its words are known
    assert tokens_of(Tokenizers(), text, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "a",
        "–…!?",
        "U.S. and U.S, U.K.'s U.S.-led",
        "U.S.A", "U.S.A.", "U.S.Army", "U.Sx", "U.S1", "U.S_", "U.S.\u0301", "U.S\u0301", "xU.S.", "1U.S.", "_U.S.",
        "国U.S.", "é.U.S.", "\u0301U.S.", "U.", "U.S", ".U.S", "U..S.", "t.co", "J.K.Rowling", "J.K.R\u0301owling",
        "1,000", "1,000abc", "a1,000", "1a,000", "1,,000", "1,", "1.2.3,4.", "٣,٣", "²,5", "½.5", "1.é", "1,000.\n5",
        "Putin's", "Putin’S", "Putin's.", "Putin'", "Putin's_x", "Putin'sx", "Putin's\u0301x", "Putin's1", "Putin's's",
        "Putin's.o", "Putin's.o.p", "'s", "''s", "国's", "\u0301's a", "a's's b", "1,000's x", "U.S.'s x", "a‘s",
        "\u0301", "\u0301 a \u0301\u0301 b", "cafe\u0301 \u0301cafe", "\u0301\n\u0301a", "a \u0301 b \u0301 c \u0301",
        "国会x開く", "国\u0301会", "⺀〇", "𠀀𠀁 x", "〇1,000",
        "snake_case __init__", "one two\nthree\n\nfour",
        "a" * (MAX_WORD - 1), "a" * MAX_WORD, "a" * (MAX_WORD + 1), "é" * 500 + " " + "é" * 500 + "x",
        ("1" * 40 + ",") * 3 + "1", "U." * 50 + "S",
        "\ud800 a\udfffb", "a\x00b \x00", "Łódź, Straße, ﬁre, Ærø İı", "Ａｉｒ ２０１５ ⅷ",
        "the the THE The tHe", "IS is Is",
    ],
)  # fmt: skip
def test_hard_cases_are_as_in_tokenize(text: str, language: str) -> None:
    assert tokens_of(Tokenizers(), text, language) == tokenize(text, language)
    assert tokens_of(LEARNT, text, language) == tokenize(text, language)


def test_word_classes_are_as_the_expressions_of_the_analyzer() -> None:
    everything = "".join(map(chr, range(0x110000)))
    spaceless = f"[{''.join(f'{first}-{last}' for first, last in analyzer.SPACELESS)}]"
    marks = f"[{'-'.join(analyzer.MARKS)}]"
    of_bit = {
        WORD: rf"(?!{spaceless})(?:[^\W_]|{marks})",
        ALPHANUMERIC: r"[^\W_]",
        DIGIT: r"\d",
        LATIN: "[A-Za-z]",
        ONE_CHARACTER: spaceless,
        NEWLINE: r"\n",
    }
    classes = fast_tokenizer.word_classes()
    for bit, expression in of_bit.items():
        expected = [match.start() for match in re.finditer(expression, everything)]
        assert np.flatnonzero(classes & bit).tolist() == expected, expression


def test_a_form_has_one_number_in_all_languages_and_numbers_go_by_first_appearance() -> None:
    tokenizers = Tokenizers()
    assert tokenizers.of("en").tokenize("Strikes in, strikes IN").forms.tolist() == [0, 1, 0, 2]
    assert tokenizers.of("xx").tokenize("strikes in Rome").forms.tolist() == [3, 1, 4]  # it knows no stem of strikes
    assert tokenizers.of("en").tokenize("in").forms.tolist() == [1]
    assert tokenizers.forms == [
        ("strikes", "strike", False), ("in", "in", False), ("in", "in", True),
        ("strikes", "strikes", False), ("rome", "rome", False),
    ]  # fmt: skip


@given(texts=st.lists(TEXTS, max_size=5))
def test_languages_do_not_mix_up_their_words(texts: list[str]) -> None:
    tokenizers = Tokenizers()
    for text in texts:
        for language in LANGUAGES:
            assert tokens_of(tokenizers, text, language) == tokenize(text, language)
    assert len(set(tokenizers.forms)) == len(tokenizers.forms)


def test_languages_without_a_stemmer_share_a_tokenizer() -> None:
    tokenizers = Tokenizers()
    assert tokenizers.of("xx") is tokenizers.of("") is tokenizers.of("whatever stands in a file")
    assert tokenizers.of("en") is tokenizers.of("en") is not tokenizers.of("fr")


def test_returned_arrays_are_not_written_over() -> None:
    tokenizer = Tokenizers().of("en")
    first = tokenizer.tokenize("one two three")
    kept = [column.copy() for column in first]
    pair = tokenizer.tokenize_batch(["four", "five"])
    tokenizer.tokenize("nine ten eleven " * 1000)
    tokenizer.tokenize_batch(["twelve"])
    for column, before in zip(first, kept, strict=True):
        assert column.dtype == np.uint32
        assert column.tolist() == before.tolist()
    assert [column.tolist() for column in pair] == [[3, 4], [0, 0], [1, 1]]


@given(texts=st.lists(TEXTS, max_size=8), known=st.booleans())
def test_each_text_of_a_batch_is_tokenized_on_its_own(texts: list[str], known: bool) -> None:
    tokenizers = LEARNT if known else Tokenizers()
    batch = tokenizers.of("en").tokenize_batch(texts)
    expected = [tokenize(text) for text in texts]
    assert batch.counts.tolist() == [len(tokens) for tokens in expected]
    assert batch.positions.tolist() == [token.position for tokens in expected for token in tokens]
    assert [tokenizers.forms[n] for n in batch.forms] == [token[:3] for tokens in expected for token in tokens]


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["", "a", ""], ["a'", "s"], ["a", "'s b"], ["1,", "000"], ["U", ".S."], ["U.", "S."], ["x", "U.S"]],
)
def test_words_do_not_run_from_one_text_into_the_next(texts: list[str]) -> None:
    tokenizers = Tokenizers()
    for _ in range(2):
        batch = tokenizers.of("en").tokenize_batch(texts)
        words = [[token.word for token in tokenize(text)] for text in texts]
        assert [tokenizers.forms[n][0] for n in batch.forms] == list(chain.from_iterable(words))
        assert batch.counts.tolist() == list(map(len, words))


@given(text=TEXTS, asked=TEXTS)
def test_forms_having_a_term_are_the_tokens_that_have_it(text: str, asked: str) -> None:
    tokenized = LEARNT.of("en").tokenize(text)
    terms = {term for token in tokenize(asked) for term in index_terms(token)}
    chosen = np.flatnonzero(np.isin(tokenized.forms, list(LEARNT.forms_with_terms(terms))))
    expected = [token for token in tokenize(text) if terms & set(index_terms(token))]
    assert LEARNT.to_tokens(tokenized, chosen) == expected


@given(text=TEXTS, asked=TEXTS.filter(str.strip), slop=st.sampled_from((None, 0, 3)))
def test_a_matcher_needs_only_the_tokens_that_have_its_terms(text: str, asked: str, slop: int | None) -> None:
    text = f"{text} {asked} {text} {asked}"
    terms = {term for word in query_words(asked) for term, _ in word.terms}
    tokenized = LEARNT.of("en").tokenize(text)
    few = LEARNT.to_tokens(tokenized, np.flatnonzero(np.isin(tokenized.forms, list(LEARNT.forms_with_terms(terms)))))
    every = tokenize(text)
    for leaf in (Term(asked), Phrase(asked, slop=slop)):
        find = matcher(leaf)
        spans = [[(t[o.first].start, t[o.end - 1].end) for o in find(t)] for t in (few, every)]
        assert spans[0] == spans[1]


def test_similar_words_are_told_apart() -> None:
    # About the length and the characters that a key can hold, and with one letter of difference at either end.
    words = [
        first + middle * length + last
        for first in ("", "a", "b", "ÿ", "Ā")
        for middle in ("m", "é", "ж")
        for length in range(5, 18)
        for last in ("", "a", "b", "ÿ", "Ā")
    ]
    tokenizers = Tokenizers()
    for text in (" ".join(words), " ".join(reversed(words)), " ".join(word for word in words if word.isascii())):
        assert tokens_of(tokenizers, text, "xx") == tokenize(text, "xx")


def test_more_words_than_a_table_begins_with() -> None:
    text = " ".join(f"word{number}" for number in range(20_000))
    tokenizers = Tokenizers()
    assert tokens_of(tokenizers, text, "en") == tokenize(text)
    assert tokens_of(tokenizers, text + " é", "en") == tokenize(text + " é")
    assert len(tokenizers.forms) == 20_001


def test_a_table_that_is_full_begins_anew_and_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_tokenizer, "MAX_PRINTED_WORDS", 10)
    tokenizers = Tokenizers()
    texts = ["a b c d e f g", "h i j k l", "a b é", " ".join(f"w{n}" for n in range(50)) + " a b", "w0 w1 w49"]
    for text in texts * 2:
        assert tokens_of(tokenizers, text, "en") == tokenize(text)
    assert [form[0] for form in tokenizers.forms[:12]] == list("abcdefghijkl")
    assert len(set(tokenizers.forms)) == len(tokenizers.forms)


def test_many_short_words_are_told_apart() -> None:
    tokenizers = Tokenizers()
    words = [a + b + c for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh"]
    for text in (" ".join(words), " ".join(reversed(words)), "á ".join(words)):
        assert [token.word for token in tokens_of(tokenizers, text, "xx")] == [t.word for t in tokenize(text, "xx")]


def test_positions_of_a_long_text_go_on() -> None:
    text = "one two\n" * 50_000
    tokenized = Tokenizers().of("en").tokenize(text)
    assert len(tokenized.positions) == 100_000
    assert tokenized.positions[-1] == 99_999 + 49_999 * LINE_GAP
    assert text[tokenized.starts[-1] : tokenized.ends[-1]] == "two"


def test_threads_share_tokenizers() -> None:
    tokenizers = Tokenizers()
    texts = [" ".join(f"w{(n * 7 + k) % 997}é" for k in range(50)) for n in range(400)]

    def agrees(number: int) -> bool:
        text, language = texts[number % len(texts)], LANGUAGES[number % len(LANGUAGES)]
        return tokens_of(tokenizers, text, language) == tokenize(text, language)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(agrees, range(1600)))
    assert len(set(tokenizers.forms)) == len(tokenizers.forms)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["reuters_2006_2010", "wikinews", "digitalgov", "allsides"])
def test_compiled_tokens_of_real_news_are_those_of_the_plain_tokenizer(name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the news is not here ({SHARED / name})")
    tokenizers = Tokenizers()
    compared = 0
    for text in islice(_bodies(SHARED / name), 1_000):
        tokenized = tokenizers.of("en").tokenize(text)
        assert tokenizers.to_tokens(tokenized) == tokenize(text)
        compared += 1
    assert compared > 100


def _bodies(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line).get("body") or ""


def test_tokens_are_four_arrays_of_one_length() -> None:
    tokenized = Tokenizers().of("en").tokenize("")
    assert isinstance(tokenized, Tokens)
    assert [len(column) for column in tokenized] == [0, 0, 0, 0]
