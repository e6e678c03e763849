import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.errors import MalformedSource
from searchsvc.ingest.draft import DateText, Draft, Rejection
from searchsvc.ingest.importers.base import MAX_LINE, ReadOptions, Source
from searchsvc.ingest.importers.csv_records import CsvImporter
from searchsvc.ingest.importers.json_records import MAX_BROKEN, JsonImporter, JsonLinesImporter
from searchsvc.ingest.importers.records import draft_of


def drafts(
    importer: JsonLinesImporter | JsonImporter | CsvImporter, content: bytes, **options: Any
) -> tuple[list[Draft], list[Rejection]]:
    seen = list(importer.read(Source.from_bytes("a", content), ReadOptions(**options)))
    return [each for each in seen if isinstance(each, Draft)], [each for each in seen if isinstance(each, Rejection)]


def one(record: dict[str, Any], **options: Any) -> Draft:
    return draft_of(record, Source.from_bytes("a", b""), ReadOptions(**options), "line 1", (), "jsonl")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["headline", "Title", "HEAD", "headline_main", " title ", "Main Headline"])
def test_a_headline_has_many_names(name: str) -> None:
    assert one({name: "Rain"}).headline == "Rain"


@pytest.mark.parametrize(
    "name", ["published", "pubDate", "pub_date", "publication-date", "date", "datePublished", "Year"]
)
def test_a_date_has_many_names(name: str) -> None:
    assert one({name: "2015-09-30"}).date_texts == (DateText("2015-09-30", "record"),)


def test_the_surest_name_comes_first_whatever_the_order() -> None:
    draft = one({"date": "odd", "content": "c", "published_at": "2015", "body": "b", "og_title": "t", "headline": "h"})
    assert [each.text for each in draft.date_texts] == ["2015", "odd"]
    assert (draft.headline, draft.body) == ("h", ("b",))
    assert one({"headline": "", "title": "t", "body": None, "text": "x"}).body == ("x",)


def test_the_day_of_saving_is_not_a_date_of_publication() -> None:
    draft = one({"headline": "Rain", "crawl_date": "2024-05-01"})
    assert (draft.date_texts, draft.saved_text) == ((), "2024-05-01")


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["a", "b, c", " ", None, 7], ("a", "b, c", "7")),
        ("a, b,c", ("a", "b", "c")),
        ("a; b, c", ("a", "b, c")),
        ("a | b |", ("a", "b")),
        ([{"name": "a"}, {"term": "?"}, {"label": "b"}], ("a", "b")),
        ("", ()),
        ({"name": "a"}, ("a",)),
    ],
)
def test_tags_come_in_many_shapes(value: Any, tags: tuple[str, ...]) -> None:
    assert one({"tags": value}).tags == tags


def test_objects_are_what_they_are_called() -> None:
    draft = one(
        {"title": {"rendered": "<b>Rain</b>"}, "author": [{"name": "Ada Quill"}, {"name": "Jonas Feld"}],
         "source": {"id": None, "name": "Echo"}, "places": ["Ghent", "Bruges"], "content": ["One.", "Two."]}
    )  # fmt: skip
    assert (draft.headline, draft.authors, draft.publication) == ("Rain", ("Ada Quill", "Jonas Feld"), "Echo")
    assert (draft.place, draft.body) == ("Ghent", ("One.", "Two."))


def test_markup_goes_from_every_field() -> None:
    names = ["headline", "kicker", "summary", "byline", "agency", "source", "section", "place", "language", "url", "id"]
    draft = one(
        {name: f"<p>{name} &amp; <i>so</i> on</p>" for name in names} | {"tags": ["<b>a</b>"], "body": "<p>x</p>"}
    )
    for value in (draft.headline, draft.kicker, draft.summary, draft.byline, draft.agency, draft.publication):
        assert "<" not in value
        assert "& so on" in value
    assert draft.tags == ("a",)
    assert "<" not in draft.body[0]


def test_a_mapping_goes_before_the_table() -> None:
    draft = one({"title": "wrong", "slug": "right", "Text": "x"}, mapping={"headline": "Slug"})
    assert draft.headline == "right"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["headline", "body", "tags", "date", "authors", "source", "provenance"]), json_values
    )
)
def test_any_record_gives_a_draft(record: dict[str, Any]) -> None:
    draft = one(record)
    assert all(isinstance(text, str) for text in (draft.headline, draft.publication, *draft.tags, *draft.body))


# --- JSON Lines -------------------------------------------------------------------------------------------------------


