"""Dating: which of the days on a page is that of publication, and what speaks for it.

Sources are weighed, and those that say the same day add up: never the day of saving, of a change or of another story.

>>> claims = [Claim("2024-03-19T10:00:00Z", "json-ld NewsArticle datePublished"), Claim("2015-09-30", "url"),
...           Claim("30 September 2015", "page after the headline")]
>>> dating = choose(claims)
>>> dating.claims[0].text, dating.note[:60]
('2015-09-30', 'dates disagree: 2015-09-30 (url, page after the headline), 2')
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from searchsvc.ingest.page.printed_dates import find_dates
from searchsvc.ingest.webpage.metadata import Claim, Metadata
from searchsvc.ingest.webpage.structured import Thing
from searchsvc.ingest.webpage.tree import text_of
from searchsvc.model.article import DatePrecision
from searchsvc.text.dates import ReadDate, read_date

MAX_CLAIMS = 40
MAX_BEFORE = 40  # characters of a place before a date that a story begins with
SAME = timedelta(days=1)  # one instant has two days, east and west

# Only tells the century of a year of two digits, and claims nothing of today.
_LATEST = date(2040, 1, 1)


class Dating(NamedTuple):
    """The claims that agree on the day of publication, and a note when others name another day ("" when none do)."""

    claims: tuple[Claim, ...]  # best first; none that says another day
    note: str


_PUBLISHED = (
    "article:published_time", "article:published", "article:published:time", "og:article:published_time",
    "og:published_time", "og:pubdate", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:recs:published_time", "datepublished", "date_published", "publication_date", "publish-date",
    "publish_date", "publishdate", "publisheddate", "published_date", "published_at", "published-date",
    "article_date_original", "article.published", "pubdate", "pub_date", "publicationdate", "displaydate",
    "originalpublicationdate", "rnews:datepublished", "bt:pubdate", "ptime", "firstpublished", "first_published",
    "dc.date.issued", "dcterms.issued", "dcterms.date", "dc.date.created", "dcterms.created", "dc.date", "dc:date",
    "dc:created", "prism.publicationdate", "citation_publication_date", "citation_online_date", "citation_date",
    "wp:published", "article.created", "article:create_time", "created", "creation_date", "datecreated",
    "cms_creationdate", "date", "vr:published_time", "video:release_date", "release_date", "eomportal-publishdate",
)  # fmt: skip

# How much a source counts. What is printed under the headline, or is in the address, no program makes anew each day.
_WEIGHTS = (
    ("json-ld WebPage", 2.0), ("json-ld", 3.0), ("microdata", 2.5), ("rdfa", 2.0), ("meta article:published", 3.0),
    ("meta dc", 1.5), ("meta date", 1.5), ("meta c", 1.5), ("meta", 2.0), ("time before", 1.0),
    ("time", 2.0), ("page after", 1.6), ("page", 0.5), ("story", 0.5), ("url", 2.5),
)  # fmt: skip


def claims_of(
    elements: Sequence[HtmlElement], heading: HtmlElement | None, meta: Metadata, articles: Sequence[Thing],
    pages: Sequence[Thing], url: str,
) -> list[Claim]:  # fmt: skip
    """Every day that may be that of publication, the most trusted sources first."""
    found: list[Claim | None] = []
    for thing in articles[:3]:
        found.append(thing.claim("datePublished") or thing.claim("dateCreated"))
    found += meta.all(*_PUBLISHED[:5])
    found += (thing.claim("datePublished") for thing in pages[:2])
    found += meta.all(*_PUBLISHED[5:])
    claims = [claim for claim in found if claim is not None and len(claim.text) < 150][:MAX_CLAIMS]
    address = _in_address(url)
    return [*claims, *([] if _is_settled([*claims, *address]) else _printed(elements, heading)), *address]


def _is_settled(claims: Sequence[Claim]) -> bool:
    """Whether sources of two kinds, and all, say one day which is the same east and west: print adds nothing then."""
    found = [each for claim in claims if (each := _read(claim.text)) is not None]
    kinds = {claim.origin.partition(" ")[0] for claim in claims}
    return (
        len(found) == len(claims)
        and len(kinds) > 1
        and len({each.on for each in found}) == 1
        and all(each.at is None or each.at.utcoffset() or 4 <= each.at.hour < 18 for each in found)
    )


def choose(claims: Sequence[Claim]) -> Dating:
    """The claims of the day that the most and best sources name, with a note when others name another."""
    days = [(claim, day) for claim in claims if (day := _day(claim.text)) is not None]
    if not days:
        return Dating(tuple(claims), "")
    scores = [_score(day, days) for _, day in days]
    best = days[max(range(len(days)), key=lambda i: scores[i])][1]
    agreed = [(claim, day) for claim, day in days if abs(day - best) <= SAME]
    others = [(claim, day) for claim, day in days if abs(day - best) > SAME]
    note = f"dates disagree: {_told(agreed)}, {_told(others)}" if others else ""
    return Dating(tuple(claim for claim, _ in sorted(agreed, key=lambda each: not _is_local(each, agreed[0]))), note)


def _is_local(claim: tuple[Claim, date], first: tuple[Claim, date]) -> bool:
    """Whether a claim says the day where it was printed, of which the first says the instant in Greenwich only."""
    instant = _read(first[0].text)
    if instant is None or instant.at is None or instant.at.utcoffset() or claim[1] == first[1]:
        return False
    printed = claim[0].origin.startswith(("time after", "page after", "time before", "page before"))
    other = _read(claim[0].text)
    if other is not None and other.at is not None:
        return bool(other.at.utcoffset()) and abs(other.at - instant.at) < timedelta(hours=1)
    return printed and (instant.at.hour >= 14 if claim[1] > first[1] else instant.at.hour < 10)


def _score(day: date, days: Sequence[tuple[Claim, date]]) -> float:
    """The weights of the sources that name the day, each kind of source once."""
    weights: dict[str, float] = {}
    for claim, other in days:
        if abs(day - other) <= SAME:
            kind = claim.origin.partition(" ")[0]
            weights[kind] = max(weights.get(kind, 0.0), _weight(claim.origin))
    return sum(weights.values())


def _weight(origin: str) -> float:
    return next((weight for source, weight in _WEIGHTS if origin.startswith(source)), 1.0)


def _told(days: Iterable[tuple[Claim, date]]) -> str:
    sources: dict[date, list[str]] = {}
    for claim, day in days:
        sources.setdefault(day, []).append(claim.origin)
    return ", ".join(
        f"{day.isoformat()} ({', '.join(dict.fromkeys(origins))})" for day, origins in list(sources.items())[:4]
    )


def beginning_of(body: Sequence[str]) -> list[Claim]:
    """A date that the story begins with: `27.1.2022 - It rained.`, `GHENT, 4 May 2021`."""
    for printed in find_dates(body[0][:80]) if body else ():
        if printed.start < MAX_BEFORE and printed.label in ("", "published"):
            return [Claim(printed.day, "story's beginning")]
    return []


def _read(text: str) -> ReadDate | None:
    return read_date(text, today=_LATEST)


def _day(text: str) -> date | None:
    found = _read(text)
    return found.on if found is not None and found.precision in (DatePrecision.DAY, DatePrecision.INSTANT) else None


# --- printed on the page ----------------------------------------------------------------------------------------------

AFTER = 80  # elements after the headline among which its date stands, and
BEFORE = 25  # before it
PATIENCE = 15  # elements after the first date in which another may be of the same story
MAX_LINE = 200  # characters of a line that is a date and little else

_CHANGED = re.compile(
    r"updat|modif|aktuali[sz]|geändert|actuali[sz]|atualiz|aggiorn|bijgewerkt|oppdater|uppdater|opdater|changed|edited|"
    r"revis|mis à jour|更新|обновл|изменен|zmienion|zaktualiz",
    re.IGNORECASE,
)
_NAMED = re.compile(r"date|publi|posted|time|datum|fecha|meta|byline|info|pubdate|datetime", re.IGNORECASE)
_ELSEWHERE = frozenset(("nav", "footer", "aside", "figure", "figcaption", "blockquote", "script", "style", "option"))


def _printed(elements: Sequence[HtmlElement], heading: HtmlElement | None) -> list[Claim]:
    """Dates in `time` elements and in print: after the headline first, then before it, then those called so."""
    found: list[Claim] = []
    if heading is not None:
        i = elements.index(heading)
        found += _dates_in(elements[i : i + 1 + AFTER], "after the headline")
        if not found:
            found += _dates_in(reversed(elements[max(0, i - BEFORE) : i]), "before the headline")
    if not found:
        named = (each for each in elements if each.tag == "time" or _NAMED.search(_names(each)))
        found += _dates_in(named, "on the page")
    return found or _dates_in(elements, "on the page", most_besides=15)


def _dates_in(elements: Iterable[HtmlElement], where: str, most_besides: int = 45) -> list[Claim]:
    """The first date in a `time` element, and the first in print, that is not of a change.

    `most_besides` characters beside the date may stand in the same line.
    """
    found: dict[str, Claim] = {}
    patience = PATIENCE
    for element in elements:
        if found:
            patience -= 1
        if len(found) == 2 or not patience:
            break
        if element.tag == "time":
            if "time" not in found and not _is_change(element) and not _is_elsewhere(element):
                for text in (element.get("datetime") or element.get("content") or "", text_of(element)):
                    if _day(text) is not None:
                        found.setdefault("time", Claim(text, f"time {where}"))
        elif "page" not in found and element.tag not in _ELSEWHERE and (text := _line(element)):
            printed = next(iter(find_dates(text)), None)
            if printed is None or printed.label not in ("", "published"):
                continue
            named = bool(printed.label) or _NAMED.search(_names(element)) is not None
            if len(text) - (printed.end - printed.start) > most_besides * (1 + named):
                continue
            if not _is_change(element) and not _is_elsewhere(element):
                whole = printed.text if _day(printed.text) is not None else printed.day
                found["page"] = Claim(whole, f"page {where}")
    return list(found.values())


def _line(element: HtmlElement) -> str:
    """The text of an element that has a digit right in it, or after a child, when it is short."""
    own = element.text or ""
    if not any(c.isdigit() for c in own) and not any(c.isdigit() for child in element for c in child.tail or ""):
        return ""
    if len(own) > MAX_LINE or len(element) > 12:
        return ""
    text = text_of(element)
    return text if len(text) <= MAX_LINE else ""


def _is_change(element: HtmlElement) -> bool:
    """Whether it, or what stands right before it, tells of a change. A class "updated" alone is any date's in blogs."""
    names = _names(element)
    if re.search("publi", names, re.IGNORECASE) is None and _CHANGED.search(names.replace(" updated ", " ")):
        return True
    above = element.getparent()
    before = (above.text or "")[-40:] if above is not None and above[0] is element else ""
    previous = element.getprevious()
    if previous is not None:
        before += f" {text_of(previous)[-40:]} {(previous.tail or '')[-40:]}"
    return _CHANGED.search(f"{before} {text_of(element)[:40]}") is not None


def _is_elsewhere(element: HtmlElement) -> bool:
    return any(above.tag in _ELSEWHERE for above in element.iterancestors())


def _names(element: HtmlElement) -> str:
    return f" {element.get('class', '')} {element.get('id', '')} {element.get('itemprop', '')} "


_ADDRESS = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([/-]?)(0[1-9]|1[0-2]|[1-9](?=[/-]))\2(0[1-9]|[12]\d|3[01]|[1-9](?!\d))(?!\d)"
)
_BY_MONTH = re.compile(r"/((?:19|20)\d\d)/([a-z]{3})/(\d{1,2})/", re.IGNORECASE)


def _in_address(url: str) -> list[Claim]:
    """The day in the path of an address: /2015/09/30/, /2015/sep/30/, 2015-09-30, 20150930."""
    path = urlsplit(url).path if len(url) < 2000 else ""
    if (match := _ADDRESS.search(path)) is not None:
        return [Claim(f"{match[1]}-{int(match[3]):02d}-{int(match[4]):02d}", "url")]
    if (match := _BY_MONTH.search(path)) is not None:
        return [Claim(f"{match[1]} {match[2]} {match[3]}", "url")]
    return []
