"""Highlights: the runs of a text that matched; as HTML for pages, where every `<mark>` is made and escaped, once.

>>> str(marked((Run("R&D in ", False), Run("Syria", True))))
'R&amp;D in <mark>Syria</mark>'
"""

from typing import NamedTuple

from markupsafe import Markup, escape

from searchsvc.model.result import Fragment, Hit, Snippet

GAP = " … "  # between two fragments of one field


class Run(NamedTuple):
    """Text that matched from its first letter to its last, or that did not at all."""

    text: str
    match: bool


def runs(snippet: Snippet) -> tuple[Run, ...]:
    """The fragments as runs, none empty; a gap that did not match stands between two fragments."""
    found: list[Run] = []
    for i, fragment in enumerate(snippet.fragments):
        if i:
            found.append(Run(GAP, False))
        found.extend(_fragment_runs(fragment))
    return tuple(found)


def _fragment_runs(fragment: Fragment) -> list[Run]:
    found: list[Run] = []
    at = 0
    for start, end in fragment.highlights:
        found += [Run(fragment.text[at:start], False), Run(fragment.text[start:end], True)]
        at = end
    found.append(Run(fragment.text[at:], False))
    return [run for run in found if run.text]


def field_runs(hit: Hit, field: str, text: str) -> tuple[Run, ...]:
    """A short field whole, marked where its snippet says so; the plain text when the snippet is not all of it."""
    snippet = hit.snippets.get(field)
    if snippet is not None and len(snippet.fragments) == 1 and snippet.fragments[0].text == text:
        return runs(snippet)
    return (Run(text, False),) if text else ()


def marked(text: tuple[Run, ...]) -> Markup:
    """Runs as HTML: the only place where text becomes markup."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(run.text) if run.match else escape(run.text) for run in text
    )
