"""Key terms of an article, as `more_like_this.key_terms` defines them, from its tokens' numbers.

A **vocabulary** numbers the stems and words of the texts that it has seen, and remembers for each segment where they
are in its dictionary: nearly all words of a text are known, and cost an array look-up. The plain twin is
`more_like_this.key_terms`.

Not for finding articles (`candidates`).
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from searchsvc.engines import more_like_this
from searchsvc.engines.embedded.analysis.fast_tokenizer import Tokenizers
from searchsvc.engines.embedded.index.segment import Segment
from searchsvc.engines.embedded.index.snapshot import Snapshot
from searchsvc.engines.embedded.kernels.arrays import Float64s, Int32s, Int64s
from searchsvc.engines.embedded.similar.key_term_classes import UNDECIDED, DistinctiveForms, distinctive_flags
from searchsvc.engines.embedded.similar.key_term_kernels import (
    NOT_LOOKED_UP,
    FormTable,
    add_document_counts,
    count_stems,
    heaviest_stems,
    look_up,
    words_of_stems,
)
from searchsvc.engines.embedded.terms.term_dictionary import TermDictionary
from searchsvc.engines.more_like_this import HEADLINE_WEIGHT, MIN_WEIGHT_SHARE, KeyTerm, is_distinctive
from searchsvc.model.article import Article

# Forms of a vocabulary; when there are more, a new one is begun. Some 20 MB.
MAX_FORMS = 50_000


class ArticleKeyTerms(NamedTuple):
    """The key terms of an article, heaviest first: the number of each stem, and its weight.

    The words of term t in the article are `words[first_word[t]:first_word[t + 1]]`, each once, in order of appearance;
    `starts` and `ends` are the span of the first appearance of each in `text`. Numbers are those of the vocabulary.
    """

    vocabulary: "Vocabulary"
    stems: Int64s
    weights: Float64s
    first_word: Int64s
    words: Int64s
    starts: Int64s
    ends: Int64s
    text: str

    def key_terms(self) -> tuple[KeyTerm, ...]:
        """The same as `more_like_this.KeyTerm`s."""
        words = [self.vocabulary.words[number] for number in self.words.tolist()]
        first = self.first_word.tolist()
        starts, ends = self.starts.tolist(), self.ends.tolist()
        return tuple(
            KeyTerm(self.vocabulary.stems[stem], weight, tuple(words[low:high]), self.text[starts[low] : ends[low]])
            for stem, weight, low, high in zip(
                self.stems.tolist(), self.weights.tolist(), first[:-1], first[1:], strict=True
            )
        )


class KeyTermFinder:
    """Finds key terms, with a vocabulary that it renews when it has grown too long. Safe for threads."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()

    def find(self, snapshot: Snapshot, article: Article) -> ArticleKeyTerms:
        """The key terms of an article, weighted by the document frequencies of a snapshot."""
        vocabulary = self._vocabulary
        if len(vocabulary.tokenizers.forms) > MAX_FORMS:
            vocabulary = self._vocabulary = Vocabulary()  # calls under way keep the old one
        limit = more_like_this.KEY_TERMS
        text = "\n".join((article.headline, *article.tags, article.body))
        tokens = vocabulary.tokenizers.of(article.language).tokenize(text)
        table, stem_count = vocabulary.forms(), len(vocabulary.stems)
        stems, counts = count_stems(
            tokens.forms, tokens.starts, table, stem_count, len(article.headline), HEADLINE_WEIGHT
        )
        frequencies = vocabulary.document_frequencies(snapshot, stems)
        weights, stems, has_ties = heaviest_stems(
            stems, counts, frequencies, snapshot.articles, limit, MIN_WEIGHT_SHARE
        )
        if has_ties:  # they go by the spelling of their stems
            keys = [
                (-weight, vocabulary.stems[stem]) for weight, stem in zip(weights.tolist(), stems.tolist(), strict=True)
            ]
            order = sorted(range(len(keys)), key=keys.__getitem__)[:limit]
            weights, stems = weights[order], stems[order]
        first_word, words, first_tokens = words_of_stems(tokens.forms, table, stems, stem_count)
        starts, ends = tokens.starts[first_tokens].astype(np.int64), tokens.ends[first_tokens].astype(np.int64)
        return ArticleKeyTerms(vocabulary, stems, weights, first_word, words, starts, ends, text)


