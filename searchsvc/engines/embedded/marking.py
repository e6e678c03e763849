"""Marking: what `text.snippets.snippets_of` gives for the articles of a page, made for their texts together.

The words of a query become numbers of lexemes here; what is found in the texts, and shown of them, is the loops' work
(`choosing`). The plain way, by tokens, is the oracle: the snippets are equal.

>>> from searchsvc.model.article import ArticleId
>>> from searchsvc.model.query import MatchAll
>>> article = Article(id=ArticleId("1"), headline="Air strikes", body="The strike went on.")
>>> [snippets] = Marking().snippets([article], Term("strikes"))
>>> {name: snippet.fragments[0].highlights for name, snippet in snippets.items()}
{'headline': ((4, 11),), 'body': ((4, 10),)}
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, islice
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded import choosing
from searchsvc.engines.embedded.choosing import BEST, HEAD, WHOLE
from searchsvc.engines.embedded.finding import Ints
from searchsvc.engines.embedded.scanning import Page, Scanners, everything, in_a_row, kinds, wide
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Phrase, Query, Term
from searchsvc.model.result import Fragment, Snippet
from searchsvc.text.analyzer import ACRONYM_MARK, QueryWord, query_words
from searchsvc.text.matching import WordLeaf, windows, word_test
from searchsvc.text.passages import CLOSING, OPENING, STOPS, STOPS_ALONE
from searchsvc.text.snippets import (
    CONSIDERED,
    FRAGMENTS,
    PASSAGE_FIELDS,
    SEEN,
    SHOWN_FIELDS,
    WIDTH,
    leaves_by_field,
    seen_of_lead,
)

# A scan takes some 20 bytes a character while it runs: texts are put together up to so many.
TOGETHER = 65_536

# Lexemes that are remembered between pages; beyond, all are forgotten: some 50 MB.
MOST_LEXEMES = 100_000

# The number of an article, the number of a field among SHOWN_FIELDS, and its text.
Text = tuple[int, int, str]

_ROLES = [BEST if name in PASSAGE_FIELDS else WHOLE for name in SHOWN_FIELDS]
_ROLES_OF_FIELDS: Ints = np.array(_ROLES, dtype=np.int64)
_BODY = SHOWN_FIELDS.index("body")
_NO_SPANS: Ints = np.empty((0, 4), dtype=np.int64)


class Marking:
    """Makes snippets; for threads. It learns the words of the texts that it sees."""

    def __init__(self, *, fragments: int = FRAGMENTS, width: int = WIDTH) -> None:
        self._scanners = Scanners()
        self._fragments = fragments
        self._width = width

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
        fields = [(number, name) for number, name in enumerate(SHOWN_FIELDS) if by_field[name]]
        made: list[dict[str, Snippet]] = [{} for _ in articles]
        asked = _Asked(scanners, by_field, tuple(languages), exact)
        for language, texts in _together(articles, fields):
            self._put(made, texts, scanners.of(language).scan_page([text[:SEEN] for _, _, text in texts]), asked)
        if not by_field["body"] and articles:
            leads = [
                (number, _BODY, seen_of_lead(article.body, self._width)) for number, article in enumerate(articles)
            ]
            self._put(made, leads, _unscanned(leads), asked)
        return [_of_article(article, snippets) for article, snippets in zip(articles, made, strict=True)]

    def _put(self, made: Sequence[dict[str, Snippet]], texts: Sequence[Text], page: Page, asked: "_Asked") -> None:
        """Make the snippets of some texts."""
        fields = np.array([field for _, field, _ in texts], dtype=np.int64)
        numbers = choosing.choose(
            page.points, page.stops, page.counts, fields, page.rows, looks(), *asked.parts_in(page), asked.leaf_of,
            asked.lengths, asked.fields, _ROLES_OF_FIELDS, asked.spans(page, texts), CONSIDERED, self._fragments,
            self._width,
        ).tolist()  # fmt: skip
        at = 0
        for number, field, text in texts:
            is_whole = _ROLES[field] == WHOLE
            fragments = []
            count, at = numbers[at], at + 1
            for _ in range(count):
                start, end, as_printed, marked = numbers[at : at + HEAD]
                at += HEAD
                highlights = []
                for _ in range(marked):
                    highlights.append((numbers[at], numbers[at + 1]))
                    at += 2
                shown = text if is_whole else text[start:end]
                fragments.append(Fragment(shown if as_printed else " ".join(shown.split()), tuple(highlights)))
            made[number][SHOWN_FIELDS[field]] = Snippet(tuple(fragments))


def _together(articles: Sequence[Article], fields: Sequence[tuple[int, str]]) -> Iterator[tuple[str, list[Text]]]:
    """The texts of these fields that are not blank, in groups of one language and of a bounded size."""
    waiting: list[Text] = []
    language = ""
    size = 0
    for number, article in enumerate(articles):
        if waiting and (article.language != language or size > TOGETHER):
            yield language, waiting
            waiting, size = [], 0
        language = article.language
        for field, name in fields:
            text = getattr(article, name)
            if text and not text.isspace():
                waiting.append((number, field, text))
                size += min(len(text), SEEN)
    if waiting:
        yield language, waiting


def _unscanned(texts: Sequence[Text]) -> Page:
    """A page of texts in which nothing is looked for."""
    text, stops, counts = in_a_row([text for _, _, text in texts])
    counts[:] = 0
    return Page(wide(text), stops, np.empty((4, 0), dtype=np.uint32), counts)


def _of_article(article: Article, made: Mapping[str, Snippet]) -> Mapping[str, Snippet]:
    """What is shown of an article, in the order of its fields; a summary only where something in it matched."""
    snippets = {"headline": made.get("headline") or Snippet((Fragment(article.headline),))}
    if article.kicker:
        snippets["kicker"] = made.get("kicker") or Snippet((Fragment(article.kicker),))
    if "summary" in made and any(fragment.highlights for fragment in made["summary"].fragments):
        snippets["summary"] = made["summary"]
    if article.body and not article.body.isspace():
        snippets["body"] = made["body"]
    return MappingProxyType(snippets)


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
    """The leaves of a query, each as the parts that a lexeme can match: one a word, or its test.

    `leaf_of`, `lengths` and `fields` are what `choosing.choose` is told of them.
    """

    def __init__(
        self,
        scanners: Scanners,
        by_field: Mapping[str, tuple[WordLeaf, ...]],
        languages: tuple[str, ...],
        exact: bool,
    ) -> None:
        self._scanners = scanners
        numbers = {leaf: number for number, leaf in enumerate(dict.fromkeys(chain.from_iterable(by_field.values())))}
        leaves = [_analysed(leaf, languages, exact) for leaf in numbers]
        self._parts: list[Callable[[str], bool] | list[str]] = []  # the test or the terms of each
        self._near: list[tuple[int, int, range]] = []  # number, slop and parts of those of words within a slop
        leaf_of: list[int] = []
        for number, leaf in enumerate(leaves):
            first = len(self._parts)
            # The word of an acronym is among the word's terms.
            self._parts += [[term for term, _ in word.terms if term[0] != ACRONYM_MARK] for word in leaf.words]
            if leaf.test is not None:
                self._parts.append(leaf.test)
            leaf_of += [number] * (len(self._parts) - first)
            if leaf.slop is not None:
                self._near.append((number, leaf.slop, range(first, len(self._parts))))
        self.leaf_of: Ints = np.array(leaf_of, dtype=np.int64)
        self.lengths: Ints = np.array(
            [0 if leaf.slop is not None else len(leaf.words) or leaf.test is not None for leaf in leaves],
            dtype=np.int64,
        )
        self.fields = np.array(
            [[leaf in of_field for leaf in numbers] for of_field in map(set, by_field.values())], dtype=np.bool_
        )

    def parts_in(self, page: Page) -> tuple[Ints, Ints, Ints]:
        """The lexemes that match any part, ascending; the first of each one's parts; the parts, ascending each."""
        parts_of: dict[int, list[int]] = {}
        for part in range(len(self._parts)):
            for lexeme in self._matching(part, page):
                parts_of.setdefault(lexeme, []).append(part)
        lexemes = sorted(parts_of)
        parts = [parts_of[lexeme] for lexeme in lexemes]
        firsts = list(accumulate(map(len, parts), initial=0))
        return (
            np.array(lexemes, dtype=np.int64),
            np.array(firsts, dtype=np.int64),
            np.array(list(chain.from_iterable(parts)), dtype=np.int64),
        )

    def _matching(self, part: int, page: Page) -> Iterable[int]:
        """The lexemes, at least of this page, that match a part."""
        asked = self._parts[part]
        if isinstance(asked, list):
            return self._scanners.having(asked)
        words = self._scanners.lexemes
        return [lexeme for lexeme in set(page.rows[0].tolist()) if asked(words[lexeme][0])]

    def spans(self, page: Page, texts: Sequence[Text]) -> Ints:
        """The text, start, end and leaf of each of the first windows of words within a slop."""
        if not self._near:
            return _NO_SPANS
        spans: list[tuple[int, int, int, int]] = []
        stops = list(accumulate(page.counts.tolist()))
        for number, slop, parts in self._near:
            of_words = [np.isin(page.rows[0], list(self._matching(part, page))).nonzero()[0].tolist() for part in parts]
            for text, (_, field, _) in enumerate(texts):
                if self.fields[field, number] and all(of_words):
                    first = int(page.stops[text - 1]) if text else 0
                    found = _windows(page, stops[text] - int(page.counts[text]), stops[text], of_words, slop)
                    spans += [(text, start - first, end - first, number) for start, end in islice(found, CONSIDERED)]
        return np.array(sorted(spans), dtype=np.int64).reshape(-1, 4)


