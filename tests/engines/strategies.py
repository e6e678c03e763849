"""Small random archives and requests, for comparing engines: few words in many forms, so that much matches.

`archives` are written in several commits, with replacements and deletions; `requests` use every node and option.
"""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from searchsvc.engines.contract import Engine
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS
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
    DateFilter,
    FacetRequest,
    HistogramRequest,
    Interval,
    SearchRequest,
    Sort,
    ValueFilter,
)

REQUESTS = 10  # of one archive: building it costs more than asking

# Inflections, accents, small words, acronyms and their small twins, words that are cut, a number, spaceless script.
WORDS = (
    "strike", "strikes", "striking", "Strike", "the", "of", "is", "IS", "us", "US", "U.S.", "state", "State", "states",
    "café", "cafe", "grève", "grèves", "mineurs", "al-Assad", "Assad", "Putin's", "putin", "1,000", "1000", "Łódź",
    "national", "nation", "nationale", "straße", "国会", "x",
)  # fmt: skip
GAPS = (" ", " ", " ", " ", ", ", ". ", "\n", "\n\n", " – ")

TAGS = ("Syria", "SYRIA", "syria", "Islamic State", "islamic  state", "IS", "Łódź", "strikes", "State of the union")
SECTIONS = ("", "News", "news", "NEWS", "World news", "Sport")
PUBLICATIONS = ("", "The Post", "The post", "La Gazette")
AUTHORS = ("Ada Stone", "ada stone", "Bo Reed")
PLACES = ("", "PARIS", "Paris", "New York")
IDS = tuple("abcdefgh") + ("a/1", "é", "B", "10", "9")
DAYS = (
    date(1999, 12, 31), date(2014, 1, 1), date(2015, 1, 31), date(2015, 2, 1), date(2015, 9, 29), date(2015, 9, 30),
    date(2015, 10, 1), date(2016, 2, 29), date(2021, 6, 15),
)  # fmt: skip
INSTANTS = tuple(
    datetime(2015, 9, 30, hour, 30, tzinfo=zone)
    for hour in (0, 12, 23)
    for zone in (UTC, timezone(timedelta(hours=-5)))
)


def _texts(most: int) -> st.SearchStrategy[str]:
    """Up to `most` words with gaps between."""
    pairs = st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS))
    return st.lists(pairs, max_size=most).map(lambda words: "".join(word + gap for word, gap in words).strip())


@st.composite
def articles(draw: st.DrawFn) -> Article:
    kind = draw(st.sampled_from(list(DatePrecision)))
    day = draw(st.sampled_from(DAYS)) if kind is not DatePrecision.UNKNOWN else None
    instant = draw(st.sampled_from(INSTANTS)) if kind is DatePrecision.INSTANT else None
    if instant is not None:
        day = instant.date()
    elif day is not None and kind is DatePrecision.MONTH:
        day = day.replace(day=1)
    elif day is not None and kind is DatePrecision.YEAR:
        day = day.replace(month=1, day=1)
    return Article(
        id=ArticleId(draw(st.sampled_from(IDS))),
        headline=draw(_texts(3)),
        body=draw(_texts(12)),
        kicker=draw(st.sampled_from(("", "", "US strikes", "al-Assad"))),
        summary=draw(st.sampled_from(("", "", "the state of the strikes", "national café"))),
        section=draw(st.sampled_from(SECTIONS)),
        tags=tuple(draw(st.lists(st.sampled_from(TAGS), max_size=3, unique=True))),
        publication=draw(st.sampled_from(PUBLICATIONS)),
        authors=tuple(draw(st.lists(st.sampled_from(AUTHORS), max_size=2, unique=True))),
        place=draw(st.sampled_from(PLACES)),
        language=draw(st.sampled_from(("en", "en", "fr"))),
        published_on=day,
        published_at=instant,
        date_precision=kind,
    )


Commit = list[Article | ArticleId]  # articles put, ids deleted


