"""Key terms from compiled tokens are those of the plain way, and what is left out is not among the best."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines import more_like_this
from searchsvc.engines.embedded.similar.candidates import telling_words
from searchsvc.engines.embedded.similar.key_terms import Telling
from searchsvc.engines.embedded.terms.term_dictionary import dictionary_of
from searchsvc.engines.more_like_this import is_telling, key_terms
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.text.analyzer import Form, tokenize
from tests.engines.embedded.conftest import OpenEngine, shown
from tests.engines.samples import story

WORDS = (
    "harbour",
    "harbours",
    "strike",
    "Paris",
    "US",
    "us",
    "U.S.",
    "1,000",
    "B52",
    "is",
    "été",
    "Ødegård",
    "国",
    "٣٤٥",
)


def texts(seed: int, count: int) -> list[Article]:
    """Stories of few words, so that many share some; of three languages, by turns."""
    found = []
    for number in range(count):
        chosen = [WORDS[(seed + number * 7 + place * place * (number % 5 + 1)) % len(WORDS)] for place in range(9)]
        found.append(
            story(
                f"{number:03}", " ".join(chosen[:3]), " ".join(chosen) + f" plain{'abcdefghij'[number % 10]} told",
                on=f"2015-{number % 12 + 1:02}-11", tags=(chosen[0],) if number % 3 else (),
                language=("en", "fr", "xx")[number % 3],
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("limit", [3, 30])
def test_key_terms_are_those_of_the_plain_way(
    limit: int, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(more_like_this, "KEY_TERMS", limit)
    articles = texts(3, 40)
    engine = open_engine()
    for part in (articles[:25], articles[25:]):
        with engine.writer() as writer:
            for article in part:
                writer.put(article)
    with engine.writer() as writer:
        writer.delete(articles[4].id)
    live = [article for article in articles if article.id != articles[4].id]
    counts: Counter[str] = Counter()
    for article in live:
        every = ("".join(field.values(article)) for field in TEXT_FIELDS)
        counts.update({token.stem for text in every for token in tokenize(text, article.language)})

    def frequencies(stems: Sequence[str]) -> list[int]:
        return [counts[stem] for stem in stems]

    telling = Telling()
    with engine._snapshots.current() as snapshot:
        for article in (*articles, story("new", "", ""), story("other", "Nothing there")):
            expected = key_terms(article, document_frequencies=frequencies, articles=len(live))
            assert telling.terms(snapshot, article).key_terms() == expected


def test_those_left_out_on_the_way_are_not_among_the_best(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine()
    articles = texts(5, 150)
    with engine.writer() as writer:
        for article in articles:
            writer.put(article)
    for article in articles[::10]:
        every = shown(engine.related(article, limit=1_000))  # so many that none is left out
        few = shown(engine.related(article, limit=5))
        assert few == {part: places[:5] for part, places in every.items()}
        in_french = shown(engine.related(article, limit=1_000, languages=("fr",)))
        assert in_french == {
            part: [place for place in places if int(place[0]) % 3 == 1] for part, places in every.items()
        }


_word = st.text(alphabet="abé1٣国", min_size=1, max_size=4)


@given(st.sets(st.tuples(_word, _word, st.booleans()), max_size=20))
def test_forms_are_telling_as_their_words_are(forms: set[Form]) -> None:
    dictionary, _, _ = dictionary_of(sorted(forms))
    expected = [is_telling(word, acronym) for word, _, acronym in dictionary.forms()]
    assert telling_words(dictionary).is_telling.astype(bool).tolist() == expected


@given(
    words=st.dictionaries(_word, st.integers(0, 3), max_size=20),
    typed=st.text("abé", max_size=2),
    most=st.integers(1, 5),
)
def test_the_most_frequent_words_are_those_of_sorting(words: dict[str, int], typed: str, most: int) -> None:
    dictionary, _, _ = dictionary_of([(word, word, False) for word in words])
    known = dictionary.words.texts()
    counts = np.array([words[word] for word in known], dtype=np.uint32)
    found, number = dictionary.most_frequent(typed, counts, most)
    begin_so = [word for word in known if word.startswith(typed)]
    ranked = sorted((word for word in begin_so if words[word]), key=lambda word: (-words[word], word))
    assert list(found.items()) == [(word, words[word]) for word in ranked[:most]]
    assert number == len(begin_so)
    assert TextColumn.of(known).texts() == dictionary.words_at(np.arange(len(known), dtype=np.uint32))
