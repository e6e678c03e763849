import pytest

from searchsvc.ingest.draft import DateText, Draft
from searchsvc.ingest.importers import origins
from tests.ingest.importers.samples import drafts_of, sample


def nitf(docdata: str = "", top: str = "", content: str = "<p>It rained.</p>") -> bytes:
    return (
        f"<nitf><head><docdata>{docdata}</docdata></head>"
        f"<body><body.head>{top}</body.head><body.content>{content}</body.content></body></nitf>"
    ).encode()


def test_every_part_of_a_story_is_found() -> None:
    [draft], reasons = sample("story.nitf.xml")
    assert not reasons
    assert (draft.importer, draft.id, draft.revision) == ("nitf", "mw-190212-014", "3")
    assert draft.headline == "Weir gives way, and a town moves upstairs"
    assert draft.summary == "Two hundred houses stand in water."
    assert (draft.byline, draft.agency, draft.publication) == (
        "By Ada Quill, Staff Writer",
        "Meridian Wire",
        "Harbour Gazette",
    )
    assert (draft.section, draft.place, draft.language) == ("Region", "Larkham", "en-GB")
    assert draft.tags == ("Disaster", "Flood", "Larkham", "River Arle")
    assert draft.date_texts[0] == DateText("20190212T060000Z", "record")
    assert not draft.withdrawn


def test_paragraphs_are_those_of_the_story_without_its_pictures() -> None:
    [draft], _ = sample("story.nitf.xml")
    assert draft.body == (
        "The weir above Larkham gave way on Tuesday night.",
        "What is known",
        "Two hundred houses stand in water,\nthe council said.",
        "Street Houses",
        "Mill Lane 84",
        "The school is shut.",
        "The bridge is open.",
    )


@pytest.mark.parametrize(
    ("status", "withdrawn"),
    [("usable", False), ("embargoed", False), ("canceled", True), ("Cancelled", True), ("withheld", True), ("", False)],
)
def test_the_management_status_takes_a_story_back(status: str, withdrawn: bool) -> None:
    content = nitf().replace(b"<docdata>", f'<docdata management-status="{status}">'.encode())
    [draft], _ = drafts_of(content)
    assert draft.withdrawn is withdrawn


@pytest.mark.parametrize(
    ("top", "byline"),
    [
        ("<byline>By Jane Doe</byline>", "By Jane Doe"),
        ("<byline>By JANE DOE<byttl>AP Writer</byttl></byline>", "By JANE DOE, AP Writer"),
        ("<byline>By Jane Doe, <byttl>Staff</byttl></byline>", "By Jane Doe, Staff"),
        ("<byline><byttl>Sports Network</byttl></byline>", "Sports Network"),
        ("", ""),
    ],
)
def test_a_byline_says_who_they_are(top: str, byline: str) -> None:
    assert drafts_of(nitf(top=top))[0][0].byline == byline


def test_a_byline_may_be_the_first_paragraph() -> None:
    [draft], _ = drafts_of(nitf(content="<p>By Jane Doe</p><p>It rained.</p>"))
    assert (draft.byline, draft.body) == ("By Jane Doe", ("It rained.",))
    [draft], _ = drafts_of(nitf(content="<p>By noon it rained.</p><p>Then it stopped.</p>"))
    assert (draft.byline, len(draft.body)) == ("", 2)


@pytest.mark.parametrize(
    ("dateline", "place"),
    [
        ("<dateline><location><city>Larkham</city>, Westshire</location></dateline>", "Larkham"),
        ("<dateline><location>NEW YORK</location></dateline>", "NEW YORK"),
        ("<dateline>Oslo -</dateline>", "Oslo"),
        ('<dateline><story.date norm="20170102">January 2</story.date></dateline>', "Here"),
        ("", "Here"),
    ],
)
def test_the_place_is_that_of_the_dateline_before_that_of_the_event(dateline: str, place: str) -> None:
    [draft], _ = drafts_of(nitf('<evloc city="Here"/>', dateline))
    assert draft.place == place


def test_dates_are_of_publication_then_release_then_issue() -> None:
    docdata = '<date.issue norm="20200101T1000Z"/><date.release norm="20200102T1000Z"/>'
    content = nitf(docdata, '<dateline><story.date>January 1, 2020</story.date></dateline>').replace(
        b"</head>", b'<pubdata date.publication="20200103"/></head>'
    )  # fmt: skip
    [draft], _ = drafts_of(content)
    assert [each.text for each in draft.date_texts] == [
        "20200103",
        "20200102T1000Z",
        "20200101T1000Z",
        "January 1, 2020",
    ]


@pytest.mark.parametrize(
    "content", [b"<nitf/>", b"<nitf><body>It rained.</body></nitf>", b"<nitf><head/><body/></nitf>"]
)
def test_a_story_may_lack_anything(content: bytes) -> None:
    drafts, _ = drafts_of(content)
    assert len(drafts) == 1


def test_a_story_that_breaks_off_is_a_rejection() -> None:
    drafts, reasons = drafts_of(nitf()[:-30])
    assert (drafts, reasons) == ([], ["not well-formed XML: it breaks off"])


def test_a_draft_tells_where_its_fields_stood() -> None:
    [draft], _ = sample("story.nitf.xml")
    assert dict(draft.origins)["headline"] == "hedline or title"
    assert "withdrawn" not in dict(draft.origins)


def test_every_place_is_of_a_field_that_there_is() -> None:
    for name in ("NITF", "NEWSML_G2", "NEWSML_1", "NINJS", "FEED", "JSON_FEED", "SITEMAP", "WIRE"):
        assert getattr(origins, name).keys() <= Draft.__dataclass_fields__.keys()
