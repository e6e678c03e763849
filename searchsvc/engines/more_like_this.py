"""Relatedness: which words of an article are telling, and how the articles that share them are shown.

Pure, and the same for every engine; finding the candidates and scoring them is the engine's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cached_property
from math import log1p
from typing import NamedTuple

from searchsvc.engines.bm25f import inverse_document_frequency
from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.model.result import SAME_DAYS, Related, RelatedHit
from searchsvc.text.analyzer import tokenize
from searchsvc.text.fingerprints import distance, resemblance

KEY_TERMS = 30  # so many words tell what a story is about; more change little and cost time (at most 64)

# A word of less than this share of the heaviest one's weight tells nothing: in a short text the small words.
TELLING = 0.1

HEADLINE_WEIGHT = 3  # what a headline's word counts, where one of the body counts 1

# A story's score halves at this distance. On running stories of a news agency (58,000 articles, 265 given ones) nDCG@10
# is .613 without, .658 at 365 days, .683 at 90, .687 at 30; exp(-days / 14) gives .674. Between, for background is old.
HALF_SCORE_DAYS = 60

# Of the weight of an article's telling words, a related one shares at least this much: of three papers' stories on the
# same event, all but one in a hundred do. Below, what two have in common is mostly words that any news has.
SHARED_AT_LEAST = 0.1

# Among them are two of this many most telling words, or a tag: what a story is about.
STRONGEST = 10

# And at least this much of what the nearest one shares: in a small archive, where rare words tell little, the few that
# two unlike stories happen to have in common weigh more than a tenth.
SHARED_BESIDE_NEAREST = 0.4

# So many more candidates of a part than asked are looked at, the best first: some are copies, some share too little.
# What stands lower is not worth showing, and need not be fetched. Near fingerprints are looked at wherever they stand.
SPARE = 12

SHOWN_WORDS = 5

# Copies: fingerprints at most so many bits apart (a cut copy's move by a dozen or so), then so many of the shorter
# text's runs of words in the longer. Texts of fewer characters must be equal: two short ones may share a formula.
NEAR_BITS = 20
SAME_TEXT = 0.8
SHORT_TEXT = 120

# A copy has at least this much of the weight of the telling words; a shorter one in proportion to its words. So most
# texts need not be fetched whose fingerprints are near by chance, as those of one in five hundred are.
COPY_SHARES = 0.5


class KeyTerm(NamedTuple):
    """A telling stem, the folded words of it that the article has, and the first of them as it is printed there.

    Another article shares the term where a telling word (`is_distinctive`) has the stem or is one of the words: a
    name's stem is another one in another language.
    """

    stem: str
    weight: float
    words: tuple[str, ...]
    printed: str


@dataclass(frozen=True)
class Candidate:
    """An archived article that shares something: its values, and how to get it.

    `closeness` is the sum over the key terms of weight times saturated frequency; `shared` has a bit for each key term
    that it has, the heaviest the lowest; `day` is the ordinal of the day of publication.
    """

    id: str
    closeness: float
    shared: int
    tags: Sequence[str]
    day: int | None
    fingerprint: int
    words: int  # of its body
    load: Callable[[], Article]

    @cached_property
    def article(self) -> Article:
        return self.load()


def key_terms(
    article: Article,
    *,
    document_frequencies: Callable[[Sequence[str]], Sequence[int]],
    articles: int,
    limit: int | None = None,
) -> tuple[KeyTerm, ...]:
    """The most telling terms of an article, heaviest first; KEY_TERMS of them where no other limit is given.

    `document_frequencies` says of stems how many articles have a word of each in any text field.
    """
    counts: Counter[str] = Counter()
    words: dict[str, dict[str, None]] = {}
    printed: dict[str, str] = {}
    texts = ((article.headline, HEADLINE_WEIGHT), ("\n".join(article.tags), 1), (article.body, 1))
    for text, weight in texts:
        for token in tokenize(text, article.language):
            if is_distinctive(token.word, token.acronym):
                stem = token.stem
                counts[stem] += weight
                if stem not in printed:
                    printed[stem] = text[token.start : token.end]
                words.setdefault(stem, {})[token.word] = None
    if not counts:
        return ()
    weighed = {
        stem: (1 + log1p(count - 1)) * inverse_document_frequency(articles, frequency)
        for (stem, count), frequency in zip(counts.items(), document_frequencies(list(counts)), strict=True)
    }
    heaviest = sorted(weighed, key=lambda stem: (-weighed[stem], stem))[: KEY_TERMS if limit is None else limit]
    least = TELLING * weighed[heaviest[0]]
    return tuple(
        KeyTerm(stem, weighed[stem], tuple(words[stem]), printed[stem]) for stem in heaviest if weighed[stem] >= least
    )


def is_distinctive(word: str, acronym: bool) -> bool:
    """Whether a word may tell something: at least three letters, or in capitals; no number."""
    return acronym or (len(word) >= 3 and (word.isalpha() or not any(map(str.isdigit, word))))


def strong_terms_needed(key_terms: Sized) -> int:
    """How many of the STRONGEST key terms an article shares that is about the same, if it shares no tag."""
    return min(2, len(key_terms))


def partition(
    article: Article, candidates: Iterable[Candidate], *, limit: int, key_terms: Sequence[KeyTerm]
) -> Related:
    """Candidates as more stories: the best `limit` before, after and of the same days; copies apart.

    Each says what it shares with `article`; one that is not about the same is left out, as is `article` itself. Of
    several that are copies of each other a part has the best one. An engine may leave out candidates that are not
    about the same, and those that `_worth_a_look` would pass over. Articles are loaded only when they are shown, or
    may be copies.
    """
    tags = {value_key(tag): tag for tag in article.tags}
    weighed = list(_worth_a_look(article, candidates, limit, key_terms, tags))
    total = sum(term.weight for term in key_terms)
    words = max(1, len(tokenize(article.body, article.language)))
    copies = {id(each) for each in weighed if _is_copy_of(article, words, each, total)}
    nearest = max((each.shared_weight for each in weighed if id(each) not in copies), default=0.0)
    least = max(SHARED_AT_LEAST * total, SHARED_BESIDE_NEAREST * nearest)
    parts: dict[str, list[_Weighed]] = {"before": [], "after": [], "angles": [], "copies": []}
    for each in weighed:
        is_copy = id(each) in copies
        shown = parts["copies" if is_copy else _part(each.days)]
        if len(shown) >= limit:
            continue
        if is_copy or (
            each.shared_weight >= least and not any(_are_copies(s.candidate, each.candidate) for s in shown)
        ):
            shown.append(each)
    return Related(**{part: tuple(each.hit(key_terms) for each in shown) for part, shown in parts.items()})


class _Weighed(NamedTuple):
    """A candidate beside the article."""

    candidate: Candidate
    score: float
    days: int | None
    shared_weight: float  # of the key terms that it has
    shared_tags: tuple[str, ...]

    def hit(self, key_terms: Sequence[KeyTerm]) -> RelatedHit:
        words = (term.printed for place, term in enumerate(key_terms) if self.candidate.shared >> place & 1)
        return RelatedHit(
            article=self.candidate.article,
            score=self.score,
            shared_words=tuple(dict.fromkeys(words))[:SHOWN_WORDS],
            shared_tags=self.shared_tags,
            days=self.days,
        )


def _worth_a_look(
    article: Article,
    candidates: Iterable[Candidate],
    limit: int,
    key_terms: Sequence[KeyTerm],
    tags: Mapping[str, str],
) -> Iterator[_Weighed]:
    """Of those about the same the best of each part, best first, and all that may be copies."""
    needed = strong_terms_needed(key_terms)
    found = []
    for candidate in candidates:
        if candidate.id == article.id:
            continue
        theirs = set(map(value_key, candidate.tags)) if tags else set()
        shared_tags = tuple(tag for key, tag in tags.items() if key in theirs)
        if shared_tags or (candidate.shared & ((1 << STRONGEST) - 1)).bit_count() >= needed:
            days = _days(article, candidate.day)
            weight = sum(term.weight for place, term in enumerate(key_terms) if candidate.shared >> place & 1)
            found.append(_Weighed(candidate, candidate.closeness * _decay(days), days, weight, shared_tags))
    looked_at: Counter[str] = Counter()
    for each in sorted(found, key=lambda each: (-each.score, each.candidate.id)):
        part = _part(each.days)
        looked_at[part] += 1
        if looked_at[part] <= limit + SPARE or _are_near(article.fingerprint, each.candidate.fingerprint):
            yield each


def _is_copy_of(article: Article, words: int, each: _Weighed, total: float) -> bool:
    """Whether a candidate is a copy of an article of so many words and weight; loaded only when it may be one."""
    return (
        _may_be_copies(article.fingerprint, each.candidate.fingerprint)
        and each.shared_weight >= COPY_SHARES * min(1.0, each.candidate.words / words) * total
        and is_copy(article, each.candidate.article)
    )


def _are_copies(one: Candidate, other: Candidate) -> bool:
    return _may_be_copies(one.fingerprint, other.fingerprint) and is_copy(one.article, other.article)


def is_copy(one: Article, other: Article) -> bool:
    """Whether two articles are prints of one story, perhaps cut short: told by their texts, not their headlines."""
    if not _may_be_copies(one.fingerprint, other.fingerprint):
        return False
    if min(len(one.body), len(other.body)) < SHORT_TEXT:
        return bool(one.body) and one.body == other.body
    return resemblance(one.body, other.body) >= SAME_TEXT


def _may_be_copies(one: int, other: int) -> bool:
    """By their fingerprints; where one is missing, the texts must be looked at."""
    return not one or not other or distance(one, other) <= NEAR_BITS


def _are_near(one: int, other: int) -> bool:
    return bool(one and other) and distance(one, other) <= NEAR_BITS


def _days(article: Article, day: int | None) -> int | None:
    if article.published_on is None or day is None:
        return None
    return day - article.published_on.toordinal()


def _part(days: int | None) -> str:
    if days is None or abs(days) <= SAME_DAYS.days:
        return "angles"
    return "before" if days < 0 else "after"


def _decay(days: int | None) -> float:
    return 1.0 if days is None else 1 / (1 + abs(days) / HALF_SCORE_DAYS)
