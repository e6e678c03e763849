"""Highlighter: what `text.snippets.snippets_of` gives for the articles of a page, made for their texts together.

The words of a query become numbers of forms here; what is found in the texts, and shown of them, is the loops' work
(`choosing`). The plain way, by tokens, is the oracle: the snippets are equal.

>>> from searchsvc.model.article import ArticleId
>>> from searchsvc.model.query import MatchAll
>>> article = Article(id=ArticleId("1"), headline="Air strikes", body="The strike went on.")
>>> [snippets] = Highlighter().snippets([article], Term("strikes"))
>>> {name: snippet.fragments[0].highlights for name, snippet in snippets.items()}
{'headline': ((4, 11),), 'body': ((4, 10),)}
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers, everything, kinds, wide
from searchsvc.engines.embedded.highlight import passage_kernels
from searchsvc.engines.embedded.highlight.match_kernels import Ints, Rows
from searchsvc.engines.embedded.highlight.passage_kernels import BEST, HEAD, WHOLE
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
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
    fields_by_leaf,
    seen_of_lead,
)

# Tokenizing takes some 20 bytes a character while it runs: texts are put together up to so many.
TOGETHER = 65_536

# Forms that are remembered between pages; beyond, all are forgotten: some 50 MB.
MOST_FORMS = 100_000

# Of the tokens of articles, so many bytes are kept: pages show some articles again and again.
KEPT_BYTES = 8_000_000

Text = tuple[int, str]  # the number of a field among SHOWN_FIELDS, and what of it is looked at
Key = tuple[object, ...]  # what no other article has


class Read(NamedTuple):
    """The texts of an article, and their tokens."""

    texts: list[Text]
    seen: str  # what is looked at of the texts, in a row
    heads: Ints  # of each text how many code points and tokens it has, and its field
    rows: Rows  # the four of a `Tokens` of each, one after the other


_ROLES: Ints = np.array([BEST if name in PASSAGE_FIELDS else WHOLE for name in SHOWN_FIELDS], dtype=np.int64)
_HEADLINE, _KICKER, _SUMMARY, _BODY = range(len(SHOWN_FIELDS))
_TEXTS_OF = attrgetter(*SHOWN_FIELDS)
_NO_SPANS: Ints = np.empty((0, 4), dtype=np.int64)
_NO_TOKENS = np.empty((4, 0), dtype=np.uint32)


class Highlighter:
    """Makes snippets; for threads. It learns the words of the texts that it sees, and keeps where they stand."""

    def __init__(self, *, fragments: int = FRAGMENTS, width: int = WIDTH) -> None:
        self._learnt = _Learnt()
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
        keys: Sequence[Key] = (),
    ) -> list[Mapping[str, Snippet]]:
        """The snippets of each article, in their order; `keys`, when given, are those of the articles."""
        if not articles:
            return []
        if len(self._tokenizers.forms) > MOST_FORMS:
            self._learnt = _Learnt()  # a page under way goes on with its own
        learnt = self._learnt
        asked = _Asked(learnt.tokenizers, fields_by_leaf(query, query_fields), tuple(languages), exact)
        if asked.leaves:
            page = learnt.read(articles, keys)
        else:
            page = [_unread(_lead(article, self._width)) for article in articles]
        heads = np.concatenate([read.heads for read in page])
        rows = np.concatenate([read.rows for read in page], 1)
        numbers: list[int] = passage_kernels.choose(
            wide("".join([read.seen for read in page])), heads, rows, looks(), *asked.parts_in(rows), asked.leaf_of,
            asked.lengths, asked.fields, _ROLES, asked.spans(heads, rows), CONSIDERED, self._fragments, self._width,
        ).tolist()  # fmt: skip
        made = []
        at = 0
        for read in page:
            snippets, at = _made(read.texts, numbers, at)
            made.append(snippets)
        return made

    @property
    def _tokenizers(self) -> Tokenizers:
        return self._learnt.tokenizers


class _Learnt:
    """Words, and where they stand in articles; the numbers of the one are of use to the other only."""

    def __init__(self) -> None:
        self.tokenizers = Tokenizers()
        self._kept = LruCache(KEPT_BYTES)

    def read(self, articles: Sequence[Article], keys: Sequence[Key]) -> list[Read]:
        """The articles of a page."""
        known: list[object | None] = [None] * len(articles)
        if keys:
            known = self._kept.get_all(keys)
        if None not in known:
            return cast(list[Read], known)
        unread = [(number, articles[number]) for number, read in enumerate(known) if read is None]
        for language, group in _together(unread):
            for number, read in zip(group, self._tokenize(language, list(group.values())), strict=True):
                known[number] = read
                if keys:
                    size = read.heads.nbytes + read.rows.nbytes + 2 * sys.getsizeof(read.seen)
                    self._kept.put(keys[number], read, size + _OF_READ)
        return cast(list[Read], known)

    def _tokenize(self, language: str, group: Sequence[list[Text]]) -> Iterator[Read]:
        """Those of a group of articles of one language with these texts."""
        rows, counts = self.tokenizers.of(language).tokenize_to_matrix(
            [text[:SEEN] for texts in group for _, text in texts]
        )
        of_each = iter(counts.tolist())
        first = 0
        for texts in group:
            read = _unread(texts)
            read.heads[:, 1] = list(islice(of_each, len(texts)))
            last = first + int(read.heads[:, 1].sum())
            yield read._replace(rows=rows[:, first:last].copy())
            first = last


_OF_READ = 1_000  # bytes, beside those of its numbers and texts


def _unread(texts: list[Text]) -> Read:
    """Texts in which nothing was found."""
    heads = [(min(len(text), SEEN), 0, field) for field, text in texts]
    return Read(texts, "".join([text[:SEEN] for _, text in texts]), np.array(heads, dtype=np.int64), _NO_TOKENS)


def _texts(article: Article) -> list[Text]:
    """The headline, and what else there is."""
    headline, kicker, summary, body = _TEXTS_OF(article)
    texts = [(_HEADLINE, headline)]
    if kicker:
        texts.append((_KICKER, kicker))
    if summary and not summary.isspace():
        texts.append((_SUMMARY, summary))
    if body and not body.isspace():
        texts.append((_BODY, body))
    return texts


def _lead(article: Article, width: int) -> list[Text]:
    """Of the body as much as may be shown when nothing is looked for; no summary."""
    texts = [(_HEADLINE, article.headline)]
    if article.kicker:
        texts.append((_KICKER, article.kicker))
    if article.body and not article.body.isspace():
        texts.append((_BODY, seen_of_lead(article.body, width)))
    return texts


def _together(unread: Iterable[tuple[int, Article]]) -> Iterator[tuple[str, dict[int, list[Text]]]]:
    """The texts of numbered articles, in groups of one language and of a bounded size."""
    waiting: dict[int, list[Text]] = {}
    language = ""
    size = 0
    for number, article in unread:
        if waiting and (article.language != language or size > TOGETHER):
            yield language, waiting
            waiting, size = {}, 0
        language = article.language
        texts = waiting[number] = _texts(article)
        size += sum(min(len(text), SEEN) for _, text in texts)
    if waiting:
        yield language, waiting


def _made(texts: Sequence[Text], numbers: Sequence[int], at: int) -> tuple[Mapping[str, Snippet], int]:
    """What is shown of an article, a summary only where something in it matched; where the next one's numbers begin."""
    snippets: dict[str, Snippet] = {}
    for field, text in texts:
        fragments = []
        is_marked = False
        count, at = numbers[at], at + 1
        for _ in range(count):
            start, end, as_printed, marked = numbers[at : at + HEAD]
            at += HEAD
            highlights = tuple([(numbers[i], numbers[i + 1]) for i in range(at, at + 2 * marked, 2)])
            at += 2 * marked
            is_marked |= marked > 0
            shown = text if field <= _KICKER else text[start:end]
            fragments.append(Fragment(shown if as_printed else " ".join(shown.split()), highlights))
        if field != _SUMMARY or is_marked:
            snippets[SHOWN_FIELDS[field]] = Snippet(tuple(fragments))
    return MappingProxyType(snippets), at


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
    """The leaves of a query, each as the parts that a form can match: one a word, or its test.

    `leaf_of`, `lengths` and `fields` are what `passage_kernels.choose` is told of them.
    """

    def __init__(
        self,
        tokenizers: Tokenizers,
        asked: Mapping[WordLeaf, tuple[str, ...]],
        languages: tuple[str, ...],
        exact: bool,
    ) -> None:
        self._tokenizers = tokenizers
        self.leaves = leaves = [_analysed(leaf, languages, exact) for leaf in asked]
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
        self.fields = np.array([[name in names for names in asked.values()] for name in SHOWN_FIELDS], dtype=np.bool_)

    def parts_in(self, rows: Rows) -> tuple[Ints, Ints, Ints]:
        """The forms that match any part, ascending; the first of each one's parts; the parts, ascending each."""
        if len(self._parts) == 1:  # as most queries have it
            found = np.array(sorted(self._matching(0, rows)), dtype=np.int64)
            return found, np.arange(len(found) + 1), np.zeros(len(found), dtype=np.int64)
        parts_of: dict[int, list[int]] = {}
        for part in range(len(self._parts)):
            for form in self._matching(part, rows):
                parts_of.setdefault(form, []).append(part)
        forms = sorted(parts_of)
        parts = [parts_of[form] for form in forms]
        firsts = list(accumulate(map(len, parts), initial=0))
        return (
            np.array(forms, dtype=np.int64),
            np.array(firsts, dtype=np.int64),
            np.array(list(chain.from_iterable(parts)), dtype=np.int64),
        )

    def _matching(self, part: int, rows: Rows) -> Iterable[int]:
        """The forms, at least of this page, that match a part."""
        asked = self._parts[part]
        if isinstance(asked, list):
            return self._tokenizers.forms_with_terms(asked)
        words = self._tokenizers.forms
        return [form for form in set(rows[0].tolist()) if asked(words[form][0])]

    def spans(self, heads: Ints, rows: Rows) -> Ints:
        """The text, start, end and leaf of each of the first windows of words within a slop."""
        if not self._near:
            return _NO_SPANS
        spans: list[tuple[int, int, int, int]] = []
        for number, slop, parts in self._near:
            of_words = [np.isin(rows[0], list(self._matching(part, rows))).nonzero()[0].tolist() for part in parts]
            if not all(of_words):
                continue
            last = 0
            for text, (_, tokens, field) in enumerate(heads.tolist()):
                first, last = last, last + tokens
                if self.fields[field, number]:
                    found = _windows(rows, first, last, of_words, slop)
                    spans += [(text, start, end, number) for start, end in islice(found, CONSIDERED)]
        return np.array(sorted(spans), dtype=np.int64).reshape(-1, 4)


