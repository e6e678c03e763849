import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.ingest.credits import agency_name, dateline, names, without_credit


@pytest.mark.parametrize(
    ("text", "place", "date_text", "agency"),
    [
        ("UNITED NATION, September 30, 2015", "UNITED NATION", "September 30, 2015", ""),
        ("GENEVA (Reuters) - The talks resumed.", "GENEVA", "", "Reuters"),
        ("PARIS, July 4 (AFP) — The talks resumed.", "PARIS", "July 4", "AFP"),
        ("ANCHORAGE, Alaska (Reuters) - A fine was offered.", "ANCHORAGE, Alaska", "", "Reuters"),
        ("WASHINGTON (AP) -- The talks resumed.", "WASHINGTON", "", "AP"),
        ("Port Elm, Nova Scotia (AP) — The ferry sails.", "Port Elm, Nova Scotia", "", "AP"),
        ("LONDON/PARIS (Reuters) - The talks resumed.", "LONDON/PARIS", "", "Reuters"),
        ("PUTRAJAYA, Nov 22 — The ministry said so.", "PUTRAJAYA", "Nov 22", ""),
        ("PORT ELM — The ferry sails.", "PORT ELM", "", ""),
        ("GHENT, 4 May 2021", "GHENT", "4 May 2021", ""),
        ("SÃO PAULO (Weir Wire) - The talks resumed.", "SÃO PAULO", "", "Weir Wire"),
        ("(Reuters) - The talks resumed.", "", "", "Reuters"),
    ],
)
def test_a_dateline_is_taken_apart(text: str, place: str, date_text: str, agency: str) -> None:
    found = dateline(text)
    assert found is not None
    assert (found.place, found.date_text, found.agency) == (place, date_text, agency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The talks resumed on July 4, 2014.",
        "He said (again) - and meant it.",
        "A bus (the 42) - the last - came.",
        "lower case, July 4, 2015",
        "September 30, 2015",
    ],
)
def test_other_beginnings_are_no_dateline(text: str) -> None:
    assert dateline(text) is None


@pytest.mark.parametrize(
    ("text", "rest", "agency"),
    [
        ('"We will," she said.-Reuters', '"We will," she said.', "Reuters"),
        ("It rained. (AFP)", "It rained.", "AFP"),
        ("It rained. — AP", "It rained.", "AP"),
        ("It rained – Reuters", "It rained", "Reuters"),
        ("It rained.–REUTERS", "It rained.", "Reuters"),
        ("Reuters", "", "Reuters"),
        ("(AP)", "", "AP"),
        ("It rained.-Weir Press", "It rained.", "Weir Press"),
        ("It rained. - Weir Wire", "It rained.", "Weir Wire"),
        ("It rained. (AFP/Reuters)", "It rained.", "AFP"),
        ("So says Reuters.", "So says Reuters.", ""),
        ("a Russian official told Reuters.", "a Russian official told Reuters.", ""),
        ('"Never again." - Ada Quill', '"Never again." - Ada Quill', ""),  # who is quoted
        ("He works for the PA", "He works for the PA", ""),
        ("", "", ""),
    ],
)
def test_a_credit_leaves_the_sentence(text: str, rest: str, agency: str) -> None:
    assert without_credit(text) == (rest, agency)


@pytest.mark.parametrize(
    ("byline", "people"),
    [
        ("By Jane Doe and John Roe, Staff Writer", ("Jane Doe", "John Roe")),
        ("JANE DOE", ("Jane Doe",)),
        ("By Ada Quill in Port Elm; Jonas Feld", ("Ada Quill", "Jonas Feld")),
        ("Par Étienne Saint-Clair", ("Étienne Saint-Clair",)),
        ("Von Jürgen Groß und Eva Maria Klein", ("Jürgen Groß", "Eva Maria Klein")),
        ("Written by Mary O'Neill | Published 9 May", ("Mary O'Neill",)),
        ("by Tomas Lindqvist (tomas@paper.example)", ("Tomas Lindqvist",)),
        ("By Reuters", ()),
        ("By Weir Observer staff", ()),
        ("", ()),
        ("By ", ()),
    ],
)
def test_people_are_read_from_a_byline(byline: str, people: tuple[str, ...]) -> None:
    assert names(byline) == people


def test_one_agency_has_one_name() -> None:
    assert {agency_name(text) for text in ("AP", "(AP)", "The Associated Press", "associated press")} == {"AP"}
    assert agency_name("Port Elm") == ""


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    dateline(text)
    names(text)
    rest, agency = without_credit(text)
    assert text.startswith(rest)
    assert agency or rest == text
