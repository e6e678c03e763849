"""Filters: sets of documents narrowed by date, and by values of facets.

What a value keeps of a segment never changes, so its mask is cached by segment.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from searchsvc.docvalues.docset import Docids, Mask
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.engines.embedded.kernels.docid_sets import difference, flagged, within
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.field_lookup import facet_field
from searchsvc.model.fields import Field, value_key
from searchsvc.model.query import DateRange
from searchsvc.model.request import DateFilter, ValueFilter

DocSets = tuple[Docids, ...]  # of each segment, ascending

EARLIEST, LATEST = -(2**62), 2**62  # of days; a document without one is before them all


class Filters:
    """The filters of one snapshot. Each raises EngineTimeout past the deadline."""

    def __init__(self, snapshot: Snapshot, deadline: Deadline, cache: LruCache) -> None:
        self._snapshot = snapshot
        self._deadline = deadline
        self._cache = cache

    def in_dates(self, docids: DocSets, dates: DateFilter | DateRange | None) -> DocSets:
        """Those that were published in a range of days; all of them if there is none."""
        if dates is None:
            return docids
        low = dates.start.toordinal() if dates.start is not None else EARLIEST
        high = dates.end.toordinal() if dates.end is not None else LATEST
        return tuple(
            within(of_segment, view.columns.days.numbers, low, high)
            for view, of_segment in zip(self._snapshot.views, docids, strict=True)
        )

    def in_filter(self, docids: DocSets, asked: ValueFilter) -> DocSets:
        """Those with any of a filter's values, and none of its excluded ones."""
        field = facet_field(asked.field)
        if asked.values:
            docids = self.with_values(docids, field, asked.values)
        if asked.excluded:
            docids = combined(difference, [docids, self.with_values(docids, field, asked.excluded)])
        return docids

    def with_values(self, docids: DocSets, field: Field, values: Iterable[str]) -> DocSets:
        """Those with any of these values of a facet field."""
        return self._masked(docids, field, "value", values)

    def with_prefixes(self, docids: DocSets, field: Field, prefixes: Iterable[str]) -> DocSets:
        """Those with a value of a facet field that begins with any of these."""
        return self._masked(docids, field, "prefix", prefixes)

    def _masked(self, docids: DocSets, field: Field, how: str, values: Iterable[str]) -> DocSets:
        keys = tuple(sorted({value_key(value) for value in values}))
        return tuple(
            flagged(of_segment, self._mask(view, field, how, keys)) if len(of_segment) else of_segment
            for view, of_segment in zip(self._snapshot.views, docids, strict=True)
        )

    def _mask(self, view: View, field: Field, how: str, keys: tuple[str, ...]) -> Mask:
        name = (view.segment.name, "filter", field.name, how, keys)
        mask = self._cache.get(name)
        if not isinstance(mask, np.ndarray):
            self._deadline.check()
            ordinals = view.columns.ordinals[field.name]
            if how == "prefix":
                wanted = [ordinal for key, of_key in ordinals.items() if key.startswith(keys) for ordinal in of_key]
            else:
                wanted = [ordinal for key in keys for ordinal in ordinals.get(key, ())]
            mask = view.columns.facet(field.name).having(wanted)
            self._cache.put(name, mask, 200 + mask.nbytes)
        return mask


def combined(operation: Callable[[Docids, Docids], Docids], sets: Sequence[DocSets]) -> DocSets:
    """Several sets by a set operation, segment by segment; one at least."""
    return tuple(reduce(operation, of_segment) for of_segment in zip(*sets, strict=True))
