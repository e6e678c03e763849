"""Bad input from end to end: what is broken is named and costs nothing beside it, and markup stays text everywhere."""

import json
import os
import random
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from searchsvc.archive.archive import Archive, open_archive
from searchsvc.archive.intake import IngestReport
from searchsvc.archive.operations import ingest
from searchsvc.ingest.draft import Rejection
from searchsvc.model.article import Article
from searchsvc.settings import Settings
from searchsvc.web.addresses import api_article_path, api_related_path, article_path
from searchsvc.web.app import create_app

FIELDS = (
    "id", "headline", "kicker", "summary", "body", "byline", "author", "authors", "agency", "publication", "section",
    "place", "tags", "language", "url", "date",
)  # fmt: skip

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "end": "</script>&lt;script&gt;alert(2)&lt;/script&gt;",
    "address": "javascript:alert(1)",
    "spaced": " JavaScript\t:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "attribute": 'http://x.example/" onmouseover="alert(1)',
    "comment": "<!--",
    "cdata": "]]><x>",
    "template": "{{ 7 * 7 }}{% raise %}",
    "surrogate": "\ud800x\udfff",
    "nul": "a\0b",
    "override": "\u202egpj.exe",
}

TODAY = date(2026, 1, 1)
DEEP = 100_000
NESTED = "[" * DEEP + "]" * DEEP
RAIN = {"headline": "Rain in the town", "body": "It rained all day in the town."}


class Mixed(NamedTuple):
    folder: Path
    report: IngestReport
    rejections: list[Rejection]
    archive: Archive
    articles: dict[str, Article]
    client: FlaskClient

    def reasons(self, name: str) -> list[tuple[str, str]]:
        """The position and reason of each rejection from a file."""
        return [(each.position, each.reason) for each in self.rejections if each.source == str(self.folder / name)]


def lines(*records: object) -> str:
    return "\n".join(map(json.dumps, records))


def fill(folder: Path) -> None:
    """Good files first, last and within; everything else is broken, each in its way."""

    def write(name: str, content: str | bytes) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    good = {"headline": "Good story", "body": "It was good.", "date": "2015-09-30"}
    write("a-good.jsonl", lines({**good, "id": "first"}))
    write("z-good.jsonl", lines({**good, "id": "last", "headline": "Good story of the end"}))
    latin = "Überall Regen\n\nIn Köln regnete es den ganzen Tag. Die Straßen waren naß, und niemand ging hinaus.\n"
    write("latin.txt", latin.encode("latin-1"))
    write("sixteen.csv", "id,headline,body\r\nsixteen,Sixteen,It rained in sixteen.\r\n".encode("utf-16"))
    sixteen = [{**good, "id": f"sixteen-{i}"} for i in range(3)]
    write("sixteen.jsonl", lines(*sixteen).encode("utf-16"))
    write("sixteen.json", json.dumps([{**good, "id": "sixteen-item"}, RAIN]).encode("utf-16"))
    for suffix in ("", ".bin", ".csv", ".gz", ".html", ".json", ".jsonl", ".txt", ".xml"):
        write(f"random{suffix}", random.Random(suffix).randbytes(5_000))
        write(f"empty{suffix}", b"")
        write(f"nul{suffix}", b"\0" * 3_000)
    write("broken.jsonl", lines({**good, "id": "whole"}) + '\n{"headline": "Br')
    write("deep.json", NESTED)
    write("deep-object.json", '{"a":' * DEEP + "1" + "}" * DEEP)
    after = lines({**good, "id": "after-deep-line"})
    write("deep.jsonl", f'{{"headline": "Deep", "body": {NESTED}}}\n{after}')
    after = lines({**good, "id": "after-deep-item"})
    write("deep-item.json", f'[{{"headline": "Deep", "body": {NESTED}}}, {after}]')
    write("middling.jsonl", f'{{"id": "nested", "headline": "Nested", "tags": {"[" * 900}"x"{"]" * 900}}}')
    write("no-headline.csv", "a,b,c\n1,2,3\n")
    write("long-text.jsonl", lines({"id": "long-text", "headline": "Long", "body": "It rained. " * 500_000}))
    dates = ["0001-01-01", "2050-01-01", "9999-12-31T23:59:59-14:00", "0000-00-00", 1e300, -(10**30), float("inf")]
    write("dates.jsonl", lines(*({**RAIN, "id": f"date-{i}", "date": date} for i, date in enumerate(dates))))
    for name, text in HOSTILE.items():
        one_each = [{"headline": f"{name} in {field}", "body": f"It is in {field}.", field: text} for field in FIELDS]
        write(f"hostile-{name}.jsonl", lines(*one_each, dict.fromkeys(FIELDS, text)))
    long = {"id": "i", "section": "s", "kicker": "k", "headline": "h", "tags": "t", "place": "p"}
    write("long.jsonl", lines({**RAIN, **{name: letter * 100_000 for name, letter in long.items()}}))
    write("tags.jsonl", lines({**RAIN, "id": "tags", "tags": [f"tag {i}" for i in range(10_000)]}))
    write("kinds.jsonl", lines({"id": {}, "headline": [{}], "body": [[], 1]}, [1], "x", 5, None, {"headline": None}))
    (folder / "round").symlink_to(folder)
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")
    (folder / "gone").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "nothing").mkdir()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    folder = tmp_path_factory.mktemp("mixed")
    fill(folder)
    settings = Settings(index_dir=tmp_path_factory.mktemp("index"), max_page_size=1000)
    archive = open_archive(settings)
    rejections: list[Rejection] = []
    report = ingest(archive, [str(folder)], today=TODAY, on_rejection=rejections.append)
    articles = {str(article.id): article for article in archive.scan()}
    yield Mixed(folder, report, rejections, archive, articles, create_app(settings, archive).test_client())
    archive.close()


