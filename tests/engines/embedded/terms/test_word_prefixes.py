"""Texts found by what a word of them begins with are those of a plain look, and completions do not run short."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import TextColumn
from searchsvc.engines.completion import has_word_prefix
from searchsvc.engines.embedded.terms.word_prefixes import WordPrefixes
from searchsvc.engines.memory.engine import MemoryEngine
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import story

_word = st.text(alphabet="abé国", min_size=1, max_size=6)
_texts = st.lists(_word, max_size=5).map(" ".join)


@given(texts=st.lists(_texts, max_size=30), typed=_texts.filter(bool), marked=st.booleans(), data=st.data())
def test_found_are_the_texts_of_which_a_word_begins_so(
    texts: list[str], typed: str, marked: bool, data: st.DataObject
) -> None:
    beginnings = WordPrefixes.of(TextColumn.of("\n" * marked + text for text in texts))
    assert beginnings.having(typed) == [row for row, text in enumerate(texts) if has_word_prefix(text, typed)]
    flags = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    for live in (np.array([], dtype=np.bool_), np.array(flags, dtype=np.bool_)):
        living = [row for row in range(len(texts)) if not len(live) or live[row]]
        assert beginnings.count(typed, live) == sum(texts[row] == typed for row in living)
        ranks = np.arange(len(texts), dtype=np.uint32)
        keys = np.array([row % 3 for row in range(len(texts))], dtype=np.float64)
        for first in (True, False):
            wanted = {
                row for row in living if has_word_prefix(texts[row], typed) and texts[row].startswith(typed) == first
            }
            every = list(beginnings.latest(typed, live, keys, ranks, 1_000, first=first))
            assert {row for _, row in every} == wanted
            some = list(beginnings.latest(typed, live, keys, ranks, 3, first=first))
            assert sorted(some) == sorted(every)[:3]


def test_a_headline_of_a_hundred_days_leaves_room_for_others(open_engine: OpenEngine) -> None:
    daily = [
        story(f"daily-{n:03}", "Morning briefing", on=f"2015-{n // 28 + 1:02}-{n % 28 + 1:02}") for n in range(120)
    ]
    others = [story(f"other-{n}", f"Morning {word}", on="2010-01-01") for n, word in enumerate(("fog", "rain", "sun"))]
    engine = open_engine()
    for part in (others[:2] + daily[:60], daily[60:] + others[2:]):
        with engine.writer() as writer:
            for article in part:
                writer.put(article)
    shown = engine.suggest("morn", limit=6)
    assert shown == MemoryEngine(daily + others).suggest("morn", limit=6)
    assert [each.count for each in shown if each.kind == "headline"] == [120, 1, 1, 1]


def test_a_word_that_leads_in_no_segment_may_lead_in_all(open_engine: OpenEngine) -> None:
    engine = open_engine()
    plain = []
    with_words = [("strait", 3), *((f"strap{'abcdefghijkl'[n // 10]}{'abcdefghij'[n % 10]}", 4) for n in range(100))]
    for part in range(3):
        words = (
            with_words
            if part == 0
            else [("strait", 3), *((word[:-2] + f"{'xyz'[part]}" + word[-2:], 4) for word, _ in with_words[1:])]
        )
        articles = [story(f"{part}-{n}", "Sea", " ".join(word for word, times in words if n < times)) for n in range(4)]
        plain += articles
        with engine.writer() as writer:
            for article in articles:
                writer.put(article)
        with engine.writer() as writer:
            writer.delete(articles[3].id)
        plain.pop()
    assert engine.suggest("stra", limit=4) == MemoryEngine(plain).suggest("stra", limit=4)
    assert engine.suggest("stra", limit=4)[0].text == "strait"
