"""Archives for "more stories": few words, so that many stories share some of them."""

import random

from searchsvc.model.article import Article
from tests.engines.samples import story

WORDS = (
    "harbour",
    "harbours",
    "strike",
    "Paris",
    "US",
    "us",
    "U.S.",
    "1,000",
    "B52",
    "is",
    "été",
    "Ødegård",
    "国",
    "٣٤٥",
)


def mixed_stories(seed: int, count: int) -> list[Article]:
    """Stories with inflections, acronyms, numbers and tags; in three languages by turns."""
    found = []
    for number in range(count):
        chosen = [WORDS[(seed + number * 7 + n * n * (number % 5 + 1)) % len(WORDS)] for n in range(9)]
        found.append(
            story(
                f"{number:03}", " ".join(chosen[:3]), " ".join(chosen) + f" plain{'abcdefghij'[number % 10]} told",
                on=f"2015-{number % 12 + 1:02}-11", tags=(chosen[0],) if number % 3 else (),
                language=("en", "fr", "xx")[number % 3],
            )
        )  # fmt: skip
    return found


def random_stories(seed: int, count: int) -> list[Article]:
    """Stories of 64 words, of some of which more often than of others; of very different lengths and dates."""
    chance = random.Random(seed)
    words = [f"word{one}{other}" for one in "abcdefgh" for other in "abcdefgh"]
    return [
        story(
            str(number),
            " ".join(chance.choices(words, k=3)),
            " ".join(chance.choices(words[: chance.choice((8, 30, 64))], k=chance.choice((10, 40, 120)))),
            on=f"20{chance.randint(10, 15)}-0{chance.randint(1, 9)}-11" if number % 11 else "",
            tags=(f"tag {number % 5}",) if number % 7 == 0 else (),
        )
        for number in range(count)
    ]
