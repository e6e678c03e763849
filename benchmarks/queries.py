"""Queries: the questions of a benchmark, from the corpus itself, by a seeded script that knows no engine.

Fifteen classes, each of questions that the service asks its engine: for a page, an API answer, the values of one facet,
the count behind a way out, more stories, a correction. A class that asks for hits gets them as articles.

Engines cut and stem words by rules of their own, so the words asked are such that any rule finds the same articles:
lower-case ASCII letters, of a stem that the two English stemmers in use (Porter's, and its successor) give to the same
words of the corpus. A phrase is one that stands nowhere in the corpus in another form of its words. None is chosen, or
left out, for the time that it takes.
"""

import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import Stemmer

from benchmarks.corpora import SEED, Corpus
from benchmarks.peers.base import FACETS, PARTS, STORIES, Asked, Kind
from searchsvc.model.article import Article

VERSION = 2  # raised whenever a class asks something else: figures of the old ones are then no figures of the new
EACH = 20  # queries of a class
PHRASES = 400  # candidates, of which those are kept that any engine reads alike

COMMON, MIDDLE, RARE = "common", "middle", "rare"
COMMON_PAGE, MIXED_PAGE = "results page, common term", "results page, mixed"
MONTHS_UP_TO = 5 * 366  # days of a corpus: a longer one is shown by years, as the service does of what it found

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s(?![^\W_])")
_PLAIN = re.compile(r"[a-z]{4,12}")
_RUN = re.compile(r"(?<=[a-z] )[a-z]{4,12} [a-z]{4,12}(?: [a-z]{4,12})?(?= [a-z])")
# Beside one of these a word is one with its neighbour to some engines, and not to others: AT&T, C++, o'clock.
_JOINT = re.compile(r"[&+#_@]|['’](?=[^\W_])(?!s(?![^\W_]))")
_WORD_BEFORE = re.compile(r"[^\W_]+\Z")
_SHORTEST_STEM = 3  # letters: Porter's stemmers treat shorter ones each in its own way
LONGEST = 20  # letters looked back for the word before such a mark
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class QueryClass:
    """Questions of one kind. `pages` are whole pages of results: for them our own goal is stricter."""

    name: str
    asked: tuple[Asked, ...]
    pages: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What the script knows of a corpus: how many articles have each word, and which words are safe to ask."""

    articles: int
    counts: Mapping[str, int]  # of all words
    safe: Sequence[str]  # most frequent first

    def of(self, kind: str) -> list[str]:
        """Safe words by how many articles have them: 2 to 20 % (common), 0.1 to 1 % (middle), 2 to 20 in all (rare)."""
        low, high = {
            COMMON: (self.articles * 0.02, self.articles * 0.2),
            MIDDLE: (max(3, self.articles * 0.001), self.articles * 0.01),
            RARE: (2, 20),
        }[kind]
        return [word for word in self.safe if low <= self.counts[word] <= high]


def queries(corpus: Corpus, work: Path) -> list[QueryClass]:
    """The questions of a corpus; kept, for making them reads all of it twice."""
    script = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=4).hexdigest()  # another script, other questions
    kept = work / "queries" / f"{corpus.name}-{script}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = make_queries(corpus.articles)
        kept.write_text(json.dumps([class_to_json(each) for each in made], ensure_ascii=False), "utf-8")
    return [class_from_json(each) for each in json.loads(kept.read_text("utf-8"))]


def make_queries(articles: Callable[[], Iterable[Article]], each: int = EACH) -> list[QueryClass]:
    """The classes, in the order in which they are shown. `articles` gives the corpus anew at each call."""
    chance = random.Random(SEED)
    words, runs, sample, days = survey(articles(), chance)
    phrases = unmistakable(runs, words.counts, articles())
    common, middle, rare = words.of(COMMON), words.of(MIDDLE), words.of(RARE)
    prefixes = safe_prefixes(words, middle, chance)

    def some(of: Sequence[str], number: int) -> tuple[str, ...]:
        return tuple(chance.sample(of, number))

    def many(make: Callable[[], Asked]) -> tuple[Asked, ...]:
        made: dict[Asked, None] = {}
        for _ in range(50 * each):  # a small corpus may not have so many different ones
            made.setdefault(make())
            if len(made) == each:
                break
        return tuple(made)

    def term() -> Asked:
        return Asked(kind=Kind.TERM, words=some(common, 1))

    def both() -> Asked:
        size = chance.choice((2, 3))
        return Asked(kind=Kind.ALL, words=(*some(common, size - 1), *some(middle, 1)))

    def any_of() -> Asked:
        return Asked(kind=Kind.ANY, words=(*some(common, 2), *some(middle, chance.choice((1, 2, 3)))))

    def phrase() -> Asked:
        return Asked(kind=Kind.PHRASE, words=tuple(chance.choice(phrases).split()))

    def of_days() -> Asked:
        length = max(1, (days[1] - days[0]).days // 10)
        start = days[0] + timedelta(days=chance.randrange(max(1, (days[1] - days[0]).days - length)))
        words = some(chance.choice((common, middle)), 1)
        return Asked(kind=Kind.TERM, words=words, start=start, end=start + timedelta(days=length))

    def correct() -> Asked:
        meant = chance.choice(middle)
        return Asked(kind=Kind.CORRECT, words=(misspell(meant, words.counts, chance),), meant=meant)

    terms = many(term)
    rares = many(lambda: Asked(kind=Kind.TERM, words=some(rare, 1)))
    ands, ors, quoted = many(both), many(any_of), many(phrase)
    mixed = [one for ones in zip(terms, rares, ands, ors, quoted, strict=False) for one in ones][:each]
    alike = [Asked(kind=Kind.ALIKE, article=one, hits=PARTS * STORIES) for one in sample[:each]]
    bars = "month" if (days[1] - days[0]).days <= MONTHS_UP_TO else "year"
    return [
        QueryClass("common term, 10 articles", terms),
        QueryClass("rare term, 10 articles", rares),
        QueryClass("AND of 2 or 3, 10 articles", ands),
        QueryClass("OR of 3 to 5, 10 articles", ors),
        QueryClass("phrase, 10 articles", quoted),
        QueryClass("term and dates, 10 articles", many(of_days)),
        QueryClass("newest 10 articles", tuple(replace(one, newest=True) for one in terms)),
        QueryClass("beginning, 10 articles", tuple(Asked(kind=Kind.PREFIX, words=(one,)) for one in prefixes[:each])),
        QueryClass("10 snippets", tuple(replace(one, snippets=True) for one in terms)),
        QueryClass("count alone", tuple(map(count_alone, mixed))),
        QueryClass("one facet", tuple(one_facet(one, FACETS[at % len(FACETS)]) for at, one in enumerate(terms))),
        QueryClass("more stories", tuple(alike)),
        QueryClass("did you mean", many(correct)),
        QueryClass(COMMON_PAGE, tuple(results_page(one, bars) for one in terms), pages=True),
        QueryClass(MIXED_PAGE, tuple(results_page(one, bars) for one in mixed), pages=True),
    ]


def results_page(asked: Asked, bars: str) -> Asked:
    """The question of a page of results: articles with snippets, facets, and a bar for each month or year."""
    return replace(asked, facets=FACETS, bars=bars, snippets=True)


def one_facet(asked: Asked, facet: str) -> Asked:
    """The question of a look inside a facet."""
    return replace(asked, hits=0, facets=(facet,))


def count_alone(asked: Asked) -> Asked:
    """The question of how many articles another search would find."""
    return replace(asked, hits=0, facets=(), bars="", snippets=False)


# --- a look at the corpus ---------------------------------------------------------------------------------------------


def survey(
    articles: Iterable[Article], chance: random.Random
) -> tuple[Words, list[str], list[Article], tuple[date, date]]:
    """How many articles have each word; runs of words that may be phrases; some articles; the first and last day."""
    counts: Counter[str] = Counter()
    joined: set[str] = set()
    runs: list[str] = []
    sample: list[Article] = []
    first, last = date.max, date.min
    number = 0
    for number, article in enumerate(articles, 1):
        _count(article, counts, joined)
        place = chance.randrange(number)
        if place < PHRASES and (found := _RUN.findall(article.body)):
            _keep(runs, PHRASES, chance.choice(found), place)
        if place < 2 * EACH and len(article.body) > 200:
            _keep(sample, 2 * EACH, article, place)
        if article.published_on is not None:
            first, last = min(first, article.published_on), max(last, article.published_on)
    chance.shuffle(sample)
    return Words(number, counts, _of_one_stem(counts, joined)), sorted(set(runs)), sample, (first, last)


def safe_words(articles: Iterable[Article]) -> Words:
    """The words of some articles, as in `survey`."""
    counts: Counter[str] = Counter()
    joined: set[str] = set()
    number = 0
    for article in articles:
        number += 1
        _count(article, counts, joined)
    return Words(number, counts, _of_one_stem(counts, joined))


def _count(article: Article, counts: Counter[str], joined: set[str]) -> None:
    """Add the words of an article, each once; and those which stand joined to another."""
    text = "\n".join(texts(article)).lower()
    counts.update(set(_WORD.findall(text)))
    for joint in _JOINT.finditer(text):
        before = _WORD_BEFORE.search(text, max(0, joint.start() - LONGEST), joint.start())
        after = _WORD.match(text, joint.end())
        joined.update(word[0] for word in (before, after) if word)


def texts(article: Article) -> Iterator[str]:
    """What is searched, each apart: no phrase runs from one into the next."""
    yield article.headline
    yield from article.tags
    yield from article.body.split("\n\n")


def _keep(kept: list[Any], most: int, value: Any, place: int) -> None:
    if len(kept) < most:
        kept.append(value)
    else:
        kept[place] = value


def _of_one_stem(counts: Counter[str], joined: Set[str]) -> list[str]:
    """The plain words whose stem, by either stemmer, the same words of the vocabulary have; most frequent first.

    Neither they nor the others of their stem stand in the corpus `joined` to another.
    """
    families = []
    for algorithm in ("english", "porter"):
        stem_of = Stemmer.Stemmer(algorithm)
        known = list(counts)
        by_stem: dict[str, set[str]] = defaultdict(set)
        for word, stem in zip(known, stem_of.stemWords(known), strict=True):
            by_stem[stem].add(word)
        families.append((stem_of, by_stem))
    (english, by_english), (porter, by_porter) = families
    safe = []
    for word, _ in counts.most_common():
        if _PLAIN.fullmatch(word):
            one, other = english.stemWord(word), porter.stemWord(word)
            family = by_english[one]
            if min(len(one), len(other)) >= _SHORTEST_STEM and family == by_porter[other] and not family & joined:
                safe.append(word)
    return safe


def safe_prefixes(words: Words, middle: Sequence[str], chance: random.Random) -> list[str]:
    """Beginnings of words that are also the beginnings of just those words' stems."""
    stemmers = [Stemmer.Stemmer(algorithm) for algorithm in ("english", "porter")]
    candidates = sorted({word[: chance.choice((3, 4, 5))] for word in chance.sample(middle, min(len(middle), 400))})
    by_start: dict[str, set[str]] = defaultdict(set)
    by_stems_start: dict[str, set[str]] = defaultdict(set)
    for word in words.counts:
        stems = [stemmer.stemWord(word) for stemmer in stemmers]
        for length in (3, 4, 5):
            by_start[word[:length]].add(word)
            for number, stem in enumerate(stems):
                by_stems_start[f"{number}{stem[:length]}"].add(word)
    fit = [
        prefix
        for prefix in candidates
        if all(by_start[prefix] == by_stems_start[f"{number}{prefix}"] for number in (0, 1))
        and all(stemmer.stemWord(prefix) == prefix for stemmer in stemmers)
        and all(word.isascii() for word in by_start[prefix])
    ]
    chance.shuffle(fit)
    return fit


