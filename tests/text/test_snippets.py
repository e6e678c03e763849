"""Snippets show what matched, in whole words."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchsvc.model.article import Article, ArticleId
from searchsvc.model.query import And, Fuzzy, MatchAll, Not, Or, Phrase, Prefix, Query, Term, Value
from searchsvc.model.result import Fragment, Snippet
from searchsvc.text.matching import WordLeaf
from searchsvc.text.snippets import SEEN, highlighted, lead, snippet, snippets_of

FILLER = "The council met again on Monday and nothing of note was said by anyone there. "
LONG = (
    FILLER * 5
    + "Planes struck Homs. The air strikes in Syria began at dawn. "
    + FILLER * 5
    + "Syria denied it. "
    + FILLER
)


def marked(fragment: Fragment) -> list[str]:
    return [fragment.text[a:b] for a, b in fragment.highlights]


def all_marked(shown: Snippet) -> list[str]:
    return [text for fragment in shown.fragments for text in marked(fragment)]


@pytest.mark.parametrize(
    ("leaves", "marks"),
    [
        ((Term("strike"),), ["striking", "strikes"]),  # as printed, not the stem
        ((Term("strikes", exact=True),), ["strikes"]),
        ((Phrase("air strikes"),), ["air strikes"]),  # the run, not its scattered words
        ((Phrase("state of the union"),), []),
        ((Phrase("miners air", slop=2),), ["miners heard air"]),
        ((Term("al-Assad"),), ["al-Assad"]),
        ((Term("cafe"),), ["Café"]),
        ((Term("US", acronym=True),), ["U.S.", "us"]),
        ((Prefix("str"),), ["striking", "strikes"]),
        ((Fuzzy("heerd", 1),), ["heard"]),
        ((Term("air"), Phrase("air strikes")), ["air strikes", "air"]),  # overlapping marks are one
        ((), []),
    ],
)
def test_highlights_are_on_what_matched(leaves: tuple[WordLeaf, ...], marks: list[str]) -> None:
    text = "The striking miners heard air strikes from the Café of al-Assad; the U.S. told us that the air was clear."
    fragment = highlighted(text, "en", leaves)
    assert fragment.text == text
    assert marked(fragment) == marks


def test_the_best_passage_has_most_of_the_leaves() -> None:
    shown = snippet(LONG, "en", (Term("syria"), Term("strikes")), fragments=1)
    (fragment,) = shown.fragments
    assert marked(fragment) == ["strikes", "Syria"]
    assert "The air strikes in Syria began at dawn." in fragment.text


def test_passages_are_in_the_order_of_the_text_and_begin_with_sentences() -> None:
    shown = snippet(LONG, "en", (Phrase("Syria denied"), Term("homs")))
    first, second = shown.fragments
    assert (marked(first), marked(second)) == (["Homs"], ["Syria denied"])
    assert first.text[0].isupper()
    assert second.text[0].isupper()


def test_a_second_passage_shows_what_the_first_does_not() -> None:
    text = "Syria and strikes. " + FILLER * 4 + "Syria and strikes. " + FILLER * 4 + "Only Homs. " + FILLER * 4
    shown = snippet(text, "en", (Term("syria"), Term("strikes"), Term("homs")))
    assert all_marked(shown) == ["Syria", "strikes", "Homs"]


def test_without_a_match_the_lead_is_shown() -> None:
    shown = snippet(LONG, "en", (Term("nowhere"),))
    assert shown == lead(LONG)
    (fragment,) = shown.fragments
    assert fragment == Fragment((FILLER * 2).strip())


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("", 20, []),
        (" \n ", 20, []),
        ("Short.", 20, ["Short."]),
        ("One sentence here. And another one that is longer.", 30, ["One sentence here."]),
        ("One long sentence that does not end before the width does.", 30, ["One long sentence that does"]),
        ("Two\n\nparagraphs  here", 40, ["Two paragraphs here"]),
        ("Mr. Jones went to the U.S. embassy. He came back.", 40, ["Mr. Jones went to the U.S. embassy."]),
        ("Unendingwordwithoutanyspaceatall" * 3, 20, ["Unendingwordwithouta"]),
    ],
)
def test_the_lead_is_whole_sentences_or_words(text: str, width: int, shown: list[str]) -> None:
    assert [fragment.text for fragment in lead(text, width).fragments] == shown


def test_only_the_first_part_of_a_very_long_text_is_looked_at() -> None:
    text = FILLER * (SEEN // len(FILLER) + 2) + "Syria."
    assert all_marked(snippet(text, "en", (Term("syria"),))) == []


def test_a_text_without_spaces_is_cut_between_its_characters() -> None:
    text = "天气很好" * 100 + "国会开会" + "天气很好" * 100
    (fragment,) = snippet(text, "zh", (Term("国会"),), width=40).fragments
    assert marked(fragment) == ["国会"]
    assert 10 <= len(fragment.text) <= 60


ARTICLE = Article(
    id=ArticleId("1"),
    headline="Russia launches air strikes in Syria",
    kicker="Moscow ready to talk",
    summary="The first strikes since spring.",
    body=LONG,
    tags=("Syria",),
)


@pytest.mark.parametrize(
    ("query", "marks"),
    [
        (MatchAll(), {"headline": [], "kicker": [], "body": []}),
        (Term("moscow"), {"headline": [], "kicker": ["Moscow"], "body": []}),
        (Term("spring"), {"headline": [], "kicker": [], "summary": ["spring"], "body": []}),
        (Term("syria", "headline"), {"headline": ["Syria"], "kicker": [], "body": []}),
        (Value("tag", "Syria"), {"headline": [], "kicker": [], "body": []}),
        (Term("syria", "tag"), {"headline": [], "kicker": [], "body": []}),
        (And((Term("homs"), Not(Term("syria")))), {"headline": [], "kicker": [], "body": ["Homs"]}),
        (Or((Term("russia"), Term("homs"))), {"headline": ["Russia"], "kicker": [], "body": ["Homs"]}),
    ],
)
def test_an_article_shows_what_matched_in_each_field(query: Query, marks: dict[str, list[str]]) -> None:
    shown = snippets_of(ARTICLE, query)
    assert {name: all_marked(of_field) for name, of_field in shown.items()} == marks
    assert shown["headline"].fragments[0].text == ARTICLE.headline


def test_fields_that_are_not_searched_are_not_marked() -> None:
    shown = snippets_of(ARTICLE, Term("syria"), query_fields=("headline",))
    assert all_marked(shown["headline"]) == ["Syria"]
    assert all_marked(shown["body"]) == []


def test_an_article_of_nothing_has_a_headline() -> None:
    assert snippets_of(Article(id=ArticleId("1"), headline="", body=" "), Term("x")) == {
        "headline": Snippet((Fragment(""),))
    }


WORDS = ("strike", "strikes", "air", "the", "Syria", "Mr.", "end.", "End!", "«quoted»", "国会", "a" * 70)
GAPS = (" ", "  ", "\n\n", " – ", "\t")
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=120).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
some_leaves = st.lists(
    st.sampled_from(
        (Term("strike"), Term("syria"), Phrase("air strikes"), Phrase("air the", slop=4), Prefix("a"), Term("国会"))
    ),
    max_size=3,
    unique=True,
).map(tuple)


# A run of words cut in the white space before its last one.
@example(text="the strike strikes  air ", leaves=(Phrase("air the", slop=4),), fragments=1, width=10)
@given(text=texts, leaves=some_leaves, fragments=st.integers(1, 3), width=st.integers(10, 200))
def test_fragments_are_runs_of_the_text_in_order_with_spans_in_place(
    text: str, leaves: tuple[WordLeaf, ...], fragments: int, width: int
) -> None:
    shown = snippet(text, "en", leaves, fragments=fragments, width=width)
    plain = " ".join(text.split())
    whole = {text[a:b] for a, b in highlighted(text, "en", leaves).highlights}
    assert len(shown.fragments) <= fragments
    assert bool(shown.fragments) == bool(plain)
    place = 0
    for fragment in shown.fragments:
        assert fragment.text
        assert len(fragment.text) <= 3 * width + 80  # a word may be longer than the width
        place = plain.index(fragment.text, place) + len(fragment.text)
        for a, b in fragment.highlights:
            assert 0 <= a < b <= len(fragment.text)
            assert not fragment.text[a].isspace()
            assert not fragment.text[b - 1].isspace()
        assert all(one[1] <= two[0] for one, two in pairwise(fragment.highlights))
    if whole and all(len(run) <= width for run in whole):
        assert all_marked(shown)
