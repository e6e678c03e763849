import json
from typing import Any

import pytest

from tests.ingest.importers.samples import drafts_of, sample


def story(**fields: Any) -> dict[str, Any]:
    return {"uri": "urn:x:1", "versioncreated": "2020-01-01T00:00:00Z", "headline": "Rain", **fields}


def one(**fields: Any) -> Any:
    [draft], reasons = drafts_of(json.dumps(story(**fields)).encode())
    assert not reasons
    return draft


def test_a_story_of_version_1_is_read() -> None:
    [draft], reasons = sample("story.ninjs-1.json")
    assert not reasons
    assert (draft.importer, draft.id, draft.revision) == ("ninjs", "urn:newsml:meridian.example:20140611:ferry", "5")
    assert draft.revised_text == "2014-06-11T09:30:00Z"
    assert [each.text for each in draft.date_texts] == ["2014-06-11T06:00:00Z", "2014-06-11T09:30:00Z"]
    assert draft.body == ("The ferry left at six.", "Marit Holm threw the rope.")
    assert (draft.byline, draft.place, draft.publication) == ("By Jonas Feld", "Skarvik", "Meridian Wire")
    assert draft.tags == ("transport", "ferry", "bridge", "Marit Holm")


def test_stories_of_version_2_are_read_and_pictures_passed_over() -> None:
    [wall, wrong], reasons = sample("stories.ninjs-2.json")
    assert not reasons
    assert (wall.headline, wall.summary) == ("Ringmuren är hel igen", "Tolv meter mur är tillbaka.")
    assert wall.body == ("Tolv meter mur är tillbaka.", "Stenen kom med båt.")  # not the headline once more
    assert (wall.id, wall.position) == ("mw-77", "item 1")  # the uri is a request's
    assert (wrong.headline, wrong.withdrawn, wrong.revision) == ("Muren föll", True, "2")


@pytest.mark.parametrize(
    ("status", "withdrawn"), [("usable", False), ("canceled", True), ("stat:withheld", True), ("", False)]
)
def test_a_status_takes_a_story_back(status: str, withdrawn: bool) -> None:
    assert one(pubstatus=status).withdrawn is withdrawn
    assert one(pubStatus=status).withdrawn is withdrawn


@pytest.mark.parametrize(
    ("altids", "id"),
    [
        ({"itemid": "a1"}, "a1"),
        ([{"role": "itemId", "value": "a1"}], "a1"),
        ([{"value": 7}], "7"),
        (None, "http://x.example/?k=1"),
    ],
)
def test_ids_come_from_altids_where_the_uri_is_a_request(altids: Any, id: str) -> None:
    assert one(uri="http://x.example/?k=1", altids=altids).id == id
    assert one(uri="http://x.example/1", altids=altids).id == "http://x.example/1"


def test_associations_are_no_articles() -> None:
    picture = {"uri": "urn:p", "type": "picture", "headline": "No", "body_text": "No"}
    assert one(associations={"main": picture}).headline == "Rain"
    assert one(associations=[picture], type="composite").body == ()


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda each: [each, each],
        lambda each: {"item": [each, each]},
        lambda each: {"items": [each, each], "total": 2},
        lambda each: {"data": {"items": [{"meta": {}, "item": each}, {"item": each}]}},
    ],
)
def test_answers_of_agencies_wrap_their_items(wrapped: Any) -> None:
    drafts, reasons = drafts_of(json.dumps(wrapped(story())).encode())
    assert ([draft.headline for draft in drafts], reasons) == (["Rain", "Rain"], [])


def test_json_lines_are_read_and_a_broken_line_costs_itself() -> None:
    line = json.dumps(story())
    drafts, reasons = drafts_of(f"{line}\n{line}\n{line[:-9]}\n{line}\n".encode())
    assert [draft.position for draft in drafts] == ["line 1", "line 2", "line 4"]
    assert reasons == ["not JSON: it breaks off"]


def test_nitf_within_is_read_when_it_is_all_there_is() -> None:
    nitf = "<nitf><body><body.content><p>One</p><p>Two</p></body.content></body></nitf>"
    body = {"contentType": "text/vnd.IPTC.NITF", "value": nitf}
    assert one(bodies=[body]).body == ("One", "Two")
    assert one(bodies=[{**body, "value": nitf[:-20]}]).body == ()
    assert one(bodies=[body, {"contentType": "text/plain", "value": "Plain"}]).body == ("Plain",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (story(type="picture"), "no article in it: 1 × picture"),
        (story(type="event"), "no article in it: 1 × event"),
        ([story(type="video"), story(type="video")], "no article in it: 2 × video"),
        ({"uri": "urn:x", "versioncreated": "2020"}, "no article in it: 1 × item without headline and text"),
    ],
)
def test_a_file_without_an_article_says_what_is_in_it(value: Any, reason: str) -> None:
    assert drafts_of(json.dumps(value).encode())[1] == [reason]


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "x", "keywords": [None, 1, {"name": 3}]},
        {"bodies": {"value": "x"}, "headlines": "x", "altids": 7},
        {"version": True, "located": ["x"], "byline": {"a": 1}},
        {"type": 7},
        {"associations": [[[[]]]]},
    ],
)
def test_odd_values_are_no_fault(fields: dict[str, Any]) -> None:
    drafts_of(json.dumps(story(**fields)).encode())


def test_json_that_breaks_off_is_a_rejection() -> None:
    assert drafts_of(json.dumps(story(body_text="It rained.")).encode()[:-15], "a.json") == (
        [],
        ["not JSON: it breaks off"],
    )


def test_other_json_is_not_taken_for_it() -> None:
    record = {"headline": "Rain", "body": 'They said {"uri": 1, "pubstatus": 2}.', "date": "2020"}
    assert drafts_of(json.dumps(record).encode())[0][0].importer == "jsonl"
