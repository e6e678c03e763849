"""Days counted over segments are those of a plain counter.

`count_days` calls both kernels: `day_range`, then `add_days`.
"""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.docvalues.columns import NumberColumn
from searchsvc.engines.embedded.columns.day_counter import count_days

segments = st.lists(st.lists(st.one_of(st.none(), st.integers(730_000, 730_040)), max_size=30), max_size=4)


@given(segments=segments, data=st.data())
def test_days_are_counted_over_segments(segments: list[list[int | None]], data: st.DataObject) -> None:
    chosen = [sorted(data.draw(st.sets(st.sampled_from(range(len(days)))))) if days else [] for days in segments]
    found = count_days(
        [NumberColumn.of(days).numbers for days in segments], [np.array(docids, np.uint32) for docids in chosen]
    )
    days = [of[docid] for of, docids in zip(segments, chosen, strict=True) for docid in docids]
    wanted = Counter(day for day in days if day is not None)
    assert list(zip(found.days.tolist(), found.counts.tolist(), strict=True)) == sorted(wanted.items())
    assert found.undated == days.count(None)
