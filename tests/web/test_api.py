"""The API as a program meets it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from searchsvc.archive.archive import Archive
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article, ArticleId
from searchsvc.settings import Settings
from searchsvc.web.addresses import api_article_path, api_related_path
from searchsvc.web.app import create_app
from searchsvc.web.presenters.answers import Json
from tests.web.archive import ARTICLES, EVIL

SEARCH = "/api/v1/search"


def ask(client: FlaskClient, url: str) -> Json:
    response = client.get(_path(url))
    assert response.status_code == 200, response.text
    return response.get_json()["response"]  # type: ignore[no-any-return]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def refused(client: FlaskClient, url: str, status: int = 400) -> Json:
    response = client.get(url)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = response.get_json()
    assert problem["status"] == status
    return problem  # type: ignore[no-any-return]


def facet(answer: Json, name: str) -> Json:
    return next(each for each in answer["facets"] if each["name"] == name)


def test_an_answer_has_the_promised_shape(client: FlaskClient) -> None:
    answer = ask(client, f"{SEARCH}?q=harbour+strike&page-size=5")
    assert list(answer) == [
        "status", "total", "startIndex", "pageSize", "currentPage", "pages", "orderBy", "tookMs", "query", "links",
        "nextCursor", "facets", "dateHistogram", "results",
    ]  # fmt: skip
    assert (answer["total"], answer["startIndex"], answer["pageSize"], answer["currentPage"], answer["pages"]) == (
        30, 1, 5, 1, 6,
    )  # fmt: skip
    assert list(answer["query"]) == [
        "raw", "understood", "rewrites", "notices", "didYouMean", "missingWords", "waysOut",
    ]  # fmt: skip
    assert list(answer["results"][0]) == [
        "id", "webTitle", "kicker", "webPublicationDate", "datePrecision", "dateSource", "section", "source", "agency",
        "dateline", "tags", "webUrl", "apiUrl", "highlights", "score",
    ]  # fmt: skip


def test_highlights_are_runs_of_plain_text(client: FlaskClient) -> None:
    (result,) = ask(client, f"{SEARCH}?q=crier+bowed")["results"]
    headline = result["highlights"]["headline"]
    assert "".join(run["text"] for run in headline) == f"Town crier reads {EVIL} aloud"
    assert [run["text"] for run in headline if run["match"]] == ["crier"]


def test_the_count_beside_a_value_is_the_total_after_choosing_it(client: FlaskClient) -> None:
    answer = ask(client, f"{SEARCH}?q=harbour&tag=Union")
    counted = [
        (value["count"], value["links"]["self"])
        for each in answer["facets"]
        for value in each["values"]
        if each["name"] != "tag"  # a second value of one facet is an OR: it adds to the first
    ]
    assert len(counted) > 8
    for count, url in counted:
        assert ask(client, url)["total"] == count


def test_a_chosen_value_can_be_taken_back(client: FlaskClient) -> None:
    answer = ask(client, f"{SEARCH}?q=strike&section=City&section=-Sport")
    values = {value["value"]: value for value in facet(answer, "section")["values"]}
    assert values["City"]["selected"]
    assert values["Sport"]["excluded"]
    assert "section=City" not in values["City"]["links"]["remove"]
    assert "Sport" not in values["Sport"]["links"]["remove"]


def test_a_bar_of_the_histogram_leads_to_as_many_results(client: FlaskClient) -> None:
    histogram = ask(client, f"{SEARCH}?q=strike&from-date=2015-04-10&to-date=2015-06-20&interval=month")[
        "dateHistogram"
    ]
    assert histogram["interval"] == "month"
    assert sum(bar["count"] for bar in histogram["bars"]) > 5
    for bar in histogram["bars"]:
        assert ask(client, bar["links"]["self"])["total"] == bar["count"]


def test_next_leads_through_everything_and_loses_nothing(client: FlaskClient) -> None:
    url: str | None = f"{SEARCH}?order-by=newest&page-size=7&facets=none"
    seen: list[str] = []
    while url:
        answer = ask(client, url)
        seen += [result["id"] for result in answer["results"]]
        url = answer["links"]["next"]
    assert len(seen) == len(set(seen)) == len(ARTICLES)
    assert answer["nextCursor"] is None


@pytest.mark.parametrize("order", ["relevance", "newest", "oldest"])
def test_a_cursor_leads_through_everything(client: FlaskClient, order: str) -> None:
    base = f"{SEARCH}?q=harbour&order-by={order}&page-size=4&facets=none"
    answer = ask(client, base)
    seen = [result["id"] for result in answer["results"]]
    while answer["nextCursor"]:
        answer = ask(client, f"{base}&cursor={answer['nextCursor']}")
        assert answer["currentPage"] is None
        assert len(answer["results"]) <= 4
        seen += [result["id"] for result in answer["results"]]
    assert len(seen) == len(set(seen)) == answer["total"]


def test_next_goes_by_cursor_where_paging_by_number_ends(archive: Archive) -> None:
    settings = Settings(max_offset=10, timeout_ms=20_000)
    client = create_app(settings, Archive(archive.engine, settings)).test_client()
    url: str | None = f"{SEARCH}?page-size=5&order-by=newest"
    seen: list[str] = []
    while url:
        answer = ask(client, url)
        seen += [result["id"] for result in answer["results"]]
        url = answer["links"]["next"]
    assert len(seen) == len(set(seen)) == len(ARTICLES)


def test_a_page_past_the_end_is_empty_and_leads_back(client: FlaskClient) -> None:
    answer = ask(client, f"{SEARCH}?q=strike&page=99&page-size=10")
    assert (answer["results"], answer["nextCursor"], answer["links"]["next"]) == ([], None, None)
    assert answer["links"]["prev"].endswith("page=4&page-size=10")


def test_page_zero_is_refused(client: FlaskClient) -> None:
    problem = refused(client, f"{SEARCH}?page=0")
    assert (problem["parameter"], problem["value"], problem["suggestion"]) == ("page", "0", "1")


def test_a_page_beyond_what_numbers_reach_is_refused(client: FlaskClient) -> None:
    problem = refused(client, f"{SEARCH}?page=999999")
    assert problem["parameter"] == "page"
    assert "nextCursor" in problem["hint"]


def test_an_unknown_parameter_is_refused_with_the_near_one(client: FlaskClient) -> None:
    problem = refused(client, f"{SEARCH}?q=a&pagesize=3")
    assert (problem["parameter"], problem["suggestion"]) == ("pagesize", "page-size")
    assert problem["instance"] == "/api/v1/search?q=a&pagesize=3"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/api/v1/articles/nope", 404),
        ("/api/v1/articles/nope/related", 404),
        ("/api/v1/articles/", 400),
        ("/api/v1/facets/nope", 404),
        ("/api/v1/facets/tag?nope=1", 400),
        ("/api/v1/suggest?nope=1", 400),
        ("/api/v1/nothing", 404),
        ("/api/", 404),
        ("/api/v1/related", 405),
    ],
)
def test_every_error_is_a_problem(client: FlaskClient, url: str, status: int) -> None:
    assert refused(client, url, status)["title"]


def test_a_method_that_is_not_allowed_says_which_are(client: FlaskClient) -> None:
    response = client.delete(SEARCH)
    assert response.status_code == 405
    assert response.content_type == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_what_nobody_foresaw_is_told_in_the_log_only(settings: Settings) -> None:
    class Broken(MemoryEngine):
        def search(self, request: Any) -> Any:
            raise ZeroDivisionError("a secret of ours")

    client = create_app(settings, Archive(Broken(), settings)).test_client()
    for url in (SEARCH, "/search"):
        response = client.get(url)
        assert response.status_code == 500
        assert "secret" not in response.text


def test_odd_typing_is_a_notice_with_its_span(client: FlaskClient) -> None:
    notices = ask(client, f"{SEARCH}?q=strike+date:foo")["query"]["notices"]
    assert notices
    assert all(notice["text"] == "strike date:foo"[slice(*notice["span"])] for notice in notices if notice["span"])


def test_a_misspelt_word_has_a_suggestion_that_finds_something(client: FlaskClient) -> None:
    query = ask(client, f"{SEARCH}?q=harbuor&section=City")["query"]
    assert query["missingWords"] == ["harbuor"]
    meant = query["didYouMean"]
    assert meant["text"] == "harbour"
    assert ask(client, meant["links"]["self"])["total"] == query["waysOut"][0]["total"] > 0


def test_more_fields_are_shown_when_asked_for(client: FlaskClient) -> None:
    (result,) = ask(client, f"{SEARCH}?q=mayor&show-fields=body,provenance")["results"]
    assert result["body"].startswith("Water stood")
    assert result["provenance"]["notes"] == ["two titles"]
    assert "byline" not in result


def test_folders_of_the_operator_are_not_told(client: FlaskClient) -> None:
    article = ask(client, "/api/v1/articles/strike-03")["article"]
    assert article["provenance"]["source"] == "strike.jsonl"


def test_highlights_can_be_left_out(client: FlaskClient) -> None:
    assert ask(client, f"{SEARCH}?q=mayor&show-highlights=false")["results"][0]["highlights"] == {}


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.id)
def test_an_article_is_found_whatever_its_id_is_made_of(client: FlaskClient, article: Article) -> None:
    assert ask(client, api_article_path(article.id))["article"]["id"] == article.id
    related = ask(client, api_related_path(article.id))
    assert set(related) == {"status", "before", "after", "angles", "copies", "links"}
    assert client.get(_path(related["links"]["html"])).status_code == 200


@pytest.mark.parametrize("id", ["/", "a//b", "a/", "related", "a/related", "a\nb", ".", "..", "a/../b", "%2F", "a?b#c"])
def test_odd_ids_reach_their_article(settings: Settings, id: str) -> None:
    engine = MemoryEngine([replace(ARTICLES[0], id=ArticleId(id))])
    client = create_app(settings, Archive(engine, settings)).test_client()
    result = ask(client, SEARCH)["results"][0]
    assert ask(client, result["apiUrl"])["article"]["id"] == id
    assert client.get(_path(result["webUrl"])).status_code == 200


def test_related_stories_say_why(client: FlaskClient) -> None:
    related = ask(client, "/api/v1/articles/flood/2014/pumps/related")
    (before,) = [story for story in related["before"] + related["angles"] + related["after"] if "flood" in story["id"]]
    assert before["shared"]["tags"] == ["Flood"]
    assert before["shared"]["days"] == -3


def test_related_coverage_of_a_posted_text(client: FlaskClient) -> None:
    text = "Market hall under water\nThe flood of the River Ell has come to the lower town again."
    plain = client.post("/api/v1/related", data=text, content_type="text/plain")
    posted = client.post("/api/v1/related", json={"headline": text.split("\n")[0], "text": text.split("\n")[1]})
    assert plain.status_code == posted.status_code == 200
    assert plain.get_json() == posted.get_json()
    assert any("flood" in story["id"] for story in plain.get_json()["response"]["before"])
    assert plain.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status"),
    [("x" * 65_537, 413), ("x" * 400_000, 413), (" ", 400), ("x" * 65_536, 200)],
    ids=["too long", "far too long", "empty", "just short enough"],
)
def test_a_posted_text_has_bounds(client: FlaskClient, body: str, status: int) -> None:
    assert client.post("/api/v1/related", data=body, content_type="text/plain").status_code == status


@pytest.mark.parametrize("body", ["[1]", "{", '{"text": 5}', '{"txt": "a"}', '{"text": "a", "date": "soon"}'])
def test_a_draft_that_is_none_is_refused(client: FlaskClient, body: str) -> None:
    response = client.post("/api/v1/related", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"


def test_a_facet_can_be_looked_into(client: FlaskClient) -> None:
    values = ask(client, "/api/v1/facets/tag?q=strike&prefix=ni")["facet"]["values"]
    assert [value["value"] for value in values] == ["Night shift"]
    assert ask(client, values[0]["links"]["self"])["total"] == values[0]["count"]


def test_suggestions_have_the_form_of_opensearch(client: FlaskClient) -> None:
    response = client.get("/api/v1/suggest?q=harb")
    assert response.content_type == "application/x-suggestions+json"
    prefix, texts, kinds, urls = response.get_json()
    assert prefix == "harb"
    assert len(texts) == len(kinds) == len(urls) > 0
    for url in urls:
        assert client.get(_path(url)).status_code == 200
    assert client.get("/api/v1/suggest").get_json() == ["", [], [], []]


def test_headers_let_clients_page_cache_and_share(client: FlaskClient) -> None:
    response = client.get(f"{SEARCH}?q=strike&page=2&page-size=10")
    assert '; rel="next"' in response.headers["Link"]
    assert '; rel="prev"' in response.headers["Link"]
    assert response.headers["ETag"].startswith('W/"')
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Server-Timing"].startswith("search;dur=")
    assert "must-revalidate" in response.headers["Cache-Control"]


def test_a_repeat_is_a_304_and_another_question_is_not(client: FlaskClient) -> None:
    tag = client.get(f"{SEARCH}?q=strike").headers["ETag"]
    again = client.get(f"{SEARCH}?q=strike", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{SEARCH}?q=harbour", headers={"If-None-Match": tag}).status_code == 200


def test_a_tag_is_no_longer_valid_after_a_commit(settings: Settings) -> None:
    engine = MemoryEngine(ARTICLES[:2])
    client = create_app(settings, Archive(engine, settings)).test_client()
    tag = client.get(SEARCH).headers["ETag"]
    with engine.writer() as writer:
        writer.put(ARTICLES[3])
    assert client.get(SEARCH, headers={"If-None-Match": tag}).status_code == 200


def test_head_is_a_get_without_its_body(client: FlaskClient) -> None:
    head, get = client.head(f"{SEARCH}?q=strike"), client.get(f"{SEARCH}?q=strike")
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["ETag"] == get.headers["ETag"]


def test_addresses_are_as_readers_reach_them(archive: Archive) -> None:
    settings = Settings(base_url="https://archive.example/", timeout_ms=20_000)
    client = create_app(settings, Archive(archive.engine, settings)).test_client()
    answer = ask(client, f"{SEARCH}?q=strike")
    assert answer["links"]["self"] == "https://archive.example/api/v1/search?q=strike"
    assert answer["results"][0]["webUrl"].startswith("https://archive.example/articles/")


def test_search_json_is_the_same_search(client: FlaskClient) -> None:
    assert ask(client, "/search.json?q=strike")["total"] == ask(client, f"{SEARCH}?q=strike")["total"]


def test_the_description_names_every_route_of_the_api(app: Flask, client: FlaskClient) -> None:
    document = json.loads(client.get("/openapi.json").data)
    described = {path.replace("{id}", "<anything:id>").replace("{name}", "<name>") for path in document["paths"]}
    ours = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert described == ours - {"/api/v1/articles/", "/api/v1/articles/related"}
    assert len(document["paths"]["/api/v1/search"]["get"]["parameters"]) >= 20
