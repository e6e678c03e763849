"""How hard random tests try: HYPOTHESIS_PROFILE=long compares the engines on 10,000 cases, else it is 500."""

import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from searchsvc.engines.registry import make_ready
from searchsvc.settings import Settings

# One example of the engines' comparison is one set of articles with ten requests (engines/strategies.py): ten cases.
# No deadline: machines are shared, and a slow one is not a fault. Under CI the cases are the same each time, so that a
# change is judged and not the luck of the day; by hand they are new ones, which is how faults are found.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
for _name, _examples in (("quick", 50), ("long", 1_000)):
    hypothesis_settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        suppress_health_check=_SLOW,
        print_blob=True,
        derandomize="CI" in os.environ,
        database=None,
    )
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have compiled loops made once, before processes that run tests side by side each make their own.

    A run in one process makes only those that its tests come to.
    """
    is_first = session.config.getoption("numprocesses", None)  # the one process that starts the others
    if is_first and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0":  # without compiling there is nothing to make
        make_ready(Settings())
