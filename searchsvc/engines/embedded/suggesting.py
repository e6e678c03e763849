"""Suggesting: completions and corrections out of a snapshot's columns and word lists.

Which are the best is `engines.completing`'s to say; here the candidates are found.
"""

import heapq
import re
from collections.abc import Iterator, Mapping

import numpy as np

from searchsvc.docvalues.columns import OrdinalColumn
from searchsvc.docvalues.docset import Mask
from searchsvc.engines.completing import begins, best_corrections, letters_off, share, typed_words, unlikeness
from searchsvc.engines.embedded.columns import HEADLINE_START
from searchsvc.engines.embedded.evaluating import Evaluation, field_bits
from searchsvc.engines.embedded.snapshot import Snapshot, View
from searchsvc.model.fields import SEARCHED_FIELDS
from searchsvc.model.result import Correction, Suggestion
from searchsvc.text.matching import pattern_word

# Counts that deletions have made stale are made exact for so many candidates more than asked.
SPARE = 100

_TOLD = ("headline", "body")  # where a word is that others are corrected to

Latest = tuple[bool, int, str]  # undated, minus the instant, id: the smaller the later


def suggestions(evaluation: Evaluation, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """Tags, headlines and words of which a word begins with what was typed."""
    typed = typed_words(prefix)
    if not typed or limit <= 0:
        return ()
    snapshot = evaluation.snapshot
    return share(
        limit,
        _tags(snapshot, typed, limit),
        _headlines(snapshot, typed, limit),
        _words(evaluation, typed, limit),
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
    return best_corrections(wanted, _exactly(evaluation, left, stale, offs, limit), limit)


def _exactly(
    evaluation: Evaluation,
    left: list[tuple[tuple[int, int], int, str]],
    stale: set[str],
    offs: Mapping[str, int],
    limit: int,
) -> list[tuple[str, int, int]]:
    """The best `limit` words of those `left` (rank, minus the count, word), each with its distance and its count.

    A stale count is made exact, from postings, only when its word would by it be the best of those that are left.
    """
    heapq.heapify(left)
    found: list[tuple[str, int, int]] = []
    while left and len(found) < limit:
        rank, count, word = heapq.heappop(left)
        if word not in stale:
            found.append((word, offs[word], -count))
        elif evaluation.word_count(word, _TOLD):
            stale.remove(word)
            heapq.heappush(left, (rank, -evaluation.word_count(word, SEARCHED_FIELDS), word))
    return found


def _tags(snapshot: Snapshot, typed: str, limit: int) -> list[Suggestion]:
    """Tags by those that begin with what was typed, then by frequency; each in its most frequent spelling."""
    forms: dict[str, dict[str, int]] = {}  # by folded words, the spellings and the articles with each
    counts: dict[str, int] = {}
    for view in snapshot.views:
        column = view.columns.facet("tag")
        words_of = view.segment.tag_words
        matching = [number for number, words in enumerate(words_of) if begins(words, typed)]
        if not matching:
            continue
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
                having = column.having(numbers).mask()
                articles = int(np.count_nonzero(having & view.live if len(view.live) else having))
            counts[words] = counts.get(words, 0) + articles
    ranked = heapq.nsmallest(
        limit,
        (words for words in counts if counts[words]),
        key=lambda words: (not words.startswith(typed), -counts[words], words),
    )
    return [Suggestion(text=_most_frequent(forms[words]), kind="tag", count=counts[words]) for words in ranked]


def _headlines(snapshot: Snapshot, typed: str, limit: int) -> list[Suggestion]:
    """Headlines by those that begin with what was typed, then the latest first; each once, by its latest article."""
    found: dict[str, tuple[Latest, int, View, int]] = {}  # by folded words, the latest article and how many
    for view in snapshot.views:
        for docnum, words in _beginning(view, typed):
            latest = _latest_first(view, docnum)
            known = found.get(words)
            if known is None:
                found[words] = latest, 1, view, docnum
            elif latest < known[0]:
                found[words] = latest, known[1] + 1, view, docnum
            else:
                found[words] = known[0], known[1] + 1, known[2], known[3]
    ranked = heapq.nsmallest(limit, found, key=lambda words: (not words.startswith(typed), found[words][0]))
    shown = []
    for words in ranked:
        _, count, view, docnum = found[words]
        article = view.segment.article(docnum)
        shown.append(Suggestion(text=article.headline, kind="headline", count=count, article_id=article.id))
    return shown


def _beginning(view: View, typed: str) -> Iterator[tuple[int, str]]:
    """The live documents of whose headline a word begins so, and the folded words of the headline."""
    column = view.columns.headline_words
    letters = column.letters.tobytes()
    pattern = re.compile(f"[{HEADLINE_START} ]".encode() + re.escape(typed.encode("utf-8", "surrogatepass")))
    matches = np.array([match.start() for match in pattern.finditer(letters)], dtype=np.uint64)
    rows = np.unique(np.searchsorted(column.offsets, matches, side="right") - 1)
    for docnum in rows.tolist():
        if view.is_live(docnum):
            yield docnum, column[docnum][len(HEADLINE_START) :]


def _latest_first(view: View, docnum: int) -> Latest:
    instants = view.columns.instants
    dated = bool(instants.present[docnum])
    return not dated, -int(instants.numbers[docnum]) if dated else 0, view.columns.ids[docnum]


def _words(evaluation: Evaluation, typed: str, limit: int) -> list[Suggestion]:
    """Words by frequency."""
    rough: dict[str, int] = {}
    for view in evaluation.snapshot.views:
        words, counts = view.segment.dictionary.words, view.segment.word_counts
        for row in view.segment.dictionary.beginning(typed):
            word = words[row]
            rough[word] = rough.get(word, 0) + int(counts[row])
    best = heapq.nsmallest(limit + SPARE, rough, key=lambda word: (-rough[word], word))
    exact = {word: count for word in best if (count := evaluation.word_count(word, SEARCHED_FIELDS))}
    ranked = sorted(exact, key=lambda word: (-exact[word], word))[:limit]
    return [Suggestion(text=word, kind="term", count=exact[word]) for word in ranked]


def _most_frequent(spellings: dict[str, int]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _rows(column: OrdinalColumn, live: Mask) -> slice | Mask:
    """The values of live documents."""
    return live[column.documents] if len(live) else slice(None)
