"""Highlighter: the snippets of a page of hits, all texts of the page in one call of a kernel.

It gives what its plain twin `text.snippets.snippets_of` gives, which says what a snippet is. The words of a query are
looked up among the forms that the tokenizers have met; `fragment_kernels` do the rest. The tokens of articles are
cached: pages show some articles again and again.

Not for markup: a highlight is a span.

>>> from searchsvc.model.article import ArticleId
>>> from searchsvc.model.query import Term
>>> article = Article(id=ArticleId("1"), headline="Air strikes", body="The strike went on.")
>>> [snippets] = Highlighter().snippets([article], Term("strikes"))
>>> {name: snippet.fragments[0].highlights for name, snippet in snippets.items()}
{'headline': ((4, 11),), 'body': ((4, 10),)}
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers, code_points, every_character, word_classes
from searchsvc.engines.embedded.highlight import sentence_kernels
from searchsvc.engines.embedded.highlight.fragment_kernels import HEAD, FragmentLayout, PageTexts, fragments_of_page
from searchsvc.engines.embedded.highlight.query_leaves import LeafMatcher
from searchsvc.engines.embedded.kernels.arrays import Int64s, Uint8s, Uint32s
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Query
from searchsvc.model.result import Fragment, Snippet
from searchsvc.text.passages import CLOSING, OPENING, STOPS, STOPS_ALONE
from searchsvc.text.snippets import FRAGMENTS, PASSAGE_FIELDS, SEEN, SHOWN_FIELDS, WIDTH, fields_by_leaf, seen_of_lead

# Texts are tokenized together up to so many characters; a call takes some 20 bytes of memory a character.
GROUP_CHARACTERS = 65_536

# Forms that are remembered between pages, some 50 MB; beyond, all are forgotten, and the cached tokens with them.
MAX_FORMS = 100_000

# Bytes of tokens of articles that are cached.
CACHE_BYTES = 8_000_000
_BYTES_OF_ARTICLE = 1_000  # of an entry of the cache, besides its arrays and texts

Text = tuple[int, str]  # the number of a field in SHOWN_FIELDS, and the text; only its first SEEN characters are read
Key = tuple[object, ...]  # identifies an article, with its version


class ArticleTexts(NamedTuple):
    """The texts of an article and their tokens."""

    texts: list[Text]
    characters: str  # the first SEEN of each text, one text after the other
    sizes: Int64s  # as `PageTexts.sizes`
    token_rows: Uint32s  # as `TokenMatrix.rows`


_HEADLINE, _KICKER, _SUMMARY, _BODY = range(len(SHOWN_FIELDS))
_texts_of_fields = attrgetter(*SHOWN_FIELDS)
_IS_WHOLE = np.array([name not in PASSAGE_FIELDS for name in SHOWN_FIELDS])
_NO_TOKENS: Uint32s = np.empty((4, 0), dtype=np.uint32)


class Highlighter:
    """Makes snippets; for threads. `fragments` and `width` (in characters) are those of `text.snippets.snippet`."""

    def __init__(self, *, fragments: int = FRAGMENTS, width: int = WIDTH) -> None:
        self._token_cache = _TokenCache()
        self._layout = FragmentLayout(_IS_WHOLE, fragments, width)

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
        """The snippets of each article by field, in the order of the articles.

        `keys`, one an article, let its tokens be cached; without them nothing is.
        """
        if not articles:
            return []
        if len(self._token_cache.tokenizers.forms) > MAX_FORMS:
            self._token_cache = _TokenCache()  # other threads go on with the cache that they have
        token_cache = self._token_cache
        leaves = fields_by_leaf(query, query_fields)
        if leaves:
            page = token_cache.texts_of(articles, keys)
        else:
            page = [_untokenized(_lead_texts(article, self._layout.width)) for article in articles]
        sizes = np.concatenate([each.sizes for each in page])
        token_rows = np.concatenate([each.token_rows for each in page], axis=1)
        points = code_points("".join([each.characters for each in page]))
        matcher = LeafMatcher(token_cache.tokenizers, leaves, tuple(languages), exact)
        output: list[int] = fragments_of_page(
            PageTexts(sizes, points, token_rows, sentence_classes()),
            matcher.query_leaves(sizes, token_rows),
            self._layout,
        ).tolist()
        numbers = iter(output)
        return [_snippets(each.texts, numbers) for each in page]


class _TokenCache:
    """Tokenizers, and a cache of the tokens of articles; both go together, as forms have the tokenizers' numbers."""

    def __init__(self) -> None:
        self.tokenizers = Tokenizers()
        self._cache = LruCache(CACHE_BYTES)

    def texts_of(self, articles: Sequence[Article], keys: Sequence[Key]) -> list[ArticleTexts]:
        """The texts of articles with their tokens, from the cache where it has them."""
        known: list[object | None] = self._cache.get_all(keys) if keys else [None] * len(articles)
        missing = [(number, articles[number]) for number, texts in enumerate(known) if texts is None]
        for language, group in _groups(missing):
            for number, texts in zip(group, self._tokenize(language, list(group.values())), strict=True):
                known[number] = texts
                if keys:
                    size = texts.sizes.nbytes + texts.token_rows.nbytes + 2 * sys.getsizeof(texts.characters)
                    self._cache.put(keys[number], texts, size + _BYTES_OF_ARTICLE)
        return cast(list[ArticleTexts], known)

    def _tokenize(self, language: str, group: Sequence[list[Text]]) -> Iterator[ArticleTexts]:
        rows, counts = self.tokenizers.of(language).tokenize_to_matrix(
            [text[:SEEN] for texts in group for _, text in texts]
        )
        counts_of_texts = iter(counts.tolist())
        first = 0
        for texts in group:
            untokenized = _untokenized(texts)
            untokenized.sizes[:, 1] = list(islice(counts_of_texts, len(texts)))
            end = first + int(untokenized.sizes[:, 1].sum())
            yield untokenized._replace(token_rows=rows[:, first:end].copy())
            first = end


