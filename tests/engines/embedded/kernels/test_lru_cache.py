"""A cache is bounded, forgets what was not used for longest, and never gives another value than was put."""

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.kernels.lru_cache import LruCache

operations = st.lists(st.tuples(st.sampled_from(("get", "put")), st.integers(0, 9), st.integers(1, 30)), max_size=80)


@given(operations=operations)
def test_what_is_held_is_the_last_used_within_the_bound(operations: list[tuple[str, int, int]]) -> None:
    cache = LruCache(100)
    model: dict[tuple[object, ...], tuple[object, int]] = {}  # in the order of use
    for what, number, size in operations:
        key = (number,)
        if what == "get":
            assert cache.get(key) == (model[key][0] if key in model else None)
            if key in model:
                model[key] = model.pop(key)
        else:
            cache.put(key, f"{number}", size)
            if size <= 25 and key not in model:
                model[key] = f"{number}", size
                while sum(of_value for _, of_value in model.values()) > 100:
                    del model[next(iter(model))]
    assert cache.get_all([(number,) for number in range(10)]) == [
        model[number,][0] if (number,) in model else None for number in range(10)
    ]
