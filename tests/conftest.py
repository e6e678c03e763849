"""How hard random tests try: HYPOTHESIS_PROFILE=long compares the engines on 10,000 cases, else it is 500."""

import os

from hypothesis import HealthCheck, settings

# One example of the engines' comparison is one set of articles with ten requests (engines/strategies.py): ten cases.
# No deadline: machines are shared, and a slow one is not a fault.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile("long", max_examples=1_000, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
