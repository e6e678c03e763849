"""Parser: what readers type means what they expect, and whatever is odd is said."""

import time
from datetime import date

import pytest
from hypothesis import given

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
    leaves,
)
from searchsvc.model.result import Notice, NoticeKind
from searchsvc.querylang.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse
from tests.querylang.texts import ANY_TEXT

TODAY = date(2024, 3, 19)

A, B, C = Term("a"), Term("b"), Term("c")
SEPTEMBER = DateRange(date(2015, 9, 1), date(2015, 9, 30))


def read(text: str) -> Query:
    return parse(text, today=TODAY).query


def notices(text: str) -> tuple[Notice, ...]:
    return parse(text, today=TODAY).notices


WELL_FORMED: list[tuple[str, Query]] = [
    ("", MatchAll()),
    ("  \n ", MatchAll()),
    ("*", MatchAll()),
    ("russia", Term("russia")),
    ("Russia syria", And((Term("Russia"), Term("syria")))),
    ("a AND b", And((A, B))),
    ("a OR b", Or((A, B))),
    ("a or b and not c", And((A, Term("or"), B, Term("and"), Term("not"), C))),  # small letters are words
    ("a b OR c", Or((And((A, B)), C))),
    ("a OR b c", Or((A, And((B, C))))),
    ("(a OR b) c", And((Or((A, B)), C))),
    ("a OR (b OR c)", Or((A, B, C))),
    ("a (b c)", And((A, B, C))),
    ("((a))", A),
    ("NOT a b", And((Not(A), B))),
    ("a NOT b", And((A, Not(B)))),
    ("a AND NOT b", And((A, Not(B)))),
    ("NOT NOT a", A),
    ("-a", Not(A)),
    ("--a", Not(A)),
    ("b -a", And((B, Not(A)))),
    ("-(a b)", Not(And((A, B)))),
    ("-(a OR b) c", And((Not(Or((A, B))), C))),
    ('-"a b"', Not(Phrase("a b"))),
    ("-tag:x", Not(Value("tag", "x"))),
    ("+a +b", And((A, B))),
    ("-*", MatchNone()),
    ("+AND", Term("AND", acronym=True)),
    ("al-Assad", Term("al-Assad")),
    ("Putin's", Term("Putin's")),
    ("café", Term("café")),
    ("(russia), syria", And((Term("russia"), Term("syria")))),
    ('"a b", c.', And((Phrase("a b"), C))),
    ("#metoo", Term("metoo")),
    ("what?", Term("what")),
    ("russia,syria", And((Term("russia"), Term("syria")))),
    ("1,000", Term("1,000")),
    ("10:30", Term("10:30")),
    ("Syria: Russia", And((Term("Syria"), Term("Russia")))),
    ("https://example.org/a?b=1*2~3", Term("https://example.org/a?b=1*2~3")),
    ('"state of the union"', Phrase("state of the union")),
    ("“state of the union”", Phrase("state of the union")),
    ("«a  b»", Phrase("a b")),
    ('"a - b"', Phrase("a b")),
    ('"a b"~5', Phrase("a b", slop=5)),
    ('"a b"~0', Phrase("a b")),
    ('"strikes"', Term("strikes", exact=True)),
    ('"al-Assad"', Term("al-Assad", exact=True)),
    ('a"b c"', And((A, Phrase("b c")))),
    ("strik*", Prefix("strik")),
    ("al-Ass*", And((Term("al"), Prefix("Ass")))),
    ("putn~", Fuzzy("putn", 1)),
    ("president~", Fuzzy("president", 2)),
    ("putn~1", Fuzzy("putn", 1)),
    ("putn~2", Fuzzy("putn", 2)),
    ("putn~0", Term("putn")),
    ("foo~bar", Term("foo/bar")),  # two words in a row, as al-Assad is
    ("headline:putin", Term("putin", field="headline")),
    ("HEADLINE:putin", Term("putin", field="headline")),
    ('headline:"a b"', Phrase("a b", field="headline")),
    ('headline:"a b"~3', Phrase("a b", slop=3, field="headline")),
    ('headline:"strikes"', Term("strikes", field="headline", exact=True)),
    ("headline:strik*", Prefix("strik", field="headline")),
    ("headline:putn~", Fuzzy("putn", 1, field="headline")),
    (
        "headline:(putin OR -lavrov)",
        Or((Term("putin", field="headline"), Not(Term("lavrov", field="headline")))),
    ),
    ("headline:a b", And((Term("a", field="headline"), B))),
    ("tags:islamic", Term("islamic", field="tags")),  # words of the tags…
    ("tag:islamic", Value("tag", "islamic")),  # …and a whole tag
    ('tag:"Islamic  State"', Value("tag", "Islamic State")),
    ('tag:(Putin OR "Islamic State")', Or((Value("tag", "Putin"), Value("tag", "Islamic State")))),
    ("tag:☢", Value("tag", "☢")),
    ("tag:Isl*", Prefix("Isl", field="tag")),
    ("tag:Isl*,", Prefix("Isl", field="tag")),
    ("topic:syria", Value("tag", "syria")),
    ("by:smith", Value("author", "smith")),
    ("source:http://example.org", Value("source", "http://example.org")),
    ("year:2015 month:2015-09", And((Value("year", "2015"), Value("month", "2015-09")))),
    ("date:2015-09", SEPTEMBER),
    ("published:2015-09", SEPTEMBER),
    ('date:"September 2015"', SEPTEMBER),
    ("date:2015-09-01..2015-09", SEPTEMBER),
    ("date:>2015-09", DateRange(date(2015, 10, 1), None)),
    ("date:<=2015-09", DateRange(None, date(2015, 9, 30))),
    ("date:-14d", DateRange(date(2024, 3, 5), TODAY)),
    ('date:"last week"', DateRange(date(2024, 3, 11), date(2024, 3, 17))),
    ("-date:yesterday", Not(DateRange(date(2024, 3, 18), date(2024, 3, 18)))),
    ("a * b", And((A, B))),
    ("a OR *", MatchAll()),
]


