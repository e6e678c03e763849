"""Deadline: how long a search may take. It is asked between steps: signals do not reach threads."""

import time

from searchsvc.engines.embedded.kernels.jit import made_s
from searchsvc.errors import EngineTimeout


class Deadline:
    """Starts when it is made. Time spent compiling or loading kernels, once after an installation, does not count."""

    def __init__(self, timeout_ms: int) -> None:
        self.started = time.monotonic()
        self._made_s = made_s()
        self._timeout_ms = timeout_ms
        self._end = self.started + timeout_ms / 1000

    def check(self) -> None:
        """Raise EngineTimeout past the end."""
        if time.monotonic() >= self._end and time.monotonic() >= self._end + made_s() - self._made_s:
            raise EngineTimeout(
                f"the search took longer than {self._timeout_ms} ms", hint="narrow it by a date or a facet"
            )

    def took_ms(self) -> float:
        """Milliseconds since the start, those of compiling included."""
        return (time.monotonic() - self.started) * 1000
