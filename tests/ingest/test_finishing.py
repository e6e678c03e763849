from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.ingest.draft import DateText, Draft, Rejection, Withdrawal
from searchsvc.ingest.finishing import MAX_BODY, MAX_HEADLINE, MAX_TAGS, finish
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.fields import value_key
from searchsvc.model.versions import Version

TODAY = date(2024, 3, 19)


def finished(draft: Draft, **options: str) -> Article:
    article = finish(draft, today=TODAY, **options)  # type: ignore[arg-type]
    assert isinstance(article, Article), article
    return article


def test_a_draft_becomes_an_article() -> None:
    article = finished(
        Draft(
            headline="  Storm tears\nroof off ",
            kicker="HARBOUR",
            body=("PORT ELM (Reuters) - It blew.", "Nobody was\nhurt, she said.-Reuters"),
            byline="By Ada Quill",
            tags=("Storm", " storm ", "Port Elm | ferries |", ""),
            date_texts=(DateText("30 Sept 2015", "dateline"),),
            saved_text="Tuesday 19 March 2024",
            language="en-GB",
            importer="text",
            source="a.txt",
        )
    )
    assert article.headline == "Storm tears roof off"
    assert article.body == "PORT ELM (Reuters) - It blew.\n\nNobody was hurt, she said."
    assert (article.place, article.agency, article.authors) == ("PORT ELM", "Reuters", ("Ada Quill",))
    assert article.tags == ("Storm", "Port Elm", "ferries")
    assert (article.published_on, article.date_precision) == (date(2015, 9, 30), DatePrecision.DAY)
    assert article.date_source == "dateline"
    assert article.provenance.saved_on == TODAY
    assert article.language == "en"
    assert article.fingerprint


@pytest.mark.parametrize(
    ("texts", "published_on", "notes"),
    [
        (["2015-09-30"], date(2015, 9, 30), 0),
        (["0001-01-01T00:00:00Z", "2015-09-30"], date(2015, 9, 30), 1),
        (["2050-01-01"], None, 1),
        (["0001-01-01T00:00:00Z"], None, 1),
        (["soon", "31/02/1998"], None, 2),
        (["soon", "2015"], date(2015, 1, 1), 0),
        (["", "  "], None, 0),
        (["x" * 100_000], None, 1),
        ([], None, 0),
    ],
)
def test_the_first_plausible_date_counts(texts: list[str], published_on: date | None, notes: int) -> None:
    article = finished(Draft(headline="Rain", date_texts=tuple(DateText(text, "record") for text in texts)))
    assert article.published_on == published_on
    assert len(article.provenance.notes) == notes
    assert all(len(note) < 120 for note in article.provenance.notes)
    assert article.date_source == ("record" if published_on else "")


def test_the_day_of_saving_is_never_the_day_of_publication() -> None:
    article = finished(Draft(headline="Rain", saved_text="2024-03-01"))
    assert article.published_on is None
    assert article.provenance.saved_on == date(2024, 3, 1)


def test_an_instant_stays_aware() -> None:
    article = finished(Draft(headline="Rain", date_texts=(DateText("2015-09-30T23:30:00-05:00", "record"),)))
    assert article.published_on == date(2015, 9, 30)
    assert article.published_at == datetime(2015, 10, 1, 4, 30, tzinfo=UTC)
    assert article.published_at is not None
    assert article.published_at.utcoffset() == timedelta(hours=-5)


def test_days_come_first_where_the_reader_says_so() -> None:
    draft = Draft(headline="Rain", date_texts=(DateText("03/04/2015", "record"),))
    first, second = finish(draft, today=TODAY), finish(draft, today=TODAY, day_first=True)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.published_on, second.published_on) == (date(2015, 3, 4), date(2015, 4, 3))


def test_without_a_headline_the_text_stands_in() -> None:
    article = finished(Draft(body=("It rained " + "and rained " * 50,)))
    assert article.headline.startswith("It rained and")
    assert len(article.headline) <= 120
    assert article.headline.endswith("…")
    assert article.provenance.notes


@pytest.mark.parametrize("draft", [Draft(), Draft(headline=" \x00\u200b"), Draft(body=("\n", " "))])
def test_without_headline_and_text_there_is_no_article(draft: Draft) -> None:
    rejection = finish(draft, today=TODAY)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "no headline and no text"


