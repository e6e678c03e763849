"""Languages: which one a text is written in, as an ISO 639-1 code.

Not for what a source says itself about its language (`ingest.finishing` believes that first).

>>> detect("The minister said on Tuesday that the bridge would be closed to all traffic for the rest of the year.")
'en'
>>> detect("Le ministre a déclaré mardi que le pont serait fermé à la circulation jusqu'à la fin de l'année.")
'fr'
>>> detect("Rain") is None
True
"""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from searchsvc.text.cleaning import without_signs

ENOUGH_WORDS = 5  # in fewer, names and loan words decide
ENOUGH_CHARACTERS = 600  # more says little that the first did not, and costs as much again
CONFIDENT = 0.5  # of the model's share for its first choice; below it, it is wrong about as often as right

_WORD = re.compile(r"[^\W\d_]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")  # written without spaces
# Small words that no other language of the press has as words: many of them settle it, at a tenth of the cost.
_ENGLISH = frozenset({
    "the", "of", "and", "to", "that", "with", "was", "from", "which", "were", "been", "would", "said", "this", "have",
    "has", "are", "for", "by", "their", "they", "not",
})  # fmt: skip
_ENGLISH_SHARE = 0.1


def detect(text: str) -> str | None:
    """The language of the beginning of `text`; None when it is too short or too mixed to tell."""
    beginning = text[:ENOUGH_CHARACTERS]
    words = _words(beginning)
    if len(words) < ENOUGH_WORDS and len(_CJK.findall(beginning)) < 2 * ENOUGH_WORDS:
        return None
    if len(words) >= 4 * ENOUGH_WORDS:
        small = sum(map(_ENGLISH.__contains__, words))
        if small >= _ENGLISH_SHARE * len(words):
            return "en"
    language: str
    language, confidence = _identifier().classify(beginning.lower() if beginning.isupper() else beginning)
    if confidence < CONFIDENT or len(language) != 2:
        return None
    return _SAME.get(language, language)


def _words(text: str) -> list[str]:
    """In small letters."""
    plain = without_signs(text)
    if plain.isascii():
        return plain.translate(_ASCII_GAPS).lower().split()
    return list(map(str.lower, _WORD.findall(text)))


_ASCII_GAPS = "".join(c if c.isalpha() else " " for c in map(chr, range(128)))

_SAME = {"nb": "no", "nn": "no"}  # the two ways of writing Norwegian have one stemmer


@cache
def _identifier() -> LanguageIdentifier:
    """The model, read at the first need: a second, and some 20 MB."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
