"""SegmentBuffer: articles gathered in memory for the next segment, then written as one."""

from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, get_type_hints

import numpy as np

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns.columns import ColumnValues, column_values, columns_of
from searchsvc.engines.embedded.index.segment import SegmentBuilder
from searchsvc.engines.embedded.postings.tf_patterns import by_use
from searchsvc.engines.embedded.write.inverter import FIELDS, Inverter
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import TEXT_FIELDS


class Offered(NamedTuple):
    """An article that `check` has found nothing wrong with; its text and digest as `to_text` gives them."""

    article: Article
    text: bytes
    digest: int


def check(article: Article) -> None:
    """Raises TypeError or AttributeError where there is something other than texts, tuples of texts, dates, numbers.

    What makes a batch of articles relies on it: a wrong value met later would cost the good ones beside it.
    """
    "".join(_STRINGS(article))
    "".join((*article.tags, *article.authors))
    _ = article.fingerprint & 1, article.sort_instant
    if article.published_on is not None:
        article.published_on.toordinal()


_STRINGS = attrgetter(*(name for name, kind in get_type_hints(Article).items() if kind in (str, ArticleId)))


class Prepared(NamedTuple):
    """What is written of an article."""

    row: ColumnValues
    stored: bytes
    texts: list[str]  # of each text field
    language: str


def prepare(article: Article, stored: bytes, digest: int) -> Prepared:
    """What is written of an article; nothing is yet."""
    texts = ["".join(values(article)) for values in _TEXTS]
    return Prepared(column_values(article, digest), stored, texts, article.language)


_TEXTS = tuple(field.values for field in TEXT_FIELDS)


class SegmentBuffer:
    """The documents of the next segment, numbered from 0 in the order in which they come."""

    def __init__(self, folder: Path, tokenizers: Tokenizers) -> None:
        self._tokenizers = tokenizers
        self._builder = SegmentBuilder(folder)
        self._inverter = Inverter()
        self._rows: list[ColumnValues] = []
        self._headlines: list[str] = []  # folded words of each

    @property
    def documents(self) -> int:
        return len(self._rows)

    @property
    def tokens(self) -> int:
        """In all fields."""
        return self._inverter.tokens

    def add(self, offered: Sequence[Offered]) -> None:
        """The next articles, some together. Raises OSError."""
        articles = [prepare(*each) for each in offered]
        self._rows += [each.row for each in articles]
        for each in articles:
            self._builder.store.add(each.stored)
        start = 0
        for end in range(1, len(articles) + 1):  # neighbours in one language are cut into words together
            if end == len(articles) or articles[end].language != articles[start].language:
                self._tokenize(articles[start:end])
                start = end

    def finish(self) -> ArraySegment:
        """Write the segment; no commit names it yet. Raises OSError."""
        lengths = self._inverter.lengths()
        flat, patterns, dictionary = self._inverter.inverted(self._tokenizers.forms)
        postings = self._builder.postings(dictionary, lengths)
        numbers = by_use(patterns)
        postings.add(flat, patterns, numbers)
        postings.close(patterns, numbers)
        return self._builder.finish(postings, columns_of(self._rows, self._headlines, lengths))

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._builder.abandon()

    def _tokenize(self, articles: Sequence[Prepared]) -> None:
        tokenizer = self._tokenizers.of(articles[0].language)
        batch = tokenizer.tokenize_batch([text for article in articles for text in article.texts])
        counts = batch.counts.reshape(len(articles), FIELDS)
        self._inverter.add(batch.forms, batch.positions, counts)
        starts = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)
        lengths = counts[:, 0]  # the headline comes first
        of_headlines = batch.forms[np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())]
        forms = self._tokenizers.forms
        words = [forms[number][0] for number in of_headlines.tolist()]
        ends = np.cumsum(lengths).tolist()
        self._headlines += [" ".join(words[start:end]) for start, end in pairwise([0, *ends])]
