"""What lies in the index folder, who may write there, and what is said when something is wrong with it."""

import json
from pathlib import Path

import pytest

from searchsvc.engines.embedded import builds
from searchsvc.errors import IndexDamaged, IndexLocked, IndexMissing, IndexOutdated
from searchsvc.model.article import ArticleId
from searchsvc.model.query import Phrase, Query, Term
from searchsvc.model.request import SearchRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import ids, request_of, story


def write(open_engine: OpenEngine, *headlines: str, fresh: bool = False) -> None:
    with open_engine().writer(fresh=fresh) as writer:
        for headline in headlines:
            writer.put(story(headline.lower(), headline, f"{headline} fell. " * 200))


def live(index_dir: Path) -> Path:
    return index_dir / builds.current_build(index_dir)


def test_opening_needs_no_index_but_searching_does(open_engine: OpenEngine) -> None:
    engine = open_engine()
    for ask in (lambda: engine.search(SearchRequest()), lambda: engine.get(ArticleId("1")), engine.status):
        with pytest.raises(IndexMissing) as caught:
            ask()
        assert "searchsvc ingest" in caught.value.hint


def test_an_index_made_after_opening_is_found(open_engine: OpenEngine) -> None:
    engine = open_engine()
    with pytest.raises(IndexMissing):
        engine.status()
    write(open_engine, "Rain")
    assert ids(engine) == ["rain"]


def test_a_writer_that_puts_nothing_leaves_an_empty_index(open_engine: OpenEngine) -> None:
    write(open_engine)
    assert ids(open_engine()) == []


def test_the_first_writer_leaves_nothing_after_an_error(open_engine: OpenEngine, index_dir: Path) -> None:
    def fail() -> None:
        with open_engine().writer() as writer:
            writer.put(story("1"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [entry.name for entry in index_dir.iterdir()] == [builds.LOCK]
    with pytest.raises(IndexMissing):
        open_engine().status()


def test_another_schema_or_analyzer_is_outdated(open_engine: OpenEngine, index_dir: Path) -> None:
    write(open_engine, "Rain")
    meta = live(index_dir) / builds.META
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"schema": "0"}))
    with pytest.raises(IndexOutdated) as caught:
        open_engine().search(SearchRequest())
    assert "searchsvc rebuild" in caught.value.hint
    with pytest.raises(IndexOutdated):
        open_engine().writer()
    write(open_engine, "Snow", fresh=True)  # the way out, for which no lock may be left
    assert ids(open_engine()) == ["snow"]


def test_an_outdated_index_can_still_be_scanned_and_so_rebuilt(open_engine: OpenEngine, index_dir: Path) -> None:
    write(open_engine, "Rain", "Snow", "Hail")
    with open_engine().writer() as writer:
        writer.delete(ArticleId("snow"))
    before = {article.id: article for article in open_engine().scan()}
    meta = live(index_dir) / builds.META
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"schema": "0"}))
    outdated = open_engine()
    with outdated.writer(fresh=True) as writer:
        for article in outdated.scan():
            writer.put(article)
    assert {article.id: article for article in open_engine().scan()} == before
    assert sorted(before) == ["hail", "rain"]


@pytest.mark.parametrize(("name", "content"), [("*/meta.json", b"{"), ("*/*.trm", b""), ("*/*.pst", b"")])
def test_where_the_stored_articles_are_whole_a_damaged_index_can_be_rebuilt(
    open_engine: OpenEngine, index_dir: Path, name: str, content: bytes
) -> None:
    write(open_engine, "Rain", "Snow")
    (path,) = index_dir.glob(name)
    path.write_bytes(content)
    assert sorted(article.id for article in open_engine().scan()) == ["rain", "snow"]


def test_where_not_even_those_can_be_read_the_sources_are_asked_for(open_engine: OpenEngine, index_dir: Path) -> None:
    write(open_engine, "Rain", "Snow")
    (path,) = index_dir.glob("*/_MAIN_1.toc")
    path.write_bytes(b"")
    with pytest.raises(IndexDamaged) as caught:
        list(open_engine().scan())
    assert "ingest --fresh" in caught.value.hint


def test_one_writer_at_a_time_and_readers_take_no_lock(open_engine: OpenEngine) -> None:
    write(open_engine, "Rain")
    with open_engine().writer():
        with pytest.raises(IndexLocked) as caught:
            open_engine().writer()
        assert "writing" in str(caught.value)
        assert ids(open_engine()) == ["rain"]
    open_engine().writer().__exit__(None, None, None)


