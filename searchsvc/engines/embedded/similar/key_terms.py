"""Telling: the key terms of an article, as `more_like_this.key_terms` finds them, from the tokens of its texts.

Words are known by their numbers in `Tokenizers`, and the row of each in a segment's dictionary is looked up once: of a
text nearly all words have been met before. The slow twin is `more_like_this.key_terms`.
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
from searchsvc.engines.embedded.kernels.jit import kernel
from searchsvc.engines.embedded.similar.candidates import TellingWords, telling_words
from searchsvc.engines.more_like_this import HEADLINE_WEIGHT, TELLING, KeyTerm, is_telling
from searchsvc.model.article import Article

Numbers = NDArray[np.int64]

# Forms that are remembered; beyond, all are forgotten: some 20 MB.
MOST_FORMS = 50_000

_UNKNOWN = -2


class Terms(NamedTuple):
    """Key terms, heaviest first: `weights` of each, and the numbers of their stems.

    Its words in the article are `words` from `first` to the next term's, in the order in which they come, each once;
    `starts` and `ends` say where in `text` each comes first. Numbers are those of `names`.
    """

    names: "Names"
    stems: Numbers
    weights: NDArray[np.float64]
    first: Numbers
    words: Numbers
    starts: Numbers
    ends: Numbers
    text: str

    def key_terms(self) -> tuple[KeyTerm, ...]:
        """The same in words."""
        words = [self.names.word_texts[number] for number in self.words.tolist()]
        first = self.first.tolist()
        starts, ends = self.starts.tolist(), self.ends.tolist()
        return tuple(
            KeyTerm(self.names.stem_texts[stem], weight, tuple(words[low:high]), self.text[starts[low] : ends[low]])
            for stem, weight, low, high in zip(
                self.stems.tolist(), self.weights.tolist(), first[:-1], first[1:], strict=True
            )
        )


class Telling:
    """Finds key terms; for threads. It learns the words of the texts that it sees."""

    def __init__(self) -> None:
        self._names = Names()

    def terms(self, snapshot: Snapshot, article: Article) -> Terms:
        """The key terms of an article, by how many articles of the snapshot have a word of each stem."""
        names = self._names
        if len(names.tokenizers.forms) > MOST_FORMS:
            names = self._names = Names()  # what is under way goes on with its own
        text = "\n".join((article.headline, *article.tags, article.body))
        tokenized = names.tokenizers.of(article.language).tokenize(text)
        is_telling, stem_of, word_of = names.known()
        forms, size = tokenized.forms, len(names.stem_texts)
        stems, counts = counted(forms, tokenized.starts, len(article.headline), is_telling, stem_of, size)
        frequencies = names.frequencies(snapshot, stems)
        weights, chosen, is_tied = heaviest(
            stems, counts, frequencies, snapshot.articles, more_like_this.KEY_TERMS, TELLING
        )
        if is_tied:
            texts = [names.stem_texts[stem] for stem in chosen.tolist()]
            keys = list(zip((-weights).tolist(), texts, strict=True))
            order = sorted(range(len(keys)), key=keys.__getitem__)[: more_like_this.KEY_TERMS]
            weights, chosen = weights[order], chosen[order]
        first, words, tokens = words_of(forms, is_telling, stem_of, word_of, chosen, size)
        starts, ends = tokenized.starts[tokens].astype(np.int64), tokenized.ends[tokens].astype(np.int64)
        return Terms(names, chosen, weights, first, words, starts, ends, text)


class Names:
    """Numbers for stems and for words, in order of first appearance, and what is known of each form and segment."""

    def __init__(self) -> None:
        self.tokenizers = Tokenizers()
        self.stem_texts: list[str] = []
        self.word_texts: list[str] = []
        self._stems: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._known = 0
        self._arrays = np.empty(0, np.bool_), np.empty(0, np.int32), np.empty(0, np.int32)
        self._places: WeakKeyDictionary[Segment, _Places] = WeakKeyDictionary()
        self._lock = Lock()

    def known(self) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.int32]]:
        """Of each form met so far whether it is telling, the number of its stem, and that of its word."""
        forms = self.tokenizers.forms
        if self._known < len(forms):
            with self._lock:
                self._learn(len(forms))
        return self._arrays

    def _learn(self, end: int) -> None:
        telling, stems, words = (_with_room(array, end) for array in self._arrays)
        for number in range(self._known, end):
            word, stem, acronym = self.tokenizers.forms[number]
            telling[number] = is_telling(word, acronym)
            stems[number] = self._number(stem, self._stems, self.stem_texts)
            words[number] = self._number(word, self._words, self.word_texts)
        self._arrays = telling, stems, words
        self._known = max(self._known, end)

    @staticmethod
    def _number(text: str, numbers: dict[str, int], texts: list[str]) -> int:
        number = numbers.get(text)
        if number is None:
            number = numbers[text] = len(texts)
            texts.append(text)
        return number

    def stem_classes(self, segment: Segment, stems: Numbers) -> Numbers:
        """The stem class of each stem in a segment, -1 where there is none."""
        return self._of(segment).stem_classes.find(stems, self.stem_texts, segment.dictionary.stem_classes_of)

    def rows(self, segment: Segment, words: Numbers) -> Numbers:
        """The row of each word in a segment's dictionary, -1 where there is none."""
        return self._of(segment).rows.find(words, self.word_texts, segment.dictionary.rows)

    def telling_words(self, segment: Segment) -> TellingWords:
        """What of a segment's dictionary is asked for when candidates are found."""
        return self._of(segment).telling_words

    def frequencies(self, snapshot: Snapshot, stems: Numbers) -> Numbers:
        """How many live articles have a word of each stem in any text field."""
        total = np.zeros(len(stems), dtype=np.int64)
        for view in snapshot.views:
            with view.segment.reading():
                stem_classes = self.stem_classes(view.segment, stems)
                if len(view.live):
                    known = stem_classes >= 0
                    counts = [view.documents_of(stem_class) for stem_class in stem_classes[known].tolist()]
                    total[known] += np.array(counts, dtype=np.int64)
                else:
                    add_documents(view.segment.postings.arrays.counts, stem_classes, total)
        return total

    def _of(self, segment: Segment) -> "_Places":
        places = self._places.get(segment)
        if places is None:
            with self._lock:
                places = self._places.setdefault(segment, _Places(telling_words(segment.dictionary)))
        return places


