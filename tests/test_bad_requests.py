"""Hostile requests to the demo archive: the best reading or a refusal, soon, and never a fault."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from searchsvc.archive.archive import open_archive
from searchsvc.archive.operations import ingest
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

ROOT = Path(__file__).parents[1]
PATHS = ("/search", "/search.atom", "/api/v1/search", "/api/v1/facets/tag")
TODAY = date(2026, 1, 1)
SOON = 2.0  # seconds; alone on a machine each takes a fraction of one
LETTERS = "abcdefghijklmnopqrstuvwxyz"

TEXTS = {
    "many words": "+".join(f"w{i}" for i in range(300)),
    "open brackets": "(" * 10_000,
    "brackets": "(" * 5_000 + "a" + ")" * 5_000,
    "nots": "NOT+" * 5_000 + "a",
    "minus": "-" * 10_000 + "a",
    "quotes": '"' * 10_001,
    "nul": "a%00b%00",
    "not UTF-8": "a%ff*+OR+tag:%ff%fe%80",
    "surrogate": "%ed%a0%80",
    "override": "%e2%80%ae" * 300,
    "colons": "a:" * 3_000,
    "ors": "+OR+".join(f"w{i}" for i in range(3_000)),
    "ands": "+AND+".join(["russia"] * 3_000),
    "stars": "*+" * 2_000,
    "long word": "a" * 200_000,
    "long prefix": "a" * 60_000 + "*",
    "long phrase": "%22" + "the+" * 5_000 + "%22",
    "slop": "%22the+of+a%22~99999999999",
    "date": "date:" + "9" * 5_000,
    "dates": "date:0000-00-00..9999-99-99",
    "misspelt": "+".join(["rusia", "putn", "sirya", "prezident", "goverment"] * 20),
    "no such tags": "+".join(f"tag:rusia{i}" for i in range(50)),
}

REFUSED = {  # by the API; a page shows what it can, and says the rest
    "unknown names": "&".join(f"p{i}=1" for i in range(5_000)),
    "near names": "&".join(f"page-sise{i}=1" for i in range(5_000)),
    "long name": "x" * 50_000 + "=1",
    "repeated q": "&".join(["q=a"] * 5_000),
    "repeated page": "page=1&page=2",
    "many tags": "&".join(f"tag=t{i}" for i in range(5_000)),
    "exponent": "page=1e9",
    "negative": "page=-1",
    "zero": "page=0",
    "huge": "page=" + "9" * 5_000,
    "other digits": "page=%D9%A3",
    "huge size": "page-size=100000",
    "no cursor": "cursor=abc",
    "long cursor": "cursor=" + "W" * 50_000,
    "infinite cursor": "cursor=WzFlOTk5LCJhIl0",
    "no facet": "facets=xyz",
    "no facets": "facets=" + ",".join(["xyz"] * 5_000),
    "no date": "from-date=nonsense",
    "no day": "from-date=2015-02-31",
    "no year": "from-date=0000",
    "backwards": "from-date=9999&to-date=0001",
    "no order": "order-by=zzz",
    "long tag": "tag=" + "x" * 100_000,
    "empty tag": "tag=-",
    "no language": "lang=%3Cscript%3E",
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo archive."""
    folder = tmp_path_factory.mktemp("index")
    archive = open_archive(Settings(index_dir=folder))
    ingest(archive, [str(ROOT / "examples" / "archive")], today=TODAY)
    archive.close()
    return folder


@pytest.fixture(scope="module")
def client(index: Path) -> Iterator[FlaskClient]:
    archive = open_archive(Settings(index_dir=index))
    yield create_app(archive.settings, archive).test_client()
    archive.close()


def ask(client: FlaskClient, path: str, query: str) -> int:
    """The status of the answer, which comes soon, and as a problem where a program is refused."""
    started = time.monotonic()
    response = client.get(path, environ_overrides={"QUERY_STRING": query})
    assert time.monotonic() - started < SOON
    if path.startswith("/api/") and response.status_code != 200:
        assert response.mimetype == "application/problem+json"
        assert response.get_json()["detail"]
    return response.status_code


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_is_read_somehow(client: FlaskClient, name: str) -> None:
    for path in PATHS:
        assert ask(client, path, f"q={TEXTS[name]}") == 200
    for path, parameter in (("/api/v1/suggest", "q"), ("/browse/tag", "prefix")):
        assert ask(client, path, f"{parameter}={TEXTS[name]}") == 200


@pytest.mark.parametrize("name", REFUSED)
def test_a_parameter_that_makes_no_sense_is_refused_or_left_out(client: FlaskClient, name: str) -> None:
    assert [ask(client, path, REFUSED[name]) for path in PATHS[:1] + PATHS[2:]] == [200, 400, 400]
    assert ask(client, "/search.atom", REFUSED[name]) in (200, 400)


def test_a_page_beyond_all_is_refused_with_the_way_on(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?page=999999999999")
    assert response.status_code == 400
    assert "nextCursor" in response.get_json()["hint"]
    assert ask(client, "/search", "page=999999999999") == 400


@pytest.mark.parametrize(
    "body",
    [b"{", b"[" * 100_000, b'{"text": 5}', b'{"\\ud800": 1}', b'{"text": "a", "date": "\\ud800"}', b"9" * 5_000, b""],
)
def test_a_posted_draft_that_is_none_is_refused(client: FlaskClient, body: bytes) -> None:
    response = client.post("/api/v1/related", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_half_a_surrogate_pair_in_a_draft_does_no_harm(client: FlaskClient) -> None:
    body = b'{"text": "\\ud800 Russia strikes in Syria \\udfff", "headline": "\\ud800"}'
    assert client.post("/api/v1/related", data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("fields", [("",), ("headline:", "body:", "tag:", "kicker:")])
def test_wide_prefixes_stay_within_the_time(client: FlaskClient, fields: tuple[str, ...]) -> None:
    text = "+OR+".join(f"{field}{letter}*" for field in fields for letter in LETTERS)
    for path in PATHS:
        assert ask(client, path, f"q={text}") == 200


def test_a_search_that_takes_too_long_is_said_to(client: FlaskClient) -> None:
    settings = Settings(index_dir=client.application.extensions["searchsvc"].settings.index_dir, timeout_ms=0)
    archive = open_archive(settings)
    slow = create_app(settings, archive).test_client()
    page, answer = slow.get("/search?q=a*+OR+b*"), slow.get("/api/v1/search?q=a*+OR+b*")
    archive.close()
    assert (page.status_code, answer.status_code) == (504, 504)
    assert "took too long" in page.get_data(as_text=True)
    assert 'name="q"' in page.get_data(as_text=True)  # to ask again, for less
    assert "narrow" in answer.get_json()["hint"]
