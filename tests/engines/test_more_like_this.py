"""Key terms are the distinctive stems of the greatest weight; related stories are grouped by date, copies apart."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from searchsvc.engines.more_like_this import Candidate, KeyTerm, is_copy, key_terms, partition
from searchsvc.model.article import Article
from searchsvc.model.result import Related
from searchsvc.text.analyzer import tokenize
from searchsvc.text.fingerprints import simhash
from tests.engines.samples import story

TEXT = (
    "The ferry Skua ran aground off Mern at dawn with ninety people on board. Boats from the harbour took them off. "
    "Nobody was hurt, said the harbour master, Olaf Brink, and divers will look at the hull of the Skua on Friday."
)
GIVEN = story("given", "Ferry Skua aground off Mern", TEXT, on="2015-09-30", tags=("Ferries", "Mern"))
COMMON = {"the": 900, "at": 800, "was": 700, "said": 600, "with": 500, "from": 500, "and": 900, "them": 300, "off": 400}


def terms_of(article: Article, limit: int = 60) -> dict[str, KeyTerm]:
    terms = key_terms(
        article,
        document_frequencies=lambda stems: [COMMON.get(stem, 3) for stem in stems],
        articles=1_000,
        limit=limit,
    )
    return {term.stem: term for term in terms}


def related(
    article: Article, *others: Article, limit: int = 5, scores: Sequence[float] = (), loaded: list[str] | None = None
) -> Related:
    """The related stories among others; `loaded` collects the ids of those that are loaded."""
    terms = list(terms_of(article).values())
    candidates = []
    for other, score in zip(others, scores or [1.0] * len(others), strict=True):
        texts = (other.headline, "\n".join(other.tags), other.body)
        tokens = [token for text in texts for token in tokenize(text, other.language)]
        stems, words = {token.stem for token in tokens}, {token.word for token in tokens}

        def load(other: Article = other) -> Article:
            if loaded is not None:
                loaded.append(other.id)
            return other

        candidates.append(
            Candidate(
                id=other.id,
                similarity=score,
                shared=sum(
                    1 << number for number, term in enumerate(terms) if term.stem in stems or words & {*term.words}
                ),
                tags=other.tags,
                day=other.published_on.toordinal() if other.published_on else None,
                fingerprint=other.fingerprint,
                words=len(tokenize(other.body)),
                load=load,
            )
        )
    return partition(article, candidates, limit=limit, key_terms=terms)


def test_the_heaviest_key_terms_come_first() -> None:
    terms = terms_of(GIVEN)
    weights = [term.weight for term in terms.values()]
    assert set(list(terms)[:4]) == {"ferri", "skua", "aground", "mern"}
    assert weights == sorted(weights, reverse=True)
    assert terms["skua"].weight > terms["olaf"].weight
    assert not {"the", "was", "said"} & set(terms)
    assert terms["ferri"].words == ("ferry", "ferries")
    assert terms["ferri"].printed == "Ferry"
    assert list(terms_of(GIVEN, limit=3)) == list(terms)[:3]


def test_numbers_and_short_words_are_no_key_terms_but_acronyms_are() -> None:
    terms = terms_of(story("1", "US and EU at odds", "In 2015 it was 1,000 to 3 in an F16 by us."))
    assert "us" in terms
    assert "eu" in terms
    assert not {"at", "in", "it", "to", "an", "by", "2015", "1000", "3", "f16"} & set(terms)


def test_stories_are_grouped_by_the_days_between() -> None:
    days = ("2015-09-01", "2015-09-27", "2015-09-28", "2015-10-02", "2015-10-03", "2016-01-01", "")
    others = [story(day or "undated", "The Skua off Mern", f"A ferry aground: {day}.", on=day) for day in days]
    found = related(GIVEN, *others)
    assert [hit.article.id for hit in found.before] == ["2015-09-27", "2015-09-01"]
    assert [hit.article.id for hit in found.angles] == ["undated", "2015-09-28", "2015-10-02"]
    assert [hit.article.id for hit in found.after] == ["2015-10-03", "2016-01-01"]
    assert [hit.days for hit in found.angles] == [None, -2, 2]


def test_no_part_has_more_than_asked() -> None:
    others = [story(str(n), "Skua ferry off Mern", f"Day {n}.", on=f"2014-09-{n:02}") for n in range(1, 20)]
    assert len(related(GIVEN, *others, limit=3).before) == 3


def test_a_higher_score_comes_first_and_equal_ones_by_id() -> None:
    others = [story(id, "Skua ferry off Mern", on="2015-09-30") for id in ("b", "c", "a")]
    found = related(GIVEN, *others, scores=(1.0, 2.0, 1.0))
    assert [hit.article.id for hit in found.angles] == ["c", "a", "b"]


def test_a_story_says_what_it_shares() -> None:
    other = story("other", "The SKUA is afloat", "A diver at Mern went down.", on="2015-10-20", tags=("MERN", "Sea"))
    (hit,) = related(GIVEN, other).after
    assert set(hit.shared_words) == {"Skua", "Mern", "divers"}  # as printed here
    assert hit.shared_tags == ("Mern",)
    assert hit.days == 20


def test_a_story_that_shares_no_key_term_is_left_out() -> None:
    small_words = story("small", "And the rest was said", "From them at the with.", on="2015-09-30")
    nothing = story("nothing", "MemoryBudget", "Taxes rise.", on="2015-09-30")
    found = related(GIVEN, small_words, nothing, GIVEN, scores=(100, 100, 100))
    assert found == Related()


def test_copies_are_listed_apart_whatever_their_headline_or_date() -> None:
    copy = story("copy", "Boats save ninety", TEXT, on="2015-10-30")
    cut = story("cut", "Ferry aground", TEXT[: len(TEXT) * 2 // 3], on="2015-09-30")
    found = related(GIVEN, copy, cut)
    assert {hit.article.id for hit in found.copies} == {"copy", "cut"}
    assert found.angles == found.after == ()


def test_of_copies_of_another_story_one_is_shown() -> None:
    text = (
        "The Skua was towed into Mern on Tuesday, where divers found a hole in her hull as long as a man is tall. " * 2
    )
    others = [
        story(paper, f"Skua towed, says the {paper}", text, on="2015-10-06") for paper in ("herald", "post", "sun")
    ]
    assert [hit.article.id for hit in related(GIVEN, *others).after] == ["herald"]


def test_only_what_is_shown_or_may_be_a_copy_is_loaded() -> None:
    given = replace(GIVEN, fingerprint=simhash(TEXT))
    rng = random.Random(1)
    others = [
        replace(story(f"{n:02}", "Skua ferry off Mern", f"Day {n}.", on="2015-10-30"), fingerprint=rng.getrandbits(64))
        for n in range(1, 31)
    ]
    copy = replace(story("copy", "Ferry Skua", TEXT, on="2001-01-01"), fingerprint=simhash(TEXT))
    loaded: list[str] = []
    found = related(given, *others, copy, limit=2, scores=[*range(100, 70, -1), 0.1], loaded=loaded)
    assert [hit.article.id for hit in found.copies] == ["copy"]
    assert [hit.article.id for hit in found.after] == loaded[1:] == ["01", "02"]


@pytest.mark.parametrize(
    ("one", "other", "copies"),
    [
        (TEXT, TEXT, True),
        (TEXT, TEXT.upper().replace(",", ""), True),
        (TEXT, "MERN - " + TEXT + " The line has run since 1950.", True),
        (TEXT, "The ferry Skua sank off Mern in a storm, and the harbour was shut for a week after it.", False),
        (TEXT, "", False),
        ("", "", False),
        ("No change.", "No change.", True),
        (
            "No change today.",
            "No change today. The price of wheat was the same.",
            False,
        ),  # a standard phrase, not a copy
    ],
)
def test_copies_are_recognised_by_their_text(one: str, other: str, copies: bool) -> None:
    first, second = story("1", body=one), story("2", body=other)
    assert is_copy(first, second) is is_copy(second, first) is copies
    printed = [replace(article, fingerprint=simhash(article.body)) for article in (first, second)]
    assert is_copy(*printed) is copies
