"""Suggester: completions of typed text, and corrections of a word, from the dictionaries and columns of a snapshot.

Not for ordering them: which are the best is decided by `engines.completion`.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, starmap
from operator import itemgetter

import numpy as np

from searchsvc.engines.completion import max_edits, share_limit, typed_words
from searchsvc.engines.embedded.columns.columns import HEADLINE_START
from searchsvc.engines.embedded.index.segment import field_bits
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort
from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.matching import pattern_word

# Candidates taken from each segment beyond the limit; if they turn out to be too few, GROWTH times as many are taken.
SPARE = 20
GROWTH = 10

WordCount = Callable[[str, Sequence[str]], int]  # live articles that have this very word in any of these text fields

CORRECTED_TO = ("headline", "body")  # a correction is a word of one of these fields


# -- completions -------------------------------------------------------------------------------------------------------


def suggestions(snapshot: Snapshot, word_count: WordCount, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """At most `limit` tags, headlines and words in which `prefix` stands at the beginning of a word."""
    typed = typed_words(prefix)
    if not typed or limit <= 0:
        return ()
    words = _words(snapshot, word_count, typed, limit)
    headlines = _headlines(snapshot, typed, limit)
    shared = share_limit(
        limit,
        _tags(snapshot, typed, limit),
        [Suggestion(text=words, kind="headline", count=0) for words in headlines],  # loaded below, if shown
        [Suggestion(text=word, kind="term", count=count) for word, count in words.items()],
    )
    return tuple(
        _headline(snapshot, each.text, *headlines[each.text]) if each.kind == "headline" else each for each in shared
    )


def _tags(snapshot: Snapshot, typed: str, limit: int) -> list[Suggestion]:
    """Tags: first those that begin with `typed`, then by frequency; each in its most frequent spelling."""
    spellings: dict[str, dict[str, int]] = {}  # by folded words, the spellings and the articles with each
    counts: dict[str, int] = {}  # by folded words, the articles with any spelling
    for view in snapshot.views:
        column = view.columns.facet("tag")
        with view.segment.reading():
            tags = view.segment.tags
        ordinals = tags.rows_with(typed)
        if not ordinals:
            continue
        by_words: dict[str, list[int]] = {}
        for ordinal, words in zip(ordinals, tags.texts.at(np.array(ordinals)), strict=True):
            by_words.setdefault(words, []).append(ordinal)
        for words, of_words in by_words.items():
            of_spellings = spellings.setdefault(words, {})
            for ordinal in of_words:
                count = int(view.tag_counts[ordinal])
                if count:
                    of_spellings[column.labels[ordinal]] = of_spellings.get(column.labels[ordinal], 0) + count
            articles = int(view.tag_counts[of_words[0]])
            if len(of_words) > 1:  # an article with two spellings counts once
                having = column.having(of_words)
                articles = int(np.count_nonzero(having & view.live if len(view.live) else having))
            counts[words] = counts.get(words, 0) + articles
    ranked = heapq.nsmallest(
        limit,
        (words for words in counts if counts[words]),
        key=lambda words: (not words.startswith(typed), -counts[words], words),
    )
    return [Suggestion(text=_most_frequent(spellings[words]), kind="tag", count=counts[words]) for words in ranked]


def _most_frequent(spellings: dict[str, int]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _headlines(snapshot: Snapshot, typed: str, limit: int) -> dict[str, tuple[View, int]]:
    """Headlines by their folded words: first those that begin with `typed`, then newest first.

    The value is the view and docid of the newest article with the headline.
    """
    found = _newest_headlines(snapshot, typed, limit, leading=True)
    if len(found) < limit:
        found |= _newest_headlines(snapshot, typed, limit - len(found), leading=False)
    return found


def _newest_headlines(snapshot: Snapshot, typed: str, limit: int, *, leading: bool) -> dict[str, tuple[View, int]]:
    """The newest `limit` headlines that begin with `typed` (`leading`), or in which only a later word does."""
    count = limit + SPARE
    while True:
        found: dict[str, tuple[View, int]] = {}
        of_views = [_newest_of_view(view, typed, count, leading) for view in snapshot.views]
        for _, _, view, docid in heapq.merge(*of_views, key=itemgetter(0, 1)):
            if view is None:  # a segment has more headlines, which may come next
                break
            found.setdefault(_headline_words(view, docid), (view, docid))
            if len(found) == limit:
                return found
        else:
            return found
        count *= GROWTH


def _newest_of_view(view: View, typed: str, count: int, leading: bool) -> Iterator[tuple[float, str, View | None, int]]:
    """Date key, id, view and docid of a segment's `count` newest headlines; then one without a view if it has more."""
    with view.segment.reading():
        ids, headlines = view.columns.ids, view.segment.headlines
        keys, ranks = view.date_keys(Sort.NEWEST), view.columns.id_ranks
        newest = list(headlines.best(typed, view.live, keys, ranks, count, leading=leading))
    key, id = 0.0, ""
    for key, docid in newest:
        id = ids[docid]
        yield key, id, view, docid
    if len(newest) == count:
        yield key, id, None, -1


def _headline_words(view: View, docid: int) -> str:
    return view.columns.headline_words[docid].removeprefix(HEADLINE_START)


