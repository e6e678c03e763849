"""Facets as a page and the API show them: values with counts, and where a click on each leads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from searchsvc.model.fields import FACET_FIELDS, Field, find_field, value_key
from searchsvc.model.result import Bucket, Facet
from searchsvc.web.parameters import MAX_FACET_SIZE, write_facet_value
from searchsvc.web.presenters.labels import facet_label, plural
from searchsvc.web.search_state import SearchState

# Shown with their values; the others open with a click.
OPEN_FACETS = ("section", "tag", "source")
MORE_VALUES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value; `toggled`, `excluding` and `removed` are the states after a click, made when asked for."""

    field: str
    value: str
    label: str
    count: int
    is_chosen: bool
    is_excluded: bool
    state: SearchState

    @property
    def parameter_value(self) -> str:
        """The value as a form sends it."""
        return write_facet_value(self.value)

    @property
    def element_id(self) -> str:
        """The same wherever the value stands in the list: focus can return to it."""
        return f"{self.field}-{hashlib.blake2b(value_key(self.value).encode(), digest_size=6).hexdigest()}"

    @property
    def toggled(self) -> SearchState:
        return self.state.toggled(self.field, self.value)

    @property
    def excluding(self) -> SearchState:
        return self.state.excluding(self.field, self.value)

    @property
    def removed(self) -> SearchState:
        """Neither chosen nor excluded."""
        return self.state.without(self.field, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetView:
    """One facet: its values, how many articles have others, how many have none."""

    name: str
    label: str
    parameter: str
    values: tuple[FacetValue, ...]
    other: int
    missing: int
    more_url: str  # to a page that lists more values, "" when all are listed

    @property
    def plural(self) -> str:
        return plural(self.label)

    @property
    def has_choice(self) -> bool:
        return any(value.is_chosen or value.is_excluded for value in self.values)

    @property
    def is_useful(self) -> bool:
        """Whether a reader could narrow by it: one value that all have narrows nothing."""
        return self.has_choice or len(self.values) > 1 or bool(self.values and self.missing)

    @property
    def is_open(self) -> bool:
        return self.has_choice or self.name in OPEN_FACETS


def facet_views(facets: Mapping[str, Facet], state: SearchState) -> tuple[FacetView, ...]:
    """The facets that were counted, in the order of the fields."""
    return tuple(facet_view(field, facets[field.name], state) for field in FACET_FIELDS if field.name in facets)


def facet_view(field: Field, facet: Facet, state: SearchState) -> FacetView:
    """One facet; values that are chosen or left out are always among its values, though nothing may have them."""
    listed = {value_key(bucket.value) for bucket in facet.buckets}
    unlisted = tuple(
        Bucket(value, 0)
        for value in state.chosen(field.name) + state.excluded(field.name)
        if value_key(value) not in listed
    )
    return FacetView(
        name=field.name,
        label=field.label,
        parameter=field.parameter,
        values=tuple(_value(field, bucket, state) for bucket in facet.buckets + unlisted),
        other=facet.other,
        missing=facet.missing,
        more_url=_more_url(facet, state),
    )


def _more_url(facet: Facet, state: SearchState) -> str:
    if not facet.other or (state.facet_size or 0) >= MAX_FACET_SIZE:
        return ""
    size = MAX_FACET_SIZE if (state.facet_size or 0) >= MORE_VALUES else MORE_VALUES
    return replace(state.first_page, facet_size=size).url


def _value(field: Field, bucket: Bucket, state: SearchState) -> FacetValue:
    return FacetValue(
        field=field.name,
        value=bucket.value,
        label=facet_label(field.name, bucket.value),
        count=bucket.count,
        is_chosen=state.is_chosen(field.name, bucket.value),
        is_excluded=state.is_excluded(field.name, bucket.value),
        state=state,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Something that is chosen, and the state without it."""

    kind: str
    label: str
    is_excluded: bool
    without: SearchState


def chips(state: SearchState, date_label: str) -> tuple[Chip, ...]:
    """Every filter that is set; `date_label` says the span of days, "" when there is none."""
    found: list[Chip] = []
    for filter in state.filters:
        field = find_field(filter.field)
        kind = field.label if field else filter.field
        for value in (*filter.values, *filter.excluded):
            found.append(
                Chip(
                    kind=kind,
                    label=facet_label(filter.field, value),
                    is_excluded=state.is_excluded(filter.field, value),
                    without=state.without(filter.field, value),
                )
            )
    if date_label:
        found.append(Chip(kind="Published", label=date_label, is_excluded=False, without=state.between("", "")))
    return tuple(found)
