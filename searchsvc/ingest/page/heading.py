"""Heading: what stands over a story: headline, kicker, summary, byline, dates; and the section, over it or under it.

The headline is looked for upwards from the story: near it, of a headline's length, of the story's words.
"""

import re
from collections import Counter
from dataclasses import dataclass

from searchsvc.ingest.credits import dateline, names
from searchsvc.ingest.draft import DateText
from searchsvc.ingest.page.furniture import ends_story, is_caption, is_furniture
from searchsvc.ingest.page.lines import Line
from searchsvc.ingest.page.printed_dates import PrintedDate, find_dates
from searchsvc.ingest.page.story import Story

REACH = 45  # lines above the story that are looked at: galleries and buttons of sharing can come between
AS_GOOD = 0.85  # of the merit of the best line
STEM = 6  # letters that two forms of a word share, more or less, in whatever language
AFTER = 8  # lines below it where the date may stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    headline: str = ""
    kicker: str = ""
    summary: str = ""
    section: str = ""
    byline: str = ""
    place: str = ""
    agency: str = ""
    dates: tuple[DateText, ...] = ()
    saved_text: str = ""
    body_from: int = 0  # the first line of the story that is not heading


def find_heading(lines: list[Line], story: Story) -> Heading:
    """The heading of the story found on these lines."""
    at = _headline_at(lines, story)
    top = story.start if at is None else at
    body_from = _body_from(lines, at, story)
    place = agency = ""
    dates: list[tuple[float, DateText]] = []
    kicker, section = _above(lines, at) if at is not None else ("", "")
    # A dateline of its own line is heading; one that begins a sentence stays in the sentence.
    for i in range(top + (at is not None), min(body_from + 1, len(lines))):
        if (line := dateline(lines[i].text)) is not None:
            place, agency = line.place, line.agency
            if line.date_text:
                dates.append((100.0, DateText(line.date_text, "dateline")))
            if line.length >= len(lines[i].text) and i >= body_from:
                body_from = i + 1
            break
    byline = _byline(lines, top, body_from, at)
    dates += _dates(lines, at, top, body_from, story)
    dates.sort(key=lambda pair: -pair[0])
    return Heading(
        headline="" if at is None else lines[at].text, kicker=kicker, section=section,
        summary=_summary(lines, at, body_from), byline=byline, place=place, agency=agency,
        dates=_distinct(dates), saved_text=_saved(lines, top, at), body_from=body_from,
    )  # fmt: skip


def _distinct(dates: list[tuple[float, DateText]]) -> tuple[DateText, ...]:
    """The dates from the surest on, none twice."""
    distinct: dict[str, DateText] = {}
    for _, each in dates:
        distinct.setdefault(each.text, each)
    return tuple(distinct.values())


def _body_from(lines: list[Line], at: int | None, story: Story) -> int:
    """The first line of the story that is not heading: below the headline, and below a date under it."""
    body_from = story.start
    if at is not None and story.start <= at:
        body_from = at + 1
    skipped = 0
    for i in range(body_from, min(body_from + 8, story.end)):
        text = lines[i].text
        if _is_date_line(text) and lines[i].words < 20:
            return i + 1
        skipped += lines[i].words >= 12 and lines[i].ends_sentence and not is_caption(text)
        if skipped > 2:  # a summary and a caption at most: then the story has begun
            break
    return body_from


# --- headline ---------------------------------------------------------------------------------------------------------


def _headline_at(lines: list[Line], story: Story) -> int | None:
    """The index of the headline: the best of the lines above the story, and of its first."""
    said = _words_of(lines, story)
    first = max(0, story.start - REACH)
    counts = Counter(line.text for line in lines)
    merits = {
        i: _merit(lines, i, story, said, counts)
        for i in range(first, min(story.start + 3, story.end or len(lines), len(lines)))
    }
    best = max(merits, key=lambda i: (merits[i], i), default=None)
    if best is None or merits[best] <= 0:
        return None
    # Of lines as good as each other, the upper: a summary says the headline again, below it.
    return min(i for i in merits if best - 4 <= i <= best and merits[i] >= AS_GOOD * merits[best])


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def _words_of(lines: list[Line], story: Story) -> Counter[str]:
    said: Counter[str] = Counter()
    for i in story.kept[:60]:
        said.update({word[:STEM] for word in _words(lines[i].text)})
    return said


