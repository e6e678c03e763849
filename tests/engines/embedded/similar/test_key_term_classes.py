"""The stem classes of key terms, and the forms that count, are those that a look at each form finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.similar.key_term_classes import classes_of_key_terms
from searchsvc.engines.embedded.similar.key_terms import distinctive_forms
from searchsvc.engines.embedded.terms.term_dictionary import dictionary_of
from searchsvc.engines.more_like_this import is_distinctive
from searchsvc.text.analyzer import Form

# Few words, so that they share stems; "ab" is distinctive only as an acronym.
words = st.sampled_from(("ab", "abba", "abbas", "été", "étés"))
terms_of = st.lists(st.tuples(words, st.lists(words, max_size=3, unique=True)), max_size=4)


@given(forms=st.lists(st.tuples(words, words, st.booleans()), unique=True, max_size=20), terms=terms_of)
def test_forms_count_by_stem_or_by_word(forms: list[Form], terms: list[tuple[str, list[str]]]) -> None:
    dictionary, _, _ = dictionary_of(forms)
    first_word = np.cumsum([0, *(len(of_term) for _, of_term in terms)])
    rows = dictionary.word_rows([word for _, of_term in terms for word in of_term])
    found = classes_of_key_terms(
        dictionary.stem_classes_of([stem for stem, _ in terms]), first_word, rows, distinctive_forms(dictionary)
    )
    ordered = dictionary.forms()
    for term, (wanted_stem, wanted_words) in enumerate(terms):
        counted: dict[Form, float] = {}
        for i in range(found.first_class[term], found.first_class[term + 1]):
            first_form = int(dictionary.first_form[found.numbers[i]])
            weights = found.weights[found.first_weight[i] : found.first_weight[i + 1]].tolist()
            of_class = ordered[first_form : int(dictionary.first_form[found.numbers[i] + 1])]
            counted.update(zip(of_class, weights, strict=True))
        assert {form for form, weight in counted.items() if weight == 1} == {
            (word, stem, acronym)
            for word, stem, acronym in forms
            if is_distinctive(word, acronym) and (stem == wanted_stem or word in wanted_words)
        }
        assert set(counted.values()) <= {0.0, 1.0}
