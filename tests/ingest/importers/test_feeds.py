import time
from xml.sax.saxutils import escape

import pytest

from searchsvc.ingest.importers.feeds import MAX_LOOSE
from tests.ingest.importers.samples import drafts_of, sample


def rss(*items: str, head: str = "<title>Echo</title>") -> bytes:
    channel = head + "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def test_a_feed_of_rss_is_read() -> None:
    [heron, level], reasons = sample("feed.rss")
    assert not reasons
    assert (heron.importer, heron.id, heron.headline) == ("feed", "lm-8812", "Heron & chick seen at the lake")
    assert heron.body == ("A heron has hatched at the lake.", "It is the first in forty years.")
    assert (heron.summary, heron.byline) == ("The first chick in forty years.", "Ada Quill")
    assert (heron.tags, heron.publication, heron.language) == (("Nature", "Lake Arle"), "Lakeside Monitor", "en-us")
    assert heron.url == "https://lakeside.example/heron?utm_source=rss"
    assert [each.text for each in heron.date_texts] == ["Fri, 11 May 2018 07:30:00 GMT"]
    assert (level.id, level.body, level.summary) == ("", ("The lake stands at 3.2 metres.\nIt is rising.",), "")


def test_a_feed_of_atom_is_read() -> None:
    [clock], reasons = sample("feed.atom")
    assert not reasons
    assert (clock.id, clock.headline, clock.url) == ("urn:echo:41", "Clock stops", "https://echo.example/town/clock")
    assert clock.body == ("The clock stopped at noon.", "Nobody noticed until three.")
    assert clock.authors == ("Jonas Feld", "Nora Vale")
    assert [each.text for each in clock.date_texts] == ["2016-03-01T18:00:00Z", "2016-03-01T21:15:00Z"]
    assert clock.revised_text == "2016-03-01T21:15:00Z"
    assert (clock.tags, clock.language) == (("Town",), "en")


def test_a_feed_of_rss_1_is_read() -> None:
    [tram], reasons = sample("feed.rdf")
    assert not reasons
    assert (tram.headline, tram.publication, tram.byline) == ("Tram returns", "The Echo", "Nora Vale")
    assert tram.date_texts[0].text == "2005-11-04T08:00:00Z"


def test_a_json_feed_is_read() -> None:
    [bakery], reasons = sample("feed.json")
    assert reasons == ["not an article: not a JSON object"]
    assert (bakery.importer, bakery.id, bakery.body) == ("jsonfeed", "7", ("It opened.", "There was a queue."))
    assert (bakery.summary, bakery.revised_text, bakery.tags) == ("At last.", "2020-02-04T06:00:00Z", ("bread",))


def test_old_rss_with_its_document_type_is_read() -> None:
    doctype = b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x.example/rss-0.91.dtd">'
    [draft], _ = drafts_of(b'<?xml version="1.0"?>' + doctype + rss("<title>Rain &eacute;</title>"))
    assert draft.headline == "Rain é"


def test_what_wordpress_exports_beside_posts_is_passed_over() -> None:
    def post(title: str, kind: str, status: str) -> str:
        return f"<title>{title}</title><wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status>"

    items = [post("Rain", "post", "publish"), post("p", "attachment", "inherit"), post("About", "page", "publish")]
    content = rss(*items, post("Not yet", "post", "draft"))
    content = content.replace(b"<rss ", b'<rss xmlns:wp="http://wordpress.org/export/1.2/" ')
    drafts, reasons = drafts_of(content)
    assert ([draft.headline for draft in drafts], reasons) == (["Rain"], [])


@pytest.mark.parametrize(
    "broken",
    [
        "<title>Rain</title><dc:creator>Ann</dc:creator>",  # a prefix that nobody declared
        "<title>Rain</title><link>http://x.example/?a=1&b=2</link>",
        "<title>Rain<br></title>",
    ],
)
def test_a_feed_that_is_not_well_formed_is_read_as_well_as_can_be(broken: str) -> None:
    drafts, reasons = drafts_of(rss("<title>First</title>", broken, "<title>Last</title>"))
    assert [draft.headline.strip() for draft in drafts] == ["First", "Rain", "Last"]
    assert not reasons
    assert "read as well as could be" in drafts[1].notes[0]


def test_a_feed_that_breaks_off_gives_its_whole_items() -> None:
    drafts, reasons = drafts_of(rss("<title>One</title>", "<title>Two</title>")[:-40])
    assert ([draft.headline for draft in drafts], reasons) == (["One"], ["not well-formed XML: it breaks off"])


@pytest.mark.parametrize("doctype", ['[<!ENTITY a "b">]', '[<!ENTITY a SYSTEM "file:///etc/passwd">]'])
def test_a_feed_with_entities_of_its_own_is_refused(doctype: str) -> None:
    content = f"<!DOCTYPE rss {doctype}>".encode() + rss("<title>&a;</title>")
    drafts, [reason] = drafts_of(content)
    assert not drafts
    assert "document type" in reason
    assert drafts_of(content + b"</x>")[0] == []  # nor when it is not well-formed


def test_a_deep_feed_is_refused() -> None:
    drafts, [reason] = drafts_of(rss("<title>One</title>", "<description>" + "<b>" * 10_000))
    assert [draft.headline for draft in drafts] == ["One"]
    assert "nested more than" in reason


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/relative", "http://[", "ftp://x"])
def test_addresses_that_are_none_are_left_out(address: str) -> None:
    drafts, _ = drafts_of(rss(f"<title>Rain</title><link>{escape(address)}</link>"))
    assert all(not draft.url or draft.url == "http://[" for draft in drafts)


def test_a_name_of_a_file_or_page_is_not_opened() -> None:
    assert drafts_of(b"<rss/>", "https://x.example/feed")[1] == ["no article in it"]


@pytest.mark.parametrize("junk", ["<a", "<item>", "<b>", "<>", "&", "<description><div>", "<a b='", "<![CDATA["])
def test_junk_takes_bounded_time(junk: str) -> None:
    assert MAX_LOOSE <= 256 * 1024  # at the worst, time grows with the square of this
    begun = time.monotonic()
    drafts_of(rss("<title>x</title></b>" + junk * (32_000 // len(junk))))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "content",
    [b'{"version": "https://jsonfeed.org/version/1"}', b'{"version": "https://jsonfeed.org/version/1", "items": {}}'],
)
def test_a_json_feed_without_items_is_a_rejection(content: bytes) -> None:
    assert drafts_of(content)[1] == ["a JSON Feed without a list of items"]


def test_a_json_feed_that_breaks_off_is_a_rejection() -> None:
    assert drafts_of(b'{"version": "https://jsonfeed.org/version/1", "items": [{"title": "Ra')[1] == [
        "not JSON: it breaks off"
    ]
