"""Batch: articles gathered in memory for the next segment, then written as one."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns import Row, columns_of, row_of
from searchsvc.engines.embedded.dictionary import Lexeme
from searchsvc.engines.embedded.inverting import Inverter, Numbers
from searchsvc.engines.embedded.segment import SegmentBuilder
from searchsvc.engines.embedded.shaping import by_use
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.text.analyzer import tokenize


class Prepared(NamedTuple):
    """An article ready to be written: nothing that may be wrong with it is left to be found."""

    row: Row
    text: bytes
    fields: list[tuple[Numbers, Numbers] | None]


class Batch:
    """`known` has the document number and digest of each live id; `deleted` the documents replaced or taken out."""

    def __init__(self, folder: Path) -> None:
        self._builder = SegmentBuilder(folder)
        self._inverter = Inverter()
        self._rows: list[Row] = []
        self._lexemes: dict[Lexeme, int] = {}
        self.known: dict[str, tuple[int, int]] = {}
        self.deleted: list[int] = []

    @property
    def documents(self) -> int:
        return self._inverter.documents

    @property
    def tokens(self) -> int:
        """So far, in all fields."""
        return self._inverter.tokens

    def prepare(self, article: Article, digest: int) -> Prepared:
        """Cut an article into words; nothing is written. Raises whatever is wrong with it."""
        text = json.dumps(article.to_json(), ensure_ascii=False, separators=(",", ":"))
        fields = [self._scanned("\n".join(field.values(article)), article.language) for field in TEXT_FIELDS]
        return Prepared(row_of(article, digest), text.encode("utf-8", "surrogatepass"), fields)

    def add(self, prepared: Prepared) -> None:
        """The next article. Raises OSError."""
        self._rows.append(prepared.row)
        self._builder.store.add(prepared.text)
        self._inverter.add(prepared.fields)

    def forget(self, id: str) -> None:
        """An article of this batch is replaced or taken out."""
        self.deleted.append(self.known.pop(id)[0])

    def finish(self) -> ArraySegment:
        """Write the segment; no commit names it yet. Raises OSError."""
        lengths = self._inverter.lengths()
        flat, shapes, dictionary = self._inverter.inverted(list(self._lexemes))
        postings = self._builder.postings(dictionary, lengths)
        numbers = by_use(shapes)
        postings.add(flat, shapes, numbers)
        postings.close(shapes, numbers)
        return self._builder.finish(postings, columns_of(self._rows, lengths))

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._builder.abandon()

    def _scanned(self, text: str, language: str) -> tuple[Numbers, Numbers] | None:
        if not text:
            return None
        tokens = tokenize(text, language)
        lexemes = self._lexemes
        numbers = [lexemes.setdefault(token[:3], len(lexemes)) for token in tokens]
        return np.array(numbers, np.uint32), np.array([token.position for token in tokens], np.uint32)
