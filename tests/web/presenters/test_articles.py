from dataclasses import replace

import pytest

from searchsvc.model.result import RelatedHit
from searchsvc.web.presenters.articles import citation, paragraphs, shared_label
from searchsvc.web.presenters.hits import facts, lead
from tests.web.archive import ARTICLES

STORY = ARTICLES[1]


def test_a_citation_names_who_what_where_and_when() -> None:
    assert citation(STORY, "https://a.example/articles/strike-01", "Port Ellis Archive") == (
        "Ben Okoro and Ana Lima. “Dockers enter week 2 of the harbour strike”. Evening Tide, 9 March 2015. "
        "Port Ellis Archive, https://a.example/articles/strike-01"
    )


@pytest.mark.parametrize(
    ("tags", "words", "label"),
    [
        ((), (), ""),
        (("Russia",), ("russia", "strikes"), "Russia and strikes"),
        ((), ("a", "b", "c", "d", "e", "f", "g"), "a, b, c, d, e and 2 more"),
    ],
)
def test_reasons_name_tags_first_and_nothing_twice(tags: tuple[str, ...], words: tuple[str, ...], label: str) -> None:
    assert shared_label(RelatedHit(article=STORY, score=1, shared_tags=tags, shared_words=words)) == label


def test_a_lead_ends_after_a_word() -> None:
    story = replace(STORY, summary="", body="word " * 100)
    assert lead(story).endswith("word …")
    assert len(lead(story)) <= 282
    assert lead(replace(story, body="x" * 1000)) == "x" * 280 + " …"
    assert lead(replace(story, body="Short.")) == "Short."


def test_paragraphs_are_what_blank_lines_part() -> None:
    assert paragraphs("One\nstill one\n\n\n\nTwo\n\n") == ("One\nstill one", "Two")


def test_facts_are_not_said_twice() -> None:
    assert facts(replace(STORY, publication="Reuters", section="World", agency="REUTERS")) == ("Reuters", "World")
