"""Related stories do not depend on segments, and copies are found however low they score."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.article import Article
from searchsvc.text.fingerprints import simhash
from tests.engines.embedded.conftest import OpenEngine, shown
from tests.engines.embedded.similar.samples import random_stories
from tests.engines.samples import story


def write_segments(engine: EmbeddedEngine, articles: Sequence[Article], segments: int) -> None:
    """Write every so-manieth article as a commit of its own."""
    for part in range(segments):
        with engine.writer() as writer:
            for article in articles[part::segments]:
                writer.put(article)


def test_parts_are_merged_over_segments(tmp_path: Path) -> None:
    articles = random_stories(6, 120)
    one, four = EmbeddedEngine(tmp_path / "one"), EmbeddedEngine(tmp_path / "four")
    write_segments(one, articles, 1)
    write_segments(four, articles, 4)
    for article in (*articles[:10], story("new", articles[0].headline, articles[20].body)):
        found, expected = shown(four.related(article, limit=3)), shown(one.related(article, limit=3))
        for part, hits in expected.items():
            assert [id for id, _ in found[part]] == [id for id, _ in hits]
            assert [score for _, score in found[part]] == pytest.approx([score for _, score in hits])
    one.close()
    four.close()


TEXT = (
    "The ferry Skua ran aground off Mern at dawn with ninety people on board. Boats from the harbour took them off. "
    "Nobody was hurt, said the harbour master, Olaf Brink, and divers will look at the hull of the Skua on Friday."
)


def test_a_copy_is_found_however_low_it_scores(open_engine: OpenEngine) -> None:
    given = replace(story("given", "Ferry Skua aground off Mern", TEXT, on="2015-09-30"), fingerprint=simhash(TEXT))
    copy = replace(story("copy", "Boats save ninety", TEXT, on="1965-01-01"), fingerprint=simhash(TEXT))
    backwards = " ".join(reversed(TEXT.split()))
    better = [story(f"{n:03}", "Skua aground off Mern", f"{backwards} Day {n}.", on="2015-09-01") for n in range(60)]
    engine = open_engine()
    write_segments(engine, [*better, copy, given], 2)
    related = engine.related(given, limit=1)
    assert [hit.article.id for hit in related.copies] == ["copy"]
    assert [hit.article.id for hit in related.before] == ["000"]
    assert related.after == related.angles == ()  # not even itself


def test_an_article_without_words_has_no_related_ones_but_by_tags(open_engine: OpenEngine) -> None:
    engine = open_engine()
    write_segments(engine, [story("one", "Rain in Kent", tags=("Weather",)), story("two", "Snow in Kent")], 1)
    assert shown(engine.related(story("new", "")))["angles"] == []
    assert [id for id, _ in shown(engine.related(story("new", "", tags=("weather",))))["angles"]] == ["one"]
