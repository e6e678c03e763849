"""Lines: a page's lines that say something, each with what can be seen of it without reading it.

>>> [(line.text, line.indent, line.is_item) for line in read_lines("Home\\n  * News\\n\\n »\\n")]
[('Home', 0, False), ('News', 2, True)]
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from searchsvc.text.cleaning import tidy_line

# A page whose long lines all end before this column was wrapped by the machine that saved it.
WIDEST_WRAP = 100
_ITEM = re.compile(r"(?:[*•▪◦·‣+\-–—o]|\d{1,2}\.|\[\d+\])\s+")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(r"[.!?…।。！？؟][\"”’»'’)\]]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with words in it. `number` counts all lines from 1, `indent` columns before its first character."""

    text: str
    number: int
    indent: int
    is_item: bool  # began with a bullet or a number, which is not in the text
    words: int = field(init=False)
    ends_sentence: bool = field(init=False)
    lower_share: float = field(init=False)  # of its words that begin with a letter, those not with a capital

    def __post_init__(self) -> None:
        words = self.text.split()
        set_ = object.__setattr__  # the way to derive fields of a frozen dataclass
        set_(self, "words", _count(self.text, words))
        set_(self, "ends_sentence", _SENTENCE_END.search(self.text) is not None)
        capitals = [word[0].isupper() for word in words if word[0].isalpha()]
        set_(self, "lower_share", 1 - sum(capitals) / len(capitals) if capitals else 0.0)


def read_lines(text: str) -> list[Line]:
    """The lines that have a letter or a digit, wrapped ones joined."""
    raw = [(number, line.replace("\u00a0", " ").expandtabs()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [_line(number, line) for number, line in (_unwrapped(raw) if _is_wrapped(raw) else raw)]
    return [line for line in lines if line is not None]


def _line(number: int, raw: str) -> Line | None:
    indent = len(raw) - len(raw.lstrip())
    text = tidy_line(raw)
    item = _ITEM.match(text)
    if item is not None and not text[0].isdigit():
        text = text[item.end() :]
    if _SAYS_SOMETHING.search(text) is None:
        return None
    return Line(text, number, indent, item is not None)


def _count(text: str, words: list[str]) -> int:
    """Words; in scripts without spaces some two characters make one."""
    return max(len(words), len(_UNSPACED.findall(text)) // 2)


_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def _is_wrapped(raw: list[tuple[int, str]]) -> bool:
    """Whether no line is long, and full lines follow upon each other."""
    widths = [len(line.rstrip()) for _, line in raw]
    widest = max(widths, default=0)
    if not 40 <= widest <= WIDEST_WRAP:
        return False
    full = [width for width in widths if width > 0.75 * widest]
    followed = sum(1 for one, two in pairwise(widths) if one > 0.75 * widest and two > 0)
    return len(full) >= 6 and followed >= 0.6 * len(full) and median(full) > 50


def _unwrapped(raw: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines joined to the full line before them; a blank line, a bullet or a new indent keeps them apart."""
    widest = max(len(line.rstrip()) for _, line in raw)
    joined: list[tuple[int, list[str]]] = []
    before = ""
    for number, line in raw:
        begins_anew = not line.strip() or _ITEM.match(line.strip()) or _indent(line) > _indent(before) + 1
        if len(before.rstrip()) > 0.65 * widest and not begins_anew:
            joined[-1][1].append(line.strip())
        else:
            joined.append((number, [line.rstrip()]))
        before = line
    return [(number, " ".join(pieces)) for number, pieces in joined]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
