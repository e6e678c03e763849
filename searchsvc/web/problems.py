"""Problems: every error as its reader can use it: a page for people, problem+json (RFC 9457) for programs.

The status codes of our errors are in this table and nowhere else.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import HTTPException

from searchsvc.errors import (
    ArticleNotFound,
    EngineError,
    EngineTimeout,
    EngineUnavailable,
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    RequestError,
    SearchServiceError,
)

log = logging.getLogger(__name__)

# The first class that fits decides.
STATUSES: tuple[tuple[type[SearchServiceError], HTTPStatus], ...] = (
    (RequestError, HTTPStatus.BAD_REQUEST),
    (ArticleNotFound, HTTPStatus.NOT_FOUND),
    (IndexMissing, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexOutdated, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexDamaged, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexLocked, HTTPStatus.SERVICE_UNAVAILABLE),
    (EngineUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (EngineTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (SearchServiceError, HTTPStatus.INTERNAL_SERVER_ERROR),
)

RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, in words, and what to do next."""

    status: int
    title: str
    detail: str
    hint: str = ""
    parameter: str = ""
    value: str = ""
    suggestion: str = ""

    def to_json(self, instance: str) -> dict[str, object]:
        """Problem details; members that are empty are left out."""
        members = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "parameter": self.parameter,
            "value": self.value,
            "suggestion": self.suggestion,
            "hint": self.hint,
        }
        return {name: member for name, member in members.items() if member != ""}


def problem_of(error: Exception) -> Problem:
    """Any error as a problem. What we did not foresee is told in the log, never to the reader."""
    match error:
        case RequestError():
            return Problem(
                status=_status(error),
                title="The request cannot be understood",
                detail=str(error),
                hint=error.hint,
                parameter=error.parameter,
                value=error.value,
                suggestion=error.suggestion,
            )
        case ArticleNotFound():
            hint = error.hint or "search for words of its headline"
            return Problem(status=_status(error), title="No such article", detail=str(error), hint=hint)
        case EngineTimeout():
            hint = error.hint or "search for rarer words, or narrow the search by date"
            return Problem(status=_status(error), title="The search took too long", detail=str(error), hint=hint)
        case EngineError():
            return Problem(
                status=_status(error), title="The archive cannot be searched now", detail=str(error), hint=error.hint
            )
        case HTTPException():
            return _http_problem(error)
        case _:
            return Problem(
                status=500,
                title="Something went wrong here",
                detail="The request could not be answered. It has been noted.",
                hint="try again; if it happens again, tell whoever runs this archive",
            )


def register(app: Flask) -> None:
    """Let every error of the application end here."""
    app.register_error_handler(Exception, respond)


def respond(error: Exception) -> Response:
    """The response to an error, as a page or as JSON, by where it happened."""
    problem = problem_of(error)
    if problem.status >= 500 and not isinstance(error, EngineTimeout):
        known = isinstance(error, SearchServiceError | HTTPException)
        # What the operator is to mend is one line each time; what nobody foresaw comes with its way here.
        level = logging.WARNING if known else logging.ERROR
        log.log(level, "%s %s: %s", request.method, request.path, error, exc_info=None if known else error)
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return Response(error.get_response().get_data(), error.code, error.get_response().headers)  # a redirect
    response = json_problem(problem) if is_for_programs() else _page(problem)
    response.status_code = problem.status
    response.headers["Cache-Control"] = "no-store"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, HTTPException) and (allowed := getattr(error, "valid_methods", None)):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def is_for_programs() -> bool:
    """Whether errors of the current request are JSON: under `/api/`, of `.json` and of the two health checks."""
    return request.path.startswith("/api/") or request.path.endswith((".json", "/healthz", "/readyz"))


def json_problem(problem: Problem) -> Response:
    """The problem as an `application/problem+json` response; its `instance` is the current request's address."""
    text = json.dumps(problem.to_json(request.full_path.rstrip("?")), ensure_ascii=False, sort_keys=False)
    return Response(text, problem.status, content_type="application/problem+json")


def _page(problem: Problem) -> Response:
    return Response(render_template("error.html", problem=problem), problem.status, content_type="text/html")


def _status(error: SearchServiceError) -> int:
    return next(int(status) for kind, status in STATUSES if isinstance(error, kind))


_HTTP_WORDS: dict[int, tuple[str, str, str]] = {
    400: ("The request cannot be understood", "The server could not read this request.", "go back and try again"),
    404: ("There is no such page", "Nothing is at this address.", "search for what you are looking for"),
    405: ("That cannot be done here", "This address does not answer to that method.", "open it as a page instead"),
    413: ("That is too much text", "The text is longer than can be compared.", "paste its first part only"),
}


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    if status in _HTTP_WORDS:
        title, detail, hint = _HTTP_WORDS[status]
        return Problem(status=status, title=title, detail=detail, hint=hint)
    return Problem(status=status, title=error.name, detail=error.description or error.name)
