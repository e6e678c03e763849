"""SearchState: what a reader is looking at, as one value: from a URL, to a request, and to every URL near it.

A change gives a new state; changing what is found goes back to page 1. `url` is canonical: the parameters in the
order of `PARAMETERS`, and only what differs from the default. No template and no other module builds a search's URL.

>>> state = SearchState(q="putin").toggled("tag", "Islamic State")
>>> state.url, state.turned_to(2).excluding("tag", "Islamic State").url
('/search?q=putin&tag=Islamic+State', '/search?q=putin&tag=-Islamic+State')
>>> state.toggled("tag", "islamic state") == SearchState(q="putin")
True
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

from searchsvc.errors import BadFilter, RequestError
from searchsvc.model.fields import FACET_FIELDS, SEARCHED_FIELDS, find_field, value_key
from searchsvc.model.request import (
    Cursor,
    DateFilter,
    FacetRequest,
    HistogramRequest,
    Interval,
    SearchRequest,
    Sort,
    ValueFilter,
)
from searchsvc.settings import Settings
from searchsvc.web import parameters
from searchsvc.web.parameters import DEFAULT_FACETS, PARAMETERS, Parameter, days_of, find_parameter, write_facet_value

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchState:
    """A search as its URL says it; None stands for a default that the settings hold.

    Filters are in the order of the fields, at most one a field; their values sorted.
    """

    q: str = ""
    query_fields: tuple[str, ...] = SEARCHED_FIELDS
    filters: tuple[ValueFilter, ...] = ()
    from_date: str = ""  # as 2015, 2015-09 or 2015-09-30
    to_date: str = ""
    order_by: Sort = Sort.RELEVANCE
    page: int = 1
    page_size: int | None = None
    cursor: str = ""
    facets: tuple[str, ...] = DEFAULT_FACETS
    facet_size: int | None = None
    show_fields: tuple[str, ...] = ()
    show_highlights: bool = True
    exact: bool = False
    interval: Interval | None = None

    @classmethod
    def read(
        cls, args: "MultiDict[str, str]", settings: Settings, *, today: date, lenient: bool = False
    ) -> "tuple[SearchState, tuple[RequestError, ...]]":
        """The state that a URL's arguments say, and what in them could not be understood, which it is without.

        When `lenient`, fields that a form left empty are no problem, and dates may be written as people do; relative
        ones are read by `today`, and the state has the days that they come to.
        """
        values: dict[str, object] = {}
        filters: list[ValueFilter] = []
        problems: list[RequestError] = []
        given = {name: texts for name, texts in args.lists() if not lenient or any(text.strip() for text in texts)}
        for name, texts in islice(given.items(), parameters.MAX_PARAMETERS):
            try:
                parameter = find_parameter(name)
                if parameter.field:
                    filter, bad = _read_filter(parameter, texts, lenient=lenient)
                    filters += [filter] if filter.values or filter.excluded else []
                    problems += bad
                else:
                    values[name.replace("-", "_")] = _read_value(
                        parameter, texts, settings, today=today, lenient=lenient
                    )
            except RequestError as error:
                problems.append(error)
        if len(given) > parameters.MAX_PARAMETERS:
            message = f"there are {len(given):,} parameters; the first {parameters.MAX_PARAMETERS} were read"
            problems.append(BadFilter(message, hint="leave out what is none of the search's"))
        state = cls(filters=_ordered(filters), **values)  # type: ignore[arg-type]  # each read for its name
        state, bad = state._consistent()
        return state, (*problems, *bad)

    def request(self, settings: Settings) -> SearchRequest:
        """What the archive is asked; the text goes beside it."""
        facets = tuple(
            FacetRequest(
                field=name,
                size=self.facet_size or settings.facet_size,
                include=self.chosen(name) + self.excluded(name) if self.filters else (),
            )
            for name in self.facets
        )
        return SearchRequest(
            filters=self.filters,
            dates=self.dates,
            facets=facets,
            histogram=HistogramRequest(interval=self.interval) if self.facets or self.interval else None,
            sort=self.order_by,
            offset=(self.page - 1) * self.size(settings),
            limit=self.size(settings) + bool(self.cursor),  # after a cursor, one more shows whether there is more
            after=Cursor.decode(self.cursor) if self.cursor else None,
            snippets=self.show_highlights,
            query_fields=self.query_fields,
            exact=self.exact,
        )

    def size(self, settings: Settings) -> int:
        """Hits on a page."""
        return self.page_size or settings.page_size

    @property
    def dates(self) -> DateFilter | None:
        """The span of days asked for, the last day of a month or year kept."""
        start, end = days_of(self.from_date), days_of(self.to_date)
        if start is None and end is None:
            return None
        return DateFilter(start=start[0] if start else None, end=end[1] if end else None)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter or a date narrows the search; the query text does not count."""
        return bool(self.filters or self.from_date or self.to_date)

    def chosen(self, field: str) -> tuple[str, ...]:
        """The chosen values of a facet, sorted; empty when there are none."""
        return next((filter.values for filter in self.filters if filter.field == field), ())

    def excluded(self, field: str) -> tuple[str, ...]:
        """The excluded values of a facet, sorted; empty when there are none."""
        return next((filter.excluded for filter in self.filters if filter.field == field), ())

    def is_chosen(self, field: str, value: str) -> bool:
        """Whether the facet value is chosen, compared by `value_key`: case and white space do not count."""
        chosen = self.chosen(field)
        return bool(chosen) and value_key(value) in map(value_key, chosen)

    def is_excluded(self, field: str, value: str) -> bool:
        """Whether the facet value is excluded, compared as `is_chosen` does."""
        return value_key(value) in map(value_key, self.excluded(field))

    # --- the states near this one ---

    def toggled(self, field: str, value: str) -> "SearchState":
        """With the value chosen if it was not, and without it if it was."""
        bare = self._bare_filter(field, value)
        if self.is_chosen(field, value):
            return self._with(bare)
        return self._with(ValueFilter(field=field, values=(*bare.values, value), excluded=bare.excluded))

    def excluding(self, field: str, value: str) -> "SearchState":
        """With the value excluded, and not chosen."""
        bare = self._bare_filter(field, value)
        return self._with(ValueFilter(field=field, values=bare.values, excluded=(*bare.excluded, value)))

    def without(self, field: str, value: str) -> "SearchState":
        """Neither choosing nor excluding the value."""
        return self._with(self._bare_filter(field, value))

    def without_field(self, field: str) -> "SearchState":
        """Without any chosen or excluded value of the facet."""
        return self._with(ValueFilter(field=field))

    def between(self, from_date: str, to_date: str) -> "SearchState":
        """With other dates, each a year, month or day as the parameter writes it; "" leaves that end open."""
        return replace(self, page=1, cursor="", from_date=from_date, to_date=to_date)

    def asking(self, q: str) -> "SearchState":
        """With another query text; filters, dates and order stay."""
        return replace(self, page=1, cursor="", q=q)

    def sorted_by(self, order_by: Sort) -> "SearchState":
        """In another order."""
        return replace(self, page=1, cursor="", order_by=order_by)

    def turned_to(self, page: int) -> "SearchState":
        """At the page with this number, from 1, without the cursor."""
        return replace(self, page=page, cursor="")

    def continued_after(self, cursor: str) -> "SearchState":
        """Continued after the hit of a cursor, instead of at a page."""
        return replace(self, page=1, cursor=cursor)

    @property
    def first_page(self) -> "SearchState":
        """The same search from its first hit: page 1, no cursor."""
        return replace(self, page=1, cursor="")

    @property
    def unfiltered(self) -> "SearchState":
        """The first page without filters and dates; text and order stay."""
        return replace(self.first_page, filters=(), from_date="", to_date="")

    # --- URLs ---

    @property
    def url(self) -> str:
        """The page's address, from the root of the site."""
        return self.url_at("/search")

    def url_at(self, path: str) -> str:
        """The same search at another path: of the API, of the feed."""
        query = "&".join(f"{name}={written(value)}" for name, value in self.pairs())
        return f"{path}?{query}" if query else path

    def pairs(self, *, without: Iterable[str] = ()) -> tuple[Pair, ...]:
        """Names and values in canonical order: of the URL, and of a form's hidden fields."""
        left_out = frozenset(without)
        filters = {filter.field: filter for filter in self.filters}
        found: list[Pair] = []
        for name, field, attribute, default in _WRITTEN:
            if field:
                filter = filters.get(field)
                texts = _filter_texts(filter) if filter is not None else ()
            else:
                value = getattr(self, attribute)
                texts = () if value == default else (_value_text(value),)
            if texts and name not in left_out:
                found.extend((name, text) for text in texts)
        return tuple(found)

    def _filter(self, field: str) -> ValueFilter:
        return next((filter for filter in self.filters if filter.field == field), ValueFilter(field=field))

    def _bare_filter(self, field: str, value: str) -> ValueFilter:
        """The filter of a field, neither choosing nor excluding the value."""
        old = self._filter(field)
        if not old.values and not old.excluded:
            return old
        key = value_key(value)
        return ValueFilter(
            field=field,
            values=tuple(each for each in old.values if value_key(each) != key),
            excluded=tuple(each for each in old.excluded if value_key(each) != key),
        )

    def _with(self, filter: ValueFilter) -> "SearchState":
        others = [each for each in self.filters if each.field != filter.field]
        kept = [*others, filter] if filter.values or filter.excluded else others
        return replace(self, page=1, cursor="", filters=_ordered(kept))

    def _consistent(self) -> "tuple[SearchState, tuple[RequestError, ...]]":
        """Without what cannot go together."""
        if self.cursor and self.page > 1:
            hint = "give one of the two"
            error = BadFilter("page and cursor do not go together", parameter="page", value=str(self.page), hint=hint)
            return replace(self, page=1), (error,)
        dates = self.dates
        if dates and dates.start and dates.end and dates.start > dates.end:
            error = BadFilter(
                "from-date is after to-date",
                parameter="from-date",
                value=self.from_date,
                suggestion=self.to_date,
                hint="exchange the two",
            )
            return replace(self, from_date="", to_date=""), (error,)
        return self, ()


