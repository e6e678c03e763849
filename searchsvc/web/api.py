"""The API: the same archive for programs, as JSON. Strict: what cannot be understood is refused, and named."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from searchsvc.errors import ArticleNotFound, BadFilter, RequestError
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.model.jsontext import written
from searchsvc.model.request import FacetRequest
from searchsvc.web.addresses import API_SEARCH_PATH
from searchsvc.web.caching import cached, timed
from searchsvc.web.links import Links
from searchsvc.web.pages import draft
from searchsvc.web.parameters import Parameter, read_number
from searchsvc.web.presenters.answers import article_json, facet_json, related_json, search_json, suggestion_url
from searchsvc.web.presenters.facets import facet_view
from searchsvc.web.presenters.labels import counted
from searchsvc.web.presenters.results import paging
from searchsvc.web.search_state import SearchState, facet_field
from searchsvc.web.service import service, today

MOST_RELATED = 50
MOST_SUGGESTIONS = 20


def blueprint() -> Blueprint:
    """The API's routes, as a Flask blueprint; errors raised in its views become problem+json (`problems`)."""
    routes = Blueprint("api", __name__)
    routes.add_url_rule("/api/v1/search", "search", search)
    routes.add_url_rule("/search.json", "search_json", search)
    routes.add_url_rule("/api/v1/articles/", "article_by_query", article_by_query)
    routes.add_url_rule("/api/v1/articles/related", "related_by_query", related_by_query)
    routes.add_url_rule("/api/v1/articles/<anything:id>/related", "related", related)
    routes.add_url_rule("/api/v1/articles/<anything:id>", "article", article)
    routes.add_url_rule("/api/v1/facets/<name>", "facet", facet)
    routes.add_url_rule("/api/v1/suggest", "suggest", suggest)
    routes.add_url_rule("/api/v1/related", "related_to_text", related_to_text, methods=["POST"])
    return routes


def search() -> Response:
    """The results of a search, with `next` and `prev` in the Link header.

    Raises RequestError on the first parameter that is unknown or has a bad value.
    """
    settings = service().settings
    state = _state(request.args)
    answer = service().archive.search(state.q, state.request(settings), today=today())
    root = service().root
    response = _json(search_json(answer, state, settings, root), answer.result.commit)
    place = paging(answer, state, settings)
    neighbours = {"next": place.next_state(state), "prev": place.previous_state(state)}
    links = [f'<{root}{near.url_at(API_SEARCH_PATH)}>; rel="{rel}"' for rel, near in neighbours.items() if near]
    if links:
        response.headers["Link"] = ", ".join(links)
    return timed(response, answer.result.took_ms)


def article_by_query() -> Response:
    """An article whose id could not stand in a path."""
    return article(_only("id")["id"])


def article(id: str) -> Response:
    """One article with all its fields. Raises ArticleNotFound."""
    archive = service().archive
    return _json(article_json(archive.get(id), service().root), archive.status().commit)


def related_by_query() -> Response:
    """Related coverage of the article in `?id=`, whose id could not stand in a path.

    Raises BadFilter without an id or with a parameter other than `id` and `limit`, ArticleNotFound on an unknown id.
    """
    return related(_only("id", "limit")["id"])


def related(id: str) -> Response:
    """More stories. An id may itself end in "/related": when there is no other such article, that one is meant."""
    archive = service().archive
    try:
        found = archive.get(id)
    except ArticleNotFound:
        try:
            return article(f"{id}/related")
        except ArticleNotFound:
            pass
        raise
    limit = _number("limit", most=MOST_RELATED)
    return _json(
        related_json(archive.related(found.id, limit=limit), service().root, of=found.id), archive.status().commit
    )


def related_to_text() -> Response:
    """Related coverage of a text: plain, or JSON with `text`, and `headline` and `date` when known."""
    text, day = _posted()
    if not text.strip():
        raise RequestError("there is no text", parameter="text", hint='post it as text/plain, or as {"text": "…"}')
    found = service().archive.related_to(draft(text.strip(), day), limit=_number("limit", most=MOST_RELATED))
    response = _json(related_json(found, service().root), "")
    response.headers["Cache-Control"] = "no-store"
    del response.headers["ETag"]
    return response


