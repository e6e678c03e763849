"""Relaxing: what to look for when nothing has all the words: some of them, all else still required.

Not for deciding when (`archive`): this is the tree to search next.

>>> from searchsvc.model.query import Phrase
>>> relaxed = relax(And((Term("putin"), Term("airstrikes"), Phrase("state of the union"))))
>>> relaxed == And((Or((Term("putin"), Term("airstrikes"))), Phrase("state of the union")))
True
"""

from typing import TypeGuard

from searchsvc.model.query import And, Or, Query, Term
from searchsvc.querylang.normal import conjunction


def bare_words(query: Query) -> tuple[Term, ...]:
    """The words that stand by themselves at the top: without a field, quotes, sign or bracket."""
    return tuple(child for child in _parts(query) if _is_bare(child))


def relax(query: Query) -> Query | None:
    """The same query with any one of its bare words enough; None when there are not two of them.

    Phrases, fields, dates and exclusions stay required.
    """
    words = bare_words(query)
    if len(words) < 2:
        return None
    return conjunction((Or(words), *(part for part in _parts(query) if not _is_bare(part))))


def _parts(query: Query) -> tuple[Query, ...]:
    return query.children if isinstance(query, And) else (query,)


def _is_bare(query: Query) -> TypeGuard[Term]:
    return isinstance(query, Term) and query.field is None and not query.exact