# Of each parameter: its name, its field if it is a facet's, else the state's attribute and its default.
_WRITTEN: tuple[tuple[str, str, str, object], ...] = tuple(
    (parameter.name, parameter.field, attribute, getattr(SearchState(), attribute, None))
    for parameter in PARAMETERS
    for attribute in (parameter.name.replace("-", "_"),)
)


def written(value: str) -> str:
    """A parameter's value as an address has it.

    >>> written("Islamic State"), written("R&D"), written("2015-09:a,b")
    ('Islamic+State', 'R%26D', '2015-09:a,b')
    """
    return value if value.isascii() and value.isalnum() else quote_plus(value, safe=":,")


def _filter_texts(filter: ValueFilter) -> tuple[str, ...]:
    chosen = tuple(write_facet_value(value) for value in filter.values)
    return chosen + tuple(write_facet_value(value, is_excluded=True) for value in filter.excluded)


def _value_text(value: object) -> str:
    match value:
        case tuple():
            return ",".join(value) or "none"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


_FIELD_ORDER = {field.name: i for i, field in enumerate(FACET_FIELDS)}


def _read_filter(
    parameter: Parameter, texts: list[str], *, lenient: bool
) -> tuple[ValueFilter, tuple[RequestError, ...]]:
    """The filter of one facet: each value once, an excluded one not chosen too; and what could not be read."""
    chosen: dict[str, str] = {}
    excluded: dict[str, str] = {}
    problems: list[RequestError] = []
    for text in texts[: parameters.MAX_VALUES]:
        if lenient and not text.strip():
            continue
        try:
            value, is_excluded = parameters.read_facet_value(parameter, text)
            (excluded if is_excluded else chosen).setdefault(value_key(value), value)
        except RequestError as error:
            problems.append(error)
    if len(texts) > parameters.MAX_VALUES:
        message = f"{parameter.name} has more than {parameters.MAX_VALUES} values"
        problems.append(BadFilter(message, parameter=parameter.name, hint="search for less at a time"))
    values = tuple(value for key, value in chosen.items() if key not in excluded)
    return ValueFilter(field=parameter.field, values=values, excluded=tuple(excluded.values())), tuple(problems)


