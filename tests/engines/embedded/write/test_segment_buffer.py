"""A segment has of its articles what plain Python finds in them."""

import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.write.segment_buffer import SegmentBuffer, check_article
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.text.analyzer import tokenize
from tests.engines.embedded.write.segments import checked, positions_in, positions_of, segment_of
from tests.engines.samples import story
from tests.engines.strategies import articles


@settings(max_examples=15)
@given(written=st.lists(articles(), min_size=1, max_size=12))
def test_a_segment_gives_back_every_token(written: list[Article]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = segment_of(Path(folder), written)
        positions = positions_of(written)
        assert positions_in(segment) == positions
        documents: dict[str, set[int]] = defaultdict(set)
        fields: Counter[str] = Counter()
        for (word, _, _), of_form in positions.items():
            documents[word].update(docid for docid, _ in of_form)
            for _, field in of_form:
                fields[word] |= 1 << field
        words = segment.dictionary.words.texts()
        assert words == sorted(documents)
        assert segment.word_counts.tolist() == [len(documents[word]) for word in words]
        assert segment.word_fields.tolist() == [fields[word] for word in words]
        lengths = [
            [sum(len(tokenize(text, a.language)) for text in field.values(a)) for a in written] for field in TEXT_FIELDS
        ]
        assert segment.columns.lengths.tolist() == lengths
        assert [segment.article(docid) for docid in range(segment.size)] == written


@settings(max_examples=10)
@given(written=st.lists(articles(), min_size=1, max_size=12), data=st.data())
def test_it_does_not_matter_how_many_are_added_at_once(written: list[Article], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        buffer = SegmentBuffer(Path(folder), Tokenizers())
        assert (buffer.documents, buffer.tokens) == (0, 0)
        start = 0
        while start < len(written):
            end = data.draw(st.integers(start + 1, len(written)))
            buffer.add([checked(article) for article in written[start:end]])
            start = end
        assert buffer.documents == len(written)
        positions = positions_of(written)
        assert buffer.tokens == sum(len(each) for of_form in positions.values() for each in of_form.values())
        segment, one_by_one = Segment(Path(folder), buffer.finish()), segment_of(Path(folder), written)
        assert positions_in(segment) == positions
        assert segment.columns.headline_words.texts() == one_by_one.columns.headline_words.texts()


def test_an_abandoned_buffer_leaves_no_file(tmp_path: Path) -> None:
    buffer = SegmentBuffer(tmp_path, Tokenizers())
    buffer.add([checked(story(str(number), "Rain", "rain " * 5_000)) for number in range(200)])
    buffer.abandon()
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=20)
@given(article=articles())
def test_any_article_of_the_right_types_can_be_kept(article: Article) -> None:
    check_article(article)


@pytest.mark.parametrize(
    ("field", "value"),
    [("published_at", "not a date"), ("published_on", 3), ("headline", 5), ("body", None), ("tags", (1,)),
     ("authors", None), ("place", b"Kent"), ("fingerprint", "x"), ("language", 7)],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(field: str, value: object) -> None:
    article = story("1", published_at=datetime(2015, 9, 30, tzinfo=UTC))
    object.__setattr__(article, field, value)
    with pytest.raises((AttributeError, TypeError)):
        check_article(article)
