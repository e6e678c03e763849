"""Distance: how many letters one word is off another.

Counts insertions, drops, changes and swaps of neighbours, no letter edited twice: the optimal string alignment
distance. Not for what is a good correction; that is the engines' to say.

>>> distance("putn", "putin"), distance("form", "from"), distance("cat", "horse", most=2)
(1, 1, 3)
"""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA


def distance(one: str, other: str, *, most: int | None = None) -> int:
    """Letters off; any distance beyond `most` is given as `most` + 1, which is sooner found."""
    return int(OSA.distance(one, other, score_cutoff=most))


def within(word: str, words: Iterable[str], most: int) -> list[tuple[str, int]]:
    """Those of `words` at most `most` letters off, each with its distance, in the order given.

    >>> within("putn", ["syria", "putin", "putt"], 1)
    [('putin', 1), ('putt', 1)]
    """
    choices = list(words)
    found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
    return [(choices[index], int(off)) for _, off, index in sorted(found, key=lambda match: match[2])]
