"""Completion and correction: which suggestions and spelling corrections are the best, the same for every engine.

Not for finding the candidates: each engine has its own dictionary.
"""

from collections.abc import Sequence

from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.analyzer import MAX_WORD, tokenize


def typed_words(text: str) -> str:
    """The folded words of a text, joined by spaces: the form in which typed text and suggestions are compared.

    >>> typed_words("  Bashar al-Ass")
    'bashar al ass'
    """
    if text.isascii() and text.isalpha():  # one word, as in most calls: ten times faster
        return text[:MAX_WORD].lower()
    return " ".join(token.word for token in tokenize(text, ""))


def has_word_prefix(words: str, typed: str) -> bool:
    """Whether `words` contains `typed` from the beginning of a word on (both as `typed_words` gives them).

    >>> [has_word_prefix("bashar al assad", typed) for typed in ("assa", "al as", "shar")]
    [True, True, False]
    """
    return bool(typed) and f" {typed}" in f" {words}"


def share_limit(
    limit: int, tags: Sequence[Suggestion], headlines: Sequence[Suggestion], words: Sequence[Suggestion]
) -> tuple[Suggestion, ...]:
    """At most `limit` suggestions: the kinds (each sorted, best first) take one place in turn; tags come first."""
    kinds = (tags, headlines, words)
    counts = [0] * len(kinds)
    while sum(counts) < limit and any(count < len(kind) for count, kind in zip(counts, kinds, strict=True)):
        for number, kind in enumerate(kinds):
            if sum(counts) < limit and counts[number] < len(kind):
                counts[number] += 1
    return tuple(suggestion for count, kind in zip(counts, kinds, strict=True) for suggestion in kind[:count])


def max_edits(word: str) -> int:
    """The greatest edit distance of a correction: 1 for words of up to four letters, 2 for longer ones."""
    return 1 if len(word) <= 4 else 2


def slip_rank(word: str, other: str, edits: int) -> tuple[int, int]:
    """Orders corrections by how likely `word` was typed for `other`, `edits` away: the smaller the likelier.

    First by edits; then words with the same first and last letter, since most typing slips are inside a word.

    >>> slip_rank("putn", "putin", 1) < slip_rank("putn", "put", 1)
    True
    """
    return edits, (other[:1] != word[:1]) * 2 + (other[-1:] != word[-1:])


def best_corrections(word: str, candidates: Sequence[tuple[str, int, int]], limit: int) -> tuple[Correction, ...]:
    """The best `limit` of candidates (word, edit distance, number of articles): by `slip_rank`, then by frequency.

    Candidates with other characters than letters, or in no article, are left out.
    """
    ranked = sorted(
        (slip_rank(word, other, edits), -count, other)
        for other, edits, count in candidates
        if other != word and count > 0 and other.isalpha()
    )
    return tuple(Correction(other, -count) for _, count, other in ranked[:limit])