def _words(text: str) -> list[str]:
    """Words in small letters; in scripts without spaces, each two characters that stand together."""
    words = _WORD.findall(text.lower())
    if any(_UNSPACED.match(word) for word in words):
        return [word[i : i + 2] for word in words for i in range(len(word) - 1)]
    return words


_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def _merit(lines: list[Line], i: int, story: Story, said: Counter[str], counts: Counter[str]) -> float:
    line = lines[i]
    text = line.text
    if not 2 <= line.words <= 30 or len(text) > 250 or line.is_item:
        return 0.0
    if is_furniture(text) or is_caption(text) or ends_story(text) or _BYLINE.match(text) or _is_date_line(text):
        return 0.0
    if dateline(text) is not None:
        return 0.0
    said_here = _words(text)
    words = [word for word in said_here if len(word) > 3] or said_here
    if not words:
        return 0.0
    # Of a headline nearly all the words come again in the story; of another story's headline, few.
    shared = sum(word[:STEM] in said for word in words) / max(len(words), 3)
    merit = 0.15 + shared
    merit *= {2: 0.35, 3: 0.6, 4: 0.85}.get(line.words, 1.0) if line.words < 5 else (1.0 if line.words <= 18 else 0.7)
    if text.endswith((".", ":", ",", ";")) and not text.endswith("..."):
        merit *= 0.35
    if text.isupper() and any(_is_plain(each) for each in (*lines[max(0, i - 1) : i], *lines[i + 1 : i + 2])):
        merit *= 0.4  # beside a line in small letters, capitals are the kicker
    if any(each.words >= 4 and each.text != text and each.text in text for each in lines[i + 1 : i + 6]):
        merit *= 0.3  # a trail of breadcrumbs, or a window's title, that has the headline in it
    if i >= story.start:
        merit *= 0.6
    distance = max(0, story.start - i)
    merit *= 1.0 - 0.5 * distance / REACH
    following = lines[i + 1 : i + 7]
    if any(_is_date_line(each.text) or _BYLINE.match(each.text) for each in following):
        merit *= 1.3
    if counts[text] > 1:
        merit *= 1.1
    return merit


def _is_plain(line: Line) -> bool:
    """Whether a line could be a headline in small letters."""
    return (
        4 <= line.words <= 20
        and not line.text.isupper()
        and not is_furniture(line.text)
        and not _BYLINE.match(line.text)
        and not _is_date_line(line.text)
    )


# --- over the headline ------------------------------------------------------------------------------------------------

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


def _above(lines: list[Line], at: int) -> tuple[str, str]:
    """The kicker and the section, from the two lines above the headline."""
    elsewhere = Counter(line.text.lower() for line in lines)
    kicker = section = ""
    for i in range(at - 1, max(-1, at - 4), -1):
        text = lines[i].text
        if _is_date_line(text) or dateline(text) is not None or len(text) > 120:
            continue
        if known := section_of(text):
            section = section or known
            continue
        if lines[i].number < lines[at].number - 6:
            break
        is_menu = elsewhere[text.lower()] > 1 or lines[i].is_item
        if not kicker and i == at - 1 and not is_menu and _may_be_kicker(lines[i], lines[at]):
            kicker = text
    return kicker, section


def _may_be_kicker(line: Line, headline: Line) -> bool:
    text = line.text
    if is_furniture(text) or ends_story(text) or is_caption(text) or _BYLINE.match(text):
        return False
    return 2 <= line.words <= 12 and not line.ends_sentence and line.indent == headline.indent


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


# --- between headline and story ---------------------------------------------------------------------------------------

