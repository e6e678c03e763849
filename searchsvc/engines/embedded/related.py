"""Related: candidates for "more stories" out of the postings of an article's telling words.

Which words those are and how the candidates are shown is `engines.relatedness`'s to say. The postings of its strongest
terms, and its tags, tell which articles are about the same; those of the other terms are read for these alone.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchsvc.docvalues.columns import MISSING
from searchsvc.docvalues.docset import Docnums, Mask
from searchsvc.engines.embedded.best import keep
from searchsvc.engines.embedded.compiling import compiled, inlined, whole
from searchsvc.engines.embedded.dictionary import Weights
from searchsvc.engines.embedded.postings import BLOCK, Frequencies, Norms, Runs, frequencies, read_block, worth
from searchsvc.engines.embedded.snapshot import NO_FLAGS, Snapshot, View
from searchsvc.engines.ranking import K1
from searchsvc.engines.relatedness import (
    HALF_SCORE_DAYS,
    NEAR_BITS,
    SPARE,
    STRONGEST,
    Candidate,
    KeyTerm,
    is_telling,
    key_terms,
    partition,
    strong_terms_needed,
)
from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, value_key
from searchsvc.model.result import SAME_DAYS, Related

Bits = NDArray[np.uint64]  # of each document, the key terms that it has

SAME, BEFORE, AFTER, NEAR = range(4)
BODY = SEARCHED_FIELDS.index("body")
SAME_DAYS_APART = SAME_DAYS.days

# After so many terms more, documents that cannot become one of the best are left out.
PRUNED_EVERY = 5


def more_stories(snapshot: Snapshot, article: Article, *, limit: int, languages: tuple[str, ...]) -> Related:
    """As `Engine.related` promises."""
    terms = key_terms(
        article, document_frequencies=partial(_document_frequencies, snapshot), articles=snapshot.articles
    )
    candidates = [_candidate(place) for place in _places(snapshot, article, terms, limit + SPARE, languages)]
    return partition(article, candidates, limit=limit, key_terms=terms)


def _document_frequencies(snapshot: Snapshot, stems: Sequence[str]) -> list[int]:
    """How many live articles have a word of each stem in any text field."""
    total = np.zeros(len(stems), dtype=np.int64)
    for view in snapshot.views:
        with view.segment.reading():
            families = view.segment.dictionary.families_of(stems)
            known = families >= 0
            if len(view.live):
                total[known] += np.array(
                    [view.documents_of(family) for family in families[known].tolist()], dtype=np.int64
                )
            else:
                total[known] += view.segment.postings.runs.counts[families[known]]
    counts: list[int] = total.tolist()
    return counts


class _Place(NamedTuple):
    """A document that may be shown; `key` orders those of a part."""

    key: float
    id: str
    view: View
    docnum: int
    closeness: float
    shared: int


def _candidate(place: _Place) -> Candidate:
    columns, docnum = place.view.columns, place.docnum
    day = int(columns.days.numbers[docnum])
    return Candidate(
        id=place.id,
        closeness=place.closeness,
        shared=place.shared,
        tags=columns.facet("tag").values(docnum),
        day=None if day == MISSING else day,
        fingerprint=int(columns.fingerprints[docnum]),
        words=int(columns.lengths[BODY, docnum]),
        load=partial(place.view.segment.article, docnum),
    )


def _places(
    snapshot: Snapshot, article: Article, terms: Sequence[KeyTerm], count: int, languages: tuple[str, ...]
) -> Iterator[_Place]:
    """Of the articles about the same the best of each part, and all that may be copies."""
    of_parts: dict[int, list[_Place]] = {SAME: [], BEFORE: [], AFTER: [], NEAR: []}
    day = article.published_on.toordinal() if article.published_on is not None else MISSING
    for view in snapshot.views:
        columns = view.columns
        beside = Beside(
            columns.days.numbers, day, columns.id_ranks, columns.fingerprints, np.uint64(article.fingerprint)
        )
        among, closeness, shared = _about_the_same(snapshot, view, beside, article, terms, languages, count)
        parts, keys, rows = best_of_parts(among, closeness, beside, count)
        for part, key, row in zip(parts.tolist(), keys.tolist(), rows.tolist(), strict=True):
            docnum = int(among[row])
            place = _Place(key, columns.ids[docnum], view, docnum, float(closeness[row]), int(shared[row]))
            of_parts[part].append(place)
    near = {place.id: place for place in of_parts.pop(NEAR)}
    for places in of_parts.values():
        near |= {place.id: place for place in sorted(places, key=lambda place: place[:2])[:count]}
    yield from near.values()


class Beside(NamedTuple):
    """What documents are compared by with the article: its day, MISSING when undated, and its fingerprint, or 0."""

    days: NDArray[np.int64]
    day: int
    ranks: NDArray[np.uint32]
    fingerprints: NDArray[np.uint64]
    fingerprint: np.uint64


def _about_the_same(
    snapshot: Snapshot,
    view: View,
    beside: Beside,
    article: Article,
    terms: Sequence[KeyTerm],
    languages: tuple[str, ...],
    count: int,
) -> tuple[Docnums, Frequencies, Bits]:
    """The live documents about the same, ascending; the closeness of each, and which terms it shares.

    Those are left out that cannot be among the best `count` of their part, nor be copies.
    """
    norms = view.norms(SEARCHED_FIELDS, snapshot.averages)
    closeness, shared = np.zeros(view.size), np.zeros(view.size, dtype=np.uint64)
    with view.segment.reading():
        postings = view.segment.postings
        runs = postings.runs
        families = view.segment.dictionary.sharing([(term.stem, term.words) for term in terms], is_telling)
        for of_term in families:
            for family, _ in of_term:
                postings.check(family)
        for place, term in enumerate(terms[:STRONGEST]):
            lists = [frequencies(runs, family, weights, norms, view.live) for family, weights in families[place]]
            if len(lists) > 1:
                every = np.zeros(view.size)
                for docnums, found in lists:
                    every[docnums] += found
                docnums = np.flatnonzero(every).astype(np.uint32)
                lists = [(docnums, every[docnums])]
            for docnums, found in lists:
                add_term(docnums, found, term.weight, np.uint64(1 << place), closeness, shared)
        tagged = _having(view, "tag", article.tags) if article.tags else NO_FLAGS
        spoken = _having(view, "language", languages) if languages else NO_FLAGS
        among = chosen(shared, strong_terms_needed(terms), tagged, spoken, view.live)
        closeness, shared = closeness[among], shared[among]
        drift = view.drift(snapshot.averages)
        most = [_most(runs, term, of_term, drift) for term, of_term in zip(terms, families, strict=True)]
        for place, term in enumerate(terms[STRONGEST:], STRONGEST):
            if place % PRUNED_EVERY == 0 and len(among) > 3 * count:
                left = sum(most[place:]) * (1 + 1e-9)
                kept = possible(among, closeness, left, beside, count)
                among, closeness, shared = among[kept], closeness[kept], shared[kept]
            found = np.zeros(len(among))
            for family, weights in families[place]:
                add_frequencies(runs, family, weights, norms, among, found)
            add_to_all(found, term.weight, np.uint64(1 << place), closeness, shared)
    return among, closeness, shared


def _most(runs: Runs, term: KeyTerm, families: Sequence[tuple[int, Weights]], drift: float) -> float:
    """What a term can add to the closeness of a document at most."""
    saturated = 0.0
    for family, _ in families:
        impact = int(runs.most[runs.first[family] : runs.first[family + 1]].max(initial=0))
        saturated += 1.0 if impact == 255 else drift * impact / 256
    return term.weight * (K1 + 1) * min(1.0, saturated)


def _having(view: View, field: str, values: Sequence[str]) -> Mask:
    """Which documents have any of these values of a facet."""
    column, ordinals = view.columns.facet(field), view.columns.ordinals[field]
    wanted = np.zeros(len(column.forms), dtype=np.bool_)
    wanted[[number for value in values for number in ordinals.get(value_key(value), ())]] = True
    return having(column.starts, column.ordinals, wanted)


@compiled
def having(starts: NDArray[np.uint32], ordinals: NDArray[np.int32], wanted: Mask) -> Mask:
    """Which documents of an ordinal column have a wanted value."""
    found = np.zeros(starts.size - 1, np.bool_)
    for docnum in range(found.size):
        for place in range(starts[docnum], starts[docnum + 1]):
            found[docnum] |= wanted[ordinals[place]]
    return found


@compiled
def add_term(
    docnums: Docnums, found: Frequencies, weight: float, bit: np.uint64, closeness: Frequencies, shared: Bits
) -> None:
    """Add what a term is worth to the documents that have it, and its bit."""
    for i in range(docnums.size):
        if found[i] > 0:
            closeness[docnums[i]] += weight * (found[i] * (K1 + 1) / (K1 + found[i]))
            shared[docnums[i]] |= bit


@compiled
def add_to_all(found: Frequencies, weight: float, bit: np.uint64, closeness: Frequencies, shared: Bits) -> None:
    """As `add_term`, of arrays side by side."""
    for i in range(found.size):
        if found[i] > 0:
            closeness[i] += weight * (found[i] * (K1 + 1) / (K1 + found[i]))
            shared[i] |= bit


@compiled
def chosen(shared: Bits, needed: int, tagged: Mask, spoken: Mask, live: Mask) -> Docnums:
    """The documents with so many terms, or tagged; of those spoken and live. Empty flags say nothing."""
    found = np.empty(shared.size, np.uint32)
    held = 0
    for docnum in range(shared.size):
        if (
            (_count_bits(shared[docnum]) >= needed or (tagged.size and tagged[docnum]))
            and (not spoken.size or spoken[docnum])
            and (not live.size or live[docnum])
        ):
            found[held] = docnum
            held += 1
    return found[:held]


@inlined
def _count_bits(bits: np.uint64) -> int:
    count = 0
    while bits:
        bits &= bits - np.uint64(1)
        count += 1
    return count


@compiled
def add_frequencies(
    runs: Runs, family: int, weights: Weights, norms: Norms, among: Docnums, found: Frequencies
) -> None:
    """Add the weighted frequency of a family in each of some documents; only blocks that may have one are read."""
    docnums, shapes = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    place = 0
    for block in range(runs.first[family], runs.first[family + 1]):
        if place == among.size:
            break
        if runs.last[block] < among[place]:
            continue
        for i in range(read_block(runs, family, block, docnums, shapes, 0)):
            while place < among.size and among[place] < docnums[i]:
                place += 1
            if place < among.size and among[place] == docnums[i]:
                found[place] += worth(runs, shapes[i], whole(docnums[i]), weights, norms)
        while place < among.size and among[place] <= runs.last[block]:
            place += 1


@inlined
def part_of(docnum: int, beside: Beside) -> tuple[int, float]:
    """The part that a document belongs to, and by what its closeness is divided for the days between."""
    part, divisor = SAME, 1.0
    if beside.day != MISSING and beside.days[docnum] != MISSING:
        apart = beside.days[docnum] - beside.day
        divisor = 1 + abs(apart) / HALF_SCORE_DAYS
        if abs(apart) > SAME_DAYS_APART:
            part = BEFORE if apart < 0 else AFTER
    return part, divisor


@inlined
def _is_near(docnum: int, beside: Beside) -> bool:
    theirs = beside.fingerprints[docnum]
    return beside.fingerprint != 0 and theirs != 0 and _count_bits(beside.fingerprint ^ theirs) <= NEAR_BITS


@compiled
def possible(among: Docnums, closeness: Frequencies, left: float, beside: Beside, count: int) -> NDArray[np.int64]:
    """The places in `among` that may be in the best `count` of a part when `left` may be added, or may be copies."""
    keys, ranks = np.empty((3, count), np.float64), np.zeros(count, np.uint32)
    places, held = np.empty(count, np.int64), np.zeros(3, np.int64)
    for row in range(among.size):
        part, divisor = part_of(among[row], beside)
        key = -closeness[row] / divisor
        if held[part] < count or key < keys[part, 0]:
            held[part] = keep(keys[part], ranks, places, held[part], key, 0, 0)
    found = np.empty(among.size, np.int64)
    end = 0
    for row in range(among.size):
        part, divisor = part_of(among[row], beside)
        if held[part] < count or -(closeness[row] + left) / divisor <= keys[part, 0] or _is_near(among[row], beside):
            found[end] = row
            end += 1
    return found[:end]


@compiled
def best_of_parts(
    among: Docnums, closeness: Frequencies, beside: Beside, count: int
) -> tuple[NDArray[np.int64], Frequencies, NDArray[np.int64]]:
    """The best `count` of each part by closeness and days apart, and those of near fingerprints.

    Of each the part, the key by which it is ordered, and its place in `among`.
    """
    keys, ranks = np.empty((3, count), np.float64), np.empty((3, count), np.uint32)
    rows, held = np.empty((3, count), np.int64), np.zeros(3, np.int64)
    near = np.empty(among.size, np.int64)
    near_held = 0
    for row in range(among.size):
        if closeness[row] <= 0:
            continue
        docnum = among[row]
        part, divisor = part_of(docnum, beside)
        key = -closeness[row] / divisor
        if _is_near(docnum, beside):
            near[near_held] = row
            near_held += 1
        held[part] = keep(keys[part], ranks[part], rows[part], held[part], key, beside.ranks[docnum], row)
    total = held.sum() + near_held
    parts, all_keys, all_rows = np.empty(total, np.int64), np.empty(total, np.float64), np.empty(total, np.int64)
    end = 0
    for part in range(3):
        for i in range(held[part]):
            parts[end], all_keys[end], all_rows[end] = part, keys[part, i], rows[part, i]
            end += 1
    for i in range(near_held):
        parts[end], all_keys[end], all_rows[end] = NEAR, 0.0, near[i]
        end += 1
    return parts, all_keys, all_rows
