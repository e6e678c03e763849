"""Positions come back as the plain encoder wrote them; occurrences are those that plain Python picks out."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.positions import (
    copy_positions,
    occurrences,
    put_gap,
    read_gap,
    skip_positions,
)
from tests.engines.embedded.postings.plain import Posting, encode, encode_positions

FORMS, FIELDS = 3, 4

gaps = st.lists(st.sampled_from((0, 1, 127, 128, 16_383, 16_384)) | st.integers(0, 2**32 - 1), max_size=30)


@given(wanted=gaps)
def test_gaps_come_back(wanted: list[int]) -> None:
    data = np.zeros(5 * len(wanted) + 1, dtype=np.uint8)
    end = 0
    for gap in wanted:
        end = put_gap(data, end, gap)
    positions = [sum(wanted[: number + 1]) for number in range(len(wanted))]
    assert data[:end].tobytes() == encode_positions(Posting(0, {0: positions}))
    at = 0
    for gap in wanted:
        found, at = read_gap(data, at)
        assert found == gap
    assert at == end


@given(wanted=gaps, data=st.data())
def test_skipping_and_copying_end_behind_so_many_gaps(wanted: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(wanted)))
    encoded = np.zeros(5 * len(wanted) + 1, dtype=np.uint8)
    ends = [0]
    for gap in wanted:
        ends.append(put_gap(encoded, ends[-1], gap))
    assert skip_positions(encoded, 0, count) == ends[count]
    copy = np.full(len(encoded) + 2, 7, dtype=np.uint8)
    assert copy_positions(encoded, 0, count, copy, 2) == (ends[count], 2 + ends[count])
    assert copy.tobytes() == b"\7\7" + encoded[: ends[count]].tobytes() + b"\7" * (len(encoded) - ends[count])


def random_list(chance: random.Random, size: int) -> list[Posting]:
    postings = []
    docid = -1
    for _ in range(size):
        docid += chance.choice((1, 1, 2, 300))
        keys = sorted(chance.sample([form << 3 | field for form in range(FORMS) for field in range(FIELDS)], k=3))
        positions = {}
        for key in keys[: chance.randint(1, 3)]:
            place = 0
            positions[key] = [place := place + chance.choice((1, 1, 200, 70_000)) for _ in range(chance.randint(1, 4))]
        postings.append(Posting(docid, positions))
    return postings


@pytest.mark.parametrize("size", [0, 1, BLOCK, 5 * BLOCK + 3])
@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
def test_occurrences_of_some_forms_in_some_fields_of_some_documents(size: int, share: float) -> None:
    chance = random.Random(size)
    written = random_list(chance, size)
    postings = encode([random_list(chance, 3), written])
    every = range(written[-1].docid + 3 if written else 3)  # documents without the stem class, too
    for _ in range(5):
        forms = np.array([chance.random() < 0.6 for _ in range(FORMS)])
        fields = np.array([chance.random() < 0.6 for _ in range(FIELDS)])
        among = sorted(chance.sample(every, int(share * len(every))))
        found = occurrences(postings, 1, forms, fields, np.array(among, np.uint32))
        assert found.dtype == np.uint64
        chosen = set(among)
        assert found.tolist() == sorted(
            posting.docid << 35 | (key & 7) << 32 | position
            for posting in written
            if posting.docid in chosen
            for key, positions in posting.positions.items()
            if forms[key >> 3] and fields[key & 7]
            for position in positions
        )
