"""Readiness: compile every kernel before the service answers: minutes after an installation, no time later.

It indexes a few articles in a temporary folder and runs a request of each kind. Kernels that only larger indexes come
to are compiled from their declarations.
"""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from searchsvc.engines.contract import Engine
from searchsvc.engines.embedded.kernels.jit import make_declared
from searchsvc.model.article import Article, ArticleId, DatePrecision
from searchsvc.model.query import And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Term, Value
from searchsvc.model.request import DateFilter, FacetRequest, HistogramRequest, SearchRequest, Sort, ValueFilter

_WORDS = ("rain", "snow", "hail", "naïve sleet")


def make_ready(engine_in: Callable[[Path], Engine]) -> None:
    """Use an engine, made in a folder, for everything that it does. Raises OSError."""
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_in(Path(folder))
        try:
            _write(engine)
            _ask(engine)
            with engine.writer() as writer:  # deletions take other branches
                writer.delete(next(engine.scan()).id)
            _ask(engine)
        finally:
            engine.close()
    make_declared()


def _write(engine: Engine) -> None:
    articles = [
        Article(
            id=ArticleId(f"{word}-{number}"),
            headline=f"{word} in town",
            body=f"The {word} fell. {word} Fell again on day {number}, U.S. officials said.",
            tags=(word, word.upper()) if number % 2 else (word,),
            language="en" if number else "de",  # in which stems are others
            published_on=date(2015, 1, 1 + number),
            date_precision=DatePrecision.DAY,
        )
        for number in range(6)
        for word in _WORDS
    ]
    many_words = " ".join(f"word{number}" for number in range(3_000))
    with engine.writer(fresh=True) as writer:
        writer.put(Article(id=ArticleId("long"), headline="Hail", body=many_words))
        for article in articles[:12]:
            writer.put(article)
        writer.commit()
        for article in articles[12:]:
            writer.put(article)


def _ask(engine: Engine) -> None:
    words = And((Term("rain"), Term("fell")))
    queries = (
        Term("rain"), words, Or((Term("snow"), Term("fell"))), And((Term("fell"), Not(Term("snow")))),
        Phrase("rain fell"), Phrase("fell rain", 3), And((Term("rain"), Phrase("officials said"))),
        Prefix("ra"), Fuzzy("rian", 2), Value("tag", "rain"),
        And((Term("fell"), DateRange(date(2015, 1, 1), date(2015, 1, 3)))),
    )  # fmt: skip
    facets = (FacetRequest(field="tag"), FacetRequest(field="year"))
    for query in queries:
        engine.search(SearchRequest(query=query, facets=facets, histogram=HistogramRequest()))
    engine.search(SearchRequest(query=words, sort=Sort.NEWEST, dates=DateFilter(start=date(2015, 1, 1))))
    engine.search(SearchRequest(filters=(ValueFilter(field="tag", values=("rain",), excluded=("snow",)),)))
    engine.related(next(engine.scan()))
    engine.suggest("ra")
    engine.spell("rian")