# --- what gets in, and what is said of the rest -----------------------------------------------------------------------


def test_the_good_ones_beside_are_not_lost(mixed: Mixed) -> None:
    good = {
        "first",
        "last",
        "whole",
        "sixteen",
        "sixteen-0",
        "sixteen-2",
        "sixteen-item",
        "after-deep-line",
        "after-deep-item",
        "nested",
    }
    assert good <= mixed.articles.keys()
    assert any("naß" in article.headline + article.body for article in mixed.articles.values())
    assert mixed.report.rejected == len(mixed.rejections)


@pytest.mark.parametrize(
    ("name", "position", "reason"),
    [
        ("broken.jsonl", "line 2", "breaks off"),
        ("deep.json", "item 1", "nested too deep"),
        ("deep-object.json", "", "nested too deep"),
        ("deep.jsonl", "line 1", "nested too deep"),
        ("deep-item.json", "item 1", "nested too deep"),
        ("no-headline.csv", "line 1", "--map headline="),
        ("long-text.jsonl", "line 1", "longer than"),
        ("kinds.jsonl", "line 2", "a JSON list"),
        ("kinds.jsonl", "line 6", "no headline and no text"),
        ("random", "", "unknown format"),
        ("random.txt", "", "not text"),
        ("random.gz", "", "unknown format"),
        ("random.json", "", "not JSON"),
        ("random.csv", "line 1", "no headline column"),
        ("one", "", "leads back to itself"),
        ("two", "", "leads back to itself"),
        ("gone", "", "a link to nothing"),
        ("pipe.jsonl", "", "a pipe"),
        *((f"empty{suffix}", "", "empty") for suffix in ("", ".bin", ".csv", ".gz", ".html", ".json", ".txt")),
        *((f"nul{suffix}", "", "empty") for suffix in ("", ".bin", ".csv", ".gz", ".html", ".json", ".txt")),
    ],
)
def test_what_did_not_get_in_is_named_with_its_place(mixed: Mixed, name: str, position: str, reason: str) -> None:
    assert any(where == position and reason in why for where, why in mixed.reasons(name)), mixed.reasons(name)


