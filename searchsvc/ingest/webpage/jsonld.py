r"""JSON-LD: the data that a page carries for search engines, read as leniently as they read it.

>>> list(objects('{"@graph": [{"@type": "NewsArticle", "headline": "Rain"}, {"@type": "Person", "name": "Ann"}]}'))
[{'@type': 'NewsArticle', 'headline': 'Rain'}, {'@type': 'Person', 'name': 'Ann'}]
>>> list(objects("<!-- {\"@type\": \"Article\", \"headline\": \"It\\'s raining\",}; -->"))
[{'@type': 'Article', 'headline': "It's raining"}]
>>> list(objects('{"@type": "NewsArticle", "headline": "Rain", "author": {"name": "broken'))
[{'@type': 'NewsArticle', 'headline': 'Rain'}]
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

MAX_SCRIPT = 4_000_000  # characters; those with a whole story in them have some 50,000
MAX_OBJECTS = 2_000
MAX_DEPTH = 40

# Where a page puts what it is about. Lists of other stories, and parts, are not looked into.
_INTO = ("@graph", "mainEntity", "mainEntityOfPage")


def objects(script: str) -> Iterator[dict[str, Any]]:  # Any: JSON
    """The objects with a type, those within others too; what cannot be read at all gives what can be seen of it."""
    if len(script) > MAX_SCRIPT or "{" not in script:
        return
    found = 0
    for value in _values(script):
        for each in _typed(value, 0):
            yield each
            found += 1
            if found >= MAX_OBJECTS:
                return


def _values(script: str) -> Iterator[Any]:
    try:
        yield json.loads(script, strict=False)
        return
    except (ValueError, RecursionError):
        pass
    text = _mended(script)
    decoder = json.JSONDecoder(strict=False)
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            yield _seen(text[opening.start() :])
            return
        yield value


_OPENING = re.compile(r"[{\[]")
_WRAPPING = re.compile(r"<!--|-->|/?\*?/?\s*<!\[CDATA\[\s*(?:\*/)?|(?://|/\*)?\s*\]\]>\s*(?:\*/)?")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_LAST_COMMA = re.compile(r",\s*(?=[}\]])")


def _mended(script: str) -> str:
    """With the usual mistakes taken out: comments around it, entities for quotes, escapes and commas too many."""
    text = _WRAPPING.sub("", script)
    if "&quot;" in text and '"' not in text:
        text = html.unescape(text)
    return _LAST_COMMA.sub("", _BAD_ESCAPE.sub("", text))


_PAIR = re.compile(
    r'"(@type|headline|name|datePublished|dateCreated|dateModified|keywords|articleSection|url|description|inLanguage)"'
    r'\s*:\s*"((?:[^"\\]|\\.){0,2000})"'
)


def _seen(text: str) -> dict[str, Any]:
    """Of an object that is broken: the plain texts, the first of each name."""
    seen: dict[str, Any] = {}
    for name, value in _PAIR.findall(text):
        try:
            seen.setdefault(name, json.loads(f'"{value}"', strict=False))
        except ValueError:
            continue
    return seen


def _typed(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _typed(each, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for name in _INTO:
            if isinstance(value.get(name), dict | list):
                yield from _typed(value[name], depth + 1)
