"""A request names fields by name or alias; an unknown one is an error that suggests the most similar name."""

import pytest

from searchsvc.engines.field_lookup import facet_field, known_field
from searchsvc.errors import UnknownField


@pytest.mark.parametrize(("name", "suggestion"), [("langu", "language"), ("headlin", "headline"), ("", "")])
def test_an_unknown_field_suggests_the_most_similar_name(name: str, suggestion: str) -> None:
    with pytest.raises(UnknownField) as caught:
        known_field(name)
    assert (caught.value.value, caught.value.suggestion) == (name, suggestion)


def test_a_text_field_is_not_a_facet() -> None:
    assert known_field("body").name == "body"
    with pytest.raises(UnknownField, match="is not a facet"):
        facet_field("body")