class _Lookup:
    """Where numbered texts are in a dictionary, looked up once each."""

    def __init__(self) -> None:
        self._places = np.empty(0, np.int32)
        self._lock = Lock()

    def find(self, numbers: Numbers, texts: Sequence[str], look: Callable[[Sequence[str]], Numbers]) -> Numbers:
        places = self._places
        if len(texts) > len(places):
            with self._lock:
                places = self._places = _with_room(self._places, len(texts), _UNKNOWN)
        found, is_known = looked_up(places, numbers)
        if not is_known:
            unknown = found == _UNKNOWN
            new = numbers[unknown]
            found[unknown] = look([texts[number] for number in new.tolist()])
            places[new] = found[unknown]  # another thread writes the same
        return found


class _Places:
    def __init__(self, telling: TellingWords) -> None:
        self.stem_classes, self.rows, self.telling_words = _Lookup(), _Lookup(), telling


def _with_room(array: NDArray[Any], size: int, filling: int = 0) -> NDArray[Any]:  # Any: of whichever numbers
    """The array, or a longer one that begins with it."""
    if size <= len(array):
        return array
    wider = np.full(max(size, 2 * len(array), 1024), filling, dtype=array.dtype)
    wider[: len(array)] = array
    return wider


@kernel
def looked_up(places: NDArray[np.int32], numbers: Numbers) -> tuple[Numbers, bool]:
    """The places of some numbers, and whether all are known."""
    found = np.empty(numbers.size, np.int64)
    is_known = True
    for i in range(numbers.size):
        found[i] = places[numbers[i]]
        is_known &= found[i] != _UNKNOWN
    return found, is_known


