"""Completing: which completions and corrections are the best, the same for every engine.

Not for finding candidates: an engine has its own dictionary.
"""

from collections.abc import Sequence

from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.analyzer import MAX_WORD, tokenize


def typed_words(text: str) -> str:
    """The folded words of a text, a space between: what a typed beginning is compared by.

    >>> typed_words("  Bashar al-Ass")
    'bashar al ass'
    """
    if text.isascii() and text.isalpha():  # one word, as it is mostly: in a tenth of the time
        return text[:MAX_WORD].lower()
    return " ".join(token.word for token in tokenize(text, ""))


def has_word_prefix(words: str, typed: str) -> bool:
    """Whether `typed` stands at the beginning of one of `words` (both by `typed_words`).

    >>> [has_word_prefix("bashar al assad", typed) for typed in ("assa", "al as", "shar")]
    [True, True, False]
    """
    return bool(typed) and f" {typed}" in f" {words}"


def share_limit(
    limit: int, tags: Sequence[Suggestion], headlines: Sequence[Suggestion], words: Sequence[Suggestion]
) -> tuple[Suggestion, ...]:
    """At most `limit` in all, each kind (best first) given a place in turn while it has any; tags are shown first."""
    kinds = (tags, headlines, words)
    places = [0] * len(kinds)
    while sum(places) < limit and any(place < len(kind) for place, kind in zip(places, kinds, strict=True)):
        for number, kind in enumerate(kinds):
            if sum(places) < limit and places[number] < len(kind):
                places[number] += 1
    return tuple(suggestion for place, kind in zip(places, kinds, strict=True) for suggestion in kind[:place])


def max_edits(word: str) -> int:
    """How far a correction of a word may be off: 1 for up to four letters, 2 for longer ones."""
    return 1 if len(word) <= 4 else 2


def slip_rank(word: str, other: str, off: int) -> tuple[int, int]:
    """How unlikely it is that `word` was typed for `other`, `off` letters away: less is likelier.

    Nearer ones first; among those, words with another first or last letter come later, for slips are mostly within.

    >>> slip_rank("putn", "putin", 1) < slip_rank("putn", "put", 1)
    True
    """
    return off, (other[:1] != word[:1]) * 2 + (other[-1:] != word[-1:])


def best_corrections(word: str, candidates: Sequence[tuple[str, int, int]], limit: int) -> tuple[Correction, ...]:
    """The most promising of words, each with its distance and number of articles; words of letters alone.

    The likeliest slips first (`slip_rank`), then the more frequent words.
    """
    ranked = sorted(
        (slip_rank(word, other, off), -count, other)
        for other, off, count in candidates
        if other != word and count > 0 and other.isalpha()
    )
    return tuple(Correction(other, -count) for _, count, other in ranked[:limit])