class Vocabulary:
    """Numbers of stems and of words, in order of first appearance; and where each is in a segment's dictionary.

    `stems` and `words` are the texts by their numbers. Both only grow.
    """

    def __init__(self) -> None:
        self.tokenizers = Tokenizers()
        self.stems: list[str] = []
        self.words: list[str] = []
        self._stem_numbers: dict[str, int] = {}
        self._word_numbers: dict[str, int] = {}
        self._form_count = 0
        self._table = FormTable(np.empty(0, np.bool_), np.empty(0, np.int32), np.empty(0, np.int32))
        self._by_segment: WeakKeyDictionary[Segment, _SegmentLookups] = WeakKeyDictionary()
        self._lock = Lock()

    def forms(self) -> FormTable:
        """The table of all forms that the tokenizers have numbered so far."""
        count = len(self.tokenizers.forms)
        if self._form_count < count:
            with self._lock:
                self._add_forms(count)
        return self._table

    def _add_forms(self, end: int) -> None:
        """Extend the table to `end` forms. The arrays that others are reading are changed beyond their forms only."""
        table = FormTable(*(_with_room(array, end) for array in self._table))
        for form in range(self._form_count, end):
            word, stem, acronym = self.tokenizers.forms[form]
            table.is_distinctive[form] = is_distinctive(word, acronym)
            table.stem_of[form] = _number(stem, self._stem_numbers, self.stems)
            table.word_of[form] = _number(word, self._word_numbers, self.words)
        self._table = table
        self._form_count = max(self._form_count, end)

    def stem_classes(self, segment: Segment, stems: Int64s) -> Int64s:
        """The stem class of each stem in a segment, -1 if there is none."""
        return self._of(segment).stem_classes.find(stems, self.stems, segment.dictionary.stem_classes_of)

    def word_rows(self, segment: Segment, words: Int64s) -> Int64s:
        """The row of each word in a segment's dictionary, -1 if it is not there."""
        return self._of(segment).word_rows.find(words, self.words, segment.dictionary.word_rows)

    def distinctive_forms(self, segment: Segment) -> DistinctiveForms:
        """The forms of a segment's dictionary."""
        return self._of(segment).forms

    def document_frequencies(self, snapshot: Snapshot, stems: Int64s) -> Int64s:
        """How many live articles have a word of each stem in any text field."""
        totals = np.zeros(len(stems), dtype=np.int64)
        for view in snapshot.views:
            with view.segment.reading():
                stem_classes = self.stem_classes(view.segment, stems)
                if len(view.live):
                    is_there = stem_classes >= 0
                    counts = [view.documents_of(stem_class) for stem_class in stem_classes[is_there].tolist()]
                    totals[is_there] += np.array(counts, dtype=np.int64)
                else:
                    add_document_counts(view.segment.postings.arrays.counts, stem_classes, totals)
        return totals

    def _of(self, segment: Segment) -> "_SegmentLookups":
        lookups = self._by_segment.get(segment)
        if lookups is None:
            with self._lock:
                lookups = self._by_segment.setdefault(segment, _SegmentLookups(segment.dictionary))
        return lookups


def _number(text: str, numbers: dict[str, int], texts: list[str]) -> int:
    """The number of a text; a new one gets the next."""
    number = numbers.get(text)
    if number is None:
        number = numbers[text] = len(texts)
        texts.append(text)
    return number


def distinctive_forms(dictionary: TermDictionary) -> DistinctiveForms:
    """The forms of a dictionary, each with its `is_distinctive`."""
    words, word_of = dictionary.words, dictionary.word_of
    flags = distinctive_flags(words.letters, words.offsets, word_of, dictionary.acronyms)
    undecided = np.flatnonzero(flags == UNDECIDED)
    forms = zip(words.at(word_of[undecided]), dictionary.acronyms[undecided].tolist(), strict=True)
    flags[undecided] = [is_distinctive(word, bool(acronym)) for word, acronym in forms]
    return DistinctiveForms(dictionary.first_form, dictionary.stem_class_of, *dictionary.forms_by_word, flags)


class _SegmentLookups:
    """What a vocabulary remembers of a segment's dictionary."""

    def __init__(self, dictionary: TermDictionary) -> None:
        self.stem_classes = _Lookup()
        self.word_rows = _Lookup()
        self.forms = distinctive_forms(dictionary)


class _Lookup:
    """Remembers where numbered texts are in a dictionary, each looked up once."""

    def __init__(self) -> None:
        self._known: Int32s = np.empty(0, np.int32)
        self._lock = Lock()

    def find(self, numbers: Int64s, texts: Sequence[str], look_up_texts: Callable[[Sequence[str]], Int64s]) -> Int64s:
        """Where the texts of some numbers are (int64); `look_up_texts` is asked for those not looked up before."""
        known = self._known
        if len(texts) > len(known):
            with self._lock:
                known = self._known = _with_room(self._known, len(texts), NOT_LOOKED_UP)
        found, are_known = look_up(known, numbers)
        if not are_known:
            missing = found == NOT_LOOKED_UP
            new = numbers[missing]
            found[missing] = look_up_texts([texts[number] for number in new.tolist()])
            known[new] = found[missing]  # another thread writes the same
        return found


def _with_room(array: NDArray[Any], size: int, filling: int = 0) -> NDArray[Any]:  # Any: of whichever numbers
    """The array if it has `size` values; otherwise a longer one that begins with it."""
    if size <= len(array):
        return array
    longer = np.full(max(size, 2 * len(array), 1024), filling, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
