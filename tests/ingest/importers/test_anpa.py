import time

import pytest

from searchsvc.ingest.importers.base import MAX_PAGE
from tests.ingest.importers.samples import drafts_of, sample


def iptc(top: str, text: str = "   It rained.", end: str = "041010 GMT Mar 06") -> bytes:
    return f"\x01eca062 4 i 211 dpa 061\r\n\r\nRain/\r\n\x02{top} =\r\n\r\n{text}\r\n\x03{end}\r\n\x04".encode("cp1252")


def test_a_message_of_anpa_1312_is_read() -> None:
    [draft], reasons = sample("lighthouse.tst")
    assert not reasons
    assert (draft.importer, draft.headline) == ("anpa", "Lighthouse shines again after nine years")
    assert (draft.byline, draft.agency, draft.section) == ("By NORA VALE, Meridian Press", "AP", "International")
    assert draft.body == (
        "PORT SABLE, France (AP) — After nine years, the lighthouse shines again.",
        "“We missed it,” said the harbor master.",
        "MON TUE WED THU",
        "Ships 3 5 8 1",
    )
    assert draft.date_texts[0].text == "04 Mar 06 10:10 GMT"


def test_messages_of_iptc_7901_are_read_one_by_one() -> None:
    [lighthouse, football], reasons = sample("messages-7901.txt")
    assert not reasons
    assert (lighthouse.headline, lighthouse.byline) == (
        "Lighthouse shines again after nine years",
        "By Nora Vale, dpa",
    )
    assert lighthouse.body == (
        "Port Sable (dpa) - After nine years, the lighthouse shines again.",
        '"We missed it," said the harbour master.',
    )
    assert (football.headline, football.section, football.position) == (
        "Harbour United lose again",
        "Sports",
        "message 2",
    )


@pytest.mark.parametrize(
    ("top", "headline", "byline"),
    [
        ("Rain", "Rain", ""),
        ("EXTRA\r\nRain", "Rain", ""),
        ("REFILE\r\n2ND LEAD\r\nRain\r\nBy Jane Doe, dpa", "Rain", "By Jane Doe, dpa"),
        ("A headline of\r\ntwo lines", "A headline of two lines", ""),
    ],
)
def test_headings_have_leads_and_bylines(top: str, headline: str, byline: str) -> None:
    [draft], _ = drafts_of(iptc(top))
    assert (draft.headline, draft.byline) == (headline, byline)


@pytest.mark.parametrize(
    ("end", "dates"),
    [
        ("131137 GMT Nov 13", ["13 Nov 13 11:37 GMT"]),
        ("071341 GMT Okt 15 ", ["07 Okt 15 13:41 GMT"]),
        ("211259 Nov 18", ["21 Nov 18"]),
        ("AP-WF-11-13-13 0745GMT<", ["13 Nov 13 07:45 GMT"]),
        ("AP-WF-31-12-13 0745GMT<", []),
        ("", []),
    ],
)
def test_the_end_says_when_it_was_sent(end: str, dates: list[str]) -> None:
    assert [each.text for each in drafts_of(iptc("Rain", end=end))[0][0].date_texts] == dates


def test_letters_of_windows_are_read_and_noted() -> None:
    [draft], _ = drafts_of(iptc("Café closes"))
    assert (draft.headline, draft.notes) == ("Café closes", ("not UTF-8: read as Windows-1252",))


def test_a_message_that_breaks_off_is_noted_and_one_without_a_text_rejected() -> None:
    [draft], _ = drafts_of(iptc("Rain").partition(b"\x03")[0])
    assert draft.notes == ("the message breaks off: no ETX",)
    drafts, reasons = drafts_of(iptc("Rain") + b"\x01eca063 4 s 96 dpa 062\r\n" + iptc("Snow"))
    assert [draft.headline for draft in drafts] == ["Rain", "Snow"]
    assert reasons == ["a wire message without a text: no STX"]


def test_a_message_that_is_too_large_costs_only_itself() -> None:
    drafts, reasons = drafts_of(iptc("Rain") + iptc("Long", "x" * MAX_PAGE) + iptc("Snow"))
    assert [draft.headline for draft in drafts] == ["Rain", "Snow"]
    assert reasons == ["larger than 8 MiB, too large for one article"]


@pytest.mark.parametrize("text", ["x\r\n" * 100_000, "=\r\n" * 100_000, "^" * 1_000_000, ";" * 1_000_000])
def test_time_grows_with_the_message_only(text: str) -> None:
    begun = time.monotonic()
    drafts_of(iptc("Rain", text))
    drafts_of(b"\x01W0042\x1fmeri\r\na i\x13\x11 BC-X 03-04 0120\r\n\x02^BC-X<\r\n^Rain<\r\n" + text.encode())
    assert time.monotonic() - begun < 10
