"""NewsML-G2 and NewsML 1."""

import pytest

from tests.ingest.importers.samples import drafts_of, sample

NAMESPACE = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def item(
    management: str = "", content: str = "<headline>Rain</headline>", story: str = "", kind: str = "text"
) -> bytes:
    return (
        f'<newsItem {NAMESPACE} guid="urn:x:1" version="7"><itemMeta><itemClass qcode="ninat:{kind}"/>{management}'
        f"</itemMeta><contentMeta>{content}</contentMeta><contentSet>{story}</contentSet></newsItem>"
    ).encode()


def inline(markup: str) -> str:
    return f"<inlineXML>{markup}</inlineXML>"


def test_a_message_gives_its_texts_and_passes_over_the_rest() -> None:
    drafts, reasons = sample("message.newsml-g2.xml")
    assert not reasons
    assert [draft.headline for draft in drafts] == ["A town dries out", "Three missing at the weir"]
    assert [draft.position for draft in drafts] == ["item 2", "item 4"]
    town, toll = drafts
    assert (town.id, town.revision, town.revised_text) == (
        "urn:newsml:meridian.example:20190213:weir",
        "2",
        "2019-02-13T08:45:00Z",
    )
    assert town.summary == "The water has gone; the mud has not."
    assert (town.authors, town.publication, town.place) == (("Ada Quill",), "Meridian Wire", "Larkham")
    assert (town.tags, town.language) == (("weir", "flood"), "en-GB")
    assert [each.text for each in town.date_texts] == ["2019-02-13T07:10:00Z", "2019-02-13T08:45:00Z"]
    assert town.body == (
        "LARKHAM (Meridian) - Carpets hung from every window.",
        "“It smells of the river,” said the mayor.",
    )
    assert (town.withdrawn, toll.withdrawn, toll.revision) == (False, True, "4")


@pytest.mark.parametrize(
    "status",
    ['qcode="stat:canceled"', 'qcode="stat:withheld"', 'uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"'],
)
def test_a_status_takes_an_item_back(status: str) -> None:
    assert drafts_of(item(f"<pubStatus {status}/>"))[0][0].withdrawn


@pytest.mark.parametrize(
    ("story", "body"),
    [
        (inline('<html xmlns="http://www.w3.org/1999/xhtml"><body><p>One</p><p>Two</p></body></html>'), ("One", "Two")),
        (inline("<html><head><title>No</title></head><body>One<br/>two</body></html>"), ("One\ntwo",)),
        (inline("<nitf><body><body.content><p>One</p></body.content></body></nitf>"), ("One",)),
        ("<inlineData>One &amp; two</inlineData>", ("One & two",)),
        ("<inlineData><![CDATA[<p>One</p><p>Two</p>]]></inlineData>", ("One", "Two")),
        ('<remoteContent href="x"/>' + inline("<html><body><p>One</p></body></html>"), ("One",)),
        (inline("<sports-content><team>4</team></sports-content>"), ()),  # data, not text
        ("", ()),
    ],
)
def test_the_text_comes_in_several_dresses(story: str, body: tuple[str, ...]) -> None:
    assert drafts_of(item(story=story))[0][0].body == body


@pytest.mark.parametrize("kind", ["picture", "video", "composite", "graphic"])
def test_a_file_without_an_article_says_what_is_in_it(kind: str) -> None:
    drafts, [reason] = drafts_of(item(kind=kind))
    assert not drafts
    assert reason.startswith("no article in it: 1 × ")


@pytest.mark.parametrize("root", ["packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"])
def test_the_rest_of_the_family_is_no_news(root: str) -> None:
    assert drafts_of(f'<{root} {NAMESPACE} guid="x"/>'.encode())[1][0].startswith("no article in it: 1 × ")


def test_names_that_are_no_people_are_no_authors() -> None:
    creators = '<creator literal="VRG"/><creator><name>degenhardt.sandra</name></creator><creator literal="Jane Doe"/>'
    assert drafts_of(item(content=creators))[0][0].authors == ("Jane Doe",)


def test_an_item_of_newsml_1_is_read() -> None:
    [draft], reasons = sample("item.newsml-1.xml")
    assert not reasons
    assert (draft.importer, draft.headline) == ("newsml-1", "Le phare s'allume à nouveau")
    assert draft.body == ("Après neuf ans, le phare éclaire la baie.", "La lampe vient d'un musée.")
    assert (draft.agency, draft.place, draft.tags, draft.language) == (
        "Agence Meridian",
        "Port-Sablé",
        ("phare",),
        "fr",
    )


def test_revisions_of_newsml_1_share_their_name() -> None:
    [draft], _ = sample("item.newsml-1.xml")
    assert (draft.id, draft.revision) == ("urn:newsml:meridian.example:20060304:phare", "2")
    assert draft.revised_text == "20060304T101000+0000"


def test_newsml_1_of_pictures_has_no_article() -> None:
    picture = (
        "<NewsItem><NewsComponent><ContentItem><MediaType FormalName='Photo'/></ContentItem></NewsComponent></NewsItem>"
    )
    assert drafts_of(f"<NewsML>{picture}{picture}</NewsML>".encode())[1] == ["no article in it: 2 × item without text"]


def test_one_broken_end_does_not_cost_the_items_before() -> None:
    message = f"<newsMessage {NAMESPACE}><itemSet>".encode() + item() + item() + b"<newsItem><itemMeta>"
    drafts, reasons = drafts_of(message)
    assert (len(drafts), reasons) == (2, ["not well-formed XML: it breaks off"])
