"""The inverter gives the postings that plain Python makes of the same tokens.

`Inverter` calls the kernels: `group_tokens`, then `build_postings`.
"""

import random
from collections import defaultdict
from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.write.inverter import FIELDS, Inverted, Inverter
from searchsvc.text.analyzer import Form
from tests.engines.embedded.postings.plain import Posting, encode_positions

Token = tuple[int, int, int, int]  # docid, field, position, form

FORMS: list[Form] = [
    (f"word{number}", f"stem{number % 7}" if number < 30 else f"alone{number}", number % 5 == 0)
    for number in range(60)
]  # fmt: skip


def random_tokens(chance: random.Random, documents: int, longest: int) -> list[Token]:
    """In the order of the text; position gaps of one to five bytes."""
    tokens = []
    for docid in range(documents):
        for field in range(FIELDS):
            position = 0
            for _ in range(chance.choice((0, 0, 1, 3, longest))):
                position += chance.choice((0, 1, 1, 1, 127, 128, 70_000, 2**27 if position < 2**30 else 1))
                tokens.append((docid, field, position, chance.randrange(len(FORMS))))
    return tokens


def invert(tokens: list[Token], documents: int, calls: list[int]) -> Inverted:
    """The tokens through an inverter, so many documents a call; checks what it says of lengths."""
    inverter = Inverter()
    lengths = np.zeros((documents, FIELDS), np.int64)
    for docid, field, _, _ in tokens:
        lengths[docid, field] += 1
    start = 0
    for end in [*accumulate(calls), documents]:
        of_call = [token for token in tokens if start <= token[0] < end]
        forms = np.array([token[3] for token in of_call], np.uint32)
        inverter.add(forms, np.array([token[2] for token in of_call], np.uint32), lengths[start:end])
        start = end
    assert inverter.tokens == len(tokens)
    assert inverter.lengths().dtype == np.uint32
    assert inverter.lengths().tolist() == lengths.T.tolist()
    return inverter.invert(FORMS)


def plain_postings(tokens: list[Token]) -> dict[str, list[Posting]]:
    """Of each stem its postings: keys by the form's place among the forms that are used, ordered by word."""
    used = sorted({FORMS[form] for _, _, _, form in tokens}, key=lambda form: (form[1], form[0], form[2]))
    of_stem: dict[str, list[Form]] = defaultdict(list)
    for form in used:
        of_stem[form[1]].append(form)
    found: dict[str, dict[int, dict[int, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for docid, field, position, number in tokens:
        form = FORMS[number]
        found[form[1]][docid][of_stem[form[1]].index(form) << 3 | field].append(position)
    return {
        stem: [Posting(docid, dict(sorted(keys.items()))) for docid, keys in sorted(postings.items())]
        for stem, postings in found.items()
    }


def check(inverted: Inverted, tokens: list[Token]) -> None:
    postings, table, dictionary = inverted
    expected = plain_postings(tokens)
    assert dictionary.stems.texts() == sorted(expected)
    uses = [0] * int(table.size[0])
    for stem_class, stem in enumerate(dictionary.stems.texts()):
        start, end = int(postings.starts[stem_class]), int(postings.ends[stem_class])
        assert postings.docids[start:end].tolist() == [posting.docid for posting in expected[stem]]
        for i, posting in enumerate(expected[stem], start):
            pattern = int(postings.patterns[i])
            uses[pattern] += 1
            entries = slice(int(table.starts[pattern]), int(table.starts[pattern + 1]))
            assert tuple(zip(table.keys[entries].tolist(), table.tfs[entries].tolist(), strict=True)) == posting.pattern
            at = int(postings.position_starts[i])
            stop = int(postings.position_ends[stem_class] if i + 1 == end else postings.position_starts[i + 1])
            assert postings.position_bytes[at:stop].tobytes() == encode_positions(posting)
    assert table.uses[: len(uses)].tolist() == uses


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    documents=st.integers(0, 12),
    longest=st.sampled_from((5, 300)),
    calls=st.lists(st.integers(0, 5), max_size=3),
)
def test_postings_are_those_of_plain_python(seed: int, documents: int, longest: int, calls: list[int]) -> None:
    tokens = random_tokens(random.Random(seed), documents, longest)
    check(invert(tokens, documents, [size for size in calls if sum(calls) <= documents]), tokens)


def test_arrays_grow_with_many_patterns_and_long_documents() -> None:
    """More patterns than a table begins with, postings of more tokens than there is room for, and many tokens."""
    tokens = random_tokens(random.Random(3), 700, 150)
    tokens += [(700, 2, position, position % 7) for position in range(40_000)]
    inverted = invert(tokens, 701, [350])
    assert int(inverted.table.size[0]) > 2_000
    check(inverted, tokens)


def test_no_tokens_give_no_postings() -> None:
    check(invert([], 3, []), [])
