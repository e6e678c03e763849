"""Sidecar: the columns of one segment: what is filtered, counted, ordered and completed by.

Kept in one file beside Whoosh's, `MAIN_<segment>.dv`: Whoosh sweeps it with its segment. Everything in it can be made
again from the stored articles, which is what a reader does when the file is damaged.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import (
    AnyArray,
    Column,
    NumberColumn,
    OrdinalColumn,
    PlainColumn,
    TextColumn,
    from_arrays,
    to_arrays,
)
from searchsvc.docvalues.docset import Mask
from searchsvc.docvalues.storage import ColumnsDamaged, read_arrays, write_arrays
from searchsvc.engines.completing import typed_words
from searchsvc.engines.embedded.inverting import Inverter
from searchsvc.model.article import Article
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS, TEXT_FIELDS, value_key
from searchsvc.text.analyzer import Token, tokenize

EXTENSION = ".dv"
HEADLINE_START = "\n"  # before the words of each headline: where a match is at its beginning


@dataclass(frozen=True)
class Sidecar:
    """The columns of a segment, by name; `size` is the number of its documents, deleted ones included."""

    size: int
    columns: Mapping[str, Column]

    @property
    def ids(self) -> TextColumn:
        return self._text("id")

    @property
    def id_ranks(self) -> NDArray[np.uint32]:
        """Numbers in the order of the ids: what equal keys are ordered by within a segment."""
        return self._plain("id_rank")

    @cached_property
    def by_id(self) -> NDArray[np.intp]:
        """The documents in the order of their ids."""
        return np.argsort(self.id_ranks, kind="stable")

    @property
    def headline_words(self) -> TextColumn:
        """`HEADLINE_START` and the folded words of each headline, a space between."""
        return self._text("headline_words")

    @property
    def words(self) -> TextColumn:
        """Every word of the segment, ascending; a row is not a document."""
        return self._text("words")

    @property
    def word_counts(self) -> NDArray[np.uint32]:
        """In how many documents, deleted ones included, each of `words` is."""
        return self._plain("word_counts")

    @property
    def word_fields(self) -> NDArray[np.uint8]:
        """In which text fields each of `words` is: a bit for each of SEARCHED_FIELDS, the first the lowest."""
        return self._plain("word_fields")

    @property
    def instants(self) -> NumberColumn:
        return self._number("instant")

    @property
    def days(self) -> NumberColumn:
        """`date.toordinal` of the day of publication."""
        return self._number("day")

    @property
    def digests(self) -> NDArray[np.uint64]:
        return self._plain("digest")

    @property
    def fingerprints(self) -> NDArray[np.uint64]:
        return self._plain("fingerprint")

    @property
    def id_hashes(self) -> NDArray[np.uint64]:
        return self._plain("id_hash")

    def lengths(self, field: str) -> NDArray[np.uint32]:
        """Words in a text field."""
        return self._plain("length:" + field)

    def facet(self, field: str) -> OrdinalColumn:
        """The values of a facet field, as printed."""
        column = self.columns["facet:" + field]
        assert isinstance(column, OrdinalColumn)
        return column

    @cached_property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """Of each facet field, the `value_key` of each of its forms."""
        return {field.name: tuple(map(value_key, self.facet(field.name).forms)) for field in FACET_FIELDS}

    @cached_property
    def _by_hash(self) -> NDArray[np.intp]:
        return np.argsort(self.id_hashes, kind="stable")

    def find(self, id: str) -> list[int]:
        """The documents with this id, ascending; at most one of them is live."""
        wanted = np.uint64(id_hash(id))
        low = np.searchsorted(self.id_hashes, wanted, side="left", sorter=self._by_hash)
        high = np.searchsorted(self.id_hashes, wanted, side="right", sorter=self._by_hash)
        return sorted(int(docnum) for docnum in self._by_hash[low:high] if self.ids[int(docnum)] == id)

    def kept(self, keep: Mask) -> "Sidecar":
        """Of the flagged documents only; the words stay as they are."""
        columns = {name: column if name in _OF_WORDS else column.kept(keep) for name, column in self.columns.items()}
        return Sidecar(int(np.count_nonzero(keep)), columns)

    def write(self, path: Path) -> None:
        """Durably. Raises OSError."""
        arrays, kinds = to_arrays(self.columns)
        write_arrays(path, arrays, {"size": self.size, "kinds": kinds})

    @classmethod
    def read(cls, path: Path) -> "Sidecar":
        """Raises ColumnsDamaged, or OSError."""
        arrays, meta = read_arrays(path)
        try:
            columns = from_arrays(arrays, meta["kinds"])
            size = int(meta["size"])
        except (KeyError, ValueError, TypeError) as error:
            raise ColumnsDamaged(f"{path} does not hold what its directory says: {error}") from error
        return cls(size, columns)

    @classmethod
    def joined(cls, parts: Sequence["Sidecar"], words: Mapping[str, Column]) -> "Sidecar":
        """The documents of one part after those of the other, with the given columns about words."""
        columns = {
            name: _joined([part.columns[name] for part in parts]) for name in parts[0].columns if name not in _OF_WORDS
        }
        ids = columns["id"]
        assert isinstance(ids, TextColumn)
        columns["id_rank"] = PlainColumn(_ranks(ids.texts()))
        return cls(sum(part.size for part in parts), {**columns, **words})

    def _text(self, name: str) -> TextColumn:
        column = self.columns[name]
        assert isinstance(column, TextColumn)
        return column

    def _plain(self, name: str) -> AnyArray:
        column = self.columns[name]
        assert isinstance(column, PlainColumn)
        return column.numbers

    def _number(self, name: str) -> NumberColumn:
        column = self.columns[name]
        assert isinstance(column, NumberColumn)
        return column


_64_BITS = 2**64 - 1
_OF_WORDS = ("words", "word_counts", "word_fields")


def word_columns(words: Iterable[str], counts: NDArray[np.uint32], fields: NDArray[np.uint8]) -> dict[str, Column]:
    """The columns about words: the words ascending, in how many documents each is, and in which fields."""
    return {
        "words": TextColumn.of(words),
        "word_counts": PlainColumn(counts.astype(np.uint32)),
        "word_fields": PlainColumn(fields.astype(np.uint8)),
    }


class SidecarBuilder:
    """Takes articles in the order of their document numbers."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._digests: list[int] = []
        self._fingerprints: list[int] = []
        self._instants: list[int | None] = []
        self._days: list[int | None] = []
        self._headlines: list[str] = []
        self._facets: dict[str, list[tuple[str, ...]]] = {field.name: [] for field in FACET_FIELDS}
        self._lengths: dict[str, list[int]] = {name: [] for name in SEARCHED_FIELDS}

    def add(self, article: Article, tokens: Mapping[str, Sequence[Token]], digest: int) -> None:
        """The next article. On an error, as of a date beyond all calendars, nothing was added."""
        instant = article.sort_instant
        day = article.published_on.toordinal() if article.published_on else None
        headline = HEADLINE_START + typed_words(article.headline)
        facets = {field.name: field.values(article) for field in FACET_FIELDS}
        self._ids.append(article.id)
        self._digests.append(digest)
        self._fingerprints.append(article.fingerprint & _64_BITS)
        self._instants.append(instant)
        self._days.append(day)
        self._headlines.append(headline)
        for name, values in facets.items():
            self._facets[name].append(values)
        for name, lengths in self._lengths.items():
            lengths.append(len(tokens.get(name, ())))

    def finish(self, inverter: Inverter) -> Sidecar:
        """The columns of all articles added, those about words from the inverter that gave their runs."""
        columns: dict[str, Column] = {
            "id": TextColumn.of(self._ids),
            "id_hash": PlainColumn(np.array([id_hash(id) for id in self._ids], dtype=np.uint64)),
            "digest": PlainColumn(np.array(self._digests, dtype=np.uint64)),
            "fingerprint": PlainColumn(np.array(self._fingerprints, dtype=np.uint64)),
            "instant": NumberColumn.of(self._instants),
            "day": NumberColumn.of(self._days),
            "headline_words": TextColumn.of(self._headlines),
            "id_rank": PlainColumn(_ranks(self._ids)),
        }
        columns |= {"facet:" + name: OrdinalColumn.of(values) for name, values in self._facets.items()}
        columns |= {
            "length:" + name: PlainColumn(np.array(lengths, dtype=np.uint32)) for name, lengths in self._lengths.items()
        }
        return Sidecar(len(self._ids), {**columns, **word_columns(*inverter.words())})


