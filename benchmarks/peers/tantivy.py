"""Tantivy, through its Python bindings: a search library in Rust.

Fast fields for day, month, instant and facets; its aggregations for facets and months or years, its SnippetGenerator,
its more-like-this query; one searcher for all questions. Queries of words come from its parser, some five microseconds
each.
"""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers.base import (
    BOOSTS,
    FACET_SIZE,
    FACETS,
    FRAGMENT,
    HITS,
    Absent,
    Answer,
    Asked,
    Kind,
    as_json,
    bar_name,
    day_number,
    facet_values,
    from_json,
    instant,
    month_number,
)  # fmt: skip
from searchsvc.model.article import Article

try:
    import tantivy
except ImportError:
    tantivy = None  # type: ignore[assignment]

MEMORY = 256_000_000  # bytes that its writer may gather before it writes a segment
EVERY_VALUE = 100_000  # values of a facet taken from each segment, so that counts over several segments are exact
_FIELDS = list(BOOSTS)


class TantivyPeer:
    kinds = frozenset(Kind)

    def __init__(self) -> None:
        if tantivy is None:
            raise Absent("not installed: pip install tantivy")
        self.name = f"tantivy-py {version('tantivy')}"

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        folder.mkdir(parents=True)
        index = self._registered(tantivy.Index(_schema(), str(folder)))
        writer = index.writer(MEMORY, 1)
        for number, article in enumerate(articles, 1):
            writer.add_document(_document(article))
            if commit_every and number % commit_every == 0:
                writer.commit()
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        self._index = self._registered(tantivy.Index.open(str(folder)))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        exact = {"segment_size": EVERY_VALUE} if self._searcher.num_segments > 1 else {}
        self._terms = {name: {"terms": {"field": name, "size": FACET_SIZE, **exact}} for name in FACETS}

    def answer(self, asked: Asked) -> Answer:
        match asked.kind:
            case Kind.CORRECT:
                # It has no corrections: it finds the articles with a word so near, of which none is loaded.
                query = tantivy.Query.fuzzy_term_query(self._schema, "body", asked.words[0], distance=1)
                return Answer(total=self._searcher.search(query, HITS).count)
            case Kind.ALIKE:
                query = self._alike(asked.article)
            case _:
                query = self._query(asked)
        return self._found(asked, query)

    def close(self) -> None:
        del self._searcher, self._index

    def _found(self, asked: Asked, query: Any) -> Answer:  # Any: the bindings' own
        searcher = self._searcher
        answer = Answer()
        addresses: list[Any] = []
        if asked.hits:
            order = {"order_by_field": "instant"} if asked.newest else {}
            found = searcher.search(query, asked.hits, **order)
            answer.total = found.count
            for key, address in found.hits:
                answer.keys.append(key)
                addresses.append(address)
        else:
            answer.total = searcher.search(query, HITS).count  # for one hit it is slower
        if asked.facets or asked.bars:
            counted = searcher.aggregate(query, self._aggregations(asked))
            answer.facets = {
                name: {bucket["key"]: bucket["doc_count"] for bucket in counted[name]["buckets"]}
                for name in asked.facets
            }
            if asked.bars:
                answer.bars = {
                    bar_name(int(bucket["key"]), asked.bars): bucket["doc_count"]
                    for bucket in counted["bars"]["buckets"]
                    if bucket["doc_count"]
                }
        answer.articles = [from_json(searcher.doc(address)["json"][0]) for address in addresses]
        if asked.snippets:
            generator = tantivy.SnippetGenerator.create(searcher, query, self._schema, "body")
            generator.set_max_num_chars(2 * FRAGMENT)
            for article in answer.articles:
                snippet = generator.snippet_from_doc(tantivy.Document(body=[article.body]))
                snippet.highlighted()
                answer.snippets.append(snippet.fragment())
        return answer

    def _aggregations(self, asked: Asked) -> dict[str, Any]:
        of_facets: dict[str, Any] = {name: self._terms[name] for name in asked.facets}
        if not asked.bars:
            return of_facets
        months = 12 if asked.bars == "year" else 1
        return of_facets | {"bars": {"histogram": {"field": "month", "interval": months}}}

    def _query(self, asked: Asked) -> Any:
        text = " ".join(asked.words)
        if asked.kind is Kind.PHRASE:
            text = f'"{text}"'
        if asked.kind is Kind.PREFIX:
            query = tantivy.Query.boolean_query(
                [
                    (
                        tantivy.Occur.Should,
                        tantivy.Query.boost_query(
                            tantivy.Query.regex_query(self._schema, name, f"{asked.words[0]}.*"), boost
                        ),
                    )
                    for name, boost in BOOSTS.items()
                ]
            )
        else:
            query = self._index.parse_query(text, _FIELDS, BOOSTS, conjunction_by_default=asked.kind is Kind.ALL)
        if asked.start is None or asked.end is None:
            return query
        days = tantivy.Query.range_query(
            self._schema, "day", tantivy.FieldType.Integer, day_number(asked.start), day_number(asked.end)
        )
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(days, 0.0))]
        )

    def _alike(self, article: Article | None) -> Any:
        assert article is not None
        fields = {"headline": [article.headline], "tags": list(article.tags), "body": [article.body]}
        return tantivy.Query.more_like_this_document_fields_query(
            self._schema, {name: texts for name, texts in fields.items() if texts}, min_term_frequency=1
        )

    def _registered(self, index: Any) -> Any:
        filters = tantivy.Filter
        analyzer = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(filters.lowercase())
            .filter(filters.ascii_fold())
            .filter(filters.stemmer("English"))
            .build()
        )
        index.register_tokenizer("english", analyzer)
        return index


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="english")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", fast=True, indexed=True)
    builder.add_integer_field("month", fast=True)
    builder.add_integer_field("instant", fast=True)
    builder.add_bytes_field("json", stored=True)
    return builder.build()


def _document(article: Article) -> Any:
    document = tantivy.Document()
    document.add_text("headline", article.headline)
    document.add_text("body", article.body)
    for tag in article.tags:
        document.add_text("tags", tag)
    for name, values in facet_values(article).items():
        for value in values:
            document.add_text(name, value)
    if article.published_on is not None:
        document.add_integer("day", day_number(article.published_on))
        document.add_integer("month", month_number(article.published_on))
    document.add_integer("instant", instant(article))
    document.add_bytes("json", as_json(article).encode())
    return document
