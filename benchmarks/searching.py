"""Searching: the query classes on one corpus, all engines side by side; and what stands behind the figures.

First every engine answers every question and must agree (`agreement`); on request our ranking is checked against the
memory engine, which looks at each article in turn; then the clock runs (`timing`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.agreement import MOST_LEFT_OUT, Checked, check
from benchmarks.brute_force import compare_with_brute_force
from benchmarks.building import build
from benchmarks.corpora import Corpus
from benchmarks.peers.base import Asked, Peer
from benchmarks.peers.embedded import EmbeddedPeer
from benchmarks.peers.registry import OURS, present
from benchmarks.queries import QueryClass, queries
from searchsvc.text.stemmers import stemmer

Say = Callable[[str], None]

FIRST = "results page, first time"


def search_section(
    corpus: Corpus, engines: Sequence[str], work: Path, *, rounds: int, brute_force: bool, say: Say
) -> dict[str, Any]:  # Any: JSON
    """What the report tells of one corpus: `latency` in milliseconds, of each class and engine."""
    peers, absent = present(engines)
    folders = {}
    for key, peer in peers.items():
        say(f"{corpus.name}: {peer.name} indexes")
        folders[key], _ = build(corpus, key, work)
        peer.open(folders[key])
    say(f"{corpus.name}: questions")
    asked = queries(corpus, work)
    classes = measure(asked, peers, rounds, lambda name: say(f"{corpus.name}: {name}"))
    say(f"{corpus.name}: {FIRST}")
    classes.append(measure_first(asked, peers, folders))
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
        section["brute_force"] = compare_with_brute_force(ours, corpus, asked)
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


def measure_first(
    classes: Iterable[QueryClass], peers: Mapping[str, Peer], folders: Mapping[str, Path]
) -> dict[str, Any]:  # Any: JSON
    """As a class of `measure`: every other page, asked once, by engines opened anew that have answered the others."""
    asked = [one for of_class in classes if of_class.pages for one in of_class.asked]
    checked = check(QueryClass(FIRST, tuple(asked)), peers)
    for key, peer in peers.items():
        peer.close()
        peer.open(folders[key])
        for one in checked.of_class.asked[::2]:
            peer.answer(one)
    latency = timing.compare(checked.of_class.asked[1::2], peers, rounds=1) if checked.is_strict_enough else {}
    return _told(checked, latency, peers)


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
