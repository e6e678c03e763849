"""Tags: the subjects that a page names over or under its story.

>>> from searchsvc.ingest.page.lines import read_lines
>>> from searchsvc.ingest.page.story import Story
>>> find_tags(read_lines("Tags: Putin | Islamic State |"), 0, Story(0, 0, ()))
('Putin', 'Islamic State')
"""

import re

from searchsvc.ingest.page.furniture import is_furniture
from searchsvc.ingest.page.lines import Line
from searchsvc.ingest.page.sections import section_of
from searchsvc.ingest.page.story import Story

REACH = 40  # lines below the story
MOST_WORDS = 6  # of one tag
MOST = 30

_MARK = r"\s*(?P<mark>[:|–-])?\s*"
_TAGS = re.compile(
    r"(?:(?:related |article |story )?(?:tags?|keywords?|topics?)|(?:more )?related (?:topics?|tags?)|"
    r"tagged(?: (?:in|with|as|under))?|(?:read|explore) more (?:on|about)(?: these topics)?|"
    rf"more on(?: this (?:story|topic))?|mots[- ]clés|schlagw[oö]rter|themen|etiquetas|temas|sujets){_MARK}",
    re.IGNORECASE,
)
_FILED = re.compile(rf"(?:filed under|posted in){_MARK}", re.IGNORECASE)


def find_tags(lines: list[Line], body_from: int, story: Story) -> tuple[str, ...]:
    """The tags after a label, on its line or the lines under it; below the story first, then above.

    What a story was filed under counts when nothing else is called tags, and is more than its section.
    """
    kept = frozenset(story.kept)
    below = range(story.end, min(story.end + REACH, len(lines)))
    within = (i for i in range(body_from, story.end) if i not in kept)
    above = range(body_from - 1, max(-1, body_from - REACH), -1)
    places = [*below, *within, *above]
    for shape in (_TAGS, _FILED):
        for i in places:
            if (label := shape.match(lines[i].text)) is not None:
                tags = _after(lines, i, label)
                if tags and not (shape is _FILED and len(tags) == 1 and section_of(tags[0])):
                    return tags[:MOST]
    return ()


def _after(lines: list[Line], i: int, label: re.Match[str]) -> tuple[str, ...]:
    rest = lines[i].text[label.end() :]
    if not rest:
        return _listed(lines, i + 1)
    return _split(rest) if label["mark"] else ()


def _split(text: str) -> tuple[str, ...]:
    separator = next((each for each in "|;•·#" if each in text), ",")
    return _short(text.split(separator))


def _listed(lines: list[Line], start: int) -> tuple[str, ...]:
    """Lines under a label, as long as they are alike: items, or short lines at one column."""
    found: list[str] = []
    first = lines[start] if start < len(lines) else None
    for line in lines[start : start + MOST]:
        if first is None or line.indent != first.indent or line.is_item != first.is_item or line.words > MOST_WORDS:
            break
        if line.ends_sentence or is_furniture(line.text):
            break
        found.append(line.text)
    if first is not None and not first.is_item and len(found) == 1 and "," in found[0]:
        return _split(found[0])
    return _short(found) if first is not None and (first.is_item or 1 < len(found) <= 12) else ()


def _short(texts: list[str]) -> tuple[str, ...]:
    return tuple(tag for text in texts if (tag := text.strip(" ,.#:|")) and len(tag.split()) <= MOST_WORDS)
