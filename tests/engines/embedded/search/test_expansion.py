"""Words that a prefix or a fuzzy word stands for, against the words of all articles in plain Python."""

from collections import Counter

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search import expansion
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.expansion import Expander
from searchsvc.engines.expansion import limit_expansion
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.model.query import Fuzzy, Prefix
from searchsvc.model.result import Notice
from searchsvc.text.analyzer import tokenize
from searchsvc.text.matching import word_test

LEAVES = (Prefix("k"), Prefix("ta"), Prefix(""), Prefix("nowhere"), Fuzzy("kal", 1), Fuzzy("sam", 2))


def word_counts(engine: EmbeddedEngine, fields: tuple[str, ...]) -> Counter[str]:
    """The live articles with each word in any of these fields."""
    counts: Counter[str] = Counter()
    for article in engine.scan():
        counts.update(
            {
                token.word
                for field in TEXT_FIELDS
                if field.name in fields
                for text in field.values(article)
                for token in tokenize(text, article.language)
            }
        )
    return counts


@pytest.mark.parametrize("fields", [SEARCHED_FIELDS, ("headline",)])
def test_words_and_their_counts(engine: EmbeddedEngine, fields: tuple[str, ...]) -> None:
    counts = word_counts(engine, fields)
    with engine._snapshots.current() as snapshot:
        expander = Expander(snapshot, Deadline(60_000))
        for leaf in LEAVES:
            wanted = {word for word in counts if word_test(leaf)(word)} if leaf.text else set()
            assert set(expander.words(leaf, fields)) >= wanted
            assert {word for word in expander.words(leaf, fields) if expander.word_count(word, fields)} == wanted
            assert expander.words(leaf, fields) is expander.words(leaf, fields)
        for word in (*list(counts)[:20], "nowhere"):
            assert expander.word_count(word, fields) == counts[word]
        assert expander.notices == []


def test_the_most_frequent_are_searched_and_a_notice_says_so(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_most_four(leaf: Prefix | Fuzzy, counts: dict[str, int]) -> tuple[list[str], Notice | None]:
        return limit_expansion(leaf, counts, most=4)

    monkeypatch.setattr(expansion, "MAX_EXPANSION", 4)
    monkeypatch.setattr(expansion, "limit_expansion", at_most_four)
    counts = word_counts(engine, SEARCHED_FIELDS)
    with engine._snapshots.current() as snapshot:
        expander = Expander(snapshot, Deadline(60_000))
        wanted = sorted((word for word in counts if word.startswith("k")), key=lambda word: (-counts[word], word))
        assert expander.words(Prefix("k"), SEARCHED_FIELDS) == tuple(wanted[:4])
        assert [notice.message for notice in expander.notices] == [
            f"k* stands for {len(wanted)} words; the 4 most frequent were searched"
        ]
