"""Links: the addresses near a search, all at one path, each of them put together from parts that are written once.

A page has some hundred and forty. What each leads to is a state's own business, and the address is that state's:

>>> state = SearchState(q="putin", page=3)
>>> links = Links(state)
>>> links.toggled("tag", "Islamic State"), links.turned_to(2)
('/search?q=putin&tag=Islamic+State', '/search?q=putin&page=2')
>>> links.toggled("tag", "Islamic State") == state.toggled("tag", "Islamic State").url
True
"""

from functools import lru_cache

from searchsvc.model.request import Sort
from searchsvc.web.addresses import SEARCH_PATH
from searchsvc.web.parameters import PARAMETERS, write_facet_value
from searchsvc.web.search_state import SearchState, written


class Links:
    """Addresses at `path`, which may begin with the site's own. Every one but `here` is of a first page, or says which.

    Each leads where the state's method of the same name does.
    """

    def __init__(self, state: SearchState, path: str = SEARCH_PATH) -> None:
        self.state = state
        self._path = path
        # Of each parameter in canonical order: how the first page's address writes it; "" where it does not.
        parts = dict.fromkeys(_NAMES, "")
        for name, value in state.pairs(without=("page", "cursor")):
            parts[name] += f"&{name}={written(value)}"
        self._parts = list(parts.values())
        self._fields = {filter.field for filter in state.filters}
        self._gaps: dict[tuple[str, str], tuple[str, str]] = {}

    def at(self, path: str) -> "Links":
        """The same search's addresses at another path."""
        other = object.__new__(Links)
        other.state, other._path, other._parts, other._fields, other._gaps = (
            self.state, path, self._parts, self._fields, {},
        )  # fmt: skip
        return other

    @property
    def here(self) -> str:
        """The address of the state itself, its page or cursor included."""
        return self.to(self.state)

    @property
    def first_page(self) -> str:
        """The address of the search's first page: no page number, no cursor."""
        return self._whole("".join(self._parts))

    def to(self, state: SearchState) -> str:
        """Any other state, written from its first parameter to its last."""
        return state.url_at(self._path)

    def toggled(self, field: str, value: str) -> str:
        """The first page with the facet value chosen, or no longer chosen when it was."""
        if field in self._fields:
            return self.to(self.state.toggled(field, value))
        before, after = self._gap(_PARAMETER[field])
        return before + _written_value(value) + after

    def excluding(self, field: str, value: str) -> str:
        """The first page with the facet value excluded, and not chosen."""
        if field in self._fields:
            return self.to(self.state.excluding(field, value))
        before, after = self._gap(_PARAMETER[field])
        return f"{before}-{_written_value(value)}{after}"

    def without(self, field: str, value: str) -> str:
        """The first page with the facet value neither chosen nor excluded."""
        return self.to(self.state.without(field, value)) if field in self._fields else self.first_page

    def between(self, from_date: str, to_date: str) -> str:
        """Dates as the parameters have them, neither empty."""
        before, after = self._gap("from-date", "to-date")
        return f"{before}{from_date}&to-date={to_date}{after}"

    def asking(self, q: str) -> str:
        """The first page of the same filters with another query text; "" drops the text."""
        return self._with("q", q)

    def sorted_by(self, order_by: Sort) -> str:
        """The first page in another order; relevance, the default, is left out of the address."""
        return self._with("order-by", "" if order_by is Sort.RELEVANCE else order_by.value)

    def turned_to(self, page: int) -> str:
        """The page with this number, from 1; page 1 is left out of the address."""
        return self._with("page", "" if page == 1 else str(page))

    def listing(self, facet_size: int) -> str:
        """With so many values of each facet."""
        return self._with("facet-size", str(facet_size))

    def _with(self, name: str, value: str) -> str:
        """The first page, with one parameter's value; "" leaves it out."""
        if not value:
            at = _PLACE[name]
            return self._whole("".join(self._parts[:at] + self._parts[at + 1 :]))
        before, after = self._gap(name)
        return before + written(value) + after

    def _gap(self, first: str, last: str = "") -> tuple[str, str]:
        """What the first page's address has before the value of a parameter and after it.

        With a `last`, its value and all between belong to neither.
        """
        known = self._gaps.get((first, last))
        if known is None:
            begin, end = _PLACE[first], _PLACE[last or first]
            before, after = "".join(self._parts[:begin]), "".join(self._parts[end + 1 :])
            known = self._gaps[first, last] = (self._whole(f"{before}&{first}="), after)
        return known

    def _whole(self, parameters: str) -> str:
        """The path with parameters, each of which begins with an ampersand."""
        return f"{self._path}?{parameters[1:]}" if parameters else self._path


@lru_cache(maxsize=10_000)  # the same values come page after page
def _written_value(value: str) -> str:
    return written(write_facet_value(value))


_NAMES = tuple(parameter.name for parameter in PARAMETERS)
_PLACE = {name: at for at, name in enumerate(_NAMES)}
_PARAMETER = {parameter.field: parameter.name for parameter in PARAMETERS if parameter.field}
