"""Pages are escaped as Jinja and markupsafe do it, and put together as Jinja does."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from jinja2.runtime import Undefined
from markupsafe import Markup, escape

from searchsvc.web.templating import escaped, set_up

EVIL = """<a href='x' title="y">&</a>"""


@given(st.text() | st.integers() | st.booleans() | st.floats() | st.none() | st.text().map(Markup))
def test_what_is_printed_is_escaped_as_ever(value: object) -> None:
    assert escaped(value) == escape(value)


@pytest.mark.parametrize("value", [EVIL, Markup(EVIL), Undefined(), type("Text", (str,), {})(EVIL), [EVIL]])
def test_odd_values_are_escaped_as_ever(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


TEMPLATES = {
    "base": "<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}.",
    "page": """{% extends "base" %}{% block title %}{{ evil }}{% endblock %}
{% block main %}
  {% from "row" import row %}
  {% for number in numbers %}
  {{ row(number, evil) }}{% include "bit" %}
  {% endfor %}
  {% set kept %}<b>{{ evil }}</b>{% endset %}
  {{ kept }}{{ "a" ~ evil }}{{ missing }}{{ super() }}
{% endblock %}""",
    "row": """{% macro row(number, evil) %}<i title="{{ evil }}">{{ number }}</i>{% endmacro %}""",
    "bit": """{{ number * 1.5 }} {{ evil|upper }}{{ evil|safe }}{{ number|string }}""",
}


def test_a_page_is_what_jinja_alone_makes_of_it() -> None:
    alone = Environment(loader=DictLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    ours = Environment(loader=DictLoader(TEMPLATES), autoescape=True)
    set_up(ours)
    given = {"evil": EVIL, "numbers": [1, 2, 3]}
    page = ours.get_template("page").render(given)
    assert page == alone.get_template("page").render(given)
    assert page.count(EVIL) == 3  # where it was called safe


def test_the_pages_are_printed_with_it(app: Flask) -> None:
    template = app.jinja_env.get_template("search.html")
    assert template.root_render_func.__closure__ is not None
    part = template.root_render_func.__closure__[0].cell_contents
    assert part.__globals__["escape"] is escaped
