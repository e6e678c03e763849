from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.ingest.draft import Draft, Rejection
from searchsvc.ingest.finishing import finish
from searchsvc.ingest.importers.base import ReadOptions, Source
from searchsvc.ingest.importers.text_dump import MAX_LINES, TextDumpImporter
from searchsvc.model.article import Article

SAMPLES = Path(__file__).parent.parent.parent / "data" / "ingest"
SEED = Path(__file__).parents[4] / "shared" / "data" / "seed" / "000_4822abd678f4bd66.txt"


def article_of(content: bytes) -> Article:
    [draft] = TextDumpImporter().read(Source.from_bytes("a.txt", content), ReadOptions())
    assert isinstance(draft, Draft), draft
    article = finish(draft, today=date(2024, 6, 1))
    assert isinstance(article, Article), article
    return article


def sample(name: str) -> Article:
    return article_of((SAMPLES / name).read_bytes())


def test_a_saved_page_becomes_its_story() -> None:
    article = sample("saved-page.txt")
    assert article.headline == "Storm tears roof from market hall in Port Elm"
    assert article.kicker == "HARBOUR 'READY TO REOPEN'"
    assert article.place == "PORT ELM"
    assert (article.published_on, article.date_source) == (date(2011, 3, 14), "dateline")
    assert article.provenance.saved_on == date(2024, 5, 6)
    assert article.agency == "Reuters"
    assert article.tags == ("Storm", "Port Elm", "ferries", "Market Hall")
    assert article.section == "National News"
    paragraphs = article.body.split("\n\n")
    assert len(paragraphs) == 4
    assert paragraphs[0].startswith("The storm that crossed")
    assert paragraphs[-1].endswith("as it is meant to, he said.")
    assert "»" not in article.body


@pytest.mark.shared_data
@pytest.mark.skipif(not SEED.exists(), reason="no page to start from beside the checkout")
def test_the_first_page_becomes_its_story() -> None:
    article = article_of(SEED.read_bytes())
    assert article.headline == "Russia launches air strikes against IS in Syria"
    assert article.kicker == "MOSCOW 'READY TO LIAISE WITH US'"
    assert article.place == "UNITED NATION"
    assert (article.published_on, article.date_source) == (date(2015, 9, 30), "dateline")
    assert article.provenance.saved_on == date(2024, 3, 19)
    assert article.agency == "Reuters"
    assert article.tags == ("Putin", "Russia", "attack", "Islamic State")
    assert article.section == "International News"
    paragraphs = article.body.split("\n\n")
    assert len(paragraphs) == 20
    assert paragraphs[0].startswith("Russia said it launched")
    assert paragraphs[-1].endswith("Lavrov said.")
    assert not {"»", "calendarCalendar of Events", "Ads"} & set(paragraphs)


def test_menus_boxes_and_comments_are_left_out() -> None:
    article = sample("menus-and-comments.txt")
    assert article.headline == "Council votes to keep the night buses"
    assert article.summary == "Only two members spoke against the plan"
    assert article.authors == ("Jonas Feld", "Mira Okafor")
    assert article.published_on == date(2018, 11, 9)  # not of the update
    assert article.section == "Politics"
    assert article.publication == "The Weir Observer"
    assert article.tags == ("Buses", "Town council", "Night work")
    paragraphs = article.body.split("\n\n")
    assert [paragraph.split()[0] for paragraph in paragraphs] == ["The", "The", '"A', "The"]
    assert "parking in the centre, which rise" in paragraphs[-1]


def test_wrapped_lines_are_joined() -> None:
    article = sample("wrapped.txt")
    assert article.headline == "Drained lake gives back a bell"
    assert article.byline == "By Ruth Aldous"
    assert article.published_on == date(1998, 6, 12)
    assert [paragraph[:16] for paragraph in article.body.split("\n\n")] == [
        "The bell of a ch", "Divers had looke", "The bell weighs ",
    ]  # fmt: skip


def test_a_date_over_the_masthead_alone_leaves_the_article_undated() -> None:
    article = article_of(
        b"Friday 3 May 2024\n\nThe ferry sails again\n\nThe ferry to the islands sails again from today, the harbour "
        b"master said.\n\nIt had lain at the quay since the autumn with a broken shaft.\n"
    )
    assert article.published_on is None
    assert article.provenance.saved_on == date(2024, 5, 3)


def test_a_page_without_prose_keeps_its_lines() -> None:
    article = article_of(b"Results of the regatta\n\nEights\n\n1 Weir 6:02\n2 Port Elm 6:05\n3 Ghent 6:11\n")
    assert article.headline == "Results of the regatta"
    assert "Port Elm 6:05" in article.body


@pytest.mark.parametrize("content", [b"\n\n", "» » »\n—\n".encode(), b"* * *"])
def test_a_page_without_words_is_a_rejection(content: bytes) -> None:
    [rejection] = TextDumpImporter().read(Source.from_bytes("a.txt", content), ReadOptions())
    assert rejection == Rejection(reason="no words in the file", source="a.txt")


def test_a_page_of_too_many_lines_is_a_rejection() -> None:
    [rejection] = TextDumpImporter().read(Source.from_bytes("a.txt", b"a\n" * (MAX_LINES + 2)), ReadOptions())
    assert isinstance(rejection, Rejection)


@given(
    st.lists(st.text(max_size=80) | st.sampled_from(["Tags: a | b |", "By Ada Quill", "4 May 2021", "Comments", "©"]))
)
def test_any_page_gives_a_draft_or_a_rejection(lines: list[str]) -> None:
    content = "\n".join(lines).encode("utf-8", "replace")
    for seen in TextDumpImporter().read(Source.from_bytes("a.txt", content), ReadOptions()):
        assert isinstance(seen, Draft | Rejection)
