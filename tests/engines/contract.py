"""What every engine promises (`engines.base`), as tests: an engine's own test module subclasses EngineContract.

It gives the fixture `make_engine`: a function from articles to an engine that has them. Not for speed, nor for how an
engine keeps its files.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from searchsvc.engines.base import Engine, Outcome
from searchsvc.errors import ArticleNotFound, EngineTimeout, IndexLocked, UnknownField
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    MatchAll,
    MatchNone,
    Not,
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
    SearchRequest,
    Sort,
    ValueFilter,
)
from searchsvc.model.result import Bucket, NoticeKind, RelatedHit

MakeEngine = Callable[[Iterable[Article]], Engine]

# Long enough for a machine that does much else.
PATIENT_MS = 60_000


def story(id: str, headline: str = "A story", body: str = "", *, on: str = "", **fields: Any) -> Article:
    """An article for a test; `on` is a year, month, day or instant. `fields` are Article's."""
    if "T" in on:
        instant = datetime.fromisoformat(on).astimezone(UTC)
        fields |= {"published_at": instant, "published_on": instant.date(), "date_precision": DatePrecision.INSTANT}
    elif on:
        precision = {4: DatePrecision.YEAR, 7: DatePrecision.MONTH, 10: DatePrecision.DAY}[len(on)]
        fields |= {"published_on": date.fromisoformat(f"{on}-01-01"[:10]), "date_precision": precision}
    return Article(id=ArticleId(id), headline=headline, body=body, **fields)


def request_of(query: Query | None = None, **parts: Any) -> SearchRequest:
    """A request that finds all and waits long, unless told otherwise. `parts` are SearchRequest's."""
    return SearchRequest(query=query or MatchAll(), **({"limit": 1_000, "timeout_ms": PATIENT_MS} | parts))


def ids(engine: Engine, query: Query | None = None, **parts: Any) -> list[str]:
    """The ids of the hits in their order."""
    return [hit.article.id for hit in engine.search(request_of(query, **parts)).hits]


ARCHIVE = (
    story(
        "raids",
        "Russia launches air strikes in Syria",
        "Planes hit three towns before dawn. The state of the union was not mentioned.\n\nBashar al-Assad asked.",
        kicker="Moscow 'ready to liaise with US'",
        summary="The first raids since the spring.",
        on="2015-09-30T14:05:00+00:00",
        section="International",
        tags=("Putin", "Islamic State"),
        publication="The Herald",
        agency="Reuters",
        place="UNITED NATIONS",
        authors=("Ada Stone", "Bo Reed"),
    ),
    story(
        "pit",
        "Striking miners tell us they want more",
        "The café at the pit is shut. Its owner wants union pay. She is calm about Putin's raids.",
        on="2015-09-12",
        section="Business",
        tags=("Mining", "islamic  STATE"),
        publication="The Herald",
        agency="AFP",
    ),
    story(
        "greve",
        "Les grèves continuent à Łódź",
        "La grève des mineurs dure depuis lundi.",
        on="2015-10-02",
        language="fr",
        section="International",
        publication="La Gazette",
        tags=("Mining",),
    ),
    story(
        "claim",
        "IS claims the attack",
        "Who is behind it is not known in the U.S. or elsewhere.",
        tags=("State", "Putin"),
    ),
    story(
        "budget", "Union budget at 1,000 crowns", "State aid: union first, state later.", on="2014", section="business"
    ),
    story("letter", "A letter from Kent", "Air was clear. Strikes were few.", on="2014-02", section="Letters"),
)

