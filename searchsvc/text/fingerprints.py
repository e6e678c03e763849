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
from functools import lru_cache

from searchsvc.text.analyzer import fold

SHINGLE = 3  # words in a run: two share little by chance, and one changed word spoils only three runs

_WORD = re.compile(r"[^\W_]+")


def simhash(text: str) -> int:
    """64 bits of the runs of three words in `text`, case, accents and punctuation apart; 0 for a text without words.

    After Charikar, "Similarity estimation techniques from rounding algorithms" (2002): bit b is what most
    shingles have at b. A shingle's hash is the exclusive or of its words' hashes, one hash for each place in it.
    """
    words = _words(text)
    if not words:
        return 0
    words += ["", ""][: max(0, SHINGLE - len(words))]
    count = len(words) - SHINGLE + 1
    # All shingles at once, 64 bits each, in one long integer: the word at place p of a shingle lies p lanes on.
    lanes = 0
    hashes = [_word_hash(word) for word in words]
    for place in range(SHINGLE):
        lanes ^= int.from_bytes(b"".join([h[place] for h in hashes[place : place + count]]), "little")
    every_lane = int.from_bytes(b"\x01\0\0\0\0\0\0\0" * count, "little")
    bits = 0
    for bit in range(64):
        if 2 * ((lanes >> bit) & every_lane).bit_count() > count:
            bits |= 1 << bit
    return bits


def distance(a: int, b: int) -> int:
    """How many of the 64 bits differ: 0 for copies, about 32 for texts that have nothing to do with each other."""
    return (a ^ b).bit_count()


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words in `text`, case, accents and punctuation apart; a shorter text is one run."""
    words = _words(text)
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
    return _WORD.findall(fold(text))


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> tuple[bytes, ...]:
    """Eight bytes for each place that the word may have in a shingle; the same in every process."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8 * SHINGLE).digest()
    return tuple(digest[8 * place : 8 * place + 8] for place in range(SHINGLE))
