"""Heading: what stands over a story: headline, kicker, summary, byline, dates; and the section, over it or under it.

The headline is looked for upwards from the story: near it, of a headline's length, of the story's words.
"""

import re
from collections import Counter
from dataclasses import dataclass

from searchsvc.ingest.credits import dateline, names
from searchsvc.ingest.draft import DateText
from searchsvc.ingest.page.dating import dates_around, is_date_line, saved_text
from searchsvc.ingest.page.furniture import ends_story, is_caption, is_furniture
from searchsvc.ingest.page.lines import Line
from searchsvc.ingest.page.printed_dates import find_dates
from searchsvc.ingest.page.sections import section_of
from searchsvc.ingest.page.story import Story

REACH = 45  # lines above the story that are looked at: galleries and buttons of sharing can come between
AS_GOOD = 0.85  # of the merit of the best line
STEM = 6  # letters that two forms of a word share, more or less, in whatever language


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands over a story of a text dump; a field is empty when nothing was found for it."""

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
    dates += dates_around(lines, top, body_from, story)
    dates.sort(key=lambda pair: -pair[0])
    return Heading(
        headline="" if at is None else lines[at].text, kicker=kicker, section=section,
        summary=_summary(lines, at, body_from), byline=byline, place=place, agency=agency,
        dates=_distinct(dates), saved_text=saved_text(lines, top), body_from=body_from,
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
        if is_date_line(text) and lines[i].words < 20:
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
    if line.words > 30 or len(text) > 250 or line.is_item:
        return 0.0
    if is_furniture(text) or is_caption(text) or ends_story(text) or _BYLINE.match(text) or is_date_line(text):
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
    merit *= (
        {1: 0.2, 2: 0.35, 3: 0.6, 4: 0.85}.get(line.words, 1.0)
        if line.words < 5
        else (1.0 if line.words <= 18 else 0.7)
    )
    if text.endswith((".", ":", ",", ";")) and not text.endswith("..."):
        merit *= 0.35
    if text.isupper() and any(_is_plain(each) for each in (*lines[max(0, i - 1) : i], *lines[i + 1 : i + 2])):
        merit *= 0.4  # beside a line in small letters, capitals are the kicker
    if any(each.words >= 4 and each.text != text and each.text in text for each in lines[i + 1 : i + 6]):
        merit *= 0.3  # a trail of breadcrumbs, or a window's title, that has the headline in it
    if i >= story.start:
        merit *= 0.3 if text.endswith((".", ".”", '."')) and line.words >= 8 else 0.6
    distance = max(0, story.start - i)
    merit *= 1.0 - 0.5 * distance / REACH
    following = lines[i + 1 : i + 7]
    if any(is_date_line(each.text) or _BYLINE.match(each.text) for each in following):
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
        and not is_date_line(line.text)
    )


# --- over the headline ------------------------------------------------------------------------------------------------


def _above(lines: list[Line], at: int) -> tuple[str, str]:
    """The kicker and the section, from the two lines above the headline."""
    elsewhere = Counter(line.text.lower() for line in lines)
    kicker = section = ""
    for i in range(at - 1, max(-1, at - 4), -1):
        text = lines[i].text
        if is_date_line(text) or dateline(text) is not None or len(text) > 120:
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


# --- between headline and story ---------------------------------------------------------------------------------------

_BYLINE = re.compile(
    r"(?:(?:written|reported|posted|published|story|words|text|analysis|review|report)\s+)?(?:by|von|par|por|di|door)\b\s*:?\s*\S",
    re.IGNORECASE,
)


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
            line.words >= 6
            and line.lower_share > 0.4
            and not (
                is_furniture(text) or is_caption(text) or _BYLINE.match(text) or is_date_line(text) or dateline(text)
            )
        ):
            return text
    return ""