def unmistakable(runs: Sequence[str], counts: Mapping[str, int], articles: Iterable[Article]) -> list[str]:
    """Those runs of words that stand nowhere in another form: each place where their stems follow one another, whatever
    stands between, is the run itself, blank by blank."""
    stem_of = cache(Stemmer.Stemmer("english").stemWord)
    stems = {run: [stem_of(word) for word in run.split()] for run in runs}
    longest = max(map(len, stems.values()), default=0)
    by_first: dict[str, list[str]] = defaultdict(list)
    for run, of_run in stems.items():
        by_first[of_run[0]].append(run)
    heads = {word: stem for word in counts if (stem := stem_of(word)) in by_first}
    exactly = {run: re.compile(rf"(?<![^\W_]){run}(?![^\W_]|['’]s)") for run in runs}
    spoilt: set[str] = set()
    found: Counter[str] = Counter()
    for article in articles:
        for text in map(str.lower, texts(article)):
            loose: dict[str, int] = {}
            words = _WORD.findall(_POSSESSIVE.sub("", text))
            for at in [at for at, word in enumerate(words) if word in heads]:
                following = [heads[words[at]], *map(stem_of, words[at + 1 : at + longest])]
                for run in by_first[following[0]]:
                    if following[: len(stems[run])] == stems[run]:
                        loose[run] = loose.get(run, 0) + 1
            for run, times in loose.items():
                found[run] += 1
                if len(exactly[run].findall(text)) != times:
                    spoilt.add(run)
    return [run for run in runs if run not in spoilt and found[run] >= 2]


