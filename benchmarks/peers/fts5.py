"""SQLite FTS5: the full-text index of SQLite, in one file, through Python's own `sqlite3`.

The articles are one JSON text each; the index reads its columns from there through a view (external content), so that
no text is kept twice. Facets and months stand in side tables clustered by article; a page's matches are gathered once,
and then counted and ranked.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from benchmarks.peers.base import (
    BOOSTS,
    FACET_SIZE,
    FACETS,
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

FRAGMENT_TOKENS = 64  # the most that its snippet() gives: some 400 characters
BATCH = 1_000  # articles handed to SQLite at once
_WEIGHTS = ", ".join(str(boost) for boost in BOOSTS.values())

_TABLES = f"""
PRAGMA page_size = 4096;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -200000;
CREATE TABLE article (number INTEGER PRIMARY KEY, day INTEGER, instant INTEGER NOT NULL, json TEXT NOT NULL);
CREATE VIEW text AS SELECT number AS number, json ->> 'headline' AS headline, json ->> 'tags' AS tags,
    json ->> 'body' AS body FROM article;
CREATE VIRTUAL TABLE words USING fts5(
    headline, tags, body, content = 'text', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2',
    detail = full);
INSERT INTO words(words, rank) VALUES ('rank', 'bm25({_WEIGHTS})');
CREATE TABLE value (number INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (field, value));
"""
_SIDE_TABLES = "".join(
    f"CREATE TABLE {name} (article INTEGER, value INTEGER, PRIMARY KEY (article, value)) WITHOUT ROWID;"
    for name in FACETS
)
_MONTHS = "CREATE TABLE month (article INTEGER PRIMARY KEY, number INTEGER NOT NULL);"
_INDEXES = """
CREATE INDEX by_day ON article (day);
CREATE INDEX by_instant ON article (instant);
INSERT INTO words(words) VALUES ('optimize');
ANALYZE;
PRAGMA optimize;
"""
_TOTAL = "SELECT count(*) FROM words WHERE words MATCH ?"
_TOP = "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
_IN_DAYS = "words JOIN article ON article.number = words.rowid WHERE words MATCH ? AND day BETWEEN ? AND ?"
_NEWEST = (
    "SELECT number, instant FROM words JOIN article ON article.number = words.rowid WHERE words MATCH ? "
    "ORDER BY instant DESC LIMIT ?"
)
_FOUND = "WITH found AS MATERIALIZED (SELECT rowid AS article FROM words WHERE words MATCH ?) "
_SNIPPETS = (
    "SELECT number, json, snippet(words, 2, '<b>', '</b>', '…', ?) FROM words JOIN article ON number = words.rowid "
    "WHERE words MATCH ? AND words.rowid = ?"
)
_JSON = "SELECT json FROM article WHERE number = ?"


class Fts5Peer:
    kinds = frozenset({Kind.TERM, Kind.ALL, Kind.ANY, Kind.PHRASE, Kind.PREFIX})

    def __init__(self) -> None:
        self.name = f"FTS5 {sqlite3.sqlite_version}"
        with sqlite3.connect(":memory:") as memory:
            if "ENABLE_FTS5" not in {option for (option,) in memory.execute("PRAGMA compile_options")}:
                raise Absent("this Python's SQLite is compiled without FTS5")
        memory.close()

    def build(self, articles: Iterable[Article], folder: Path, *, commit_every: int = 0) -> None:
        folder.mkdir(parents=True)
        database = sqlite3.connect(folder / "articles.db", isolation_level=None)
        database.executescript(_TABLES + _SIDE_TABLES + _MONTHS)
        values: dict[tuple[str, str], int] = {}
        database.execute("BEGIN")
        done = 0
        for batch in _batches(articles, min(BATCH, commit_every or BATCH)):
            _insert(database, done, batch, values)
            done += len(batch)
            if commit_every and done % commit_every == 0:
                database.execute("COMMIT")
                database.execute("BEGIN")
        database.execute("COMMIT")
        database.executescript(_INDEXES)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    def open(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "articles.db", isolation_level=None)
        self._database.executescript("PRAGMA cache_size = -200000; PRAGMA mmap_size = 2000000000;")
        self._values = dict(self._database.execute("SELECT number, value FROM value"))

    def answer(self, asked: Asked) -> Answer:
        run = self._database.execute
        text = _match(asked)
        answer = Answer()
        if asked.start is not None and asked.end is not None:
            days = (text, day_number(asked.start), day_number(asked.end))
            (answer.total,) = run(f"SELECT count(*) FROM {_IN_DAYS}", days).fetchone()
            rows = run(f"SELECT words.rowid, -rank FROM {_IN_DAYS} ORDER BY rank LIMIT {asked.hits}", days).fetchall()
        else:
            (answer.total,) = run(_TOTAL, (text,)).fetchone()
            rows = run(_NEWEST if asked.newest else _TOP, (text, asked.hits)).fetchall() if asked.hits else []
        answer.keys = [key for _, key in rows]
        if asked.facets or asked.bars:
            counted: dict[str, dict[str, int]] = {name: {} for name in asked.facets}
            bars: dict[str, int] = {}
            for name, value, count in run(_counts(asked.facets, asked.bars), (text,)):
                if name == "bars":
                    bars[bar_name(value, asked.bars)] = count
                else:
                    counted[name][self._values[value]] = count
            answer.facets, answer.bars = counted, bars
        for number, _ in rows:
            if asked.snippets:
                _, json, snippet = run(_SNIPPETS, (FRAGMENT_TOKENS, text, number)).fetchone()
                answer.snippets.append(snippet)
            else:
                (json,) = run(_JSON, (number,)).fetchone()
            answer.articles.append(from_json(json))
        return answer

    def close(self) -> None:
        self._database.close()


@cache
def _counts(facets: tuple[str, ...], bars: str) -> str:
    """The matches gathered once, then a count of each facet, and one by the first month of each bar."""
    counts = [
        f"SELECT * FROM (SELECT '{name}', value, count(*) FROM found JOIN {name} USING (article) "
        f"GROUP BY value ORDER BY 3 DESC LIMIT {FACET_SIZE})"
        for name in facets
    ]
    if bars:
        first = "number - number % 12" if bars == "year" else "number"
        counts.append(f"SELECT 'bars', {first}, count(*) FROM found JOIN month USING (article) GROUP BY 2")
    return _FOUND + " UNION ALL ".join(counts)


def _match(asked: Asked) -> str:
    match asked.kind:
        case Kind.ANY:
            return " OR ".join(asked.words)
        case Kind.PHRASE:
            return f'"{" ".join(asked.words)}"'
        case Kind.PREFIX:
            return f"{asked.words[0]}*"
        case _:
            return " ".join(asked.words)


def _batches(articles: Iterable[Article], size: int) -> Iterator[list[Article]]:
    left = iter(articles)
    while batch := list(islice(left, size)):
        yield batch


def _insert(database: sqlite3.Connection, first: int, batch: list[Article], values: dict[tuple[str, str], int]) -> None:
    numbered = list(enumerate(batch, first))
    database.executemany(
        "INSERT INTO article VALUES (?, ?, ?, ?)",
        [
            (number, day_number(each.published_on) if each.published_on else None, instant(each), as_json(each))
            for number, each in numbered
        ],
    )
    database.executemany(
        "INSERT INTO words(rowid, headline, tags, body) VALUES (?, ?, ?, ?)",
        [(number, each.headline, "\n".join(each.tags), each.body) for number, each in numbered],
    )
    database.executemany(
        "INSERT INTO month VALUES (?, ?)",
        [(number, month_number(each.published_on)) for number, each in numbered if each.published_on],
    )
    pairs: dict[str, list[tuple[int, int]]] = {name: [] for name in FACETS}
    for number, each in numbered:
        for name, of_article in facet_values(each).items():
            for value in of_article:
                known = values.get((name, value))
                if known is None:
                    known = values[name, value] = len(values)
                    database.execute("INSERT INTO value VALUES (?, ?, ?)", (known, name, value))
                pairs[name].append((number, known))
    for name, of_facet in pairs.items():
        database.executemany(f"INSERT OR IGNORE INTO {name} VALUES (?, ?)", of_facet)