def test_a_broken_line_costs_only_itself() -> None:
    content = b'{"title": "One"}\n{"title": "Tw\n\n[1, 2]\n"x"\n{"title": "Three"}\nnull\n{"title": "F' + b"\n"
    good, bad = drafts(JsonLinesImporter(), content)
    assert [draft.headline for draft in good] == ["One", "Three"]
    assert [draft.position for draft in good] == ["line 1", "line 6"]
    assert [each.position for each in bad] == ["line 2", "line 4", "line 5", "line 7", "line 8"]
    assert "breaks off" in bad[0].reason
    assert "a JSON list" in bad[1].reason


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"a":' * 100_000, b'{"title": ' + b"9" * 5000 + b"}", b"{", b"\xff\xfe\x00", b"\x00"]
)
def test_a_hostile_line_is_a_rejection(line: bytes) -> None:
    good, bad = drafts(JsonLinesImporter(), line + b'\n{"title": "Next"}\n')
    assert [draft.headline for draft in good] == ["Next"]
    assert len(bad) == 1


def test_a_giant_line_is_a_rejection() -> None:
    content = b'{"title": "' + b"x" * MAX_LINE + b'"}\n{"title": "Next"}\n'
    good, bad = drafts(JsonLinesImporter(), content)
    assert [draft.headline for draft in good] == ["Next"]
    assert bad == [Rejection(reason="longer than 8 MiB", source="a", position="line 1")]


def test_lines_not_in_utf8_are_noted() -> None:
    good, _ = drafts(JsonLinesImporter(), b'\xef\xbb\xbf{"title": "One"}\n{"title": "caf\xe9"}\n')
    assert [draft.headline for draft in good] == ["One", "café"]
    assert [bool(draft.notes) for draft in good] == [False, True]


# --- JSON -------------------------------------------------------------------------------------------------------------

LIST = [{"title": f"Story {i}", "text": "It rained. " * i} for i in range(200)]


