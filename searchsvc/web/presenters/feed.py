"""FeedPage: a search as an Atom feed, for readers who want to be told what is new."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from searchsvc.archive.search import Answer
from searchsvc.model.article import Article
from searchsvc.settings import Settings
from searchsvc.web.addresses import FEED_PATH, article_path
from searchsvc.web.presenters.hits import lead
from searchsvc.web.presenters.labels import joined
from searchsvc.web.presenters.results import paging
from searchsvc.web.search_state import SearchState

# What XML 1.0 cannot say at all, not even escaped.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of the feed, free of characters that XML cannot write, except `url`, which is quoted.

    `updated` is the publication date in UTC, as RFC 3339 writes it; the start of 1970 for an undated article.
    """

    url: str
    title: str
    summary: str
    updated: str
    author: str
    categories: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Everything that the feed prints; addresses are absolute."""

    title: str
    url: str
    html_url: str
    next_url: str
    updated: str
    entries: tuple[FeedEntry, ...]


def feed_page(answer: Answer, state: SearchState, settings: Settings, root: str) -> FeedPage:
    """One page of a search as a feed, its entries in the order of the hits.

    `root` is the site's own address, without a slash at its end. The feed's `updated` is that of its latest entry.
    """
    place = paging(answer, state, settings)
    entries = tuple(_entry(hit.article, settings, root) for hit in place.hits)
    following = place.next_state(state)
    subject = sayable(" ".join(answer.text.split()))
    return FeedPage(
        title=f"{subject} – {settings.title}" if subject else settings.title,
        url=root + state.url_at(FEED_PATH),
        html_url=root + state.url,
        next_url=root + following.url_at(FEED_PATH) if following else "",
        updated=max((entry.updated for entry in entries), default=_instant(0)),
        entries=entries,
    )


def sayable(text: str) -> str:
    """The text without the characters that XML has no way to write."""
    return _UNSAYABLE.sub("", text)


def _entry(article: Article, settings: Settings, root: str) -> FeedEntry:
    return FeedEntry(
        url=root + article_path(article.id),
        title=sayable(article.headline) or "Untitled",
        summary=sayable(lead(article)),
        updated=_instant(article.sort_instant or 0),
        author=sayable(joined(article.authors) or article.agency or article.publication or settings.title),
        categories=tuple(sayable(tag) for tag in article.tags),
        language=sayable(article.language),
    )


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
