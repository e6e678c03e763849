"""The merge policy: which segments of a build are merged, after a commit and when a build is done.

Many segments make searches slow, and merging large ones makes commits slow. So segments of similar size are merged, by
tiers of sizes (O'Neil et al., "The log-structured merge-tree", 1996; Lucene's LogMergePolicy), and none grows beyond
MERGED_ARTICLES. A segment is given by its number in the list of them.

Not for merging (`merger`).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

MAX_SEGMENTS = 10  # besides those of more than half of MERGED_ARTICLES
MERGED_ARTICLES = 500_000  # no merge makes a segment of more

_TIER_FACTOR = 4  # from the smallest to the largest segment of a tier
_LOWEST_TIER = 250  # articles; all smaller segments are of one tier


class SegmentSize(NamedTuple):
    """How many documents a segment has: those that are live, and all."""

    live: int
    all: int


def find_merges(sizes: Sequence[SegmentSize]) -> list[list[int]]:
    """Groups of segments, each to be merged into one, so that about MAX_SEGMENTS are left.

    The smallest ones are merged, whole tiers at a time. A segment of which more than half is deleted and that is not
    merged with others is a group of its own, so that it is rewritten; one without live documents is dropped so.

    >>> find_merges([SegmentSize(50_000, 50_000)] + [SegmentSize(10, 10)] * 10)
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
    >>> find_merges([SegmentSize(50_000, 50_000), SegmentSize(0, 10), SegmentSize(3, 9)])
    [[1], [2]]
    """
    groups = [group for group in _fill(_excess(sizes), sizes) if len(group) > 1]
    merged = {number for group in groups for number in group}
    sparse = (number for number, size in enumerate(sizes) if size.live * 2 < size.all)
    return groups + [[number] for number in sparse if number not in merged]


def find_full_merges(sizes: Sequence[SegmentSize]) -> list[list[int]]:
    """Groups of segments to merge so that as few as possible are left, without deleted documents: of a finished build.

    >>> sizes = [(300_000, 300_000), (100, 100), (300_000, 400_000), (0, 7)]
    >>> find_full_merges([SegmentSize(*size) for size in sizes])
    [[0, 1, 3], [2]]
    """
    groups = _fill(range(len(sizes)), sizes)
    return [group for group in groups if len(group) > 1 or sizes[group[0]].live < sizes[group[0]].all]


def _excess(sizes: Sequence[SegmentSize]) -> list[int]:
    """The smallest segments, ascending by number: as many as there are too many of, and one; then to the tier's end."""
    large = sum(size.live * 2 > MERGED_ARTICLES for size in sizes)
    excess = len(sizes) - large - MAX_SEGMENTS
    if excess <= 0:
        return []
    by_size = sorted(range(len(sizes)), key=lambda number: sizes[number].live)
    end = min(excess + 1, len(by_size))
    while end < len(by_size) and _tier(sizes[by_size[end]]) == _tier(sizes[by_size[end - 1]]):
        end += 1
    return sorted(by_size[:end])


def _tier(size: SegmentSize) -> int:
    return int(math.log(max(size.live, _LOWEST_TIER), _TIER_FACTOR))


def _fill(numbers: Sequence[int], sizes: Sequence[SegmentSize]) -> list[list[int]]:
    """The segments in groups of at most MERGED_ARTICLES live documents, each in the first group with room (first fit).

    A segment that is larger by itself is a group of its own.
    """
    groups: list[list[int]] = []
    articles: list[int] = []  # of each group
    for number in numbers:
        live = sizes[number].live
        fitting = next((group for group, count in enumerate(articles) if count + live <= MERGED_ARTICLES), None)
        if fitting is None:
            groups.append([number])
            articles.append(live)
        else:
            groups[fitting].append(number)
            articles[fitting] += live
    return groups
