"""A dictionary gives back its forms, and finds words, stems and index terms as a look at each form does.

This also tests the kernel `most_frequent_with_prefix`, against sorting.
"""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.engines.embedded.terms.term_dictionary import StemClasses, TermDictionary, dictionary_of
from searchsvc.text.analyzer import ACRONYM_MARK, STEM_MARK, Form

# Few letters, so that words share stems, are stems, and have forms in several stem classes.
texts = st.text(alphabet="ab国", min_size=1, max_size=2)
forms_of = st.lists(st.tuples(texts, texts, st.booleans()), unique=True, max_size=25)
index_terms = st.builds(str.__add__, st.sampled_from(("", STEM_MARK, ACRONYM_MARK)), texts)
weighted_terms = st.lists(st.tuples(index_terms, st.sampled_from((0.0, 0.5, 1.0))), max_size=3).map(tuple)


def weight_of(form: Form, terms: tuple[tuple[str, float], ...]) -> float:
    """What a form counts by index terms, as `text.analyzer.index_terms` gives them to a token."""
    word, stem, acronym = form
    own = {word} | ({STEM_MARK + stem} if stem != word else set()) | ({ACRONYM_MARK + word} if acronym else set())
    return sum(weight for term, weight in terms if term in own)


def weights_by_stem(weights: dict[Form, float]) -> dict[str, list[float]]:
    """The weights of all forms by their stem, in the order of forms; stems of which some form counts."""
    found = defaultdict(list)
    for form in sorted(weights, key=lambda form: (form[1], form[0], form[2])):
        found[form[1]].append(weights[form])
    return {stem: of_stem for stem, of_stem in found.items() if any(of_stem)}


@given(forms=forms_of)
def test_forms_are_numbered_within_stem_classes(forms: list[Form]) -> None:
    dictionary, stem_classes, numbers = dictionary_of(forms)
    ordered = sorted(forms, key=lambda form: (form[1], form[0], form[2]))
    assert dictionary.forms() == ordered
    assert dictionary.stems.texts() == sorted({stem for _, stem, _ in forms})
    assert dictionary.words.texts() == sorted({word for word, _, _ in forms})
    assert [ordered[int(dictionary.first_form[c]) + n] for c, n in zip(stem_classes, numbers, strict=True)] == forms
    assert TermDictionary.read(dictionary.arrays()).forms() == ordered


@given(forms=forms_of, terms=weighted_terms)
def test_forms_count_by_the_index_terms_that_they_have(forms: list[Form], terms: tuple[tuple[str, float], ...]) -> None:
    dictionary, _, _ = dictionary_of(forms)
    stems = dictionary.stems.texts()
    expected = weights_by_stem({form: weight_of(form, terms) for form in forms})
    for _ in range(2):  # the second time from memory
        found = dictionary.form_weights(terms)
        assert {stems[c]: weights.tolist() for c, weights in found.items()} == expected
        single = dictionary.single_stem_class(terms)
        if not expected:
            assert single is not None
            assert single[0] == -1
        elif len(expected) == 1 and all(all(weights) for weights in expected.values()):
            assert single is not None
            assert stems[single[0]] in expected
        else:
            assert single is None
    together = StemClasses.of(found)
    assert together.numbers.tolist() == [*found]
    for i, stem_class in enumerate(together.numbers.tolist()):
        weights = together.weights[together.first_weight[i] : together.first_weight[i + 1]]
        assert weights.tolist() == found[stem_class].tolist()


@given(forms=forms_of, chosen=st.sets(texts))
def test_words_have_the_stem_classes_of_their_forms(forms: list[Form], chosen: set[str]) -> None:
    dictionary, _, _ = dictionary_of(forms)
    rows = dictionary.word_rows(sorted(chosen))
    stem_classes = dictionary.classes_of_words(rows[rows >= 0])
    stems, first = dictionary.stems.texts(), stem_classes.first_weight
    found = {
        stems[stem_class]: stem_classes.weights[first[i] : first[i + 1]].tolist()
        for i, stem_class in enumerate(stem_classes.numbers.tolist())
    }
    assert found == weights_by_stem({form: float(form[0] in chosen) for form in forms})


@given(forms=forms_of, wanted=st.lists(texts, max_size=9))
def test_words_and_stems_are_found(forms: list[Form], wanted: list[str]) -> None:
    dictionary, _, _ = dictionary_of(forms)
    words, stems = dictionary.words.texts(), dictionary.stems.texts()
    assert dictionary.word_rows(wanted).tolist() == [words.index(word) if word in words else -1 for word in wanted]
    assert dictionary.stem_classes_of(wanted).tolist() == [stems.index(s) if s in stems else -1 for s in wanted]
    for text in wanted:
        assert dictionary.word_row(text) == (words.index(text) if text in words else None)
        assert dictionary.stem_class(text) == (stems.index(text) if text in stems else None)
        assert [words[row] for row in dictionary.rows_with_prefix(text)] == [w for w in words if w.startswith(text)]
    assert dictionary.words_at(np.arange(len(words), dtype=np.uint32)) == words


@given(
    words=st.dictionaries(st.text(alphabet="abé国", min_size=1, max_size=4), st.integers(0, 3), max_size=20),
    prefix=st.text("abé", max_size=2),
    limit=st.integers(1, 5),
)
def test_the_most_frequent_words_are_those_of_sorting(words: dict[str, int], prefix: str, limit: int) -> None:
    dictionary, _, _ = dictionary_of([(word, word, False) for word in words])
    counts = np.array([words[word] for word in dictionary.words.texts()], dtype=np.uint32)
    found, total = dictionary.most_frequent(prefix, counts, limit)
    matching = [word for word in words if word.startswith(prefix)]
    ranked = sorted((word for word in matching if words[word]), key=lambda word: (-words[word], word))
    assert list(found.items()) == [(word, words[word]) for word in ranked[:limit]]
    assert total == len(matching)
