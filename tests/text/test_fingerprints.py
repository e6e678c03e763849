import random
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.fingerprints import _WORD, _majority, _words, distance, resemblance, shingles, simhash

WORDS = [f"word{i}" for i in range(2000)]


def story(seed: int, length: int = 300) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def test_case_accents_and_punctuation_do_not_count() -> None:
    assert simhash("Un café, à Paris; hier!") == simhash("UN CAFE A PARIS HIER")


def test_copies_lie_near_and_strangers_far() -> None:
    words = story(1)
    edited = [*words[:50], "another", "word", *words[52:280]]  # two words changed and the end cut off
    assert distance(simhash(" ".join(words)), simhash(" ".join(edited))) <= 16
    far = [distance(simhash(" ".join(story(1))), simhash(" ".join(story(seed)))) for seed in range(2, 42)]
    assert min(far) > 16
    assert 28 < sum(far) / len(far) < 36


def test_the_order_of_words_counts() -> None:
    words = story(3)
    assert distance(simhash(" ".join(words)), simhash(" ".join(reversed(words)))) > 16


@pytest.mark.parametrize("text", ["", " ", "!?", "…"])
def test_a_text_without_words_has_no_fingerprint(text: str) -> None:
    assert simhash(text) == 0
    assert shingles(text) == frozenset()


@pytest.mark.parametrize("text", ["one", "one two", "one two three"])
def test_short_texts_have_fingerprints_too(text: str) -> None:
    assert simhash(text) != 0
    assert shingles(text) == {tuple(text.split())}


@given(st.lists(st.integers(min_value=0, max_value=2**64 - 1), min_size=1, max_size=80))
def test_the_majority_is_that_of_a_plain_count(lanes: list[int]) -> None:
    plain = sum(1 << bit for bit in range(64) if 2 * sum(lane >> bit & 1 for lane in lanes) > len(lanes))
    assert _majority(sum(lane << 64 * i for i, lane in enumerate(lanes)), len(lanes)) == plain


def test_a_very_long_text_is_counted_too() -> None:
    words = story(5, 1000) * 70
    assert distance(simhash(" ".join(words)), simhash(" ".join(words[:1000]))) <= 4


@given(st.text())
def test_a_fingerprint_has_64_bits(text: str) -> None:
    assert 0 <= simhash(text) < 1 << 64


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    code = "from searchsvc.text.fingerprints import simhash; print(simhash('Storm tears roof from market hall'))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(printed) == simhash("Storm tears roof from market hall")


def test_a_cut_copy_resembles_the_whole() -> None:
    words = story(7)
    assert resemblance(" ".join(words), " ".join(words[:100])) == 1.0
    assert resemblance(" ".join(words), " ".join(story(8))) < 0.01
    assert resemblance("", "one two three") == 0.0


@given(st.text(alphabet=st.sampled_from("aB1_ É\u0301’“–\xa0\n'-")))
def test_the_fast_way_to_words_gives_the_same_words(text: str) -> None:
    assert _words(text) == _WORD.findall(unicodedata.normalize("NFC", text).lower())
