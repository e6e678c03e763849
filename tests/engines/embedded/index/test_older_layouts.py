"""An index that an earlier release made is named as outdated, and rebuild makes it anew with nothing lost.

`tests/data/engines/layout-4` was made by release 0.1.0: three articles, of which one is withdrawn.
"""

import shutil
from datetime import date
from pathlib import Path

import pytest

from searchsvc.archive.archive import open_archive
from searchsvc.archive.operations import rebuild
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import IndexOutdated
from searchsvc.model.query import Term
from searchsvc.settings import Settings
from tests.engines.samples import ids, request_of

LAYOUT_4 = Path(__file__).parents[3] / "data" / "engines" / "layout-4"


@pytest.fixture
def old_index(tmp_path: Path) -> Path:
    shutil.copytree(LAYOUT_4, tmp_path / "index")
    return tmp_path / "index"


def test_an_index_of_an_earlier_layout_is_outdated_for_readers_and_writers(old_index: Path) -> None:
    engine = EmbeddedEngine(old_index)
    with pytest.raises(IndexOutdated) as caught:
        engine.search(request_of(Term("bridge")))
    assert "searchsvc rebuild" in caught.value.hint
    with pytest.raises(IndexOutdated):
        engine.writer()
    engine.close()


def test_rebuild_brings_it_over_with_nothing_lost(old_index: Path) -> None:
    archive = open_archive(Settings(index_dir=old_index))
    before = {str(article.id): article for article in archive.engine.scan()}
    assert sorted(before) == ["story-0", "story-2"]
    assert before["story-0"].published_on == date(2015, 9, 28)
    assert before["story-2"].headline == "Märkte ruhig"
    assert rebuild(archive) == 2
    assert {str(article.id): article for article in archive.engine.scan()} == before
    assert ids(archive.engine, Term("bridge")) == ["story-0"]
    archive.close()
