"""Addresses of articles, whatever characters their ids are made of.

>>> article_path("wire/2015#1"), article_path("../odd")
('/articles/wire/2015%231', '/articles/?id=..%2Fodd')
"""

from urllib.parse import quote, quote_plus

SEARCH_PATH = "/search"
FEED_PATH = "/search.atom"
API_SEARCH_PATH = "/api/v1/search"


def article_path(id: str) -> str:
    """The page of an article, from the root of the site."""
    return _path("/articles/", id)


def api_article_path(id: str) -> str:
    """The API's address of an article, from the root of the site."""
    return _path("/api/v1/articles/", id)


def api_related_path(id: str) -> str:
    """The API's address of an article's related coverage, from the root of the site."""
    if _needs_query(id):
        return f"/api/v1/articles/related?id={quote_plus(id)}"
    return f"{api_article_path(id)}/related"


def _path(folder: str, id: str) -> str:
    if _needs_query(id):
        return f"{folder}?id={quote_plus(id)}"
    return folder + quote(id, safe="/:@,;=!*()~")


def _needs_query(id: str) -> bool:
    """Browsers and proxies resolve dots in a path, even when quoted, and some merge or strip slashes."""
    return any(segment in (".", "..", "") for segment in id.split("/")) or id in _TAKEN


# Addresses that mean something else: "/api/v1/articles/related" is asked with `?id=`.
_TAKEN = ("related",)
