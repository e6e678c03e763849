"""Timing: engines side by side, question by question, so that whatever else the machine does falls on all alike.

Each engine has answered each question before (by `agreement`), which is the warm-up. Then in every round the questions
are asked in a new order, each of all engines in turn, the one that begins changing every time. Nothing is dropped: the
percentiles of a class are over all its questions and rounds. Python's garbage collection is on, as in a server.
"""

import gc
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.base import Asked, Peer
from benchmarks.reporting import percentile

SEED = 20_150_930


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p95: float


def compare(asked: Sequence[Asked], peers: Mapping[str, Peer], rounds: int) -> dict[str, Latency]:
    """The latency of each engine that knows this kind of question."""
    able = {key: peer for key, peer in peers.items() if all(one.kind in peer.kinds for one in asked)}
    taken: dict[str, list[float]] = {key: [] for key in able}
    if not asked or not able:
        return {}
    chance = random.Random(SEED)
    turn = list(able)
    gc.collect()
    for _ in range(rounds):
        for one in chance.sample(asked, len(asked)):
            turn.append(turn.pop(0))
            for key in turn:
                answer = able[key].answer
                before = time.perf_counter_ns()
                answer(one)
                taken[key].append((time.perf_counter_ns() - before) / 1_000_000)
    return {key: Latency(percentile(times, 50), percentile(times, 95)) for key, times in taken.items()}


def ratios(latencies: Mapping[str, Latency], ours: str) -> Latency | None:
    """Ours by the best other engine's, at p50 and at p95 (which may be two engines); None without another.

    >>> ratios({"we": Latency(1, 6), "they": Latency(2, 3), "slow": Latency(9, 9)}, "we")
    Latency(p50=0.5, p95=2.0)
    """
    others = [latency for key, latency in latencies.items() if key != ours]
    if not others or ours not in latencies:
        return None
    own = latencies[ours]
    return Latency(own.p50 / min(each.p50 for each in others), own.p95 / min(each.p95 for each in others))
