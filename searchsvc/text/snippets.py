"""Snippets: the fragments of a text that best show why it matched, with the spans that did.

Not for markup: a highlight is a span, and the web floor draws it; so are the dots where a text was cut. Finding what
matched is one step, by tokens, and `passages` choosing what to show is the other. An engine may do both in its own way,
and must give the same.

>>> from searchsvc.model.query import Phrase, Term
>>> found = snippet("Rain at last. Russia launched air strikes in Syria.", "en", (Term("syria"), Phrase("air strikes")))
>>> [f.text[a:b] for f in found.fragments for a, b in f.highlights]
['air strikes', 'Syria']
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from searchsvc.model.article import Article
from searchsvc.model.fields import SEARCHED_FIELDS, find_field
from searchsvc.model.query import Fuzzy, Phrase, Prefix, Query, Term, positive_leaves
from searchsvc.model.result import Fragment, Snippet
from searchsvc.text.analyzer import Token, tokenize
from searchsvc.text.matching import Matcher, WordLeaf, matcher
from searchsvc.text.passages import Mark, PassageCutter, Words, best_passages, fragment, merged, no_words, sentences

# How far into a text we look, in characters: a longer one is shown by what its first part holds.
SEEN = 100_000

# Of a word that is everywhere, so many occurrences are enough to choose passages from.
CONSIDERED = 200

FRAGMENTS = 2
WIDTH = 200  # characters of a fragment, about

SHOWN_FIELDS = ("headline", "kicker", "summary", "body")
PASSAGE_FIELDS = ("summary", "body")  # the others are shown whole


class FoundMarks(NamedTuple):
    """The first CONSIDERED marks of each leaf in the first SEEN characters of a text, ascending; and its words."""

    marks: Sequence[Mark] = ()
    words: Words = no_words


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
    words = tuple(languages)
    by_field = leaves_by_field(query, query_fields)

    def find(name: str) -> FoundMarks:
        return _found(getattr(article, name), article.language, by_field[name], words, exact)

    snippets = {"headline": Snippet((_whole(article.headline, find("headline")),))}
    if article.kicker:
        snippets["kicker"] = Snippet((_whole(article.kicker, find("kicker")),))
    if article.summary:
        summary = _best(article.summary, find("summary"), FRAGMENTS, WIDTH)
        if any(fragment.highlights for fragment in summary.fragments):
            snippets["summary"] = summary
    if article.body and not article.body.isspace():
        snippets["body"] = _best(article.body, find("body"), FRAGMENTS, WIDTH)
    return MappingProxyType(snippets)


def leaves_by_field(query: Query, query_fields: Iterable[str]) -> Mapping[str, tuple[WordLeaf, ...]]:
    """The distinct positive word leaves that are looked for in each of SHOWN_FIELDS."""
    found = fields_by_leaf(query, query_fields)
    return {name: tuple([leaf for leaf, names in found.items() if name in names]) for name in SHOWN_FIELDS}


def fields_by_leaf(query: Query, query_fields: Iterable[str]) -> dict[WordLeaf, tuple[str, ...]]:
    """The distinct positive word leaves, each with those of SHOWN_FIELDS in which it is looked for, at least one."""
    asked = set(query_fields)
    searched = tuple([name for name in SHOWN_FIELDS if name in asked])
    found: dict[WordLeaf, tuple[str, ...]] = {}
    for leaf in positive_leaves(query):
        if not isinstance(leaf, _WORDS):
            continue
        names = searched
        if leaf.field is not None:
            named = find_field(leaf.field)
            names = (named.name,) if named is not None and named.name in SHOWN_FIELDS else ()
        if names:
            found[leaf] = names
    return found


_WORDS = (Term, Phrase, Prefix, Fuzzy)


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
    return _best(text, _found(text, language, leaves, tuple(languages), exact), fragments, width)


def lead(text: str, width: int = WIDTH) -> Snippet:
    """The first sentences of a text that fit into `width` characters, or of the first one as many words as do.

    >>> lead("One thing happened. Another followed it.", 25).fragments[0].text
    'One thing happened.'
    """
    near = seen_of_lead(text, width)
    if not near:
        return Snippet()
    end = PassageCutter(near, no_words).end(0, 0, len(near), width, sentences(near, 0, width + 1))
    return Snippet((fragment(near, 0, end, ()),))


def seen_of_lead(text: str, width: int = WIDTH) -> str:
    """As much of a text, from its first word on, as is looked at to find its lead."""
    return text[:SEEN].lstrip()[: 2 * width + 100]


def highlighted(
    text: str, language: str, leaves: Sequence[WordLeaf], *, languages: Iterable[str] = ("en",), exact: bool = False
) -> Fragment:
    """The whole of a short text, unchanged, with spans on what matched."""
    return _whole(text, _found(text, language, leaves, tuple(languages), exact))


def _whole(text: str, found: FoundMarks) -> Fragment:
    return Fragment(text, tuple(merged(found.marks)) if found.marks else ())


def _best(text: str, found: FoundMarks, fragments: int, width: int) -> Snippet:
    seen = text[:SEEN]
    if not found.marks:
        return lead(text, width)
    passages = best_passages(seen, found.marks, found.words, fragments=fragments, width=width)
    return Snippet(tuple([fragment(seen, start, end, found.marks) for start, end in sorted(passages)]))


# The hits of a page share their query; a leaf is analysed once.
@lru_cache(maxsize=512)
def _matcher(leaf: WordLeaf, languages: tuple[str, ...], exact: bool) -> Matcher:
    return matcher(leaf, languages=languages, exact=exact)


def _found(text: str, language: str, leaves: Sequence[WordLeaf], languages: tuple[str, ...], exact: bool) -> FoundMarks:
    """What is found by way of tokens."""
    if not leaves:
        return FoundMarks()
    tokens = tokenize(text[:SEEN], language)
    return FoundMarks(
        _marks(tokens, leaves, languages, exact),
        lambda: ([token.start for token in tokens], [token.end for token in tokens]),
    )


def _marks(tokens: Sequence[Token], leaves: Sequence[WordLeaf], languages: tuple[str, ...], exact: bool) -> list[Mark]:
    """The first occurrences of each leaf, as spans of the text in its order."""
    return sorted(
        Mark(tokens[occurrence.first].start, tokens[occurrence.end - 1].end, number)
        for number, leaf in enumerate(leaves)
        for occurrence in islice(_matcher(leaf, languages, exact)(tokens), CONSIDERED)
    )
