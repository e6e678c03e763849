"""Suggesting: completions and corrections out of a snapshot's columns and word lists.

Which are the best is `engines.completing`'s to say; here the candidates are found.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.docvalues.docset import Mask
from searchsvc.engines.completing import best_corrections, letters_off, share, typed_words, unlikeness
from searchsvc.engines.embedded.columns import HEADLINE_START
from searchsvc.engines.embedded.evaluating import Evaluation, field_bits
from searchsvc.engines.embedded.snapshot import Snapshot, View
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.request import Sort
from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.matching import pattern_word

# So many more candidates than asked are taken from each segment, and ten times as many when that was too few.
SPARE = 40

_TOLD = ("headline", "body")  # where a word is that others are corrected to


def suggestions(evaluation: Evaluation, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """Tags, headlines and words of which a word begins with what was typed."""
    typed = typed_words(prefix)
    if not typed or limit <= 0:
        return ()
    snapshot = evaluation.snapshot
    headlines = _headlines(snapshot, typed, limit)
    shown = share(
        limit,
        _tags(snapshot, typed, limit),
        [Suggestion(text=words, kind="headline", count=0) for words in headlines],
        _words(evaluation, typed, limit),
    )
    return tuple(
        _headline(snapshot, each.text, *headlines[each.text]) if each.kind == "headline" else each for each in shown
    )


def corrections(evaluation: Evaluation, word: str, *, limit: int) -> tuple[Correction, ...]:
    """Words of headlines and bodies one or two letters off, each with the articles that have it in any text field."""
    wanted = pattern_word(word)
    if not wanted.isalpha():
        return ()
    most = letters_off(wanted)
    fields = field_bits(_TOLD)
    counts: dict[str, int] = {}
    offs: dict[str, int] = {}
    told: set[str] = set()  # in a headline or body
    stale: set[str] = set()  # counted where deleted articles may be among them
    for view in evaluation.snapshot.views:
        segment = view.segment
        with segment.reading():
            rows, their_offs = segment.dictionary.near.find(wanted, most)
            words = segment.dictionary.words.at(rows)
            for other, count in zip(words, segment.word_counts[rows].tolist(), strict=True):
                counts[other] = counts.get(other, 0) + count
            offs.update(zip(words, their_offs.tolist(), strict=True))
            told.update(words[place] for place in np.flatnonzero(segment.word_fields[rows] & fields).tolist())
            if len(view.live):
                stale.update(words)
    left = [
        (unlikeness(wanted, other, offs[other]), -counts[other], other)
        for other in told
        if other != wanted and other.isalpha()
    ]
    exact = _exactly(evaluation, left, stale, _TOLD, limit)
    return best_corrections(wanted, [(other, offs[other], count) for other, count in exact.items()], limit)


def _exactly(
    evaluation: Evaluation,
    left: list[tuple[tuple[int, int], int, str]],
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
        elif evaluation.word_count(word, fields):
            stale.remove(word)
            heapq.heappush(left, (rank, -evaluation.word_count(word, SEARCHED_FIELDS), word))
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
        of_form = np.bincount(column.ordinals[_rows(column, view.live)], minlength=len(column.forms))
        by_words: dict[str, list[int]] = {}
        for number in matching:
            by_words.setdefault(words_of[number], []).append(number)
        for words, numbers in by_words.items():
            spellings = forms.setdefault(words, {})
            for number in numbers:
                if of_form[number]:
                    spellings[column.forms[number]] = spellings.get(column.forms[number], 0) + int(of_form[number])
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
        places: list[tuple[float, str, View, int]] = []
        known = _WHOLE  # up to here, all places are there
        for view in snapshot.views:
            with view.segment.reading():
                ids, headlines = view.columns.ids, view.segment.headlines
            keys, ranks = view.date_keys(Sort.NEWEST), view.columns.id_ranks
            of_view = [
                (key, ids[docnum], view, docnum)
                for key, docnum in headlines.latest(typed, view.live, keys, ranks, count, first=first)
            ]
            places += of_view
            if len(of_view) == count:
                known = min(known, max(place[:2] for place in of_view))
        places.sort(key=lambda place: place[:2])
        found: dict[str, tuple[View, int]] = {}
        for key, id, view, docnum in places:
            if (key, id) > known or len(found) == limit:
                break
            found.setdefault(_words_of(view, docnum), (view, docnum))
        if len(found) == limit or known == _WHOLE:
            return found
        count *= 10


# Behind every key and id; a key may be infinite, but no id begins with the last character.
_WHOLE = (float("inf"), chr(0x10FFFF))


def _words_of(view: View, docnum: int) -> str:
    return view.columns.headline_words[docnum].removeprefix(HEADLINE_START)


def _headline(snapshot: Snapshot, words: str, view: View, docnum: int) -> Suggestion:
    count = sum(each.segment.headlines.count(words, each.live) for each in snapshot.views)
    article = view.segment.article(docnum)
    return Suggestion(text=article.headline, kind="headline", count=count, article_id=article.id)


def _words(evaluation: Evaluation, typed: str, limit: int) -> list[Suggestion]:
    """Words by frequency.

    Only those that are among the most frequent of some segment are looked at; a word that is nowhere among them is in
    `unseen` articles at most.
    """
    views = evaluation.snapshot.views
    most = limit + SPARE
    while True:
        words: set[str] = set()
        unseen = 0
        for view in views:
            rows = view.segment.dictionary.beginning(typed)
            counts = view.segment.word_counts[rows.start : rows.stop]
            chosen = np.arange(len(rows))
            if len(rows) > most:
                chosen = np.argpartition(counts, len(rows) - most)[len(rows) - most :]
                unseen += int(counts[chosen].min())
            words.update(view.segment.dictionary.words.at(rows.start + chosen))
        total = dict.fromkeys(words, 0)
        stale: set[str] = set()
        for view in views:
            dictionary, counts = view.segment.dictionary, view.segment.word_counts
            for word in words:
                row = dictionary.word_row(word)
                if row is not None:
                    total[word] += int(counts[row])
            if len(view.live):
                stale |= words
        # A merge leaves words in the dictionary that only deleted articles had.
        left = [((0, 0), -count, word) for word, count in total.items() if count]
        exact = _exactly(evaluation, left, stale, SEARCHED_FIELDS, limit)
        if not unseen or (len(exact) == limit and min(exact.values()) > unseen):
            return [Suggestion(text=word, kind="term", count=count) for word, count in exact.items()]
        most *= 10


def _most_frequent(spellings: dict[str, int]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _rows(column: OrdinalColumn, live: Mask) -> slice | Mask:
    """The values of live documents."""
    return live[column.documents] if len(live) else slice(None)