def archives() -> st.SearchStrategy[list[Commit]]:
    """What was written, commit by commit."""
    operation: st.SearchStrategy[Article | ArticleId] = st.one_of(
        articles(), articles(), articles(), articles(), st.sampled_from(IDS).map(ArticleId)
    )
    return st.lists(st.lists(operation, max_size=6), min_size=1, max_size=4)


def write(engine: Engine, archive: list[Commit]) -> None:
    """Write each commit of an archive into an engine."""
    for commit in archive:
        with engine.writer() as writer:
            for operation in commit:
                if isinstance(operation, Article):
                    writer.put(operation)
                else:
                    writer.delete(operation)


_typed = st.sampled_from((*WORDS, "strikke", "Kafe", "puti", "nowhere", "–"))
_several = st.lists(_typed, min_size=1, max_size=3).map(" ".join)
_text_field = st.sampled_from((None, None, None, *SEARCHED_FIELDS))
_facet_name = st.sampled_from([field.name for field in FACET_FIELDS])
_value = st.sampled_from(
    (*TAGS, *SECTIONS, *PUBLICATIONS, *AUTHORS, "en", "fr", "2015", "2015-09", "2014-01", "nothing")
)
_day = st.one_of(st.none(), st.sampled_from(DAYS))

_leaf = st.one_of(
    st.builds(Term, _typed, _text_field, exact=st.booleans(), acronym=st.booleans()),
    st.builds(Term, _typed),
    st.builds(Phrase, _several, st.sampled_from((None, None, 0, 1, 2, 5)), _text_field),
    st.builds(
        Prefix, st.sampled_from(("st", "str", "na", "ca", "Caf", "u", "1", "gre", "al-A", "国", "–")), _text_field
    ),
    st.builds(Fuzzy, _typed, st.sampled_from((1, 2)), _text_field),
    st.builds(Value, _facet_name, _value),
    st.builds(Prefix, st.sampled_from(("is", "NEW", "2015", "s", "")), _facet_name),
    st.builds(Term, _value, _facet_name),
    st.builds(DateRange, _day, _day),
)


def _joined(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(children, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children))


def queries() -> st.SearchStrategy[Query]:
    """Query trees of a few leaves."""
    simple: st.SearchStrategy[Query] = st.one_of(_leaf, _leaf, _leaf, st.just(MatchAll()), st.just(MatchNone()))
    return st.recursive(simple, _joined, max_leaves=5)


_filter = st.builds(
    ValueFilter,
    field=_facet_name,
    values=st.lists(_value, max_size=2).map(tuple),
    excluded=st.lists(_value, max_size=1).map(tuple),
)
_facet = st.builds(
    FacetRequest,
    field=_facet_name,
    size=st.sampled_from((1, 2, 10)),
    prefix=st.sampled_from(("", "", "", "s", "IS", "new", "islamic s", "2015", "2")),
    include=st.lists(_value.filter(bool), max_size=2).map(tuple),
)


def requests() -> st.SearchStrategy[SearchRequest]:
    """Requests that show every hit, with any of the options."""
    return st.builds(
        SearchRequest,
        query=queries(),
        filters=st.lists(_filter, max_size=2, unique_by=lambda asked: asked.field).map(tuple),
        dates=st.one_of(st.none(), st.none(), st.builds(DateFilter, start=_day, end=_day)),
        facets=st.lists(_facet, max_size=3, unique_by=lambda asked: asked.field).map(tuple),
        histogram=st.one_of(
            st.none(), st.builds(HistogramRequest, interval=st.one_of(st.none(), st.sampled_from(list(Interval))))
        ),
        sort=st.sampled_from(list(Sort)),
        limit=st.just(1_000),
        snippets=st.booleans(),
        query_fields=st.sampled_from((SEARCHED_FIELDS, SEARCHED_FIELDS, ("headline",), ("tags", "body"))),
        languages=st.sampled_from((("en",), ("en",), ("fr",), ("en", "fr"), ("xx",))),
        exact=st.sampled_from((False, False, True)),
        timeout_ms=st.just(60_000),
    )
