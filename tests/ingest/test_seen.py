"""The compact set of what was seen says what a plain set does."""

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.ingest.seen import Seen


@given(st.lists(st.integers(1, 40) | st.integers(1, 2**64 - 2).map(lambda n: n & ~0xFFFF | 5), max_size=200))
def test_it_says_of_each_number_whether_it_is_new(numbers: list[int]) -> None:
    seen, plain = Seen(), set[int]()
    for number in numbers:
        assert seen.add(number) is (number not in plain)
        plain.add(number)
    assert len(seen) == len(plain)


def test_it_grows_and_forgets_none() -> None:
    seen = Seen()
    numbers = [hash(("a", n)) for n in range(50_000)]
    assert all(seen.add(number) for number in numbers)
    assert not any(seen.add(number) for number in numbers)
    assert len(seen) == 50_000
