"""Fingerprints: are two texts the same wire copy?

A simhash is 64 bits that lie near (few bits apart) when texts share most of their runs of words: a quick way to
candidates. `resemblance` then looks at the texts themselves. Not for similar topics: that is "More stories".

>>> short = "The river rose by two metres in the night and the old bridge was closed to all traffic."
>>> longer = short + " Nobody was hurt, and the ferry sails again from Monday."
>>> distance(simhash(short), simhash(short.upper().replace(",", "")))
0
>>> resemblance(short, longer) > 0.9, resemblance(short, "A wholly different story about a cat and a hat.")
(True, 0.0)
"""

import hashlib
import re
import unicodedata

from searchsvc.text.analyzer import fold
from searchsvc.text.cleaning import without_signs

SHINGLE = 3  # words in a run: two share little by chance, and one changed word spoils only three runs

# Places by which the hash of a shingle's second word is turned before it meets the first; the third, twice as far.
_TURN = 64 + 13

_WORD = re.compile(r"[^\W_]+")
_ASCII_GAPS = "".join(c if c.isalnum() else " " for c in map(chr, range(128)))


def simhash(text: str) -> int:
    """64 bits of the runs of words in `text`, case, accents and punctuation apart; 0 for a text without words.

    After Charikar, "Similarity estimation techniques from rounding algorithms" (2002): bit b is what most
    shingles have at b. The same in every process.
    """
    words = _words(text)
    if not words:
        return 0
    # All shingles at once: the words' hashes as one long integer of 64-bit lanes, met by itself one and two words on.
    # (The turn makes the order of the words count; it also lets some bits of the next word in, which does no harm.)
    lanes = int.from_bytes(b"".join(map(_HASHES.__getitem__, words)), "little")
    lanes ^= (lanes >> _TURN) ^ (lanes >> 2 * _TURN)
    count = max(1, len(words) - SHINGLE + 1)
    return _majority(lanes & ((1 << 64 * count) - 1), count)


def distance(a: int, b: int) -> int:
    """How many of the 64 bits differ: 0 for copies, about 32 for texts that have nothing to do with each other."""
    return (a ^ b).bit_count()


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words in `text`, case, accents and punctuation apart; a shorter text is one run."""
    words = [fold(word) for word in _words(text)]
    if len(words) < SHINGLE:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(*(words[place:] for place in range(SHINGLE)), strict=False))


def resemblance(a_text: str, b_text: str) -> float:
    """The share, from 0 to 1, of the shorter text's shingles that the longer one has: 1 also for a cut copy.

    Containment of Broder, "On the resemblance and containment of documents" (1997).
    """
    a, b = shingles(a_text), shingles(b_text)
    if not a or not b:
        return 0.0
    return len(a & b) / min(len(a), len(b))


def _words(text: str) -> list[str]:
    """In small letters, accents still on: folding is left to what remembers each word."""
    plain = without_signs(text)  # no word has one of them in it
    if plain.isascii():
        return plain.translate(_ASCII_GAPS).lower().split()
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _majority(lanes: int, count: int) -> int:
    """The 64 bits that more than half of the `count` lanes of 64 bits have.

    The upper half of the lanes is added to the lower until one is left, all 64 counts at once: `planes[k]` holds bit k
    of every count, and an addition is that of a logic circuit. Some six passes over the text's hashes in all.
    """
    planes = [lanes]
    left = count
    while left > 1:
        left = (left + 1) // 2
        width, lower = 64 * left, (1 << 64 * left) - 1
        carry = 0
        sums: list[int] = []
        for plane in planes:
            a, b = plane & lower, plane >> width
            either = a ^ b
            sums.append(either ^ carry)
            carry = (a & b) | (carry & either)
        planes = [*sums, carry]
    # Compared with half of the count from the highest bit on.
    half = count // 2
    greater, equal = 0, (1 << 64) - 1
    for k in range(max(len(planes), half.bit_length()) - 1, -1, -1):
        plane = planes[k] if k < len(planes) else 0
        if half >> k & 1:
            equal &= plane
        else:
            greater |= equal & plane
            equal &= ~plane
    return greater


class _Hashes(dict[str, bytes]):
    """Eight bytes for a word, the same in every process; the 200,000 words last met are remembered."""

    def __missing__(self, word: str) -> bytes:
        if len(self) >= 200_000:
            self.clear()
        hashed = hashlib.blake2b(fold(word).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[word] = hashed
        return hashed


_HASHES = _Hashes()