@kernel
def add_documents(counts: NDArray[np.uint32], stem_classes: Numbers, total: Numbers) -> None:
    """Add in how many documents each stem class is, nothing for one that is not there (-1)."""
    for i in range(stem_classes.size):
        if stem_classes[i] >= 0:
            total[i] += counts[stem_classes[i]]


@kernel
def counted(
    forms: NDArray[np.uint32], starts: NDArray[np.uint32], headline_end: int,
    is_telling: NDArray[np.bool_], stem_of: NDArray[np.int32], size: int,
) -> tuple[Numbers, Numbers]:  # fmt: skip
    """The stems of telling words in the order in which they come, and what each one's occurrences count."""
    place_of = np.full(size, -1, np.int32)
    stems, counts = np.empty(forms.size, np.int64), np.empty(forms.size, np.int64)
    held = 0
    for i in range(forms.size):
        form = forms[i]
        if is_telling[form]:
            stem = stem_of[form]
            place = place_of[stem]
            if place < 0:
                place = place_of[stem] = held
                stems[held], counts[held] = stem, 0
                held += 1
            counts[place] += HEADLINE_WEIGHT if starts[i] < headline_end else 1
    return stems[:held], counts[:held]


@kernel
def heaviest(
    stems: Numbers, counts: Numbers, frequencies: Numbers, articles: int, limit: int, telling: float
) -> tuple[NDArray[np.float64], Numbers, bool]:
    """The `limit` heaviest stems and their weights, heaviest first; whether any of these weights are equal.

    A stem is weighed as by `more_like_this.key_terms`, by what its occurrences count and how many of the articles have
    it; out of it are those below the `telling` part of the heaviest. Stems as heavy as the last one come too.
    """
    weights = np.empty(counts.size, np.float64)
    for i in range(counts.size):
        rarity = np.log1p((articles - frequencies[i] + 0.5) / (frequencies[i] + 0.5))
        weights[i] = (1 + np.log1p(counts[i] - 1)) * rarity
    order = np.argsort(-weights)
    held = 0
    is_tied = False
    while held < order.size and weights[order[held]] >= telling * weights[order[0]]:
        is_equal = held > 0 and weights[order[held]] == weights[order[held - 1]]
        if held >= limit and not is_equal:
            break
        is_tied |= is_equal
        held += 1
    order = order[:held]
    return weights[order], stems[order], is_tied


@kernel
def words_of(
    forms: NDArray[np.uint32], is_telling: NDArray[np.bool_], stem_of: NDArray[np.int32], word_of: NDArray[np.int32],
    chosen: Numbers, size: int,
) -> tuple[Numbers, Numbers, Numbers]:  # fmt: skip
    """Of each chosen stem the words, each once in the order in which they come, and the first token of each.

    Where those of each stem begin comes first. `size` is the number of stems that there are.
    """
    place_of = np.full(size, -1, np.int32)
    for place in range(chosen.size):
        place_of[chosen[place]] = place
    places, words, tokens = np.empty(forms.size, np.int64), np.empty(forms.size, np.int64), np.empty_like(forms)
    first = np.zeros(chosen.size + 2, np.int64)
    held = 0
    for i in range(forms.size):
        place = place_of[stem_of[forms[i]]]
        if place >= 0 and is_telling[forms[i]]:
            word = word_of[forms[i]]
            known = False
            for j in range(held):
                known |= words[j] == word and places[j] == place
            if not known:
                places[held], words[held], tokens[held] = place, word, i
                first[place + 2] += 1
                held += 1
    for place in range(chosen.size):
        first[place + 2] += first[place + 1]
    in_order, their_tokens = np.empty(held, np.int64), np.empty(held, np.int64)
    for i in range(held):
        at = first[places[i] + 1]
        in_order[at], their_tokens[at] = words[i], tokens[i]
        first[places[i] + 1] += 1
    return first[:-1], in_order, their_tokens