@pytest.mark.parametrize(("text", "query"), WELL_FORMED)
def test_a_well_formed_query_is_read_without_a_notice(text: str, query: Query) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.query == query
    assert parsed.notices == ()
    assert parsed.text == text


@pytest.mark.parametrize(
    ("text", "query", "kind", "said", "about"),
    [
        ('a "b c', And((A, Phrase("b c"))), NoticeKind.SYNTAX, "quote is not closed", '"'),
        ('5" b', And((Term("5"), Term("b", exact=True))), NoticeKind.SYNTAX, "quote is not closed", '"'),
        ('a ""', A, NoticeKind.SYNTAX, "between the quotes", '""'),
        ('a "..."', A, NoticeKind.SYNTAX, "between the quotes", '"..."'),
        ("(a OR b", Or((A, B)), NoticeKind.SYNTAX, "bracket is not closed", "("),
        ("a) b", And((A, B)), NoticeKind.SYNTAX, "no opening one", ")"),
        ("a ()", A, NoticeKind.SYNTAX, "between the brackets", "()"),
        ("a OR", A, NoticeKind.SYNTAX, "OR has nothing", "OR"),
        ("OR a", A, NoticeKind.SYNTAX, "OR has nothing", "OR"),
        ("a OR OR b", Or((A, B)), NoticeKind.SYNTAX, "OR has nothing", "OR"),
        ("a AND", A, NoticeKind.SYNTAX, "AND has nothing", "AND"),
        ("AND a", A, NoticeKind.SYNTAX, "AND has nothing", "AND"),
        ("a AND AND b", And((A, B)), NoticeKind.SYNTAX, "AND has nothing", "AND"),
        ("a AND OR b", Or((A, B)), NoticeKind.SYNTAX, "AND has nothing", "AND"),
        ("NOT AND a", Not(A), NoticeKind.SYNTAX, "AND has nothing", "AND"),
        ("a NOT", A, NoticeKind.SYNTAX, "NOT has nothing", "NOT"),
        ("(a NOT) b", And((A, B)), NoticeKind.SYNTAX, "NOT has nothing", "NOT"),
        ("a - b", And((A, B)), NoticeKind.SYNTAX, "“-”", "-"),
        ("a ???", A, NoticeKind.SYNTAX, "“???”", "???"),
        ("*strik", Term("strik"), NoticeKind.SYNTAX, "cannot begin with *", "*strik"),
        ("*strik*", Prefix("strik"), NoticeKind.SYNTAX, "cannot begin with *", "*strik*"),
        ("headline:*strik", Term("strik", field="headline"), NoticeKind.SYNTAX, "cannot begin with *", "*strik"),
        ("*tag:x", Value("tag", "x"), NoticeKind.SYNTAX, "cannot begin with *", "*tag:"),
        ("s*", Term("s"), NoticeKind.SYNTAX, "At least 2 letters", "s*"),
        ("tag:s*", Value("tag", "s"), NoticeKind.SYNTAX, "At least 2 letters", "s*"),
        ("a tag:*", A, NoticeKind.SYNTAX, "“*”", "*"),
        ('"a b"* c', And((Phrase("a b"), C)), NoticeKind.SYNTAX, "“*”", "*"),
        ("wom?n", Prefix("wom"), NoticeKind.SYNTAX, "only at the end", "wom?n"),
        ("str*kes", Prefix("str"), NoticeKind.SYNTAX, "only at the end", "str*kes"),
        ("w?men", Term("w/men"), NoticeKind.SYNTAX, "only at the end", "w?men"),
        ("tag:M*A*S*H", Value("tag", "M*A*S*H"), NoticeKind.SYNTAX, "stands for itself", "M*A*S*H"),
        ("is~", Term("is"), NoticeKind.SYNTAX, "At least 3 letters", "is~"),
        ("putin~7", Fuzzy("putin", 2), NoticeKind.SYNTAX, "one or 2 letters off", "putin~7"),
        ("putin~0.8", Fuzzy("putin", 1), NoticeKind.SYNTAX, "one or 2 letters off", "putin~0.8"),
        ("tag:putn~", Value("tag", "putn"), NoticeKind.SYNTAX, "whole value", "putn~"),
        ('tag:"a b"~5', Value("tag", "a b"), NoticeKind.SYNTAX, "after a value", "~5"),
        ('"a b"~', Phrase("a b"), NoticeKind.SYNTAX, "needs a number", "~"),
        ('"strikes"~2', Term("strikes", exact=True), NoticeKind.SYNTAX, "single quoted word", "~2"),
        ('"a b"~999', Phrase("a b", slop=100), NoticeKind.LIMIT, "within 100 words", "~999"),
        ("foo:bar", And((Term("foo"), Term("bar"))), NoticeKind.FIELD, "no field “foo”", "foo:"),
        ('-foo:"a b"', Not(And((Term("foo"), Phrase("a b")))), NoticeKind.FIELD, "no field “foo”", "foo:"),
        ("c OR foo:(a OR b)", Or((C, And((Term("foo"), Or((A, B)))))), NoticeKind.FIELD, "no field", "foo:"),
        ("headlin:x", And((Term("headlin"), Term("x"))), NoticeKind.FIELD, "Did you mean headline:?", "headlin:"),
        ("a tag:", A, NoticeKind.FIELD, "tag: is followed by nothing", "tag:"),
        ("tag: OR a", A, NoticeKind.FIELD, "tag: is followed by nothing", "tag:"),
        ("(tag:) a", A, NoticeKind.FIELD, "tag: is followed by nothing", "tag:"),
        ('tag: "Putin"', Value("tag", "Putin"), NoticeKind.FIELD, "the space left out", "tag: "),
        ("date: 2015-09", SEPTEMBER, NoticeKind.FIELD, "the space left out", "date: "),
        ("month: a", And((Term("month"), A)), NoticeKind.FIELD, "is read as a word", "month:"),  # of a pasted headline
        ("tag: -a", And((Term("tag"), Not(A))), NoticeKind.FIELD, "is read as a word", "tag:"),
        ("a date:foo", A, NoticeKind.DATE, "“foo” is not a date", "foo"),
        ("a date:2015-13", A, NoticeKind.DATE, "“2015-13” is not a date", "2015-13"),
        ("a -date:31/02/1998", A, NoticeKind.DATE, "is not a date", "31/02/1998"),
        ("a OR date:strik*", A, NoticeKind.DATE, "is not a date", "strik*"),
        ("date:2015-09-30..2015-09-01", SEPTEMBER, NoticeKind.DATE, "turned round", "2015-09-30..2015-09-01"),
    ],
)
def test_odd_typing_gets_its_best_reading_and_one_notice(
    text: str, query: Query, kind: NoticeKind, said: str, about: str
) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.query == query
    (notice,) = parsed.notices
    assert notice.kind is kind
    assert said in notice.message
    assert notice.span is not None
    assert text[slice(*notice.span)] == about


