"""Where words and phrases stand is what `text.matching` says of each text."""

import numpy as np
import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.phrase import Occurrences
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.model.query import Phrase
from searchsvc.text.analyzer import query_words, tokenize
from searchsvc.text.matching import occurrences
from tests.engines.embedded.search.conftest import WORDS

A, B, C = WORDS[:3]


@pytest.mark.parametrize("fields", [SEARCHED_FIELDS, ("body",)])
@pytest.mark.parametrize("among", [1, 7])
@pytest.mark.parametrize(
    "phrase",
    [Phrase(f"{A} {B}"), Phrase(f"{B} {A} {B}"), Phrase(f"{A} {C}", 2), Phrase(f"{B} {B}", 1), Phrase("no one")],
)
def test_phrases_begin_where_matching_says(
    engine: EmbeddedEngine, phrase: Phrase, among: int, fields: tuple[str, ...]
) -> None:
    words = query_words(phrase.text, ("en",), exact=phrase.slop is None)
    with engine._snapshots.current() as snapshot:
        view = snapshot.views[1]
        chosen = np.arange(0, view.size, among, dtype=np.uint32)
        wanted = []
        for docid in chosen.tolist():
            article = view.segment.article(docid)
            for number, field in enumerate(TEXT_FIELDS):
                (text,) = field.values(article) or ("",)
                if field.name in fields:
                    tokens = tokenize(text, article.language)
                    wanted += [
                        docid << 35 | number << 32 | tokens[found.first].position
                        for found in occurrences(phrase, tokens)
                    ]
        found = Occurrences(view.segment, fields, lambda: None)
        given = None if among == 1 else chosen
        keys = (
            found.of_phrase(words, given) if phrase.slop is None else found.of_sloppy_phrase(words, phrase.slop, given)
        )
        assert keys.tolist() == sorted(wanted)


def test_a_word_stands_in_the_documents_asked_for(engine: EmbeddedEngine) -> None:
    (word,) = query_words(A, ("en",))
    with engine._snapshots.current() as snapshot:
        view = snapshot.views[1]
        found = Occurrences(view.segment, SEARCHED_FIELDS, lambda: None)
        everywhere = found.of_word(word, np.arange(view.size, dtype=np.uint32))
        some = np.arange(0, view.size, 3, dtype=np.uint32)
        assert found.of_word(word, some).tolist() == [key for key in everywhere.tolist() if not (key >> 35) % 3]
        assert len(everywhere) > view.size / 2


def test_time_is_asked_for_between_steps(engine: EmbeddedEngine) -> None:
    words = query_words(f"{A} {B}", ("en",), exact=True)
    asked = 0

    def check_time() -> None:
        nonlocal asked
        asked += 1

    with engine._snapshots.current() as snapshot:
        Occurrences(snapshot.views[1].segment, SEARCHED_FIELDS, check_time).of_phrase(words, None)
    assert asked >= 2 * len(words)
