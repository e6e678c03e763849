"""Suggesting: completions and corrections out of a snapshot's columns and word lists.

Which are the best is `engines.completion`'s to say; here the candidates are found.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, starmap
from operator import itemgetter

import numpy as np

from searchsvc.engines.completion import letters_off, share, typed_words
from searchsvc.engines.embedded.columns.columns import HEADLINE_START
from searchsvc.engines.embedded.index.segment import field_bits
from searchsvc.engines.embedded.index.snapshot import Snapshot, View
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort
from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.matching import pattern_word

# So many more candidates than asked are taken from each segment, and ten times as many when that was too few.
SPARE = 20

WordCount = Callable[[str, Sequence[str]], int]  # live articles that have this very word in any of these text fields

_TOLD = ("headline", "body")  # where a word is that others are corrected to


def suggestions(snapshot: Snapshot, word_count: WordCount, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """Tags, headlines and words of which a word begins with what was typed."""
    typed = typed_words(prefix)
    if not typed or limit <= 0:
        return ()
    words = _words(snapshot, word_count, typed, limit)
    headlines = _headlines(snapshot, typed, limit)
    shown = share(
        limit,
        _tags(snapshot, typed, limit),
        [Suggestion(text=words, kind="headline", count=0) for words in headlines],
        [Suggestion(text=word, kind="term", count=count) for word, count in words.items()],
    )
    return tuple(
        _headline(snapshot, each.text, *headlines[each.text]) if each.kind == "headline" else each for each in shown
    )


def corrections(snapshot: Snapshot, word_count: WordCount, word: str, *, limit: int) -> tuple[Correction, ...]:
    """Words of headlines and bodies one or two letters off, each with the articles that have it in any text field."""
    wanted = pattern_word(word)
    if not wanted.isalpha():
        return ()
    most = letters_off(wanted)
    fields = field_bits(_TOLD)
    views = snapshot.views
    if len(views) == 1 and not len(views[0].live):
        return _best_of_one(views[0], wanted, most, fields, limit)
    counts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    told: set[str] = set()  # in a headline or body
    stale: set[str] = set()  # counted where deleted articles may be among them
    for view in views:
        segment = view.segment
        with segment.reading():
            rows, their_ranks = segment.dictionary.near.ranked(wanted, most)
            words = segment.dictionary.words_at(rows)
            for other, count in zip(words, segment.word_counts[rows].tolist(), strict=True):
                counts[other] = counts.get(other, 0) + count
            ranks.update(zip(words, their_ranks.tolist(), strict=True))
            told.update(compress(words, (segment.word_fields[rows] & fields).tolist()))
            if len(view.live):
                stale.update(words)
    left = [(ranks[other], -counts[other], other) for other in told if other != wanted and other.isalpha()]
    return tuple(starmap(Correction, _exactly(word_count, left, stale, _TOLD, limit).items()))


def _best_of_one(view: View, wanted: str, most: int, fields: int, limit: int) -> tuple[Correction, ...]:
    """As `corrections`, of a segment of which nothing is deleted: most words need not be looked at as text."""
    segment = view.segment
    with segment.reading():
        dictionary, near = segment.dictionary, segment.dictionary.near
        asked = 2 * max(0, limit)  # the word itself is left out, and what is no word
        while True:
            rows, counts = near.best(wanted, most, fields, segment.word_fields, segment.word_counts, asked)
            words = zip(dictionary.words_at(rows), counts.tolist(), strict=True)
            found = [Correction(word, count) for word, count in words if word != wanted and word.isalpha()]
            if len(found) >= limit or len(rows) < asked:
                return tuple(found[: max(0, limit)])
            asked *= 10


def _exactly(
    word_count: WordCount,
    left: list[tuple[int, int, str]],
    stale: set[str],
    fields: Sequence[str],
    limit: int,
) -> dict[str, int]:
    """The best `limit` words of those `left` (rank, minus the count, word), best first, each with its count.

    A stale count is made exact, from postings, only when its word would by it be the best of those that are left; it
    goes when no live article has it in these fields.
    """
    heapq.heapify(left)
    found: dict[str, int] = {}
    while left and len(found) < limit:
        rank, count, word = heapq.heappop(left)
        if word not in stale:
            found[word] = -count
        elif word_count(word, fields):
            stale.remove(word)
            heapq.heappush(left, (rank, -word_count(word, SEARCHED_FIELDS), word))
    return found


def _tags(snapshot: Snapshot, typed: str, limit: int) -> list[Suggestion]:
    """Tags by those that begin with what was typed, then by frequency; each in its most frequent spelling."""
    forms: dict[str, dict[str, int]] = {}  # by folded words, the spellings and the articles with each
    counts: dict[str, int] = {}
    for view in snapshot.views:
        column = view.columns.facet("tag")
        with view.segment.reading():
            tags = view.segment.tags
        matching = tags.having(typed)
        if not matching:
            continue
        words_of = dict(zip(matching, tags.texts.at(np.array(matching)), strict=True))
        of_form = view.tag_counts
        by_words: dict[str, list[int]] = {}
        for number in matching:
            by_words.setdefault(words_of[number], []).append(number)
        for words, numbers in by_words.items():
            spellings = forms.setdefault(words, {})
            for number in numbers:
                if of_form[number]:
                    spellings[column.labels[number]] = spellings.get(column.labels[number], 0) + int(of_form[number])
            # An article with two spellings counts once.
            articles = int(of_form[numbers[0]])
            if len(numbers) > 1:
                having = column.having(numbers)
                articles = int(np.count_nonzero(having & view.live if len(view.live) else having))
            counts[words] = counts.get(words, 0) + articles
    ranked = heapq.nsmallest(
        limit,
        (words for words in counts if counts[words]),
        key=lambda words: (not words.startswith(typed), -counts[words], words),
    )
    return [Suggestion(text=_most_frequent(forms[words]), kind="tag", count=counts[words]) for words in ranked]


def _headlines(snapshot: Snapshot, typed: str, limit: int) -> dict[str, tuple[View, int]]:
    """Headlines by those that begin with what was typed, then the latest first: of each, by its words, the latest."""
    found = _latest(snapshot, typed, limit, first=True)
    if len(found) < limit:
        found |= _latest(snapshot, typed, limit - len(found), first=False)
    return found


def _latest(snapshot: Snapshot, typed: str, limit: int, *, first: bool) -> dict[str, tuple[View, int]]:
    """The latest `limit` headlines in which what was typed stands first, or only later."""
    count = limit + SPARE
    while True:
        found: dict[str, tuple[View, int]] = {}
        of_views = [_latest_of(view, typed, count, first) for view in snapshot.views]
        for _, _, view, docid in heapq.merge(*of_views, key=itemgetter(0, 1)):
            if view is None:  # what comes next is not known
                break
            found.setdefault(_words_of(view, docid), (view, docid))
            if len(found) == limit:
                return found
        else:
            return found
        count *= 10


def _latest_of(view: View, typed: str, count: int, first: bool) -> Iterator[tuple[float, str, View | None, int]]:
    """Of one segment: key, id and place; when there may be more than `count`, a last one without a segment."""
    with view.segment.reading():
        ids, headlines = view.columns.ids, view.segment.headlines
        keys, ranks = view.date_keys(Sort.NEWEST), view.columns.id_ranks
        places = list(headlines.latest(typed, view.live, keys, ranks, count, first=first))
    key, id = 0.0, ""
    for key, docid in places:
        id = ids[docid]
        yield key, id, view, docid
    if len(places) == count:
        yield key, id, None, -1


def _words_of(view: View, docid: int) -> str:
    return view.columns.headline_words[docid].removeprefix(HEADLINE_START)


def _headline(snapshot: Snapshot, words: str, view: View, docid: int) -> Suggestion:
    count = sum(each.segment.headlines.count(words, each.live) for each in snapshot.views)
    return Suggestion(
        text=view.segment.headline(docid), kind="headline", count=count, article_id=view.columns.ids[docid]
    )


def _words(snapshot: Snapshot, word_count: WordCount, typed: str, limit: int) -> dict[str, int]:
    """Words and their counts, by frequency.

    Only those that are among the most frequent of some segment are looked at; a word that is nowhere among them is in
    `unseen` articles at most.
    """
    views = snapshot.views
    if len(views) == 1 and not len(views[0].live):
        segment = views[0].segment
        return segment.dictionary.most_frequent(typed, segment.word_counts, limit)[0]
    most = limit + SPARE
    while True:
        words: dict[str, int] = {}
        unseen = 0
        for view in views:
            segment = view.segment
            found, number = segment.dictionary.most_frequent(typed, segment.word_counts, most)
            if len(found) == most < number:
                unseen += min(found.values())
            words.update(dict.fromkeys(found, 0))
        for view in views:
            rows = view.segment.dictionary.rows(words)
            known = rows >= 0
            for word, count in zip(compress(words, known), view.segment.word_counts[rows[known]].tolist(), strict=True):
                words[word] += count
        # A merge leaves words in the dictionary that only deleted articles had.
        stale = set(words) if any(len(view.live) for view in views) else set()
        left = [(0, -count, word) for word, count in words.items()]
        exact = _exactly(word_count, left, stale, SEARCHED_FIELDS, limit)
        if not unseen or (len(exact) == limit and min(exact.values()) > unseen):
            return exact
        most *= 10


def _most_frequent(spellings: dict[str, int]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
