"""Postings come back from a segment as the tokens that went in; and a merge is what building at once would be."""

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchsvc.docvalues.storage import ArrayFile, ArrayWriter
from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import norms_of
from searchsvc.engines.embedded.postings.format import BLOCK
from searchsvc.engines.embedded.postings.impacts import most_tf
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.postings.reader import PostingsReader
from searchsvc.engines.embedded.postings.tf_patterns import by_use, has_room, no_patterns, number_of, with_room
from searchsvc.engines.embedded.postings.writer import Flat, PostingsWriter, pattern_arrays
from searchsvc.engines.embedded.search.kernels.frequencies import frequencies
from searchsvc.engines.embedded.write import merger
from searchsvc.engines.embedded.write.inverter import FIELDS, Inverter
from searchsvc.engines.embedded.write.merger import Part, merge
from searchsvc.engines.embedded.write.segment_buffer import Offered, SegmentBuffer
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.text.analyzer import tokenize
from tests.engines.strategies import articles

NO_FLAGS = np.empty(0, dtype=np.bool_)

# By form, document and field the positions of a segment, as plain Python has them.
Places = dict[tuple[str, str, bool], dict[tuple[int, int], list[int]]]


def segment_of(folder: Path, written: Sequence[Article]) -> Segment:
    """The articles as one segment, ids equal or not."""
    batch = SegmentBuffer(folder, Tokenizers())
    for article in written:
        text, digest = article.to_text()
        batch.add([Offered(article, text, digest)])
    return Segment(folder, batch.finish())


def places_of(written: Sequence[Article]) -> Places:
    found: Places = defaultdict(lambda: defaultdict(list))
    for docid, article in enumerate(written):
        for number, field in enumerate(TEXT_FIELDS):
            for text in field.values(article):
                for token in tokenize(text, article.language):
                    found[token.word, token.stem, token.acronym][docid, number].append(token.position)
    return {form: dict(of) for form, of in found.items()}


def places_in(segment: Segment) -> Places:
    """The same, out of the segment's postings, each form asked for by itself."""
    found: Places = {}
    postings = segment.postings.arrays
    fields = np.ones(FIELDS, dtype=np.bool_)
    every = np.arange(segment.size, dtype=np.uint32)
    forms = segment.dictionary.forms()
    for stem_class in range(segment.dictionary.stem_classes):
        segment.postings.check(stem_class, positions=True)
        first, end = int(segment.dictionary.first[stem_class]), int(segment.dictionary.first[stem_class + 1])
        for form in range(first, end):
            wanted = np.arange(first, end) == form
            of_form: dict[tuple[int, int], list[int]] = defaultdict(list)
            for key in occurrences(postings, stem_class, wanted, fields, every).tolist():
                of_form[key >> 35, key >> 32 & 7].append(key & 0xFFFFFFFF)
            found[forms[form]] = dict(of_form)
    return found


