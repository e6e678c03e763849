"""One search of the memory engine, step by step: matching, filters, scores, order, facets, histogram.

Not for holding or writing articles (`engines.memory.engine`).
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import assert_never

from searchsvc.engines import bm25f
from searchsvc.engines.date_histogram import bars, interval_of
from searchsvc.engines.expansion import limit_expansion
from searchsvc.engines.field_lookup import facet_field, known_field
from searchsvc.errors import EngineTimeout
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import TEXT_FIELDS, Field, FieldKind, value_key
from searchsvc.model.query import (
    And,
    DateRange,
    Fuzzy,
    Leaf,
    MatchAll,
    MatchNone,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    Value,
    positive_leaves,
)
from searchsvc.model.request import Cursor, DateFilter, FacetRequest, Interval, SearchRequest, Sort, ValueFilter
from searchsvc.model.result import Bar, Bucket, Facet, Histogram, Hit, Notice, SearchResult, Snippet, Total
from searchsvc.text.analyzer import Token, tokenize
from searchsvc.text.matching import Matcher, Occurrence, WordLeaf, any_of, matcher, word_test
from searchsvc.text.snippets import snippets_of


@dataclass(frozen=True, slots=True)
class AnalyzedArticle:
    """An article with its tokens by text field, and its digest."""

    article: Article
    tokens: Mapping[str, tuple[Token, ...]]
    digest: int


def analyze(article: Article) -> AnalyzedArticle:
    """The tokens of each text field of an article."""
    tokens = {
        field.name: tuple(token for text in field.values(article) for token in tokenize(text, article.language))
        for field in TEXT_FIELDS
    }
    return AnalyzedArticle(article, MappingProxyType(tokens), article.digest())


@dataclass(frozen=True)
class MemorySnapshot:
    """One commit: its live articles, and the statistics that ranking needs."""

    entries: Mapping[ArticleId, AnalyzedArticle]
    build: str
    number: int
    made_at: datetime

    @property
    def commit(self) -> str:
        """The name of the commit."""
        return f"{self.build}-{self.number}"

    @cached_property
    def newest(self) -> int | None:
        """The latest `sort_instant` of an article, in seconds since 1970; None if none is dated."""
        instants = (entry.article.sort_instant for entry in self.entries.values())
        return max((instant for instant in instants if instant is not None), default=None)

    @cached_property
    def average_lengths(self) -> Mapping[str, float]:
        """The average number of words in each text field, over the articles that have any there."""
        averages = {}
        for field in TEXT_FIELDS:
            lengths = [length for entry in self.entries.values() if (length := len(entry.tokens[field.name]))]
            averages[field.name] = sum(lengths) / len(lengths) if lengths else 0.0
        return averages

    def length_norm(self, field: Field, entry: AnalyzedArticle) -> float:
        """The length normalisation of an article's field, by which BM25F divides its term frequencies."""
        average = self.average_lengths[field.name]
        relative = len(entry.tokens[field.name]) / average if average else 0.0
        return 1 - field.length_norm + field.length_norm * relative


FieldOccurrences = Mapping[str, Sequence[Occurrence]]  # by text field
Ids = frozenset[ArticleId]


