"""Deadline: how long a search may still take; asked often, by the clock, for signals do not reach threads."""

import time

from searchsvc.engines.embedded.kernels.jit import made_s
from searchsvc.errors import EngineTimeout


class Deadline:
    """Begins when it is made. The time that loops take to be made, once after an installation, is not the search's."""

    def __init__(self, timeout_ms: int) -> None:
        self.started = time.monotonic()
        self._made_s = made_s()
        self._timeout_ms = timeout_ms
        self._end = self.started + timeout_ms / 1000

    def check(self) -> None:
        """Raises EngineTimeout past the end."""
        if time.monotonic() >= self._end and time.monotonic() >= self._end + made_s() - self._made_s:
            raise EngineTimeout(
                f"the search took longer than {self._timeout_ms} ms", hint="narrow it by a date or a facet"
            )

    def took_ms(self) -> float:
        return (time.monotonic() - self.started) * 1000