@settings(max_examples=15)
@given(written=st.lists(articles(), min_size=1, max_size=12))
def test_a_segment_gives_back_every_token(written: list[Article]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = segment_of(Path(folder), written)
        places = places_of(written)
        assert places_in(segment) == places
        counts: dict[str, set[int]] = defaultdict(set)
        fields: Counter[str] = Counter()
        for (word, _, _), of in places.items():
            counts[word].update(docid for docid, _ in of)
            for _, field in of:
                fields[word] |= 1 << field
        words = segment.dictionary.words.texts()
        assert words == sorted(counts)
        assert segment.word_counts.tolist() == [len(counts[word]) for word in words]
        assert segment.word_fields.tolist() == [fields[word] for word in words]
        lengths = [
            [sum(len(tokenize(text, a.language)) for text in field.values(a)) for a in written] for field in TEXT_FIELDS
        ]
        assert segment.columns.lengths.tolist() == lengths
        assert [segment.article(docid) for docid in range(segment.size)] == written


# --- merging ----------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    parts=st.lists(st.lists(articles(), min_size=1, max_size=6), min_size=1, max_size=4),
    data=st.data(),
    chunk=st.sampled_from((1, 200, 10**9)),
)
def test_a_merge_is_what_building_of_the_live_articles_is(
    parts: list[list[Article]], data: st.DataObject, chunk: int
) -> None:
    lives = [data.draw(st.lists(st.booleans(), min_size=len(part), max_size=len(part))) for part in parts]
    lives[0][0] = True
    left = [a for part, live in zip(parts, lives, strict=True) for a, kept in zip(part, live, strict=True) if kept]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merger, "CHUNK_BYTES", chunk)
        folder = Path(name)
        segments = [segment_of(folder, part) for part in parts]
        chosen = [Part(s, np.array(live)) for s, live in zip(segments, lives, strict=True) if any(live)]
        merged, built = Segment(folder, merge(folder, chosen)), segment_of(folder, left)
        assert {k: of for k, of in places_in(merged).items() if of} == places_in(built)
        assert [merged.article(docid) for docid in range(merged.size)] == left
        for column, of_column in built.columns.columns.items():
            mine = merged.columns.columns[column]
            for field in getattr(of_column, "__dataclass_fields__", ()):
                one, other = getattr(mine, field), getattr(of_column, field)
                assert list(one) == list(other), (column, field)
        words, rows = built.dictionary.words.texts(), merged.dictionary.words.texts()
        counts = dict(
            zip(rows, zip(merged.word_counts.tolist(), merged.word_fields.tolist(), strict=True), strict=True)
        )
        for word, *of_word in zip(words, built.word_counts.tolist(), built.word_fields.tolist(), strict=True):
            assert list(counts[word]) == of_word
        assert all(not counts[word][0] for word in set(rows) - set(words))
        norms = norms_of(built.columns.lengths, built.averages.tolist(), SEARCHED_FIELDS)
        for stem_class in range(merged.dictionary.stem_classes):
            postings = merged.postings.arrays
            merged.postings.check(stem_class)
            _, found = frequencies(postings, stem_class, merged.dictionary.each(stem_class), norms, NO_FLAGS)
            for block in range(int(postings.first_block[stem_class]), int(postings.first_block[stem_class + 1])):
                start = (block - int(postings.first_block[stem_class])) * BLOCK
                most = int(postings.max_impact[block])
                assert most == 255 or found[start : start + BLOCK].max() <= most_tf(most)


# --- blocks of every width --------------------------------------------------------------------------------------------

WIDTHS = (1, 255, 256, 65_535, 65_536)


