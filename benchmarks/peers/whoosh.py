"""Stock Whoosh: the pure Python library with its own codec, searcher and facets, as its documentation uses them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.peers.base import (
    BOOSTS,
    CORRECTIONS,
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

try:
    import whoosh
    from whoosh import analysis, fields, highlight, index, query, sorting
except ImportError:
    whoosh = None

MEMORY_MB = 256
BARS = ("month", "year")


class WhooshPeer:
    kinds = frozenset(Kind)

    def __init__(self) -> None:
        if whoosh is None:
            raise Absent("not installed: pip install Whoosh-Reloaded")
        self.name = f"Whoosh {whoosh.versionstring()}"

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        folder.mkdir(parents=True)
        made = index.create_in(folder, _schema())
        writer = made.writer(limitmb=MEMORY_MB)
        for number, article in enumerate(articles):
            writer.add_document(**_fields(number, article))
            if commit_every and (number + 1) % commit_every == 0:
                writer.commit()
                writer = made.writer(limitmb=MEMORY_MB)
        writer.commit(optimize=not commit_every)
        made.close()

    def open(self, folder: Path) -> None:
        self._index = index.open_dir(folder)
        self._searcher = self._index.searcher()
        self._analyzer = _english()

    def answer(self, asked: Asked) -> Answer:
        match asked.kind:
            case Kind.CORRECT:
                return Answer(words=list(self._searcher.suggest("body", asked.words[0], limit=CORRECTIONS, maxdist=1)))
            case _:
                return self._found(asked, self._query(asked))

    def close(self) -> None:
        self._searcher.close()
        self._index.close()

    def _found(self, asked: Asked, asked_query: Any) -> Answer:  # Any: whoosh has no types
        options: dict[str, Any] = {"limit": asked.hits or 1}
        if asked.newest:
            options["sortedby"] = sorting.FieldFacet("instant", reverse=True)
        counted = (*asked.facets, asked.bars) if asked.bars else asked.facets
        if counted:
            options["groupedby"] = {
                name: sorting.FieldFacet(name, allow_overlap=True, maptype=sorting.Count) for name in counted
            }
        found = self._searcher.search(asked_query, **options)
        answer = Answer(total=len(found))
        for name in asked.facets:
            counts = sorted(((-count, value) for value, count in found.groups(name).items() if value))
            answer.facets = {**answer.facets, name: {value: -count for count, value in counts[:FACET_SIZE]}}
        if asked.bars:
            answer.bars = {bar: count for bar, count in found.groups(asked.bars).items() if bar}
        if not asked.hits:
            return answer
        found.fragmenter = highlight.ContextFragmenter(maxchars=FRAGMENT)
        found.formatter = highlight.HtmlFormatter(tagname="b")
        for hit in found[: asked.hits]:  # with facets it keeps every hit
            answer.keys.append(hit["instant"] if asked.newest else hit.score)
            article = from_json(hit["json"])
            answer.articles.append(article)
            if asked.snippets:
                answer.snippets.append(hit.highlights("body", text=article.body, top=2))
        return answer

    def _query(self, asked: Asked) -> Any:
        if asked.kind is Kind.ALIKE:
            assert asked.article is not None
            terms = self._searcher.key_terms_from_text("body", asked.article.body, numterms=25)
            return query.Or([query.Term("body", word, boost=weight) for word, weight in terms])
        if asked.kind is Kind.PREFIX:
            return query.Or([query.Prefix(name, asked.words[0], boost=boost) for name, boost in BOOSTS.items()])
        stems = [token.text for word in asked.words for token in self._analyzer(word)]
        if asked.kind is Kind.PHRASE:
            return query.Or([query.Phrase(name, stems, boost=boost) for name, boost in BOOSTS.items()])
        words = [query.Or([query.Term(name, stem, boost=boost) for name, boost in BOOSTS.items()]) for stem in stems]
        whole = query.Or(words) if asked.kind is Kind.ANY else query.And(words)
        if asked.start is None or asked.end is None:
            return whole
        days = query.NumericRange("day", day_number(asked.start), day_number(asked.end))
        return query.And([whole, query.ConstantScoreQuery(days, 0.0)])


def _english() -> Any:
    """Its fastest stemming analysis, words cut where the others cut them: its own pattern keeps the dot in `SUNW.O`."""
    return analysis.RegexTokenizer(r"[^\W_]+") | analysis.LowercaseFilter() | analysis.PyStemmerFilter("english")


def _schema() -> Any:
    english = _english()
    return fields.Schema(
        number=fields.STORED,
        json=fields.STORED,
        day=fields.NUMERIC(int, signed=True),
        instant=fields.NUMERIC(int, bits=64, stored=True, sortable=True),
        **{name: fields.TEXT(analyzer=english, phrase=True) for name in BOOSTS},
        **{name: fields.KEYWORD(commas=True, scorable=False) for name in (*FACETS, *BARS)},
    )


def _fields(number: int, article: Article) -> dict[str, Any]:
    facets = {name: [value.replace(",", " ") for value in values] for name, values in facet_values(article).items()}
    day = article.published_on
    dated = (
        {"day": day_number(day), **{bars: bar_name(month_number(day), bars) for bars in BARS}}
        if day is not None
        else {}
    )
    return {
        "number": number,
        "json": as_json(article),
        "headline": article.headline,
        "tags": "\n".join(article.tags),
        "body": article.body,
        "instant": instant(article),
        **dated,
        **{name: ",".join(values) for name, values in facets.items() if values},
    }
