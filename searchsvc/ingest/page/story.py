"""Story: which lines of a page are the story itself.

Each line weighs something: prose as many points as it has words, links and furniture less than nothing. The story is
the run of lines that weighs most (the maximum subsequence of Pasternack and Roth, "Extracting article text from the
web with maximum subsequence segmentation", 2009), less the furniture within it.
"""

import re
from collections import Counter
from dataclasses import dataclass

from searchsvc.ingest.page.furniture import Ending, ends_story, how_it_ends, is_caption, is_furniture
from searchsvc.ingest.page.lines import Line

PROSE_WORDS = 8  # a sentence has that many; a link or a label seldom
FULL_WEIGHT = 60  # words beyond this add nothing: one long notice is no story
LINK = -7.0  # a short line without a full stop
FURNITURE = -12.0
PAUSE = -40.0  # a heading such as "Related": a box in the middle of a story, or its end
END = -90.0  # a heading such as "Most read": what follows must be a story of its own to be worth crossing it
READERS = -91.0  # a heading such as "Comments"
OTHER_INDENT = 0.5  # of the weight, for prose that is not set where the story's is
DEEPER_INDENT = 0.3  # of the weight, for what is no prose and set further in: a box within the story
A_STORY = 60.0  # weight that may be a story
SURELY_A_STORY = 150.0
AFTER_A_STORY = 0.3  # of the weight, for what readers say below what may be a story
AFTER_SURELY = 0.1


@dataclass(frozen=True, slots=True)
class Story:
    """Lines `start` to `end` (excluded) hold the story; `kept` are the indexes of those that are of it."""

    start: int
    end: int
    kept: tuple[int, ...]


def find_story(lines: list[Line]) -> Story:
    """The story; where a page has no prose, all its lines that are not furniture."""
    repeated = _repeated(lines)
    # The column of the story's prose is known when the story is: looked for twice, first in every column.
    start, end = _heaviest_run(lines, [_weight(line, None, line.text in repeated) for line in lines])
    indent = _usual_indent(lines[start:end])
    weights = [_weight(line, indent, line.text in repeated) for line in lines]
    start, end = _heaviest_run(lines, weights)
    if start == end:
        return Story(0, len(lines), tuple(i for i, line in enumerate(lines) if weights[i] > FURNITURE))
    lone_columns = _lone_columns(lines[start:end], indent)
    boxed = _in_boxes(lines, start, end, weights)
    kept = tuple(
        i
        for i in range(start, end)
        if (weights[i] > 0 and lines[i].indent not in lone_columns)
        or (i not in boxed and lines[i].text not in repeated and _is_heading_within(lines, i, start, end, weights))
    )
    return Story(start, end, kept)


def _usual_indent(lines: list[Line]) -> int | None:
    """The column where most of the prose begins."""
    columns: Counter[int] = Counter()
    for line in lines:
        if _is_prose(line) and not is_furniture(line.text):
            columns[line.indent] += min(line.words, FULL_WEIGHT)
    return columns.most_common(1)[0][0] if columns else None


def _lone_columns(lines: list[Line], indent: int | None) -> frozenset[int]:
    """Columns further in than the story's where one line of prose stands alone: the words under a picture."""
    columns = Counter(line.indent for line in lines if _is_prose(line))
    return frozenset(
        column for column, count in columns.items() if indent is not None and column > indent and count == 1
    )


def _repeated(lines: list[Line]) -> frozenset[str]:
    """Texts that stand on the page more than once."""
    return frozenset(text for text, count in Counter(line.text for line in lines).items() if count > 1)


def _is_prose(line: Line) -> bool:
    if line.words < PROSE_WORDS or line.lower_share <= 0.3:
        return False
    if line.text.endswith(("...", "…")) and line.words < 40:  # the beginning of another story
        return False
    return line.ends_sentence or (line.words >= 2 * PROSE_WORDS and _SENTENCE_SIGN.search(line.text) is not None)


_SENTENCE_SIGN = re.compile(r"[,;:.?!] |[”\"»]")


def _weight(line: Line, indent: int | None, is_repeated: bool) -> float:
    share = 1.0 if indent is None or line.indent == indent else OTHER_INDENT
    boxed = DEEPER_INDENT if indent is not None and line.indent > indent else 1.0
    match how_it_ends(line.text):
        case Ending.READERS:
            return READERS
        case Ending.END:
            return END * boxed
        case Ending.PAUSE:
            return PAUSE * boxed
        case Ending.NONE:
            pass
    if is_furniture(line.text) or is_caption(line.text):
        return FURNITURE * boxed
    if _is_prose(line):
        weight = min(line.words, FULL_WEIGHT) * (1.0 if line.ends_sentence else 0.5)
        return weight * share * (0.5 if line.is_item else 1.0) * (0.2 if is_repeated else 1.0)
    if line.ends_sentence and 2 <= line.words < PROSE_WORDS and not line.is_item:
        return 0.5 * line.words * share
    return boxed * (LINK if not line.is_item else 1.3 * LINK)


def _heaviest_run(lines: list[Line], weights: list[float]) -> tuple[int, int]:
    """Kadane: the run with the greatest sum, prose below the end of a first story counting less."""
    best, best_run = 0.0, (0, 0)
    total, start = 0.0, 0
    share = 1.0
    for i, weight in enumerate(weights):
        if weight == READERS and best >= A_STORY:
            share = min(share, AFTER_SURELY if best >= SURELY_A_STORY else AFTER_A_STORY)
        if total <= 0:
            total, start = 0.0, i
        total += weight * share if weight > 0 else weight
        if total > best:
            best, best_run = total, (start, i + 1)
    return best_run


def _in_boxes(lines: list[Line], start: int, end: int, weights: list[float]) -> frozenset[int]:
    """The lines under the heading of a box, until the story goes on."""
    boxed: set[int] = set()
    is_boxed = False
    for i in range(start, end):
        is_boxed = weights[i] <= 0 and (is_boxed or ends_story(lines[i].text))
        if is_boxed:
            boxed.add(i)
    return frozenset(boxed)


def _is_heading_within(lines: list[Line], i: int, start: int, end: int, weights: list[float]) -> bool:
    """Whether a short line is a heading within the story, or an item of a list in it: it has prose on both sides."""
    text = lines[i].text
    if weights[i] > 0 or is_furniture(text) or is_caption(text):
        return False
    before = max(weights[max(start, i - 3) : i], default=0.0)
    after = max(weights[i + 1 : min(end, i + 4)], default=0.0)
    return before > PROSE_WORDS and after > PROSE_WORDS
