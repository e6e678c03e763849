"""What lies in the index folder, who may write there, and what is said when something is wrong with it."""

import json
from pathlib import Path

import pytest

from searchsvc.engines.embedded.index import builds
from searchsvc.errors import IndexDamaged, IndexLocked, IndexMissing, IndexOutdated
from searchsvc.model.article import ArticleId
from searchsvc.model.query import Term
from searchsvc.model.request import SearchRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.spoiling import spoil
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


def test_where_the_stored_articles_are_whole_a_damaged_index_can_be_rebuilt(
    open_engine: OpenEngine, index_dir: Path
) -> None:
    write(open_engine, "Rain", "Snow")
    (path,) = index_dir.glob("*/*.arrays")
    spoil(path, "max_impact")  # of the postings
    with pytest.raises(IndexDamaged) as caught:
        open_engine().search(request_of(Term("rain")))
    assert path.name in str(caught.value)
    assert "searchsvc rebuild" in caught.value.hint
    assert sorted(article.id for article in open_engine().scan()) == ["rain", "snow"]
    (live(index_dir) / builds.META).write_text("{")
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
    (died / "MAIN_x.arrays").write_text("half")
    leftovers = [
        old / "MAIN_0123456789abcdef.arrays", old / "MAIN_0123456789abcdef.arrays.new",
        old / "MAIN_0123456789abcdef.arrays.postings.new", old / "_MAIN_9.toc.12.5", index_dir / "CURRENT.new",
    ]  # fmt: skip
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
        ("*/*.arrays", b""),
        ("*/*.arrays", b"\x00" * 100),
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


@pytest.mark.parametrize("pattern", ["*/*.toc", "*/*.arrays", "*/meta.json"])
def test_a_missing_file_is_named(open_engine: OpenEngine, index_dir: Path, pattern: str) -> None:
    write(open_engine, "Rain")
    (path,) = index_dir.glob(pattern)
    path.unlink()
    with pytest.raises(IndexDamaged):
        open_engine().search(SearchRequest())
    with pytest.raises(IndexDamaged):
        open_engine().writer()
