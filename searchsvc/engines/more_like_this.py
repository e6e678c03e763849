"""More like this: the key terms of an article, and which of the articles that share them are shown, and where.

An article's **key terms** are its distinctive stems with the greatest tf-idf weight. A **candidate** is an archived
article that shares a tag or enough of the strongest key terms. Its **similarity** is the sum, over the key terms that
it has, of the term's weight times the saturated BM25F term frequency; its **score** is the similarity, decayed by the
days between the two articles.

Pure, and the same for every engine. Not for finding candidates: that is the engine's.
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

KEY_TERMS = 30  # of an article at most; more change little and cost time. A set of them must fit 64 bits.

# A term of less than this share of the heaviest one's weight is no key term: in a short text, the function words.
MIN_WEIGHT_SHARE = 0.1

HEADLINE_WEIGHT = 3  # what an occurrence in the headline counts, where one in the body counts 1

# A score halves at this distance. On running stories of a news agency (58,000 articles, 265 queries) nDCG@10 is .613
# without decay, .658 at 365 days, .683 at 90, .687 at 30; exp(-days / 14) gives .674. 60 also keeps background stories,
# which are older.
HALF_SCORE_DAYS = 60

# A related article shares at least this part of the total weight of the key terms: of three papers' stories on the same
# event, all but one in a hundred do. Below it, two articles share mostly words that are in any news.
MIN_SHARED_WEIGHT = 0.1

# It also shares a tag, or two of this many heaviest key terms.
STRONG_TERMS = 10

# And it shares at least this part of what the nearest one shares. In a small archive idf says little, and the few words
# that two unrelated stories share by chance may exceed MIN_SHARED_WEIGHT.
MIN_SHARED_OF_NEAREST = 0.4

# Candidates of each part that are examined beyond `limit`, best first: some are copies, some share too little weight.
# Lower ones are not loaded. Near fingerprints are examined at any rank.
SPARE = 12

SHOWN_WORDS = 5

# Copies have fingerprints at most MAX_COPY_BITS apart (those of a shortened copy differ by about twelve bits), and at
# least MIN_RESEMBLANCE of the shorter text's word n-grams are in the longer one. Texts of fewer than SHORT_TEXT
# characters must be equal: two short ones may share a standard phrase.
MAX_COPY_BITS = 20
MIN_RESEMBLANCE = 0.8
SHORT_TEXT = 120

# A copy shares at least this part of the total weight; a shorter one in proportion to its length. It saves loading most
# of the texts whose fingerprints are near by chance: one in five hundred.
MIN_COPY_WEIGHT = 0.5


class KeyTerm(NamedTuple):
    """A distinctive stem, its weight, its folded words in the article, and the first of these as printed there.

    Another article has the term if one of its distinctive words has this stem or is one of these words: the stem of a
    name differs between languages.
    """

    stem: str
    weight: float
    words: tuple[str, ...]
    printed: str


@dataclass(frozen=True)
class Candidate:
    """An archived article that shares key terms or tags, and how to load it.

    `shared` is the set of key terms that it has, one bit each, the lowest for the heaviest term; `day` is the ordinal
    of the day of publication.
    """

    id: str
    similarity: float
    shared: int
    tags: Sequence[str]
    day: int | None
    fingerprint: int
    words: int  # of its body
    load: Callable[[], Article]

    @cached_property
    def article(self) -> Article:
        """The article, loaded at the first look."""
        return self.load()


def key_terms(
    article: Article,
    *,
    document_frequencies: Callable[[Sequence[str]], Sequence[int]],
    articles: int,
    limit: int | None = None,
) -> tuple[KeyTerm, ...]:
    """The `limit` (default KEY_TERMS) heaviest distinctive stems of an article, heaviest first; ties by stem.

    A stem weighs (1 + ln tf) * idf; an occurrence in the headline counts HEADLINE_WEIGHT times.
    `document_frequencies` gives, for stems, how many articles have a word of each in any text field.
    """
    counts: Counter[str] = Counter()
    words: dict[str, dict[str, None]] = {}
    printed: dict[str, str] = {}
    texts = ((article.headline, HEADLINE_WEIGHT), ("\n".join(article.tags), 1), (article.body, 1))
    for text, occurrence_weight in texts:
        for token in tokenize(text, article.language):
            if is_distinctive(token.word, token.acronym):
                stem = token.stem
                counts[stem] += occurrence_weight
                if stem not in printed:
                    printed[stem] = text[token.start : token.end]
                words.setdefault(stem, {})[token.word] = None
    if not counts:
        return ()
    weights = {
        stem: (1 + log1p(count - 1)) * inverse_document_frequency(articles, frequency)
        for (stem, count), frequency in zip(counts.items(), document_frequencies(list(counts)), strict=True)
    }
    heaviest = sorted(weights, key=lambda stem: (-weights[stem], stem))[: KEY_TERMS if limit is None else limit]
    min_weight = MIN_WEIGHT_SHARE * weights[heaviest[0]]
    return tuple(
        KeyTerm(stem, weights[stem], tuple(words[stem]), printed[stem])
        for stem in heaviest
        if weights[stem] >= min_weight
    )


def is_distinctive(word: str, acronym: bool) -> bool:
    """Whether a word can be a key term: an acronym, or three or more characters without a digit."""
    return acronym or (len(word) >= 3 and (word.isalpha() or not any(map(str.isdigit, word))))


def strong_terms_needed(key_terms: Sized) -> int:
    """How many of the STRONG_TERMS heaviest key terms a related article shares if it shares no tag."""
    return min(2, len(key_terms))


def partition(
    article: Article, candidates: Iterable[Candidate], *, limit: int, key_terms: Sequence[KeyTerm]
) -> Related:
    """The best `limit` candidates published before, after and within SAME_DAYS of the article; copies apart.

    Each hit says what it shares with `article`. Left out are `article` itself, candidates that share too little, and
    within a part all copies of one text but the best. An engine may omit candidates that share too little, and those
    that `_examined` would pass over. An article is loaded only if it is shown or may be a copy.
    """
    tags = {value_key(tag): tag for tag in article.tags}
    examined = list(_examined(article, candidates, limit, key_terms, tags))
    total_weight = sum(term.weight for term in key_terms)
    words = max(1, len(tokenize(article.body, article.language)))
    copies = {id(each) for each in examined if _is_copy_of(article, words, each, total_weight)}
    nearest = max((each.shared_weight for each in examined if id(each) not in copies), default=0.0)
    min_weight = max(MIN_SHARED_WEIGHT * total_weight, MIN_SHARED_OF_NEAREST * nearest)
    parts: dict[str, list[_ScoredCandidate]] = {"before": [], "after": [], "angles": [], "copies": []}
    for each in examined:
        is_copy = id(each) in copies
        part = parts["copies" if is_copy else _part(each.days)]
        if len(part) >= limit:
            continue
        if is_copy or (
            each.shared_weight >= min_weight and not any(_are_copies(shown.candidate, each.candidate) for shown in part)
        ):
            part.append(each)
    return Related(**{name: tuple(each.hit(key_terms) for each in part) for name, part in parts.items()})


class _ScoredCandidate(NamedTuple):
    """A candidate compared with the article. `days` is None if either is undated."""

    candidate: Candidate
    score: float
    days: int | None
    shared_weight: float  # of the key terms that it has
    shared_tags: tuple[str, ...]

    def hit(self, key_terms: Sequence[KeyTerm]) -> RelatedHit:
        words = (term.printed for number, term in enumerate(key_terms) if self.candidate.shared >> number & 1)
        return RelatedHit(
            article=self.candidate.article,
            score=self.score,
            shared_words=tuple(dict.fromkeys(words))[:SHOWN_WORDS],
            shared_tags=self.shared_tags,
            days=self.days,
        )


def _examined(
    article: Article,
    candidates: Iterable[Candidate],
    limit: int,
    key_terms: Sequence[KeyTerm],
    tags: Mapping[str, str],
) -> Iterator[_ScoredCandidate]:
    """Of candidates that share a tag or enough strong terms: the best of each part, best first, and possible copies."""
    needed = strong_terms_needed(key_terms)
    scored = []
    for candidate in candidates:
        if candidate.id == article.id:
            continue
        candidate_tags = set(map(value_key, candidate.tags)) if tags else set()
        shared_tags = tuple(tag for key, tag in tags.items() if key in candidate_tags)
        if shared_tags or (candidate.shared & ((1 << STRONG_TERMS) - 1)).bit_count() >= needed:
            days = _days(article, candidate.day)
            weight = sum(term.weight for number, term in enumerate(key_terms) if candidate.shared >> number & 1)
            scored.append(_ScoredCandidate(candidate, candidate.similarity * _decay(days), days, weight, shared_tags))
    counts: Counter[str] = Counter()
    for each in sorted(scored, key=lambda each: (-each.score, each.candidate.id)):
        part = _part(each.days)
        counts[part] += 1
        if counts[part] <= limit + SPARE or _are_near(article.fingerprint, each.candidate.fingerprint):
            yield each


def _is_copy_of(article: Article, words: int, each: _ScoredCandidate, total_weight: float) -> bool:
    """Whether a candidate is a copy of an article with so many words in its body; loads it only if it may be."""
    return (
        _may_be_copies(article.fingerprint, each.candidate.fingerprint)
        and each.shared_weight >= MIN_COPY_WEIGHT * min(1.0, each.candidate.words / words) * total_weight
        and is_copy(article, each.candidate.article)
    )


def _are_copies(one: Candidate, other: Candidate) -> bool:
    return _may_be_copies(one.fingerprint, other.fingerprint) and is_copy(one.article, other.article)


def is_copy(one: Article, other: Article) -> bool:
    """Whether two articles print the same text, one perhaps shortened. Headlines are not compared."""
    if not _may_be_copies(one.fingerprint, other.fingerprint):
        return False
    if min(len(one.body), len(other.body)) < SHORT_TEXT:
        return bool(one.body) and one.body == other.body
    return resemblance(one.body, other.body) >= MIN_RESEMBLANCE


def _may_be_copies(one: int, other: int) -> bool:
    """Whether two fingerprints are near; true if either is missing (0), for then only the texts can say."""
    return not one or not other or distance(one, other) <= MAX_COPY_BITS


def _are_near(one: int, other: int) -> bool:
    return bool(one and other) and distance(one, other) <= MAX_COPY_BITS


def _days(article: Article, day: int | None) -> int | None:
    """Days from the article to a day; None if either is unknown."""
    if article.published_on is None or day is None:
        return None
    return day - article.published_on.toordinal()


def _part(days: int | None) -> str:
    if days is None or abs(days) <= SAME_DAYS.days:
        return "angles"
    return "before" if days < 0 else "after"


def _decay(days: int | None) -> float:
    return 1.0 if days is None else 1 / (1 + abs(days) / HALF_SCORE_DAYS)
