"""A segment whose checksums are right and whose numbers are not is IndexDamaged, and never a crash.

`validate` calls the kernel `check_lists`. It has no plain twin: it must find what is spoilt in each array, and accept
segments as they are written.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from searchsvc.docvalues.storage import ArrayFile
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index import validation
from searchsvc.engines.embedded.index.validation import DTYPES, PAGED, is_remembered, note_path, validate
from searchsvc.errors import IndexDamaged
from searchsvc.model.article import ArticleId
from searchsvc.model.query import Term
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.index.test_damage import ASKED, check_told, engine_on
from tests.engines.embedded.spoiling import regions, replace_array
from tests.engines.samples import ARCHIVE, FLOOD, ids, request_of, story

Change = Callable[[bytes, np.dtype[np.generic], random.Random], bytes]


def _random(data: bytes, dtype: np.dtype[np.generic], chance: random.Random) -> bytes:
    return chance.randbytes(len(data))


def _permuted(data: bytes, dtype: np.dtype[np.generic], chance: random.Random) -> bytes:
    numbers = [data[at : at + dtype.itemsize] for at in range(0, len(data), dtype.itemsize)]
    chance.shuffle(numbers)
    return b"".join(numbers)


def _zeros(data: bytes, dtype: np.dtype[np.generic], chance: random.Random) -> bytes:
    return bytes(len(data))


def _ones(data: bytes, dtype: np.dtype[np.generic], chance: random.Random) -> bytes:
    return b"\xff" * len(data)


def _one_off(data: bytes, dtype: np.dtype[np.generic], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // dtype.itemsize) * dtype.itemsize
    changed = (int.from_bytes(data[at : at + dtype.itemsize], "little") + 1) % (1 << 8 * dtype.itemsize)
    return data[:at] + changed.to_bytes(dtype.itemsize, "little") + data[at + dtype.itemsize :]


CHANGES: dict[str, Change] = {
    "random": _random, "permuted": _permuted, "zeros": _zeros, "ones": _ones, "one off": _one_off,
}  # fmt: skip

# One number more or less, or texts with other letters, may mean something: then answers differ, and no more.
MAY_MEAN = {
    "permuted": {"positions", "words:letters", "stems:letters", "headline_words:letters"},
    "one off": {
        "form_acronyms",
        "positions",
        "postings",
        "words:letters",
        "stems:letters",
        "headline_words:letters",
        "id:letters",
    },
}  # fmt: skip


@pytest.fixture
def segment(open_engine: OpenEngine, index_dir: Path) -> Path:
    """The file of an index of one segment, of which one document is deleted."""
    engine = open_engine()
    with engine.writer() as writer:
        for article in (*ARCHIVE, *FLOOD):
            writer.put(article)
    with engine.writer() as writer:
        writer.delete(ARCHIVE[-1].id)
    (path,) = index_dir.glob("*/*.arrays")
    return path


def test_every_array_is_known(segment: Path) -> None:
    file = ArrayFile(segment)
    known = {*DTYPES, *(f"checksums:{name}" for name in PAGED)}
    assert known == set(file)
    assert set(PAGED) == set(file.pages)


@pytest.mark.parametrize("how", CHANGES)
def test_an_array_with_right_checksums_and_wrong_numbers_is_damage(segment: Path, how: str) -> None:
    whole = segment.read_bytes()
    chance = random.Random(how)
    file = ArrayFile(segment)
    dtypes = {name: file[name].dtype if name in file else np.dtype(np.uint8) for name in regions(segment)}
    untold = set()
    for name, region in regions(segment).items():
        data = whole[region.start : region.stop]
        changed = CHANGES[how](data, dtypes[name], chance) if name != "directory" and data else data
        if changed == data:
            continue
        replace_array(segment, name, changed)
        if not _is_told(segment):
            untold.add(name)
        segment.write_bytes(whole)
    facet_letters = {f"{name}" for name in untold if name.startswith("facet:") and name.endswith(":letters")}
    assert untold - facet_letters <= MAY_MEAN.get(how, set())


def _is_told(segment: Path) -> bool:
    """Whether the damage is named when the segment is opened; else every question has an answer or names it."""
    with engine_on(segment) as engine:
        try:
            engine.status()
        except IndexDamaged as error:
            check_told(error, segment)
            return True
        for ask in ASKED.values():
            with suppress(IndexDamaged):
                ask(engine)
    return False


def test_a_writer_remembers_that_it_validated_and_so_does_an_engine(
    segment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_remembered(ArrayFile(segment))
    note_path(segment).unlink()
    assert not is_remembered(ArrayFile(segment))
    with engine_on(segment) as engine:
        assert ids(engine)
    assert is_remembered(ArrayFile(segment))
    monkeypatch.setattr(validation, "VERSION", validation.VERSION + 1)
    assert not is_remembered(ArrayFile(segment))


def test_a_note_of_another_file_counts_for_nothing(segment: Path, tmp_path: Path) -> None:
    other = EmbeddedEngine(tmp_path / "other")
    with other.writer() as writer:
        writer.put(story("1"))
    other.close()
    (of_other,) = (tmp_path / "other").glob("*/*.valid")
    note_path(segment).write_bytes(of_other.read_bytes())
    assert not is_remembered(ArrayFile(segment))


def test_where_no_note_can_be_written_each_opening_validates(segment: Path) -> None:
    note_path(segment).unlink()
    note_path(segment).mkdir()
    with engine_on(segment) as engine:
        assert ids(engine)
    assert not is_remembered(ArrayFile(segment))


def test_segments_of_many_sizes_are_whole(open_engine: OpenEngine, index_dir: Path) -> None:
    engine = open_engine()
    for size in (1, 2, 127, 128, 129, 300):
        with engine.writer(fresh=True) as writer:
            for number in range(size):
                writer.put(
                    story(f"{number}", f"Rain {number}", "Rain fell. " * (number % 7), tags=("wet",) * (number % 2))
                )
        with engine.writer() as writer:
            writer.delete(ArticleId("0"))
        for path in index_dir.glob("*/*.arrays"):
            validate(ArrayFile(path))
        assert engine.search(request_of(Term("rain"))).total.value == size - 1


def test_a_merge_is_validated_too(open_engine: OpenEngine, index_dir: Path) -> None:
    engine = open_engine()
    for number in range(14):
        with engine.writer() as writer:
            writer.put(story(f"{number}", "Snow", f"Snow fell in town {number}."))
            if number:
                writer.delete(ArticleId(f"{number - 1}"))
    assert ids(engine) == ["13"]
    for path in index_dir.glob("*/*.arrays"):
        assert is_remembered(ArrayFile(path))
        validate(ArrayFile(path))
