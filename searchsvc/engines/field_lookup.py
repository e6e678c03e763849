"""Field look-up: the field that a request names, or UnknownField; the same for every engine.

>>> known_field("lang").name, facet_field("tag").name
('language', 'tag')
"""

from difflib import get_close_matches

from searchsvc.errors import UnknownField
from searchsvc.model.fields import FIELDS, Field, FieldKind, find_field


def known_field(name: str) -> Field:
    """The field of this name or alias. Raises UnknownField, which suggests the most similar name."""
    field = find_field(name)
    if field is None:
        near = get_close_matches(name, (known.name for known in FIELDS), n=1)
        raise UnknownField(f"there is no field {name!r}", value=name, suggestion=near[0] if near else "")
    return field


def facet_field(name: str) -> Field:
    """The facet of this name or alias. Raises UnknownField."""
    field = known_field(name)
    if field.kind is not FieldKind.FACET:
        raise UnknownField(f"{name!r} is not a facet", value=name)
    return field
