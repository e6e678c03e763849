"""Writer: what is written reads back as the same query."""

from datetime import date

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from searchsvc.model.fields import FACET_FIELDS, TEXT_FIELDS
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
from searchsvc.querylang.acronyms import with_acronyms
from searchsvc.querylang.normal import conjunction, disjunction, negation
from searchsvc.querylang.parser import MAX_LENGTH, parse
from searchsvc.querylang.writer import write
from tests.querylang.texts import ANY_TEXT

TODAY = date(2024, 3, 19)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (MatchAll(), "*"),
        (MatchNone(), "-*"),
        (Term("AND"), "+AND"),
        (Not(Term("AND")), "-+AND"),
        (Term("strikes", exact=True), '"strikes"'),
        (Term("putin", field="headline"), "headline:putin"),
        (Phrase("air strikes", slop=5, field="body"), 'body:"air strikes"~5'),
        (And((Or((Term("a"), Term("b"))), Term("c"))), "(a OR b) c"),
        (Or((And((Term("a"), Term("b"))), Not(Or((Term("c"), Term("d")))))), "a b OR -(c OR d)"),
        (Value("tag", "Russia"), "tag:Russia"),
        (Value("tag", "M*A*S*H"), 'tag:"M*A*S*H"'),
        (Value("tag", 'the "new" wave'), 'tag:"the new wave"'),  # a quote cannot be typed inside quotes
        (Term("two words"), '"two words"'),
        (Prefix("Isl", field="tag"), "tag:Isl*"),
        (Fuzzy("putn", 1), "putn~1"),
        (DateRange(date(2015, 1, 1), date(2015, 12, 31)), "date:2015"),
        (DateRange(date(2012, 2, 1), date(2012, 2, 29)), "date:2012-02"),
        (DateRange(date(2015, 9, 30), date(2015, 9, 30)), "date:2015-09-30"),
        (DateRange(date(2015, 9, 1), date(2015, 12, 31)), "date:2015-09-01..2015-12-31"),
        (DateRange(None, date(2015, 12, 31)), "date:..2015-12-31"),
        (DateRange(date(2015, 12, 31), None), "date:2015-12-31.."),
        (DateRange(), "date:0001-01-01..9999-12-31"),
    ],
)
def test_a_query_is_written_as_a_reader_would_type_it(query: Query, text: str) -> None:
    assert write(query) == text


_WORDS = """a is IS US U.S. AND OR NOT or al-Assad café 1,000 10:30 PUTIN Putin's x/y тест 中国"""
_WORD = st.sampled_from(_WORDS.split())
_RUN = st.sampled_from(["strik", "airs", "PUT", "été", "201", "тест"])
_TEXT = st.none() | st.sampled_from([field.name for field in TEXT_FIELDS])
_FACET = st.sampled_from([field.name for field in FACET_FIELDS])
_SIGNED_VALUE = st.text(alphabet="aZ9 -.,:;()*?~+'_é☢/&", min_size=1, max_size=12).map(lambda t: " ".join(t.split()))
_DATE = st.dates()
_LEAF: st.SearchStrategy[Query] = st.one_of(
    st.builds(Term, _WORD, field=_TEXT, exact=st.booleans()),
    st.builds(Phrase, st.lists(_WORD, min_size=2, max_size=4).map(" ".join), st.none() | st.integers(1, 100), _TEXT),
    st.builds(Prefix, _RUN, _TEXT | _FACET),
    st.builds(Fuzzy, _RUN, st.sampled_from([1, 2]), _TEXT),
    st.builds(Value, _FACET, _WORD | _SIGNED_VALUE.filter(bool)),
    st.builds(DateRange, _DATE, st.none()),
    st.builds(DateRange, st.none(), _DATE),
    st.tuples(_DATE, _DATE).map(lambda days: DateRange(min(days), max(days))),
)
_TREE = st.recursive(
    _LEAF | st.just(MatchAll()),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(conjunction),
        st.lists(inner, min_size=1, max_size=4).map(disjunction),
        inner.map(negation),
    ),
    max_leaves=12,
).map(with_acronyms)


@given(_TREE)
def test_what_is_written_is_read_back_without_a_notice(query: Query) -> None:
    text = write(query)
    assume(len(text) <= MAX_LENGTH)
    parsed = parse(text, today=TODAY)
    assert parsed.query == query
    assert parsed.notices == ()


@given(ANY_TEXT)
@example("0~0*")
@example("tag:,")
@example("0*0://")
@example("a?b:cd foo~1_ x:*/b*")
def test_reading_and_writing_settles_at_once(text: str) -> None:
    query = parse(text, today=TODAY).query
    written = write(query)
    assume(len(written) <= MAX_LENGTH)
    again = parse(written, today=TODAY).query
    assert again == query
    assert write(again) == written
