"""A second opinion: Whoosh's own searcher on our index finds the same articles and ranks them the same.

It knows words in one field and BM25; so articles are undated, words exact, and nothing stands close to anything.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from whoosh import query as whoosh_query
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.scoring import BM25F
from whoosh.searching import Searcher

from searchsvc.engines.bm25f import K1, inverse_document_frequency
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.engines.embedded.index import builds
from searchsvc.engines.embedded.schema import INDEX_NAME, STORED, whoosh_schema
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.model.query import And, Not, Or, Query, Term
from tests.engines.embedded.conftest import scored
from tests.engines.samples import request_of, story

WORDS = [f"{a}{b}{c}" for a in "kst" for b in "aeo" for c in "lnr"]
ARTICLES = 100


class OurNumbers(BM25F):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's BM25 with our weight of a word and our average length, which leave deleted articles out."""

    def scorer(self, searcher: Searcher, fieldname: str, text: bytes, qf: int = 1) -> object:
        made = super().scorer(searcher, fieldname, text, qf=qf)
        reader = searcher.get_parent().reader()
        live = [docnum for docnum in range(reader.doc_count_all()) if not reader.is_deleted(docnum)]
        having = sum(1 for docnum in reader.postings(fieldname, text).all_ids())
        lengths = [length for docnum in live if (length := reader.doc_field_length(docnum, fieldname))]
        made.idf = inverse_document_frequency(len(live), having)
        made.avgfl = sum(lengths) / len(lengths)
        return made


@pytest.fixture(scope="module", params=["one segment", "several segments"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(tmp_path_factory.mktemp("index"))
    chance = random.Random(6)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    step = ARTICLES if request.param == "one segment" else ARTICLES // 5
    for start in range(0, ARTICLES, step):
        with engine.writer() as writer:
            for n in range(start, start + step):
                # A headline now and then, so that a field of one article in three is empty.
                headline = " ".join(chance.choices(WORDS, k=3)) if n % 3 else ""
                body = " ".join(chance.choices(WORDS, weights, k=chance.randrange(1, 60)))
                writer.put(story(f"{n * 37 % 997:04}", headline, body))
    if request.param == "several segments":
        with engine.writer() as writer:
            for n in range(0, ARTICLES, 11):
                writer.delete(ArticleId(f"{n * 37 % 997:04}"))
    yield engine
    engine.close()


@pytest.fixture
def index(engine: EmbeddedEngine) -> FileIndex:
    index_dir = Path(engine.status().location)
    folder = index_dir / builds.current_build(index_dir)
    return FileIndex(FileStorage(str(folder)), schema=whoosh_schema(), indexname=INDEX_NAME)


def whooshes(query: Query, field: str) -> whoosh_query.Query:
    """The same query as Whoosh has it."""
    match query:
        case Term(text):
            return whoosh_query.Term(field, text.encode())
        case And((one, Not(other))):
            return whoosh_query.AndNot(whooshes(one, field), whooshes(other, field))
        case And(children):
            return whoosh_query.And([whooshes(child, field) for child in children])
        case Or(children):
            return whoosh_query.Or([whooshes(child, field) for child in children])
        case _:
            raise AssertionError(query)


def second_opinion(
    index: FileIndex, query: Query, field: str, scoring: type[BM25F], limit: int | None = None
) -> list[tuple[str, float]]:
    """Ids and scores in Whoosh's order, equal scores by id."""
    (length_norm,) = [each.length_norm for each in TEXT_FIELDS if each.name == field]
    with index.searcher(weighting=scoring(B=length_norm, K1=K1)) as searcher:
        hits = searcher.search(whooshes(query, field), limit=limit)
        found = [(json.loads(hit[STORED])["id"], float(hit.score)) for hit in hits]
    return sorted(found, key=lambda pair: (-round(pair[1], 9), pair[0]))


def ours(engine: EmbeddedEngine, query: Query, field: str) -> list[tuple[str, float]]:
    with engine._snapshots.current() as snapshot:
        found = scored(snapshot, request_of(query, query_fields=(field,), exact=True))
    return sorted(((id, -key) for key, id in found), key=lambda pair: (-round(pair[1], 9), pair[0]))


def words(*ranks: int) -> tuple[Query, ...]:
    return tuple(Term(WORDS[rank]) for rank in ranks)


QUERIES: list[Query] = [
    *words(0, 1, 4, 10, 20, 26),
    Term("nothing"),
    And(words(0, 1)),
    And(words(3, 8, 2)),
    And((*words(0), Term("nothing"))),
    Or(words(0, 20)),
    Or(words(5, 15, 25, 1)),
    Or((And(words(1, 2)), And(words(3, 4)))),
    And((*words(0), Not(Term(WORDS[1])))),
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_whoosh_finds_and_ranks_the_same(engine: EmbeddedEngine, index: FileIndex, query: Query) -> None:
    mine = ours(engine, query, "body")
    found = second_opinion(index, query, "body", OurNumbers)
    assert {id for id, _ in found} == {id for id, _ in mine}
    if isinstance(query, Or) and any(isinstance(child, And) for child in query.children):
        return  # one word of such a pair counts with us too
    assert [id for id, _ in found] == [id for id, _ in mine]
    assert [score for _, score in found] == pytest.approx([score for _, score in mine], rel=1e-9)
    assert found or "nothing" in str(query)
    best = second_opinion(index, query, "body", OurNumbers, limit=5)
    assert [round(score, 9) for _, score in best] == [round(score, 9) for _, score in found[:5]]
    in_headlines = second_opinion(index, query, "headline", OurNumbers)
    assert {id for id, _ in in_headlines} == {id for id, _ in ours(engine, query, "headline")}


@pytest.mark.parametrize("query", [query for query in QUERIES if isinstance(query, Term)], ids=str)
def test_whoosh_as_it_is_ranks_a_word_the_same(engine: EmbeddedEngine, index: FileIndex, query: Query) -> None:
    if index.doc_count() < index.doc_count_all():
        pytest.skip("Whoosh's averages count deleted articles")
    assert [id for id, _ in second_opinion(index, query, "body", BM25F)] == [
        id for id, _ in ours(engine, query, "body")
    ]


def test_whoosh_reads_what_our_index_has(engine: EmbeddedEngine, index: FileIndex) -> None:
    live = {article.id: article for article in engine.scan()}
    with index.reader() as reader:
        assert reader.doc_count() == len(live)
        stored = [json.loads(fields[STORED]) for _, fields in reader.iter_docs()]
        assert {fields["id"]: Article.from_json(fields) for fields in stored} == live
        for field in SEARCHED_FIELDS:
            assert set(reader.field_terms(field)) <= set(WORDS)
        assert set(reader.field_terms("body")) == set(WORDS)
        info = reader.term_info("body", WORDS[0].encode())
        assert info.doc_frequency() == reader.doc_frequency("body", WORDS[0].encode()) >= info.min_id()
        assert info.weight() == reader.frequency("body", WORDS[0].encode())
        assert ("body", b"nothing") not in reader
        assert reader.has_deletions() == (reader.doc_count() < reader.doc_count_all())
