"""Lists merged into one are those of a plain counter; frequencies are those of the formula, from the texts."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies, frequencies_of, merge_lists
from searchsvc.engines.embedded.terms.term_dictionary import StemClasses
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.text.analyzer import tokenize
from tests.engines.embedded.search.conftest import WORDS


@given(parts=st.lists(st.dictionaries(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=7))
def test_merging_lists_adds_up_what_a_document_has(parts: list[dict[int, int]]) -> None:
    pairs = [sorted(part.items()) for part in parts]
    every = [pair for part in pairs for pair in part]
    first = np.concatenate(([0], np.cumsum([len(part) for part in pairs])))
    docids = np.array([docid for docid, _ in every], dtype=np.uint32)
    found, sums = merge_lists(docids, np.array([float(frequency) for _, frequency in every]), first)
    wanted: Counter[int] = Counter()
    for part in parts:
        wanted.update(part)
    assert list(zip(found.tolist(), sums.tolist(), strict=True)) == sorted(wanted.items())


@pytest.mark.parametrize("fields", [SEARCHED_FIELDS, ("headline",)])
def test_frequencies_are_those_of_the_formula(engine: EmbeddedEngine, fields: tuple[str, ...]) -> None:
    word = WORDS[7]
    with engine._snapshots.current() as snapshot:
        averages = dict(zip(SEARCHED_FIELDS, snapshot.averages, strict=True))
        for view in snapshot.views:
            stem_class = view.segment.dictionary.stem_class(word)
            assert stem_class is not None
            view.segment.postings.check(stem_class)
            weights = view.segment.dictionary.full_weights(stem_class)
            postings, norms = view.segment.postings.arrays, view.norms(fields, snapshot.averages)
            docids, found = frequencies(postings, stem_class, weights, norms, view.live)
            wanted = {}
            for docid in view.docids.tolist():
                article, frequency = view.segment.article(docid), 0.0
                for field in TEXT_FIELDS:
                    tokens = [token for text in field.values(article) for token in tokenize(text, article.language)]
                    count = sum(token.word == word for token in tokens) if field.name in fields else 0
                    if count:
                        relative = len(tokens) / averages[field.name]
                        frequency += field.boost * count / (1 - field.length_norm + field.length_norm * relative)
                if frequency:
                    wanted[docid] = frequency
            assert docids.tolist() == sorted(wanted)
            assert found.tolist() == pytest.approx([wanted[docid] for docid in sorted(wanted)])


def test_frequencies_of_several_lists_add_up(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        view = snapshot.views[2]
        numbers = [number for word in WORDS[3:6] if (number := view.segment.dictionary.stem_class(word)) is not None]
        view.segment.postings.check_all(np.array(numbers))
        weights = {number: view.segment.dictionary.full_weights(number) for number in numbers}
        postings, norms = view.segment.postings.arrays, view.norms(SEARCHED_FIELDS, snapshot.averages)
        wanted: Counter[int] = Counter()
        for number in numbers:
            docids, found = frequencies(postings, number, weights[number], norms, view.live)
            for docid, frequency in zip(docids.tolist(), found.tolist(), strict=True):
                wanted[docid] += frequency
        docids, found = frequencies_of(postings, StemClasses.of(weights), norms, view.live)
        assert docids.tolist() == sorted(wanted)
        assert found.tolist() == pytest.approx([wanted[docid] for docid in sorted(wanted)])