def _windows(
    rows: Rows, token: int, last: int, of_words: Sequence[Sequence[int]], slop: int
) -> Iterator[tuple[int, int]]:
    """Where in a text the minimal windows start and end that are among its tokens, from `token` up to `last`."""
    of_text = [tokens[bisect_left(tokens, token) : bisect_left(tokens, last)] for tokens in of_words]
    _, positions, starts, ends = rows
    token_at = {int(positions[token]): token for tokens in of_text for token in tokens}
    for low, high in windows([positions[tokens].tolist() for tokens in of_text], slop):
        yield int(starts[token_at[low]]), int(ends[token_at[high]])


@cache
def looks() -> NDArray[np.uint8]:
    """The bits of `choosing` of each code point: about a megabyte."""
    from searchsvc.engines.embedded.analysis import tokenizer_kernels

    begins = passage_kernels.ALPHANUMERIC | passage_kernels.BEGINS
    table = np.where(kinds() & tokenizer_kernels.ALPHANUMERIC, begins, 0).astype(np.uint8)
    table[ord("a") : ord("z") + 1] = passage_kernels.ALPHANUMERIC
    table[ord("A") : ord("Z") + 1] |= passage_kernels.CAPITAL
    for space in re.finditer(r"\s", everything()):
        table[space.start()] |= passage_kernels.SPACE
    for characters, bit in (
        (STOPS, passage_kernels.STOPS), (STOPS_ALONE, passage_kernels.STOPS_ALONE), (CLOSING, passage_kernels.CLOSES),
        (OPENING, passage_kernels.BEGINS),
    ):  # fmt: skip
        for character in characters:
            table[ord(character)] |= bit
    return table
