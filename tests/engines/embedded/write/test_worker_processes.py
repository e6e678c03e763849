"""Several processes write what one would, and whatever becomes of any of them, the last commit is whole."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from searchsvc.engines.contract import Outcome
from searchsvc.engines.embedded.write import buffer, memory_budget, worker_processes
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.errors import EngineError
from searchsvc.model.article import Article
from searchsvc.model.query import Phrase, Term
from searchsvc.model.request import FacetRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.embedded.write.test_writer import start
from tests.engines.samples import ids, request_of, story

WORDS = ("rain", "snow", "Kent", "U.S.", "naïve", "strikes", "1,000", "police", "said", "\ud83d")


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are started with the first chunk, and a chunk is one or two articles."""
    monkeypatch.setattr(worker_processes, "START_BYTES", -1)
    monkeypatch.setattr(buffer, "CHUNK_BYTES", 200)


def made_up(seed: int, count: int) -> list[Article]:
    """Articles of which some replace others, and some come twice."""
    chance = random.Random(seed)
    articles = []
    for _ in range(count):
        words = chance.choices(WORDS, k=20)
        articles.append(
            story(
                str(chance.randrange(count * 2 // 3)), " ".join(words[:3]), " ".join(words[3:]), tags=(words[0],),
                on="2015-09-30", language=chance.choice(("en", "de")),
            )
        )  # fmt: skip
        if chance.random() < 0.1:
            articles.append(articles[-1])
    return articles


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize(("processes", "tokens"), [(1, 10**6), (2, 10**6), (3, 10**6), (2, 400)])
def test_the_same_index_comes_of_any_number_of_processes(
    open_engine: OpenEngine, processes: int, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_budget, "MIN_TOKENS", tokens)
    monkeypatch.setattr(memory_budget, "FLUSH_BYTES", 10**12)
    articles = made_up(processes, 300)
    plain = MemoryEngine()
    engine = open_engine()
    with plain.writer() as expected, engine.writer(fresh=True, processes=processes) as writer:
        for number, article in enumerate(articles):
            assert writer.put(article) is expected.put(article)
            if number % 40 == 39:
                gone = articles[number - 20].id
                assert writer.delete(gone) == expected.delete(gone)
    assert {a.id: a for a in engine.scan()} == {a.id: a for a in plain.scan()}
    for query in (Term("rain"), Term("strike"), Phrase("police said"), Term("kent")):
        request = request_of(query, facets=(FacetRequest(field="tag"),), limit=1000)
        one, other = engine.search(request), plain.search(request)
        assert one.total == other.total
        assert one.facets == other.facets
        scores = {hit.article.id: hit.score for hit in other.hits}
        assert {hit.article.id: hit.score for hit in one.hits} == pytest.approx(scores)


@pytest.mark.usefixtures("_eager")
def test_commits_with_workers_go_on_from_what_is_there(open_engine: OpenEngine) -> None:
    engine = open_engine()
    with engine.writer() as writer:
        writer.put(story("old", "Fog"))
        writer.put(story("0", "Fog"))
    with engine.writer(processes=2) as writer:
        for n in range(20):
            outcome = writer.put(story(str(n), f"Rain {n}", "snow " * 30))
            assert outcome is (Outcome.ADDED if n else Outcome.REPLACED)
        writer.commit()
        assert len(ids(engine, Term("rain"))) == 20
        assert writer.put(story("3", "Rain 3", "snow " * 30)) is Outcome.UNCHANGED
        assert writer.put(story("3", "Hail", "snow " * 30)) is Outcome.REPLACED
    assert len(ids(engine, Term("snow"))) == 20
    assert ids(engine, Term("hail")) == ["3"]
    assert ids(engine, Term("fog")) == ["old"]


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize(
    ("field", "value"),
    [("published_at", "not a date"), ("published_on", 3), ("headline", 5), ("body", None), ("tags", (1,)),
     ("authors", None), ("place", b"Kent"), ("fingerprint", "x"), ("language", 7)],
)  # fmt: skip
def test_an_article_that_cannot_be_kept_costs_no_other(open_engine: OpenEngine, field: str, value: object) -> None:
    beyond = story("2", "Snow", published_at=datetime(1, 1, 1, tzinfo=UTC))
    object.__setattr__(beyond, field, value)
    with open_engine().writer(fresh=True, processes=2) as writer:
        writer.put(story("1", "Rain", "rain " * 100))
        with pytest.raises((AttributeError, TypeError)):
            writer.put(beyond)
        writer.put(story("3", "Hail", "hail " * 100))
    assert ids(open_engine()) == ["1", "3"]


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("fresh", [True, False])
def test_a_worker_killed_leaves_the_last_commit(open_engine: OpenEngine, index_dir: Path, fresh: bool) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    before = set(index_dir.rglob("*"))
    others = set(active_children())

    def write() -> None:
        with open_engine().writer(fresh=fresh, processes=2) as writer:
            for n in range(20):
                writer.put(story(f"new-{n}", "Hail", "hail " * 100))
            [worker] = set(active_children()) - others
            worker.kill()

    with pytest.raises(EngineError, match=r"process that (helped to write died|was to help)"):
        write()
    assert ids(open_engine()) == ["1"]
    assert set(index_dir.rglob("*")) == before


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("fresh", [True, False])
def test_an_interrupt_leaves_the_last_commit(open_engine: OpenEngine, index_dir: Path, fresh: bool) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    before = set(index_dir.rglob("*"))

    def write() -> None:
        with open_engine().writer(fresh=fresh, processes=2) as writer:
            for n in range(20):
                writer.put(story(f"new-{n}", "Hail", "hail " * 100))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert ids(open_engine()) == ["1"]
    assert set(index_dir.rglob("*")) == before


@pytest.mark.usefixtures("_eager")
def test_an_error_of_the_disk_in_a_worker_is_named(
    open_engine: OpenEngine, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    started: Callable[..., worker_processes.Worker] = worker_processes.Worker
    nowhere = index_dir / "no such folder"
    monkeypatch.setattr(worker_processes, "Worker", lambda number, folder: started(number, nowhere))

    def write() -> None:
        with open_engine().writer(processes=2) as writer:
            for n in range(20):
                writer.put(story(f"new-{n}", "Hail", "hail " * 100))

    with pytest.raises(EngineError, match="no such folder"):
        write()
    assert ids(open_engine()) == ["1"]


FULL = """
    import random, resource, signal
    from searchsvc.engines.embedded.write import buffer, worker_processes
    from searchsvc.errors import EngineError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a worker, too, begins so
    worker_processes.START_BYTES, buffer.CHUNK_BYTES = -1, 2_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    chance = random.Random(1)
    try:
        with engine.writer(processes=2) as writer:
            for number in range(200):
                words = " ".join(str(chance.random())[2:] for _ in range(200))
                writer.put(Article(id=ArticleId(f"new-{number}"), headline="Hail", body=words))
    except EngineError as error:
        print(error, flush=True)
"""


def test_a_full_disk_leaves_the_last_commit(open_engine: OpenEngine, index_dir: Path) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    with start(FULL, index_dir) as process:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert output.startswith(f"the index in {index_dir} cannot be written: ")
    assert ids(open_engine()) == ["1"]
    with open_engine().writer() as writer:
        writer.put(story("2", "Snow"))
    assert ids(open_engine()) == ["1", "2"]
