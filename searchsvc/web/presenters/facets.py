"""Facets as a page and the API show them: values with counts, and where a click on each leads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from searchsvc.model.fields import FACET_FIELDS, Field, find_field, value_key
from searchsvc.model.result import Bucket, Facet
from searchsvc.web.links import Links
from searchsvc.web.parameters import MAX_FACET_SIZE, write_facet_value
from searchsvc.web.presenters.labels import facet_label, plural

# Shown with their values; the others open with a click.
OPEN_FACETS = ("section", "tag", "source")
MORE_VALUES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value; `toggled_url`, `excluding_url` and `removed_url`, made when asked for, lead where a click does."""

    field: str
    value: str
    label: str
    count: int
    is_chosen: bool
    is_excluded: bool
    links: Links

    @property
    def parameter_value(self) -> str:
        """The value as a form sends it."""
        return write_facet_value(self.value)

    @property
    def element_id(self) -> str:
        """The same wherever the value stands in the list: focus can return to it."""
        return _element_id(self.field, self.value)

    @property
    def toggled_url(self) -> str:
        """The search with the value chosen, or no longer chosen when it was."""
        return self.links.toggled(self.field, self.value)

    @property
    def excluding_url(self) -> str:
        """The search with the value excluded."""
        return self.links.excluding(self.field, self.value)

    @property
    def removed_url(self) -> str:
        """Neither chosen nor excluded."""
        return self.links.without(self.field, self.value)


@lru_cache(maxsize=10_000)  # a page shows some forty, mostly the same as the page before
def _element_id(field: str, value: str) -> str:
    return f"{field}-{hashlib.blake2b(value_key(value).encode(), digest_size=6).hexdigest()}"


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
        """The facet's label in the plural."""
        return plural(self.label)

    @property
    def has_choice(self) -> bool:
        """Whether one of the values is chosen or excluded."""
        return any(value.is_chosen or value.is_excluded for value in self.values)

    @property
    def is_useful(self) -> bool:
        """Whether a reader could narrow by it: one value that all have narrows nothing."""
        return self.has_choice or len(self.values) > 1 or bool(self.values and self.missing)

    @property
    def is_open(self) -> bool:
        """Whether the facet is shown unfolded: it has a choice, or is one of OPEN_FACETS."""
        return self.has_choice or self.name in OPEN_FACETS


def facet_views(facets: Mapping[str, Facet], links: Links) -> tuple[FacetView, ...]:
    """The facets that were counted, in the order of the fields."""
    return tuple(facet_view(field, facets[field.name], links) for field in FACET_FIELDS if field.name in facets)


def facet_view(field: Field, facet: Facet, links: Links) -> FacetView:
    """One facet; values that are chosen or left out are always among its values, though nothing may have them."""
    chosen, excluded = links.state.chosen(field.name), links.state.excluded(field.name)
    if chosen or excluded:
        listed = {value_key(bucket.value) for bucket in facet.buckets}
        unlisted = tuple(Bucket(value, 0) for value in chosen + excluded if value_key(value) not in listed)
        keys, excluded_keys = set(map(value_key, chosen)), set(map(value_key, excluded))
        values = tuple(
            _value(field, bucket, links, value_key(bucket.value) in keys, value_key(bucket.value) in excluded_keys)
            for bucket in facet.buckets + unlisted
        )
    else:
        values = tuple(_value(field, bucket, links) for bucket in facet.buckets)
    return FacetView(
        name=field.name,
        label=field.label,
        parameter=field.parameter,
        values=values,
        other=facet.other,
        missing=facet.missing,
        more_url=_more_url(facet, links),
    )


def _more_url(facet: Facet, links: Links) -> str:
    size = links.state.facet_size or 0
    if not facet.other or size >= MAX_FACET_SIZE:
        return ""
    return links.listing(MAX_FACET_SIZE if size >= MORE_VALUES else MORE_VALUES)


def _value(
    field: Field, bucket: Bucket, links: Links, is_chosen: bool = False, is_excluded: bool = False
) -> FacetValue:
    return FacetValue(
        field=field.name,
        value=bucket.value,
        label=facet_label(field.name, bucket.value),
        count=bucket.count,
        is_chosen=is_chosen,
        is_excluded=is_excluded,
        links=links,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Something that is chosen, and where the search goes on without it."""

    kind: str
    label: str
    is_excluded: bool
    without_url: str


def chips(links: Links, date_label: str) -> tuple[Chip, ...]:
    """Every filter that is set; `date_label` says the span of days, "" when there is none."""
    found: list[Chip] = []
    for filter in links.state.filters:
        field = find_field(filter.field)
        kind = field.label if field else filter.field
        for value in (*filter.values, *filter.excluded):
            found.append(
                Chip(
                    kind=kind,
                    label=facet_label(filter.field, value),
                    is_excluded=links.state.is_excluded(filter.field, value),
                    without_url=links.without(filter.field, value),
                )
            )
    if date_label:
        undated = links.to(links.state.between("", ""))
        found.append(Chip(kind="Published", label=date_label, is_excluded=False, without_url=undated))
    return tuple(found)