def sidecar_of(articles: Iterator[Article]) -> Sidecar:
    """The columns made again from the stored articles, in the order of their document numbers."""
    builder, inverter = SidecarBuilder(), Inverter()
    for article in articles:
        tokens = tokens_of(article)
        inverter.add(tokens)
        builder.add(article, tokens, article.digest())
    for _ in inverter.runs():  # for the words; the postings are not damaged
        pass
    return builder.finish(inverter)


def tokens_of(article: Article) -> dict[str, list[Token]]:
    """The tokens of each text field; fields without any are absent."""
    return {
        field.name: [token for text in field.values(article) for token in tokenize(text, article.language)]
        for field in TEXT_FIELDS
        if field.values(article)
    }


def id_hash(id: str) -> int:
    """64 bits that find an id among many; the ids themselves are compared then."""
    return int.from_bytes(hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _ranks(ids: Sequence[str]) -> NDArray[np.uint32]:
    ranks = np.empty(len(ids), dtype=np.uint32)
    ranks[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.uint32)
    return ranks


def _joined(columns: Sequence[Column]) -> Column:
    match columns[0]:
        case NumberColumn():
            return NumberColumn.joined([column for column in columns if isinstance(column, NumberColumn)])
        case PlainColumn():
            return PlainColumn.joined([column for column in columns if isinstance(column, PlainColumn)])
        case OrdinalColumn():
            return OrdinalColumn.joined([column for column in columns if isinstance(column, OrdinalColumn)])
        case TextColumn():
            return TextColumn.joined([column for column in columns if isinstance(column, TextColumn)])
