"""Xapian: a search library in C++, through Debian's `python3-xapian`.

Its bindings belong to the system's Python; where that is of the same version as ours, they are taken from there.
Value slots for day, instant, month, year and facets; its match spies count (of tags, whole combinations, which are then
taken apart: its spies know one value an article); snippets by MSet.snippet; corrections from its own spelling table.
"""

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.peers.base import (
    BOOSTS,
    FACET_SIZE,
    FACETS,
    FRAGMENT,
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

SYSTEM = Path("/usr/lib/python3/dist-packages/xapian/__init__.py")
FLUSH_EVERY = 100_000  # articles that it gathers in memory, where told nothing else; its own default is 10,000
DAY, INSTANT, MONTH, YEAR, FIRST_FACET = range(5)
BARS = {"month": MONTH, "year": YEAR}
BETWEEN = "\x1f"  # the values of one article's facet
ALIKE_TERMS = 25  # as tantivy takes
_SHIFT = 1 << 41  # makes instants positive, for a slot's order


def find_xapian() -> Any:  # Any: bindings without types
    """The module, or Absent with the reason."""
    if "xapian" in sys.modules:
        return sys.modules["xapian"]
    found = importlib.util.find_spec("xapian")
    if found is None and SYSTEM.exists():
        found = importlib.util.spec_from_file_location(
            "xapian", SYSTEM, submodule_search_locations=[str(SYSTEM.parent)]
        )
    if found is None or found.loader is None:
        raise Absent("not installed: apt-get install python3-xapian")
    module = sys.modules["xapian"] = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except ImportError as error:
        del sys.modules["xapian"]
        raise Absent(f"python3-xapian is of another Python than this one: {error}") from error
    return module


class XapianPeer:
    kinds = frozenset(Kind)

    def __init__(self) -> None:
        self._xapian = find_xapian()
        self.name = f"Xapian {self._xapian.version_string()}"

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        xapian = self._xapian
        database = xapian.WritableDatabase(str(folder), xapian.DB_CREATE)
        generator = xapian.TermGenerator()
        generator.set_stemmer(xapian.Stem("en"))
        generator.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)
        generator.set_database(database)
        generator.set_flags(xapian.TermGenerator.FLAG_SPELLING)
        every = commit_every or FLUSH_EVERY
        for number, article in enumerate(articles, 1):
            database.add_document(self._document(article, generator))
            if number % every == 0:
                database.commit()
        database.commit()
        database.close()

    def open(self, folder: Path) -> None:
        xapian = self._xapian
        self._database = xapian.Database(str(folder))
        self._enquire = xapian.Enquire(self._database)
        self._stem = xapian.Stem("en")
        self._count = self._database.get_doccount()
        self._generator = xapian.TermGenerator()
        self._generator.set_stemmer(self._stem)
        self._generator.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)

    def answer(self, asked: Asked) -> Answer:
        match asked.kind:
            case Kind.CORRECT:
                word = self._database.get_spelling_suggestion(asked.words[0])
                return Answer(words=[word.decode()] if word else [])
            case Kind.ALIKE:
                return self._found(asked, self._alike(asked.article))
            case _:
                return self._found(asked, self._query(asked))

    def close(self) -> None:
        self._database.close()

    def _document(self, article: Article, generator: Any) -> Any:
        document = self._xapian.Document()
        generator.set_document(document)
        generator.set_termpos(0)
        generator.index_text(article.headline, int(BOOSTS["headline"]))
        for tag in article.tags:
            generator.increase_termpos()
            generator.index_text(tag, int(BOOSTS["tags"]))
        for paragraph in article.body.split("\n\n"):
            generator.increase_termpos()
            generator.index_text(paragraph)
        if article.published_on is not None:
            document.add_value(DAY, self._xapian.sortable_serialise(day_number(article.published_on)))
            for bars, slot in BARS.items():
                document.add_value(slot, bar_name(month_number(article.published_on), bars))
        document.add_value(INSTANT, self._xapian.sortable_serialise(instant(article) + _SHIFT))
        for slot, values in enumerate(facet_values(article).values(), FIRST_FACET):
            if values:
                document.add_value(slot, BETWEEN.join(values))
        document.set_data(as_json(article))
        return document

    def _found(self, asked: Asked, query: Any) -> Answer:
        xapian, enquire = self._xapian, self._enquire
        enquire.set_query(query)
        if asked.newest:
            enquire.set_sort_by_value(INSTANT, True)
        else:
            enquire.set_sort_by_relevance()
        enquire.clear_matchspies()
        spies = {name: xapian.ValueCountMatchSpy(FIRST_FACET + FACETS.index(name)) for name in asked.facets}
        bars = xapian.ValueCountMatchSpy(BARS[asked.bars]) if asked.bars else None
        for spy in (*spies.values(), *([bars] if bars else [])):
            enquire.add_matchspy(spy)
        found = enquire.get_mset(0, asked.hits, self._count)
        answer = Answer(total=found.get_matches_estimated())
        for match in found:
            if asked.newest:
                value = match.document.get_value(INSTANT)
                answer.keys.append(xapian.sortable_unserialise(value) - _SHIFT)
            else:
                answer.keys.append(match.weight)
            article = from_json(match.document.get_data())
            answer.articles.append(article)
            if asked.snippets:
                answer.snippets.append(found.snippet(article.body, 2 * FRAGMENT, self._stem).decode())
        answer.facets = {name: self._largest(spy) for name, spy in spies.items()}
        if bars:
            answer.bars = {each.term.decode(): each.termfreq for each in bars.values()}
        return answer

    def _largest(self, spy: Any) -> dict[str, int]:
        """Its combinations of values, taken apart."""
        counts: Counter[str] = Counter()
        for each in spy.values():
            for value in each.term.decode().split(BETWEEN):
                counts[value] += each.termfreq
        return dict(counts.most_common(FACET_SIZE))

    def _query(self, asked: Asked) -> Any:
        xapian = self._xapian
        terms = [self._stem(word) for word in asked.words]
        match asked.kind:
            case Kind.PHRASE:
                query = xapian.Query(xapian.Query.OP_PHRASE, terms)
            case Kind.PREFIX:
                limits = (0, xapian.Query.WILDCARD_LIMIT_ERROR)  # 0: as many words as there are
                query = xapian.Query(xapian.Query.OP_WILDCARD, asked.words[0], *limits)
            case Kind.ANY:
                query = xapian.Query(xapian.Query.OP_OR, terms)
            case _:
                query = xapian.Query(xapian.Query.OP_AND, terms)
        if asked.start is None or asked.end is None:
            return query
        days = xapian.Query(
            xapian.Query.OP_VALUE_RANGE,
            DAY,
            xapian.sortable_serialise(day_number(asked.start)),
            xapian.sortable_serialise(day_number(asked.end)),
        )
        return xapian.Query(xapian.Query.OP_FILTER, query, days)

    def _alike(self, article: Article | None) -> Any:
        """Its most telling terms, by its own expansion from this one article."""
        assert article is not None
        xapian = self._xapian
        document = xapian.Document()
        self._generator.set_document(document)
        self._generator.index_text(f"{article.headline}\n{article.body}")
        return xapian.Query(xapian.Query.OP_ELITE_SET, [term.term for term in document.termlist()], ALIKE_TERMS)