@pytest.mark.parametrize(
    "document",
    [LIST, {"articles": LIST}, {"status": "ok", "count": 200, "articles": LIST}, {"response": {"docs": LIST}}],
    ids=["list", "articles", "articles after others", "nested"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_is_found_where_it_is(document: Any, indent: int | None) -> None:
    good, bad = drafts(JsonImporter(), json.dumps(document, indent=indent).encode())
    assert [draft.headline for draft in good] == [item["title"] for item in LIST]
    assert good[-1].body[0] == LIST[-1]["text"]
    assert not bad


def test_one_object_is_one_article() -> None:
    good, bad = drafts(JsonImporter(), b'{"headline": "Rain", "items": [1, 2]}')
    assert [draft.headline for draft in good] == ["Rain"]
    assert not bad


def test_a_list_that_breaks_off_keeps_what_came_before() -> None:
    content = json.dumps(LIST).encode()
    for cut in (len(content) - 1, len(content) - 2, len(content) - 700, len(content) // 2):
        good, bad = drafts(JsonImporter(), content[:cut])
        assert len(good) >= 100 if cut > len(content) - 1000 else len(good) > 50
        assert len(bad) == 1
        assert "breaks off" in bad[0].reason


def test_a_broken_item_costs_only_itself() -> None:
    content = b'[{"title": "One"}, {"title": oops}, {"title": "Three"}, 7, {"title": "Five"}]'
    good, bad = drafts(JsonImporter(), content)
    assert [draft.headline for draft in good] == ["One", "Three", "Five"]
    assert len(bad) == 2


def test_a_list_of_broken_items_is_given_up() -> None:
    content = b"[" + b'{"title": oops}, ' * 10_000 + b"]"
    good, bad = drafts(JsonImporter(), content)
    assert not good
    assert len(bad) <= MAX_BROKEN + 1


def test_a_giant_item_is_a_rejection_and_bounded() -> None:
    content = b'[{"title": "' + b"x" * (3 * MAX_LINE) + b'"}, {"title": "Next"}]'
    good, bad = drafts(JsonImporter(), content)
    assert len(bad) >= 1
    assert "longer than 8 MiB" in bad[0].reason
    assert all(draft.headline == "Next" for draft in good)


@pytest.mark.parametrize("content", [b"", b"[", b"{", b"[]", b"{}", b"7", b'"x"', b"nonsense", b"[[[[", b"[" * 100_000])
def test_odd_documents_are_no_exceptions(content: bytes) -> None:
    good, _ = drafts(JsonImporter(), content)
    assert all(not draft.headline for draft in good)


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_read_in_any_dialect(delimiter: str, encoding: str, newline: str) -> None:
    rows = [
        ["title", "text", "date", "keywords"],
        ["Café", f'"One, two; ""three"".{newline}{newline}Four."', "2015", "a|b"],
    ]
    content = newline.join(delimiter.join(row) for row in rows) + newline
    good, bad = drafts(CsvImporter(), content.encode(encoding))
    assert not bad
    assert [draft.headline for draft in good] == ["Café"]
    assert good[0].body[0].split() == ["One,", "two;", '"three".', "Four."]
    assert good[0].tags == ("a", "b")
    assert good[0].position == "line 2"


def test_lines_may_end_as_on_old_macs() -> None:
    good, _ = drafts(CsvImporter(), b"title,text\rRain,It rained.\rSnow,It snowed.\r")
    assert [draft.headline for draft in good] == ["Rain", "Snow"]


def test_a_table_without_a_headline_column_says_what_to_do() -> None:
    good, bad = drafts(CsvImporter(), b"slug,story\nrain,It rained.\n")
    assert not good
    assert len(bad) == 1
    assert "slug, story" in bad[0].reason
    assert "--map headline=" in bad[0].reason
    good, bad = drafts(CsvImporter(), b"slug,story\nrain,It rained.\n", mapping={"headline": "slug"})
    assert [(draft.headline, draft.body) for draft in good] == [("rain", ("It rained.",))]


def test_rows_of_another_length_are_read_and_noted() -> None:
    good, _ = drafts(CsvImporter(), b"title,text,date\nRain,It rained.\nSnow,It snowed.,2015,extra\n,,\n\n")
    assert [draft.headline for draft in good] == ["Rain", "Snow"]
    assert all("columns" in draft.notes[0] for draft in good)


def test_a_row_knows_its_line() -> None:
    good, _ = drafts(CsvImporter(), b'title,text\nOne,"a\nb\nc"\nTwo,x\n')
    assert [draft.position for draft in good] == ["line 2", "line 5"]


def test_a_quote_that_is_never_closed_costs_only_its_row() -> None:
    content = b'title,text\nOne,It rained.\nOdd,"never closed\nThree,It snowed.\nFour,x\n'
    good, bad = drafts(CsvImporter(), content)
    assert [(draft.headline, draft.position) for draft in good] == [
        ("One", "line 2"), ("Three", "line 4"), ("Four", "line 5"),
    ]  # fmt: skip
    assert [(each.reason, each.position) for each in bad] == [("not a row: a quote is not closed", "line 3")]


def test_a_quote_that_swallows_megabytes_costs_only_its_row() -> None:
    long_rows = [b"Story %d,%s\n" % (i, b"It rained. " * 10_000) for i in range(100)]
    good, bad = drafts(CsvImporter(), b'title,text\nOdd,"never closed\n' + b"".join(long_rows))
    assert [draft.headline for draft in good] == [f"Story {i}" for i in range(100)]
    assert len(bad) == 1
    assert "field larger" in bad[0].reason


def test_a_line_beyond_the_limit_costs_only_itself() -> None:
    good, bad = drafts(CsvImporter(), b"title,text\nLong," + b"x" * (MAX_LINE + 1) + b"\nNext,x\n")
    assert [draft.headline for draft in good] == ["Next"]
    assert len(bad) == 1


def test_an_article_of_five_megabytes_in_a_cell_is_read() -> None:
    good, bad = drafts(CsvImporter(), b'title,text\nLong,"' + b"It rained. " * 450_000 + b'"\nNext,x\n')
    assert [draft.headline for draft in good] == ["Long", "Next"]
    assert not bad


def test_nul_bytes_are_no_end() -> None:
    good, bad = drafts(CsvImporter(), b"title,text\nRa\x00in,It\x00rained.\nSnow,x\n")
    assert len(good) == 2
    assert not bad


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_as_records(content: bytes) -> None:
    for importer in (JsonLinesImporter(), JsonImporter(), CsvImporter()):
        with contextlib.suppress(MalformedSource):  # broken gzip
            list(importer.read(Source.from_bytes("a", content), ReadOptions()))


@pytest.mark.parametrize(
    ("fields", "withdrawn"),
    [
        ({"withdrawn": True}, True),
        ({"withdrawn": "yes"}, True),
        ({"pubstatus": "canceled"}, True),
        ({"pubStatus": "Withheld"}, True),
        ({"withdrawn": False}, False),
        ({"pubstatus": "usable"}, False),
        ({"deleted": None}, False),
        ({}, False),
    ],
)
def test_a_record_may_take_its_article_back(fields: dict[str, Any], withdrawn: bool) -> None:
    assert one({"id": "1", **fields}).withdrawn is withdrawn


def test_a_record_may_say_which_version_it_is() -> None:
    seen = one({"id": "1", "version": 3, "Last-Modified": "2015-09-30T14:05:00Z"})
    assert (seen.revision, seen.revised_text) == ("3", "2015-09-30T14:05:00Z")
