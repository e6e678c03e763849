"""MemoryEngine: `engines.contract` in plain lists and loops, the oracle that other engines are tested on.

It also serves demos. Not for large archives: each search reads every article.

>>> engine = MemoryEngine([Article(id=ArticleId("1"), headline="Rain in Kent", body="It rained.")])
>>> engine.search(SearchRequest(query=Term("rain"))).total.value
1
"""

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Self

from searchsvc.engines.bm25f import saturated
from searchsvc.engines.completion import best_corrections, has_word_prefix, max_edits, share_limit, typed_words
from searchsvc.engines.contract import EngineStatus, Outcome
from searchsvc.engines.memory.search import AnalyzedArticle, MemorySnapshot, Search, analyze
from searchsvc.engines.more_like_this import Candidate, KeyTerm, is_distinctive, key_terms, partition
from searchsvc.errors import ArticleNotFound, IndexLocked
from searchsvc.model.article import Article, ArticleId
from searchsvc.model.fields import SEARCHED_FIELDS, TEXT_FIELDS
from searchsvc.model.query import Term
from searchsvc.model.request import SearchRequest
from searchsvc.model.result import Correction, Related, SearchResult, Suggestion
from searchsvc.model.versions import Version
from searchsvc.text.distance import within
from searchsvc.text.matching import matcher, pattern_word


