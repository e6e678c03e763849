"""Address: how far the last words of a page's address are those of a title, of which most addresses are made.

An address is made once, and stays when a heading is written anew: it is a witness of its own. Not for addresses that
are numbers, or letters of which no word can be made.

>>> address = "https://paper.example/politik/bruecke-ueber-den-fluss-gesperrt-a-4711.html"
>>> likeness(address, "Brücke über den Fluss gesperrt"), likeness(address, "Wo es heute nicht weitergeht")
(1.0, 0.0)
"""

import re
import unicodedata
from collections import Counter
from urllib.parse import unquote

MIN_WORDS = 2  # of an address; a single one is the name of a section
MAX_LENGTH = 500  # characters of a path

# How letters are written in addresses where taking off their marks does not do: one way or the other.
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"})
_ONE_LETTER = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "å": "a", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
_SILENT = re.compile("['’`´\u00ad\u200b\u2060]")
_WORD = re.compile(r"[a-z0-9]+")
_SUFFIX = re.compile(r"\.[a-z]{2,5}$")
_NUMBER = re.compile(r"\d{3,}|[a-z]{0,3}\d+[a-z0-9]*")  # of the article, and beginnings and ends of such


def likeness(address: str, title: str) -> float:
    """The share of words that both have, from 0 to 1, in whatever order; 0 of an address without enough words."""
    told = _words_of(address)
    if len(told) < MIN_WORDS:
        return 0.0
    return max(_share(told, _words(title, table)) for table in (_TWO_LETTERS, _ONE_LETTER))


def _words_of(address: str) -> list[str]:
    """Those of the step of the path that has the most, without suffix and number of the article; of equals the last."""
    path = re.split("[?#]", address.partition("//")[2].partition("/")[2].lower())[0]
    steps = reversed(unquote(path[:MAX_LENGTH]).split("/"))
    words = max((_words(_SUFFIX.sub("", step), _ONE_LETTER) for step in steps), key=len)
    while words and (len(words[-1]) == 1 or _NUMBER.fullmatch(words[-1])):
        words.pop()
    return words


def _words(text: str, table: dict[int, str]) -> list[str]:
    letters = unicodedata.normalize("NFC", _SILENT.sub("", text).casefold()).translate(table)
    return _WORD.findall("".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c)))


def _share(some: list[str], others: list[str]) -> float:
    both = (Counter(some) & Counter(others)).total()
    return 2 * both / (len(some) + len(others))
