"""An index that cannot answer: gone, outdated, locked or damaged. Said with its hint by the command and by the web."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from searchsvc import cli
from searchsvc.archive.archive import open_archive
from searchsvc.archive.operations import ingest
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

TODAY = date(2026, 1, 1)
WORDS = ("rain", "snow", "hail", "sleet")
QUERIES = ("rain", "town", '"snow fell"', "tag:hail", "sle*", "")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small index, to be copied before it is broken."""
    folder = tmp_path_factory.mktemp("whole")
    records = [
        {"id": word, "headline": f"{word} in town", "body": f"The {word} fell all day.", "tags": [word]}
        for word in WORDS
    ]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    archive = open_archive(Settings(index_dir=folder / "index"))
    assert ingest(archive, [str(folder / "a.jsonl")], today=TODAY).added == len(WORDS)
    archive.close()
    return folder / "index"


@pytest.fixture
def index(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "index"))


@contextmanager
def served(index: Path) -> Iterator[FlaskClient]:
    archive = open_archive(Settings(index_dir=index))
    yield create_app(archive.settings, archive).test_client()
    archive.close()


def answers(client: FlaskClient) -> list[object]:
    """What each query finds, or its status where it finds nothing out."""
    found: list[object] = []
    for text in QUERIES:
        response = client.get("/api/v1/search", query_string={"q": text, "show-fields": "body"})
        given = response.get_json()
        found.append(given["response"]["results"] if response.status_code == 200 else response.status_code)
    return found


def outdate(index: Path) -> None:
    (meta,) = index.glob("*/meta.json")
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"schema": "of another day"}))


def spoil(index: Path) -> None:
    (segment,) = index.glob("*/*.arrays")
    segment.write_bytes(b"")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (shutil.rmtree, "searchsvc ingest"),
    "outdated": (outdate, "searchsvc rebuild"),
    "damaged": (spoil, "searchsvc rebuild"),
    "nowhere": (lambda index: (index / "CURRENT").write_bytes(b"\xff"), "ingest --fresh"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_readers_are_told_and_programs_too(index: Path, kind: str) -> None:
    breaking, hint = BROKEN[kind]
    breaking(index)
    with served(index) as client:
        for path in ("/", "/search?q=rain", "/search.atom?q=rain", "/browse/tag", "/articles/rain"):
            response = client.get(path)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "30"), path
            assert response.mimetype == "text/html"
            assert "cannot be searched now" in response.get_data(as_text=True)
        for path in ("search?q=rain", "articles/rain", "articles/rain/related", "facets/tag", "suggest?q=r"):
            response = client.get(f"/api/v1/{path}")
            assert (response.status_code, response.mimetype) == (503, "application/problem+json"), path
            assert hint in response.get_json()["hint"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/help").status_code == 200


@pytest.mark.parametrize("kind", BROKEN)
def test_the_command_says_what_to_do_and_exits_with_3(
    index: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    breaking, hint = BROKEN[kind]
    breaking(index)
    for words in (["search", "rain"], ["status"], ["related", "rain"]):
        monkeypatch.setattr("sys.argv", ["searchsvc", "--index-dir", str(index), *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 3
        assert hint in capsys.readouterr().err


def test_while_it_is_written_to_it_can_be_read_and_a_second_writer_is_told(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_archive(Settings(index_dir=index)).engine.writer(), served(index) as client:
        assert client.get("/search?q=rain").status_code == 200
        monkeypatch.setattr("sys.argv", ["searchsvc", "--index-dir", str(index), "rebuild"])
        with pytest.raises(SystemExit) as caught:
            cli.main()
    assert caught.value.code == 3
    assert "wait until it is done" in capsys.readouterr().err


@pytest.mark.parametrize("pattern", ["*/*.toc", "*/*.arrays", "*/meta.json", "CURRENT"])
def test_a_flipped_bit_or_a_lost_end_gives_the_right_answer_or_none(index: Path, pattern: str) -> None:
    with served(index) as client:
        right = answers(client)
    (path,) = index.glob(pattern)
    content = path.read_bytes()
    places = range(0, len(content), max(1, len(content) // 16))
    flipped = [content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :] for place in places]
    for spoilt in (*flipped, b"", content[: len(content) // 2], content[:-1]):
        path.write_bytes(spoilt)
        with served(index) as client:
            for found, wanted in zip(answers(client), right, strict=True):
                assert found in (wanted, 503)
            assert client.get("/healthz").status_code == 200