def _read_value(parameter: Parameter, texts: list[str], settings: Settings, *, today: date, lenient: bool) -> object:
    """The value of a parameter that is no filter, as the state's field of that name keeps it."""
    text = parameters.single(parameter, texts)
    match parameter.name:
        case "q":
            return " ".join(text.split()) if lenient else text
        case "from-date" | "to-date":
            return parameters.read_day(parameter, text, today=today, lenient=lenient)
        case "order-by":
            return Sort(parameters.read_choice(parameter, text))
        case "interval":
            choice = parameters.read_choice(parameter, text)
            return None if choice == "auto" else Interval(choice)
        case "cursor":
            return parameters.read_cursor(parameter, text)
        case "facets":
            names = parameters.read_list(parameter, text)
            return tuple(f.name for f in FACET_FIELDS if f.name in names and "none" not in names)
        case "query-fields":
            names = parameters.read_list(parameter, text)
            return tuple(name for name in SEARCHED_FIELDS if name in names) or SEARCHED_FIELDS
        case "show-fields":
            names = parameters.read_list(parameter, text)
            return tuple(n for n in parameters.SHOWN_FIELDS if n in names or "all" in names)
        case "show-highlights" | "exact":
            return parameters.read_boolean(parameter, text)
        case _:
            most = getattr(settings, parameter.most_setting) if parameter.most_setting else None
            return parameters.read_number(parameter, text, most=most)


def _ordered(filters: list[ValueFilter]) -> tuple[ValueFilter, ...]:
    """In the order of the fields, values sorted: equal searches are equal states."""
    return tuple(
        ValueFilter(
            field=filter.field,
            values=tuple(sorted(filter.values, key=value_key)),
            excluded=tuple(sorted(filter.excluded, key=value_key)),
        )
        for filter in sorted(filters, key=lambda each: _FIELD_ORDER[each.field])
    )


def facet_field(name: str) -> str:
    """The name of the facet that `name`, an alias or a parameter means; UnknownField when there is none."""
    field = find_field(name)
    if field is None or field not in FACET_FIELDS:
        names = [each.name for each in FACET_FIELDS]
        raise parameters.unknown_choice("facet", name, names)
    return field.name
