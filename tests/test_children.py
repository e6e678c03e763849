"""Children are counted for as long as they are there, with what they have in memory."""

from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from searchsvc.children import Child, private_mb


def hold(jobs: Connection, results: Connection, megabytes: int) -> None:
    held = bytes([1]) * (megabytes << 20)
    results.send(len(held))
    jobs.poll(None)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to measure by")
def test_what_a_child_has_in_memory_counts_until_it_ends() -> None:
    before, none = private_mb()
    child = Child(hold, (100,))
    assert child.results.recv() == 100 << 20
    with_child, one = private_mb()
    child.end()
    after, none_again = private_mb()
    assert (none, one, none_again) == (0, 1, 0)
    assert with_child > before + 100
    assert after < before + 50
