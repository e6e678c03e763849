"""Batch: articles gathered in memory for the next segment, then written as one."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from searchsvc.engines.embedded.codec import ArraySegment
from searchsvc.engines.embedded.columns import Row, columns_of, row_of
from searchsvc.engines.embedded.inverting import FIELDS, Inverter
from searchsvc.engines.embedded.scanning import Scanners
from searchsvc.engines.embedded.segment import SegmentBuilder
from searchsvc.engines.embedded.shaping import by_use
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.model.versions import Version

# Articles wait for so many characters to be cut into words together: a call costs as much as some hundred words.
TOGETHER = 100_000


class Prepared(NamedTuple):
    """An article ready to be written: nothing that may be wrong with it is left to be found."""

    row: Row
    stored: bytes
    texts: list[str]  # of each text field
    language: str


class Batch:
    """`known` has the document number and digest of each live id, `versions` the version of those that have one.

    `deleted` are the documents replaced or taken out.
    """

    def __init__(self, folder: Path, scanners: Scanners) -> None:
        self._scanners = scanners
        self._builder = SegmentBuilder(folder)
        self._inverter = Inverter()
        self._rows: list[Row] = []
        self._headlines: list[str] = []  # folded words of each
        self._waiting: list[Prepared] = []
        self._characters = 0  # that wait
        self.known: dict[str, tuple[int, int]] = {}
        self.versions: dict[str, Version] = {}
        self.deleted: list[int] = []

    @property
    def documents(self) -> int:
        return len(self._rows)

    @property
    def tokens(self) -> int:
        """In all fields of the articles that do not wait."""
        return self._inverter.tokens

    @staticmethod
    def prepare(article: Article, stored: bytes, digest: int) -> Prepared:
        """What is written of an article; nothing is yet. Raises whatever is wrong with it."""
        texts = ["".join(field.values(article)) for field in TEXT_FIELDS]
        return Prepared(row_of(article, digest), stored, texts, article.language)

    def add(self, prepared: Prepared) -> None:
        """The next article. Raises OSError."""
        self._rows.append(prepared.row)
        self._builder.store.add(prepared.stored)
        self._waiting.append(prepared)
        self._characters += sum(map(len, prepared.texts))
        if self._characters >= TOGETHER:
            self._scan()

    def forget(self, id: str) -> None:
        """An article of this batch is replaced or taken out."""
        self.versions.pop(id, None)
        self.deleted.append(self.known.pop(id)[0])

    def finish(self) -> ArraySegment:
        """Write the segment; no commit names it yet. Raises OSError."""
        self._scan()
        lengths = self._inverter.lengths()
        flat, shapes, dictionary = self._inverter.inverted(self._scanners.lexemes)
        postings = self._builder.postings(dictionary, lengths)
        numbers = by_use(shapes)
        postings.add(flat, shapes, numbers)
        postings.close(shapes, numbers)
        return self._builder.finish(postings, columns_of(self._rows, self._headlines, lengths))

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._builder.abandon()

    def _scan(self) -> None:
        """Cut the texts that wait into words; neighbours in one language together."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        start = 0
        for end in range(1, len(waiting) + 1):
            if end == len(waiting) or waiting[end].language != waiting[start].language:
                self._scan_some(waiting[start:end])
                start = end

    def _scan_some(self, articles: list[Prepared]) -> None:
        scanner = self._scanners.of(articles[0].language)
        scans = scanner.scan_many([text for article in articles for text in article.texts])
        counts = scans.counts.reshape(len(articles), FIELDS)
        self._inverter.add(scans.lexemes, scans.positions, counts)
        lexemes = self._scanners.lexemes
        starts = np.concatenate(([0], np.cumsum(counts.sum(axis=1))))[:-1].tolist()
        numbers = scans.lexemes.tolist()
        for start, length in zip(starts, counts[:, 0].tolist(), strict=True):  # the headline comes first
            self._headlines.append(" ".join([lexemes[number][0] for number in numbers[start : start + length]]))
