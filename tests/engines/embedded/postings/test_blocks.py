"""Blocks come back as the plain encoder wrote them: all widths, empty lists, short last blocks."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.postings.blocks import (
    docid_before,
    gaps_at,
    impact_of,
    number_at,
    number_width,
    pattern_of,
    put_number,
    read_block,
    read_list,
    skip_to,
)
from searchsvc.engines.embedded.postings.format import BLOCK
from tests.engines.embedded.postings.plain import Posting, encode

EDGES = (0, 1, 255, 256, 65_535, 65_536)  # of gaps and pattern numbers: the last and the first of each width
SIZES = (0, 1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5)
PATTERNS = [((key << 3, 1),) for key in range(EDGES[-1] + 1)]


def random_list(chance: random.Random, size: int) -> list[Posting]:
    """A list in which each block has its own widest gap and pattern number."""
    postings: list[Posting] = []
    docid = -1
    for number in range(size):
        if number % BLOCK == 0:
            widest_gap, widest_pattern = chance.choice(EDGES[1:]), chance.choice(EDGES)
        docid += widest_gap if number % 50 == 7 else chance.randint(1, min(3, widest_gap))
        pattern = widest_pattern if number % 50 == 8 else chance.randint(0, min(3, widest_pattern))
        postings.append(Posting(docid, {pattern << 3: [1]}, impact=chance.randrange(256)))
    return postings


@settings(max_examples=20)
@given(sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=6), seed=st.integers(0, 10**6))
def test_lists_come_back(sizes: list[int], seed: int) -> None:
    chance = random.Random(seed)
    lists = [random_list(chance, size) for size in sizes]
    postings = encode(lists, PATTERNS)
    for stem_class, written in enumerate(lists):
        docids, patterns = read_list(postings, stem_class)
        assert docids.dtype == patterns.dtype == np.uint32
        assert docids.tolist() == [posting.docid for posting in written]
        assert patterns.tolist() == [key >> 3 for posting in written for key in posting.positions]


@pytest.mark.parametrize("seed", range(4))
def test_a_block_and_a_posting_can_be_read_alone(seed: int) -> None:
    chance = random.Random(seed)
    lists = [random_list(chance, size) for size in (3, 2 * BLOCK + 7)]
    postings = encode(lists, PATTERNS)
    docids, patterns = np.zeros(BLOCK + 5, np.uint32), np.zeros(BLOCK + 5, np.uint32)
    for number in range(3):
        written = lists[1][number * BLOCK : (number + 1) * BLOCK]
        block = int(postings.first_block[1]) + number
        end = read_block(postings, 1, block, docids, patterns, 5)
        assert docids[5:end].tolist() == [posting.docid for posting in written]
        for i in (0, len(written) // 2, len(written) - 1):
            assert pattern_of(postings, 1, block, i) == patterns[5 + i]
            assert impact_of(postings, 1, block, i) == written[i].impact


@pytest.mark.parametrize("seed", range(6))
def test_skipping_finds_the_first_docid_not_below(seed: int) -> None:
    chance = random.Random(seed)
    written = random_list(chance, 2 * BLOCK)
    docids = [posting.docid for posting in written]
    postings = encode([written], PATTERNS)
    for block in range(2):
        of_block = docids[block * BLOCK : (block + 1) * BLOCK]
        width, at = gaps_at(postings, block)
        i, docid = -1, docid_before(postings, 0, block)
        for wanted in sorted(chance.sample(range(of_block[-1] + 1), min(20, of_block[-1] + 1))):
            i, docid = skip_to(postings.block_bytes, width, at, i, docid, wanted)
            expected = next(n for n, each in enumerate(of_block) if each >= wanted)
            assert (i, docid) == (expected, of_block[expected])


@pytest.mark.parametrize("number", EDGES)
def test_a_number_takes_the_bytes_of_its_width(number: int) -> None:
    width = number_width(number)
    assert width == next(width for width in (1, 2, 4) if number < 1 << 8 * width)
    data = np.zeros(8, np.uint8)
    assert put_number(data, 3, number, width) == 3 + width
    assert data.tobytes() == b"\0" * 3 + number.to_bytes(width, "little") + b"\0" * (5 - width)
    assert number_at(data, 3, width) == number
