"""The pages as a browser without script gets them."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from searchsvc.archive.archive import Archive
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.errors import EngineTimeout, EngineUnavailable, IndexDamaged, IndexOutdated, SearchServiceError
from searchsvc.model.article import Article
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import SearchResult
from searchsvc.settings import Settings
from searchsvc.web.addresses import article_path
from searchsvc.web.app import create_app, templates_dir
from tests.web.archive import ARTICLES, EVIL

VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "path", "circle"}


class Page(HTMLParser):
    """A page's elements and texts; wrong nesting is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        (self.scripts if self.open and self.open[-1] == "script" else self.texts).append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for name, attributes in self.elements if name == tag)

    @property
    def links(self) -> set[str]:
        return {a["href"] for a in self.all("a")}


def page(client: FlaskClient, url: str, status: int = 200) -> Page:
    response = client.get(url)
    assert response.status_code == status
    assert response.content_type.startswith("text/html")
    return Page(response.text)


EVERY_PAGE = [
    ("/", 200),
    ("/search", 200),
    ("/search?q=harbour+strike&tag=Union&section=-Sport&from-date=2015", 200),
    ("/search?q=zzzz", 200),
    ('/search?q="open+date:foo&page=abc&nonsense=1', 200),
    ("/search?q=strike&page=99", 200),
    ("/articles/strike-04", 200),
    ("/articles/evil", 200),
    ("/articles/fr-1", 200),
    ("/browse/tag", 200),
    ("/browse/tag?prefix=zzz", 200),
    ("/help", 200),
    ("/related", 200),
    ("/articles/nope", 404),
    ("/nope", 404),
    ("/browse/nope", 404),
    ("/search?page=99999", 400),
]


@pytest.mark.parametrize(("url", "status"), EVERY_PAGE)
def test_every_page_is_well_made(client: FlaskClient, url: str, status: int) -> None:
    found = page(client, url, status)
    assert len(list(found.all("h1"))) == 1
    assert len(list(found.all("main"))) == 1
    assert next(found.all("html"))["lang"] == "en"
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in found.all("label")}
    for field in found.all("input"):
        assert field.get("type") == "hidden" or field["id"] in labelled
    for _, attributes in found.elements:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    for script in found.all("script"):
        assert script.get("src", "").startswith("/static/") or script["type"] == "application/ld+json"


@pytest.mark.parametrize(("url", "status"), EVERY_PAGE)
def test_every_page_forbids_what_it_does_not_need(client: FlaskClient, url: str, status: int) -> None:
    headers = client.get(url).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("url", ["/", "/search?q=strike&tag=Union", "/articles/strike-04", "/articles/evil", "/help"])
def test_no_link_of_a_page_is_broken(client: FlaskClient, url: str) -> None:
    for link in page(client, url).links:
        if link.startswith("/"):
            assert client.get(link).status_code == 200, link


@pytest.mark.parametrize(
    "url",
    [
        "/articles/evil",
        "/search?q=crier",
        "/search?q=crier&show-highlights=false",
        "/search?tag=Tag+" + "%3Cscript%3Ealert(%22x%22)%3C/script%3E+%26+%3Cb%3Ebold%3C/b%3E",
        "/search?q=%3Cscript%3Ealert(%22x%22)%3C/script%3E+%26+%3Cb%3Ebold%3C/b%3E",
        "/browse/tag",
        "/",
    ],
)
def test_markup_reaches_the_page_as_text(client: FlaskClient, url: str) -> None:
    response = client.get(url)
    found = Page(response.text)
    assert EVIL in found.text
    assert [s for s in found.all("script") if "src" not in s and s.get("type") != "application/ld+json"] == []
    assert "b" not in {tag for tag, _ in found.elements}
    assert "<script>alert" not in response.text


def test_the_address_of_a_story_is_followed_only_if_it_is_one_of_the_web(client: FlaskClient) -> None:
    assert not any("javascript:" in link for link in page(client, "/articles/evil").links)
    assert "https://post.example/strike/4" in page(client, "/articles/strike-04").links


def test_matches_are_marked_in_headline_and_passage(client: FlaskClient) -> None:
    response = client.get("/search?q=crier+bowed")
    assert re.search(r"Town <mark>crier</mark> reads", response.text)
    assert "<mark>bowed</mark>" in response.text


