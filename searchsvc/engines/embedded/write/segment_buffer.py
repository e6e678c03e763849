"""SegmentBuffer: the articles of the next segment in memory, then written as one.

Articles and tokens are taken in as they come; doc values, the dictionary and the postings are made at the end.
"""

from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, get_type_hints

import numpy as np

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns.columns import ColumnValues, column_values, columns_of
from searchsvc.engines.embedded.postings.tf_patterns import ranks_by_use
from searchsvc.engines.embedded.write.inverter import FIELDS, Inverter
from searchsvc.engines.embedded.write.segment_writer import SegmentWriter
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import TEXT_FIELDS


class CheckedArticle(NamedTuple):
    """An article that `check_article` accepts, with its JSON text and its digest as `Article.to_text` gives them."""

    article: Article
    text: bytes
    digest: int


def check_article(article: Article) -> None:
    """Raise TypeError or AttributeError where a value is not of its field's type.

    A buffer relies on it: a wrong value found when the segment is written would cost the good articles of the buffer.
    """
    "".join(_STRINGS(article))
    "".join((*article.tags, *article.authors))
    _ = article.fingerprint & 1, article.sort_instant
    if article.published_on is not None:
        article.published_on.toordinal()


_STRINGS = attrgetter(*(name for name, kind in get_type_hints(Article).items() if kind in (str, ArticleId)))


class PreparedArticle(NamedTuple):
    """What a segment has of an article."""

    values: ColumnValues
    stored: bytes
    texts: list[str]  # of each text field
    language: str


def prepare(checked: CheckedArticle) -> PreparedArticle:
    """What a segment has of an article."""
    article = checked.article
    texts = ["".join(values(article)) for values in _TEXTS]
    return PreparedArticle(column_values(article, checked.digest), checked.text, texts, article.language)


_TEXTS = tuple(field.values for field in TEXT_FIELDS)


class SegmentBuffer:
    """The documents of the next segment: their docids count from 0 in the order in which they are added."""

    def __init__(self, folder: Path, tokenizers: Tokenizers) -> None:
        """Begin a segment in `folder`. Raises OSError."""
        self._tokenizers = tokenizers
        self._writer = SegmentWriter(folder)
        self._inverter = Inverter()
        self._values: list[ColumnValues] = []
        self._headlines: list[str] = []  # of each article the folded words, a space between

    @property
    def documents(self) -> int:
        """The number of articles added so far."""
        return len(self._values)

    @property
    def tokens(self) -> int:
        """The number of tokens in all fields of the articles added so far."""
        return self._inverter.tokens

    def add(self, checked: Sequence[CheckedArticle]) -> None:
        """Add the next articles; many at once are faster. Raises OSError."""
        articles = [prepare(each) for each in checked]
        self._values += [each.values for each in articles]
        for each in articles:
            self._writer.store.add(each.stored)
        start = 0
        for end in range(1, len(articles) + 1):  # neighbours in one language are tokenized together
            if end == len(articles) or articles[end].language != articles[start].language:
                self._tokenize(articles[start:end])
                start = end

    def finish(self) -> ArraySegment:
        """Write the segment; no commit names it yet. There must be an article. Raises OSError."""
        lengths = self._inverter.lengths()
        postings, table, dictionary = self._inverter.invert(self._tokenizers.forms)
        index = self._writer.inverted_index(dictionary, lengths)
        ranks = ranks_by_use(table)
        index.add(postings, table, ranks)
        index.close(table, ranks)
        return self._writer.finish(index, columns_of(self._values, self._headlines, lengths))

    def abandon(self) -> None:
        """Remove the unfinished file."""
        self._writer.abandon()

    def _tokenize(self, articles: Sequence[PreparedArticle]) -> None:
        """Add the tokens of articles in one language to the inverter, and the words of their headlines."""
        tokenizer = self._tokenizers.of(articles[0].language)
        tokens = tokenizer.tokenize_batch([text for article in articles for text in article.texts])
        counts = tokens.counts.reshape(len(articles), FIELDS)
        self._inverter.add(tokens.forms, tokens.positions, counts)
        starts = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)
        lengths = counts[:, 0]  # the headline is the first field
        of_headlines = tokens.forms[
            np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        ]
        forms = self._tokenizers.forms
        words = [forms[form][0] for form in of_headlines.tolist()]
        ends = np.cumsum(lengths).tolist()
        self._headlines += [" ".join(words[start:end]) for start, end in pairwise([0, *ends])]
