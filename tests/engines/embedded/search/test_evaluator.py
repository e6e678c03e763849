"""Sets of documents, filters and expansions are those of the memory engine, on random archives and requests."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.search.filters import DocSets
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.engines.memory.search import Search
from searchsvc.errors import EngineTimeout
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Term
from searchsvc.model.request import SearchRequest
from tests.engines.embedded.search.conftest import WORDS, evaluating
from tests.engines.samples import request_of
from tests.engines.strategies import REQUESTS, Commit, archives, requests, write


@contextmanager
def both(archive: Sequence[Commit]) -> Iterator[tuple[EmbeddedEngine, MemoryEngine]]:
    plain = MemoryEngine()
    write(plain, list(archive))
    with tempfile.TemporaryDirectory() as folder:
        engine = EmbeddedEngine(Path(folder))
        write(engine, list(archive))
        yield engine, plain
        engine.close()


def ids_in(snapshot: Snapshot, sets: DocSets) -> set[str]:
    for docids in sets:
        assert docids.dtype == np.uint32
        assert (np.diff(docids.astype(np.int64)) > 0).all()
    return {
        view.columns.ids[docid] for view, docids in zip(snapshot.views, sets, strict=True) for docid in docids.tolist()
    }


@settings(max_examples=20)
@given(archive=archives(), asked=st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_sets_and_filters_are_those_of_the_memory_engine(archive: list[Commit], asked: list[SearchRequest]) -> None:
    with both(archive) as (engine, plain):
        for request in asked:
            wanted = Search(plain._snapshot, request)
            with evaluating(engine, request) as evaluation:
                found = evaluation.sets(request.query)
                assert ids_in(evaluation.snapshot, found) == wanted.ids_of(request.query)
                everything = evaluation.sets(request_of().query)
                filters = evaluation.filters
                in_dates = filters.in_dates(everything, request.dates)
                assert ids_in(evaluation.snapshot, in_dates) == wanted.everything & wanted.in_dates(request.dates)
                for each in request.filters:
                    in_filter = filters.in_filter(everything, each)
                    assert ids_in(evaluation.snapshot, in_filter) == wanted.everything & wanted.in_filter(each)


@pytest.mark.parametrize("leaf", [Term(WORDS[3]), Term(WORDS[3], "headline"), Phrase(f"{WORDS[0]} {WORDS[1]}")])
def test_a_leaf_is_found_once(engine: EmbeddedEngine, leaf: Term | Phrase) -> None:
    with evaluating(engine, request_of(leaf)) as evaluation:
        matches = evaluation.matches(leaf)
        assert evaluation.matches(leaf) is matches
        assert [found.docids.tolist() for found in matches] == [found.tolist() for found in evaluation.docids(leaf)]
        assert evaluation.document_frequency(leaf) == sum(len(found.docids) for found in matches)


def test_occurrences_are_asked_for_in_some_documents(engine: EmbeddedEngine) -> None:
    leaf = Term(WORDS[3])
    with evaluating(engine, request_of(leaf)) as evaluation:
        for view, docids in zip(evaluation.snapshot.views, evaluation.docids(leaf), strict=True):
            some = docids[::5].copy()
            keys = evaluation.occurrences(leaf, view, some)
            assert sorted(set((keys >> np.uint64(35)).tolist())) == some.tolist()


@pytest.mark.parametrize("leaf", [Prefix("k"), Fuzzy(WORDS[0], 1), Phrase(f"{WORDS[0]} {WORDS[1]}"), Term("a", "tag")])
def test_no_time_left(engine: EmbeddedEngine, leaf: Term | Phrase | Prefix | Fuzzy) -> None:
    with evaluating(engine, request_of(leaf, timeout_ms=0)) as evaluation, pytest.raises(EngineTimeout):
        evaluation.sets(leaf)


def test_every_field_is_searched_in_order(engine: EmbeddedEngine) -> None:
    leaf = Prefix(WORDS[0])
    with evaluating(engine, request_of(leaf, query_fields=tuple(reversed(SEARCHED_FIELDS)))) as evaluation:
        backwards = evaluation.docids(leaf)
    with evaluating(engine, request_of(leaf)) as evaluation:
        assert [found.tolist() for found in evaluation.docids(leaf)] == [found.tolist() for found in backwards]
