"""The first by key and rank are those of sorting."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.kernels.top_k import top_k


@given(
    keys=st.lists(st.sampled_from((0.0, -0.0, -1.5, -2.0, 3.0, float("inf"))), max_size=60), count=st.integers(0, 70)
)
def test_the_first_are_those_of_sorting(keys: list[float], count: int) -> None:
    docids = np.array(sorted(random.Random(len(keys)).sample(range(100), len(keys))), dtype=np.uint32)
    ranks = np.array(random.Random(count).sample(range(100), 100), dtype=np.uint32)
    found = top_k(np.array(keys), docids, ranks, count).tolist()
    assert found == sorted(range(len(keys)), key=lambda row: (keys[row], ranks[docids[row]]))[:count]
