"""Matching: what it is for a text to match a word, a phrase, a prefix or a fuzzy word of a query.

An **occurrence** is a run of tokens, from `first` up to and without `end`, and its weight in the ranking:

- A **term** of one word occurs at each token that has any of the word's terms (`analyzer.query_words`), with the sum of
  the weights of those that it has. A term that the analyzer cuts (`al-Assad`) occurs where tokens at consecutive
  positions match its words in turn, stems allowed unless exact, with weight 1.
- A **phrase** without a slop occurs where tokens at consecutive positions *are* its words; stems do not count.
- A phrase with a slop occurs at each minimal window in which its words, stems allowed unless exact, can be given
  tokens of their own, no token serving two words, in any order, and

      last position - first position + 1 - number of words <= slop

  A window is minimal when no other such window lies inside it (`windows` computes them).
- A **prefix** occurs at tokens whose word begins with its word, a **fuzzy** word at tokens at most `distance` letters
  off.

Occurrences of one leaf may overlap. A leaf whose analysis leaves no word occurs nowhere. Facets, dates and which
fields are looked in are the engines' business.

>>> from searchsvc.text.analyzer import tokenize
>>> occurrences(Phrase("air strikes"), tokenize("Air strikes, more air strikes"))
[Occurrence(first=0, end=2, weight=1.0), Occurrence(first=3, end=5, weight=1.0)]
>>> [o.weight for o in occurrences(Term("strikes"), tokenize("strike strikes striking"))]
[0.7, 1.0, 0.7]
"""

from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple, assert_never

from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, QueryWord, Token, fold, query_words
from searchsvc.text.distance import distance

WordLeaf = Term | Phrase | Prefix | Fuzzy


class Occurrence(NamedTuple):
    """The run of tokens `tokens[first:end]` and its weight."""

    first: int
    end: int
    weight: float


Matcher = Callable[[Sequence[Token]], list[Occurrence]]


def occurrences(
    leaf: WordLeaf, tokens: Sequence[Token], *, languages: Iterable[str] = ("en",), exact: bool = False
) -> list[Occurrence]:
    """Where `leaf` occurs in the tokens of one text, from left to right."""
    return matcher(leaf, languages=languages, exact=exact)(tokens)


def matcher(leaf: WordLeaf, *, languages: Iterable[str] = ("en",), exact: bool = False) -> Matcher:
    """What finds `leaf` in the tokens of any text; made once, it does not analyse the query again."""
    match leaf:
        case Term():
            words = query_words(leaf.text, languages, exact=exact or leaf.exact, acronym=leaf.acronym)
            return _row_matcher(words) if len(words) != 1 else _term_matcher(words[0])
        case Phrase() if leaf.slop is None:
            return _row_matcher(query_words(leaf.text, languages, exact=True))
        case Phrase():
            return _window_matcher(query_words(leaf.text, languages, exact=exact), leaf.slop or 0)
        case Prefix() | Fuzzy():
            test = word_test(leaf)
            return lambda tokens: [Occurrence(i, i + 1, 1.0) for i, token in enumerate(tokens) if test(token.word)]
        case _:
            assert_never(leaf)


def any_of(words: Set[str]) -> Matcher:
    """What finds each token whose word is among `words`: a prefix or fuzzy word, expanded."""
    return lambda tokens: [Occurrence(i, i + 1, 1.0) for i, token in enumerate(tokens) if token.word in words]


def word_test(leaf: Prefix | Fuzzy) -> Callable[[str], bool]:
    """Whether a token's word is found by this leaf."""
    wanted = pattern_word(leaf.text)
    if not wanted:
        return lambda word: False
    match leaf:
        case Prefix():
            return lambda word: word.startswith(wanted)
        case Fuzzy(distance=most):
            return lambda word: abs(len(word) - len(wanted)) <= most and distance(wanted, word, most=most) <= most
        case _:
            assert_never(leaf)


def pattern_word(text: str) -> str:
    """The folded word that a prefix or fuzzy word is compared by: the analysed one, or of several all letters in a row.

    >>> pattern_word("U.S."), pattern_word("al-Ass"), pattern_word("–")
    ('us', 'alass', '')
    """
    words = query_words(text, (), exact=True)
    if len(words) == 1:
        return words[0].word
    return "".join(c for c in fold(text) if c.isalnum())


