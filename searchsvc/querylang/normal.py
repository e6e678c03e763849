"""Normal form: And, Or and Not put together so that one meaning has one tree.

Ands in Ands and Ors in Ors are flattened, one child stands for itself, two Nots cancel, and everything and nothing are
absorbed. What relaxing and synonyms change stays in this form.

>>> from searchsvc.model.query import Term
>>> conjunction((Term("a"), conjunction((Term("b"), MatchAll())))) == And((Term("a"), Term("b")))
True
"""

from collections.abc import Iterable

from searchsvc.model.query import And, MatchAll, MatchNone, Not, Or, Query


def conjunction(queries: Iterable[Query]) -> Query:
    """All of them; of none of them, everything."""
    children: list[Query] = []
    for query in queries:
        match query:
            case And(inner):
                children.extend(inner)
            case MatchNone():
                return query
            case MatchAll():
                pass
            case _:
                children.append(query)
    match children:
        case []:
            return MatchAll()
        case [only]:
            return only
        case _:
            return And(tuple(children))


def disjunction(queries: Iterable[Query]) -> Query:
    """Any of them; of none of them, nothing."""
    children: list[Query] = []
    for query in queries:
        match query:
            case Or(inner):
                children.extend(inner)
            case MatchAll():
                return query
            case MatchNone():
                pass
            case _:
                children.append(query)
    match children:
        case []:
            return MatchNone()
        case [only]:
            return only
        case _:
            return Or(tuple(children))


def negation(query: Query) -> Query:
    """Everything but what `query` matches."""
    match query:
        case Not(child):
            return child
        case MatchAll():
            return MatchNone()
        case MatchNone():
            return MatchAll()
        case _:
            return Not(query)
