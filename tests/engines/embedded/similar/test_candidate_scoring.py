"""Documents whose closeness is never reckoned are not among the closest."""

import random

import pytest

from tests.engines.embedded.conftest import OpenEngine, shown
from tests.engines.samples import story


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_closest_are_the_first_of_all_that_are_reckoned(open_engine: OpenEngine, seed: int, segments: int) -> None:
    chance = random.Random(seed)
    words = [f"word{letter}{other}" for letter in "abcdefgh" for other in "abcdefgh"]
    engine = open_engine()
    articles = [
        story(
            str(number),
            " ".join(chance.choices(words, k=3)),
            " ".join(chance.choices(words[: chance.choice((8, 30, 64))], k=chance.choice((10, 40, 120)))),
            on=f"20{chance.randint(10, 15)}-0{chance.randint(1, 9)}-11",
            tags=(f"tag {number % 5}",) if number % 7 == 0 else (),
        )
        for number in range(600)
    ]
    for part in range(segments):
        with engine.writer() as writer:
            for article in articles[part::segments]:
                writer.put(article)
    for article in articles[:12]:
        every = shown(engine.related(article, limit=600))  # so many that all are scored
        assert sum(map(len, every.values())) > 100
        for limit in (1, 4, 10):
            few = shown(engine.related(article, limit=limit))
            assert few == {part: places[:limit] for part, places in every.items()}
