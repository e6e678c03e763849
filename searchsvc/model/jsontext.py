"""JSON text: plain values as JSON in one line of UTF-8, and back, as fast as can be.

What comes out is what the standard library writes with `ensure_ascii=False` and no spaces, to the byte: articles are
told apart by a hash of it. What the fast way does not take (half a surrogate pair, a number beyond 64 bits) goes the
slow way. Not for reading what others wrote: `read` is sparing with checks.

>>> written({"headline": "Märkte", "tags": ("a", "b")}).decode()
'{"headline":"Märkte","tags":["a","b"]}'
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson


def written(value: object) -> bytes:
    """The JSON of dicts, lists, tuples, strings, whole numbers, true, false and null. Raises TypeError on all else."""
    try:
        return orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def read(text: bytes | str, whole: Iterable[str] = ()) -> Any:  # Any: a JSON value
    """The value of a JSON text that `written` made; where it is an object, `whole` are its keys of whole numbers.

    Raises ValueError.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:  # half a surrogate pair; or it is none
        return json.loads(text)
    # Beyond 64 bits the fast way makes floats of whole numbers.
    if isinstance(value, dict) and any(type(value.get(key)) is float for key in whole):
        return json.loads(text)
    return value


# What only one of the two ways could write is left to the slow one: which refuses it.
_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