def _headline(snapshot: Snapshot, words: str, view: View, docid: int) -> Suggestion:
    """A headline as printed, and how many articles have its words."""
    count = sum(each.segment.headlines.count(words, each.live) for each in snapshot.views)
    return Suggestion(
        text=view.segment.headline(docid), kind="headline", count=count, article_id=view.columns.ids[docid]
    )


def _words(snapshot: Snapshot, word_count: WordCount, typed: str, limit: int) -> dict[str, int]:
    """The `limit` most frequent words with the prefix `typed`, and their counts, best first.

    Candidates are the most frequent words of each segment. Any other word is in at most `unseen` articles: the sum of
    the smallest counts taken from segments that have more words.
    """
    views = snapshot.views
    if len(views) == 1 and not len(views[0].live):
        segment = views[0].segment
        return segment.dictionary.most_frequent(typed, segment.word_counts, limit)[0]
    taken = limit + SPARE
    while True:
        words: dict[str, int] = {}
        unseen = 0
        for view in views:
            segment = view.segment
            found, total = segment.dictionary.most_frequent(typed, segment.word_counts, taken)
            if len(found) == taken < total:
                unseen += min(found.values())
            words.update(dict.fromkeys(found, 0))
        for view in views:
            rows = view.segment.dictionary.word_rows(words)
            is_there = rows >= 0
            counts = view.segment.word_counts[rows[is_there]].tolist()
            for word, count in zip(compress(words, is_there), counts, strict=True):
                words[word] += count
        # Counts include deleted articles; and a merge leaves words in the dictionary that only these had.
        inexact = set(words) if any(len(view.live) for view in views) else set()
        candidates = [(0, -count, word) for word, count in words.items()]
        best = _best_with_exact_counts(word_count, candidates, inexact, SEARCHED_FIELDS, limit)
        if not unseen or (len(best) == limit and min(best.values()) > unseen):
            return best
        taken *= GROWTH


# -- corrections -------------------------------------------------------------------------------------------------------


def corrections(snapshot: Snapshot, word_count: WordCount, word: str, *, limit: int) -> tuple[Correction, ...]:
    """The likeliest words of headlines and bodies within `completion.max_edits` of a word, best first.

    The count of each is that of the live articles that have it in any text field.
    """
    wanted = pattern_word(word)
    if not wanted.isalpha():
        return ()
    views = snapshot.views
    if len(views) == 1 and not len(views[0].live):
        return _corrections_of_one(views[0], wanted, limit)
    fields = field_bits(CORRECTED_TO)
    counts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    in_fields: set[str] = set()
    inexact: set[str] = set()  # words whose counts may include deleted articles
    for view in views:
        segment = view.segment
        with segment.reading():
            rows, of_rows = segment.dictionary.fuzzy_index.ranked(wanted, max_edits(wanted))
            words = segment.dictionary.words_at(rows)
            for other, count in zip(words, segment.word_counts[rows].tolist(), strict=True):
                counts[other] = counts.get(other, 0) + count
            ranks.update(zip(words, of_rows.tolist(), strict=True))
            in_fields.update(compress(words, (segment.word_fields[rows] & fields).tolist()))
            if len(view.live):
                inexact.update(words)
    candidates = [(ranks[other], -counts[other], other) for other in in_fields if other != wanted and other.isalpha()]
    return tuple(
        starmap(Correction, _best_with_exact_counts(word_count, candidates, inexact, CORRECTED_TO, limit).items())
    )


def _corrections_of_one(view: View, wanted: str, limit: int) -> tuple[Correction, ...]:
    """As `corrections`, for a single segment without deletions: only the best rows are decoded."""
    segment = view.segment
    fields = field_bits(CORRECTED_TO)
    with segment.reading():
        dictionary = segment.dictionary
        taken = 2 * max(0, limit)  # more than `limit`, for the word itself and words with other characters than letters
        while True:
            rows, counts = dictionary.fuzzy_index.best(
                wanted, max_edits(wanted), fields, segment.word_fields, segment.word_counts, taken
            )
            words = zip(dictionary.words_at(rows), counts.tolist(), strict=True)
            found = [Correction(word, count) for word, count in words if word != wanted and word.isalpha()]
            if len(found) >= limit or len(rows) < taken:
                return tuple(found[: max(0, limit)])
            taken *= GROWTH


def _best_with_exact_counts(
    word_count: WordCount,
    candidates: list[tuple[int, int, str]],
    inexact: set[str],
    fields: Sequence[str],
    limit: int,
) -> dict[str, int]:
    """The best `limit` words of candidates (rank, minus the count, word), best first, and their exact counts.

    An inexact count is an upper bound. It is replaced by the exact one, from postings, only when its word is the best
    of the remaining candidates; the word is dropped if no live article has it in `fields`. Both arguments change.
    """
    heapq.heapify(candidates)
    found: dict[str, int] = {}
    while candidates and len(found) < limit:
        rank, count, word = heapq.heappop(candidates)
        if word not in inexact:
            found[word] = -count
        elif word_count(word, fields):
            inexact.remove(word)
            heapq.heappush(candidates, (rank, -word_count(word, SEARCHED_FIELDS), word))
    return found
