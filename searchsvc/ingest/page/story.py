"""Story: which lines of a page are the story itself.

Each line weighs something: prose as many points as it has words, links and furniture less than nothing. The story is
the run of lines that weighs most (the maximum subsequence of Pasternack and Roth, "Extracting article text from the
web with maximum subsequence segmentation", 2009), less the furniture within it.
"""

from collections import Counter
from dataclasses import dataclass

from searchsvc.ingest.page.furniture import ends_story, is_caption, is_furniture
from searchsvc.ingest.page.lines import Line

PROSE_WORDS = 8  # a sentence has that many; a link or a label seldom
FULL_WEIGHT = 60  # words beyond this add nothing: one long notice is no story
LINK = -7.0  # a short line without a full stop
FURNITURE = -12.0
HEADING_OF_THE_END = -90.0  # what follows must be a story of its own to be worth crossing it
OTHER_INDENT = 0.5  # of the weight, for prose that is not set where most of the prose is


@dataclass(frozen=True, slots=True)
class Story:
    """Lines `start` to `end` (excluded) hold the story; `kept` are the indexes of those that are of it."""

    start: int
    end: int
    kept: tuple[int, ...]


def find_story(lines: list[Line]) -> Story:
    """The story; an empty one where a page has no prose."""
    indent = _usual_indent(lines)
    repeated = _repeated(lines)
    weights = [_weight(line, indent, line.text in repeated) for line in lines]
    start, end = _heaviest_run(weights)
    kept = tuple(i for i in range(start, end) if _belongs(lines, i, start, end, weights, repeated))
    return Story(start, end, kept)


def _usual_indent(lines: list[Line]) -> int | None:
    """The column where most of the prose begins."""
    columns: Counter[int] = Counter()
    for line in lines:
        if _is_prose(line) and not is_furniture(line.text):
            columns[line.indent] += min(line.words, FULL_WEIGHT)
    return columns.most_common(1)[0][0] if columns else None


def _repeated(lines: list[Line]) -> frozenset[str]:
    """Texts that stand on the page more than once."""
    return frozenset(text for text, count in Counter(line.text for line in lines).items() if count > 1)


def _is_prose(line: Line) -> bool:
    return (
        line.words >= PROSE_WORDS and (line.ends_sentence or line.words >= 2 * PROSE_WORDS) and line.lower_share > 0.3
    )


def _weight(line: Line, indent: int | None, is_repeated: bool) -> float:
    if ends_story(line.text):
        return HEADING_OF_THE_END
    if is_furniture(line.text) or is_caption(line.text):
        return FURNITURE
    share = 1.0 if line.indent == indent else OTHER_INDENT
    if _is_prose(line):
        weight = min(line.words, FULL_WEIGHT) * (1.0 if line.ends_sentence else 0.5)
        return weight * share * (0.5 if line.is_item else 1.0) * (0.2 if is_repeated else 1.0)
    if line.ends_sentence and line.words >= 2 and not line.is_item:
        return 0.5 * line.words * share
    return LINK if not line.is_item else 1.3 * LINK


def _heaviest_run(weights: list[float]) -> tuple[int, int]:
    """Kadane: the run with the greatest sum."""
    best, best_run = 0.0, (0, 0)
    total, start = 0.0, 0
    for i, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, i
        total += weight
        if total > best:
            best, best_run = total, (start, i + 1)
    return best_run


def _belongs(lines: list[Line], i: int, start: int, end: int, weights: list[float], repeated: frozenset[str]) -> bool:
    """Whether a line between the first and last of a story is of the story."""
    line = lines[i]
    if weights[i] > 0:
        return True
    if weights[i] <= FURNITURE or line.text in repeated:
        return False
    # A heading within the story, or an item of a list in it: next to prose on both sides, or to its like.
    before = max(weights[max(start, i - 3) : i], default=0.0)
    after = max(weights[i + 1 : min(end, i + 4)], default=0.0)
    return before > PROSE_WORDS and after > PROSE_WORDS
