"""Analyzer: text to tokens, and tokens to the terms that an index keeps.

One definition of a word for everything: what is indexed, what is asked and what is highlighted.
A token is found by its **word** (case and accents folded: `café` is `cafe`, `U.S.` is `us`) and by its **stem**
(`strikes` by `strike`); capitals are remembered, so that `US` can come before `us`. Nothing is a stop word.

Not for cleaning (`text.cleaning`) nor for the syntax of queries (`querylang`).

>>> [(t.word, t.stem) for t in tokenize("U.S. air strikes at the café: al-Assad's")]
... # doctest: +NORMALIZE_WHITESPACE
[('us', 'us'), ('air', 'air'), ('strikes', 'strike'), ('at', 'at'), ('the', 'the'), ('cafe', 'cafe'),
 ('al', 'al'), ('assad', 'assad')]
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from searchsvc.text.stemmers import SNOWBALL, stemmer, stems

VERSION = 1  # raised whenever the same text would give other terms: an index remembers it

# A newline moves positions on by this many: no phrase runs from one paragraph, or one tag, into the next.
LINE_GAP = 10

# Longer runs of letters and digits are cut to this many characters: nobody types them, and they are mostly noise.
MAX_WORD = 64

STEM_MARK = "~"  # begins the term of a stem
ACRONYM_MARK = "^"  # begins the term of a word in capitals

# Scripts without spaces, as first and last characters: each character is a word, and a typed run of them is a phrase.
SPACELESS = (
    ("\u2e80", "\u2fdf"), ("\u3005", "\u3007"), ("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"), ("\U00020000", "\U0002fa1f"),
)  # fmt: skip
MARKS = ("\u0300", "\u036f")  # accents that stand apart from their letter
_SPACELESS = "".join(f"{first}-{last}" for first, last in SPACELESS)
_MARKS = "-".join(MARKS)
_TOKEN = re.compile(
    r"\n"
    rf"|[{_SPACELESS}]"
    r"|(?<![^\W_])(?:[A-Za-z]\.)+[A-Za-z](?:\.|(?![^\W_]))"  # U.S. and U.S and U.S.A; not "t.co"
    r"|\d+(?:[.,]\d+)+"  # 1,000 and 3.5 are one word each
    rf"|(?:[^\W_{_SPACELESS}]|[{_MARKS}])+"
)
_QUOTES = frozenset("'’")
_POSSESSIVE = re.compile(r"['’](?:s|S)(?![^\W_])")


Form = tuple[str, str, bool]  # word, stem and whether in capitals: what decides the terms of a token


class Token(NamedTuple):
    """One word of a text: `start` and `end` are its span in it, `position` its place among the words."""

    word: str
    stem: str
    acronym: bool
    start: int
    end: int
    position: int


def tokenize(text: str, language: str = "en") -> list[Token]:
    """The words of `text`, in order, stems by the rules of `language` (an ISO 639-1 code)."""
    known = _forms(language)
    make = tuple.__new__  # a Token, without the call of a function in between
    tokens: list[Token] = []
    position = 0
    skip_to = 0
    for match in _TOKEN.finditer(text):
        printed = match[0]
        if printed == "\n":
            position += LINE_GAP
            continue
        start, end = match.span()
        if start < skip_to:
            continue
        if text[end : end + 1] in _QUOTES and (possessive := _POSSESSIVE.match(text, end)) is not None:
            skip_to = possessive.end()  # the s of Putin's is no word
        word, stem, acronym = known[printed]
        if word:
            tokens.append(make(Token, (word, stem, acronym, start, end, position)))
            position += 1
    return tokens


def analyse(printed: Sequence[str], language: str) -> list[Form]:
    """Words as they are printed, which `tokenize` would cut out, as it gives them; "" for no word. None is remembered.

    >>> analyse(["Strikes", "U.S.", "Cafés"], "en")
    [('strikes', 'strike', False), ('us', 'us', True), ('cafes', 'cafe', False)]
    """
    words = [each if len(each) <= MAX_WORD and each.isalnum() else _cut(each) for each in printed]
    lower = [each.lower() for each in words]
    return [
        (
            low if low.isascii() and word.isascii() else fold(word),
            stem.lower() if stem.isascii() else fold(stem),
            word.isupper() and _is_acronym(word),
        )
        for word, low, stem in zip(words, lower, stems(lower, language), strict=True)
    ]


def index_terms(token: Token) -> tuple[str, ...]:
    """The terms under which an index keeps a token: its word; its stem where that differs; its capitals.

    >>> index_terms(tokenize("strikes")[0]), index_terms(tokenize("IS")[0])
    (('strikes', '~strike'), ('is', '^is'))
    """
    terms: tuple[str, ...] = (token.word,)
    if token.stem != token.word:
        terms += (STEM_MARK + token.stem,)
    if token.acronym:
        terms += (ACRONYM_MARK + token.word,)
    return terms


STEM_WEIGHT = 0.7  # of a word that only shares the stem, where the typed word itself counts 1
SMALL_WORD_WEIGHT = 0.05  # of "us", where "US" was asked and counts 1


@dataclass(frozen=True, slots=True)
class QueryWord:
    """One asked word as index terms, each with what an occurrence adds to the word's frequency.

    A token matches when it has any of the terms; weights of the terms that it has add up.
    """

    word: str
    terms: tuple[tuple[str, float], ...]


def query_words(
    text: str, languages: Iterable[str] = ("en",), *, exact: bool = False, acronym: bool = False
) -> tuple[QueryWord, ...]:
    """The words of a typed text with the terms that they are found by; several where one was cut (`al-Assad`).

    >>> [w.terms for w in query_words("strikes")]
    [(('strikes', 0.3), ('strike', 0.7), ('~strike', 0.7))]
    """
    return _query_words(text, tuple(languages), exact, acronym)


@lru_cache(maxsize=4_096)  # a word is asked for again by each segment, hit and page
def _query_words(text: str, languages: tuple[str, ...], exact: bool, acronym: bool) -> tuple[QueryWord, ...]:
    return tuple(
        QueryWord(token.word, _weighted_terms(token.word, text[token.start : token.end], languages, exact, acronym))
        for token in tokenize(text, "")
    )


def _weighted_terms(
    word: str, printed: str, languages: tuple[str, ...], exact: bool, acronym: bool
) -> tuple[tuple[str, float], ...]:
    if acronym:
        return ((word, SMALL_WORD_WEIGHT), (ACRONYM_MARK + word, 1 - SMALL_WORD_WEIGHT))
    if exact:
        return ((word, 1.0),)
    weights: dict[str, float] = {word: 0.0}
    for language in languages:
        stem = _analyse(printed, stemmer(language))[1]
        if _analyse(stem, stemmer(language))[1] == stem:  # "willing" is no form of "willingness": its stem is "will"
            weights[stem] = STEM_WEIGHT  # words that are their own stem
        weights[STEM_MARK + stem] = STEM_WEIGHT  # words that are cut to it
    # An occurrence of the typed word counts 1 in all: it has its own term, and a stem's term where it is cut.
    weights[word] = 1.0 if word in _stems(weights) else round(1 - STEM_WEIGHT, 6)
    return tuple(weights.items())


def _stems(weights: Iterable[str]) -> set[str]:
    return {term[1:] for term in weights if term.startswith(STEM_MARK)}


def fold(text: str) -> str:
    """Case and accents folded: what two spellings of one word share.

    >>> fold("Café"), fold("STRASSE") == fold("Straße"), fold("Łódź")
    ('cafe', True, 'lodz')
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).translate(_NO_DECOMPOSITION).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(c))


# Letters with a stroke or a ligature, which Unicode does not take apart.
_NO_DECOMPOSITION = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe",
     "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ħ": "h", "Ħ": "h", "ı": "i", "İ": "i"}
)  # fmt: skip


class _Forms(dict[str, Form]):
    """The analysis of each printed word of a language met so far; a look into a dict is most of what a token costs."""

    MOST = 20_000  # words; beyond, it begins anew: some 5 MB a language in use

    def __init__(self, language: str) -> None:
        super().__init__()
        self._stem_of = stemmer(language)

    def __missing__(self, printed: str) -> Form:
        if len(self) >= self.MOST:
            self.clear()
        analysed = self[printed] = _analyse(printed, self._stem_of)
        return analysed


@cache
def _forms(language: str) -> _Forms:
    return _Forms(language) if language in SNOWBALL or not language else _forms("")


def _analyse(printed: str, stem_of: Callable[[str], str]) -> Form:
    word = _cut(printed)
    # Stemmed before accents go: the rules of French and German need them.
    return fold(word), fold(stem_of(word.lower())), _is_acronym(word)


def _cut(printed: str) -> str:
    if not printed.isalnum():  # U.S. is US, 1,000 is 1000; 3.5 stays
        printed = printed.replace(".", "") if printed[0].isalpha() else printed.replace(",", "")
    return printed[:MAX_WORD]


def _is_acronym(word: str) -> bool:
    return 2 <= len(word) <= 6 and word.isupper() and word.isalpha()
