"""Sections: where in the paper a story ran, and in which paper, by what the page says over and under it.

>>> section_of("Home > World > Europe"), section_of("SPORT"), section_of("Rain stops play")
('World', 'Sport', '')
"""

import re

from searchsvc.ingest.page.lines import Line

_SECTIONS = frozenset(
    [
        "world",
        "politics",
        "business",
        "sport",
        "sports",
        "technology",
        "tech",
        "science",
        "health",
        "opinion",
        "culture",
        "entertainment",
        "lifestyle",
        "life",
        "travel",
        "news",
        "local",
        "national",
        "international",
        "international news",
        "world news",
        "national news",
        "local news",
        "us news",
        "uk news",
        "europe",
        "africa",
        "asia",
        "americas",
        "middle east",
        "economy",
        "finance",
        "money",
        "markets",
        "education",
        "environment",
        "climate",
        "crime",
        "law",
        "society",
        "arts",
        "books",
        "film",
        "music",
        "food",
        "fashion",
        "style",
        "weather",
        "obituaries",
        "editorial",
        "editorials",
        "comment",
        "features",
        "metro",
        "city",
        "region",
        "regional",
        "football",
        "cricket",
        "tennis",
        "golf",
        "rugby",
        "showbiz",
        "celebrity",
        "motoring",
        "property",
        "real estate",
        "jobs",
        "letters",
        "analysis",
        "defence",
        "defense",
        "energy",
        "agriculture",
        "industry",
        "companies",
        "media",
        "religion",
        "history",
        "community",
        "investigations",
        "longform",
        "reviews",
        "games",
        "gaming",
        "politik",
        "wirtschaft",
        "kultur",
        "wissen",
        "panorama",
        "monde",
        "politique",
        "économie",
        "culture",
        "société",
        "mundo",
        "política",
        "economía",
        "deportes",
        "cultura",
        "mondo",
        "politica",
        "economia",
        "sociedad",
        "esportes",
        "economie",
        "binnenland",
        "buitenland",
    ]
)
_CRUMBS = re.compile(r"\s*(?:>|»|›|→|::|/|\|)\s*")
_MORE = re.compile(
    r"more\s+(?P<section>.{3,40}?)\s+(?:stories|articles|headlines|coverage|stor(?:y|ies))\W*$", re.IGNORECASE
)


def section_of(text: str) -> str:
    """The section that a line names, as a breadcrumb trail or by itself; "" when it names none."""
    if len(text) > 100:
        return ""
    crumbs = [crumb for crumb in _CRUMBS.split(text) if crumb]
    if len(crumbs) > 1 and crumbs[0].lower() in ("home", "front page", "start", "accueil", "startseite", "inicio"):
        trail = [crumb for crumb in crumbs[1:] if len(crumb.split()) <= 3]
        return titled(trail[0]) if trail else ""
    return titled(text) if text.lower() in _SECTIONS and text.lower() != "news" else ""


_FILED = re.compile(
    r"(?:filed under|posted in|category|section|ressort|rubrique)\s*[:|]?\s+(?P<section>[^|,;]{3,40})", re.IGNORECASE
)


def section_below(lines: list[Line], start: int) -> str:
    """The section under the story: `More INTERNATIONAL NEWS Stories`, or `Filed under: Science`."""
    for line in lines[start:]:
        if (more := _MORE.fullmatch(line.text)) is not None:
            name = more["section"].strip(" :")
            if name.lower() in _SECTIONS or name.isupper() or name.lower().endswith("news"):
                return titled(name)
        if (filed := _FILED.fullmatch(line.text)) is not None and filed["section"].strip().lower() in _SECTIONS:
            return titled(filed["section"].strip())
    return ""


_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)[\s:]*(?:©|\(c\))?\s*(?:by\s)?(?:(?:19|20)\d\d\s*(?:[-–]\s*(?:19|20)\d\d)?)?,?\s*(?:by\s)?"
    r"(?P<name>(?-i:[A-ZÀ-ÖØ-Þ][\w'’&-]*(?: (?:of|the|and|&|[A-ZÀ-ÖØ-Þ][\w'’&-]*)){0,4}?))\s*"
    r"(?:[.,|•·-]?\s*(?:all rights|terms|privacy|\d{4}).*|[.|•·].*)?$",
    re.IGNORECASE,
)
# The owner is often a company, and that is not the name of the paper.
_NO_PAPER = re.compile(
    r"all rights|copyright|terms|privacy|protected|notice|policy|\b(?:inc|ltd|llc|limited|corp|gmbh|holdings?|group|"
    r"communications|compan(?:y|ies)|networks?|newspapers|publish\w+|enterprises|media)\b",
    re.IGNORECASE,
)


def publication_below(lines: list[Line], start: int) -> str:
    """The paper or site by the copyright line under the story: `© 1969 Harbour Gazette. All rights reserved.`"""
    for line in reversed(lines[start:]):
        if len(line.text) > 200 or (owner := _COPYRIGHT.match(line.text)) is None:
            continue
        name = owner["name"]
        if len(name) > 2 and _NO_PAPER.search(line.text[: owner.end("name") + 6]) is None:
            return name
    return ""


def titled(name: str) -> str:
    """A section's name as a reader writes it: `INTERNATIONAL NEWS` is `International News`; `US News` stays."""
    if not name.isupper() and not name.islower():
        return name
    return " ".join(
        word if word in ("US", "UK", "EU", "UN", "TV", "AI", "IT") else word.capitalize() for word in name.split()
    )
