"""Agreement: before anything is timed, every engine must have found the same.

Totals must be equal, and where facets are counted their largest values, where months or years are, all of them; in an
order by date, the dates of the hits. Every hit must be there as an article.
Scores may differ: each engine has its own. A question on which engines differ, because they cut or stem a word
differently, is left out for all of them and counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.base import Answer, Asked, Kind, Peer
from benchmarks.queries import QueryClass

MOST_LEFT_OUT = 0.2  # of a class; beyond, the questions are too loose and must be made anew

# What has no set of articles that engines could agree on: each has its own corrections, and its own likeness.
_FREE = frozenset({Kind.CORRECT, Kind.ALIKE})


@dataclass(frozen=True, slots=True)
class Checked:
    """A class with the questions that all agree on, and what was said about the others."""

    of_class: QueryClass
    differences: tuple[str, ...]  # one line for each question left out

    @property
    def is_strict_enough(self) -> bool:
        asked = len(self.of_class.asked) + len(self.differences)
        return len(self.differences) <= MOST_LEFT_OUT * asked


def check(of_class: QueryClass, peers: Mapping[str, Peer]) -> Checked:
    """Ask every engine every question of a class once."""
    kept: list[Asked] = []
    differences: list[str] = []
    for asked in of_class.asked:
        answers = {key: peer.answer(asked) for key, peer in peers.items() if asked.kind in peer.kinds}
        difference = differing(asked, answers)
        if difference:
            differences.append(difference)
        else:
            kept.append(asked)
    return Checked(QueryClass(of_class.name, tuple(kept), of_class.pages), tuple(differences))


def differing(asked: Asked, answers: Mapping[str, Answer]) -> str:
    """What the answers differ in, in words; "" when they agree."""
    if asked.kind in _FREE or not answers:
        return ""
    name = f"{asked.kind.value} {' '.join(asked.words)!r}"
    totals = {key: answer.total for key, answer in answers.items()}
    if len(set(totals.values())) > 1:
        return f"{name}: totals {_by_engine(totals)}"
    for key, answer in answers.items():
        expected = min(asked.hits, answer.total)
        if len(answer.keys) != expected:
            return f"{name}: {key} gives {len(answer.keys)} hits of {expected}"
        if len(answer.articles) != expected:
            return f"{name}: {key} loads {len(answer.articles)} articles of {expected}"
        if asked.snippets and len(answer.snippets) != expected:
            return f"{name}: {key} gives {len(answer.snippets)} snippets of {expected}"
    if asked.newest and len({tuple(answer.keys) for answer in answers.values()}) > 1:
        return f"{name}: the newest hits differ"
    for facet in asked.facets:
        counted = {key: largest(answer.facets[facet]) for key, answer in answers.items()}
        if len(set(counted.values())) > 1:
            return f"{name}: counts of {facet} differ"
    if asked.bars and len({frozenset(answer.bars.items()) for answer in answers.values()}) > 1:
        return f"{name}: counts by {asked.bars} differ"
    return ""


def largest(counts: Mapping[str, int]) -> tuple[tuple[int, ...], frozenset[tuple[str, int]]]:
    """The counts, and which values have those above the least: of values that tie for the last places any may be given.

    >>> largest({"a": 3, "b": 1}) == largest({"a": 3, "c": 1})
    True
    """
    least = min(counts.values(), default=0)
    return (
        tuple(sorted(counts.values(), reverse=True)),
        frozenset((value, count) for value, count in counts.items() if count > least),
    )


def _by_engine(totals: Mapping[str, int]) -> str:
    return ", ".join(f"{key} {total:,}" for key, total in totals.items())