@pytest.mark.parametrize("text", ["...", "!!!", '""', "()", "NOT", "date:foo", "tag:", "-", "\0", "_", "«»"])
def test_when_nothing_is_left_everything_is_shown_and_that_is_said(text: str) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.query == MatchAll()
    assert "Nothing is left to search for" in parsed.notices[-1].message


# --- acronyms ---


def acronyms(text: str) -> list[str]:
    return [leaf.text for leaf in leaves(read(text)) if isinstance(leaf, Term) and leaf.acronym]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IS", ["IS"]),
        ("IS US", ["IS", "US"]),
        ("strikes against IS", ["IS"]),
        ("U.S. strikes", ["U.S."]),
        ("U.S", ["U.S"]),
        ('"WHO" cases', ["WHO"]),
        ("headline:US deal", ["US"]),
        ("UNESCO", ["UNESCO"]),
        ("I like it", []),
        ("is us", []),
        ("G20 Is", []),
        ("US-led", []),
        ("RUSSIA LAUNCHES STRIKES ON IS", []),  # shouted: capitals say nothing
        ("PUTIN IS", []),
        ("NATO WHO", ["NATO", "WHO"]),
        ("PUTIN in IS", ["PUTIN", "IS"]),
        ("IS tag:Syria", ["IS"]),  # the case of a value does not matter
        ('IT tag:"RUSSIA TODAY"', ["IT"]),
    ],
)
def test_capitals_are_an_acronym_unless_all_is_shouted(text: str, expected: list[str]) -> None:
    assert acronyms(text) == expected