_BYLINE = re.compile(
    r"(?:(?:written|reported|posted|published|story|words|text|analysis|review|report)\s+)?(?:by|von|par|por|di|door)\b\s*:?\s*\S",
    re.IGNORECASE,
)


def _is_date_line(text: str) -> bool:
    """Whether a line is a date and little else."""
    found = find_dates(text)
    rest = len(text) - sum(date.end - date.start for date in found)
    return bool(found) and len(text) < 140 and rest < (90 if found[0].label in ("published", "updated") else 60)


def _byline(lines: list[Line], top: int, body_from: int, at: int | None) -> str:
    if at is None:
        return ""
    for line in lines[top + 1 : body_from]:
        if line.words <= 20 and _BYLINE.match(line.text) and (names(_without_dates(line.text)) or line.words <= 6):
            return _without_dates(line.text)
    return ""


def _without_dates(text: str) -> str:
    for date in reversed(find_dates(text)):
        text = text[: date.start]
    return re.sub(r"\W*(?:published|updated|posted|on|last)?\W*$", "", text, flags=re.IGNORECASE)


def _summary(lines: list[Line], at: int | None, body_from: int) -> str:
    """The line under the headline that says more of it."""
    if at is None:
        return ""
    for line in lines[at + 1 : min(at + 3, body_from)]:
        text = line.text
        if (
            line.words >= 8
            and line.lower_share > 0.4
            and not (
                is_furniture(text) or is_caption(text) or _BYLINE.match(text) or _is_date_line(text) or dateline(text)
            )
        ):
            return text
    return ""


# --- dates ------------------------------------------------------------------------------------------------------------


def _dates(lines: list[Line], at: int | None, top: int, body_from: int, story: Story) -> list[tuple[float, DateText]]:
    """Dates that may be the day of publication, with how sure: by label and by nearness to the headline."""
    found: list[tuple[float, DateText]] = []
    first = max(1, top - 6)
    for i in range(first, min(body_from + 2, len(lines))):
        for printed in find_dates(lines[i].text):
            sure = _sureness(lines[i], printed)
            if i < top:
                sure -= 20 + 3 * (top - i) + (15 if _is_masthead(lines[i], printed) else 0)
            elif i >= body_from:
                sure -= 30
            else:
                sure -= min(i - top, 20) / 2
            found += _texts(sure, printed)
    for i in range(story.end, min(story.end + AFTER, len(lines))):
        for printed in find_dates(lines[i].text):
            if printed.label == "published" or "published" in lines[i].text.lower():
                found += _texts(_sureness(lines[i], printed) - 35, printed)
    return [(sure, text) for sure, text in found if sure > 0]


def _sureness(line: Line, printed: PrintedDate) -> float:
    sure = {"published": 70.0, "": 55.0, "updated": 40.0, "other": -100.0}[printed.label]
    if line.words > 20 or (line.ends_sentence and line.words > 12) or is_caption(line.text):
        sure -= 50.0  # a date in a sentence is of what the sentence says
    if printed.text != printed.day:
        sure += 5.0
    if re.search(r"©|copyright|\(c\)", line.text, re.IGNORECASE):
        sure -= 100.0
    return sure


def _is_masthead(line: Line, printed: PrintedDate) -> bool:
    """Whether a line is a weekday and a date alone, as papers print today's over the page."""
    return printed.text == printed.day and len(line.text) - len(printed.day) < 14 and not printed.label


def _texts(sure: float, printed: PrintedDate) -> list[tuple[float, DateText]]:
    """With the time of day first, which may not be readable, then the day alone."""
    texts = [(sure, DateText(printed.text, "page"))]
    if printed.text != printed.day:
        texts.append((sure - 0.1, DateText(printed.day, "page")))
    return texts


def _saved(lines: list[Line], top: int, at: int | None) -> str:
    """The day that the page shows over its masthead: when it was saved, not when the story ran."""
    for i, line in enumerate(lines[: max(top, 1)]):
        for printed in find_dates(line.text):
            if _is_masthead(line, printed) and (i == 0 or top - i > 6):
                return printed.text
    return ""