class MemoryEngine:
    """An engine without files, safe for threads: a commit replaces the immutable snapshot."""

    name = "memory"

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        entries = MappingProxyType({article.id: analyze(article) for article in articles})
        self._snapshot = MemorySnapshot(entries, _new_build(), 0, datetime.now(UTC))
        self._write_lock = threading.Lock()

    def search(self, request: SearchRequest) -> SearchResult:
        """Look at every article; see `engines.contract`."""
        return Search(self._snapshot, request).result()

    def get(self, id: ArticleId) -> Article:
        """The article with an id. Raises ArticleNotFound."""
        entry = self._snapshot.entries.get(id)
        if entry is None:
            raise ArticleNotFound(f"there is no article {id!r}")
        return entry.article

    def related(self, article: Article, *, limit: int = 5, languages: tuple[str, ...] = ()) -> Related:
        """Compare every article with the key terms of one."""
        snapshot = self._snapshot
        frequencies = _frequencies(snapshot)
        terms = key_terms(
            article,
            document_frequencies=lambda stems: [frequencies[stem] for stem in stems],
            articles=len(snapshot.entries),
        )
        candidates = [
            _candidate(entry, terms, snapshot)
            for entry in snapshot.entries.values()
            if not languages or entry.article.language in languages
        ]
        sharing = [candidate for candidate in candidates if candidate.shared]
        return partition(article, sharing, limit=limit, key_terms=terms)

    def suggest(self, prefix: str, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Completions of what is typed, as `engines.completion` shares them out."""
        typed = typed_words(prefix)
        if not typed:
            return ()
        entries = self._snapshot.entries.values()
        return share_limit(limit, _tags(entries, typed), _headlines(entries, typed), _words(entries, typed))

    def spell(self, word: str, *, limit: int = 5) -> tuple[Correction, ...]:
        """Corrections of a word, best first."""
        wanted = pattern_word(word)
        if not wanted.isalpha():
            return ()
        counts: Counter[str] = Counter()
        corrected_to: set[str] = set()  # words of tags and kickers are not
        for entry in self._snapshot.entries.values():
            counts.update({token.word for name in SEARCHED_FIELDS for token in entry.tokens[name]})
            corrected_to.update(token.word for name in ("headline", "body") for token in entry.tokens[name])
        similar = within(wanted, sorted(corrected_to), max_edits(wanted))
        return best_corrections(wanted, [(other, edits, counts[other]) for other, edits in similar], limit)

    def document_frequency(self, word: str) -> int:
        """How many articles have a word, or another form of its stem, in any text field."""
        find = matcher(Term(word))
        return sum(
            any(find(entry.tokens[name]) for name in SEARCHED_FIELDS) for entry in self._snapshot.entries.values()
        )

    def writer(self, *, fresh: bool = False, processes: int = 1) -> "MemoryWriter":
        """A writer on the articles, or with `fresh` on none. Raises IndexLocked while another is open."""
        if not self._write_lock.acquire(blocking=False):
            raise IndexLocked("another writer is at work", hint="wait until it is done")
        return MemoryWriter(self, fresh=fresh)

    def scan(self) -> Iterator[Article]:
        """Every article."""
        return iter([entry.article for entry in self._snapshot.entries.values()])

    def status(self) -> EngineStatus:
        """How many articles there are, and which commit it is."""
        snapshot = self._snapshot
        return EngineStatus(
            engine=self.name,
            articles=len(snapshot.entries),
            commit=snapshot.commit,
            build=snapshot.build,
            made_at=snapshot.made_at,
            segments=1,
            location="memory",
        )

    def close(self) -> None:
        """Nothing to close."""


class MemoryWriter:
    """Collects articles; a commit makes them visible, on a fresh build only the one at the end."""

    def __init__(self, engine: MemoryEngine, *, fresh: bool) -> None:
        self._engine = engine
        self._fresh = fresh
        live = engine._snapshot
        self._build, self._number = (_new_build(), 0) if fresh else (live.build, live.number)
        self._entries: dict[ArticleId, AnalyzedArticle] = {} if fresh else dict(live.entries)
        self._changed = fresh

    def put(self, article: Article) -> Outcome:
        """Add an article, or replace the one with its id, whatever its version."""
        known = self._entries.get(article.id)
        entry = analyze(article)
        if known is not None and known.digest == entry.digest:
            return Outcome.UNCHANGED
        self._entries[article.id] = entry
        self._changed = True
        return Outcome.ADDED if known is None else Outcome.REPLACED

    def kept_version(self, id: ArticleId) -> Version | None:
        """The version of the article with an id; None if there is none."""
        known = self._entries.get(id)
        return None if known is None else known.article.version

    def delete(self, id: ArticleId) -> bool:
        """Remove the article with an id; whether there was one."""
        if self._entries.pop(id, None) is None:
            return False
        self._changed = True
        return True

    def commit(self) -> None:
        """Show what was put and deleted to searches that begin from now on."""
        if not self._fresh:
            self._publish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._publish()
        finally:
            self._engine._write_lock.release()

    def _publish(self) -> None:
        """Replace the engine's snapshot, if anything has changed."""
        if self._changed:
            self._number += 1
            entries = MappingProxyType(dict(self._entries))
            self._engine._snapshot = MemorySnapshot(entries, self._build, self._number, datetime.now(UTC))
            self._changed = False


def _new_build() -> str:
    return uuid.uuid4().hex[:8]


def _frequencies(snapshot: MemorySnapshot) -> Counter[str]:
    """The document frequency of each stem: articles with a word of it in any text field."""
    frequencies: Counter[str] = Counter()
    for entry in snapshot.entries.values():
        frequencies.update({token.stem for name in SEARCHED_FIELDS for token in entry.tokens[name]})
    return frequencies


def _candidate(entry: AnalyzedArticle, terms: Sequence[KeyTerm], snapshot: MemorySnapshot) -> Candidate:
    """An article compared with the key terms of another; fields are weighted as in a search."""
    frequencies = [0.0] * len(terms)  # the BM25F term frequency of each key term
    for field in TEXT_FIELDS:
        tokens = [token for token in entry.tokens[field.name] if is_distinctive(token.word, token.acronym)]
        if not tokens:
            continue
        weight = field.boost / snapshot.length_norm(field, entry)
        for number, term in enumerate(terms):
            frequencies[number] += weight * sum(token.stem == term.stem or token.word in term.words for token in tokens)
    article = entry.article
    return Candidate(
        id=article.id,
        similarity=sum(term.weight * saturated(frequency) for term, frequency in zip(terms, frequencies, strict=True)),
        shared=sum(1 << number for number, frequency in enumerate(frequencies) if frequency),
        tags=article.tags,
        day=article.published_on.toordinal() if article.published_on else None,
        fingerprint=article.fingerprint,
        words=len(entry.tokens["body"]),
        load=lambda: article,
    )


def _tags(entries: Iterable[AnalyzedArticle], typed: str) -> list[Suggestion]:
    """Tags: first those that begin with `typed`, then by frequency; each in its most frequent spelling."""
    counts: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for entry in entries:
        tags = {tag: words for tag in entry.article.tags if has_word_prefix(words := typed_words(tag), typed)}
        counts.update(set(tags.values()))
        for tag, words in tags.items():
            spellings.setdefault(words, Counter())[tag] += 1
    ranked = sorted(counts, key=lambda words: (not words.startswith(typed), -counts[words], words))
    return [
        Suggestion(text=min(spellings[w], key=lambda s: (-spellings[w][s], s)), kind="tag", count=counts[w])
        for w in ranked
    ]


def _headlines(entries: Iterable[AnalyzedArticle], typed: str) -> list[Suggestion]:
    """Headlines: first those that begin with `typed`, then newest first; each once, for its newest article."""
    found: dict[str, list[Article]] = {}
    for entry in entries:
        words = typed_words(entry.article.headline)
        if has_word_prefix(words, typed):
            found.setdefault(words, []).append(entry.article)
    newest = {words: min(articles, key=_newest_first) for words, articles in found.items()}
    ranked = sorted(newest, key=lambda words: (not words.startswith(typed), *_newest_first(newest[words])))
    return [
        Suggestion(text=newest[w].headline, kind="headline", count=len(found[w]), article_id=newest[w].id)
        for w in ranked
    ]


def _newest_first(article: Article) -> tuple[bool, int, str]:
    instant = article.sort_instant
    return instant is None, -(instant or 0), article.id


def _words(entries: Iterable[AnalyzedArticle], typed: str) -> list[Suggestion]:
    """Words with the prefix `typed`, by frequency."""
    counts: Counter[str] = Counter()
    for entry in entries:
        words = {token.word for name in SEARCHED_FIELDS for token in entry.tokens[name]}
        counts.update(word for word in words if word.startswith(typed))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [Suggestion(text=word, kind="term", count=counts[word]) for word in ranked]
