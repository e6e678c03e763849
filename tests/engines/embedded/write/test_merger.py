"""A merge is what building a segment of the live articles at once would be.

`merge` calls the kernels: `add_patterns` for each segment, then `copy_stem_classes`.
"""

import tempfile
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.postings.bm25f import norms_of
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import MAX_IMPACT, max_tf
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies
from searchsvc.engines.embedded.write import merger
from searchsvc.engines.embedded.write.merger import BackgroundJobs, MergeSource, chunks, merge
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS
from tests.engines.embedded.write.segments import positions_in, segment_of
from tests.engines.samples import story
from tests.engines.strategies import articles

NO_FLAGS = np.empty(0, dtype=np.bool_)


@settings(max_examples=15)
@given(
    parts=st.lists(st.lists(articles(), min_size=1, max_size=6), min_size=1, max_size=4),
    data=st.data(),
    chunk=st.sampled_from((1, 200, 10**9)),
    in_background=st.booleans(),
)
def test_a_merge_is_what_building_of_the_live_articles_is(
    parts: list[list[Article]], data: st.DataObject, chunk: int, in_background: bool
) -> None:
    lives = [data.draw(st.lists(st.booleans(), min_size=len(part), max_size=len(part))) for part in parts]
    lives[0][0] = True
    left = [a for part, live in zip(parts, lives, strict=True) for a, kept in zip(part, live, strict=True) if kept]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merger, "CHUNK_BYTES", chunk)
        folder = Path(name)
        segments = [segment_of(folder, part) for part in parts]
        sources = [MergeSource(s, np.array(live)) for s, live in zip(segments, lives, strict=True) if any(live)]
        merged = Segment(folder, merge(folder, sources, in_background=in_background))
        built = segment_of(folder, left)
        assert {form: of_form for form, of_form in positions_in(merged).items() if of_form} == positions_in(built)
        assert [merged.article(docid) for docid in range(merged.size)] == left
        check_columns(merged, built)
        check_word_counts(merged, built)
        check_max_impacts(merged, built)


def check_columns(merged: Segment, built: Segment) -> None:
    for name, column in built.columns.columns.items():
        for field in getattr(column, "__dataclass_fields__", ()):
            one, other = getattr(merged.columns.columns[name], field), getattr(column, field)
            assert list(one) == list(other), (name, field)


def check_word_counts(merged: Segment, built: Segment) -> None:
    """Words of deleted articles may stay in the dictionary, in no document."""

    def of_words(segment: Segment) -> dict[str, tuple[int, int]]:
        counts = zip(segment.word_counts.tolist(), segment.word_fields.tolist(), strict=True)
        return {word: of_word for word, of_word in zip(segment.words, counts, strict=True) if of_word != (0, 0)}

    assert of_words(merged) == of_words(built)


def check_max_impacts(merged: Segment, built: Segment) -> None:
    """They bound the term frequencies by the lengths of the merged segment."""
    norms = norms_of(built.columns.lengths, built.averages.tolist(), SEARCHED_FIELDS)
    postings = merged.postings.arrays
    for stem_class in range(merged.dictionary.stem_class_count):
        merged.postings.check(stem_class)
        _, found = frequencies(postings, stem_class, merged.dictionary.full_weights(stem_class), norms, NO_FLAGS)
        for number, block in enumerate(range(*map(int, postings.first_block[stem_class : stem_class + 2]))):
            max_impact = int(postings.max_impact[block])
            assert max_impact == MAX_IMPACT or found[number * BLOCK : (number + 1) * BLOCK].max() <= max_tf(max_impact)


def test_lists_of_many_blocks_are_merged(tmp_path: Path) -> None:
    """More than a block of postings and of articles, with words that are new in the second segment."""
    parts = [
        [story(f"{part}-{n}", f"Rain {n % 7}", "snow falls " * (n % 5 + 1) + f"in{part} place{n}") for n in range(500)]
        for part in range(2)
    ]
    lives = [np.arange(500) % 3 != part for part in range(2)]
    sources = [MergeSource(segment_of(tmp_path, part), live) for part, live in zip(parts, lives, strict=True)]
    merged = Segment(tmp_path, merge(tmp_path, sources))
    left = [
        article
        for part, live in zip(parts, lives, strict=True)
        for article, kept in zip(part, live, strict=True)
        if kept
    ]
    assert [merged.article(docid) for docid in range(merged.size)] == left
    built = segment_of(tmp_path, left)
    assert {form: of_form for form, of_form in positions_in(merged).items() if of_form} == positions_in(built)
    check_max_impacts(merged, built)


def test_a_merge_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [MergeSource(segment_of(tmp_path, [story("1", "Rain")]), np.array([True]))]
    before = set(tmp_path.iterdir())

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(merger, "copy_stem_classes", fail)
    with pytest.raises(OSError, match="disk full"):
        merge(tmp_path, sources)
    assert set(tmp_path.iterdir()) == before


@given(sizes=st.lists(st.integers(0, 50), max_size=30), limit=st.integers(1, 100))
def test_chunks_are_consecutive_and_as_large_as_they_may_be(sizes: list[int], limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merger, "CHUNK_BYTES", limit)
        found = chunks(np.array(sizes, dtype=np.int64))
    assert [number for low, high in found for number in range(low, high)] == list(range(len(sizes)))
    for low, high in found:
        assert high == low + 1 or sum(sizes[low:high]) <= limit
        assert high == len(sizes) or sum(sizes[low : high + 1]) > limit


# --- background jobs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_background", [False, True])
def test_jobs_run_in_order_and_all_are_done_at_the_end(in_background: bool) -> None:
    done: list[tuple[int, bool]] = []
    own_thread = threading.get_ident()

    def work(number: int) -> None:
        done.append((number, threading.get_ident() == own_thread))

    with BackgroundJobs(in_background) as jobs:
        for number in range(20):
            jobs.run(partial(work, number))
    assert done == [(number, not in_background) for number in range(20)]


def _fail() -> None:
    raise OSError("disk full")


def test_the_exception_of_a_job_is_raised_by_the_next() -> None:
    done: list[int] = []

    def run_three() -> None:
        with BackgroundJobs(True) as jobs:
            jobs.run(_fail)
            jobs.run(lambda: done.append(1))
            done.append(2)

    with pytest.raises(OSError, match="disk full"):
        run_three()
    assert done == []


def test_the_exception_of_the_last_job_is_raised_at_the_end() -> None:
    with pytest.raises(OSError, match="disk full"), BackgroundJobs(True) as jobs:
        jobs.run(_fail)


def test_an_exception_beside_the_jobs_goes_before_theirs() -> None:
    def run_and_raise() -> None:
        with BackgroundJobs(True) as jobs:
            jobs.run(_fail)
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run_and_raise()
