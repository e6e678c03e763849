"""What every engine promises of a search: sets, filters, facets, histograms, order, hits. Part of `contract`."""

from collections.abc import Callable, Iterable
from datetime import date

import pytest

from searchsvc.engines.contract import Engine
from searchsvc.errors import EngineTimeout, UnknownField
from searchsvc.model.article import Article
from searchsvc.model.query import (
    And,
    MatchAll,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
)
from searchsvc.model.request import (
    Cursor,
    DateFilter,
    FacetRequest,
    HistogramRequest,
    Interval,
    Sort,
    ValueFilter,
)
from searchsvc.model.result import Bucket, NoticeKind
from tests.engines.samples import ARCHIVE, FOUND, ids, request_of, story

MakeEngine = Callable[[Iterable[Article]], Engine]


class SearchContract:
    """The promises; a subclass gives `make_engine`."""

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        raise NotImplementedError

    @pytest.fixture
    def engine(self, make_engine: MakeEngine) -> Engine:
        return make_engine(ARCHIVE)

    # -- what is found -----------------------------------------------------------------------------------------------

    def test_a_query_finds_what_it_says(self, engine: Engine) -> None:
        wrong = [(query, found, wanted) for query, wanted in FOUND if (found := set(ids(engine, query))) != wanted]
        assert wrong == []

    def test_the_total_is_exact_whatever_the_limit(self, engine: Engine) -> None:
        for limit in (0, 1, 2, 1_000):
            result = engine.search(request_of(Term("union"), limit=limit))
            assert (result.total.value, result.total.exact, len(result.hits)) == (3, True, min(limit, 3))

    def test_no_hits_is_a_result(self, make_engine: MakeEngine) -> None:
        request = request_of(Term("syria"), facets=(FacetRequest(field="tag"),), histogram=HistogramRequest())
        result = make_engine(()).search(request)
        assert (result.total.value, result.hits, result.facets["tag"].buckets) == (0, (), ())
        assert result.histogram is not None
        assert (result.histogram.bars, result.histogram.undated) == ((), 0)

    def test_stems_are_those_of_the_languages_asked(self, engine: Engine) -> None:
        assert set(ids(engine, Term("grèves"), languages=("fr",))) == {"greve"}
        assert set(ids(engine, Term("mineur"), languages=("fr",))) == {"greve"}
        assert set(ids(engine, Term("durer"), languages=("fr",))) == {"greve"}
        assert set(ids(engine, Term("durer"), languages=("xx",))) == set()
        assert set(ids(engine, Term("strike"), languages=("fr", "en"))) == {"raids", "pit", "letter"}

    def test_an_exact_request_has_no_stems(self, engine: Engine) -> None:
        assert set(ids(engine, Term("strike"), exact=True)) == set()
        assert set(ids(engine, Term("strikes"), exact=True)) == {"raids", "letter"}
        assert set(ids(engine, Phrase("air strike", slop=2), exact=True)) == set()
        assert set(ids(engine, Term("air-strike"), exact=True)) == set()

    def test_a_word_without_a_field_is_looked_for_in_the_query_fields(self, engine: Engine) -> None:
        assert set(ids(engine, Term("union"), query_fields=("headline",))) == {"budget"}
        assert set(ids(engine, Term("putin"), query_fields=("headline", "body"))) == {"pit"}
        assert set(ids(engine, Term("putin", "tags"), query_fields=("headline",))) == {"raids", "claim"}
        assert set(ids(engine, Prefix("putin"), query_fields=("kicker",))) == set()

    def test_an_unknown_field_is_refused_by_name(self, engine: Engine) -> None:
        for request in (
            request_of(Term("x", "hedline")),
            request_of(Value("headline", "x")),
            request_of(facets=(FacetRequest(field="colour"),)),
            request_of(filters=(ValueFilter(field="date", values=("2015",)),)),
        ):
            with pytest.raises(UnknownField):
                engine.search(request)

    def test_a_prefix_of_very_many_words_says_that_it_was_cut(self, make_engine: MakeEngine) -> None:
        words = [f"many{chr(97 + i // 676)}{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}" for i in range(1_100)]
        engine = make_engine([story("all", body=" ".join(words)), *(story(word, body=word) for word in words[500:510])])
        result = engine.search(request_of(Prefix("many", span=(0, 5)), limit=20))
        assert result.total.value == 11  # words in two articles come first
        assert [(notice.kind, notice.span) for notice in result.notices] == [(NoticeKind.LIMIT, (0, 5))]
        assert engine.search(request_of(Prefix("manya"))).notices == ()

    def test_a_search_past_its_time_is_given_up(self, engine: Engine) -> None:
        with pytest.raises(EngineTimeout):
            engine.search(request_of(Term("union"), timeout_ms=0))

    # -- filters and facets ------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            (ValueFilter(field="section", values=("business",)), {"pit", "budget"}),
            (ValueFilter(field="section", values=("LETTERS", "Business")), {"pit", "budget", "letter"}),
            (ValueFilter(field="section", excluded=("business",)), {"raids", "greve", "claim", "letter"}),
            (ValueFilter(field="tag", values=("putin",), excluded=("islamic state",)), {"claim"}),
            (ValueFilter(field="tag", values=("nothing",)), set()),
            (ValueFilter(field="tag"), {a.id for a in ARCHIVE}),
            (ValueFilter(field="year", values=("2014", "2015")), {"raids", "pit", "greve", "budget", "letter"}),
        ],
    )
    def test_a_filter_keeps_any_of_its_values_and_none_of_the_excluded(
        self, engine: Engine, asked: ValueFilter, found: set[str]
    ) -> None:
        assert set(ids(engine, filters=(asked,))) == found

    def test_filters_of_two_facets_both_hold(self, engine: Engine) -> None:
        filters = (
            ValueFilter(field="tag", values=("putin", "mining")),
            ValueFilter(field="section", values=("international",)),
        )
        assert set(ids(engine, filters=filters)) == {"raids", "greve"}

    def test_dates_keep_their_first_and_last_day_and_drop_the_undated(self, engine: Engine) -> None:
        assert set(ids(engine, dates=DateFilter(start=date(2015, 9, 12), end=date(2015, 9, 30)))) == {"raids", "pit"}
        assert set(ids(engine, dates=DateFilter())) == {"raids", "pit", "greve", "budget", "letter"}

    def test_a_facet_ignores_its_own_filter_and_heeds_the_others(self, engine: Engine) -> None:
        result = engine.search(
            request_of(
                filters=(
                    ValueFilter(field="tag", values=("mining",)),
                    ValueFilter(field="section", values=("international",)),
                ),
                dates=DateFilter(start=date(2015, 1, 1)),
                facets=(FacetRequest(field="tag"), FacetRequest(field="section")),
            )
        )
        assert result.total.value == 1
        assert result.facets["tag"].buckets == (Bucket("Islamic State", 1), Bucket("Mining", 1), Bucket("Putin", 1))
        assert result.facets["section"].buckets == (Bucket("Business", 1), Bucket("International", 1))

    def test_the_count_beside_a_value_is_the_total_after_choosing_it(self, engine: Engine) -> None:
        filters = (ValueFilter(field="tag", values=("putin",), excluded=("state",)),)
        for query in (MatchAll(), Term("union")):
            facet = engine.search(request_of(query, filters=filters, facets=(FacetRequest(field="tag"),))).facets["tag"]
            assert facet.buckets
            for bucket in facet.buckets:
                chosen = (ValueFilter(field="tag", values=(bucket.value,)),)
                assert engine.search(request_of(query, filters=chosen)).total.value == bucket.count

    def test_spellings_of_one_value_are_one_bucket_in_the_most_frequent(self, make_engine: MakeEngine) -> None:
        spelled = [("Oslo",), ("OSLO",), ("oslo",), ("OSLO", "Bergen"), ("oslo", "OSLO"), ()]
        engine = make_engine([story(str(n), tags=tags) for n, tags in enumerate(spelled)])
        facet = engine.search(request_of(facets=(FacetRequest(field="tag"),))).facets["tag"]
        assert (facet.buckets, facet.missing) == ((Bucket("OSLO", 5), Bucket("Bergen", 1)), 1)

    def test_of_two_spellings_equally_frequent_the_smallest_is_shown(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", section="news"), story("2", section="News"), story("3", section="NEWS")])
        facet = engine.search(request_of(facets=(FacetRequest(field="section"),))).facets["section"]
        assert facet.buckets == (Bucket("NEWS", 3),)

    def test_a_facet_lists_its_largest_and_adds_up_the_others(self, engine: Engine) -> None:
        facet = engine.search(request_of(facets=(FacetRequest(field="tag", size=2),))).facets["tag"]
        assert facet.buckets == (Bucket("Islamic State", 2), Bucket("Mining", 2))
        assert (facet.other, facet.missing) == (3, 2)  # Putin 2, State 1

    def test_a_facet_always_lists_what_it_is_asked_to_include(self, engine: Engine) -> None:
        asked = FacetRequest(field="tag", size=1, include=("STATE", "Nothing", "islamic state"))
        facet = engine.search(request_of(facets=(asked,))).facets["tag"]
        assert facet.buckets == (Bucket("Islamic State", 2), Bucket("State", 1), Bucket("Nothing", 0))
        assert facet.other == 4

    def test_a_facet_prefix_keeps_values_of_which_a_word_begins_with_it(self, engine: Engine) -> None:
        facet = engine.search(request_of(facets=(FacetRequest(field="tag", prefix="sT", size=1),))).facets["tag"]
        assert (facet.buckets, facet.other, facet.missing) == ((Bucket("Islamic State", 2),), 1, 2)
        asked = FacetRequest(field="tag", prefix="islamic st", include=("mining",))
        facet = engine.search(request_of(facets=(asked,))).facets["tag"]
        assert (facet.buckets, facet.other) == ((Bucket("Islamic State", 2), Bucket("Mining", 2)), 0)

    def test_years_and_months_are_listed_latest_first(self, engine: Engine) -> None:
        facets = engine.search(
            request_of(facets=(FacetRequest(field="year"), FacetRequest(field="month", size=2)))
        ).facets
        assert (facets["year"].buckets, facets["year"].missing) == ((Bucket("2015", 3), Bucket("2014", 2)), 1)
        assert facets["month"].buckets == (Bucket("2015-10", 1), Bucket("2015-09", 2))
        assert (facets["month"].other, facets["month"].missing) == (1, 2)

    # -- histogram ---------------------------------------------------------------------------------------------------

    def test_a_histogram_has_no_gaps_and_counts_found_and_archived(self, engine: Engine) -> None:
        request = request_of(Term("union"), histogram=HistogramRequest(interval=Interval.YEAR))
        histogram = engine.search(request).histogram
        assert histogram is not None
        assert [(b.start, b.end, b.count, b.archived) for b in histogram.bars] == [
            (date(2014, 1, 1), date(2014, 12, 31), 1, 2),
            (date(2015, 1, 1), date(2015, 12, 31), 2, 3),
        ]
        histogram = engine.search(request_of(histogram=HistogramRequest(interval=Interval.MONTH))).histogram
        assert histogram is not None
        assert (len(histogram.bars), histogram.undated) == (22, 1)
        assert [b.count for b in histogram.bars if b.count] == [1, 1, 2, 1]

    @pytest.mark.parametrize(
        ("last", "interval"),
        [
            ("2015-01-01", Interval.DAY),
            ("2015-03-03", Interval.DAY),  # 62 days
            ("2015-03-04", Interval.MONTH),
            ("2019-12-31", Interval.MONTH),
            ("2021-01-01", Interval.YEAR),
        ],
    )
    def test_the_span_of_what_was_found_decides_the_interval(
        self, make_engine: MakeEngine, last: str, interval: Interval
    ) -> None:
        engine = make_engine([story("1", on="2015-01-01"), story("2", on=last), story("3", "Other", on="1999")])
        histogram = engine.search(request_of(Term("story"), histogram=HistogramRequest())).histogram
        assert histogram is not None
        assert histogram.interval is interval

    def test_a_histogram_is_clipped_to_the_dates_asked(self, engine: Engine) -> None:
        dates = DateFilter(start=date(2015, 9, 20), end=date(2015, 10, 20))
        request = request_of(dates=dates, histogram=HistogramRequest(interval=Interval.MONTH))
        histogram = engine.search(request).histogram
        assert histogram is not None
        assert [(b.start, b.end, b.count, b.archived) for b in histogram.bars] == [
            (date(2015, 9, 20), date(2015, 9, 30), 1, 1),
            (date(2015, 10, 1), date(2015, 10, 20), 1, 1),
        ]

    def test_more_bars_than_a_page_can_draw_become_coarser_ones(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", on="1990-01-01"), story("2", on="2015-01-01")])
        histogram = engine.search(request_of(histogram=HistogramRequest(interval=Interval.DAY))).histogram
        assert histogram is not None
        assert (histogram.interval, len(histogram.bars)) == (Interval.MONTH, 301)

    def test_a_histogram_heeds_every_filter(self, engine: Engine) -> None:
        filters = (ValueFilter(field="year", values=("2014",)),)
        histogram = engine.search(
            request_of(filters=filters, histogram=HistogramRequest(interval=Interval.YEAR))
        ).histogram
        assert histogram is not None
        assert [(b.start.year, b.count) for b in histogram.bars] == [(2014, 2)]

    # -- order -------------------------------------------------------------------------------------------------------

    def test_newest_and_oldest_are_strict_and_undated_last(self, engine: Engine) -> None:
        assert ids(engine, sort=Sort.NEWEST) == ["greve", "raids", "pit", "letter", "budget", "claim"]
        assert ids(engine, sort=Sort.OLDEST) == ["budget", "letter", "pit", "raids", "greve", "claim"]
        assert all(hit.score is None for hit in engine.search(request_of(sort=Sort.NEWEST)).hits)

    def test_an_instant_is_after_midnight_of_its_day(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("day", on="2015-09-30"), story("noon", on="2015-09-30T12:00:00+02:00")])
        assert ids(engine, sort=Sort.NEWEST) == ["noon", "day"]

    def test_equal_keys_are_in_order_of_id(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story(id, "Rain", on="2015-09-30") for id in ("b", "a", "C", "é", "10", "9")])
        by_id = ["10", "9", "C", "a", "b", "é"]
        for sort in Sort:
            assert ids(engine, Term("rain"), sort=sort) == by_id
            assert ids(engine, sort=sort) == by_id

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("query", [MatchAll(), Or((Term("union"), Term("strike"), Term("is")))])
    def test_a_cursor_neither_loses_nor_repeats(self, engine: Engine, sort: Sort, query: Query) -> None:
        whole = ids(engine, query, sort=sort)
        walked: list[str] = []
        after: Cursor | None = None
        while True:
            hits = engine.search(request_of(query, sort=sort, after=after, limit=2)).hits
            if not hits:
                break
            walked += [hit.article.id for hit in hits]
            after = Cursor.decode(hits[-1].cursor.encode())
        assert walked == whole

    def test_a_cursor_goes_on_after_its_article_is_gone(self, engine: Engine) -> None:
        first = engine.search(request_of(sort=Sort.NEWEST, limit=2)).hits
        with engine.writer() as writer:
            writer.delete(first[-1].article.id)
        assert ids(engine, sort=Sort.NEWEST, after=first[-1].cursor) == ["pit", "letter", "budget", "claim"]

    def test_pages_by_number_are_runs_of_one_order(self, engine: Engine) -> None:
        query = Or((Term("union"), Term("strike")))
        whole = ids(engine, query)
        assert [ids(engine, query, offset=n, limit=2) for n in (0, 2, 4)] == [whole[:2], whole[2:4], whole[4:6]]
        assert ids(engine, query, offset=500) == []

    @pytest.mark.parametrize(
        ("query", "first", "second"),
        [
            (Term("rain"), story("1", "Rain", "Nothing else"), story("2", "Nothing", "Some rain")),  # headline first
            (Term("strikes"), story("1", body="Two strikes"), story("2", body="To strike")),  # the word before its stem
            (Term("US", acronym=True), story("1", body="The US"), story("2", body="Tell us")),
            (Term("rain"), story("1", body="rain and rain"), story("2", body="rain and snow")),
            (Term("rain"), story("1", body="rain"), story("2", body="rain " + "snow " * 50)),  # the shorter one
            (  # words close together
                And((Term("red"), Term("fox"))),
                story("1", body="a red fox ran over the hill and was gone"),
                story("2", body="a red barn stood over the hill and one fox"),
            ),
            (  # the rarer word
                Or((Term("common"), Term("rare"))),
                story("1", body="rare"),
                story("2", body="common"),
            ),
            (Term("rain"), story("1", body="rain", on="2015-09-30"), story("2", body="rain", on="2001-09-30")),
        ],
    )
    def test_the_better_match_comes_first(
        self, make_engine: MakeEngine, query: Query, first: Article, second: Article
    ) -> None:
        others = [story(str(n), body="something common to say") for n in range(3, 9)]
        for one, two in ((first, second), (_renamed(first, "2"), _renamed(second, "1"))):
            found = make_engine([one, two, *others]).search(request_of(query)).hits
            assert [hit.article.body for hit in found[:2]] == [first.body, second.body]
            assert found[0].score is not None
            assert found[1].score is not None
            assert found[0].score > found[1].score

    # -- hits --------------------------------------------------------------------------------------------------------

    def test_a_hit_has_its_whole_article_and_what_matched(self, engine: Engine) -> None:
        (hit,) = engine.search(request_of(And((Phrase("air strikes"), Term("plane"))))).hits
        assert hit.article == ARCHIVE[0]
        marked = {
            name: [f.text[a:b] for f in snippet.fragments for a, b in f.highlights]
            for name, snippet in hit.snippets.items()
        }
        assert marked == {"headline": ["air strikes"], "kicker": [], "body": ["Planes"]}

    def test_snippets_are_left_out_when_not_asked(self, engine: Engine) -> None:
        assert engine.search(request_of(Term("syria"), snippets=False)).hits[0].snippets == {}


def _renamed(article: Article, id: str) -> Article:
    return Article.from_json(article.to_json() | {"id": id})
