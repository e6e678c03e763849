"""Highlights: the runs of a text that matched; as HTML for pages, where every `<mark>` is made and escaped, once.

>>> str(marked((TextRun("R&D in ", False), TextRun("Syria", True))))
'R&amp;D in <mark>Syria</mark>'
"""

from typing import NamedTuple

from markupsafe import Markup

from searchsvc.model.result import Fragment, Hit, Snippet
from searchsvc.web.templating import escaped

GAP = " … "  # between two fragments of one field


class TextRun(NamedTuple):
    """Text that matched from its first letter to its last, or that did not at all."""

    text: str
    match: bool


def runs(snippet: Snippet) -> tuple[TextRun, ...]:
    """The fragments as runs, none empty; a gap that did not match stands between two fragments."""
    found: list[TextRun] = []
    for i, fragment in enumerate(snippet.fragments):
        if i:
            found.append(TextRun(GAP, False))
        found.extend(_fragment_runs(fragment))
    return tuple(found)


def _fragment_runs(fragment: Fragment) -> list[TextRun]:
    found: list[TextRun] = []
    text, at = fragment.text, 0
    for start, end in fragment.highlights:
        if at < start:
            found.append(TextRun(text[at:start], False))
        if start < end:
            found.append(TextRun(text[start:end], True))
        at = end
    if at < len(text):
        found.append(TextRun(text[at:], False))
    return found


def field_runs(hit: Hit, field: str, text: str) -> tuple[TextRun, ...]:
    """A short field whole, marked where its snippet says so; the plain text when the snippet is not all of it."""
    snippet = hit.snippets.get(field)
    if snippet is not None and len(snippet.fragments) == 1 and snippet.fragments[0].text == text:
        return runs(snippet)
    return (TextRun(text, False),) if text else ()


def marked(text: tuple[TextRun, ...]) -> Markup:
    """Runs as HTML: the only place where text becomes markup."""
    return Markup(  # noqa: S704  # each run is escaped
        "".join(f"<mark>{escaped(run.text)}</mark>" if run.match else escaped(run.text) for run in text)
    )