def _untokenized(texts: list[Text]) -> ArticleTexts:
    sizes = [(min(len(text), SEEN), 0, field) for field, text in texts]
    characters = "".join([text[:SEEN] for _, text in texts])
    return ArticleTexts(texts, characters, np.array(sizes, dtype=np.int64), _NO_TOKENS)


def _texts(article: Article) -> list[Text]:
    """The headline, and the other texts that are not blank."""
    headline, kicker, summary, body = _texts_of_fields(article)
    texts = [(_HEADLINE, headline)]
    if kicker:
        texts.append((_KICKER, kicker))
    if summary and not summary.isspace():
        texts.append((_SUMMARY, summary))
    if body and not body.isspace():
        texts.append((_BODY, body))
    return texts


def _lead_texts(article: Article, width: int) -> list[Text]:
    """The texts for a query without words: of the body what its lead may be made of, and no summary."""
    texts = [(_HEADLINE, article.headline)]
    if article.kicker:
        texts.append((_KICKER, article.kicker))
    if article.body and not article.body.isspace():
        texts.append((_BODY, seen_of_lead(article.body, width)))
    return texts


def _groups(articles: Iterable[tuple[int, Article]]) -> Iterator[tuple[str, dict[int, list[Text]]]]:
    """The texts of numbered articles, in groups of one language and about GROUP_CHARACTERS; and the language."""
    group: dict[int, list[Text]] = {}
    language = ""
    size = 0
    for number, article in articles:
        if group and (article.language != language or size > GROUP_CHARACTERS):
            yield language, group
            group, size = {}, 0
        language = article.language
        texts = group[number] = _texts(article)
        size += sum(min(len(text), SEEN) for _, text in texts)
    if group:
        yield language, group


def _snippets(texts: Sequence[Text], numbers: Iterator[int]) -> Mapping[str, Snippet]:
    """The snippets of an article from the next numbers of `fragments_of_page`; a summary only where it matched."""
    snippets: dict[str, Snippet] = {}
    for field, text in texts:
        fragments = []
        has_highlights = False
        for _ in range(next(numbers)):
            start, end, is_as_printed, count = islice(numbers, HEAD)
            highlights = tuple([(next(numbers), next(numbers)) for _ in range(count)])
            has_highlights |= count > 0
            shown = text if field <= _KICKER else text[start:end]
            fragments.append(Fragment(shown if is_as_printed else " ".join(shown.split()), highlights))
        if field != _SUMMARY or has_highlights:
            snippets[SHOWN_FIELDS[field]] = Snippet(tuple(fragments))
    return MappingProxyType(snippets)


@cache
def sentence_classes() -> NDArray[np.uint8]:
    """The class of each code point, as bits of `sentence_kernels` (uint8): about a megabyte."""
    from searchsvc.engines.embedded.analysis import tokenizer_kernels

    begins = sentence_kernels.ALPHANUMERIC | sentence_kernels.BEGINS
    classes: Uint8s = np.where(word_classes() & tokenizer_kernels.ALPHANUMERIC, begins, 0).astype(np.uint8)
    classes[ord("a") : ord("z") + 1] = sentence_kernels.ALPHANUMERIC
    classes[ord("A") : ord("Z") + 1] |= sentence_kernels.CAPITAL
    for space in re.finditer(r"\s", every_character()):
        classes[space.start()] |= sentence_kernels.SPACE
    for characters, bit in (
        (STOPS, sentence_kernels.STOPS), (STOPS_ALONE, sentence_kernels.STOPS_ALONE),
        (CLOSING, sentence_kernels.CLOSES), (OPENING, sentence_kernels.BEGINS),
    ):  # fmt: skip
        for character in characters:
            classes[ord(character)] |= bit
    return classes