def test_a_folder_without_a_file_is_said_to_be(mixed: Mixed) -> None:
    rejections: list[Rejection] = []
    ingest(mixed.archive, [str(mixed.folder / "nothing")], today=TODAY, on_rejection=rejections.append)
    assert [each.reason for each in rejections] == ["no file to read in this folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_file_or_folder_costs_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "a.jsonl").write_text(lines({**RAIN, "id": "a"}))
    (tmp_path / "in" / "closed" / "b.jsonl").write_text(lines(RAIN))
    (tmp_path / "in" / "c.jsonl").write_text(lines({**RAIN, "id": "c"}))
    (tmp_path / "in" / "a.jsonl").chmod(0)
    (tmp_path / "in" / "closed").chmod(0o444)  # its names can be read, its files cannot
    archive = open_archive(Settings(index_dir=tmp_path / "index"))
    rejections: list[Rejection] = []
    report = ingest(archive, [str(tmp_path / "in")], today=TODAY, on_rejection=rejections.append)
    (tmp_path / "in" / "closed").chmod(0o755)
    archive.close()
    assert report.added == 1
    assert {Path(each.source).name for each in rejections} >= {"a.jsonl", "b.jsonl"}
    assert all("Permission denied" in each.reason for each in rejections)


def test_a_file_that_disappears_costs_nothing_beside_it(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text(lines({**RAIN, "id": name}))
    archive = open_archive(Settings(index_dir=tmp_path / "index"))
    rejections: list[Rejection] = []
    ingest(
        archive,
        [str(tmp_path / f"{name}.jsonl") for name in "abc"],
        today=TODAY,
        on_progress=lambda done, total, count: (tmp_path / "b.jsonl").unlink(missing_ok=True),
        on_rejection=rejections.append,
    )
    found = sorted(article.id for article in archive.scan())
    archive.close()
    assert found == ["a", "c"]
    assert [(Path(each.source).name, each.reason) for each in rejections] == [
        ("b.jsonl", "cannot be read: No such file or directory")
    ]


def test_folders_within_folders_without_end_cost_nothing_beside_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "z.jsonl").write_text(lines({**RAIN, "id": "z"}))
    here = os.open(tmp_path / "in", os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)  # a path of them all would be too long
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    archive = open_archive(Settings(index_dir=tmp_path / "index"))
    rejections: list[Rejection] = []
    report = ingest(archive, [str(tmp_path / "in")], today=TODAY, on_rejection=rejections.append)
    archive.close()
    assert report.added == 1
    assert rejections
    subprocess.run(["rm", "-r", str(tmp_path / "in" / "d")], check=True)  # deeper than Python's own way goes


# --- what the articles look like --------------------------------------------------------------------------------------


def test_what_got_in_is_clean(mixed: Mixed) -> None:
    for article in mixed.articles.values():
        text = json.dumps(article.to_json(), ensure_ascii=False)
        assert text.encode("utf-8"), article.id
        plain = "".join(map(str, (article.headline, article.body, article.kicker, *article.tags, article.id)))
        assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", plain), article.id
        assert len(article.id) <= 200
        assert len(article.tags) <= 100
        assert max(map(len, (article.section, article.place, *article.tags))) <= 200
        assert len(article.headline) <= 1_000


def test_dates_that_cannot_be_are_none_with_a_note(mixed: Mixed) -> None:
    dated = [article for id, article in mixed.articles.items() if id.startswith("date-")]
    assert len(dated) == 7
    assert all(article.published_on is None and "date" in article.provenance.notes[0] for article in dated)


# --- what readers and programs are shown ------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects what no article may put into a page, and the data for search engines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.unexpected: list[str] = []
        self.data: list[object] = []
        self._in_data = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        ours = (given.get("src") or "").startswith("/static/script.js")
        self._in_data = tag == "script" and given.get("type") == "application/ld+json"
        if tag in ("img", "iframe", "object", "embed", "base", "x") or (
            tag == "script" and not ours and not self._in_data
        ):
            self.unexpected.append(str(self.get_starttag_text()))
        for name, value in attrs:
            is_address = name in ("href", "src", "action", "formaction")
            if name.startswith("on") or (is_address and not re.match(r"(https?://|[/#?])", value or "")):
                self.unexpected.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(json.loads(data))

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False


def page_of(client: FlaskClient, address: str) -> Page:
    response = client.get(address)
    assert response.status_code == 200, address
    page = Page(response.get_data(as_text=True))
    assert not page.unexpected, address
    return page


def test_each_article_has_its_page_and_its_json(mixed: Mixed) -> None:
    for id, article in mixed.articles.items():
        (data,) = page_of(mixed.client, article_path(id)).data
        assert isinstance(data, dict)
        assert data["headline"] == article.headline
        found = mixed.client.get(api_article_path(id)).get_json()["response"]["article"]
        assert found["webTitle"] == article.headline
        assert mixed.client.get(api_related_path(id)).status_code == 200


@pytest.mark.parametrize("query", ["", "?page-size=1000", "?q=it", "?q=alert&page-size=1000", "?page=2"])
def test_searches_show_markup_as_text(mixed: Mixed, query: str) -> None:
    page_of(mixed.client, f"/search{query}")
    feed = mixed.client.get(f"/search.atom{query}")
    assert feed.status_code == 200
    ET.fromstring(feed.get_data())
    found = mixed.client.get(f"/api/v1/search{query}{'&' if query else '?'}show-fields=all")
    assert found.get_json()["response"]["total"] > 0


def test_facets_and_completions_show_markup_as_text(mixed: Mixed) -> None:
    for name in ("section", "tag", "source", "agency", "author", "place"):
        page_of(mixed.client, f"/browse/{name}")
        assert mixed.client.get(f"/api/v1/facets/{name}?facet-size=200").status_code == 200
    for typed in ("h", "<scr", '">', "\u202e"):
        assert mixed.client.get("/api/v1/suggest", query_string={"q": typed}).status_code == 200


@pytest.mark.parametrize("text", [text for name, text in HOSTILE.items() if name != "surrogate"])
def test_what_is_asked_is_shown_as_text_too(mixed: Mixed, text: str) -> None:
    for name in ("q", "tag", "from-date", "cursor", text):
        response = mixed.client.get("/search", query_string={name: text})
        assert response.status_code == 200
        assert not Page(response.get_data(as_text=True)).unexpected
    missing = mixed.client.get("/articles/", query_string={"id": f"none {text}"})
    assert missing.status_code == 404
    assert not Page(missing.get_data(as_text=True)).unexpected
