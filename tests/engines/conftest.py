"""The contract is in modules that tests import; their asserts explain themselves like those of a test module."""

import pytest

pytest.register_assert_rewrite("tests.engines.contract", "tests.engines.contract_of_search")
