import html
import re

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.model.result import Fragment, Snippet
from searchsvc.web.presenters.highlights import GAP, TextRun, marked, runs


@st.composite
def fragments(draw: st.DrawFn) -> Fragment:
    text = draw(st.text(min_size=1, max_size=30))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return Fragment(text, tuple(zip(ends[::2], ends[1::2], strict=False)))


@given(st.lists(fragments(), max_size=3))
def test_runs_are_the_text_cut_where_it_matched(parts: list[Fragment]) -> None:
    found = runs(Snippet(tuple(parts)))
    assert "".join(run.text for run in found) == GAP.join(part.text for part in parts)
    assert [run.text for run in found if run.match] == [part.text[a:b] for part in parts for a, b in part.highlights]
    assert all(run.text for run in found)


@given(st.lists(st.builds(TextRun, st.text(), st.booleans()), max_size=4))
def test_no_text_becomes_markup(text: list[TextRun]) -> None:
    drawn = str(marked(tuple(text)))
    assert html.unescape(re.sub("</?mark>", "", drawn)) == "".join(run.text for run in text)
    assert drawn.count("<") == 2 * sum(run.match for run in text)
