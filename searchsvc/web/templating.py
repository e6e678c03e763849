"""Templating: Jinja as our pages use it: the filter of their numbers, and what makes a page of many small texts quick.

>>> grouped(1234567)
'1,234,567'
>>> str(escaped("R&D")), escaped("Syria"), escaped(30)
('R&amp;D', 'Syria', '30')
"""

from collections.abc import Callable, Iterator, MutableMapping
from types import CodeType
from typing import Any, cast

from jinja2 import Environment, Template
from jinja2.runtime import Context
from markupsafe import escape


def set_up(environment: Environment) -> None:
    """Before the first template is loaded."""
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.filters["grouped"] = grouped
    environment.template_class = WholeTemplate


def grouped(number: int) -> str:
    """A number as people read it."""
    return f"{number:,}"


def escaped(value: object) -> str:
    """What markupsafe's `escape` gives, as text: sooner for the plain text and whole numbers that nearly all are."""
    kind = type(value)
    if kind is str:
        text = cast(str, value)
        if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
            return escape(text)
        return text
    return str(value) if kind is int else escape(value)


class WholeTemplate(Template):
    """A template that comes as one text.

    Jinja's templates are generators in generators: each of a page's two thousand bits of text is handed up through all
    templates around the one that made it. Joined where it is made, it is handed up with the rest.

    What it prints is escaped by `escaped`, which compiled templates know as `escape`. Did they call it otherwise,
    theirs would stay: slower, and as safe.
    """

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # Any: as Jinja has it
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Jinja's own, which it calls for each template that it loads: here the template renders as one text."""
        template = super().from_code(environment, code, globals, uptodate)
        part = template.root_render_func
        part.__globals__["escape"] = escaped

        def whole(context: Context) -> Iterator[str]:
            yield "".join(part(context))

        template.root_render_func = whole
        return template
