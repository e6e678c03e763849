"""A segment's file or a list of segments that is not what was written: the right answer, or an error that names it.

Compiled loops look at no bounds, so every number that they read is held to a checksum before: here each byte is flipped
in turn (EVERY_BYTE=1, about half an hour), or a few of each array and some more.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from searchsvc.docvalues import storage
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import EngineError, IndexDamaged, IndexOutdated
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.model.query import And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Term, Value
from searchsvc.model.request import DateFilter, FacetRequest, HistogramRequest, SearchRequest, Sort, ValueFilter
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.spoiling import flip, regions
from tests.engines.samples import ARCHIVE, FLOOD, ids, request_of, story

EACH = os.environ.get("EVERY_BYTE") == "1"
OF_AN_ARRAY = 2
MORE = 30

QUERIES: tuple[Query, ...] = (
    Term("union"), Term("orl", "body"), Phrase("the bridge"), Phrase("orl flood", slop=4), Prefix("b"),
    Fuzzy("brigde", 2), Or((Term("union"), Term("bridge"), Phrase("the flood"))), Not(Term("union")),
    And((Term("orl"), Value("tag", "orlby"), DateRange(date(2016, 1, 1), None))), Prefix("is", "tag"),
)  # fmt: skip

Ask = Callable[[EmbeddedEngine], object]


def _searched(request: SearchRequest) -> Ask:
    return lambda engine: replace(engine.search(request), took_ms=0)


ASKED: dict[str, Ask] = {
    **{f"search {query}": _searched(request_of(query)) for query in QUERIES},
    **{f"search by {sort}": _searched(request_of(Term("the"), sort=sort)) for sort in Sort},
    "facets": _searched(request_of(facets=tuple(FacetRequest(field=field.name) for field in FACET_FIELDS))),
    "histogram": _searched(request_of(histogram=HistogramRequest(), dates=DateFilter(start=date(2014, 1, 1)))),
    "filter": _searched(request_of(filters=(ValueFilter(field="tag", values=("Putin",), excluded=("orlby",)),))),
    "headlines": _searched(request_of(Term("bridge"), query_fields=("headline",), limit=1)),
    "get": lambda engine: [engine.get(article.id) for article in (ARCHIVE[0], FLOOD[-1])],
    "related": lambda engine: engine.related(FLOOD[0]),
    "related in English": lambda engine: engine.related(FLOOD[0], languages=("en",)),
    "suggest": lambda engine: [engine.suggest(typed) for typed in ("or", "sta", "the b")],
    "spell": lambda engine: [engine.spell(word) for word in ("brigde", "unoin")],
    "frequency": lambda engine: engine.document_frequency("bridges"),
    "status": lambda engine: engine.status().articles,
    "export": lambda engine: list(engine.scan()),
}


@pytest.fixture
def index(open_engine: OpenEngine, index_dir: Path) -> tuple[Path, dict[str, object]]:
    """The file of an index of one segment, and the right answers."""
    engine = open_engine()
    with engine.writer() as writer:
        for article in (*ARCHIVE, *FLOOD):
            writer.put(article)
    (path,) = index_dir.glob("*/*.arrays")
    return path, {name: ask(engine) for name, ask in ASKED.items()}


@contextmanager
def engine_on(path: Path) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(path.parents[1])
    yield engine
    engine.close()


def check_told(error: EngineError, path: Path | None = None) -> None:
    """Fail where an error does not name the file, or does not say what to do."""
    assert error.hint
    assert path is None or path.name in str(error)


def check(path: Path, right: dict[str, object], spoilt: str) -> int:
    """Fail where an answer is wrong; in how many cases there was none."""
    noticed = 0
    with engine_on(path) as engine:
        for name, ask in ASKED.items():
            try:
                assert ask(engine) == right[name], f"{spoilt}: {name}"
            except (IndexDamaged, IndexOutdated) as error:
                check_told(error, path)
                noticed += 1
    return noticed


def places_of(path: Path) -> list[int]:
    """Bytes of a file: all, or some of each array and some more."""
    size = path.stat().st_size
    if EACH:
        return list(range(size))
    chance = random.Random(size)
    some = [place for of in regions(path).values() for place in chance.sample(of, min(len(of), OF_AN_ARRAY))]
    return sorted({*some, *chance.sample(range(size), MORE), *range(20), size - 1})


@pytest.mark.parametrize("deleted", [False, True], ids=["whole", "with a deletion"])
def test_a_flipped_bit_of_a_segment_gives_the_right_answer_or_names_the_file(
    index: tuple[Path, dict[str, object]], *, deleted: bool
) -> None:
    path, right = index
    if deleted:  # then postings are counted where otherwise a number is looked up
        with engine_on(path) as engine:
            with engine.writer() as writer:
                writer.delete(ARCHIVE[-1].id)
            right = {name: ask(engine) for name, ask in ASKED.items()}
    assert check(path, right, "whole") == 0
    arrays = {place for of in regions(path).values() for place in of}
    unnoticed = []
    for place in places_of(path):
        flip(path, place, place % 8)
        if not check(path, right, f"byte {place}") and place in arrays:
            unnoticed.append(place)
        flip(path, place, place % 8)
    names = {name for name, of in regions(path).items() if set(unnoticed) & set(of)}
    assert names <= {"pattern_uses", "digest"} | ({"averages"} if deleted else set())  # which only a writer reads
    assert check(path, right, "whole again") == 0


def test_a_segment_cut_short_names_the_file(index: tuple[Path, dict[str, object]]) -> None:
    path, right = index
    whole = path.read_bytes()
    for length in {*range(0, len(whole), 1 if EACH else 997), 1, 20, len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert check(path, right, f"cut at {length}") > 0
    path.write_bytes(whole + bytes(100))
    assert check(path, right, "longer") == 0


def test_a_segment_of_a_newer_version_is_outdated(
    index: tuple[Path, dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = index
    monkeypatch.setattr(storage, "VERSION", storage.VERSION - 1)
    with engine_on(path) as engine, pytest.raises(IndexOutdated, match=path.name):
        engine.search(request_of())
    with engine_on(path) as engine, pytest.raises(IndexOutdated):
        engine.writer()
    assert check(path, right, "newer") == len(ASKED)


def test_a_segment_of_another_size_is_not_the_one_that_the_commit_names(
    index: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    path, _ = index
    other = EmbeddedEngine(tmp_path / "other")
    with other.writer() as writer:
        writer.put(story("1"))
    other.close()
    (of_other,) = (tmp_path / "other").glob("*/*.arrays")
    path.write_bytes(of_other.read_bytes())
    with engine_on(path) as engine, pytest.raises(IndexDamaged, match="has 1 documents, its commit"):
        engine.search(request_of())


def test_a_writer_on_a_damaged_segment_goes_on_rightly_or_names_it(index: tuple[Path, dict[str, object]]) -> None:
    path, _ = index
    chance = random.Random(7)
    whole = {entry: entry.read_bytes() for entry in path.parent.iterdir()}
    wanted = sorted([*(a.id for a in (*ARCHIVE, *FLOOD)), "more"])
    refused = 0
    for name, region in regions(path).items():
        if not region:
            continue
        flip(path, chance.choice(region))
        with engine_on(path) as engine:
            try:
                with engine.writer() as writer:
                    writer.put(story("more", "Hail", "Hail fell on the bridge."))
                    writer.put(replace(FLOOD[0], headline="Another headline"))
            except (IndexDamaged, IndexOutdated) as error:
                check_told(error, path)
                refused += 1
                continue
            finally:
                if path.exists():
                    path.write_bytes(whole[path])
        with engine_on(path) as engine:
            assert sorted(ids(engine)) == wanted, name
            assert sorted(ids(engine, Term("hail"))) == ["more"]
        for entry in path.parent.iterdir():
            entry.unlink()
        for entry, content in whole.items():
            entry.write_bytes(content)
    assert refused > 3


def test_a_merge_of_a_damaged_segment_names_it_and_leaves_the_commit(
    open_engine: OpenEngine, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchsvc.engines.embedded.write.merge_policy.MAX_SEGMENTS", 100)
    for number, article in enumerate((*ARCHIVE, *FLOOD)):
        with open_engine().writer() as writer:
            writer.put(article)
            writer.put(story(f"more-{number}", "The bridge", "Another bridge over the Orl.", tags=("Orlby",)))
    before = ids(open_engine(), Term("bridge"))
    path = sorted(index_dir.glob("*/*.arrays"))[3]
    whole = {entry: entry.read_bytes() for entry in path.parent.iterdir()}
    monkeypatch.setattr("searchsvc.engines.embedded.write.merge_policy.MAX_SEGMENTS", 1)
    chance = random.Random(3)
    refused = set()
    for name, region in regions(path).items():
        if not region:
            continue
        flip(path, chance.choice(region))
        try:
            with open_engine().writer() as writer:
                writer.put(story("new"))
        except (IndexDamaged, IndexOutdated) as error:
            check_told(error, path)
            refused.add(name)
            assert set(path.parent.iterdir()) == set(whole), name
        path.write_bytes(whole[path])
        assert ids(open_engine(), Term("bridge")) == before, name
        for entry in set(path.parent.iterdir()) - set(whole):
            entry.unlink()
        for entry, content in whole.items():
            entry.write_bytes(content)
    assert {"postings", "positions", "articles", "pattern_keys", "pattern_uses", "digest", "lengths"} <= refused


@pytest.mark.parametrize("pattern", ["*/*.toc", "*/meta.json", "CURRENT"])
def test_a_flipped_bit_of_the_list_of_segments_gives_the_right_answer_or_an_error(
    index: tuple[Path, dict[str, object]], pattern: str
) -> None:
    segment, right = index
    (path,) = segment.parents[1].glob(pattern)
    size = path.stat().st_size
    for place in range(0, size, 1 if EACH else max(1, size // 40)):
        flip(path, place, place % 8)
        with engine_on(segment) as engine:
            for name in ("search " + str(QUERIES[0]), "export"):
                try:
                    assert ASKED[name](engine) == right[name], place
                except (IndexDamaged, IndexOutdated) as error:
                    check_told(error)
        flip(path, place, place % 8)