def test_old_builds_and_leftovers_go_and_what_is_not_ours_stays(open_engine: OpenEngine, index_dir: Path) -> None:
    write(open_engine, "Rain")
    old = live(index_dir)
    (index_dir / "README.md").write_text("ours?")
    (index_dir / "notes").mkdir()
    died = index_dir / "20200101T000000-abcd"
    died.mkdir()
    (died / "MAIN_x.pst").write_text("half")
    leftovers = [old / "MAIN_0123456789abcdef.pst", old / "_MAIN_9.toc.12.5", old / "MAIN.tmp" / "x.ctmp"]
    (old / "MAIN.tmp").mkdir(exist_ok=True)
    for path in leftovers:
        path.write_text("half")
    write(open_engine, "Snow")
    assert not died.exists()
    assert not any(path.exists() for path in leftovers)
    assert sorted(ids(open_engine())) == ["rain", "snow"]
    write(open_engine, "Hail", fresh=True)
    assert not old.exists()
    assert (index_dir / "README.md").exists()
    assert (index_dir / "notes").exists()
    assert ids(open_engine()) == ["hail"]


def test_a_build_replaced_while_it_is_searched_stays_readable(open_engine: OpenEngine) -> None:
    write(open_engine, "Rain", "Snow")
    engine = open_engine()
    scan = engine.scan()
    first = next(scan)
    write(open_engine, "Hail", fresh=True)
    assert {first.id, *(article.id for article in scan)} == {"rain", "snow"}
    assert ids(engine) == ["hail"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("CURRENT", b"../somewhere"),
        ("CURRENT", b"\xff\xff"),
        ("CURRENT", b"20200101T000000-abcd\n"),
        ("*/meta.json", b"{"),
        ("*/meta.json", b"[]"),
        ("*/_MAIN_1.toc", b""),
        ("*/_MAIN_1.toc", b"\x00" * 100),
        ("*/*.trm", b""),
        ("*/*.trm", b"\x00" * 100),
        ("*/*_stored.col", b""),
        ("*/*_stored.col", b"\x07" * 100),
    ],
)
def test_damage_is_named(open_engine: OpenEngine, index_dir: Path, name: str, content: bytes) -> None:
    write(open_engine, "Rain", "Snow")
    (path,) = index_dir.glob(name)
    path.write_bytes(content)
    engine = open_engine()
    with pytest.raises(IndexDamaged) as caught:
        engine.search(request_of(Term("rain")))
    assert ("ingest --fresh" if name == "CURRENT" else "searchsvc rebuild") in caught.value.hint
    with pytest.raises(IndexDamaged), engine.writer() as writer:
        writer.put(story("1"))
    write(open_engine, "Hail", fresh=True)
    assert ids(engine) == ["hail"]


@pytest.mark.parametrize("pattern", ["*/*.toc", "*/*.trm", "*/*.pst", "*/*_stored.col", "*/meta.json"])
def test_a_missing_file_is_named(open_engine: OpenEngine, index_dir: Path, pattern: str) -> None:
    write(open_engine, "Rain")
    (path,) = index_dir.glob(pattern)
    path.unlink()
    with pytest.raises(IndexDamaged):
        open_engine().search(SearchRequest())
    with pytest.raises(IndexDamaged):
        open_engine().writer()


@pytest.mark.parametrize(("pattern", "step"), [("*/*.pst", 97), ("*/*.trm", 61), ("*/*.toc", 11)])
def test_a_flipped_byte_is_never_a_wrong_hit(open_engine: OpenEngine, index_dir: Path, pattern: str, step: int) -> None:
    write(open_engine, "Rain", "Snow")
    (path,) = index_dir.glob(pattern)
    whole = path.read_bytes()
    queries: tuple[Query, ...] = (Term("rain"), Term("snow"), Phrase("rain fell"), Phrase("snow fell"))
    wanted = [ids(open_engine(), query) for query in queries]
    noticed = 0
    for place in range(0, len(whole), step):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        engine = open_engine()
        for query, hits in zip(queries, wanted, strict=True):
            try:
                assert ids(engine, query) == hits
            except IndexDamaged:
                noticed += 1
        engine.close()
    assert noticed


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "newer"])
def test_damaged_columns_are_made_again_in_memory(open_engine: OpenEngine, index_dir: Path, damage: str) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain", "Rain fell.", on="2015-09-30", tags=("Wet",), fingerprint=2**64 - 1))
        writer.put(story("2", "Snow", "Snow fell.", on="2015-09-29", tags=("Cold", "wet")))
    request = request_of(Term("fell"))
    whole = open_engine().search(request)
    (path,) = index_dir.glob("*/*.dv")
    content = path.read_bytes()
    match damage:
        case "flip":
            path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "gone":
            path.unlink()
        case _:
            path.write_bytes(content[:8] + b"\x63" + content[9:])
    engine = open_engine()
    again = engine.search(request)
    assert [(hit.article, hit.score) for hit in again.hits] == [(hit.article, hit.score) for hit in whole.hits]
    assert engine.suggest("we") == open_engine().suggest("we")
    with engine.writer() as writer:  # and the next writer goes on
        writer.put(story("3", "Hail", "Hail fell."))
        writer.delete(ArticleId("2"))
    assert sorted(ids(engine, Term("fell"))) == ["1", "3"]