def windows(places: Sequence[Sequence[int]], slop: int) -> list[tuple[int, int]]:
    """The minimal windows, as first and last position, in which each word has a place of its own.

    `places` are the ascending positions at which each word could stand; several words may compete for one position.

    >>> windows([[1, 8], [3, 9]], 2), windows([[1, 5], [1, 5]], 2), windows([[1, 5], [1, 5]], 3)
    ([(1, 3), (8, 9)], [], [(1, 5)])
    """
    words = len(places)
    if not words or not all(places):
        return []
    served: dict[int, list[int]] = {}
    for word, of_word in enumerate(places):
        for place in of_word:
            served.setdefault(place, []).append(word)
    stops = sorted(served)
    found: list[tuple[int, int]] = []
    for index, start in enumerate(stops):
        end = _first_end(stops, index, served, words, slop)
        if end is None:
            continue
        if found and found[-1][1] == end:
            found.pop()  # this window lies inside that one
        found.append((start, end))
    return found


def _first_end(stops: Sequence[int], index: int, served: dict[int, list[int]], words: int, slop: int) -> int | None:
    """The first position up to which, from `stops[index]`, every word can be given a place; None beyond the slop."""
    holder: dict[int, int] = {}  # word to the position it was given
    for stop in range(index, len(stops)):
        place = stops[stop]
        if place - stops[index] + 1 - words > slop:
            return None
        _give(place, served, holder, set())
        if len(holder) == words:
            return place
    return None


def _give(place: int, served: dict[int, list[int]], holder: dict[int, int], tried: set[int]) -> bool:
    """Give `place` to one of its words, moving others where they have another: an augmenting path (Kuhn, 1955)."""
    for word in served[place]:
        if word in tried:
            continue
        tried.add(word)
        if word not in holder or _give(holder[word], served, holder, tried):
            holder[word] = place
            return True
    return False


class _Word:
    """One asked word: which tokens it is found at, and with what weight."""

    def __init__(self, word: QueryWord) -> None:
        self.words = {term: weight for term, weight in word.terms if term[0] not in STEM_MARK + ACRONYM_MARK}
        self.stems = {term[1:]: weight for term, weight in word.terms if term[0] == STEM_MARK}
        self.acronyms = {term[1:]: weight for term, weight in word.terms if term[0] == ACRONYM_MARK}

    def weight(self, token: Token) -> float:
        """The sum of the weights of the word's terms that the token has; 0 when it has none."""
        weight = self.words.get(token.word, 0.0)
        if token.stem in self.stems and token.stem != token.word:
            weight += self.stems[token.stem]
        if token.acronym and token.word in self.acronyms:
            weight += self.acronyms[token.word]
        return weight

    def found(self, tokens: Sequence[Token]) -> list[int]:
        """The indices of the tokens that have any of its terms. (An acronym's word is among its words.)"""
        words, stems = self.words, self.stems
        if not stems:
            return [i for i, token in enumerate(tokens) if token[0] in words]
        return [
            i for i, token in enumerate(tokens) if token[0] in words or (token[1] in stems and token[1] != token[0])
        ]


def _term_matcher(asked: QueryWord) -> Matcher:
    word = _Word(asked)
    return lambda tokens: [Occurrence(i, i + 1, word.weight(tokens[i])) for i in word.found(tokens)]


def _row_matcher(asked: Sequence[QueryWord]) -> Matcher:
    words = [_Word(word) for word in asked]
    length = len(words)
    if not length:
        return lambda tokens: []

    def find(tokens: Sequence[Token]) -> list[Occurrence]:
        found = []
        for i in words[0].found(tokens):
            run = tokens[i : i + length]
            if (
                len(run) == length
                and run[-1].position - run[0].position == length - 1
                and all(word.weight(token) for word, token in zip(words, run, strict=True))
            ):
                found.append(Occurrence(i, i + length, 1.0))
        return found

    return find


def _window_matcher(asked: Sequence[QueryWord], slop: int) -> Matcher:
    words = [_Word(word) for word in asked]

    def find(tokens: Sequence[Token]) -> list[Occurrence]:
        places = [[tokens[i].position for i in word.found(tokens)] for word in words]
        if not all(places):
            return []
        index_of = {token.position: i for i, token in enumerate(tokens)}
        return [Occurrence(index_of[first], index_of[last] + 1, 1.0) for first, last in windows(places, slop)]

    return find
