"""Correcting: the typed text with some of its words spelt otherwise, for "did you mean".

Not for finding the better words: an engine does, from what the archive holds.

>>> replace_words('Putn "air strikes" -SYRA', {(0, 4): "putin", (20, 24): "syria"})
'Putin "air strikes" -SYRIA'
"""

from collections.abc import Mapping

from searchsvc.model.query import Span


def replace_words(text: str, corrections: Mapping[Span, str]) -> str:
    """`text` with each span replaced; a word all in capitals, or with a capital first, keeps them.

    Of two spans that overlap the first counts, of two that begin together the longer.
    """
    pieces: list[str] = []
    at = 0
    for (start, end), word in sorted(corrections.items(), key=lambda item: (item[0][0], -item[0][1])):
        if at <= start < end <= len(text):
            pieces += [text[at:start], _in_the_case_of(text[start:end], word)]
            at = end
    return "".join(pieces) + text[at:]


def _in_the_case_of(typed: str, word: str) -> str:
    if len(typed) > 1 and typed.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word
