"""Caching: the headers by which browsers and proxies keep an answer for as long as it is true, and no longer.

An ETag is of the commit that was searched and of all that shapes the answer: the address, the day (dates such as
`yesterday` move on), our version. It is weak: what is timed may differ between two answers of the same tag.
"""

import hashlib

from flask import Response, request

from searchsvc import __version__
from searchsvc.web.service import service, today

REVALIDATE = "public, max-age=0, must-revalidate"


def cached(response: Response, commit: str) -> Response:
    """The response with its tag; a 304 without a body when the caller has it already."""
    response.headers["Cache-Control"] = REVALIDATE
    response.set_etag(_tag(commit), weak=True)
    if "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
        response.make_conditional(request)
    return response


def timed(response: Response, took_ms: float) -> Response:
    """The response with how long the search took, for a browser's own tools."""
    response.headers["Server-Timing"] = f"search;dur={took_ms:.2f}"
    return response


def _tag(commit: str) -> str:
    parts = (
        commit,
        __version__,
        today().isoformat(),
        request.scheme,
        request.host,
        request.root_path,
        request.full_path,
        request.headers.get(PARTIAL_HEADER, ""),
        service().settings_text,
    )
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


PARTIAL_HEADER = "X-Partial"  # asks for the results alone; the answer varies by it
