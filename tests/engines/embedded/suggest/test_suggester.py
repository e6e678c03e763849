"""Completions and corrections are those of the memory engine, however few candidates each segment gives at first."""

import random
from collections.abc import Sequence

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.suggest import suggester
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.article import Article
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import story


def write_segments(engine: EmbeddedEngine, *segments: Sequence[Article]) -> None:
    """Write each of some lists of articles as a commit of its own."""
    for articles in segments:
        with engine.writer() as writer:
            for article in articles:
                writer.put(article)


WORDS = [a + b + c for a in ("str", "sta", "ste") for b in "aei" for c in ("", "r", "rs", "n1")]


def stories(seed: int, count: int) -> list[Article]:
    """Stories of few words and few headlines, so that many share them; every seventh with tags in two spellings."""
    chance = random.Random(seed)
    return [
        story(
            f"{number:03}",
            " ".join(chance.choices(WORDS[:5], k=2)),
            " ".join(chance.choices(WORDS, k=chance.randint(1, 9))),
            on=f"20{chance.randint(10, 15)}-0{chance.randint(1, 9)}-11",
            tags=("Star", "star")[: chance.randint(0, 2)] if number % 7 else ("STAR", "Ste Nar"),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("spare", [0, 20])
@pytest.mark.parametrize("deleted", [0, 40])
@pytest.mark.parametrize("segments", [1, 3])
def test_answers_are_those_of_the_memory_engine(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch, segments: int, deleted: int, spare: int
) -> None:
    monkeypatch.setattr(suggester, "SPARE", spare)
    articles = stories(segments, 90)
    engine = open_engine()
    write_segments(engine, *(articles[part::segments] for part in range(segments)))
    with engine.writer() as writer:
        for article in articles[:deleted]:
            writer.delete(article.id)
    plain = MemoryEngine(articles[deleted:])
    for limit in (1, 4, 50):
        for typed in ("s", "stra", "star st", "nar"):
            assert engine.suggest(typed, limit=limit) == plain.suggest(typed, limit=limit)
        for misspelt in ("star", "strar", "n1"):
            assert engine.spell(misspelt, limit=limit) == plain.spell(misspelt, limit=limit)


@pytest.mark.parametrize("limit", [0, -1])
def test_nothing_is_suggested_without_a_limit_or_typed_words(open_engine: OpenEngine, limit: int) -> None:
    engine = open_engine()
    write_segments(engine, stories(1, 5))
    assert not engine.suggest("st", limit=limit)
    assert not engine.spell("star", limit=limit)
    assert not engine.suggest(" - ")
    assert not engine.spell("1,000")


def test_a_frequent_headline_leaves_room_for_others(open_engine: OpenEngine) -> None:
    daily = [
        story(f"daily-{n:03}", "Morning briefing", on=f"2015-{n // 28 + 1:02}-{n % 28 + 1:02}") for n in range(120)
    ]
    others = [story(f"other-{n}", f"Morning {word}", on="2010-01-01") for n, word in enumerate(("fog", "rain", "sun"))]
    engine = open_engine()
    write_segments(engine, others[:2] + daily[:60], daily[60:] + others[2:])
    found = engine.suggest("morn", limit=6)
    assert found == MemoryEngine(daily + others).suggest("morn", limit=6)
    assert [each.count for each in found if each.kind == "headline"] == [120, 1, 1, 1]


def test_a_word_that_is_among_the_best_of_no_segment_may_be_the_best_of_all(open_engine: OpenEngine) -> None:
    engine = open_engine()
    live = []
    for part, letter in enumerate("abc"):
        others = [f"strap{letter}{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
        words = [("strait", 3), *((word, 4) for word in others)]
        articles = [story(f"{part}-{n}", "Sea", " ".join(word for word, times in words if n < times)) for n in range(4)]
        write_segments(engine, articles)
        with engine.writer() as writer:
            writer.delete(articles[3].id)
        live += articles[:3]
    assert engine.suggest("stra", limit=4) == MemoryEngine(live).suggest("stra", limit=4)
    assert engine.suggest("stra", limit=4)[0].text == "strait"