def misspell(word: str, known: Mapping[str, int], chance: random.Random) -> str:
    """The word with one slip of the finger, such that no article has it."""
    for _ in range(100):
        at = chance.randrange(1, len(word) - 1)
        wrong = chance.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + chance.choice(_LETTERS) + word[at:],
                word[:at] + chance.choice(_LETTERS) + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
        if wrong not in known:
            return wrong
    return word + "qz"


# --- keeping ----------------------------------------------------------------------------------------------------------


def class_to_json(of_class: QueryClass) -> dict[str, Any]:  # Any: JSON
    """What `class_from_json` reads."""
    asked = [
        {
            **asdict(replace(one, article=None)),
            "start": one.start.isoformat() if one.start else None,
            "end": one.end.isoformat() if one.end else None,
            "article": one.article.to_json() if one.article else None,
        }
        for one in of_class.asked
    ]
    return {"name": of_class.name, "pages": of_class.pages, "asked": asked}


def class_from_json(kept: Mapping[str, Any]) -> QueryClass:
    """The class that `class_to_json` wrote."""
    asked = tuple(
        Asked(
            **{
                **one,
                "kind": Kind(one["kind"]),
                "words": tuple(one["words"]),
                "facets": tuple(one["facets"]),
                "start": date.fromisoformat(one["start"]) if one["start"] else None,
                "end": date.fromisoformat(one["end"]) if one["end"] else None,
                "article": Article.from_json(one["article"]) if one["article"] else None,
            }
        )
        for one in kept["asked"]
    )
    return QueryClass(kept["name"], asked, kept["pages"])
