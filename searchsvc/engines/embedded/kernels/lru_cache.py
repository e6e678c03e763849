"""LruCache: values made of segments, bounded in bytes, the least recently used dropped first."""

import threading
from collections import OrderedDict
from collections.abc import Iterable


class LruCache:
    """Holds at most `limit_bytes`; safe to share by threads.

    Segments never change, so no value is ever stale; those of a segment that is gone are dropped in their turn.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._values: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> object | None:
        """The value of a key, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def get_all(self, keys: Iterable[tuple[object, ...]]) -> list[object | None]:
        """As `get`, of each key, under one lock."""
        found: list[object | None] = []
        with self._lock:
            for key in keys:
                value = self._values.get(key)
                if value is not None:
                    self._values.move_to_end(key)
                found.append(None if value is None else value[0])
        return found

    def put(self, key: tuple[object, ...], value: object, size: int) -> None:
        """Keep a value of `size` bytes, unless its key has one, or it would fill more than a quarter of the cache."""
        if size > self._limit // 4:
            return
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value, size
            self._held += size
            while self._held > self._limit:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed
