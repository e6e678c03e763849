"""Searching: the query classes on one corpus, all engines side by side; and what stands behind the figures.

First every engine answers every question and must agree (`agreement`); on request our ranking is checked against the
memory engine, which looks at each article in turn; then the clock runs (`timing`).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.agreement import MOST_LEFT_OUT, Checked, check
from benchmarks.building import build
from benchmarks.corpora import Corpus
from benchmarks.peers.base import Asked, Kind, Peer
from benchmarks.peers.embedded import EmbeddedPeer, as_request
from benchmarks.peers.registry import OURS, present
from benchmarks.queries import QueryClass, queries
from searchsvc.engines.memory import MemoryEngine
from searchsvc.model.article import Article
from searchsvc.text.stemmers import stemmer

Say = Callable[[str], None]


def search_section(
    corpus: Corpus, engines: Sequence[str], work: Path, *, rounds: int, fresh: bool, brute_force: bool, say: Say
) -> dict[str, Any]:  # Any: JSON
    """What the report tells of one corpus: `latency` in milliseconds, of each class and engine."""
    peers, absent = present(engines)
    for key, peer in peers.items():
        say(f"{corpus.name}: {peer.name} indexes")
        folder, _ = build(corpus, key, work, fresh=fresh)
        peer.open(folder)
    say(f"{corpus.name}: questions")
    asked = queries(corpus, work)
    classes = measure(asked, peers, rounds, lambda name: say(f"{corpus.name}: {name}"))
    section = {
        "articles": corpus.count,
        "engines": {key: peer.name for key, peer in peers.items()},
        "absent": absent,
        "rounds": rounds,
        "classes": classes,
    }
    if brute_force:
        say(f"{corpus.name}: every question by brute force")
        ours = peers[OURS]
        assert isinstance(ours, EmbeddedPeer)
        section["brute_force"] = compare_with_brute_force(ours, corpus.articles(), asked)
    for peer in peers.values():
        peer.close()
    return section


def measure(
    classes: Iterable[QueryClass], peers: Mapping[str, Peer], rounds: int, say: Say = lambda _: None
) -> list[dict[str, Any]]:  # Any: JSON
    """Check, then time each class. A class on which engines differ too often is named, its latency left empty."""
    measured = []
    for of_class in classes:
        say(of_class.name)
        checked = check(of_class, peers)
        latency = timing.compare(checked.of_class.asked, peers, rounds) if checked.is_strict_enough else {}
        measured.append(_told(checked, latency, peers))
    return measured


def _told(checked: Checked, latency: Mapping[str, timing.Latency], peers: Mapping[str, Peer]) -> dict[str, Any]:
    return {
        "name": checked.of_class.name,
        "pages": checked.of_class.pages,
        "asked": len(checked.of_class.asked) + len(checked.differences),
        "left_out": list(checked.differences),
        "too_loose": "" if checked.is_strict_enough else f"more than {MOST_LEFT_OUT:.0%} of the questions left out",
        "latency": {key: asdict(of_engine) for key, of_engine in latency.items()},
        "found": _median_total(checked.of_class.asked, peers[OURS]),
        "meant": _offered(checked.of_class.asked, peers),
    }


def _offered(asked: Sequence[Asked], peers: Mapping[str, Peer]) -> dict[str, int]:
    """Of how many misspelt words each engine that has corrections offers the one that was meant, or its stem."""
    misspelt = [one for one in asked if one.meant]
    stem_of = stemmer("en")
    offered = {}
    for key, peer in peers.items():
        answers = [(one, peer.answer(one).words) for one in misspelt if one.kind in peer.kinds]
        if any(words for _, words in answers):
            offered[key] = sum(one.meant in words or stem_of(one.meant) in words for one, words in answers)
    return offered


def _median_total(asked: Sequence[Asked], ours: Peer) -> int:
    totals = sorted(ours.answer(one).total for one in asked)
    return totals[len(totals) // 2] if totals else 0


# --- against brute force ----------------------------------------------------------------------------------------------


def compare_with_brute_force(
    ours: EmbeddedPeer, articles: Iterable[Article], classes: Iterable[QueryClass]
) -> dict[str, Any]:  # Any: JSON
    """Total, top ten and facets of ours beside those of an engine that scores each article with plain Python."""
    slow = MemoryEngine(articles)
    wanted = {_plain(one) for of_class in classes for one in of_class.asked if one.kind not in _NO_ARTICLES}
    differences = [text for one in sorted(wanted, key=repr) if (text := _difference(ours, slow, one))]
    return {"asked": len(wanted), "differences": differences}


_NO_ARTICLES = frozenset({Kind.COMPLETE, Kind.CORRECT, Kind.ALIKE})


def _plain(asked: Asked) -> Asked:
    """The same question for ids, scores and counts: what it shows is not compared."""
    return replace(asked, hits=10, facets=not asked.newest, loads=False)


def _difference(ours: EmbeddedPeer, slow: MemoryEngine, asked: Asked) -> str:
    """In words; "" when both agree: ids may differ only where scores are equal up to rounding."""
    name = f"{asked.kind.value} {' '.join(asked.words)!r}"
    answer = ours.answer(replace(asked, facets=False))
    expected = slow.search(as_request(asked))
    if answer.total != expected.total.value:
        return f"{name}: {answer.total:,} found, {expected.total.value:,} by brute force"
    if asked.newest:
        keys = [float(hit.cursor.key or 0) for hit in expected.hits]
    else:
        keys = [hit.score or 0.0 for hit in expected.hits]
    if not all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(answer.keys, keys, strict=True)):
        return f"{name}: the ten best scores are others by brute force"
    for id, hit, key in zip(answer.ids, expected.hits, keys, strict=True):
        if id != hit.article.id and sum(math.isclose(key, other, rel_tol=1e-4) for other in keys) == 1:
            return f"{name}: {id} stands where {hit.article.id} does by brute force"
    if asked.facets:
        counted = ours.answer(replace(asked, hits=0)).facets
        for facet, of_facet in expected.facets.items():
            if counted[facet] != {bucket.value: bucket.count for bucket in of_facet.buckets}:
                return f"{name}: counts of {facet} are others by brute force"
    return ""
