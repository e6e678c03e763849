"""A deadline passes with time; what compiling takes does not count."""

import time

import pytest

from searchsvc.engines.embedded.kernels.jit import made_s
from searchsvc.engines.embedded.search.deadline import Deadline
from searchsvc.errors import EngineTimeout


def test_past_the_end_it_raises() -> None:
    Deadline(60_000).check()
    over = Deadline(1)
    time.sleep(0.002)
    with pytest.raises(EngineTimeout, match="longer than 1 ms"):
        over.check()
    assert over.took_ms() >= 2


def test_compiling_gives_as_much_time_back(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Deadline(1)
    time.sleep(0.002)
    already_s = made_s()
    monkeypatch.setattr(f"{Deadline.__module__}.made_s", lambda: already_s + 60)
    over.check()
