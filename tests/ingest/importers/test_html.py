"""Saved web pages: each signal and each trap on a page of its own, and pages that are none."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.html import MAX_FILE, HtmlImporter, drafts_of_page
from searchsvc.model.article import Article

SAMPLES = Path(__file__).parent.parent.parent / "data" / "html"
STORY = (
    "<p>The river rose in the night, and the bridge at the mill is shut. The ferry does not run either.</p>"
    "<p>Those who must cross were told to take the road by the hills, which is two hours longer.</p>"
)


def draft_of(content: bytes | str, **given: str) -> Draft:
    raw = content if isinstance(content, bytes) else content.encode()
    [draft] = drafts_of_page(raw, source="a.html", **given)
    assert isinstance(draft, Draft), draft
    return draft


def rejection_of(content: bytes | str) -> str:
    raw = content if isinstance(content, bytes) else content.encode()
    [rejection] = drafts_of_page(raw, source="a.html", position="record 3")
    assert isinstance(rejection, Rejection)
    assert (rejection.source, rejection.position) == ("a.html", "record 3")
    return rejection.reason


def article_of(draft: Draft) -> Article:
    article = finish(draft, today=date(2024, 6, 1))
    assert isinstance(article, Article), article
    return article


def sample(name: str) -> Article:
    return article_of(draft_of((SAMPLES / name).read_bytes()))


def page(head: str = "", body: str = "", story: str = STORY) -> str:
    return f"<!doctype html><html><head>{head}</head><body><article>{body}{story}</article></body></html>"


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


# --- a whole page -----------------------------------------------------------------------------------------------------


def test_a_page_becomes_its_story() -> None:
    article = sample("everything.html")
    assert article.headline == "Storm tears roof from market hall"
    assert article.kicker == "Harbour 'ready to reopen'"
    assert article.summary == "Nobody was hurt when the roof came down on Sunday night."
    assert article.byline == "By Ann Lee and Tom Roe"
    assert article.authors == ("Ann Lee", "Tom Roe")
    assert article.publication == "Harbour Gazette"
    assert article.section == "Local news"
    assert article.tags == ("Storm", "Port Elm", "Market Hall")
    assert article.language == "en"
    assert article.url == "https://gazette.example/2011/03/14/storm-roof"
    assert (article.published_on, article.date_source) == (date(2011, 3, 14), "json-ld")
    paragraphs = article.body.split("\n\n")
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith("The storm that crossed the coast")
    assert paragraphs[-1].endswith("one of them said.")
    assert not article.provenance.notes


def test_each_value_tells_where_it_came_from() -> None:
    origins = dict(draft_of((SAMPLES / "everything.html").read_bytes()).origins)
    assert origins == {
        "headline": "h1",
        "kicker": "p before the headline",
        "summary": "page between headline and story",
        "byline": "byline on the page",
        "publication": "meta og:site_name",
        "section": "meta article:section",
        "language": "html lang",
        "url": "link canonical",
        "authors": "json-ld NewsArticle author",
        "tags": "json-ld NewsArticle keywords",
        "date": "json-ld NewsArticle datePublished",
    }


def test_microdata_is_read_and_that_of_other_stories_is_not() -> None:
    article = sample("microdata.html")
    assert article.headline == "Bakery reopens after fire"
    assert article.authors == ("Ida Brook",)
    assert (article.published_on, article.date_source) == (date(2016, 2, 3), "microdata")
    assert article.tags == ("Bakery", "Fire")
    assert article.section == "Business"
    assert len(article.body.split("\n\n")) == 3


def test_a_page_without_data_is_read_as_printed() -> None:
    article = sample("nothing-but-print.html")
    assert article.headline == "Bridge to be closed for a year"
    assert (article.published_on, article.date_source) == (date(2003, 8, 7), "page")
    assert article.body.startswith("The stone bridge at Overwater")


def test_broken_data_gives_what_can_be_seen_of_it() -> None:
    article = sample("broken-data.html")
    assert (article.published_on, article.date_source) == (date(2018, 10, 12), "json-ld")
    assert article.tags == ("school bus", "hills")


def test_a_copy_tells_its_address_and_the_day_of_saving() -> None:
    article = sample("saved-by-extension.html")
    assert article.url == "https://gazette.example/ferry"
    assert article.published_on == date(2012, 6, 1)
    assert article.provenance.saved_on == date(2024, 5, 6)


def test_the_address_of_a_web_archive_is_that_of_the_page_in_it() -> None:
    draft = draft_of(page(), url="https://web.archive.org/web/20140226054445/http://paper.example/2013/08/07/rain")
    assert (draft.url, draft.saved_text) == ("http://paper.example/2013/08/07/rain", "2014-02-26")
    assert article_of(draft).published_on == date(2013, 8, 7)


# --- dates ------------------------------------------------------------------------------------------------------------


def test_a_date_that_is_made_anew_loses_to_print_and_address_and_is_noted() -> None:
    article = sample("date-made-anew.html")
    assert (article.published_on, article.date_source) == (date(2009, 11, 2), "page")
    [note] = article.provenance.notes
    assert note.startswith("dates disagree: 2009-11-02 (page after the headline, url), 2024-05-06 (json-ld")


@pytest.mark.parametrize(
    ("head", "body", "url", "day"),
    [
        ('<meta property="article:modified_time" content="2020-01-01">', "<h1>Rain in town</h1>", "", None),
        ("", "<h1>Rain in town</h1><p>Updated: 3 May 2019</p>", "", None),
        ("", "<h1>Rain in town</h1><p>Last modified <time datetime=2019-05-03>3 May</time></p>", "", None),
        ("", "<h1>Rain in town</h1><time class='published updated' datetime=2019-05-03>3 May</time>", "", "2019-05-03"),
        ("", "<h1>Rain in town</h1>", "https://a.example/2015/sep/30/rain", "2015-09-30"),
        ("", "<h1>Rain in town</h1>", "https://a.example/rain-20150930", "2015-09-30"),
        ("", "<h1>Rain in town</h1>", "https://a.example/?id=20150930", None),
        ('<meta name="parsely-pub-date" content="2015-09-30T10:00:00Z">', "<h1>Rain in town</h1>", "", "2015-09-30"),
        ('<meta name="DC.date.issued" content="2015-09-30">', "<h1>Rain in town</h1>", "", "2015-09-30"),
        ('<meta name="sailthru.date" content="Wed, 30 Sep 2015 10:00:00 GMT">', "", "", "2015-09-30"),
        # In Greenwich it was the day before; the paper came out in the morning.
        (ld('{"@type": "NewsArticle", "datePublished": "2019-10-18T22:04:00Z"}'),
         "<h1>Rain in town</h1><p>19 October 2019, 00:04</p>", "", "2019-10-19"),
        # Of a story beside it.
        ("", "<h1>Rain in town</h1><aside><time datetime=2019-05-03>3 May</time></aside>", "", None),
        # The day on which the page was saved stands over the masthead, before the headline.
        ('<meta name="date" content="2015-09-30">', "<p>Monday, 6 May 2024</p><h1>Rain in town</h1>", "", "2015-09-30"),
    ],
)  # fmt: skip
def test_the_date_is_that_of_publication(head: str, body: str, url: str, day: str | None) -> None:
    article = article_of(draft_of(page(head, body), url=url))
    assert (article.published_on.isoformat() if article.published_on else None) == day


def test_the_day_of_saving_is_kept_apart() -> None:
    article = article_of(draft_of(page("", "<h1>Rain in town</h1>"), saved_text="2024-05-06"))
    assert (article.published_on, article.provenance.saved_on) == (None, date(2024, 5, 6))


# --- headlines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "headline", "kicker"),
    [
        ("<title>Rain in town | The Paper</title>", "", "Rain in town", ""),
        ('<title>The Paper - Rain in town today</title><meta property="og:site_name" content="The Paper">', "",
         "Rain in town today", ""),
        ("<title>Rain in town - paper.example</title>", "", "Rain in town", ""),
        # Written anew for search engines; the heading is what a reader sees.
        ('<title>Town rain: what to know</title><meta property="og:title" content="Town rain: what to know">',
         "<h1>Rain stops town</h1>", "Rain stops town", ""),
        # A logo is a heading on some pages.
        ('<title>Rain in town | Paper</title><meta property="og:title" content="Rain in town">',
         "<h1>Log in</h1><h1>Rain in town</h1>", "Rain in town", ""),
        ("", "<h1><span class=kicker>Weather</span> <span>Rain in the town</span></h1>", "Rain in the town", "Weather"),
        (ld('{"@type": "NewsArticle", "headline": "Rain in the town"}'), "<h1>Weather: Rain in the town</h1>",
         "Rain in the town", "Weather"),
        (ld('{"@type": "Article", "headline": "R&amp;D in town"}'), "", "R&D in town", ""),
        ("", "<h1>Rain in the town<p class=author>Ann Lee</p></h1>", "Rain in the town", ""),
    ],
)  # fmt: skip
def test_the_headline_is_what_stands_over_the_story(head: str, body: str, headline: str, kicker: str) -> None:
    draft = draft_of(page(head, body), url="https://paper.example/1")
    assert (draft.headline, draft.kicker) == (headline, kicker)


def test_a_title_that_was_written_apart_goes_before_one_that_stands_everywhere() -> None:
    data = ld('{"@type": "NewsArticle", "headline": "Port Elm: Rain floods the town"}')
    head = "<title>Port Elm: Rain floods the town | Paper</title>" + data
    heading = "<h1>Port Elm: Rain floods the town</h1>"
    shared = '<meta property="og:title" content="How it floods a cellar in the night">'
    draft = draft_of(page(shared + head, heading))
    assert (draft.headline, draft.notes) == (
        "How it floods a cellar in the night",
        ("the page's heading is another: Port Elm: Rain floods the town",),
    )
    assert dict(draft.origins)["headline"] == "meta og:title"
    # Where it is named twice, there are two titles as good as each other, and readers saw the heading.
    twice = shared.replace("og:", "twitter:") + shared
    assert draft_of(page(twice + head, heading)).headline == "Port Elm: Rain floods the town"
    # One that has no word of the story is that of the site.
    site = '<meta property="og:title" content="All that happens, here at last">'
    assert draft_of(page(site + head, heading)).headline == "Port Elm: Rain floods the town"


@pytest.mark.parametrize(
    ("address", "headline"),
    [
        ("https://paper.example/local/the-flood-that-nobody-had-seen-4711.html", "The flood that nobody had seen"),
        ("https://paper.example/local/4711.html", "Port Elm: Rain floods town"),
        ("https://paper.example/local/port-elm-rain-floods-town", "Port Elm: Rain floods town"),
    ],
)  # fmt: skip
def test_the_address_bears_out_the_title_in_the_data(address: str, headline: str) -> None:
    head = '<title>Port Elm: Rain floods town</title><meta property="og:title" content="Port Elm: Rain floods town">'
    head += ld('{"@type": "NewsArticle", "headline": "The flood that nobody had seen"}')
    assert draft_of(page(head, "<h1>Port Elm: Rain floods town</h1>"), url=address).headline == headline


def test_a_heading_that_is_the_masthead_is_not_the_headline() -> None:
    body = "<h1>Voices of the hills</h1><h2>Bakery reopens after fire</h2>"
    head = "<title>Bakery reopens after fire : Voices of the hills</title>"
    url = "https://hills.example/2019/05/bakery-reopens-after-fire/"
    assert draft_of(page(head, body), url=url).headline == "Bakery reopens after fire"


def test_a_heading_ends_before_the_name_of_the_site() -> None:
    head = '<meta property="og:title" content="Bakery reopens after fire">'
    assert (
        draft_of(page(head, "<h1>Bakery reopens after fire | HILLS.NET</h1>")).headline == "Bakery reopens after fire"
    )


# --- tags, sections, people -------------------------------------------------------------------------------------------


def test_keywords_that_a_site_puts_on_every_page_are_no_tags() -> None:
    assert sample("site-keywords.html").tags == ("Choir", "Swimming pool")


@pytest.mark.parametrize(
    ("head", "body", "tags"),
    [
        ('<meta property="article:tag" content="Ferry"><meta property="article:tag" content="River">', "",
         ("Ferry", "River")),
        ('<meta name="news_keywords" content="Ferry; River; ferry">', "", ("Ferry", "River")),
        (ld('{"@type": "NewsArticle", "about": [{"@type": "Thing", "name": "Ferry"}]}'), "", ("Ferry",)),
        # A list in the data that the page itself shows in part: what it does not show is for machines.
        (ld('{"@type": "NewsArticle", "keywords": ["Ferry", "River", "layoutwidepicture", "web"]}')
         + '<meta name="keywords" content="Ferry, River">',
         "<p class=tags><a href=/t/1 rel=tag>Ferry</a> <a href=/t/2 rel=tag>River</a></p>", ("Ferry", "River")),
        ('<meta name="keywords" content="Ann Lee, Ferry"><meta name="author" content="Ann Lee">', "", ("Ferry",)),
        ("", "<p>It is said that the <a href=/tag/ferry>ferry</a> may run on a Sunday if it does not rain.</p>", ()),
    ],
)  # fmt: skip
def test_tags_are_the_subjects_of_the_story(head: str, body: str, tags: tuple[str, ...]) -> None:
    assert article_of(draft_of(page(head, f"<h1>Rain in town</h1>{body}"))).tags == tags


def test_what_is_read_most_on_a_site_is_no_tag_of_a_story() -> None:
    links = "".join(f"<a href=/tag/{name}>{name}</a>" for name in ("Snow", "Ferry", "Bridge"))
    menu = f"<nav class=topics>{links}</nav>"
    tags = "<ul class=tags><li><a href=/r>River</a><li><a href=/m>Mill</a></ul>"
    content = f"<!doctype html><body>{menu}<article><h1>Rain in town</h1>{STORY}{tags}</article>{menu}"
    assert draft_of(content).tags == ("River", "Mill")


@pytest.mark.parametrize(
    ("head", "body", "section"),
    [
        ('<meta property="article:section" content="Sport">', "", "Sport"),
        (ld('{"@type": "NewsArticle", "articleSection": ["News", "Weather"]}'), "", "Weather"),
        ("", '<div class="breadcrumbs"><a href="/">Home</a> <a href="/w">Weather</a></div>', "Weather"),
        ('<meta property="article:section" content="https://paper.example/sport">', "", ""),
    ],
)
def test_the_section_is_a_part_of_the_paper(head: str, body: str, section: str) -> None:
    assert draft_of(page(head, body)).section == section


def test_a_publisher_is_no_author_where_there_is_one() -> None:
    head = ld('{"@type": "NewsArticle", "author": [{"@type": "Organization", "name": "Paper"}, {"name": "Ann Lee"}]}')
    assert draft_of(page(head)).authors == ("Ann Lee",)


def test_a_name_that_is_given_goes_before_that_on_the_page() -> None:
    source = Source.from_bytes("a.html", (SAMPLES / "everything.html").read_bytes())
    [draft] = HtmlImporter().read(source, ReadOptions(source_name="The Archive"))
    assert isinstance(draft, Draft)
    assert (draft.publication, dict(draft.origins)["publication"]) == ("The Archive", "given")


# --- body -------------------------------------------------------------------------------------------------------------


WATERS = ("river", "lake", "sea", "brook")


def test_a_story_in_pieces_is_put_together() -> None:
    lines = (f"<p>The {water} rose in the night, and nobody had seen it so high.</p>" for water in WATERS)
    piece = f"<div class=piece>{''.join(lines)}</div>"
    other = piece.replace("rose", "fell").replace("high", "low")
    draft = draft_of(page("", f"<h1>Rain in town</h1>{piece}<div class=ad>x</div>{other}"))
    text = " ".join(draft.body)
    assert "The brook rose" in text
    assert "The brook fell" in text


def test_the_text_in_the_data_stands_in_for_a_page_that_hides_its_story() -> None:
    told = "The river rose in the night, and the bridge at the mill is shut. " * 12
    head = ld(f'{{"@type": "NewsArticle", "headline": "Rain in town", "articleBody": "{told}"}}')
    draft = draft_of(
        f"<!doctype html><head>{head}</head><body><h1>Rain in town</h1><p>Please enable scripts.</p></body>"
    )
    assert " ".join(draft.body).count("the bridge at the mill is shut") == 12


# --- encodings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "said", "server"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "iso-8859-1", ""),  # says Latin-1, is UTF-8
        ("cp1252", "utf-8", ""),  # says UTF-8, is not
        ("cp1252", "", ""),
        ("cp1252", "windows-1251", "iso-8859-1"),  # the server goes before the page
        ("utf-16", "utf-16", ""),
        ("cp1252", "rot13", "zip"),  # codecs of Python, but no encodings of pages
        ("cp1252", "no-such-name", ""),
    ],
)
def test_an_encoding_is_found_whatever_the_page_says(charset: str, said: str, server: str) -> None:
    text = page(f'<meta charset="{said}">' if said else "", "<h1>Rain in the café “Zur Möwe”</h1>")
    assert draft_of(text.encode(charset), charset=server).headline == "Rain in the café “Zur Möwe”"


@pytest.mark.parametrize(
    ("charset", "word"),
    [
        ("windows-1251", "Дождь в городе"),
        ("shift_jis", "町に雨が降る"),
        ("gb2312", "城里下雨"),
        ("iso-2022-jp", "町に雨"),
    ],
)
def test_encodings_of_other_scripts_are_read_as_said(charset: str, word: str) -> None:
    head = f'<meta http-equiv="content-type" content="text/html; charset={charset}">'
    assert draft_of(page(head, f"<h1>{word}</h1>").encode(charset)).headline == word


def test_broken_utf8_and_nuls_cost_their_own_place_only() -> None:
    content = page("<title>x</title>", "<h1>Rain in Port\0 Elm: café, möwe, fähre and brücke shut</h1>").encode()
    draft = draft_of(content.replace(b"<p>The", b"<p>\xff\xfe The", 1))
    assert draft.headline == "Rain in Port Elm: café, möwe, fähre and brücke shut"
    assert draft.notes == ("not quite UTF-8: broken bytes replaced",)


# --- pages that are none ----------------------------------------------------------------------------------------------

DEEP = "<div>" * 10_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"<html>" + b"<p>It rained.</p>\n" * 1_200_000, "larger than 20 MB", id="large"),
        pytest.param("<html>" + "<b>x</b>" * 500_000, "more than 100,000 tags", id="a million tags"),
        pytest.param(f"<html>{DEEP}{STORY}", "nested more than 255 deep", id="nested"),
        pytest.param(f"<html>{DEEP}{STORY}{'</div>' * 10_000}", "nested more than 255 deep", id="nested and closed"),
        pytest.param("<html><p>" + "It rained. " * 1_500_000, "more than 10 million characters", id="one long text"),
        pytest.param(b"", "no elements", id="empty"),
        pytest.param("<!-- -->", "no elements", id="comment"),
        pytest.param(b"<html>" + b"\0" * 5000, "not text", id="NULs"),
        pytest.param(bytes(range(256)) * 20, "not text", id="bytes"),
        pytest.param("<html><body></body></html>", "no article", id="no body"),
        pytest.param((SAMPLES / "no-article.html").read_bytes(), "no article", id="log in"),
        pytest.param("<html><body>" + "<a href=/tag/x>tag x</a>" * 40_000, "no article", id="links"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_rejected_with_the_reason_and_soon(content: bytes | str, reason: str) -> None:
    begin = time.process_time()
    assert reason in rejection_of(content)
    assert time.process_time() - begin < 10


@pytest.mark.parametrize(
    "head",
    [
        ld("[" * 200_000),
        ld('{"a":' * 200_000),
        ld('{"@type": "NewsArticle", "headline": "' + "\\" * 1_000_000),
        ld('{"@type": ["NewsArticle", 7, null], "headline": {"@value": [[["x"]]]}, "author": [null, {"name": 3}]}'),
        ld('{"@type": "NewsArticle", "datePublished": true, "keywords": {"a": 1}, "articleBody": ["x"]}'),
        '<meta name="keywords" content="' + "a," * 9_000 + '">',
        "<title>" + "a - " * 200_000 + "</title>",
        "<h1>Rain in the town</h1>" * 5_000,
        "<h2>Rain in the town</h2>" * 45_000,
        "<div itemscope itemtype=http://schema.org/NewsArticle><b itemprop=headline>x</b>" * 200,
    ],
    ids=range(10),
)
def test_hostile_data_costs_neither_the_story_nor_the_day(head: str) -> None:
    begin = time.process_time()
    assert "The river rose" in " ".join(draft_of(page(head)).body)
    assert time.process_time() - begin < 10


def test_a_page_that_the_library_fails_on_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("searchsvc.ingest.webpage.body.bare_extraction", fail)
    assert "trafilatura cannot read the page: RecursionError" in rejection_of(page())


def test_a_file_beyond_the_limit_is_rejected_unread() -> None:
    source = Source.from_bytes("a.html", b" " * (MAX_FILE + 1))
    with pytest.raises(MalformedSource, match="too large"):
        list(HtmlImporter().read(source, ReadOptions()))


PIECES = st.sampled_from([
    "<p>", "</p>", "<div class=tags>", "</div>", "<h1>", "</h1>", "<a href=/tag/x>", "</a>", "<time datetime=2015>",
    "<li>", "<table>", "<td>", "</table>", '<script type="application/ld+json">', "</script>", "{", '"@type"', ":",
    "<meta content=x name=", "<b itemprop=headline>", "<i itemscope>", "<!--", "-->", "&#0;", "&lt;", "\ud83d", "\0",
    "2015-09-30", "It rained in town. " * 9,
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_no_soup_of_tags_raises(pieces: list[str]) -> None:
    content = "".join(pieces).encode("utf-8", "surrogatepass")
    [result] = drafts_of_page(content, source="soup.html")
    if isinstance(result, Draft):
        assert finish(result, today=date(2024, 6, 1))
