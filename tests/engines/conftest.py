"""How many random cases the engines are compared on: 500, or 10,000 with HYPOTHESIS_PROFILE=long."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The contract is in modules that tests import; their asserts explain themselves like those of a test module.
pytest.register_assert_rewrite("tests.engines.contract", "tests.engines.contract_of_search")

# One example is one set of articles with ten requests (strategies.REQUESTS): ten cases.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.register_profile("long", max_examples=1_000, deadline=None, suppress_health_check=_SLOW, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
