"""What is offered when little was found: a spelling, a near value, a way out."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from searchsvc.archive import time_limit
from searchsvc.archive.archive import Archive
from searchsvc.archive.search import Answer
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.model.request import ValueFilter
from searchsvc.settings import Settings
from tests.archive.samples import ARTICLES, ids, search

STORM = date(2013, 12, 5)  # the day of article 3
PUTIN = date(2015, 9, 28)  # the day of article 5


def test_filters_alone_that_find_nothing_lead_to_all_stories(archive: Archive) -> None:
    nobody = ValueFilter(field="section", values=("Horoscopes",))
    answer = search(archive, "", filters=(nobody,))
    assert [(way.message, way.keeps_filters, way.total) for way in answer.ways_out] == [
        ("All stories", False, archive.status().articles)
    ]


def test_a_misspelt_word_gets_a_suggestion_that_finds_something(archive: Archive) -> None:
    answer = search(archive, "Putn russia")
    assert answer.did_you_mean == "Putin russia"
    assert answer.missing_words == ("Putn",)


def test_a_word_beyond_help_is_left_out_of_the_suggestion(archive: Archive) -> None:
    assert search(archive, "putn xylophonist").did_you_mean == "putin"


def test_no_result_names_the_missing_word_and_offers_what_would_help(archive: Archive) -> None:
    answer = search(archive, "syria xylophonist", filters=(ValueFilter(field="section", values=("World",)),))
    assert answer.missing_words == ("xylophonist",)
    helpful = search(archive, '"russia" headline:xylophonist')
    assert helpful.result.total.value == 0
    assert all(way.total > 0 for way in helpful.ways_out)


def test_a_value_that_no_article_has_gets_the_near_one(archive: Archive) -> None:
    answer = search(archive, "storm section:Wether")
    assert [(way.text, way.total) for way in answer.ways_out] == [("storm section:Weather", 1)]


def offers(answer: Answer) -> list[tuple[str, int]]:
    return [(way.text, way.total) for way in answer.ways_out]


@pytest.mark.parametrize(
    ("typed", "day", "offered"),
    [
        ("Putn date:yesterday", PUTIN, ("Putin date:yesterday", 1)),
        ("Putn date:today..", PUTIN - timedelta(days=1), ("Putin date:today..", 1)),
        ("section:Wether date:yesterday", STORM, ("section:Weather date:yesterday", 1)),
        ('"storm" xylophonist date:yesterday', STORM, ('"storm" date:yesterday', 1)),
    ],
)
def test_relative_dates_of_what_is_offered_are_read_by_the_day_of_the_search(
    archive: Archive, typed: str, day: date, offered: tuple[str, int]
) -> None:
    on_the_next_day = search(archive, typed, today=day + timedelta(days=1))
    assert offered in offers(on_the_next_day)
    for text, total in offers(on_the_next_day):
        assert len(ids(search(archive, text, today=day + timedelta(days=1)))) == total
    years_later = search(archive, typed, today=day + timedelta(days=1000))
    assert offered[0] not in [text for text, _ in offers(years_later)]
    assert years_later.did_you_mean == ""


class SlowToCount(MemoryEngine):
    """Takes more than a second of the time that `now` tells to count the articles with a word."""

    now = 0.0

    def document_frequency(self, word: str) -> int:
        self.now += 1.5
        return super().document_frequency(word)


def test_help_that_comes_too_late_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SlowToCount(ARTICLES)
    monkeypatch.setattr(time_limit, "time", SimpleNamespace(monotonic=lambda: engine.now))
    for timeout_ms, offered in ((1000, ""), (2000, "putin")):
        answer = search(Archive(engine, Settings(timeout_ms=timeout_ms)), "putn")
        assert (answer.result.total.value, answer.did_you_mean) == (0, offered)
