"""Marking: what `text.snippets.snippets_of` gives for the articles of a page, found by scanning their texts together.

Not for choosing what to show (`text.passages`). The plain way, by tokens, is the oracle: the snippets are equal.

>>> from searchsvc.model.article import ArticleId
>>> from searchsvc.model.query import MatchAll
>>> article = Article(id=ArticleId("1"), headline="Air strikes", body="The strike went on.")
>>> [snippets] = Marking().snippets([article], Term("strikes"))
>>> {name: snippet.fragments[0].highlights for name, snippet in snippets.items()}
{'headline': ((4, 11),), 'body': ((4, 10),)}
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.scanning import Scan, Scanners
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Phrase, Query, Span, Term
from searchsvc.model.result import Snippet
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, Lexeme, QueryWord, query_words
from searchsvc.text.matching import WordLeaf, windows, word_test
from searchsvc.text.passages import Mark
from searchsvc.text.snippets import CONSIDERED, SEEN, SHOWN_FIELDS, Found, leaves_by_field, snippets_from

# A scan takes 16 bytes a character while it runs: texts are put together up to so many.
TOGETHER = 65_536

# Lexemes that are remembered between pages; beyond, all are forgotten: some 50 MB.
MOST_LEXEMES = 100_000

_NOTHING = Found()


class Marking:
    """Makes snippets; for threads. It learns the words of the texts that it sees."""

    def __init__(self) -> None:
        self._scanners = Scanners()

    def snippets(
        self,
        articles: Sequence[Article],
        query: Query,
        *,
        languages: Iterable[str] = ("en",),
        exact: bool = False,
        query_fields: Iterable[str] = SEARCHED_FIELDS,
    ) -> list[Mapping[str, Snippet]]:
        """The snippets of each article, in their order."""
        scanners = self._scanners
        if len(scanners.lexemes) > MOST_LEXEMES:
            scanners = self._scanners = Scanners()  # a page under way goes on with its own
        by_field = leaves_by_field(query, query_fields)
        names = [name for name in SHOWN_FIELDS if by_field[name]]
        asked = _Asked(scanners, by_field, tuple(languages), exact)
        found: list[dict[str, Found]] = [{} for _ in articles]
        for language, texts in _together(articles, names):
            scan = scanners.of(language).scan("\n".join([text for _, _, text in texts]))
            for (number, name, _), marked in zip(texts, asked.found(scan, texts), strict=True):
                found[number][name] = marked
        return [
            snippets_from(article, lambda name, of=of_fields: of.get(name, _NOTHING))  # type: ignore[misc]
            for article, of_fields in zip(articles, found, strict=True)
        ]


class _Text(NamedTuple):
    """The text of a field, as far as it is looked at, and the number of its article."""

    article: int
    field: str
    text: str


def _together(articles: Sequence[Article], names: Sequence[str]) -> Iterator[tuple[str, list[_Text]]]:
    """The texts of these fields, in groups of one language and of a bounded size."""
    waiting: list[_Text] = []
    language = ""
    size = 0
    for number, article in enumerate(articles):
        if waiting and (article.language != language or size > TOGETHER):
            yield language, waiting
            waiting, size = [], 0
        language = article.language
        for name in names:
            text = getattr(article, name)
            if text:
                waiting.append(_Text(number, name, text[:SEEN]))
                size += len(text)
    if waiting:
        yield language, waiting


class _Leaf(NamedTuple):
    """What a leaf asks for: words in a row, words within a slop, or a word that passes a test."""

    words: tuple[QueryWord, ...] = ()
    slop: int | None = None
    test: Callable[[str], bool] | None = None


@lru_cache(maxsize=512)
def _analysed(leaf: WordLeaf, languages: tuple[str, ...], exact: bool) -> _Leaf:
    match leaf:
        case Term():
            return _Leaf(query_words(leaf.text, languages, exact=exact or leaf.exact, acronym=leaf.acronym))
        case Phrase() if leaf.slop is None:
            return _Leaf(query_words(leaf.text, languages, exact=True))
        case Phrase():
            return _Leaf(query_words(leaf.text, languages, exact=exact), leaf.slop)
        case _:
            return _Leaf(test=word_test(leaf))


class _Asked:
    """The leaves of a query, each as the parts that a lexeme can match: one a word, or its test."""

    def __init__(
        self,
        scanners: Scanners,
        by_field: Mapping[str, tuple[WordLeaf, ...]],
        languages: tuple[str, ...],
        exact: bool,
    ) -> None:
        self._scanners = scanners
        self._terms: set[str] = set()
        self._tests: list[Callable[[str], bool]] = []
        self._parts: list[Callable[[Lexeme], bool]] = []
        self._known: dict[WordLeaf, tuple[_Leaf, range]] = {}
        self._by_field = {
            name: [self._learn(leaf, languages, exact) for leaf in leaves] for name, leaves in by_field.items()
        }
        self._parts_of: dict[int, list[int]] = {}  # of a lexeme that matches some
        self._tested: dict[int, bool] = {}

    def _learn(self, leaf: WordLeaf, languages: tuple[str, ...], exact: bool) -> tuple[_Leaf, range]:
        """The analysed leaf and the numbers of its parts."""
        known = self._known.get(leaf)
        if known is None:
            first = len(self._parts)
            analysed = _analysed(leaf, languages, exact)
            if (test := analysed.test) is not None:
                self._tests.append(test)
                self._parts.append(lambda lexeme: test(lexeme[0]))
            for word in analysed.words:
                self._terms.update(term for term, _ in word.terms)
                self._parts.append(_part(word))
            known = self._known[leaf] = analysed, range(first, len(self._parts))
        return known

    def found(self, scan: Scan, texts: Sequence[_Text]) -> list[Found]:
        """What is found in each of the texts, which were scanned with a newline between."""
        at = self._matching(scan.lexemes)
        indices = at.tolist()
        lexemes = scan.lexemes[at].tolist()
        positions = scan.positions[at].tolist()
        starts = scan.starts[at].tolist()
        ends = scan.ends[at].tolist()
        found = []
        offset = 0
        first = 0
        for _, name, text in texts:
            after = offset + len(text) + 1
            last = bisect_left(starts, after, first)
            if first == last:
                found.append(_NOTHING)
            else:
                part = slice(first, last)
                near = _Near(indices[part], lexemes[part], positions[part], starts[part], ends[part], offset)
                found.append(Found(self._marks(name, near), partial(_edges, scan, offset, after)))
            offset, first = after, last
        return found

    def _matching(self, lexemes: NDArray[np.uint32]) -> NDArray[np.intp]:
        """The indices of the tokens that match any part."""
        wanted = self._scanners.having(self._terms)
        if self._tests:
            words = self._scanners.lexemes
            for number in set(lexemes.tolist()):
                passes = self._tested.get(number)
                if passes is None:
                    word = words[number][0]
                    passes = self._tested[number] = any(test(word) for test in self._tests)
                if passes:
                    wanted[number] = True
        return wanted[lexemes].nonzero()[0]

    def _marks(self, name: str, near: "_Near") -> list[Mark]:
        places: list[list[int]] = [[] for _ in self._parts]  # of each part, in `near`
        parts_of = self._parts_of
        for place, lexeme in enumerate(near.lexemes):
            parts = parts_of.get(lexeme)
            if parts is None:
                known = self._scanners.lexemes[lexeme]
                parts = parts_of[lexeme] = [part for part, has in enumerate(self._parts) if has(known)]
            for part in parts:
                places[part].append(place)
        starts, ends, offset = near.starts, near.ends, near.offset
        marks = []
        leaves = self._by_field[name]
        for number, (leaf, parts_of_leaf) in enumerate(leaves):
            if len(parts_of_leaf) == 1 and leaf.slop is None:
                for place in places[parts_of_leaf[0]][:CONSIDERED]:
                    marks.append(Mark(starts[place] - offset, ends[place] - offset, number))
            elif parts_of_leaf:
                of_words = [places[part] for part in parts_of_leaf]
                spans = _rows(of_words, near) if leaf.slop is None else _windows(of_words, near, leaf.slop)
                for one, other in islice(spans, CONSIDERED):
                    marks.append(Mark(starts[one] - offset, ends[other] - offset, number))
        if len(leaves) > 1:
            marks.sort()
        return marks


class _Near(NamedTuple):
    """The tokens of one text that match any part; starts and ends count from `offset` before the text."""

    indices: list[int]  # in the scan
    lexemes: list[int]
    positions: list[int]
    starts: list[int]
    ends: list[int]
    offset: int


def _edges(scan: Scan, start: int, end: int) -> tuple[list[int], list[int]]:
    """The starts and the ends of all words of the text between two places of a scan."""
    first, last = np.searchsorted(scan.starts, (start, end)).tolist()
    starts, ends = (column[first:last].astype(np.int64) - start for column in (scan.starts, scan.ends))
    return starts.tolist(), ends.tolist()


def _part(word: QueryWord) -> Callable[[Lexeme], bool]:
    """Whether a lexeme has any of the word's terms. (An acronym's word is among its words.)"""
    words = {term for term, _ in word.terms if term[0] not in STEM_MARK + ACRONYM_MARK}
    stems = {term[1:] for term, _ in word.terms if term[0] == STEM_MARK}
    return lambda lexeme: lexeme[0] in words or (lexeme[1] in stems and lexeme[1] != lexeme[0])


def _rows(of_words: Sequence[Sequence[int]], near: _Near) -> Iterator[Span]:
    """The places of the first and the last token of each run that matches the words in turn."""
    last = len(of_words) - 1
    others = [set(places) for places in of_words[1:]]
    for place in of_words[0]:
        if (
            all(place + i in places for i, places in enumerate(others, 1))
            and near.indices[place + last] - near.indices[place] == last
            and near.positions[place + last] - near.positions[place] == last
        ):
            yield place, place + last


def _windows(of_words: Sequence[Sequence[int]], near: _Near, slop: int) -> Iterator[Span]:
    """The places of the first and the last token of each minimal window."""
    positions = near.positions
    place_of = {position: place for place, position in enumerate(positions)}
    for first, last in windows([[positions[place] for place in places] for places in of_words], slop):
        yield place_of[first], place_of[last]
