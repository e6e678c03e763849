"""The writer makes the bytes that the plain encoder makes, whether lists come together or some at a time.

`PostingsWriter` calls the kernel `pack`.
"""

import random
from collections import Counter
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest

from searchsvc.docvalues.storage import ArrayFile, ArrayWriter
from searchsvc.engines.embedded.postings.bm25f import Norms, full_tf, norms_of
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import impact_of_tf
from searchsvc.engines.embedded.postings.reader import PostingsReader
from searchsvc.engines.embedded.postings.tf_patterns import (
    PatternTable,
    count_use,
    empty_table,
    enlarged,
    has_room,
    ranks_by_use,
)
from searchsvc.engines.embedded.postings.writer import PostingsWriter, UnpackedPostings, count_words, pattern_arrays
from searchsvc.model.fields import SEARCHED_FIELDS
from tests.engines.embedded.postings.plain import Pattern, Posting, encode, encode_positions

FIELDS = len(SEARCHED_FIELDS)
EDGES = (1, 255, 256, 65_535, 65_536)  # of gaps: the last and the first of each width
SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 0, 5)
MANY = 66_000  # patterns, so that numbers take up to four bytes


def table_of(patterns: list[Pattern]) -> PatternTable:
    table = empty_table()
    for pattern in patterns:
        if not has_room(table, 1, len(pattern)):
            table = enlarged(table, len(pattern))
        of_pattern = np.array(pattern, dtype=np.uint32).T.copy()
        count_use(table, of_pattern[0], of_pattern[1], len(pattern))
    return table


def unpacked(lists: list[list[Posting]], numbers: dict[Pattern, int]) -> UnpackedPostings:
    """The lists in memory, with unused bytes between the positions of one list and the next."""
    every = [posting for postings in lists for posting in postings]
    position_bytes = bytearray()
    starts, ends = [], []
    for postings in lists:
        position_bytes += b"\xff" * 3
        for posting in postings:
            starts.append(len(position_bytes))
            position_bytes += encode_positions(posting)
        ends.append(len(position_bytes))
    borders = list(accumulate(map(len, lists), initial=0))
    return UnpackedPostings(
        np.array(borders[:-1], np.int64),
        np.array(borders[1:], np.int64),
        np.array([posting.docid for posting in every], np.uint32),
        np.array([numbers[posting.pattern] for posting in every], np.uint32),
        np.array(starts, np.int64),
        np.array(ends, np.int64),
        np.frombuffer(bytes(position_bytes), np.uint8).copy(),
    )


def random_lists(chance: random.Random) -> list[list[Posting]]:
    """Lists in which each block has its own widest gap and pattern."""
    lists = []
    for size in SIZES:
        docid = -1
        postings = []
        for number in range(size):
            if number % BLOCK == 0:
                widest, most = chance.choice(EDGES), chance.choice((200, 300, MANY))
            docid += widest if number % 50 == 7 else 1
            postings.append(Posting(docid, {chance.randrange(most) << 3: [chance.choice((1, 200, 70_000))]}))
        lists.append(postings)
    return lists


def with_impacts(lists: list[list[Posting]], norms: Norms) -> list[list[Posting]]:
    found: list[list[Posting]] = []
    for postings in lists:
        found.append([])
        for posting in postings:
            entries = np.array(posting.pattern, np.uint32).T.copy()
            tf = full_tf(np.array([0, entries.shape[1]], np.uint32), entries[0], entries[1], 0, posting.docid, norms)
            found[-1].append(posting._replace(impact=impact_of_tf(tf)))
    return found