class Search:
    """One request on one snapshot; `result` computes the answer."""

    def __init__(self, snapshot: MemorySnapshot, request: SearchRequest) -> None:
        self.started = time.monotonic()
        self.snapshot = snapshot
        self.request = request
        self.everything: Ids = frozenset(snapshot.entries)
        self.occurrences: dict[WordLeaf, dict[ArticleId, FieldOccurrences]] = {}
        self.notices: list[Notice] = []

    def result(self) -> SearchResult:
        """Hits, total, facets and histogram. Raises EngineTimeout."""
        request = self.request
        matched = self.ids_of(request.query)
        dated = matched & self.in_dates(request.dates)
        found = dated.intersection(*(self.in_filter(f) for f in request.filters))
        return SearchResult(
            total=Total(len(found)),
            hits=self.hits(found) if request.limit > 0 else (),
            facets=MappingProxyType({asked.field: self.facet(asked, dated) for asked in request.facets}),
            histogram=self.histogram(found) if request.histogram is not None else None,
            notices=tuple(self.notices),
            commit=self.snapshot.commit,
            took_ms=(time.monotonic() - self.started) * 1000,
        )

    # -- matching ----------------------------------------------------------------------------------------------------

    def ids_of(self, query: Query) -> Ids:
        """The articles that match a query tree."""
        self.check_time()
        match query:
            case And(children):
                return self.everything.intersection(*map(self.ids_of, children))
            case Or(children):
                return frozenset[ArticleId]().union(*map(self.ids_of, children))
            case Not(child):
                return self.everything - self.ids_of(child)
            case MatchAll():
                return self.everything
            case MatchNone():
                return frozenset()
            case _:
                return self.ids_of_leaf(query)

    def ids_of_leaf(self, leaf: Leaf) -> Ids:
        """The articles that match a leaf of the tree."""
        match leaf:
            case DateRange(start, end):
                return self.in_dates(DateFilter(start=start, end=end))
            case Value(field, value):
                return self.with_value(facet_field(field), value)
            case Term() | Phrase() | Prefix() | Fuzzy():
                facet = known_field(leaf.field) if leaf.field is not None else None
                if facet is None or facet.kind is FieldKind.TEXT:
                    return frozenset(self.occurrences_of(leaf))
                facet = facet_field(facet.name)
                return (
                    self.with_prefix(facet, leaf.text)
                    if isinstance(leaf, Prefix)
                    else self.with_value(facet, leaf.text)
                )
            case _:
                assert_never(leaf)

    def with_value(self, field: Field, value: str) -> Ids:
        """The articles with a value of a facet field, in any spelling."""
        wanted = value_key(value)
        return self.where(lambda article: any(value_key(v) == wanted for v in field.values(article)))

    def with_prefix(self, field: Field, prefix: str) -> Ids:
        """The articles with a value of a facet field that begins so."""
        wanted = value_key(prefix)
        if not wanted:
            return frozenset()
        return self.where(lambda article: any(value_key(v).startswith(wanted) for v in field.values(article)))

    def in_dates(self, dates: DateFilter | None) -> Ids:
        """The articles published in a span of days; all of them for None."""
        if dates is None:
            return self.everything
        start, end = dates.start or date.min, dates.end or date.max
        return self.where(lambda article: article.published_on is not None and start <= article.published_on <= end)

    def in_filter(self, asked: ValueFilter) -> Ids:
        """The articles that a filter keeps."""
        field = facet_field(asked.field)
        kept = [self.with_value(field, value) for value in asked.values]
        found = frozenset[ArticleId]().union(*kept) if kept else self.everything
        return found.difference(*(self.with_value(field, value) for value in asked.excluded))

    def where(self, test: "Test") -> Ids:
        """The articles that pass a test."""
        return frozenset(id for id, entry in self.snapshot.entries.items() if test(entry.article))

    # -- words -------------------------------------------------------------------------------------------------------

    def occurrences_of(self, leaf: WordLeaf) -> dict[ArticleId, FieldOccurrences]:
        """The occurrences of a leaf on text, by article, then by field; articles without it are absent."""
        if leaf not in self.occurrences:
            names = self.names_of(leaf)
            find = self.matcher_of(leaf, names)
            found: dict[ArticleId, FieldOccurrences] = {}
            for id, entry in self.snapshot.entries.items():
                self.check_time()
                of_article = {name: occurrences for name in names if (occurrences := find(entry.tokens[name]))}
                if of_article:
                    found[id] = of_article
            self.occurrences[leaf] = found
        return self.occurrences[leaf]

    def names_of(self, leaf: WordLeaf) -> tuple[str, ...]:
        """The text fields in which a leaf is searched."""
        names = self.request.query_fields if leaf.field is None else (leaf.field,)
        wanted = {known_field(name).name for name in names}
        return tuple(field.name for field in TEXT_FIELDS if field.name in wanted)

    def matcher_of(self, leaf: WordLeaf, names: Sequence[str]) -> Matcher:
        """What finds the occurrences of a leaf in a text."""
        if isinstance(leaf, Prefix | Fuzzy):
            return any_of(self.expansion(leaf, names))
        return matcher(leaf, languages=self.request.languages, exact=self.request.exact)

    def expansion(self, leaf: Prefix | Fuzzy, names: Sequence[str]) -> frozenset[str]:
        """The words of these fields that a prefix or fuzzy word is expanded to."""
        test = word_test(leaf)
        counts: Counter[str] = Counter()
        for entry in self.snapshot.entries.values():
            self.check_time()
            found = {token.word for name in names for token in entry.tokens[name]}
            counts.update(word for word in found if test(word))
        words, notice = limit_expansion(leaf, counts)
        if notice is not None:
            self.notices.append(notice)
        return frozenset(words)

    # -- order -------------------------------------------------------------------------------------------------------

    def hits(self, found: Ids) -> tuple[Hit, ...]:
        """The hits of the page, in order."""
        request = self.request
        scores = self.scores(found) if request.sort is Sort.RELEVANCE else {}
        keys = {id: scores.get(id, self.snapshot.entries[id].article.sort_instant) for id in found}
        order = sorted((_rank(keys[id], request.sort), id) for id in found)
        if request.after is not None:
            last = (_rank(request.after.key, request.sort), request.after.id)
            shown = [ranked for ranked in order if ranked > last][: request.limit]
        else:
            shown = order[request.offset : request.offset + request.limit]
        return tuple(
            Hit(
                article=self.snapshot.entries[id].article,
                score=scores.get(id),
                snippets=self.snippets(self.snapshot.entries[id].article),
                cursor=Cursor(keys[id], id),
            )
            for _, id in shown
        )

    def scores(self, found: Ids) -> dict[ArticleId, float]:
        """The score of each article found, proximity included for the best of them."""
        scores = {id: self.words_score(id) * self.recency(id) for id in found}
        leaves = [leaf for leaf in self.scoring_leaves() if isinstance(leaf, Term | Phrase)]
        distinct = list(dict.fromkeys(leaves))
        for id in sorted(found, key=lambda found_id: (-scores[found_id], found_id))[: bm25f.PROXIMITY_WINDOW]:
            scores[id] *= self.proximity(id, distinct)
        return scores

    def scoring_leaves(self) -> list[WordLeaf]:
        """The positive leaves that are searched in text fields."""
        return [
            leaf
            for leaf in positive_leaves(self.request.query)
            if isinstance(leaf, Term | Phrase | Prefix | Fuzzy)
            and (leaf.field is None or known_field(leaf.field).kind is FieldKind.TEXT)
        ]

    def words_score(self, id: ArticleId) -> float:
        """The sum of the leaves' scores of an article, recency and proximity apart."""
        self.check_time()
        scoring = self.scoring_leaves()
        return sum(self.leaf_score(leaf, id) for leaf in scoring) if scoring else 1.0

    def leaf_score(self, leaf: WordLeaf, id: ArticleId) -> float:
        """What a leaf adds to the score of an article: idf times saturated term frequency (BM25F)."""
        occurrences = self.occurrences_of(leaf)
        if id not in occurrences:
            return 0.0
        entry = self.snapshot.entries[id]
        frequency = sum(
            field.boost
            * sum(occurrence.weight for occurrence in occurrences[id].get(field.name, ()))
            / self.snapshot.length_norm(field, entry)
            for field in TEXT_FIELDS
        )
        idf = bm25f.inverse_document_frequency(len(self.everything), len(occurrences))
        return idf * bm25f.saturated(frequency)

    def recency(self, id: ArticleId) -> float:
        """The recency factor of an article."""
        return bm25f.recency(self.snapshot.entries[id].article.sort_instant, self.snapshot.newest)

    def proximity(self, id: ArticleId, leaves: Sequence[WordLeaf]) -> float:
        """The proximity factor of the field in which the leaves are nearest to each other."""
        tokens = self.snapshot.entries[id].tokens
        occurrences = [self.occurrences_of(leaf).get(id, {}) for leaf in leaves]
        return max(
            bm25f.proximity(
                [[tokens[field.name][o.first].position for o in found.get(field.name, ())] for found in occurrences]
            )
            for field in TEXT_FIELDS
        )

    def snippets(self, article: Article) -> Mapping[str, Snippet]:
        """The snippets of a hit, by field."""
        if not self.request.snippets:
            return MappingProxyType({})
        request = self.request
        return snippets_of(
            article,
            request.query,
            languages=request.languages,
            exact=request.exact,
            query_fields=request.query_fields,
        )

    # -- facets and histogram ----------------------------------------------------------------------------------------

    def facet(self, asked: FacetRequest, dated: Ids) -> Facet:
        """The buckets of a facet over the articles that match the query, the dates and every filter but its own."""
        field = facet_field(asked.field)
        others = (f for f in self.request.filters if known_field(f.field).name != field.name)
        counted = dated.intersection(*(self.in_filter(f) for f in others))
        counts: Counter[str] = Counter()
        spellings: dict[str, Counter[str]] = {}
        missing = 0
        for id in counted:
            values = set(field.values(self.snapshot.entries[id].article))
            missing += not values
            counts.update({value_key(value) for value in values})
            for value in values:
                spellings.setdefault(value_key(value), Counter())[value] += 1
        values_of = {key: _most_frequent(spelled) for key, spelled in spellings.items()}
        kept = [key for key in counts if _a_word_begins(key, value_key(asked.prefix))]
        kept.sort(key=lambda key: values_of[key], reverse=field.latest_first)
        if not field.latest_first:
            kept.sort(key=lambda key: -counts[key])  # stable: equal counts stay by value
        listed = kept[: asked.size]
        for value in asked.include:
            if (key := value_key(value)) not in listed:
                values_of.setdefault(key, value)
                listed.append(key)
        buckets = [Bucket(values_of[key], counts[key]) for key in listed]
        buckets.sort(key=lambda bucket: bucket.value, reverse=field.latest_first)
        if not field.latest_first:
            buckets.sort(key=lambda bucket: -bucket.count)
        other = sum(counts[key] for key in kept if key not in listed)
        return Facet(field.name, tuple(buckets), other, missing)

    def histogram(self, found: Ids) -> Histogram:
        """Counts over time of the articles found, and of all."""
        asked = self.request.histogram.interval if self.request.histogram is not None else None
        days = [day for id in found if (day := self.snapshot.entries[id].article.published_on) is not None]
        undated = len(found) - len(days)
        if not days:
            return Histogram(asked or Interval.DAY, (), undated)
        archived = [day for entry in self.snapshot.entries.values() if (day := entry.article.published_on) is not None]
        interval = interval_of(min(days), max(days), asked)
        return Histogram(
            interval,
            tuple(
                Bar(start, end, _between(days, start, end), _between(archived, start, end))
                for start, end in bars(interval, min(days), max(days), self.request.dates)
            ),
            undated,
        )

    def check_time(self) -> None:
        """Raises EngineTimeout when the time of the request is up."""
        if (time.monotonic() - self.started) * 1000 >= self.request.timeout_ms:
            raise EngineTimeout(
                f"the search took longer than {self.request.timeout_ms} ms", hint="narrow it by a date or a facet"
            )


Test = Callable[[Article], bool]
Rank = tuple[bool, float]


def _rank(key: float | int | None, sort: Sort) -> Rank:
    """The sort key of a hit, ascending, before its id: undated articles are last in any order."""
    if key is None:
        return True, 0
    return False, key if sort is Sort.OLDEST else -key


def _a_word_begins(key: str, prefix: str) -> bool:
    return f" {prefix}" in f" {key}"


def _most_frequent(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _between(days: Sequence[date], start: date, end: date) -> int:
    return sum(start <= day <= end for day in days)
