"""Microdata and RDFa: data that is written into the elements of a page, in the shape of JSON-LD.

>>> from searchsvc.ingest.webpage.tree import parse
>>> tree = parse('<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Rain</h1>'
...              '<p itemprop="author" itemscope itemtype="https://schema.org/Person">By <b itemprop=name>Ann</b>')
>>> microdata(tree)
[{'@type': 'NewsArticle', 'headline': 'Rain', 'author': {'@type': 'Person', 'name': 'Ann'}}]
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.tree import text_of

MAX_PROPERTIES = 5_000
MAX_TEXT = 2_000  # characters of a value; the body is looked for elsewhere


class _Syntax(NamedTuple):
    property: str
    scope: str
    type: str


_MICRODATA = _Syntax("itemprop", "itemscope", "itemtype")
_RDFA = _Syntax("property", "typeof", "typeof")


def microdata(root: HtmlElement) -> list[dict[str, Any]]:  # Any: as of JSON
    """The items of a page that stand in no other, with what is in them."""
    return _items(root, _MICRODATA)


def rdfa(root: HtmlElement) -> list[dict[str, Any]]:  # Any: as of JSON
    """The RDFa items of a page that are no property of another, in the same shape as `microdata`."""
    return _items(root, _RDFA)


def _items(root: HtmlElement, syntax: _Syntax) -> list[dict[str, Any]]:
    items: dict[HtmlElement, dict[str, Any]] = {}
    for element in root.xpath(f"//*[@{syntax.scope}]")[:MAX_PROPERTIES]:
        kind = element.get(syntax.type, "").split()
        items[element] = {"@type": kind[0].rpartition("/")[2].rpartition(":")[2] if kind else ""}
    if not items:
        return []
    inner: set[HtmlElement] = set()
    for element in root.xpath(f"//*[@{syntax.property}]")[:MAX_PROPERTIES]:
        scope = next((above for above in element.iterancestors() if above in items), None)
        if scope is None:
            continue
        value = items.get(element)
        if value is not None:
            inner.add(element)
        for name in element.get(syntax.property, "").split():
            _put(items[scope], name.rpartition(":")[2], value if value is not None else _value(element, name))
    return [item for element, item in items.items() if element not in inner]


def _put(item: dict[str, Any], name: str, value: Any) -> None:
    if name not in item:
        item[name] = value
    elif isinstance(item[name], list):
        item[name].append(value)
    else:
        item[name] = [item[name], value]


def _value(element: HtmlElement, name: str) -> str:
    if name.endswith(("articleBody", "text")):
        return ""
    for attribute in _ATTRIBUTES:
        if value := element.get(attribute):
            return str(value)[:MAX_TEXT]
    if element.tag in ("a", "link") and element.get("href") and name.lower().endswith("url"):
        return str(element.get("href"))[:MAX_TEXT]
    return text_of(element)[:MAX_TEXT]


_ATTRIBUTES = ("content", "datetime")


def values(item: Any) -> Iterator[Any]:  # Any: JSON
    """One or several alike: what is in a list, or the thing itself."""
    if isinstance(item, list):
        for each in item:
            yield from values(each)
    elif item is not None:
        yield item
