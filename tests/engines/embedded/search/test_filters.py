"""What filters keep of a set; on random archives they are held to the memory engine in test_evaluator.py."""

from datetime import date

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.kernels.docid_sets import intersection, union
from searchsvc.engines.embedded.kernels.lru_cache import LruCache
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.engines.embedded.search.filters import Filters, combined
from searchsvc.engines.field_lookup import facet_field
from searchsvc.model.query import DateRange

YEAR = facet_field("year")


def test_values_of_a_facet_and_ranges_of_days_agree(engine: EmbeddedEngine) -> None:
    with engine._snapshots.current() as snapshot:
        filters = Filters(snapshot, Deadline(60_000), LruCache(1_000_000))
        everything = tuple(view.docids for view in snapshot.views)
        in_2012 = filters.with_values(everything, YEAR, ("2012",))
        by_day = filters.in_dates(everything, DateRange(date(2012, 1, 1), date(2012, 12, 31)))
        assert [found.tolist() for found in in_2012] == [found.tolist() for found in by_day]
        assert all(len(found) for found in in_2012)
        decade = filters.with_prefixes(everything, YEAR, ("201",))
        assert [found.tolist() for found in combined(intersection, [decade, in_2012])] == [f.tolist() for f in in_2012]
        assert [found.tolist() for found in combined(union, [decade, in_2012])] == [f.tolist() for f in decade]
        assert filters.in_dates(everything, None) is everything


def test_a_mask_is_made_once_of_each_segment(engine: EmbeddedEngine) -> None:
    class Counted(LruCache):
        puts = 0

        def put(self, key: tuple[object, ...], value: object, size: int) -> None:
            self.puts += 1
            super().put(key, value, size)

    cache = Counted(1_000_000)
    with engine._snapshots.current() as snapshot:
        for _ in range(3):
            filters = Filters(snapshot, Deadline(60_000), cache)
            everything = tuple(view.docids for view in snapshot.views)
            filters.with_values(everything, YEAR, ("2012", "2013"))
        assert cache.puts == len(snapshot.views)