# --- spans ---


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("(Russia, -syria)", ["Russia", "syria"]),
        ('headline:"strikes" tag:"Islamic State"', ["strikes", '"Islamic State"']),
        ('"  strikes! " "a b"~5', ["strikes", '"a b"~5']),
        ("al-Ass* putn~2, U.S.", ["al", "Ass*", "putn~2,", "U.S."]),
        ("date:2015..2016 foo:bar", ["2015..2016", "foo", "bar"]),
        ("tag:Putin, *strik", ["Putin,", "strik"]),
    ],
)
def test_each_leaf_knows_where_it_was_typed(text: str, spans: list[str]) -> None:
    assert [text[slice(*leaf.span)] for leaf in leaves(read(text)) if leaf.span] == spans


# --- bounds ---


def limit_notices(text: str) -> list[str]:
    return [notice.message for notice in notices(text) if notice.kind is NoticeKind.LIMIT]


def test_a_text_is_cut_at_the_last_word_within_the_bound() -> None:
    text = "word" + " " * (MAX_LENGTH - 6) + "straddles the bound"
    parsed = parse(text, today=TODAY)
    assert parsed.query == Term("word")
    assert parsed.text == text
    assert limit_notices(text) == ["Only the first 500 characters are read; the rest is left out."]
    assert limit_notices("a" * MAX_LENGTH) == []
    assert read("a" * (MAX_LENGTH + 1)) == Term("a" * MAX_LENGTH)


def test_words_beyond_the_bound_are_left_out() -> None:
    text = " ".join(f"w{i}" for i in range(MAX_TERMS + 2))
    assert len(leaves(read(text))) == MAX_TERMS
    assert limit_notices(text) == ["Only the first 32 words and phrases are searched for; the rest is left out."]
    (notice,) = notices(text)
    assert notice.span is not None
    assert text[slice(*notice.span)] == "w32 w33"
    assert limit_notices(" ".join("a" * MAX_TERMS)) == []


def test_brackets_beyond_the_bound_are_ignored_and_their_words_kept() -> None:
    def nested(depth: int) -> str:
        return "(a OR " * depth + "c" + ")" * depth

    assert limit_notices(nested(MAX_DEPTH)) == []
    assert len(limit_notices(nested(MAX_DEPTH + 1)[:MAX_LENGTH])) == 1
    deep = "(" * 200 + "a b" + ")" * 200
    assert read(deep) == And((A, B))
    assert limit_notices(deep) == ["Brackets are read 20 deep; those deeper inside are left out, their words are not."]
    assert read("(" * 30 + "a" + ")" * 30 + " b") == And((A, B))


# --- any string ---


@given(ANY_TEXT)
def test_no_text_raises_and_every_span_is_in_it(text: str) -> None:
    parsed = parse(text, today=TODAY)
    for spanned in (*leaves(parsed.query), *parsed.notices):
        assert spanned.span is not None
        start, end = spanned.span
        assert 0 <= start < end <= len(text)
    assert len(leaves(parsed.query)) <= MAX_TERMS


_HOSTILE = [
    *["()", '"', "-", "-(", "foo:", "tag:", "tag:(", "a*", "~", "*", "\0", "\ud800", "a,", "foo:-", "é", "1:"],
    "NOT ",
    "AND ",
    "a OR ",
    "(",
    ")",
]


@pytest.mark.parametrize("piece", _HOSTILE)
def test_hostile_text_is_read_fast(piece: str) -> None:
    began = time.perf_counter()
    parse(piece * 20_000, today=TODAY)
    parse((piece * MAX_LENGTH)[:MAX_LENGTH], today=TODAY)
    assert time.perf_counter() - began < 0.5
