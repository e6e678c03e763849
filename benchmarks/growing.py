"""Growing: what more articles, and more commits, cost.

Sizes of one corpus (the shorter is the beginning of the longer), ours and tantivy: a page for the same common terms,
and a page for rare terms that eight to sixteen articles have at each size. Then the same 20,000 articles in one, ten
and a hundred commits, and the query classes on what that leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.building import MEMORY_MB, build
from benchmarks.corpora import PART, Corpus, read_articles
from benchmarks.peers.base import Asked, Kind, Peer
from benchmarks.peers.registry import OURS, present
from benchmarks.queries import COMMON_PAGE, EACH, Words, count_alone, queries, results_page, safe_words
from benchmarks.searching import measure

RARE = range(8, 17)  # articles that have a rare term
CANDIDATES = 3_000  # rare words tried at most
COMMITS = (1, 10, 100)

Say = Callable[[str], None]


def growth_section(
    corpora: Sequence[Corpus],
    engines: Sequence[str],
    work: Path,
    *,
    rounds: int,
    memory_mb: int = MEMORY_MB,
    say: Say = lambda _: None,
) -> list[dict[str, Any]]:  # Any: JSON
    """For each corpus, smallest first: pages in milliseconds, indexing rate, memory, size on disk."""
    told = []
    common: tuple[Asked, ...] = ()
    for corpus in corpora:
        size = corpus.count
        how = {OURS: {"memory_mb": memory_mb}} if memory_mb != MEMORY_MB else {}
        peers, _ = present(engines)
        builds = {}
        for key, peer in peers.items():
            say(f"growth, {size:,}: {peer.name} indexes")
            folder, built = build(corpus, key, work, **how.get(key, {}))
            builds[key] = {**asdict(built), "rate": built.rate}
            peer.open(folder)
        common = common or _common_pages(corpus, work)
        say(f"growth, {size:,}: pages")
        rare = _rare_pages(corpus, peers, common[0].bars)
        told.append(
            {
                "articles": size,
                "memory_mb": memory_mb,
                "builds": builds,
                "common": _latency(common, peers, rounds),
                "rare": _latency(rare, peers, rounds),
            }
        )
        for peer in peers.values():
            peer.close()
    return told


def commits_section(
    corpus: Corpus,
    engines: Sequence[str],
    work: Path,
    *,
    rounds: int,
    commits: Sequence[int] = COMMITS,
    say: Say = lambda _: None,
) -> list[dict[str, Any]]:  # Any: JSON
    """For each number of commits: seconds to index, and the query classes after it."""
    told = []
    asked = queries(corpus, work)
    for number in commits:
        peers, _ = present(engines)
        seconds = {}
        for key, peer in peers.items():
            say(f"{number} commits: {peer.name} indexes")
            folder, built = build(corpus, key, work, **({"commits": number} if number > 1 else {}))
            seconds[key] = built.seconds
            peer.open(folder)
        say(f"{number} commits: the query classes")
        classes = measure(asked, peers, rounds)
        told.append({"commits": number, "seconds": seconds, "classes": classes})
        for peer in peers.values():
            peer.close()
    return told


def _common_pages(corpus: Corpus, work: Path) -> tuple[Asked, ...]:
    return next(each.asked for each in queries(corpus, work) if each.name == COMMON_PAGE)


def _rare_pages(corpus: Corpus, peers: Mapping[str, Peer], bars: str) -> tuple[Asked, ...]:
    """Pages for words of which each engine says that so few articles have them; words from the first part."""
    words: Words = safe_words(read_articles(corpus.files[0]))
    share = sum(RARE) / len(RARE) * min(1.0, PART / corpus.count)  # to be expected in the first part
    candidates = sorted(words.safe, key=lambda word: (abs(words.counts[word] - share), word))
    pages = (results_page(Asked(kind=Kind.TERM, words=(word,)), bars) for word in candidates[:CANDIDATES])
    fit = (page for page in pages if all(peer.answer(count_alone(page)).total in RARE for peer in peers.values()))
    return tuple(islice(fit, EACH))


def _latency(asked: Sequence[Asked], peers: Mapping[str, Peer], rounds: int) -> dict[str, dict[str, float]]:
    for one in asked:
        for peer in peers.values():
            peer.answer(one)  # warm, as after `agreement`
    return {key: asdict(latency) for key, latency in timing.compare(asked, peers, rounds).items()}
