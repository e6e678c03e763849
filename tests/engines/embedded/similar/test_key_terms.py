"""Key terms found by numbers are those of `more_like_this.key_terms`.

This also tests the kernels of `key_term_kernels`: `count_stems`, `heaviest_stems`, `words_of_stems`, `look_up` and
`add_document_counts`; and `distinctive_flags`.
"""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines import more_like_this
from searchsvc.engines.embedded.similar import key_terms
from searchsvc.engines.embedded.similar.key_terms import KeyTermFinder, distinctive_forms
from searchsvc.engines.embedded.terms.term_dictionary import dictionary_of
from searchsvc.engines.more_like_this import is_distinctive
from searchsvc.model.article import Article
from searchsvc.model.fields import TEXT_FIELDS
from searchsvc.text.analyzer import Form, tokenize
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.similar.samples import mixed_stories
from tests.engines.samples import story


@pytest.mark.parametrize("limit", [3, 30])
@pytest.mark.parametrize("max_forms", [0, 50_000])
def test_key_terms_are_those_of_the_plain_function(
    limit: int, max_forms: int, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(more_like_this, "KEY_TERMS", limit)
    monkeypatch.setattr(key_terms, "MAX_FORMS", max_forms)  # 0 takes a new vocabulary for each article
    articles = mixed_stories(3, 40)
    engine = open_engine()
    for part in (articles[:25], articles[25:]):
        with engine.writer() as writer:
            for article in part:
                writer.put(article)
    with engine.writer() as writer:
        writer.delete(articles[4].id)
    live = [article for article in articles if article.id != articles[4].id]
    document_frequencies = plain_document_frequencies(live)

    def frequencies(stems: Sequence[str]) -> list[int]:
        return [document_frequencies[stem] for stem in stems]

    finder = KeyTermFinder()
    with engine._snapshots.current() as snapshot:
        for article in (*articles, story("new", "", ""), story("other", "Nothing there")):
            expected = more_like_this.key_terms(article, document_frequencies=frequencies, articles=len(live))
            assert finder.find(snapshot, article).key_terms() == expected


def plain_document_frequencies(articles: Sequence[Article]) -> Counter[str]:
    """In how many articles each stem is."""
    counts: Counter[str] = Counter()
    for article in articles:
        texts = ("".join(field.values(article)) for field in TEXT_FIELDS)
        counts.update({token.stem for text in texts for token in tokenize(text, article.language)})
    return counts


_word = st.text(alphabet="abé1٣国", min_size=1, max_size=4)


@given(st.sets(st.tuples(_word, _word, st.booleans()), max_size=20))
def test_forms_are_distinctive_as_their_words_are(forms: set[Form]) -> None:
    dictionary, _, _ = dictionary_of(sorted(forms))
    expected = [is_distinctive(word, acronym) for word, _, acronym in dictionary.forms()]
    assert distinctive_forms(dictionary).is_distinctive.astype(bool).tolist() == expected
