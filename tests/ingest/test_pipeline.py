import gzip
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from searchsvc.errors import UnknownFormat
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.pipeline import IngestRun, Repeat, read
from searchsvc.model.article import Article

RUN = IngestRun(today=date(2024, 3, 19))
PAGE = "Rain closes bridge\n\nIt rained all night, and in the morning the bridge was shut.\n"


def record(headline: str, **fields: object) -> str:
    return json.dumps({"headline": headline, "body": f"{headline}, and so on."} | fields) + "\n"


def results(*paths: str | Path, **options: object) -> tuple[list[Article], list[Rejection]]:
    seen = list(read(paths, run=RUN, options=ReadOptions(**options)))  # type: ignore[arg-type]
    return [each for each in seen if isinstance(each, Article)], [each for each in seen if isinstance(each, Rejection)]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "page.txt").write_text(PAGE)
    (tmp_path / "a.jsonl").write_text(record("One") + record("Two"))
    (tmp_path / "c.csv").write_text("title,text\nFour,x\n")
    articles, rejected = results(tmp_path)
    assert [article.headline for article in articles] == ["One", "Two", "Rain closes bridge", "Four"]
    assert [article.provenance.importer for article in articles] == ["jsonl", "jsonl", "text", "csv"]
    assert articles[1].provenance.position == "line 2"
    assert not rejected


def test_each_file_is_read_once_in_the_order_of_names_whatever_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text(record(name))
    a, b, c = (tmp_path / f"{name}.jsonl" for name in "abc")
    for paths in ((c, a, b), (b, tmp_path), (tmp_path, a), (a, c, b, a)):
        seen = list(read([str(path) for path in paths], run=RUN))
        assert [each.headline for each in seen if isinstance(each, Article)] == ["a", "b", "c"]
        assert len(seen) == 3


def test_one_bad_file_never_costs_the_good_ones(tmp_path: Path) -> None:
    good = record("Good").encode()
    files = {
        "a-empty.txt": b"",
        "b-blank.jsonl": b" \n\n",
        "c-nul.txt": b"\0" * 100,
        "d-picture.jpg": b"\xff\xd8\xff\xe0",
        "e-cut.jsonl": good + b'{"headline": "Cu',
        "f-nohead.csv": b"a,b\n1,2\n",
        "g-cut.jsonl.gz": gzip.compress(good * 3)[:-5],
        "h-deep.json": b"[" * 100_000,
        "i-latin.txt": "Café closes\n\nThe café by the weir is shut, the owner said, until the spring.\n".encode(
            "cp1252"
        ),
        "j-utf16.txt": PAGE.encode("utf-16"),
        "k-good.jsonl": record("Last").encode(),
        "l-huge.txt": b"word " * 2_000_000,
        "m-long.jsonl": record("Long", body="x " * 2_500_000).encode(),
        "n-fake.gz": b"\x1f\x8bnot gzip",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    articles, rejected = results(tmp_path)
    assert {article.headline for article in articles} == {"Good", "Café closes", "Rain closes bridge", "Last"}
    assert {Path(each.source).name for each in rejected} == set(files) - {"i-latin.txt", "j-utf16.txt", "k-good.jsonl"}
    assert all(each.reason for each in rejected)


@pytest.mark.parametrize(
    "fields",
    [{"date": "0001-01-01T00:00:00Z"}, {"date": "2050-01-01"}, {"date": "1/21/..."}, {"body": "a\0b"},
     {"tags": [None, 1]},
     {"body": "<p>It <b>rained</b>.</p>"}, {"language": 7}, {"id": {"a": 1}}, {"date": 10**400}, {"body": "\ud800"}],
)  # fmt: skip
def test_odd_records_become_articles(tmp_path: Path, fields: dict[str, object]) -> None:
    (tmp_path / "a.jsonl").write_text(record("Odd", **fields))
    articles, rejected = results(tmp_path)
    assert not rejected
    assert articles[0].published_on is None
    assert "\0" not in articles[0].body
    assert "<" not in articles[0].body


def test_exact_repeats_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(record("One", id="1") * 3 + record("Changed", id="1"))
    (tmp_path / "b.jsonl").write_text(record("One", id="1") + record("One", id="2"))
    seen = list(read([tmp_path], run=RUN))
    assert [each.headline for each in seen if isinstance(each, Article)] == ["One", "Changed", "One"]
    assert sum(isinstance(each, Repeat) for each in seen) == 3


def test_what_is_no_article_is_left_alone(tmp_path: Path) -> None:
    for name in (".hidden.txt", "page.txt~", "page.txt.bak", "README.md", "LICENSE", "#page.txt#", "Thumbs.db"):
        (tmp_path / name).write_text(PAGE)
    articles, rejected = results(tmp_path)
    assert not articles
    assert [each.reason for each in rejected] == ["no file to read in this folder"]
    articles, _ = results(tmp_path / "README.md", format="text")  # named, it is read
    assert len(articles) == 1


def test_links_are_followed_within_the_folder_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text(PAGE)
    (inside / "page.txt").write_text(PAGE.replace("Rain", "Snow"))
    (inside / "loop").symlink_to(inside)
    (inside / "out").symlink_to(outside)
    (inside / "out.txt").symlink_to(outside / "secret.txt")
    (inside / "gone.txt").symlink_to(inside / "nowhere")
    articles, rejected = results(inside)
    assert [article.headline for article in articles] == ["Snow closes bridge"]
    assert {Path(each.source).name for each in rejected} == {"out", "out.txt", "gone.txt"}


def test_missing_paths_are_rejections(tmp_path: Path) -> None:
    articles, rejected = results(tmp_path / "nowhere", "bad\0name", "")
    assert not articles
    assert len(rejected) == 3
    assert rejected[0].reason == "no such file or folder"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO((record("One") + record("Two")).encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    articles, rejected = results("-")
    assert [article.headline for article in articles] == ["One", "Two"]
    assert articles[0].provenance.source == "standard input"
    assert not rejected
    assert not Stdin.buffer.closed


def test_progress_comes_to_all_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(record(f"Story {i}") for i in range(500)))
    (tmp_path / "b.txt").write_text(PAGE)
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8")
    seen: list[tuple[int, int, str]] = []
    list(read([tmp_path], run=RUN, progress=lambda *step: seen.append(step)))
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert seen[-1][:2] == (total, total)
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_options_reach_the_articles(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("hed;txt;when\nPluie;Il a plu.;03/04/2015\n")
    articles, _ = results(
        tmp_path, mapping={"headline": "hed", "body": "txt", "date": "when"}, source_name="Echo", language="fr",
        day_first=True,
    )  # fmt: skip
    assert articles[0].publication == "Echo"
    assert articles[0].language == "fr"
    assert articles[0].published_on == date(2015, 4, 3)


def test_a_format_named_wrongly_is_an_error() -> None:
    with pytest.raises(UnknownFormat, match="jsn"):
        list(read([], run=RUN, options=ReadOptions(format="jsn")))
