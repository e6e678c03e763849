"""The day is one: pages, feed and API read relative dates by the clock that the application is given."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest
from flask.testing import FlaskClient

from searchsvc.archive.archive import Archive
from searchsvc.web.app import create_app

STRIKE = date(2015, 3, 2)  # the day of the first story on the strike; the next comes a week later
NEXT_DAY = STRIKE + timedelta(days=1)


def client_on(day: date, archive: Archive) -> FlaskClient:
    return create_app(archive.settings, archive, clock=lambda: day).test_client()


@pytest.mark.parametrize("asked", ["q=date:yesterday", "from-date=yesterday&to-date=yesterday", "q=date:-1d..today"])
@pytest.mark.parametrize(("day", "stories"), [(NEXT_DAY, 1), (NEXT_DAY + timedelta(days=3), 0)])
def test_pages_and_feed_read_yesterday_by_the_given_day(archive: Archive, asked: str, day: date, stories: int) -> None:
    client = client_on(day, archive)
    for path in ("/search", "/search.atom"):
        assert ("dockers enter week 1 " in client.get(f"{path}?{asked}").text.lower()) == bool(stories)


def test_the_api_reads_yesterday_by_the_given_day(archive: Archive) -> None:
    for day, total in ((NEXT_DAY, 1), (NEXT_DAY + timedelta(days=3), 0)):
        client = client_on(day, archive)
        found = json.loads(client.get("/api/v1/search?q=date:yesterday").text)["response"]
        facet = json.loads(client.get("/api/v1/facets/tag?q=date:yesterday").text)["response"]["facet"]
        assert (found["total"], bool(facet["values"])) == (total, bool(total))


def test_a_way_out_finds_as_many_as_it_says(archive: Archive) -> None:
    client = client_on(NEXT_DAY, archive)
    asked = json.loads(client.get('/api/v1/search?q="strike" xylophonist date:yesterday').text)["response"]["query"]
    (way,) = asked["waysOut"]
    assert (way["text"], way["total"]) == ('"strike" date:yesterday', 1)
    there = json.loads(client.get(way["links"]["self"]).text)["response"]
    assert there["total"] == 1


def test_a_draft_without_a_date_is_of_the_given_day(archive: Archive) -> None:
    text = "The dockers of the north quay voted to go on with their strike."
    for day, before, after in ((date(2015, 2, 1), 0, 1), (date(2016, 2, 1), 1, 0)):
        related = json.loads(client_on(day, archive).post("/api/v1/related", data=text).text)["response"]
        assert (bool(related["before"]), bool(related["after"])) == (before, after)


def test_the_page_for_drafts_shows_the_given_day(archive: Archive) -> None:
    assert 'placeholder="2015-03-03"' in client_on(NEXT_DAY, archive).get("/related").text


def test_an_answer_is_another_on_the_next_day(archive: Archive) -> None:
    tags = {client_on(day, archive).get("/search?q=date:yesterday").headers["ETag"] for day in (STRIKE, NEXT_DAY)}
    assert len(tags) == 2


def test_a_request_at_midnight_has_one_day(archive: Archive) -> None:
    days: Iterator[int] = count()
    app = create_app(archive.settings, archive, clock=lambda: STRIKE + timedelta(days=next(days)))
    app.test_client().get("/search?q=date:yesterday+xylophonist&from-date=last+week")
    assert next(days) == 1
