"""ArticleCache: the articles that pages showed of late, as they were read from their segments.

Not for whoever goes through many articles once: those would push out what is asked for again and again.
"""

from collections.abc import Sequence

from searchsvc.engines.embedded.index.snapshot import View
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.model.article import Article

# Of articles a process keeps so many bytes, about.
KEPT_BYTES = 8_000_000

_OF_ARTICLE = 3_000  # bytes, beside those of its texts

Key = tuple[int, int]  # the number of a store, and a document in it


class ArticleCache:
    """For threads; articles never change."""

    def __init__(self) -> None:
        self._kept = LruCache(KEPT_BYTES)

    def articles(
        self, views: Sequence[View], segments: Sequence[int], docids: Sequence[int], deadline: Deadline
    ) -> tuple[list[Article], list[Key]]:
        """The articles of some documents, each given by the number of its view, and a key that no other has.

        Raises IndexDamaged, and what the deadline does.
        """
        stores = [view.segment.store.number for view in views]
        keys = [(stores[segment], docid) for segment, docid in zip(segments, docids, strict=True)]
        articles: list[Article] = []
        for segment, key, known in zip(segments, keys, self._kept.get_all(keys), strict=True):
            if isinstance(known, Article):
                articles.append(known)
                continue
            deadline.check()
            text = views[segment].segment.text(key[1])
            article = views[segment].segment.parsed(text)
            articles.append(article)
            self._kept.put(key, article, _size(text))
        return articles, keys


def _size(text: bytes) -> int:
    """Of an article with this JSON at most: one character may make all of a text four times as wide."""
    return _OF_ARTICLE + len(text) * (1 if text.isascii() else 4)
