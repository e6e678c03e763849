"""From a scraped page to an answer: a page goes in by the command's way and comes out through the HTTP API.

The page that the project started from is other people's text and lies beside the checkout, where it is at all.
A page of our own in the same shape stands in for it everywhere else.
"""

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
TODAY = date(2026, 1, 1)
SEED = ROOT.parent / "shared" / "data" / "seed" / "000_4822abd678f4bd66.txt"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The seed page among the demo archive."""
    if not SEED.exists():
        pytest.skip(f"the seed page is not here ({SEED})")
    settings = Settings.load(root=tmp_path_factory.mktemp("seed"), environ={})
    archive = open_archive(settings)
    report = ingest(archive, [str(SEED), str(ROOT / "examples" / "archive")], today=TODAY)
    assert report.rejected == 0
    yield create_app(settings, archive).test_client()
    archive.close()


def article_of(client: FlaskClient) -> dict[str, object]:
    answer = client.get("/api/v1/search", query_string={"q": 'headline:"launches air strikes against IS"'}).get_json()
    assert answer["response"]["total"] == 1
    id = answer["response"]["results"][0]["id"]
    found: dict[str, object] = client.get(f"/api/v1/articles/{id}").get_json()["response"]["article"]
    return found


@pytest.mark.shared_data
def test_the_seed_page_becomes_what_a_reader_would_say_it_is(client: FlaskClient) -> None:
    article = article_of(client)
    body = str(article["body"])
    assert article["webTitle"] == "Russia launches air strikes against IS in Syria"
    assert article["kicker"] == "MOSCOW 'READY TO LIAISE WITH US'"
    assert article["dateline"] == "UNITED NATION"
    assert str(article["webPublicationDate"]).startswith("2015-09-30")
    assert (article["datePrecision"], article["dateSource"]) == ("day", "dateline")
    assert article["agency"] == "Reuters"
    assert article["tags"] == ["Putin", "Russia", "attack", "Islamic State"]
    assert article["section"] == "International News"
    assert body.endswith("Lavrov said.")
    assert body.startswith("Russia said it launched")
    for furniture in ("»", "calendar", "Ads", "Tags:", "More INTERNATIONAL", "2024", "Reuters\n", "UNITED NATION,"):
        assert furniture not in body


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "text",
    [
        "IS", "US", "U.S.", '"Islamic State"', "al-Assad", "Assad", "russia syria", '"READY TO LIAISE"',
        "kicker:liaise", 'tag:"islamic state"', "agency:reuters", 'section:"international news"', "date:2015-09-30",
        "date:2015-09",
        'place:"united nation"', "strik*", "lavrv~", '"voters russian"~3', "headline:strikes",
    ],
)  # fmt: skip
def test_the_seed_page_is_found(client: FlaskClient, text: str) -> None:
    article = article_of(client)
    answer = client.get("/api/v1/search", query_string={"q": text, "page-size": 200}).get_json()
    assert article["id"] in [each["id"] for each in answer["response"]["results"]]


@pytest.mark.shared_data
def test_the_day_of_saving_is_in_no_date(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=lavrov&from-date=2024-03-01&to-date=2024-03-31").get_json()
    assert answer["response"]["total"] == 0


@pytest.mark.shared_data
def test_more_stories_of_the_seed_page_are_about_the_same(client: FlaskClient) -> None:
    article = article_of(client)
    related = client.get(f"/api/v1/articles/{article['id']}/related").get_json()["response"]
    found = [each for part in ("before", "after", "angles") for each in related[part]]
    assert found
    assert article["id"] not in [each["id"] for each in found]
    assert all("Syria" in each["tags"] or "Russia" in each["tags"] for each in found)
