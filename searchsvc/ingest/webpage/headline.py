"""Headline: which of the titles of a page is the one over its story, and what stands above that.

>>> claims = [Claim("World Rain closes bridge", "h1"), Claim("Rain closes bridge", "json-ld NewsArticle headline"),
...           Claim("Rain closes bridge | The Paper", "title")]
>>> choose(claims, sites=["The Paper"])
Headline(claim=Claim(text='Rain closes bridge', origin='h1'), kicker='World')
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.structured import Thing
from searchsvc.ingest.webpage.tree import text_of
from searchsvc.model.fields import value_key

MAX_HEADLINE = 500
MAX_KICKER = 60
MIN_TITLE = 10


class Headline(NamedTuple):
    claim: Claim | None
    kicker: str


# How much a source counts; the sum of those that say the same decides.
_WEIGHTS = (
    ("h1", 3.0), ("json-ld", 3.0), ("microdata", 2.5), ("rdfa", 2.0), ("meta og:title", 2.0), ("meta twitter", 1.0),
    ("meta", 1.0), ("title", 1.5), ("h2", 1.0),
)  # fmt: skip


def titles(root: HtmlElement, meta: Metadata, articles: Sequence[Thing]) -> list[Claim]:
    """What may be the headline, from everywhere."""
    found = [Claim(text_of(each), "h1") for each in root.iter("h1")][:20]
    for thing in articles:
        found += filter(None, (thing.claim("headline"), thing.claim("name")))
    found += meta.all(*_NAMES)
    head = root.find(".//title")
    if head is not None:
        found.append(Claim(text_of(head), "title"))
    return [claim for claim in found if claim.text and len(claim.text) <= MAX_HEADLINE]


_NAMES = (
    "og:title", "twitter:title", "headline", "parsely-title", "sailthru.title", "dc.title", "dcterms.title",
    "mol:headline", "ob_headline", "hdl", "title", "cxenseparse:title",
)  # fmt: skip


def choose(claims: Sequence[Claim], *, sites: Iterable[str]) -> Headline:
    """The title that most sources agree on, without the site's name, and the kicker that one of them begins with."""
    site_keys = {_letters(site) for site in sites} - {""}
    named = [claim for claim in claims if _letters(claim.text) not in site_keys]
    whole = {title_key(claim.text) for claim in named if claim.origin.startswith(_WHOLE)}
    kicker = ""
    groups: dict[str, list[Claim]] = {}
    for claim in named:
        text = claim.text
        if claim.origin == "h1":
            before, text = _kicker(claim.text, named)
            kicker = kicker or before
        elif not claim.origin.startswith("meta twitter") or "|" in text:
            text = _without_site(text, whole, site_keys)
        groups.setdefault(title_key(text), []).append(claim._replace(text=text))
    groups.pop("", None)
    if not groups:
        return Headline(None, "")
    headings = sum(claim.origin == "h1" for claim in named)
    best = max(groups, key=lambda key: _score(groups[key], headings))
    return Headline(max(groups[best], key=_weight), kicker)


# Sources that give the headline alone, without the site's name.
_WHOLE = ("h1", "h2", "json-ld", "microdata", "rdfa")
_SEPARATOR = re.compile(r"\s*(?:[|»«•·]|::)\s*|\s+[-–—:/]\s+")


def _without_site(text: str, whole: set[str], sites: set[str]) -> str:
    """A title up to where the rest is the site's name, or to where it is a title given elsewhere."""
    if title_key(text) in whole:
        return text
    cuts = list(_SEPARATOR.finditer(text))[:20]
    for cut in cuts:
        for part in (text[: cut.start()], text[cut.end() :]):
            if title_key(part) in whole:
                return part
    while cuts:
        cut = cuts.pop()
        if _letters(text[cut.end() :]) not in sites:
            break
        text = text[: cut.start()]
    first = _SEPARATOR.search(text)
    return text[first.end() :] if first is not None and _letters(text[: first.start()]) in sites else text


def _kicker(heading: str, claims: Sequence[Claim]) -> tuple[str, str]:
    """What a heading begins with before a title that is given elsewhere, and that title."""
    for claim in claims:
        length = len(heading) - len(claim.text)
        if not claim.origin.startswith(_WHOLE[2:]) or not 1 < length <= MAX_KICKER or len(claim.text) <= MIN_TITLE:
            continue
        if title_key(heading[length:]) == title_key(claim.text) and not heading[length - 1].isalnum():
            return heading[:length].strip(" :|-–—"), claim.text
    return "", heading


def _score(group: Sequence[Claim], headings: int) -> float:
    """Each kind of source once; of many headings on a page, one that no one else names is hardly it."""
    score = sum({_kind(claim): _weight(claim) for claim in group}.values())
    alone = all(claim.origin in ("h1", "h2") for claim in group)
    return score / 2 if alone and headings > 1 else score


def _kind(claim: Claim) -> str:
    return claim.origin if claim.origin.startswith("meta") else claim.origin.partition(" ")[0]


def _weight(claim: Claim) -> float:
    return next(weight for source, weight in _WEIGHTS if claim.origin.startswith(source))


def _letters(text: str) -> str:
    """Letters and digits only, for comparing names of sites: `The Paper` and `the-paper`."""
    return "".join(c for c in text.casefold() if c.isalnum())


def title_key(text: str) -> str:
    """Equal for titles that differ in case, white space, quotes and dashes only."""
    return value_key(_SIGNS.sub(lambda match: _PLAIN[match.group()], text.replace("\u2060", "").replace("\u00ad", "")))


_PLAIN = {**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "..."}
_SIGNS = re.compile(f"[{''.join(_PLAIN)}]")
