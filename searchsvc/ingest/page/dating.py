"""Dating: which of the dates on a page is the day of publication, and which the day on which the page was saved.

Where dates stand in a line is for `printed_dates`, what days they are for `text.dates`.

>>> from searchsvc.ingest.page.lines import read_lines
>>> lines = read_lines("Friday 3 May 2024\\n\\nRain\\n\\nPublished: 16 July 1969\\n\\nIt rained.\\n")
>>> [text.text for _, text in dates_around(lines, 1, 3, Story(3, 4, (3,)))], saved_text(lines, 1)
(['16 July 1969'], '3 May 2024')
"""

import re

from searchsvc.ingest.draft import DateText
from searchsvc.ingest.page.furniture import is_caption
from searchsvc.ingest.page.lines import Line
from searchsvc.ingest.page.printed_dates import PrintedDate, find_dates
from searchsvc.ingest.page.story import Story

AFTER = 8  # lines below the story where the date may stand


def is_date_line(text: str) -> bool:
    """Whether a line is a date and little else."""
    found = find_dates(text)
    rest = len(text) - sum(date.end - date.start for date in found)
    return bool(found) and len(text) < 140 and rest < (90 if found[0].label in ("published", "updated") else 60)


def dates_around(lines: list[Line], top: int, body_from: int, story: Story) -> list[tuple[float, DateText]]:
    """Dates that may be the day of publication, with how sure: by label, and by nearness to the headline at `top`."""
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


def saved_text(lines: list[Line], top: int) -> str:
    """The day that the page shows over its masthead: when it was saved, not when the story ran."""
    for i, line in enumerate(lines[: max(top, 1)]):
        for printed in find_dates(line.text):
            if _is_masthead(line, printed) and (i == 0 or top - i > 6):
                return printed.text
    return ""