@pytest.mark.parametrize("together", [1, 3, len(SIZES)])
def test_the_bytes_are_those_of_the_format(tmp_path: Path, together: int) -> None:
    chance = random.Random(together)
    lists = random_lists(chance)
    patterns: list[Pattern] = [((key << 3, 1),) for key in range(MANY)]
    numbers = {pattern: number for number, pattern in enumerate(patterns)}
    table = table_of(patterns)
    ranks = np.array(chance.sample(range(MANY), MANY), np.uint32)
    documents = 1 + max(posting.docid for postings in lists for posting in postings)
    lengths = np.array([[chance.randrange(1, 900) for _ in range(documents)]] * FIELDS, np.uint32)
    norms = norms_of(lengths, [300.0] * FIELDS, SEARCHED_FIELDS)
    file = ArrayWriter(tmp_path / "a")
    writer = PostingsWriter(file, norms)
    for start in range(0, len(lists), together):
        writer.add(unpacked(lists[start : start + together], numbers), table, ranks)
    file.finish({**writer.arrays(), **pattern_arrays(table, ranks)}, {})

    by_rank = [patterns[number] for number in np.argsort(ranks).tolist()]
    expected = encode(with_impacts(lists, norms), by_rank)
    found = PostingsReader(ArrayFile(tmp_path / "a")).arrays
    for name, array in expected._asdict().items():
        assert getattr(found, name).dtype == array.dtype, name
        assert getattr(found, name).tolist() == array.tolist(), name


def test_a_segment_without_postings_has_empty_arrays(tmp_path: Path) -> None:
    file = ArrayWriter(tmp_path / "a")
    writer = PostingsWriter(file, norms_of(np.ones((FIELDS, 1), np.uint32), [1.0] * FIELDS, SEARCHED_FIELDS))
    table = empty_table()
    writer.add(unpacked([], {}), table, ranks_by_use(table))
    file.finish({**writer.arrays(), **pattern_arrays(table, ranks_by_use(table))}, {})
    found = PostingsReader(ArrayFile(tmp_path / "a")).arrays
    for name, array in encode([])._asdict().items():
        assert getattr(found, name).tolist() == array.tolist(), name


def test_a_table_of_patterns_is_kept_in_the_order_of_its_ranks() -> None:
    patterns: list[Pattern] = [((3, 1),), ((3, 1), (9, 2)), ((70, 40),)]
    table = table_of([patterns[0], patterns[1], patterns[1], patterns[2], patterns[2], patterns[2]])
    arrays = pattern_arrays(table, np.array([2, 0, 1], np.uint32))
    assert arrays["pattern_start"].tolist() == [0, 2, 3, 4]
    assert arrays["pattern_keys"].tolist() == [3, 9, 70, 3]
    assert arrays["pattern_tfs"].tolist() == [1, 2, 40, 1]
    assert arrays["pattern_uses"].tolist() == [2, 3, 1]


def test_words_are_counted_once_a_document() -> None:
    """Of stem classes whose forms share words: a word in capitals and its other form are two forms of one word."""
    chance = random.Random(7)
    word_of = [4, 4, 0, 1, 1, 2, 3, 3]
    first = [0, 3, 5, 8]
    lists = []
    for start, end in pairwise(first):
        places = [form << 3 | field for form in range(end - start) for field in range(FIELDS)]
        lists.append(
            [Posting(n, {key: [1] for key in sorted(chance.sample(places, chance.randint(1, 5)))}) for n in range(200)]
        )
    patterns = list(dict.fromkeys(posting.pattern for postings in lists for posting in postings))
    counts, fields = np.zeros(5, np.uint32), np.zeros(5, np.uint8)
    postings = unpacked(lists, {pattern: number for number, pattern in enumerate(patterns)})
    count_words(postings, table_of(patterns), np.array(first, np.uint32), np.array(word_of, np.uint32), counts, fields)
    expected: Counter[int] = Counter()
    expected_fields = [0] * 5
    for start, of_stem_class in zip(first, lists, strict=False):
        for posting in of_stem_class:
            expected.update({word_of[start + (key >> 3)] for key in posting.positions})
            for key in posting.positions:
                expected_fields[word_of[start + (key >> 3)]] |= 1 << (key & 7)
    assert counts.tolist() == [expected[word] for word in range(5)]
    assert fields.tolist() == expected_fields