def test_blocks_of_every_width_come_back(tmp_path: Path) -> None:
    """Gaps and patterns of one, two and four bytes, in stem classes of no, one and many blocks."""
    chance = random.Random(4)
    patterns = no_patterns()
    many = 66_000
    for key in range(many):
        if not has_room(patterns, 1, 1):
            patterns = with_room(patterns, 1)
        number_of(patterns, np.array([key << 3], np.uint32), np.array([1], np.uint32), 1)
    numbers = by_use(patterns)
    sizes = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 0, 3]
    docids: list[int] = []
    stem_classes = [0]
    for size in sizes:
        docid = -1 if size == 1 else chance.randrange(3)
        widest = 1
        for n in range(size):
            if n % BLOCK == 0:
                widest = WIDTHS[(n // BLOCK + size) % len(WIDTHS)]
            docid += widest if n % 50 == 7 else 1  # some gaps of the width are enough for it
            docids.append(docid)
        stem_classes.append(len(docids))
    used = [chance.randrange((200, 300, many)[n // BLOCK % 3]) for n in range(len(docids))]
    places = np.arange(len(docids), dtype=np.int64) * 2
    flat = Flat(
        np.array(stem_classes[:-1]), np.array(stem_classes[1:]), np.array(docids, np.uint32), np.array(used, np.uint32),
        places, np.array(stem_classes[1:], dtype=np.int64) * 2, np.arange(2 * len(docids)).astype(np.uint8),
    )  # fmt: skip
    # Lengths of no article: the norms' columns go as far as the greatest number.
    lengths: NDArray[np.uint32] = np.broadcast_to(np.ones((FIELDS, 1), np.uint32), (FIELDS, max(docids) + 1))
    file = ArrayWriter(tmp_path / "a")
    writer = PostingsWriter(file, norms_of(np.ascontiguousarray(lengths), [1.0] * FIELDS, SEARCHED_FIELDS))
    writer.add(flat, patterns, numbers)
    file.finish({**writer.arrays(), **pattern_arrays(patterns, numbers)}, {})
    postings = PostingsReader(ArrayFile(tmp_path / "a"))
    for stem_class, (start, end) in enumerate(pairwise(stem_classes)):
        postings.check(stem_class, positions=True)
        found, found_patterns = read_list(postings.arrays, stem_class)
        assert found.tolist() == docids[start:end]
        keys = [
            int(postings.arrays.pattern_keys[postings.arrays.pattern_start[number]]) >> 3
            for number in found_patterns.tolist()
        ]
        assert keys == used[start:end]
        assert postings.count(stem_class) == end - start
        first, last = int(postings.arrays.first_block[stem_class]), int(postings.arrays.first_block[stem_class + 1])
        of_blocks = [int(place) for place in postings.arrays.position_start[first : last + 1]]
        assert of_blocks[: last - first] == [2 * (start + n * BLOCK) for n in range(last - first)]


def test_occurrences_of_some_forms_in_some_fields_of_some_documents(tmp_path: Path) -> None:
    """Over many blocks, with rows of documents left out."""
    chance = random.Random(8)
    forms = [(f"w{n}", f"s{n % 5}", n % 3 == 0) for n in range(20)]
    inverter = Inverter()
    size = 1_500
    tokens: list[tuple[int, int, int, int]] = []  # form, document, field, position
    for docid in range(size):
        counts = np.array([[chance.choice((0, 0, 1, 9)) for _ in range(FIELDS)]])
        of_document = []
        for field, times in enumerate(counts[0].tolist()):
            position = 0
            for _ in range(times):
                position += chance.choice((1, 1, 1, 200, 70_000))
                of_document.append((chance.randrange(len(forms)), docid, field, position))
        tokens += of_document
        inverter.add(
            np.array([token[0] for token in of_document], np.uint32),
            np.array([token[3] for token in of_document], np.uint32),
            counts,
        )
    lengths = inverter.lengths()
    flat, patterns, dictionary = inverter.inverted(forms)
    file = ArrayWriter(tmp_path / "a")
    writer = PostingsWriter(file, norms_of(lengths, [3.0] * FIELDS, SEARCHED_FIELDS))
    writer.add(flat, patterns, by_use(patterns))
    file.finish({**writer.arrays(), **pattern_arrays(patterns, by_use(patterns))}, {})
    postings = PostingsReader(ArrayFile(tmp_path / "a"))
    known = dictionary.forms()
    for stem_class in range(dictionary.stem_classes):
        postings.check(stem_class, positions=True)
        assert postings.count(stem_class) > 2 * BLOCK
        of_stem_class = known[int(dictionary.first[stem_class]) : int(dictionary.first[stem_class + 1])]
        for share in (0.01, 0.5, 1):
            wanted = np.array([chance.random() < 0.6 for _ in of_stem_class])
            fields = np.array([chance.random() < 0.6 for _ in range(FIELDS)])
            among = sorted(chance.sample(range(size), int(share * size)))
            asked = {form for form, is_wanted in zip(of_stem_class, wanted, strict=True) if is_wanted}
            found = occurrences(postings.arrays, stem_class, wanted, fields, np.array(among, np.uint32))
            some = set(among)
            assert found.tolist() == sorted(
                docid << 35 | field << 32 | position
                for form, docid, field, position in tokens
                if docid in some and fields[field] and forms[form] in asked
            )