def facet(name: str) -> Response:
    """The values of one facet under a search, all its own parameters allowed; `prefix` looks inside."""
    settings = service().settings
    try:
        field = facet_field(name)
    except RequestError as error:
        raise ArticleNotFound(str(error), hint=error.hint) from error
    args = MultiDict(request.args)
    prefix = " ".join(args.pop("prefix", "").split())[:100]
    state = _state(args)
    size = state.facet_size or settings.facet_size
    asked = FacetRequest(field=field, size=size, prefix=prefix)
    archive = service().archive
    counted_facet = archive.facet(state.q, state.request(settings), asked, today=today())
    described = next(each for each in FACET_FIELDS if each.name == field)
    view = facet_view(described, counted_facet, Links(state, service().root + API_SEARCH_PATH))
    body = {"response": {"status": "ok", "prefix": prefix, "facet": facet_json(view)}}
    return _json(body, archive.status().commit)


def suggest() -> Response:
    """Completions in the form of OpenSearch suggestions: what was typed, completions, descriptions, addresses."""
    given = _only("q", "limit", required=())
    prefix = given.get("q", "")
    archive = service().archive
    found = archive.suggest(prefix, limit=_number("limit", most=MOST_SUGGESTIONS) or 8)
    body = [
        prefix,
        [suggestion.text for suggestion in found],
        [_description(suggestion.kind, suggestion.count) for suggestion in found],
        [suggestion_url(each.kind, each.text, each.article_id, service().root) for each in found],
    ]
    return _json(body, archive.status().commit, content_type="application/x-suggestions+json")


def _description(kind: str, count: int) -> str:
    return "Story" if kind == "headline" else f"{_KINDS.get(kind, kind)}, {counted(count, 'story', 'stories')}"


_KINDS = {"tag": "Tag", "term": "Word"}


def _state(args: "MultiDict[str, str]") -> SearchState:
    """The state, or the first thing in the arguments that cannot be understood."""
    state, problems = SearchState.read(args, service().settings, today=today())
    if problems:
        raise problems[0]
    return state


def _only(*names: str, required: tuple[str, ...] = ("id",)) -> dict[str, str]:
    """The arguments, of which there may be these alone."""
    for name in request.args:
        if name not in names:
            raise BadFilter(
                f"{name[:100]} is not a parameter here",
                parameter=name[:100],
                hint=f"known are: {', '.join(names)}",
            )
    for name in required:
        if not request.args.get(name):
            raise BadFilter(f"{name} is missing", parameter=name, hint=f"give {name}")
    return {name: request.args[name] for name in names if name in request.args}


def _number(name: str, *, most: int) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    return read_number(Parameter(name=name, type="integer", help="How many, at the most.", least=1), text, most=most)


def _posted() -> tuple[str, str]:
    """The text and the day of a posted draft."""
    if not request.is_json:
        return request.get_data(as_text=True), ""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # lists in lists in lists
        body = None
    if not isinstance(body, Mapping) or not all(isinstance(body.get(name, ""), str) for name in _DRAFT_NAMES):
        raise RequestError("the body is not a draft", hint='post {"text": "…", "headline": "…", "date": "2015-09-30"}')
    unknown = [name for name in body if name not in _DRAFT_NAMES]
    if unknown:
        name = _sayable(str(unknown[0]))[:100]
        raise RequestError(f"{name!r} is not part of a draft", parameter=name, hint="give text")
    headline, text, day = (_sayable(body.get(name, "")) for name in ("headline", "text", "date"))
    return "\n".join(filter(None, (headline, text))), day


def _sayable(text: str) -> str:
    """JSON can escape half of a pair of surrogates, which no answer could be written with."""
    return text.encode("utf-8", "replace").decode("utf-8")


_DRAFT_NAMES = ("text", "headline", "date")


def _json(body: Any, commit: str, *, content_type: str = "application/json") -> Response:  # Any: JSON values
    return cached(Response(written(body), content_type=content_type), commit)