# What is asked, and who is found.
FOUND: list[tuple[Query, set[str]]] = [
    (MatchAll(), {a.id for a in ARCHIVE}),
    (MatchNone(), set()),
    (And(()), {a.id for a in ARCHIVE}),
    (Or(()), set()),
    (Term("syria"), {"raids"}),
    (Term("SYRIA"), {"raids"}),
    (Term("nowhere"), set()),
    # Stems, and words themselves.
    (Term("strike"), {"raids", "pit", "letter"}),
    (Term("strikes", exact=True), {"raids", "letter"}),
    # Accents and letters with a stroke.
    (Term("cafe"), {"pit"}),
    (Term("Café"), {"pit"}),
    (Term("lodz"), {"greve"}),
    (Term("1000"), {"budget"}),
    # Short words and acronyms are words; capitals change the ranking only.
    (Term("is"), {"pit", "claim"}),
    (Term("IS", acronym=True), {"pit", "claim"}),
    (Term("U.S."), {"raids", "pit", "claim"}),
    (Term("US", acronym=True), {"raids", "pit", "claim"}),
    # A word that is cut matches as words in a row.
    (Term("al-Assad"), {"raids"}),
    (Term("Assad"), {"raids"}),
    (Term("assad-al"), set()),
    (Term("air-strike"), {"raids"}),
    (Term("Putin's"), {"raids", "pit", "claim"}),
    # Nothing is left of it.
    (Term("–"), set()),
    (Phrase("…"), set()),
    (Prefix("'"), set()),
    (Fuzzy("?", 1), set()),
    # Quoted words: in that order, next to each other, themselves.
    (Phrase("state of the union"), {"raids"}),
    (Phrase("air strikes"), {"raids"}),
    (Phrase("air strike"), set()),
    (Phrase("strikes air"), set()),
    (Phrase("strikes"), {"raids", "letter"}),
    (Phrase("Islamic State"), {"raids", "pit"}),
    # No phrase runs from one tag, or one paragraph, into the next.
    (Phrase("Putin Islamic"), set()),
    (Phrase("mentioned Bashar"), set()),
    # Within so many words, in any order; each word a token of its own.
    (Phrase("union state", slop=1), {"budget"}),
    (Phrase("union state", slop=2), {"raids", "budget"}),
    (Phrase("air strike", slop=0), {"raids"}),
    (Phrase("strike air", slop=2), {"raids", "letter"}),
    (Phrase("state state", slop=2), set()),
    (Phrase("state state", slop=3), {"budget"}),
    (Phrase("union union union", slop=50), set()),
    # Begins with; letters off.
    (Prefix("strik"), {"raids", "pit", "letter"}),
    (Prefix("gre"), {"greve"}),
    (Prefix("GRÈV"), {"greve"}),
    (Prefix("U.S"), {"raids", "pit", "claim"}),
    (Prefix("al-A"), set()),
    (Fuzzy("siria", 1), {"raids"}),
    (Fuzzy("sirya", 1), set()),
    (Fuzzy("sirya", 2), {"raids"}),
    (Fuzzy("yrsia", 1), set()),
    (Fuzzy("ysria", 1), {"raids"}),
    (Fuzzy("Kant", 1), {"letter", "pit"}),  # Kent, want
    # In a field.
    (Term("putin", "headline"), set()),
    (Term("putin", "body"), {"pit"}),
    (Term("putin", "tags"), {"raids", "claim"}),
    (Term("moscow", "kicker"), {"raids"}),
    (Term("spring", "summary"), {"raids"}),
    (Phrase("a letter", field="headline"), {"letter"}),
    (Prefix("min", "tags"), {"pit", "greve"}),
    # Whole values, in any case and spacing.
    (Value("tag", "ISLAMIC state"), {"raids", "pit"}),
    (Value("tag", "state"), {"claim"}),
    (Value("section", "Business"), {"pit", "budget"}),
    (Value("author", "bo reed"), {"raids"}),
    (Value("language", "fr"), {"greve"}),
    (Value("year", "2014"), {"budget", "letter"}),
    (Value("month", "2014-02"), {"letter"}),
    (Value("month", "2014-01"), set()),  # of the budget only the year is known
    (Value("tag", ""), set()),
    (Prefix("islamic", "tag"), {"raids", "pit"}),
    (Prefix("state", "tag"), {"claim"}),
    (Prefix("2015-09", "month"), {"raids", "pit"}),
    (Term("putin", "tag"), {"raids", "claim"}),
    (Phrase("islamic state", field="tag"), {"raids", "pit"}),
    (Fuzzy("putni", 1, "tag"), set()),
    # Dates: both ends included, undated ones never.
    (DateRange(date(2015, 9, 30), date(2015, 9, 30)), {"raids"}),
    (DateRange(date(2015, 9, 12), None), {"raids", "pit", "greve"}),
    (DateRange(None, date(2014, 12, 31)), {"budget", "letter"}),
    (DateRange(None, None), {"raids", "pit", "greve", "budget", "letter"}),
    # Taken together; two words may be found in different fields.
    (And((Term("moscow"), Term("planes"))), {"raids"}),
    (And((Term("union"), Term("mining"))), {"pit"}),
    (Or((Term("syria"), Term("kent"))), {"raids", "letter"}),
    (And((Term("union"), Not(Term("syria")))), {"pit", "budget"}),
    (Not(Term("union")), {"greve", "claim", "letter"}),
    (Not(Not(Term("syria"))), {"raids"}),
    (Not(And((Term("union"), Term("miners")))), {"raids", "greve", "claim", "budget", "letter"}),
    (Not(DateRange(None, None)), {"claim"}),
    (Or((Not(MatchAll()), Value("section", "letters"))), {"letter"}),
]


