"""The table of ids gives what a plain dictionary of lists does.

`IdTable` calls the kernels: `insert` and, to grow, `move` in `add`; `next_slot` in `find`.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.write.id_table import IdTable

HASHES = st.integers(0, 30) | st.integers(0, 2**64 - 1) | st.integers(0, 8).map(lambda n: n << 40 | 1023)


@given(st.lists(st.lists(HASHES, max_size=60), max_size=6), st.integers(0, 3000))
def test_it_finds_what_a_dictionary_does(segments: list[list[int]], more: int) -> None:
    table, plain = IdTable(), dict[int, list[tuple[int, int]]]()
    for number, hashes in enumerate([*segments, list(range(500, 500 + more))]):
        table.add(number, np.array(hashes, dtype=np.uint64))
        for docid, each in enumerate(hashes):
            plain.setdefault(each, []).append((number, docid))
    for each in {*plain, 7, 2**63, 1023}:
        assert sorted(table.find(each)) == plain.get(each, [])
