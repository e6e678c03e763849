"""ArticleCache: the articles shown of late, as read from their segments.

Not for going through many articles once: those would push out what is asked for again and again.
"""

from collections.abc import Sequence

from searchsvc.engines.embedded.index.snapshot import View
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.model.article import Article

KEPT_BYTES = 8_000_000  # of articles that a process keeps, about

_OVERHEAD_BYTES = 3_000  # of an article, besides its texts

ArticleKey = tuple[int, int]  # the number of a document store, and a docid in it


class ArticleCache:
    """Safe to share by threads; articles never change."""

    def __init__(self) -> None:
        self._kept = LruCache(KEPT_BYTES)

    def articles(
        self, views: Sequence[View], segments: Sequence[int], docids: Sequence[int], deadline: Deadline
    ) -> tuple[list[Article], list[ArticleKey]]:
        """The articles of some hits, and of each a key that no other has; `segments` are indices into `views`.

        Raises IndexDamaged, and EngineTimeout past the deadline.
        """
        stores = [view.segment.store.number for view in views]
        keys = [(stores[segment], docid) for segment, docid in zip(segments, docids, strict=True)]
        articles: list[Article] = []
        for segment, key, cached in zip(segments, keys, self._kept.get_all(keys), strict=True):
            if isinstance(cached, Article):
                articles.append(cached)
                continue
            deadline.check()
            text = views[segment].segment.text(key[1])
            article = views[segment].segment.parsed(text)
            articles.append(article)
            self._kept.put(key, article, _size_bytes(text))
        return articles, keys


def _size_bytes(text: bytes) -> int:
    """The most that an article with this JSON takes: one character may make a whole text four bytes wide."""
    return _OVERHEAD_BYTES + len(text) * (1 if text.isascii() else 4)