def test_the_page_says_what_was_found_and_how_it_was_narrowed(client: FlaskClient) -> None:
    found = page(client, "/search?q=strike&tag=Union&section=-Sport&from-date=2015-03&to-date=2015-06")
    assert "stories for strike" in found.text
    for words in ("Remove: Tag Union", "Remove: Not Section Sport", "Remove: Published March 2015 – June 2015"):
        assert words in found.text
    assert "/search?q=strike&section=-Sport&from-date=2015-03&to-date=2015-06" in found.links
    assert "/search?q=strike" in found.links  # all removed


def test_facets_are_checkboxes_that_keep_what_is_chosen(client: FlaskClient) -> None:
    found = page(client, "/search?q=strike&tag=Union&section=-Sport&order-by=newest")
    boxes = [field for field in found.all("input") if field.get("type") == "checkbox"]
    assert [(box["name"], box["value"]) for box in boxes if "checked" in box] == [("tag", "Union")]
    hidden = {(field["name"], field["value"]) for field in found.all("input") if field.get("type") == "hidden"}
    assert {("q", "strike"), ("section", "-Sport"), ("order-by", "newest")} <= hidden


def test_languages_and_months_are_named(client: FlaskClient) -> None:
    found = page(client, "/search?q=strike&facets=language,month")
    assert "French" in found.text
    assert "April 2015" in found.text


def test_the_french_story_says_what_language_it_is_in(client: FlaskClient) -> None:
    found = page(client, "/articles/fr-1")
    assert next(found.all("article"))["lang"] == "fr"
    assert "French" in found.text


def test_what_was_not_understood_is_said_and_quoted(client: FlaskClient) -> None:
    found = page(client, "/search?q=strike+date:foo&page=abc&nonsense=1")
    assert "date:foo" in found.text
    assert "page is not a number" in found.text
    assert "nonsense is not a parameter" in found.text


def test_no_result_names_the_word_and_offers_what_helps(client: FlaskClient) -> None:
    found = page(client, "/search?q=harbuor&section=City")
    assert "Nothing found for harbuor" in found.text
    assert "“harbuor”" in found.text
    assert "/search?q=harbour&section=City" in found.links
    assert re.search(r"Search for harbour \d+ stories", found.text)


def test_no_result_shows_what_there_is_most_of(client: FlaskClient) -> None:
    found = page(client, "/search?q=qqqqq")
    assert "Tags with the most stories Harbour 31" in found.text
    assert "/search?tag=Harbour" in found.links


def test_the_values_of_a_facet_can_be_browsed(client: FlaskClient) -> None:
    found = page(client, "/browse/agency")
    assert "Agencies" in found.text
    assert "/search?agency=Reuters" in found.links
    assert "/search?tag=Night+shift" in page(client, "/browse/tag?prefix=ni").links


def test_a_misspelt_word_among_results_is_asked_about(client: FlaskClient) -> None:
    found = page(client, "/search?q=harbuor+OR+mayor")
    assert "Did you mean harbour OR mayor?" in found.text


def test_a_page_past_the_end_leads_to_the_first(client: FlaskClient) -> None:
    found = page(client, "/search?q=strike&page=99")
    assert "There is nothing on this page" in found.text
    assert "/search?q=strike" in found.links


def test_a_story_is_printed_whole_with_its_reasons(client: FlaskClient) -> None:
    found = page(client, "/articles/flood/2014/first%20night")
    for words in (
        "River Ell floods the lower town",
        "Nobody was hurt, the mayor said.",
        "Wednesday 5 November 2014",
        "from the meta",
        "flood.html",
        "19 March 2024",
        "two titles",
        "More stories",
        "3 days after",
        "Shares Flood",
    ):
        assert words in found.text
    times = {time["datetime"] for time in found.all("time")}
    assert {"2014-11-05", "2014-11-08"} <= times
    data = json.loads(found.scripts[0])
    assert (data["@type"], data["datePublished"]) == ("NewsArticle", "2014-11-05")


@pytest.mark.parametrize(
    ("id", "date"), [("evil", "2014"), ("https://post.example/a?b=c#d", "June 2014"), ("../odd", "undated")]
)
def test_a_date_is_no_more_precise_than_is_known(client: FlaskClient, id: str, date: str) -> None:
    found = page(client, article_path(id))
    assert date in found.text.replace("Undated", "undated")
    assert "1 January" not in found.text
    assert "1 June" not in found.text
    assert "datePublished" not in json.loads(found.scripts[0])


