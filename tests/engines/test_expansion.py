"""A prefix or fuzzy word is searched as its most frequent words, and says so when some are dropped."""

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.expansion import MAX_EXPANSION, limit_expansion
from searchsvc.model.query import Fuzzy, Prefix
from searchsvc.model.result import NoticeKind


@given(counts=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 3)), most=st.integers(1, 8))
def test_the_most_frequent_words_are_kept_and_ties_are_alphabetical(counts: dict[str, int], most: int) -> None:
    kept, notice = limit_expansion(Prefix("a"), counts, most=most)
    if len(counts) <= most:
        assert (set(kept), notice) == (set(counts), None)
        return
    assert [(-counts[word], word) for word in kept] == sorted((-count, word) for word, count in counts.items())[:most]
    assert notice is not None
    assert notice.kind is NoticeKind.LIMIT


def test_the_notice_names_what_was_typed() -> None:
    counts = {f"w{number}": 1 for number in range(MAX_EXPANSION + 1)}
    for leaf, typed in ((Prefix("w"), "w*"), (Fuzzy("w", 1), "w~")):
        _, notice = limit_expansion(leaf, counts)
        assert notice is not None
        assert notice.message.startswith(f"{typed} stands for 1,025 words; the 1,024 most frequent")
