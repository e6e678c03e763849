"""Pages: what people see. Each view asks the archive, makes a presenter of the answer, and prints it."""

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from searchsvc.errors import RequestError
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.fields import find_field
from searchsvc.model.request import SearchRequest
from searchsvc.text.dates import read_date
from searchsvc.web.caching import PARTIAL_HEADER, cached, timed
from searchsvc.web.presenters.articles import article_page, related_parts
from searchsvc.web.presenters.help import FIELD_ROWS, TOPICS
from searchsvc.web.presenters.home import BROWSABLE, browse_page, browse_request, home_page, home_request
from searchsvc.web.presenters.results import instead_request, results_page
from searchsvc.web.search_state import SearchState
from searchsvc.web.service import service, today

HTML = "text/html; charset=utf-8"
HEADLINE_LENGTH = 200  # of a pasted text, whose first line is taken for one up to here


def blueprint() -> Blueprint:
    """The routes of the HTML pages, as a Flask blueprint."""
    routes = Blueprint("pages", __name__)
    routes.add_url_rule("/", "home", home)
    routes.add_url_rule("/search", "search", search)
    routes.add_url_rule("/articles/", "article_by_query", article_by_query)
    routes.add_url_rule("/articles/<anything:id>", "article", article)
    routes.add_url_rule("/browse/<name>", "browse", browse)
    routes.add_url_rule("/help", "help", help_page)
    routes.add_url_rule("/related", "related", related, methods=["GET", "POST"])
    return routes


def home() -> Response:
    """The front page: how many stories the archive has, its histogram, its facets and its latest stories."""
    archive, settings = service().archive, service().settings
    answer = archive.search("", home_request(), today=today())
    page = render_template("home.html", page=home_page(answer, settings))
    return timed(cached(Response(page, content_type=HTML), answer.result.commit), answer.result.took_ms)


def search() -> Response:
    """The results; the results alone when the script asks, who has the rest of the page already."""
    archive, settings = service().archive, service().settings
    state, problems = SearchState.read(request.args, settings, today=today(), lenient=True)
    answer = archive.search(state.q, state.request(settings), today=today())
    instead = None if answer.result.total.value else archive.search("", instead_request(), today=today())
    shown = results_page(answer, state, settings, problems=problems, instead=instead)
    page = render_template("_found.html" if PARTIAL_HEADER in request.headers else "search.html", page=shown)
    response = cached(Response(page, content_type=HTML), answer.result.commit)
    response.headers["Vary"] = PARTIAL_HEADER
    return timed(response, answer.result.took_ms)


def article_by_query() -> Response | AnyResponse:
    """An article whose id could not stand in a path."""
    return article(request.args["id"]) if request.args.get("id") else redirect("/")


def article(id: str) -> Response:
    """The page of one article, with related coverage. Raises ArticleNotFound."""
    archive, settings = service().archive, service().settings
    found = archive.get(id)
    page = article_page(
        found,
        archive.related_to(found),
        root=service().root,
        title=settings.title,
        reader_language=settings.language,
    )
    text = render_template("article.html", page=page)
    return cached(Response(text, content_type=HTML), archive.status().commit)


def browse(name: str) -> Response:
    """All values of a facet."""
    field = find_field(name)
    if field not in BROWSABLE:
        abort(404)
    archive = service().archive
    prefix = " ".join(request.args.get("prefix", "").split())[:100]
    facet = archive.facet("", SearchRequest(snippets=False), browse_request(field, prefix), today=today())
    page = render_template("browse.html", page=browse_page(field, facet, prefix))
    return cached(Response(page, content_type=HTML), archive.status().commit)


def help_page() -> Response:
    """The help: the query language by example, and the fields. Does not open the archive."""
    page = render_template("help.html", topics=TOPICS, fields=FIELD_ROWS)
    return cached(Response(page, content_type=HTML), "")


def related() -> Response:
    """A form to paste a draft into, and what the archive has on it."""
    text, day = request.form.get("text", "").strip(), request.form.get("date", "").strip()
    parts = None
    if request.method == "POST" and text:
        found = service().archive.related_to(draft(text, day))
        parts = related_parts(found)
    page = render_template("related.html", text=text, date=day, parts=parts, today=today().isoformat())
    response = Response(page, content_type=HTML)
    response.headers["Cache-Control"] = "no-store" if text else "no-cache"
    return response


def draft(text: str, day: str) -> Article:
    """A pasted text as an article that is not archived; of today when no day is given.

    Raises RequestEntityTooLarge when the text is longer than the settings allow, RequestError on a bad date.
    """
    settings = service().settings
    if len(text.encode("utf-8", "replace")) > settings.max_related_text:
        raise RequestEntityTooLarge
    first, _, rest = text.partition("\n")
    is_headline = len(first) <= HEADLINE_LENGTH and bool(rest.strip())
    read = read_date(day, today=today()) if day else None
    if day and read is None:
        raise RequestError(
            f"{day[:100]!r} is not a date", parameter="date", value=day[:100], hint="write a day, as 2015-09-30"
        )
    return Article(
        id=ArticleId(""),
        headline=first.strip() if is_headline else "",
        body=(rest if is_headline else text).strip(),
        language=settings.language,
        published_on=read.on if read else today(),
        date_precision=read.precision if read else DatePrecision.DAY,
    )
