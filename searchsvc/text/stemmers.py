"""Stemmers: a language to its stemming function. The Snowball languages; every other word is its own stem.

>>> stemmer("en")("strikes"), stemmer("fr")("grèves"), stemmer("xx")("strikes")
('strike', 'grev', 'strikes')
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import Stemmer

# ISO 639-1 to the Snowball algorithm's name, as PyStemmer 3 knows them.
SNOWBALL: dict[str, str] = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """The stemming function of an ISO 639-1 code, for lower-case words; identity where there is none.

    It remembers the 20,000 words last seen, some 3 MB a language in use, and is safe to share by threads.
    """
    return lru_cache(maxsize=20_000)(_algorithm(language).stemWord) if language in SNOWBALL else _itself


def stems(words: Sequence[str], language: str) -> Sequence[str]:
    """The stems of lower-case words, of which none is remembered."""
    return _algorithm(language).stemWords(words) if language in SNOWBALL else words


@cache
def _algorithm(language: str) -> Stemmer.Stemmer:
    # Its own cache is not shared safely by threads: off, for ours.
    return Stemmer.Stemmer(SNOWBALL[language], maxCacheSize=0)


def _itself(word: str) -> str:
    return word
