"""Snapshot: one immutable view of the index: the segments of a commit, each with its live documents.

It keeps what ranking must know of all segments together: average lengths, the newest article, how many have a term.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.bm25f import HALF_LIFE_DAYS, RECENCY_WEIGHT
from searchsvc.engines.embedded.columns.day_counter import DayCounts, count_days
from searchsvc.engines.embedded.columns.facet_counter import FacetCounter
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.postings.blocks import read_list
from searchsvc.engines.embedded.postings.bm25f import Norms, Ranking, averages_of, norms_of
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort

NO_FLAGS: Mask = np.empty(0, dtype=np.bool_)


class View:
    """A segment as one commit sees it. What it computes is kept as long as the snapshot.

    `live` has a flag for each document, and is empty when none is deleted; `docids` are the live ones (uint32).
    """

    def __init__(self, segment: Segment, deleted: Sequence[int]) -> None:
        self.segment = segment
        self.columns = segment.columns
        self.size = segment.size
        self.live = NO_FLAGS
        if deleted:
            self.live = np.ones(segment.size, dtype=np.bool_)
            self.live[deleted] = False
        self.count = segment.size - len(deleted)
        self._documents_of: dict[int, int] = {}
        self._norms: dict[tuple[str, ...], Norms] = {}
        self._date_keys: dict[Sort, NDArray[np.float64]] = {}
        self._recency: tuple[int | None, NDArray[np.float64]] | None = None
        self._most_recency: tuple[int | None, float] | None = None
        self._drift: tuple[Sequence[float], float] | None = None

    @cached_property
    def docids(self) -> Docids:
        """The live documents, ascending (uint32)."""
        docids: Docids = (np.flatnonzero(self.live) if len(self.live) else np.arange(self.size)).astype(np.uint32)
        return docids

    @cached_property
    def tag_counts(self) -> NDArray[np.intp]:
        """How many live documents have each spelling of a tag (intp, by ordinal)."""
        column = self.columns.facet("tag")
        ordinals = column.ordinals[self.live[column.documents]] if len(self.live) else column.ordinals
        return np.bincount(ordinals, minlength=len(column.labels))

    def is_live(self, docid: int) -> bool:
        """Whether a document is not deleted."""
        return not len(self.live) or bool(self.live[docid])

    def documents_of(self, stem_class: int) -> int:
        """How many live documents have a form of a stem class: its document frequency."""
        if not len(self.live):
            return self.segment.postings.count(stem_class)
        count = self._documents_of.get(stem_class)
        if count is None:
            postings = self.segment.postings
            postings.check(stem_class)
            docids, _ = read_list(postings.arrays, stem_class)
            count = int(np.count_nonzero(self.live[docids]))
            self._documents_of[stem_class] = count
        return count

    def norms(self, fields: tuple[str, ...], averages: Sequence[float]) -> Norms:
        """The boosts and length norms of these fields (`postings.bm25f`); `averages` are the snapshot's."""
        norms = self._norms.get(fields)
        if norms is None:
            norms = self._norms[fields] = norms_of(self.columns.lengths, averages, fields)
        return norms

    def drift(self, averages: Sequence[float]) -> float:
        """The factor by which these average lengths may raise a term frequency over the segment's own: for impacts."""
        if self._drift is None or self._drift[0] is not averages:
            pairs = zip(averages, self.segment.averages.tolist(), strict=True)
            self._drift = averages, max([1.0, *(float(average / own) for average, own in pairs if own)])
        return self._drift[1]

    def recency(self, newest: int | None) -> NDArray[np.float64]:
        """The recency factor of each document (float64, `engines.bm25f`); `newest` is the snapshot's."""
        if self._recency is None or self._recency[0] != newest:
            instants = self.columns.instants
            factor = np.ones(self.size)
            if newest is not None:
                days = (newest - instants.numbers[instants.present]) / 86_400
                factor[instants.present] = 1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS)
            self._recency = newest, factor
        return self._recency[1]

    def most_recency(self, newest: int | None) -> float:
        """The greatest recency factor of a document."""
        if self._most_recency is None or self._most_recency[0] != newest:
            self._most_recency = newest, float(self.recency(newest).max(initial=1.0))
        return self._most_recency[1]

    def date_keys(self, sort: Sort) -> NDArray[np.float64]:
        """The sort key of each document by date (float64): smaller keys come first, UNDATED last."""
        keys = self._date_keys.get(sort)
        if keys is None:
            numbers = self.columns.instants.numbers
            # Seconds fit a float64 exactly for 285 million years.
            keys = numbers.astype(np.float64) if sort is Sort.OLDEST else -numbers.astype(np.float64)
            keys[numbers == MISSING] = UNDATED
            self._date_keys[sort] = keys
        return keys


UNDATED = float("inf")


class Snapshot:
    """One commit. `articles` is the number of live articles, `views` are its segments."""

    def __init__(self, folder: Path, number: int, made_at: datetime, views: tuple[View, ...]) -> None:
        self.folder = folder
        self.number = number
        self.made_at = made_at
        self.views = views
        self.articles = sum(view.count for view in views)
        self.commit = f"{folder.name}-{number}"
        self.plans: dict[object, object] = {}  # what `search.planner` makes of words and queries
        self._facets: dict[str, FacetCounter] = {}
        self._rankings: dict[int, Ranking] = {}

    @cached_property
    def averages(self) -> tuple[float, ...]:
        """Words in each text field, on average over the live articles that have any there."""
        lengths = [view.columns.lengths for view in self.views]
        live = [of[:, view.live] if len(view.live) else of for of, view in zip(lengths, self.views, strict=True)]
        return tuple(averages_of(live))

    @cached_property
    def newest(self) -> int | None:
        """The latest `sort_instant` of a live article."""
        latest = [int(view.columns.instants.numbers[view.docids].max()) for view in self.views if view.count]
        newest = max(latest, default=MISSING)
        return None if newest == MISSING else newest

    def ranking(self, number: int) -> Ranking:
        """What scores in the segment of this number depend on besides the query."""
        ranking = self._rankings.get(number)
        if ranking is None:
            view = self.views[number]
            ranking = self._rankings[number] = Ranking(
                view.norms(SEARCHED_FIELDS, self.averages), view.live, view.recency(self.newest),
                view.columns.id_ranks, np.array([view.most_recency(self.newest), view.drift(self.averages)]),
            )  # fmt: skip
        return ranking

    @cached_property
    def days(self) -> DayCounts:
        """How many live articles each day has."""
        return count_days([view.columns.days.numbers for view in self.views], [view.docids for view in self.views])

    def facets(self, field: str) -> FacetCounter:
        """The values of a facet field in all segments."""
        if field not in self._facets:
            self._facets[field] = FacetCounter([view.columns.facet(field) for view in self.views])
        return self._facets[field]

    def find(self, id: str) -> tuple[View, int] | None:
        """Where the live article with this id is."""
        for view in self.views:
            for docid in view.columns.find(id):
                if view.is_live(docid):
                    return view, docid
        return None

    def warm(self) -> None:
        """Compute what the first search would wait for."""
        for view in self.views:
            with view.segment.reading():
                view.norms(SEARCHED_FIELDS, self.averages)
                view.recency(self.newest)
                view.segment.dictionary  # noqa: B018  # reads it
                view.segment.postings  # noqa: B018
