"""Whatever becomes of a writer, the last commit is whole; and segments are merged without a trace."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from searchsvc.engines.contract import Outcome
from searchsvc.engines.embedded.write import buffer, memory_budget
from searchsvc.engines.embedded.write.merge_policy import MAX_SEGMENTS
from searchsvc.errors import EngineError, IndexLocked
from searchsvc.model.article import ArticleId
from searchsvc.model.query import Phrase, Prefix, Term
from searchsvc.model.request import FacetRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import ids, request_of, story

ROOT = Path(__file__).parents[4]

PRELUDE = """
    import sys
    from pathlib import Path
    from searchsvc.engines.embedded.engine import EmbeddedEngine
    from searchsvc.model.article import Article, ArticleId
    engine = EmbeddedEngine(Path(sys.argv[1]))
"""


def start(program: str, index_dir: Path) -> "subprocess.Popen[str]":
    """Another process that runs a program after PRELUDE; it prints a line when it is ready."""
    code = textwrap.dedent(PRELUDE) + textwrap.dedent(program)
    arguments = [sys.executable, "-W", "ignore", "-c", code, str(index_dir)]
    return subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.mark.parametrize("flush", ["", "writer._flush()"], ids=["buffered", "flushed"])
def test_a_writer_killed_at_work_leaves_the_last_commit(open_engine: OpenEngine, index_dir: Path, flush: str) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
        writer.put(story("2", "Snow"))
    program = f"""
        with engine.writer() as writer:
            for n in range(50):
                writer.put(Article(id=ArticleId(f"new-{{n}}"), headline="Hail", body="Hail fell. " * 50))
            writer.delete(ArticleId("1"))
            {flush}
            print("ready", flush=True)
            sys.stdin.read()
    """
    with start(program, index_dir) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(IndexLocked) as caught:
            open_engine().writer()
        assert str(process.pid) in str(caught.value)
        assert ids(open_engine()) == ["1", "2"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        process.communicate()
    assert ids(open_engine()) == ["1", "2"]
    with open_engine().writer() as writer:
        assert writer.put(story("1", "Rain")) is Outcome.UNCHANGED
        writer.put(story("3", "Fog"))
    assert ids(open_engine()) == ["1", "2", "3"]
    assert sorted(path.suffix for path in index_dir.glob("*/MAIN_*")) == [".arrays"] * 2 + [".valid"] * 2


def test_a_full_disk_leaves_the_last_commit(open_engine: OpenEngine, index_dir: Path) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    program = """
        import resource, signal, random
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is an error then, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        chance = random.Random(1)
        from searchsvc.errors import EngineError
        try:
            with engine.writer() as writer:
                for n in range(2_000):
                    words = " ".join(str(chance.random()) for _ in range(100))
                    writer.put(Article(id=ArticleId(f"new-{n}"), headline="Hail", body=words))
                writer.delete(ArticleId("1"))
        except EngineError as error:
            print(type(error).__name__, error, flush=True)
            assert [a.id for a in engine.scan()] == ["1"]
    """
    with start(program, index_dir) as process:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert output.startswith("EngineError the index in")
    assert "too large" in output
    assert ids(open_engine()) == ["1"]
    with open_engine().writer() as writer:
        writer.put(story("2", "Snow"))
    assert ids(open_engine()) == ["1", "2"]


def test_another_process_sees_a_commit(open_engine: OpenEngine, index_dir: Path) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
    program = """
        from searchsvc.model.request import SearchRequest
        for line in sys.stdin:
            print(engine.search(SearchRequest()).total.value, flush=True)
    """
    with start(program, index_dir) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def count() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            return line.strip()

        assert count() == "1"
        with open_engine().writer() as writer:
            writer.put(story("2", "Snow"))
        end = time.monotonic() + 30
        while (seen := count()) == "1" and time.monotonic() < end:
            time.sleep(0.2)  # it looks once a second, beside its searches
        assert seen == "2"
        process.communicate()


def test_an_article_that_cannot_be_kept_harms_no_other(open_engine: OpenEngine) -> None:
    beyond = story("2", "Snow", published_at=datetime(1, 1, 1, tzinfo=UTC))
    object.__setattr__(beyond, "published_at", "not a date")
    with open_engine().writer() as writer:
        writer.put(story("1", "Rain"))
        with pytest.raises(AttributeError):
            writer.put(beyond)
        writer.put(story("3", "Hail"))
    engine = open_engine()
    assert ids(engine) == ["1", "3"]
    assert ids(engine, Term("snow")) == []
    assert ids(engine, Term("hail")) == ["3"]


def test_a_writer_whose_every_article_was_refused_leaves_an_empty_index(open_engine: OpenEngine) -> None:
    beyond = story("1", "Snow", published_at=datetime(1, 1, 1, tzinfo=UTC))
    object.__setattr__(beyond, "published_at", "not a date")
    with open_engine().writer() as writer, pytest.raises(AttributeError):
        writer.put(beyond)
    assert ids(open_engine()) == []


def test_odd_text_comes_back_as_it_was(open_engine: OpenEngine) -> None:
    odd = story(
        "a/\U0001f600", "Half \ud83d of a pair", "\x00 nul,  and \u2028\n\n" + "long " * 70_000, tags=("\udcff",)
    )
    with open_engine().writer() as writer:
        writer.put(odd)
    engine = open_engine()
    assert engine.get(odd.id) == odd
    assert ids(engine, Phrase("long long")) == [odd.id]


def test_a_writer_is_of_no_use_after_it_failed_or_was_left(open_engine: OpenEngine) -> None:
    with open_engine().writer() as writer:
        writer.put(story("1"))
    for ask in (lambda: writer.put(story("2")), lambda: writer.delete(ArticleId("1")), writer.commit):
        with pytest.raises(EngineError, match="closed"):
            ask()


def test_many_small_commits_become_few_segments(open_engine: OpenEngine) -> None:
    engine = open_engine()
    wanted: dict[str, str] = {}
    for n in range(40):
        with engine.writer() as writer:
            for m in range(3):
                id = str((n * 7 + m) % 50)
                writer.put(
                    story(id, f"Rain number{n}", "Rain fell on Kent.\n\nAnd snow.", on="2015-09-30", tags=("Wet",))
                )
                wanted[id] = f"Rain number{n}"
            gone = str(n % 11)
            if writer.delete(ArticleId(gone)):
                del wanted[gone]
        assert engine.status().segments <= MAX_SEGMENTS + 1
    assert {article.id: article.headline for article in engine.scan()} == wanted
    result = engine.search(request_of(Phrase("fell on kent"), facets=(FacetRequest(field="tag"),)))
    assert result.total.value == result.facets["tag"].buckets[0].count == len(wanted)
    numbers = {headline.split()[1] for headline in wanted.values()}
    assert len(ids(engine, Prefix("number"))) == len(wanted)
    assert {s.text for s in engine.suggest("number", limit=100) if s.kind == "term"} == numbers
    assert engine.document_frequency("rain") == len(wanted)


def test_a_small_budget_makes_segments_that_no_commit_names_yet(
    open_engine: OpenEngine, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffer, "CHUNK_BYTES", 1)
    monkeypatch.setattr(memory_budget, "MIN_TOKENS", 100)
    monkeypatch.setattr(memory_budget, "FLUSH_BYTES", 10**12)
    engine = open_engine()
    with engine.writer() as writer:
        pass
    with engine.writer() as writer:
        for n in range(30):
            writer.put(story(str(n % 20), f"Rain {n}", "snow " * 20))
        assert len(list(index_dir.glob("*/*.arrays"))) > 3
        assert ids(engine) == []
        assert writer.put(story("19", "Rain 19", "snow " * 20)) is Outcome.UNCHANGED
        assert writer.delete(ArticleId("0"))
    assert {article.id for article in engine.scan()} == {str(n) for n in range(1, 20)}
    assert engine.get(ArticleId("9")).headline == "Rain 29"
    assert len(ids(engine, Term("snow"))) == 19