def _windows(
    page: Page, token: int, last: int, of_words: Sequence[Sequence[int]], slop: int
) -> Iterator[tuple[int, int]]:
    """Where in the page the minimal windows start and end that are among the tokens from `token` up to `last`."""
    of_text = [tokens[bisect_left(tokens, token) : bisect_left(tokens, last)] for tokens in of_words]
    _, positions, starts, ends = page.rows
    token_at = {int(positions[token]): token for tokens in of_text for token in tokens}
    for low, high in windows([positions[tokens].tolist() for tokens in of_text], slop):
        yield int(starts[token_at[low]]), int(ends[token_at[high]])


@cache
def looks() -> NDArray[np.uint8]:
    """The bits of `choosing` of each code point: about a megabyte."""
    from searchsvc.engines.embedded import cutting

    table = np.where(kinds() & cutting.ALPHANUMERIC, choosing.ALPHANUMERIC | choosing.BEGINS, 0).astype(np.uint8)
    table[ord("a") : ord("z") + 1] = choosing.ALPHANUMERIC
    table[ord("A") : ord("Z") + 1] |= choosing.CAPITAL
    for space in re.finditer(r"\s", everything()):
        table[space.start()] |= choosing.SPACE
    for characters, bit in (
        (STOPS, choosing.STOPS), (STOPS_ALONE, choosing.STOPS_ALONE), (CLOSING, choosing.CLOSES),
        (OPENING, choosing.BEGINS),
    ):  # fmt: skip
        for character in characters:
            table[ord(character)] |= bit
    return table
