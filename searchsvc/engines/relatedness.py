"""Relatedness: which words of an article are telling, and how the articles that share them are shown.

Pure, and the same for every engine; finding the candidates and scoring them is the engine's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import log1p

from searchsvc.engines.ranking import inverse_document_frequency
from searchsvc.model.article import Article
from searchsvc.model.fields import value_key
from searchsvc.model.result import SAME_DAYS, Related, RelatedHit
from searchsvc.text.analyzer import Token, tokenize
from searchsvc.text.fingerprints import distance, resemblance

KEY_TERMS = 100  # so many words tell what a story is about; more change little and cost time

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


def key_terms(
    article: Article, *, document_frequency: Callable[[str], int], articles: int, limit: int = KEY_TERMS
) -> dict[str, float]:
    """The most telling stems of an article with their weights, heaviest first.

    `document_frequency` says how many articles have a word of a stem in any text field.
    """
    counts: Counter[str] = Counter()
    for token in _tokens(article.headline, article):
        counts[token.stem] += HEADLINE_WEIGHT
    for text in ("\n".join(article.tags), article.body):
        counts.update(token.stem for token in _tokens(text, article))
    weighed = {
        term: (1 + log1p(count - 1)) * inverse_document_frequency(articles, document_frequency(term))
        for term, count in counts.items()
    }
    heaviest = sorted(weighed, key=lambda term: (-weighed[term], term))[:limit]
    return {term: weighed[term] for term in heaviest if weighed[term] >= TELLING * weighed[heaviest[0]]}


def partition(
    article: Article,
    candidates: Iterable[tuple[Article, float]],
    *,
    limit: int,
    key_terms: Mapping[str, float],
) -> Related:
    """Candidates with their scores, as more stories: the best `limit` before, after and of the same days; copies apart.

    Each says what it shares with `article`; one that shares nothing telling is left out, as is `article` itself. Of
    several that are copies of each other a part has the best one.
    """
    printed, words = _printed(article, key_terms)
    tags = {value_key(tag): tag for tag in article.tags}
    decayed = [(other, score * _decay(_days(article, other))) for other, score in candidates if other.id != article.id]
    weighed = [
        _weighed(article, other, score, key_terms, printed, words, tags)
        for other, score in _worth_a_look(article, decayed, limit)
    ]
    nearest = max((each.shared for each in weighed if not each.is_copy), default=0.0)
    least = max(SHARED_AT_LEAST * sum(key_terms.values()), SHARED_BESIDE_NEAREST * nearest)
    parts: dict[str, list[RelatedHit]] = {"before": [], "after": [], "angles": [], "copies": []}
    for each in weighed:
        hits = parts["copies" if each.is_copy else _part(each.hit.days)]
        if len(hits) >= limit or not each.is_about_the_same:
            continue
        if each.is_copy or (each.shared >= least and not any(is_copy(h.article, each.hit.article) for h in hits)):
            hits.append(each.hit)
    return Related(**{part: tuple(hits) for part, hits in parts.items()})


def _worth_a_look(
    article: Article, candidates: list[tuple[Article, float]], limit: int
) -> Iterator[tuple[Article, float]]:
    """The best candidates of each part, best first, and all that may be copies."""
    looked_at: Counter[str] = Counter()
    for other, score in sorted(candidates, key=lambda pair: (-pair[1], pair[0].id)):
        part = _part(_days(article, other))
        looked_at[part] += 1
        if looked_at[part] <= limit + SPARE or _is_near(article, other):
            yield other, score


@dataclass(frozen=True, slots=True)
class _Weighed:
    hit: RelatedHit
    shared: float  # the weight of the key terms that it has
    is_copy: bool
    is_about_the_same: bool


def _weighed(
    article: Article,
    other: Article,
    score: float,
    key_terms: Mapping[str, float],
    printed: Mapping[str, str],
    words: Mapping[str, str],
    tags: Mapping[str, str],
) -> _Weighed:
    theirs = {token.stem for token in _all_tokens(other)}
    if other.language != article.language:  # a name is the same word in both, but may be cut to another stem
        theirs.update(words[token.word] for token in _all_tokens(other) if token.word in words)
    their_tags = {value_key(tag) for tag in other.tags}
    shared = [term for term in key_terms if term in theirs]
    hit = RelatedHit(
        article=other,
        score=score,
        shared_words=tuple(dict.fromkeys(printed[term] for term in shared if term in printed))[:SHOWN_WORDS],
        shared_tags=tuple(tag for key, tag in tags.items() if key in their_tags),
        days=_days(article, other),
    )
    strongest = set(islice(key_terms, STRONGEST)).intersection(shared)
    return _Weighed(
        hit=hit,
        shared=sum(key_terms[term] for term in shared),
        is_copy=is_copy(article, other),
        is_about_the_same=bool(hit.shared_tags) or len(strongest) >= min(2, len(key_terms)),
    )


def is_copy(one: Article, other: Article) -> bool:
    """Whether two articles are prints of one story, perhaps cut short: told by their texts, not their headlines."""
    if min(len(one.body), len(other.body)) < SHORT_TEXT:
        return bool(one.body) and one.body == other.body
    if one.fingerprint and other.fingerprint and not _is_near(one, other):
        return False
    return resemblance(one.body, other.body) >= SAME_TEXT


def _is_near(one: Article, other: Article) -> bool:
    return bool(one.fingerprint and other.fingerprint) and distance(one.fingerprint, other.fingerprint) <= NEAR_BITS


def _tokens(text: str, article: Article) -> Iterable[Token]:
    """The words that may be telling: at least three letters, or in capitals; no numbers."""
    return (
        token
        for token in tokenize(text, article.language)
        if token.acronym or (len(token.word) >= 3 and (token.word.isalpha() or not any(map(str.isdigit, token.word))))
    )


def _all_tokens(article: Article) -> Iterable[Token]:
    texts = (article.headline, article.kicker, article.summary, "\n".join(article.tags), article.body)
    return (token for text in texts for token in _tokens(text, article))


def _printed(article: Article, key_terms: Mapping[str, float]) -> tuple[dict[str, str], dict[str, str]]:
    """Each key term as the article prints it first; and the key term of each of its words that has one."""
    printed: dict[str, str] = {}
    words: dict[str, str] = {}
    for text in (article.headline, "\n".join(article.tags), article.body):
        for token in _tokens(text, article):
            if token.stem in key_terms:
                printed.setdefault(token.stem, text[token.start : token.end])
                words[token.word] = token.stem
    return printed, words


def _days(article: Article, other: Article) -> int | None:
    if article.published_on is None or other.published_on is None:
        return None
    return (other.published_on - article.published_on).days


def _part(days: int | None) -> str:
    if days is None or abs(days) <= SAME_DAYS.days:
        return "angles"
    return "before" if days < 0 else "after"


def _decay(days: int | None) -> float:
    return 1.0 if days is None else 1 / (1 + abs(days) / HALF_SCORE_DAYS)
