"""Snippets: the fragments of a text that best show why it matched, with the spans that did.

Not for markup: a highlight is a span, and the web floor draws it; so are the dots where a text was cut.

>>> from searchsvc.model.query import Phrase, Term
>>> found = snippet("Rain at last. Russia launched air strikes in Syria.", "en", (Term("syria"), Phrase("air strikes")))
>>> [f.text[a:b] for f in found.fragments for a, b in f.highlights]
['air strikes', 'Syria']
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, find_field
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Query, Span, Term, positive_leaves
from searchsvc.model.result import Fragment, Snippet
from searchsvc.text.analyzer import Token, tokenize
from searchsvc.text.matching import Matcher, WordLeaf, matcher

# How far into a text we look, in characters: a longer one is shown by what its first part holds.
SEEN = 100_000

# Of a word that is everywhere, so many occurrences are enough to choose passages from.
CONSIDERED = 200

FRAGMENTS = 2
WIDTH = 200  # characters of a fragment, about


def snippets_of(
    article: Article,
    query: Query,
    *,
    languages: Iterable[str] = ("en",),
    exact: bool = False,
    query_fields: Iterable[str] = SEARCHED_FIELDS,
) -> Mapping[str, Snippet]:
    """What to show of a found article: "headline", "kicker" and "body" where it has them, "summary" where it matched.

    Headline and kicker are whole; of the body the best passages, or the lead where nothing in it matched.
    """
    searched = tuple(query_fields)
    by_field = {name: _leaves_in(name, query, searched) for name in ("headline", "kicker", "summary", "body")}
    words = tuple(languages)
    snippets: dict[str, Snippet] = {}
    for name, text in (("headline", article.headline), ("kicker", article.kicker)):
        if text or name == "headline":
            fragment = highlighted(text, article.language, by_field[name], languages=words, exact=exact)
            snippets[name] = Snippet((fragment,))
    if article.summary:
        summary = snippet(article.summary, article.language, by_field["summary"], languages=words, exact=exact)
        if any(fragment.highlights for fragment in summary.fragments):
            snippets["summary"] = summary
    if article.body.strip():
        snippets["body"] = snippet(article.body, article.language, by_field["body"], languages=words, exact=exact)
    return MappingProxyType(snippets)


def snippet(
    text: str,
    language: str,
    leaves: Sequence[WordLeaf],
    *,
    languages: Iterable[str] = ("en",),
    exact: bool = False,
    fragments: int = FRAGMENTS,
    width: int = WIDTH,
) -> Snippet:
    """The best passages of a long text, in its order; its lead when no leaf matched.

    A passage with more of the leaves is better, then one that has them closer together, then the earlier. They do not
    overlap, begin and end with whole words, begin with a sentence where that fits, and are about `width` characters.
    White space in a fragment is single spaces.
    """
    seen = text[:SEEN]
    tokens = tokenize(seen, language) if leaves else []
    marks = _marks(tokens, leaves, tuple(languages), exact)
    if not marks:
        return lead(seen, width)
    page = _Page(seen, tokens)
    passages: list[Span] = []
    covered: set[int] = set()
    for _ in range(fragments):
        best = _best_core(marks, passages, covered, width)
        if best is None:
            break
        passages.append(page.passage(best.start, best.end, _bounds(best, passages, len(seen)), width))
        covered |= {mark.leaf for mark in marks if passages[-1][0] <= mark.start and mark.end <= passages[-1][1]}
    spans = _merged(marks)
    return Snippet(tuple(_fragment(seen, start, end, spans) for start, end in sorted(passages)))


def lead(text: str, width: int = WIDTH) -> Snippet:
    """The first sentences of a text that fit into `width` characters, or of the first one as many words as do.

    >>> lead("One thing happened. Another followed it.", 25).fragments[0].text
    'One thing happened.'
    """
    start = len(text) - len(text.lstrip())
    if start == len(text):
        return Snippet()
    near = text[start : start + 2 * width + 100]  # all that is looked at
    page = _Page(near, ())
    end = page.end(0, 0, len(near), width)
    return Snippet((_fragment(near, 0, end, ()),))


def highlighted(
    text: str, language: str, leaves: Sequence[WordLeaf], *, languages: Iterable[str] = ("en",), exact: bool = False
) -> Fragment:
    """The whole of a short text, unchanged, with spans on what matched."""
    tokens = tokenize(text[:SEEN], language) if leaves else []
    return Fragment(text, tuple(_merged(_marks(tokens, leaves, tuple(languages), exact))))


class _Mark(NamedTuple):
    """An occurrence as a span of the text, and which leaf it is of."""

    start: int
    end: int
    leaf: int


class _Core(NamedTuple):
    """Marks that a passage is built around: `rank` is the greater the better."""

    rank: tuple[int, int, int, int]
    start: int
    end: int


def _leaves_in(field: str, query: Query, query_fields: Sequence[str]) -> tuple[WordLeaf, ...]:
    """The distinct positive word leaves that are looked for in this field."""
    found: dict[WordLeaf, None] = {}
    for leaf in positive_leaves(query):
        if not isinstance(leaf, Term | Phrase | Prefix | Fuzzy):
            continue
        named = find_field(leaf.field) if leaf.field is not None else None
        if (leaf.field is None and field in query_fields) or (named is not None and named.name == field):
            found[leaf] = None
    return tuple(found)


# The hits of a page share their query; a leaf is analysed once.
@lru_cache(maxsize=512)
def _matcher(leaf: WordLeaf, languages: tuple[str, ...], exact: bool) -> Matcher:
    return matcher(leaf, languages=languages, exact=exact)


def _marks(tokens: Sequence[Token], leaves: Sequence[WordLeaf], languages: tuple[str, ...], exact: bool) -> list[_Mark]:
    """The first occurrences of each leaf, as spans of the text in its order."""
    return sorted(
        _Mark(tokens[occurrence.first].start, tokens[occurrence.end - 1].end, number)
        for number, leaf in enumerate(leaves)
        for occurrence in islice(_matcher(leaf, languages, exact)(tokens), CONSIDERED)
    )


def _merged(marks: Iterable[_Mark]) -> list[Span]:
    """Spans in order, overlapping ones made one."""
    spans: list[Span] = []
    for start, end, _ in marks:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _best_core(marks: Sequence[_Mark], taken: Sequence[Span], covered: set[int], width: int) -> _Core | None:
    """The best run of marks that fits a passage outside those `taken`; leaves not yet `covered` count first."""
    cores = (core for i in range(len(marks)) if (core := _core_from(marks, i, taken, covered, width)) is not None)
    return max(cores, key=lambda core: core.rank, default=None)


def _core_from(marks: Sequence[_Mark], i: int, taken: Sequence[Span], covered: set[int], width: int) -> _Core | None:
    """The run that begins with mark `i`: on to the last mark that adds a leaf and still fits."""
    start = marks[i].start
    limit = min((low for low, _ in taken if low > start), default=None)
    if any(start < high and low < marks[i].end for low, high in taken):
        return None
    held: set[int] = set()
    end = start
    for mark in islice(marks, i, None):
        beyond = mark.end - start > width or (limit is not None and mark.end > limit)
        if mark.start > start + width or (beyond and held):
            break
        if mark.leaf not in held:
            held.add(mark.leaf)
            end = max(end, mark.end)
    return _Core((len(held - covered), len(held), start - end, -start), start, end)


def _bounds(core: _Core, passages: Sequence[Span], length: int) -> Span:
    """How far a passage around the core may reach without running into another."""
    low = max((high for _, high in passages if high <= core.start), default=0)
    high = min((low for low, _ in passages if low >= core.end), default=length)
    return low, high


# The end of a sentence: its mark, closing quotes, white space and no small letter; or the end of a line.
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[^\W_a-z]|[\"'“‘«(\[])|\n+|[。！？]")

# A full stop after these ends no sentence: titles, and the single capitals of initials and U.S.
_NO_END = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|Col|Lt|Prof|No)|(?<![^\W_])[A-Z])\Z")


def _sentences(text: str) -> list[int]:
    """Where sentences begin."""
    return [0] + [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if text[match.start()] != "." or _NO_END.search(text, max(0, match.start() - 6), match.start()) is None
    ]


class _Page:
    """A text and where one may begin and end in it."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.sentences = _sentences(text)
        self.starts = [token.start for token in tokens]
        self.ends = [token.end for token in tokens]

    def passage(self, start: int, end: int, bounds: Span, width: int) -> Span:
        """The span to show around `start` to `end`, within `bounds`."""
        end = min(end, start + 2 * width)  # a run of far-apart words is cut
        begin = self.start(start, end, bounds[0], width)
        stop = self.end(begin, end, bounds[1], width)
        # Near the end of the text there may be room for the sentences before.
        for sentence in reversed(self.sentences[: bisect_left(self.sentences, begin)]):
            if sentence < bounds[0] or stop - sentence > width:
                break
            begin = sentence
        return begin, stop

    def start(self, start: int, end: int, low: int, width: int) -> int:
        """Where a passage around `start` to `end` begins: its sentence if that fits, else a few words before."""
        sentence = self.sentences[bisect_right(self.sentences, start) - 1]
        if sentence >= low and end - sentence <= width:
            return sentence
        target = max(low, start - max(0, width - (end - start)) // 3)
        for place in range(target, start):
            if place == low or self.text[place - 1].isspace():
                return place
        word = bisect_left(self.starts, target)
        return min(self.starts[word], start) if word < len(self.starts) else start

    def end(self, begin: int, end: int, high: int, width: int) -> int:
        """Where a passage ends: with a sentence in the last part of its width, else with a word."""
        target = begin + width
        if high <= target:
            return high
        index = bisect_right(self.sentences, target + 1) - 1
        sentence = self.sentences[index]
        if sentence >= max(end, begin + width * 6 // 10):
            return sentence
        for place in range(min(target, high), end, -1):
            if self.text[place].isspace():
                return place
        word = bisect_right(self.ends, target) - 1
        return max(self.ends[word], end) if word >= 0 else max(target, end)


def _fragment(text: str, start: int, end: int, spans: Sequence[Span]) -> Fragment:
    """The run of text with white space made single, and those of its spans that lie in it."""
    parts: list[str] = []
    moved: list[tuple[int, int]] = []  # from this place of the text on, places are so much less
    length = 0
    for word in re.finditer(r"\S+", text[start:end]):
        if parts:
            length += 1
        moved.append((start + word.start(), start + word.start() - length))
        parts.append(word.group())
        length += len(word.group())
    places = [place for place, _ in moved]

    def place_of(place: int) -> int:
        return place - moved[max(0, bisect_right(places, place) - 1)][1]

    shown = (_trimmed(text, max(a, start), min(b, end)) for a, b in spans if a < end and b > start)
    highlights = tuple((place_of(a), place_of(b - 1) + 1) for a, b in shown if a < b)
    return Fragment(" ".join(parts), highlights)


def _trimmed(text: str, start: int, end: int) -> Span:
    """A span without the white space at its ends: a run that was cut may end in some."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