class EngineContract:
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

    # -- reading and writing -----------------------------------------------------------------------------------------

    def test_get_gives_the_article_as_it_was_put(self, engine: Engine) -> None:
        assert [engine.get(article.id) for article in ARCHIVE] == list(ARCHIVE)
        with pytest.raises(ArticleNotFound):
            engine.get(ArticleId("nowhere"))

    def test_scan_yields_each_live_article_once(self, engine: Engine) -> None:
        with engine.writer() as writer:
            writer.put(story("raids", "New"))
            writer.delete(ArticleId("pit"))
            writer.put(story("more", "More"))
        scanned = sorted(engine.scan(), key=lambda article: article.id)
        assert [article.id for article in scanned] == ["budget", "claim", "greve", "letter", "more", "raids"]
        assert scanned[-1].headline == "New"

    def test_put_adds_replaces_or_leaves(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain"), story("2", "Snow")])
        with engine.writer() as writer:
            assert writer.put(story("1", "Rain")) is Outcome.UNCHANGED
            assert writer.put(story("2", "Hail")) is Outcome.REPLACED
            assert writer.put(story("3", "Wind")) is Outcome.ADDED
            assert writer.put(story("3", "Wind")) is Outcome.UNCHANGED
            assert writer.put(story("3", "Storm")) is Outcome.REPLACED
            assert writer.delete(ArticleId("4")) is False
            assert writer.delete(ArticleId("1")) is True
            assert writer.delete(ArticleId("1")) is False
            assert writer.put(story("1", "Fog")) is Outcome.ADDED
        assert {article.id: article.headline for article in engine.scan()} == {"1": "Fog", "2": "Hail", "3": "Storm"}
        assert ids(engine, Or((Term("rain"), Term("snow"), Term("wind")))) == []
        assert engine.status().articles == 3

    def test_what_is_not_committed_is_not_seen(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        with engine.writer() as writer:
            writer.put(story("2", "Rain"))
            assert ids(engine) == ["1"]
            writer.commit()
            assert sorted(ids(engine)) == ["1", "2"]
            writer.delete(ArticleId("1"))
            assert sorted(ids(engine)) == ["1", "2"]
        assert ids(engine) == ["2"]

    def test_after_an_error_what_was_committed_stays_and_the_rest_is_gone(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])

        def fail() -> None:
            with engine.writer() as writer:
                writer.put(story("2", "Snow"))
                writer.commit()
                writer.put(story("3", "Hail"))
                writer.delete(ArticleId("1"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert sorted(ids(engine)) == ["1", "2"]
        with engine.writer() as writer:
            writer.put(story("4", "Fog"))
        assert sorted(ids(engine)) == ["1", "2", "4"]

    def test_a_fresh_build_replaces_the_live_one_on_success(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        with engine.writer(fresh=True) as writer:
            writer.put(story("2", "Snow"))
            writer.commit()
            assert ids(engine) == ["1"]
        assert ids(engine) == ["2"]

        def fail() -> None:
            with engine.writer(fresh=True) as writer:
                writer.put(story("3", "Hail"))
                writer.commit()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert ids(engine) == ["2"]

    def test_a_second_writer_is_refused_while_one_is_at_work(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1")])
        with engine.writer(), pytest.raises(IndexLocked):
            engine.writer()
        with engine.writer() as writer:
            writer.put(story("2"))
        assert len(ids(engine)) == 2

    def test_the_commit_names_the_snapshot(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        before = engine.search(request_of()).commit
        assert before
        assert engine.search(request_of(Term("rain"))).commit == before == engine.status().commit
        with engine.writer() as writer:
            writer.put(story("2", "Snow"))
        after = engine.search(request_of()).commit
        assert after != before
        with engine.writer() as writer:
            writer.put(story("2", "Snow"))
        assert engine.search(request_of()).commit == after  # nothing was written

    def test_status_counts_live_articles(self, engine: Engine) -> None:
        with engine.writer() as writer:
            writer.delete(ArticleId("pit"))
        status = engine.status()
        assert (status.articles, status.engine) == (len(ARCHIVE) - 1, engine.name)
        assert status.made_at is not None

    # -- completing and correcting -----------------------------------------------------------------------------------

    def test_suggestions_begin_with_what_is_typed(self, engine: Engine) -> None:
        found = {(s.kind, s.text, s.count) for s in engine.suggest("sta")}
        assert found == {("tag", "State", 1), ("tag", "Islamic State", 2), ("term", "state", 4)}
        assert [s.text for s in engine.suggest("STA") if s.kind == "tag"] == ["State", "Islamic State"]

    def test_a_headline_is_suggested_by_any_of_its_words(self, engine: Engine) -> None:
        found = [s for s in engine.suggest("launches ai") if s.kind == "headline"]
        assert [(s.text, s.article_id) for s in found] == [("Russia launches air strikes in Syria", "raids")]
        assert engine.suggest("unches") == ()

    def test_there_are_no_more_suggestions_than_asked(self, engine: Engine) -> None:
        for limit in (0, 1, 2, 3, 5):
            assert len(engine.suggest("s", limit=limit)) == limit
        assert engine.suggest("zzz") == ()
        assert engine.suggest("  ") == ()

    def test_a_misspelt_word_is_corrected(self, engine: Engine) -> None:
        assert engine.spell("syira")[0].word == "syria"
        assert engine.spell("misers")[0].word == "miners"
        assert "syria" not in [c.word for c in engine.spell("syria")]
        assert all(c.count >= 1 for c in engine.spell("stake"))
        assert len(engine.spell("tha", limit=1)) == 1
        assert engine.spell("qqqqqqqq") == engine.spell("–") == ()

    def test_document_frequency_counts_live_articles_by_word_or_stem(self, engine: Engine) -> None:
        assert [engine.document_frequency(word) for word in ("strike", "union", "U.S.", "nowhere", "–")] == [
            3,
            3,
            3,
            0,
            0,
        ]
        with engine.writer() as writer:
            writer.delete(ArticleId("letter"))
        assert engine.document_frequency("strike") == 2

    # -- more stories ------------------------------------------------------------------------------------------------

    def test_more_stories_are_before_after_and_of_the_same_days(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(FLOOD[0])
        assert [hit.article.id for hit in related.before] == ["dam"]
        assert [hit.article.id for hit in related.after] == ["repair"]
        assert {hit.article.id for hit in related.angles} == {"ferry", "undated"}
        assert [hit.article.id for hit in related.copies] == ["copy"]
        assert [hit.days for hit in related.before + related.after] == [-50, 90]
        assert {hit.article.id: hit.days for hit in related.angles} == {"ferry": 1, "undated": None}

    def test_more_stories_say_why(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(FLOOD[0])
        shown: tuple[RelatedHit, ...] = related.before + related.after + related.angles + related.copies
        assert shown
        text = f"{FLOOD[0].headline} {FLOOD[0].body} {' '.join(FLOOD[0].tags)}"
        for hit in shown:
            assert hit.shared_words or hit.shared_tags
            assert len(hit.shared_words) <= 5
            assert all(word in text for word in hit.shared_words)
            assert set(hit.shared_tags) <= set(FLOOD[0].tags)
        assert next(hit for hit in shown if hit.article.id == "ferry").shared_tags == ("Orlby",)

    def test_an_article_is_never_among_its_own_more_stories(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        for article in FLOOD + NOISE:
            related = engine.related(article)
            parts = (related.before, related.after, related.angles, related.copies)
            assert article.id not in [hit.article.id for part in parts for hit in part]

    def test_a_draft_that_is_not_archived_finds_its_background(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        draft = story(
            "draft", "Orlby bridge reopens", "The bridge over the Orl was closed since the flood.", on="2016-07-01"
        )
        related = engine.related(draft, limit=2)
        assert 1 <= len(related.before) <= 2
        assert related.after == ()

    def test_nothing_is_related_to_an_article_that_shares_nothing(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(story("odd", "Zyx wvu", "Tsrq ponm lkji."))
        assert (related.before, related.after, related.angles, related.copies) == ((), (), (), ())

    def test_more_stories_can_be_of_some_languages_only(self, make_engine: MakeEngine) -> None:
        engine = make_engine(
            [*FLOOD, *NOISE, story("fr", "Orlby: le pont Orl", "Orlby Orl bridge flood", language="fr")]
        )
        assert "fr" in [hit.article.id for hit in engine.related(FLOOD[0]).angles]
        assert "fr" not in [hit.article.id for hit in engine.related(FLOOD[0], languages=("en",)).angles]


_FLOOD_TEXT = (
    "The river Orl rose by two metres in the night, and the old bridge at Orlby was closed to all traffic. "
    "Families in the lower town left their houses before dawn. The mayor, Ingrid Vass, said that the flood was the "
    "worst in forty years."
)
FLOOD = (
    story("flood", "Flood closes the bridge at Orlby", _FLOOD_TEXT, on="2016-04-01", tags=("Orlby", "Weather")),
    story("copy", "River Orl in flood", _FLOOD_TEXT, on="2016-04-02", publication="The Post"),
    story(
        "dam",
        "Engineers warn of the Orl dam",
        "The dam above Orlby could not hold a flood of the Orl.",
        on="2016-02-11",
    ),
    story(
        "repair",
        "Orlby bridge under repair",
        "Vass said that the bridge over the Orl reopens in a year.",
        on="2016-06-30",
    ),
    story(
        "ferry",
        "A ferry for Orlby",
        "While the bridge is closed a ferry crosses the Orl.",
        on="2016-04-02",
        tags=("orlby",),
    ),
    story("undated", "Orlby remembers its floods", "The Orl has drowned the bridge before, Vass writes."),
)
NOISE = tuple(
    story(
        f"noise-{n}",
        f"{what} talks go on",
        f"The {what.lower()} ministers met and said little of note.",
        on="2016-04-01",
    )
    for n, what in enumerate(("Budget", "Fishing", "Trade", "Wheat", "Coal", "Opera", "Tram", "School"))
)


def _renamed(article: Article, id: str) -> Article:
    return Article.from_json(article.to_json() | {"id": id})