@pytest.mark.parametrize("length", [MAX_BODY + 1, 5_000_000])
def test_a_text_beyond_the_limit_is_rejected(length: int) -> None:
    rejection = finish(Draft(headline="Long", body=("x " * (length // 2 + 1),)), today=TODAY)
    assert isinstance(rejection, Rejection)
    assert "2,000,000" in rejection.reason


def test_long_headlines_and_many_tags_are_cut_with_a_note() -> None:
    article = finished(Draft(headline="word " * 1000, tags=tuple(f"tag {i}" for i in range(500))))
    assert len(article.headline) <= MAX_HEADLINE
    assert len(article.tags) == MAX_TAGS
    assert len(article.provenance.notes) == 2


@pytest.mark.parametrize(
    ("given", "language"),
    [("en-US", "en"), ("English", "en"), ("FR", "fr"), ("fr_CA", "fr"), ("deu", "de"), ("nb", "no"), ("pt-BR", "pt"),
     ("", "en"), ("klingon of the north", "en"), ("x" * 10_000, "en")],
)  # fmt: skip
def test_a_language_has_one_code(given: str, language: str) -> None:
    assert finished(Draft(headline="Rain", language=given)).language == language


def test_a_text_tells_its_language_and_a_short_one_takes_the_default() -> None:
    body = ("Le port restera fermé jusqu'à ce que le vent tourne, a déclaré lundi soir le capitaine.",)
    assert finished(Draft(headline="Tempête", body=body)).language == "fr"
    assert finished(Draft(headline="Pluie"), default_language="fr").language == "fr"


def test_ids_come_from_the_source_then_the_url_then_the_text() -> None:
    assert finished(Draft(headline="Rain", id=" a/1 ", url="https://x.example/1")).id == "a/1"
    by_url = finished(Draft(headline="Rain", url="https://x.example/1"))
    assert by_url.id == finished(Draft(headline="Other", url="https://x.example/1")).id
    by_text = finished(Draft(headline="Rain", body=("It rained.",)))
    assert len(by_text.id) == 16
    assert by_text.id != finished(Draft(headline="Rain", body=("It poured.",))).id
    assert len(finished(Draft(headline="Rain", id="x" * 201)).id) == 16
    assert finished(Draft(headline="Rain", id="a\x00\nb")).id == "a b"


def test_an_agency_in_the_byline_is_no_author() -> None:
    article = finished(Draft(headline="Rain", byline="Weir Wire", agency="Weir Wire"))
    assert article.authors == ()


def test_a_source_name_is_for_those_that_name_none() -> None:
    assert finished(Draft(headline="Rain"), source_name="Weir Observer").publication == "Weir Observer"
    assert finished(Draft(headline="Rain", publication="Echo"), source_name="Weir Observer").publication == "Echo"


@given(
    st.builds(
        Draft,
        headline=st.text(), kicker=st.text(), summary=st.text(), body=st.lists(st.text(), max_size=4).map(tuple),
        byline=st.text(), tags=st.lists(st.text(), max_size=5).map(tuple), language=st.text(max_size=12),
        url=st.text(), id=st.text(), place=st.text(), saved_text=st.text(),
        date_texts=st.lists(st.builds(DateText, st.text(), st.just("record")), max_size=3).map(tuple),
    )
)  # fmt: skip
def test_any_draft_becomes_an_article_or_a_rejection(draft: Draft) -> None:
    result = finish(draft, today=TODAY)
    if isinstance(result, Article):
        assert Article.from_json(result.to_json()) == result
        assert result.headline.strip()
        assert result.id
        assert all(tag.strip() for tag in result.tags)
        assert len({value_key(tag) for tag in result.tags}) == len(result.tags)
        assert result == finish(draft, today=TODAY)


@pytest.mark.parametrize(
    ("revision", "revised", "version", "notes"),
    [
        ("", "", Version(), 0),
        ("3", "", Version(3), 0),
        (" 3.0 ", "", Version(3), 0),
        ("Version 12", "", Version(12), 0),
        ("20240319120000", "", Version(20240319120000), 0),
        ("1.2", "", Version(), 1),
        ("first", "", Version(), 1),
        ("9" * 30, "", Version(), 1),
        ("", "2015-09-30T14:05:00+02:00", Version(0, datetime(2015, 9, 30, 12, 5, tzinfo=UTC)), 0),
        ("2", "30 Sept 2015", Version(2, datetime(2015, 9, 30, tzinfo=UTC)), 0),
        ("", "September 2015", Version(), 1),
        ("", "2050-01-01T00:00:00Z", Version(), 1),
        ("", "soon", Version(), 1),
    ],
)
def test_the_version_is_read_as_far_as_it_can_be_believed(
    revision: str, revised: str, version: Version, notes: int
) -> None:
    article = finished(Draft(headline="Rain", body=("It rained.",), revision=revision, revised_text=revised))
    assert article.version == version
    assert len(article.provenance.notes) == notes


def test_a_draft_that_is_taken_back_is_a_withdrawal() -> None:
    taken = Draft(id=" a1 ", withdrawn=True, revision="4", source="a.xml", position="line 2")
    assert finish(taken, today=TODAY) == Withdrawal(
        id=ArticleId("a1"), version=Version(4), source="a.xml", position="line 2"
    )


def test_an_article_is_taken_back_by_the_address_that_named_it() -> None:
    article = finished(Draft(headline="Rain", url="https://echo.example/1"))
    taken = finish(Draft(url="https://echo.example/1", withdrawn=True), today=TODAY)
    assert isinstance(taken, Withdrawal)
    assert taken.id == article.id


def test_a_withdrawal_of_nobody_knows_what_is_rejected() -> None:
    taken = finish(Draft(headline="Rain", withdrawn=True, source="a.xml"), today=TODAY)
    assert isinstance(taken, Rejection)
    assert "neither by id nor by address" in taken.reason
