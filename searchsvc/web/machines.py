"""For machines: feed readers, browsers' search boxes, load balancers, makers of client libraries."""

from flask import Blueprint, Response, json, render_template, request

from searchsvc.errors import SearchServiceError
from searchsvc.web.addresses import FEED_PATH
from searchsvc.web.caching import REVALIDATE, cached, timed
from searchsvc.web.openapi import description
from searchsvc.web.presenters.feed import feed_page, sayable
from searchsvc.web.problems import problem_of
from searchsvc.web.search_state import SearchState
from searchsvc.web.service import service, today

SHORT_NAME_LENGTH = 16  # of an OpenSearch description, by its specification


def blueprint() -> Blueprint:
    """The routes for programs, as a Flask blueprint: feed, OpenSearch, OpenAPI and the two health checks."""
    routes = Blueprint("machines", __name__)
    routes.add_url_rule(FEED_PATH, "feed", feed)
    routes.add_url_rule("/opensearch.xml", "opensearch", opensearch)
    routes.add_url_rule("/openapi.json", "openapi", openapi)
    routes.add_url_rule("/healthz", "healthz", healthz)
    routes.add_url_rule("/readyz", "readyz", readyz)
    return routes


def feed() -> Response:
    """A search as an Atom feed."""
    archive, settings = service().archive, service().settings
    state, _ = SearchState.read(request.args, settings, today=today(), lenient=True)
    answer = archive.search(state.q, state.request(settings), today=today())
    text = render_template("results.atom.xml", feed=feed_page(answer, state, settings, service().root))
    response = Response(text, content_type="application/atom+xml; charset=utf-8")
    return timed(cached(response, answer.result.commit), answer.result.took_ms)


def opensearch() -> Response:
    """How a browser searches here from its own search box."""
    title = sayable(service().settings.title)
    text = render_template(
        "opensearch-description.xml", title=title, short_name=title[:SHORT_NAME_LENGTH].strip(), root=service().root
    )
    response = Response(text, content_type="application/opensearchdescription+xml; charset=utf-8")
    response.headers["Cache-Control"] = REVALIDATE
    return response


def openapi() -> Response:
    """The API described for programs that write programs."""
    text = json.dumps(description(service().settings, service().root), ensure_ascii=False, sort_keys=False, indent=1)
    return cached(Response(text, content_type="application/json"), "")


def healthz() -> Response:
    """The process is alive, whatever the index is."""
    return _status({"status": "alive"}, 200)


def readyz() -> Response:
    """The archive can be searched; 503 and why, when it cannot."""
    try:
        status = service().archive.status()
    except SearchServiceError as error:
        problem = problem_of(error)
        return _status({"status": "not ready", "detail": problem.detail, "hint": problem.hint}, 503)
    return _status({"status": "ready", "engine": status.engine, "articles": status.articles}, 200)


def _status(body: dict[str, object], code: int) -> Response:
    response = Response(json.dumps(body), code, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
