import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.cleaning import strip_markup, tidy_line, tidy_paragraphs, without_signs


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  two \t words \n", "two words"),
        ("no\u00a0break and\u3000wide", "no break and wide"),
        ("a\x00b\x07c", "abc"),
        ("zero\u200bwidth\ufeff and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("re\u202eversed\u202c", "reversed"),
        ("cafe\u0301", "café"),
        ("It\x92s \x93so\x94", "It’s “so”"),  # Windows quotes read as Latin-1
        ("half \ud83d pair", "half \ufffd pair"),
        ("\u200c\u200c \u200d", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian spells with it
        ("CafÃ© stays", "CafÃ© stays"),  # not ours to guess
        ("", ""),
    ],
)
def test_a_line_is_tidy(text: str, tidy: str) -> None:
    assert tidy_line(text) == tidy


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One.\n\n\n\nTwo.", ["One.", "Two."]),
        ("wrapped\nlines\n\nhere", ["wrapped lines", "here"]),
        ("One.\r\n\r\nTwo.\r\nThree.", ["One.", "Two. Three."]),
        ("One.\n \t\u00a0\nTwo.", ["One.", "Two."]),
        ("Bring:\n- a rope\n- a lamp", ["Bring:", "- a rope", "- a lamp"]),
        ("1. first\n2. second", ["1. first", "2. second"]),
        ("x" * 200 + "\nshort", ["x" * 200, "short"]),  # too long to have been wrapped
        ("\n\n  \n", []),
    ],
)
def test_paragraphs_are_tidy(text: str, paragraphs: list[str]) -> None:
    assert tidy_paragraphs(text) == "\n\n".join(paragraphs)


@given(st.text())
def test_tidy_text_is_tidy_already(text: str) -> None:
    line, paragraphs = tidy_line(text), tidy_paragraphs(text)
    assert tidy_line(line) == line
    assert tidy_paragraphs(paragraphs) == paragraphs
    assert "\n" not in line
    assert "\n\n\n" not in paragraphs
    assert unicodedata.is_normalized("NFC", line)
    line.encode("utf-8")
    paragraphs.encode("utf-8")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a b c"),
        ("<b>bold</b> and <a href='x' title=\"a > b\">link</a>", "bold and link"),
        ("R&amp;D, R&D, AT&T", "R&D, R&D, AT&T"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("press <Enter> or <3", "press <Enter> or <3"),
        ("&lt;p&gt;twice&lt;/p&gt;", "twice"),
        ("<p>&lt;p&gt; is a tag&lt;/p&gt;</p>", "<p> is a tag</p>"),
        ("x<script>if (a<b) {}</script>y<style>p{}</style>z", "x y z"),
        ("x<!-- no <b>comment</b> -->y", "xy"),
        ("<![CDATA[ one & two ]]>", "one & two"),
        ("an <o:p>odd</o:p> one", "an odd one"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("&#8217;&#x2019;&rsquo;&#146;", "’’’’"),
        ("&nosuchthing; &#99999999;", "&nosuchthing; &#99999999;"),
        ("plain", "plain"),
        ("<!DOCTYPE html><html><body>text", "text"),
        ("unclosed <b", "unclosed <b"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert tidy_paragraphs(strip_markup(markup)) == text


@given(st.text(alphabet="<>/&;!-[]CDATApbscript \"'=a\n"))
def test_no_markup_is_too_odd(text: str) -> None:
    strip_markup(text)


@given(st.text(alphabet=st.characters(exclude_characters="<&")))
def test_text_without_markup_is_left_alone(text: str) -> None:
    assert strip_markup(text) == text


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<script>", "<", "&", '<a "', "<a '\"", "<![CDATA[", "</script ", "<p", "&#1", '<a b="c ']
)
def test_hostile_markup_takes_time_in_proportion(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.perf_counter()
    strip_markup(text)
    assert time.perf_counter() - began < 3  # quadratic would be minutes


def test_hostile_text_takes_time_in_proportion() -> None:
    began = time.perf_counter()
    for text in ("\n" * 10**6, " " * 10**6, "a\n" * 300_000, "\u0301" * 10**5, "\x00" * 10**6, "- \n" * 300_000):
        tidy_line(text)
        tidy_paragraphs(text)
    assert time.perf_counter() - began < 10


@given(st.text(alphabet=st.sampled_from("ab  \n\n\t\xa0\u2028\u200bé\u0301’“\x85")))
def test_printable_text_is_tidied_as_any_other(text: str) -> None:
    """A control character at the end, which goes, sends the same text the long way."""
    assert tidy_paragraphs(text) == tidy_paragraphs(f"{text}\x00")
    assert tidy_line(text) == tidy_line(f"{text}\x00")


@given(st.text(alphabet=st.sampled_from("ab1_ é’“”‘–—…\xa0\n")))
def test_the_words_are_the_same_without_typographic_signs(text: str) -> None:
    for words in (r"[^\W_]+", r"[^\W\d_]+"):
        assert re.findall(words, without_signs(text)) == re.findall(words, text)
