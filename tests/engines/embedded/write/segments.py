"""Segments of articles, and where their forms stand: as plain Python finds it, and out of the segment."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.postings.positions import occurrences
from searchsvc.engines.embedded.write.inverter import FIELDS
from searchsvc.engines.embedded.write.segment_buffer import CheckedArticle, SegmentBuffer
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.text.analyzer import Form, tokenize

FormPositions = dict[Form, dict[tuple[int, int], list[int]]]  # by form, docid and field


def checked(article: Article) -> CheckedArticle:
    return CheckedArticle(article, *article.to_text())


def segment_of(folder: Path, written: Sequence[Article]) -> Segment:
    """The articles as one segment, ids equal or not."""
    buffer = SegmentBuffer(folder, Tokenizers())
    for article in written:
        buffer.add([checked(article)])
    return Segment(folder, buffer.finish())


def positions_of(written: Sequence[Article]) -> FormPositions:
    """The positions of all forms, one token at a time."""
    found: FormPositions = defaultdict(lambda: defaultdict(list))
    for docid, article in enumerate(written):
        for number, field in enumerate(TEXT_FIELDS):
            for text in field.values(article):
                for token in tokenize(text, article.language):
                    found[token.word, token.stem, token.acronym][docid, number].append(token.position)
    return {form: dict(of_form) for form, of_form in found.items()}


def positions_in(segment: Segment) -> FormPositions:
    """The same out of the segment's postings, each form asked for by itself."""
    found: FormPositions = {}
    fields = np.ones(FIELDS, dtype=np.bool_)
    every = np.arange(segment.size, dtype=np.uint32)
    forms = segment.dictionary.forms()
    for stem_class in range(segment.dictionary.stem_class_count):
        segment.postings.check(stem_class, positions=True)
        first, end = int(segment.dictionary.first_form[stem_class]), int(segment.dictionary.first_form[stem_class + 1])
        for form in range(first, end):
            wanted = np.arange(first, end) == form
            of_form: dict[tuple[int, int], list[int]] = defaultdict(list)
            for key in occurrences(segment.postings.arrays, stem_class, wanted, fields, every).tolist():
                of_form[key >> 35, key >> 32 & 7].append(key & 0xFFFFFFFF)
            found[forms[form]] = dict(of_form)
    return found