@pytest.mark.parametrize("article", ARTICLES[-8:], ids=lambda a: a.id)
def test_a_story_has_its_page_whatever_its_id(client: FlaskClient, article: Article) -> None:
    assert article.headline in page(client, article_path(article.id)).text


def test_a_draft_finds_its_background(client: FlaskClient) -> None:
    draft = {
        "text": "Water in the lower town\nThe flood of the River Ell filled the market hall.",
        "date": "2014-11-06",
    }
    response = client.post("/related", data=draft)
    found = Page(response.text)
    assert "River Ell floods the lower town" in found.text
    assert response.headers["Cache-Control"] == "no-store"
    assert client.post("/related", data={"text": "x " * 40_000}).status_code == 413
    assert client.post("/related", data={"text": "x y", "date": "soon"}).status_code == 400


def test_the_partial_is_the_results_alone_and_never_mistaken_for_the_page(client: FlaskClient) -> None:
    whole = client.get("/search?q=strike")
    part = client.get("/search?q=strike", headers={"X-Partial": "found"})
    assert "<html" not in part.text
    assert part.text.strip() in whole.text
    assert "X-Partial" in whole.headers["Vary"]
    assert whole.headers["ETag"] != part.headers["ETag"]


def test_pages_repeat_as_304(client: FlaskClient) -> None:
    for url in ("/", "/search?q=strike", "/articles/strike-04", "/browse/tag", "/help", "/search.atom"):
        tag = client.get(url).headers["ETag"]
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_the_feed_is_atom(client: FlaskClient) -> None:
    response = client.get("/search.atom?q=crier+OR+flood")
    assert response.content_type.startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.fromstring(response.data)
    titles = [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")]
    assert f"Town crier reads {EVIL} aloud" in titles
    assert feed.findtext(f"{atom}updated") == "2014-11-08T00:00:00Z"


def test_a_feed_of_odd_characters_is_still_xml(client: FlaskClient) -> None:
    ET.fromstring(client.get("/search.atom?q=%00%0B%EF%BF%BF<&order-by=newest").data)


def test_browsers_are_told_how_to_search(client: FlaskClient) -> None:
    description = ET.fromstring(client.get("/opensearch.xml").data)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert description.findtext(f"{space}ShortName") == "Port Ellis Archi"
    assert len(description.findall(f"{space}Url")) == 3


class Failing(MemoryEngine):
    """An engine that cannot answer."""

    def __init__(self, error: SearchServiceError) -> None:
        super().__init__()
        self._error = error

    def search(self, request: SearchRequest) -> SearchResult:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IndexOutdated("the index is of an older version", hint="run: searchsvc rebuild"), 503),
        (IndexDamaged("segment 3 is damaged", hint="run: searchsvc rebuild"), 503),
        (EngineUnavailable("the server does not answer"), 503),
        (EngineTimeout("the query took longer than 1,000 ms"), 504),
    ],
)
def test_an_archive_that_cannot_answer_says_so(settings: Settings, error: SearchServiceError, status: int) -> None:
    client = create_app(settings, Archive(Failing(error), settings)).test_client()
    found = page(client, "/search?q=a", status)
    assert str(error).capitalize()[:20].lower() in found.text.lower()
    assert error.hint.lower() in found.text.lower()
    assert client.get("/api/v1/search").status_code == status


def test_a_missing_index_is_a_friendly_page_until_there_is_one(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path / "index")
    client = create_app(settings).test_client()
    found = page(client, "/", 503)
    assert "searchsvc ingest" in found.text
    assert client.get("/healthz").get_json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "searchsvc ingest" in ready.get_json()["hint"]


def test_ready_says_how_many_articles(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready", "engine": "memory", "articles": len(ARTICLES)}


def test_the_templates_are_where_the_application_looks(client: FlaskClient) -> None:
    assert (templates_dir() / "base.html").is_file()


def test_assets_are_kept_long_and_named_by_their_content(client: FlaskClient) -> None:
    found = page(client, "/")
    (style,) = [link["href"] for link in found.all("link") if link["rel"] == "stylesheet"]
    assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", style)
    with client.get(style) as response:
        assert response.status_code == 200
        assert "max-age=31536000" in response.headers["Cache-Control"]
